"""The words of questions and texts: which of them are worth looking up, and how they are compared."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from unicodedata import normalize

WORD = re.compile(r"\w+")
MARKS = re.compile("[\u0300-\u036f]+")  # that combine with Latin letters
STOP_WORDS = frozenset(
    """
    a an the of in on at to for from by with and or is are was were be been did do does has have had that this
    it who what when where why how which whom whose many much yang di ke dari dan atau ini itu pada untuk dengan
    adalah oleh dalam akan telah sudah apa siapa kapan mana dimana mengapa kenapa bagaimana berapa apakah para
    """.split()
)
WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
MONTHS = "january|february|march|april|june|july|august|september|october|november|december"  # May may be a name, too


def content_words(question: str) -> list[str]:
    """The words that are worth looking up, lower-cased, each once.

    >>> content_words("Why did the Trump talks fail?")
    ['trump', 'talks', 'fail']
    >>> content_words("Siapakah juru bicaranya?")
    ['juru', 'bicaranya']
    """
    words = list(dict.fromkeys(WORD.findall(question.lower())))
    return [word for word in words if word.removesuffix("kah") not in STOP_WORDS][:64]


def folded(text: str) -> str:
    """The text in small letters without diacritics, as the index of words compares them.

    >>> folded("Beyoncé di Curaçao")
    'beyonce di curacao'
    """
    text = text.lower()
    return text if text.isascii() else normalize("NFC", MARKS.sub("", normalize("NFD", text)))


def share_said(words: Sequence[str], said: Collection[str]) -> float:
    """The share of words, `folded`, that are among those of a text, 0..1; 0 without any.

    >>> share_said(["harga", "beras"], {"harga", "naik"})
    0.5
    """
    return sum(word in said for word in words) / len(words) if words else 0.0


def words_of(text: str) -> frozenset[str]:
    """The words of a text, `folded`.

    >>> sorted(words_of("Beyoncé tiba di Curaçao."))
    ['beyonce', 'curacao', 'di', 'tiba']
    """
    return frozenset(WORD.findall(folded(text)))
