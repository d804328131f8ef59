"""How translation models name languages: ISO 639-1 codes on our side, what a model was trained with on the other."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Three-letter names that models use for the languages of articles, the macrolanguage last.
THREE_LETTERS: dict[str, tuple[str, ...]] = {
    "ar": ("arb", "ara"),
    "de": ("deu",),
    "en": ("eng",),
    "es": ("spa",),
    "fr": ("fra",),
    "id": ("ind",),
    "it": ("ita",),
    "ja": ("jpn",),
    "jv": ("jav",),
    "ko": ("kor",),
    "ms": ("zsm", "zlm", "msa"),
    "nl": ("nld",),
    "pt": ("por",),
    "su": ("sun",),
    "zh": ("zho", "cmn"),
}
# Groups of languages that Marian models take as their source, by the languages of them that matter here.
GROUPS: dict[str, tuple[str, ...]] = {
    "mul": tuple(THREE_LETTERS),
    "map": ("id", "ms", "jv", "su"),
    "poz": ("id", "ms", "jv", "su"),
    "pqw": ("id", "ms", "jv", "su"),
    "ine": ("en", "de", "es", "fr", "it", "nl", "pt"),
    "gem": ("en", "de", "nl"),
    "gmw": ("en", "de", "nl"),
}


def names_of(language: str) -> tuple[str, ...]:
    """All by which a language may be called, the ISO 639-1 code first.

    >>> names_of("id"), names_of("xx")
    (('id', 'ind'), ('xx',))
    """
    return (language, *THREE_LETTERS.get(language, ()))


def spelled(language: str, known: Iterable[str]) -> str | None:
    """The one of a model's codes that means a language, in Latin script where there is a choice; None without any.

    >>> spelled("id", ["eng_Latn", "ind_Latn"]), spelled("id", [">>ind<<", ">>eng<<"]), spelled("en", ["en", "id"])
    ('ind_Latn', '>>ind<<', 'en')
    """
    codes = sorted(known, key=lambda code: not code.endswith("_Latn"))
    for name in names_of(language):
        for code in codes:
            if code.strip("<>").partition("_")[0] == name:
                return code
    return None


def covers(stated: str, language: str) -> bool:
    """Whether what a model states as its only source or target ("id", "ind", "mul", "eng+ind") has a language in it.

    >>> covers("ind", "id"), covers("mul", "id"), covers("gmw", "id"), covers("eng+ind", "en")
    (True, True, False, True)
    """
    parts = re.split(r"[+_ ]", stated.lower())
    return any(part in names_of(language) or language in GROUPS.get(part, ()) for part in parts)


def direction_of(name: str) -> tuple[str, str] | None:
    """Source and target by the name of a Marian model; None for a name that does not tell.

    >>> direction_of("Helsinki-NLP/opus-mt-id-en"), direction_of("opus-mt-tc-big-en-zlm"), direction_of("/models/mine")
    (('id', 'en'), ('en', 'zlm'), None)
    """
    found = re.search(r"opus[-_]mt(?:[-_](?:tc|big|base|tiny|small))*[-_]([a-z]{2,3})[-_]([a-z]{2,3})$", name.lower())
    return (found.group(1), found.group(2)) if found else None
