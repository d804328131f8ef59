"""How many of the names and numbers in a question stand in an article: one about others seldom holds its answer.

Names are written alike in both languages, so that this tells a near miss in either.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.words import STOP_WORDS, Said, folded, words_in

ABBREVIATIONS = frozenset(("WHO", "IT"))  # that are stop words in small letters; all others are stressed in capitals
INFLECTED = 4  # letters from which on a name may have an ending in the article: Indonesian, Jepangnya


def names_and_numbers(question: str) -> list[str]:
    """Its numbers and its capitalised words but the first, `folded`; case says nothing where others have it, too.

    A stop word in capitals is stressed, and no name, but for well-known abbreviations.

    >>> names_and_numbers("Kapan Trump bertemu Kim pada 2018?"), names_and_numbers("Who Met Kim In 2018?")
    (['trump', 'kim', '2018'], ['2018'])
    >>> names_and_numbers("siapa trump?")
    []
    >>> names_and_numbers("Where can I hear what the WHO said about Beyoncé?")
    ['who', 'beyonce']
    >>> names_and_numbers("Why DID the talks fail?"), names_and_numbers("Apakah Kim DAN Trump bertemu?")
    ([], ['kim', 'trump'])
    """
    words = words_in(question)
    capitals = {word for word in words[1:] if word[0].isupper() and word != "I"}
    stopped = {word for word in capitals if word.lower() in STOP_WORDS}
    told = not question.isupper() and all(map(str.isupper, stopped))
    names = capitals - stopped | stopped & ABBREVIATIONS if told else set()
    return [folded(word) for at, word in enumerate(words) if any(map(str.isdigit, word)) or (at and word in names)]


def share_named(names: Sequence[str], said: Said) -> float:
    """The share of a question's names and numbers that stand in a text, 0..1; 1 when it has none.

    >>> share_named(["perdana", "menteri", "jepang"], Said("Perdana Menteri Inggris")).__round__(2)
    0.67
    >>> share_named(["indonesia"], Said("the Indonesian team"))
    1.0
    """
    return sum(name in said or (inflected(name) and said.begins(name)) for name in names) / len(names) if names else 1.0


def inflected(name: str) -> bool:
    """Whether a name may have an ending in the article."""
    return len(name) >= INFLECTED and name.isalpha()
