"""How many of the names and numbers in a question stand in an article: one about others seldom holds its answer.

Names are written alike in both languages, so that this tells a near miss in either.
"""

from __future__ import annotations

from qa.retriever import STOP_WORDS, WORD, folded

INFLECTED = 4  # letters from which on a name may have an ending in the article: Indonesian, Jepangnya


def names_in(question: str) -> list[str]:
    """Its numbers and its capitalised words but the first, `folded`; case says nothing where others have it, too.

    >>> names_in("Kapan Trump bertemu Kim pada 2018?"), names_in("Who Met Kim In 2018?"), names_in("siapa trump?")
    (['trump', 'kim', '2018'], ['2018'], [])
    >>> names_in("Where can I hear what the WHO said about Beyoncé?")
    ['who', 'beyonce']
    """
    words = WORD.findall(question)
    capitals = [word for word in words[1:] if word[0].isupper() and word != "I"]
    told = not question.isupper() and not any(word.lower() in STOP_WORDS and not word.isupper() for word in capitals)
    return [
        folded(word)
        for at, word in enumerate(words)
        if any(map(str.isdigit, word)) or (told and at and word in capitals)
    ]


def share_named(question: str, text: str) -> float:
    """The share of the question's names and numbers that stand in the text, 0..1; 1 when it has none.

    >>> share_named("Siapa juru bicara Perdana Menteri Jepang?", "Perdana menteri Inggris tiba.").__round__(2)
    0.67
    >>> share_named("Where is Indonesia's team?", "The Indonesian team has arrived.")
    1.0
    """
    names = names_in(question)
    if not names:
        return 1.0
    said = set(WORD.findall(folded(text)))
    return sum(name in said or begins_one(name, said) for name in names) / len(names)


def begins_one(name: str, words: set[str]) -> bool:
    """Whether a name, which is no number, is how one of the words begins."""
    return len(name) >= INFLECTED and name.isalpha() and any(word.startswith(name) for word in words)
