"""The words of questions and texts: which of them are worth looking up, and how they are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
COURTESIES = re.compile(
    r"\W*(?:(?:thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|terima ?kasih(?: banyak)?|makasih|hello|hi|hey|"
    r"hal+o|hai|good (?:morning|afternoon|evening|night)|selamat (?:pagi|siang|sore|malam)|"
    r"(?:good)?bye|ok(?:ay|e)?)\b\W*)+",
    re.IGNORECASE,
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
    words = list(dict.fromkeys(words_in(question.lower())))
    return [word for word in words if word.removesuffix("kah") not in STOP_WORDS][:64]


def asks_nothing(question: str) -> bool:
    """Whether somebody only greets or thanks.

    >>> asks_nothing("OK, thank you very much!"), asks_nothing("Halo, siapa presiden?")
    (True, False)
    """
    return COURTESIES.fullmatch(question) is not None


def words_in(question: str) -> list[str]:
    r"""Its words; an accent that is a character of its own parts none.

    >>> words_in("Siapa Mun\u0303oz?") == ["Siapa", "Mu\u00f1oz"]
    True
    """
    return WORD.findall(normalize("NFC", question))


def folded(text: str) -> str:
    """The text in small letters without diacritics, as the index of words compares them.

    >>> folded("Beyoncé di Curaçao")
    'beyonce di curacao'
    """
    text = text.lower()
    return text if text.isascii() else normalize("NFC", MARKS.sub("", normalize("NFD", text)))


class Said:
    """A text, `folded`, in which a few words are looked up; that is much quicker than to take it apart into all of its.

    >>> said = Said("Beyoncé tiba di Curaçao.")
    >>> "beyonce" in said, "tib" in said, said.begins("tib"), said.begins("iba")
    (True, False, True, False)
    """

    def __init__(self, text: str) -> None:
        self.text = folded(text)

    def __contains__(self, word: str) -> bool:
        """Whether a word, `folded`, stands in it."""
        return self._has(word, whole=True)

    def begins(self, start: str) -> bool:
        """Whether one of its words begins like this."""
        return self._has(start, whole=False)

    def _has(self, start: str, whole: bool) -> bool:
        text, at = self.text, self.text.find(start)
        while at >= 0:
            end = at + len(start)
            cut = (at > 0 and in_word(text[at - 1])) or (whole and end < len(text) and in_word(text[end]))
            if not cut:
                return True
            rest = WORD.match(text, at)  # each word is gone through once, however often it repeats the start
            at = text.find(start, rest.end()) if rest else -1
        return False


def in_word(character: str) -> bool:
    r"""What `\w` matches."""
    return character.isalnum() or character == "_"


def share_said(words: Sequence[str], said: Said) -> float:
    """The share of words, `folded`, that stand in a text, 0..1; 0 without any.

    >>> share_said(["harga", "beras"], Said("Harga naik."))
    0.5
    """
    return sum(word in said for word in words) / len(words) if words else 0.0
