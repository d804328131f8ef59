"""Text in capitals throughout, or with one at each word, as models read it: in small letters.

They learnt from text where capitals tell names, and understand far less of other text.
"""

from __future__ import annotations

import re

from index.languages import SMALL_WORDS

RUN = 6  # words in capitals from which on they are no name; where a text has no small letter at all, two
WORD = r"[^\W_a-z]+"
BEGUN = re.compile(r"(?<![\w'’])[^\W\d_]+")  # no "t" of "didn't"
SMALL = frozenset[str]().union(*SMALL_WORDS.values())
LOUD = re.compile(rf"[A-Z](?<![^\W_][A-Z])[^\W_a-z]*(?:[\W_]+{WORD}){{{RUN - 1},}}(?![^\W_])")


def in_small_letters(text: str) -> str:
    """The text with what capitals tell nothing of in small letters, character for character.

    >>> in_small_letters("MENGAPA PERUNDINGAN ITU GAGAL?"), in_small_letters("NATO?")
    ('mengapa perundingan itu gagal?', 'NATO?')
    >>> in_small_letters("GEMPA GUNCANG LOMBOK, 14 ORANG LUKA, JALAN RUSAK - Gempa di Nusa Tenggara Barat (NTB) …")
    'gempa guncang lombok, 14 orang luka, jalan rusak - Gempa di Nusa Tenggara Barat (NTB) …'
    >>> in_small_letters("PT BANK RAKYAT INDONESIA TBK untung.")
    'PT BANK RAKYAT INDONESIA TBK untung.'
    >>> in_small_letters("Where Was The First Summit Held?"), in_small_letters("Siapa Muhammad Zainul Majdi?")
    ('where was the first summit held?', 'Siapa Muhammad Zainul Majdi?')
    """
    if text.isupper():
        return lowered(text) if loud_words(text) > 1 else text
    if is_titled(text):
        return lowered(text)
    return LOUD.sub(lambda run: lowered(run[0]) if run[0].isupper() and loud_words(run[0]) >= RUN else run[0], text)


def is_titled(text: str) -> bool:
    """Whether each word begins with a capital, small ones, too, which are part of no name.

    >>> is_titled("Why Didn't The Talks Fail?"), is_titled("Who Is It"), is_titled("What was The Raid?")
    (True, True, False)
    """
    words = []
    for begun in BEGUN.finditer(text):
        if begun[0][0].islower():
            return False
        words.append(begun[0].lower())
    return len(words) > 2 and not SMALL.isdisjoint(words[1:])


def loud_words(text: str) -> int:
    """How many words are in capitals, of those with two letters or more."""
    return sum(len(word) > 1 and word.isupper() for word in re.findall(WORD, text))


def lowered(text: str) -> str:
    """Small letters, but for those that would be longer (İ)."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
