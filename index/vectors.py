"""Nearest neighbours among unit vectors: the one place that knows FAISS.

FAISS fills missing hits with id −1, asserts without a text on a wrong width, takes the same id twice, and
loads a file with flipped bits without a word; none of this gets past here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
import numpy.typing as npt

from index.halves import half_of
from index.settings import threads

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Hits = tuple[tuple[int, float], ...]

MAGIC = b"kutip-vectors-4\n"
BLOCK = 1 << 20  # bytes read at once
RECALL = 0.985  # share of the ten nearest that an index with cells has to find
BITS = 2  # for a number, in an index with cells
WIDER = 4  # times as many hits as are wanted are asked of such an index, to be put in order by unrounded vectors
AMONG = 50 * WIDER  # hits that a search asks for
ROUNDS = 10  # of k-means
SHARE_QUERIES, SHARE_CELLS = 0, 1  # among the threads: FAISS' `parallel_mode`
PARTS = 16  # of an index that looks at every row, so that threads can share one search


class VectorIndex:
    """An index over unit rows; similarity is the inner product, so the cosine, −1..1.

    `VectorIndex(d)` looks at every row, kept in half precision: what it finds is exact but for rounding (recall@10
    .9995 on sentences). `with_cells` looks only into the cells of rows that are nearest, with two bits for a number
    (RaBitQ, Gao & Long 2024, arXiv:2405.12497): what it finds is put in order by whoever has the rows themselves.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.recall = 1.0  # of the ten nearest, as measured
        self.trained_for = 0  # rows, of an index with cells
        self._ids: Ids = np.zeros(0, dtype=np.int64)  # sorted
        self._index = in_parts(dimension)

    @classmethod
    def with_cells(cls, sample: Rows, count: int) -> Self:
        """An empty index with cells for about ``count`` rows, learnt from a ``sample`` (n, d) of them; see `tune`."""
        index = cls(sample.shape[1])
        cells = max(1, min(cells_for(count), len(sample)))
        index._index = faiss.IndexIVFRaBitQ(
            faiss.IndexFlatIP(index.dimension), index.dimension, cells, faiss.METRIC_INNER_PRODUCT, True, BITS
        )
        index._index.cp.niter = ROUNDS
        index._index.cp.min_points_per_centroid = 1  # only the warning depends on it
        index._index.train(np.ascontiguousarray(sample, dtype=np.float32))
        index.trained_for = count
        return index

    @property
    def exact(self) -> bool:
        """Whether every row is looked at."""
        return self.trained_for == 0

    def hits_for(self, k: int) -> int:
        """How many hits to ask for where the ``k`` nearest are wanted, by unrounded vectors."""
        return k if self.exact else WIDER * k

    def __len__(self) -> int:
        return len(self._ids)

    def knows(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Which of ``ids`` (n,) are in: (n,) bool."""
        if not len(self._ids):
            return np.zeros(len(ids), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        return np.asarray(self._ids[at] == ids, dtype=np.bool_)

    def add(self, ids: Ids, rows: Rows) -> None:
        """Add ``rows`` (n, d) float32 under ``ids`` (n,) int64. ValueError on a wrong width or a known id."""
        if len(ids) == 0:
            return
        if rows.ndim != 2 or rows.shape != (len(ids), self.dimension):
            raise ValueError(f"vectors of shape ({len(ids)}, {self.dimension}) are wanted, not {rows.shape}")
        new = np.unique(np.asarray(ids, dtype=np.int64))
        if len(new) < len(ids) or self.knows(new).any():
            raise ValueError("an id may be added once only")
        vectors, numbers = np.ascontiguousarray(rows, dtype=np.float32), np.ascontiguousarray(ids, dtype=np.int64)
        if self.exact:
            parts = numbers % PARTS  # has a name, since FAISS is only told where it lies
            self._index.add_core(len(ids), faiss.swig_ptr(vectors), faiss.swig_ptr(numbers), faiss.swig_ptr(parts))
        else:
            self._index.add_with_ids(vectors, numbers)
        behind = not len(self._ids) or new[0] > self._ids[-1]
        self._ids = np.concatenate([self._ids, new]) if behind else np.union1d(self._ids, new)

    def remove(self, ids: Ids) -> None:
        """Take ``ids`` out; unknown ones are passed over."""
        known = np.unique(ids[self.knows(ids)])
        if len(known):
            self._index.remove_ids(known)
            self._ids = np.setdiff1d(self._ids, known, assume_unique=True)

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
        faiss.omp_set_num_threads(threads())
        similarities, ids = self._found(np.ascontiguousarray(queries, dtype=np.float32), k, self._parameters(within))
        return tuple(
            tuple((int(i), float(s)) for i, s in zip(row, values, strict=True) if i >= 0)
            for row, values in zip(ids, similarities, strict=True)
        )

    def _found(self, queries: Rows, k: int, parameters: Any) -> tuple[Rows, Ids]:
        """Similarities and ids, each (n, k). One query is shared among the threads, of many each has some."""
        if len(queries) == 1:
            self._index.parallel_mode = SHARE_CELLS
            similarities, ids = self._index.search(queries, k + 1, params=parameters)
            if ids[0, k] < 0 or similarities[0, k] < similarities[0, k - 1]:
                return similarities[:, :k], ids[:, :k]
            # Which of equal ones is the last hangs on which thread was first there; one thread always finds the same.
        self._index.parallel_mode = SHARE_QUERIES
        similarities, ids = self._index.search(queries, k, params=parameters)
        return similarities, ids

    def _parameters(self, within: Ids | None) -> Any:
        """How FAISS is to search; the fewer ids are allowed, the more cells are looked into."""
        if within is None:
            return None
        only = faiss.IDSelectorBatch(within)
        share = min(1.0, len(within) / len(self))
        cells = min(self._index.nlist, int(np.ceil(self._index.nprobe / share)))
        return faiss.SearchParametersIVF(sel=only, nprobe=cells)  # type: ignore[call-arg]

    def tune(self, queries: Rows, nearest: Ids, recall: float = RECALL) -> None:
        """Look into as many cells as it takes to find that share of the ``nearest`` (n, k) ids of ``queries`` (n, d).

        Among AMONG hits, as whoever searches puts these in order by unrounded vectors. The recall reached is kept.
        """
        asked = np.ascontiguousarray(queries, dtype=np.float32)
        found: dict[int, float] = {}

        def enough(cells: int) -> bool:
            self._index.nprobe = cells
            found[cells] = overlap(self._index.search(asked, AMONG)[1], nearest)
            return found[cells] >= recall

        cells = too_few = min(8, self._index.nlist)
        while not enough(cells) and cells < self._index.nlist:
            too_few, cells = cells, min(self._index.nlist, cells * 3 // 2)
        while cells - too_few > max(1, cells // 16):
            between = (too_few + cells) // 2
            too_few, cells = (too_few, between) if enough(between) else (between, cells)
        self._index.nprobe, self.recall = cells, found[cells]

    def save(self, path: Path, stamp: str) -> None:
        """Write the index with a checksum and ``stamp``, so that a reader never sees half a file."""
        about = {"stamp": stamp, "recall": self.recall, "trained_for": self.trained_for}
        temporary = half_of(path)
        digest = hashlib.sha256()
        try:
            with temporary.open("wb") as file:

                def write(data: bytes) -> int:
                    digest.update(data)
                    return file.write(data)

                write(MAGIC + json.dumps(about).encode() + b"\n")
                faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, BLOCK))  # type: ignore[attr-defined]
                file.write(digest.digest())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> tuple[Self, str] | None:
        """Read a saved index and its stamp; None when it is missing or damaged."""
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size - 32
                digest = hashlib.sha256()
                for first in range(0, size, BLOCK):
                    digest.update(file.read(min(BLOCK, size - first)))
                if size <= 0 or file.read() != digest.digest():
                    return None
                file.seek(0)
                if file.readline() != MAGIC:
                    return None
                about = json.loads(file.readline())
                reader = faiss.PyCallbackIOReader(file.read, BLOCK)  # type: ignore[attr-defined]
                loaded: Any = faiss.read_index(reader)
        except (OSError, RuntimeError, ValueError, KeyError):  # also an index that this FAISS does not know
            return None
        index = cls(loaded.d)
        index._index, index.recall, index.trained_for = loaded, about["recall"], about["trained_for"]
        index._ids = np.sort(index._stored_ids())
        return index, str(about["stamp"])

    @staticmethod
    def about(path: Path) -> dict[str, Any]:
        """What a saved index says of itself: stamp, recall, trained_for; {} when there is none."""
        try:
            with path.open("rb") as file:
                return dict(json.loads(file.readline(BLOCK))) if file.readline() == MAGIC else {}
        except (OSError, ValueError):
            return {}

    def _stored_ids(self) -> Ids:
        lists = self._index.invlists
        parts = [
            faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)).copy()
            for cell in range(lists.nlist)
            if lists.list_size(cell)
        ]
        return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)


def in_parts(dimension: int) -> Any:
    """An index of FAISS that keeps rows in half precision in PARTS, all of which it looks into: which part is chosen by
    whoever adds, so the parts' centres stand for nothing.
    """
    centres = faiss.IndexFlatIP(dimension)
    centres.add(np.zeros((PARTS, dimension), dtype=np.float32))
    kind, measure, residual = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    index = faiss.IndexIVFScalarQuantizer(centres, dimension, PARTS, kind, measure, residual)
    index.is_trained, index.nprobe = True, PARTS
    return index


def cells_for(count: int) -> int:
    """How many cells serve so many rows: about twice the square root, a power of two (docs/decisions.md).

    >>> cells_for(200_000), cells_for(1_000_000)
    (1024, 2048)
    """
    return int(2 ** round(np.log2(2 * max(1, count) ** 0.5)))


def overlap(found: Ids, wanted: Ids) -> float:
    """The share of the ``wanted`` (n, k) ids that stand in the same row of ``found``.

    >>> overlap(np.array([[1, 2], [3, 4]]), np.array([[2, 9], [4, 3]]))
    0.75
    """
    hits = [len(set(own) & set(theirs)) for own, theirs in zip(found.tolist(), wanted.tolist(), strict=True)]
    return float(sum(hits) / max(1, wanted.size))


def nearest_of(queries: Rows, blocks: Iterable[tuple[Ids, Rows]], k: int) -> Ids:
    """The ids (n, k) of the rows most similar to each query (n, d), by looking at all; −1 where there are fewer."""
    ids = np.full((len(queries), k), -1, dtype=np.int64)
    scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
    for numbers, rows in blocks:
        similar = queries @ rows.T
        best = np.argpartition(similar, -min(k, len(rows)), axis=1)[:, -k:]
        both = np.concatenate([scores, np.take_along_axis(similar, best, axis=1)], axis=1)
        named = np.concatenate([ids, numbers[best]], axis=1)
        best = np.argpartition(both, -k, axis=1)[:, -k:]
        scores, ids = np.take_along_axis(both, best, axis=1), np.take_along_axis(named, best, axis=1)
    return ids
