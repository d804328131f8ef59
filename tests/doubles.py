"""Stand-ins for the models: deterministic, instant, and enough to test everything but quality."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from index.encoder import Encoded
from index.languages import unit
from qa.decoding import WindowLogits

WORD = re.compile(r"\w+")


@cache
def number_of(word: str) -> int:
    return int(hashlib.md5(word.encode()).hexdigest(), 16)


class WordEncoder:
    """A bag of hashed words: texts that share words are near. Enough to test everything but quality."""

    def __init__(self, fingerprint: str = "words-1", dimension: int = 64) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.encoded = 0

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Encoded:
        self.encoded += len(texts)
        if progress is not None:
            progress(len(texts))
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Encoded:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.01
            for word in WORD.findall(text.lower()):
                row[number_of(word) % self.dimension] += 1
        return Encoded(unit(rows), ("id",) * len(texts))


class WordReader:
    """Quotes the word that follows the question's last word; knows no answer elsewhere."""

    at_once = 1

    def read(self, question: str, passages: Sequence[str]) -> list[WindowLogits]:
        cue = (WORD.findall(question.lower()) or [""])[-1]
        windows = []
        for number, passage in enumerate(passages):
            words = list(WORD.finditer(passage))
            logits = np.full(len(words) + 1, -8.0, dtype=np.float32)
            for before, (at, _) in zip(words, enumerate(words[1:], start=2), strict=False):
                if before.group().lower() == cue:
                    logits[at] = 4.0
            offsets = np.array([(0, 0), *(word.span() for word in words)], dtype=np.int64)
            context = np.array([False] + [True] * len(words))
            windows.append(WindowLogits(number, logits, logits.copy(), offsets, context))
        return windows

    def read_many(self, asked: Sequence[tuple[str, Sequence[str]]]) -> list[list[WindowLogits]]:
        return [self.read(question, passages) for question, passages in asked]
