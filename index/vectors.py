"""Nearest neighbours among unit vectors: the one place that knows FAISS.

FAISS fills missing hits with id −1, asserts without a text on a wrong width, takes the same id twice, and
loads a file with flipped bits without a word; none of this gets past here.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Hits = tuple[tuple[int, float], ...]

MAGIC = b"kutip-vectors-1\n"


class VectorIndex:
    """An exact index over unit rows; similarity is the inner product, so the cosine, −1..1."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._ids: set[int] = set()
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Ids, rows: Rows) -> None:
        """Add ``rows`` (n, d) float32 under ``ids`` (n,) int64. ValueError on a wrong width or a known id."""
        if len(ids) == 0:
            return
        if rows.ndim != 2 or rows.shape != (len(ids), self.dimension):
            raise ValueError(f"vectors of shape ({len(ids)}, {self.dimension}) are wanted, not {rows.shape}")
        new = set(map(int, ids))
        if len(new) < len(ids) or new & self._ids:
            raise ValueError("an id may be added once only")
        self._index.add_with_ids(np.ascontiguousarray(rows, dtype=np.float32), np.asarray(ids, dtype=np.int64))
        self._ids |= new

    def remove(self, ids: Ids) -> None:
        """Take ``ids`` out; unknown ones are passed over."""
        known = np.array([i for i in map(int, ids) if i in self._ids], dtype=np.int64)
        if len(known):
            self._index.remove_ids(known)  # type: ignore[arg-type]
            self._ids.difference_update(map(int, known))

    @property
    def ids(self) -> frozenset[int]:
        """All ids that are in."""
        return frozenset(self._ids)

    def search(self, queries: Rows, k: int, within: Ids | None = None) -> tuple[Hits, ...]:
        """For each row of ``queries`` (n, d) up to ``k`` (id, similarity), most similar first.

        ``within``: look only at these ids (m,).
        """
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise ValueError(f"queries of shape (n, {self.dimension}) are wanted, not {queries.shape}")
        k = min(k, len(self))
        if k <= 0 or len(queries) == 0:
            return ((),) * len(queries)
        if within is not None and not len(within):
            return ((),) * len(queries)
        only = None if within is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(within))  # type: ignore[call-arg]
        similarities, ids = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), k, params=only)
        return tuple(
            tuple((int(i), float(s)) for i, s in zip(row, values, strict=True) if i >= 0)
            for row, values in zip(ids, similarities, strict=True)
        )

    def save(self, path: Path, stamp: str) -> None:
        """Write the index with a checksum and ``stamp``, so that a reader never sees half a file."""
        body = stamp.encode() + b"\n" + faiss.serialize_index(self._index).tobytes()
        temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            temporary.write_bytes(MAGIC + hashlib.sha256(body).digest() + body)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> tuple[VectorIndex, str] | None:
        """Read a saved index and its stamp; None when it is missing or damaged."""
        try:
            data = path.read_bytes()
        except OSError:
            return None
        body = data[len(MAGIC) + 32 :]
        if not data.startswith(MAGIC) or data[len(MAGIC) : len(MAGIC) + 32] != hashlib.sha256(body).digest():
            return None
        stamp, _, serialized = body.partition(b"\n")
        loaded: Any = faiss.deserialize_index(np.frombuffer(serialized, dtype=np.uint8))
        index = cls(loaded.d)
        index._index = loaded
        index._ids = set(map(int, faiss.vector_to_array(loaded.id_map)))
        return index, stamp.decode("utf-8", "replace")
