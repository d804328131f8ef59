"""How many of the names and numbers in a question stand in an article: one about others seldom holds its answer.

Names are written alike in both languages, so that this tells a near miss in either.
"""

from __future__ import annotations

import re

from qa.retriever import STOP_WORDS

WORD = re.compile(r"\w+")
ENDING = 2  # letters in which a name may differ from what an article says: Indonesia's, Jokowimu
STEM = 4  # letters that it shares at least


def names_in(question: str) -> list[str]:
    """Its numbers and its capitalised words but the first, lower-cased; case says nothing where all words have it.

    >>> names_in("Kapan Trump bertemu Kim pada 2018?"), names_in("WHO MET KIM IN 2018?"), names_in("siapa trump?")
    (['trump', 'kim', '2018'], ['2018'], [])
    """
    words = WORD.findall(question)
    letters = [word for word in words if word[0].isalpha()]
    told = not all(word[0].isupper() for word in letters[1:]) or len(letters) < 3
    return [
        word.lower()
        for at, word in enumerate(words)
        if any(map(str.isdigit, word)) or (told and at and word[0].isupper() and word.lower() not in STOP_WORDS)
    ]


def share_named(question: str, text: str) -> float:
    """The share of the question's names and numbers that stand in the text, 0..1; 1 when it has none.

    >>> share_named("Siapa juru bicara Perdana Menteri Jepang?", "Perdana menteri Inggris tiba.").__round__(2)
    0.67
    >>> share_named("Where is Indonesia's team?", "Tim Indonesia tiba.")
    1.0
    """
    names = names_in(question)
    if not names:
        return 1.0
    said = set(WORD.findall(text.lower()))
    stems = {word[:length] for word in said for length in range(STEM, len(word) + 1)}
    found = [
        name in said or (not any(map(str.isdigit, name)) and name[: max(STEM, len(name) - ENDING)] in stems)
        for name in names
    ]
    return sum(found) / len(found)
