"""Text in capitals throughout, as models read it: they learnt from small letters, and understand far less otherwise."""

from __future__ import annotations

import re

RUN = 6  # words in capitals from which on they are no name; where a text has no small letter at all, two
WORD = r"[^\W_a-z]+"
LOUD = re.compile(rf"[A-Z](?<![^\W_][A-Z])[^\W_a-z]*(?:[\W_]+{WORD}){{{RUN - 1},}}(?![^\W_])")


def in_small_letters(text: str) -> str:
    """The text with what stands in capitals throughout in small letters, character for character.

    >>> in_small_letters("MENGAPA PERUNDINGAN ITU GAGAL?"), in_small_letters("NATO?")
    ('mengapa perundingan itu gagal?', 'NATO?')
    >>> in_small_letters("GEMPA GUNCANG LOMBOK, 14 ORANG LUKA, JALAN RUSAK - Gempa di Nusa Tenggara Barat (NTB) …")
    'gempa guncang lombok, 14 orang luka, jalan rusak - Gempa di Nusa Tenggara Barat (NTB) …'
    >>> in_small_letters("PT BANK RAKYAT INDONESIA TBK untung.")
    'PT BANK RAKYAT INDONESIA TBK untung.'
    """
    if text.isupper():
        return lowered(text) if loud_words(text) > 1 else text
    return LOUD.sub(lambda run: lowered(run[0]) if run[0].isupper() and loud_words(run[0]) >= RUN else run[0], text)


def loud_words(text: str) -> int:
    """How many words are in capitals, of those with two letters or more."""
    return sum(len(word) > 1 and word.isupper() for word in re.findall(WORD, text))


def lowered(text: str) -> str:
    """Small letters, but for those that would be longer (İ)."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
