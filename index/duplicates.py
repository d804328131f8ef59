"""Near-duplicates: the same wire story in several papers, told by min-hash sketches of the texts.

Broder (1997), "On the resemblance and containment of documents".
"""

from __future__ import annotations

import re
import zlib

import numpy as np
import numpy.typing as npt

SKETCH = 64  # minima; the standard error of the resemblance is 1 / (2 √64) = 0.06 at most
SHINGLE = 4  # words
NEAR = 0.6  # resemblance from which two texts count as one story
CHUNK = 4096  # shingles hashed at once

WORD = re.compile(r"\w+")
_random = np.random.default_rng(20190228)
FACTORS = _random.integers(1, 2**31, SKETCH, dtype=np.uint64) * 2 + 1
OFFSETS = _random.integers(0, 2**63, SKETCH, dtype=np.uint64)


def sketch(text: str) -> bytes:
    """The minima of 64 hashes over all runs of four words, as little-endian uint32; b"" for a text without words."""
    words = np.array([zlib.crc32(word.encode()) for word in WORD.findall(text.lower())], dtype=np.uint64)
    if not len(words):
        return b""
    runs = max(1, len(words) - SHINGLE + 1)
    shingles = np.zeros(runs, dtype=np.uint64)
    for position in range(min(SHINGLE, len(words))):
        shingles = shingles * np.uint64(0x100000001B3) + words[position : position + runs]
    shingles = np.unique(shingles)
    minima = np.full(SKETCH, 2**32 - 1, dtype=np.uint64)
    for first in range(0, len(shingles), CHUNK):
        hashed = (shingles[first : first + CHUNK, None] * FACTORS + OFFSETS) >> np.uint64(32)
        minima = np.minimum(minima, hashed.min(axis=0))
    return minima.astype("<u4").tobytes()


def resemblance(one: bytes, other: bytes) -> float:
    """The estimated share of runs of words that two sketched texts have in common, 0..1.

    >>> resemblance(sketch("satu dua tiga empat lima"), sketch("Satu, dua, tiga; empat lima!"))
    1.0
    """
    if len(one) != 4 * SKETCH or len(other) != 4 * SKETCH:
        return 0.0
    same: npt.NDArray[np.bool_] = np.frombuffer(one, dtype="<u4") == np.frombuffer(other, dtype="<u4")
    return float(same.mean())
