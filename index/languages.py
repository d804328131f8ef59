"""Take the pull of the language itself out of vectors.

A multilingual encoder places texts of one language together, so that a question finds text in its own
language before the right text in the other. Subtracting the mean vector of each language, and bringing the
rows back to unit length, removes most of that. The means are measured on fixed parallel text, never on the
library, so that a vector does not depend on what else is stored; a vector's language is that of the nearer mean,
a question's that of its small words where these say it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from index.halves import half_of

Rows = npt.NDArray[np.float32]
Role = Literal["query", "document"]
Means = Mapping[str, Rows]  # "query.en" and the like → (d,)

ROLES: tuple[Role, ...] = ("query", "document")
TOLD_BY = 2_000  # characters
FEWEST_WORDS = 12
MEANS_FILE = "language_means.safetensors"  # beside a model's weights
REFERENCE_FILE = Path(__file__).with_name("reference_en_id.tsv")  # of TICO-19, CC0

TOKEN = re.compile(r"[^\W\d_]+")
SMALL_WORDS = {  # of questions; none is a word of both
    "en": frozenset(
        """
        who whom whose what when where which why how did does is are was were the of and for from by with has have had
        that this these those not be been can will would should
        """.split()
    ),
    "id": frozenset(
        """
        siapa apa kapan mana dimana kemana mengapa kenapa bagaimana gimana berapa yang di ke dari pada dan untuk dengan
        oleh adalah itu ini tidak bukan sudah telah akan dalam atau saat karena menjadi
        """.split()
    ),
}


def unit(rows: Rows) -> Rows:
    """The rows (n, d) brought to length 1; a row of zeros stays.

    >>> unit(np.array([[3.0, 4.0]], dtype=np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.asarray(rows / lengths, dtype=np.float32)


def asked_in(question: str) -> str:
    """The language whose small words a question has, ISO 639-1; "" where it has none, or those of several.

    Names pull an English question towards Indonesian, so that the nearer mean takes one in 25 for such; words do not.
    Capitals are names or titles, but for the one that the question begins with.

    >>> asked_in("When was Anwar jailed?"), asked_in("Siapakah pemeran The Raid?"), asked_in("Trump Kim Hanoi")
    ('en', 'id', '')
    """
    tokens = TOKEN.findall(question)
    told = {word for word in tokens if word.islower()} | {word.lower() for word in tokens[:1] if word.istitle()}
    told |= {word.removesuffix("kah") for word in told}
    found = [language for language, small in SMALL_WORDS.items() if told & small]
    return found[0] if len(found) == 1 else ""


def remove_means(rows: Rows, means: Means, role: Role, known: Sequence[str] = ()) -> tuple[Rows, tuple[str, ...]]:
    """Tell each row's language by the nearer mean of its role, subtract that mean, go back to unit length.

    ``known``: the languages of the rows where they are known already, "" for others; () for all. Returns the rows
    (n, d) and their languages, ISO 639-1; without any means the rows as they are, and "".
    """
    languages = sorted(name.split(".")[1] for name in means if name.startswith(f"{role}."))
    if not languages:
        return rows, ("",) * len(rows)
    centres = np.stack([means[f"{role}.{language}"] for language in languages])
    distances = (centres**2).sum(axis=1) - 2 * rows @ centres.T
    nearest = distances.argmin(axis=1)
    for row, language in enumerate(known):
        if language in languages:
            nearest[row] = languages.index(language)
    return unit(rows - centres[nearest]), tuple(languages[i] for i in nearest)


def identify(text: str, guess: str = "") -> str:
    """The ISO 639-1 code of the language that an article is in, told offline from its first 2,000 characters.

    ``guess`` is returned for a text of fewer than 12 words, which says too little, and where nothing can be told.

    >>> identify("Der Präsident traf sich gestern in der Hauptstadt mit dem Minister, um über Reis zu reden.")
    'de'
    """
    import py3langid

    head = text[:TOLD_BY]
    if guess and len(head.split()) < FEWEST_WORDS:
        return guess
    try:
        found = str(py3langid.classify(head)[0])
    except OSError:  # its model is unpacked into a passing file: a full disk costs the language only
        return guess
    return found if len(found) == 2 else guess


@cache
def reference() -> dict[str, tuple[str, ...]]:
    """The same sentences in each language."""
    lines = REFERENCE_FILE.read_text(encoding="utf-8").splitlines()
    english, indonesian = zip(*(line.split("\t") for line in lines), strict=True)
    return {"en": english, "id": indonesian}


@cache
def reference_name() -> str:
    """A hash of the reference text: part of what a vector depends on."""
    return hashlib.sha256(REFERENCE_FILE.read_bytes()).hexdigest()[:8]


def measure_means(encode: Callable[[Sequence[str], Role], Rows], texts: Mapping[str, Sequence[str]]) -> dict[str, Rows]:
    """The mean unit vector of each role and language; ``encode`` gives plain unit rows, ``texts`` are by language."""
    return {
        f"{role}.{language}": encode(own, role).mean(axis=0, dtype=np.float32)
        for role in ROLES
        for language, own in texts.items()
    }


def read_means(path: Path) -> dict[str, Rows]:
    """Means as `write_means` stored them; {} when there is no such file, or none that can be read."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    with suppress(OSError, SafetensorError):
        means: dict[str, Rows] = load_file(path)
        return means
    return {}


def write_means(means: Mapping[str, Rows], path: Path) -> None:
    """Store means, whole or not at all; where nothing can be stored they are measured again next time."""
    from safetensors.numpy import save_file

    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        passing = half_of(path)
        save_file(dict(means), passing)
        passing.replace(path)
