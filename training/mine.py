"""Find near misses as the product would: the passages that the encoder puts next to a question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import SentenceEncoder

READ_CHARACTERS = 450
BLOCK = 2048


def nearest(
    questions: Sequence[str], passages: Sequence[str], k: int, cache: Path, encoder: Path | None = None
) -> npt.NDArray[np.int32]:
    """Indices (questions, k) of the nearest passages, best first; kept in ``cache`` for the next run.

    ``encoder``: the model's folder; None is the shipped one.
    """
    if cache.exists():
        kept: npt.NDArray[np.int32] = np.load(cache)
        if kept.shape == (len(questions), k):
            return kept
    model = SentenceEncoder(encoder)
    print(f"encoding {len(passages)} passages and {len(questions)} questions", flush=True)
    rows = model.encode_documents([passage[:READ_CHARACTERS] for passage in passages]).rows
    asked = model.encode_queries(list(questions)).rows
    out = np.empty((len(questions), k), dtype=np.int32)
    for start in range(0, len(asked), BLOCK):
        similar = asked[start : start + BLOCK] @ rows.T
        best = np.argpartition(-similar, k, axis=1)[:, :k]
        order = np.take_along_axis(similar, best, axis=1).argsort(axis=1)[:, ::-1]
        out[start : start + BLOCK] = np.take_along_axis(best, order, axis=1)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.save(cache, out)
    return out
