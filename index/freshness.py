"""The index over a library's vectors, kept at the present generation of its database.

It follows the database's log of changes, lies beside it as a checksummed cache, and is made anew from the stored
vectors when it is missing or damaged. A library that outgrows the exact index gets one with cells: it is made in the
background while the exact one answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import numpy as np

from index.database import Database
from index.errors import LibraryError
from index.records import Ids, Rows
from index.vectors import VectorIndex, nearest_of

logger = logging.getLogger("kutip")

EXACT_UP_TO = 200_000  # sentences
OUTGROWN = 4  # times as many rows as the cells were made for: they are made anew
SAMPLE = 60_000  # rows that cells are learnt from
MEASURED = 400  # rows whose ten nearest are looked up in both ways: of 200 the share is off by .004 now and then
BLOCK = 20_000  # rows read at once
PATIENCE = 2.0  # seconds that closing waits; learning cells can't be stopped half-way
UNSAVED = 0.1  # of all sentences; after more changes than that the cache is written anew


class FreshVectors:
    """Gives the index of the present generation. `now` belongs inside the library's snapshot and lock."""

    def __init__(
        self, database: Database, file: Path | None, check: Callable[[], None], exact_up_to: int = EXACT_UP_TO
    ) -> None:
        """``check`` is called when the library changed, and raises when its vectors can't be compared any more."""
        self.exact_up_to = exact_up_to
        self._database = database
        self._file = file
        self._check = check
        self._vectors: VectorIndex | None = None
        self._generation = -1
        self._token = ""
        self._unsaved = 0
        self._next: tuple[VectorIndex, int, str] | None = None  # made in the background: index, generation, token
        self._thread: Thread | None = None
        self._closing = Event()

    def now(self) -> VectorIndex:
        """The index of the present generation."""
        generation = self._database.generation
        if self._vectors is not None and generation == self._generation and self._next is None:
            return self._vectors
        self._check()  # also before the first load: the library may have been embedded anew since it was opened
        vectors = self._taken_over() or (self._vectors if self._holds() else self._load())
        if vectors is not None:
            self._catch_up(vectors)
        if vectors is None or not len(vectors):  # an empty one has no width, or one that may not be right any more
            vectors = self._made(self._database.count()[1])
            self._unsaved = len(vectors)
        self._vectors, self._generation, self._token = vectors, generation, self._database.token
        if self._unsaved > UNSAVED * len(vectors):
            self._save(vectors)
        if not self._fits(vectors) and self._thread is None and not self._closing.is_set():
            self._thread = Thread(target=self._make_next, name="kutip-index", daemon=True)
            self._thread.start()
        return vectors

    @property
    def kind(self) -> str:
        """How the nearest are found, in words: in use, or as it lies in the cache."""
        vectors, about = self._vectors, {} if self._file is None else VectorIndex.about(self._file)
        cells = not vectors.exact if vectors is not None else bool(about.get("trained_for"))
        if not cells:
            return "exact"
        recall = vectors.recall if vectors is not None else about["recall"]
        return f"cells, recall@10 {recall:.3f} as measured on its own sentences"

    def close(self) -> None:
        """Stop what is made in the background, and keep the index for the next time."""
        self.wait(stop=True)
        if self._vectors is not None and self._unsaved:
            with suppress(LibraryError):
                self._save(self._vectors)

    def wait(self, *, stop: bool = False) -> None:
        """Wait until what is made in the background is made, or let it ``stop``."""
        if stop:
            self._closing.set()
        if self._thread is not None:
            self._thread.join(PATIENCE if stop else None)

    # -- catching up -----------------------------------------------------------------------------------

    def _holds(self) -> bool:
        return self._vectors is not None and self._database.generation_of(self._token) == self._generation

    def _taken_over(self) -> VectorIndex | None:
        """What was made in the background, if the log of changes still leads from there to now."""
        made, self._next = self._next, None
        if made is None:
            return None
        self._thread = None
        vectors, generation, token = made
        if self._database.generation_of(token) != generation:
            return None
        self._generation, self._unsaved = generation, len(vectors)
        return vectors

    def _load(self) -> VectorIndex | None:
        """The cached index, if it is of an earlier moment of this very library; `_generation` becomes that moment's."""
        loaded = None if self._file is None else VectorIndex.load(self._file)
        if loaded is None:
            return None
        generation = self._database.generation_of(loaded[1])
        if generation is None:
            return None
        self._generation, self._unsaved = generation, 0
        return loaded[0]

    def _catch_up(self, vectors: VectorIndex) -> None:
        changes = self._database.changes_since(self._generation)
        ranges = [np.arange(first, last + 1) for added, first, last in changes if not added]
        if ranges:
            vectors.remove(np.concatenate(ranges))
            self._unsaved += sum(map(len, ranges))
        added_from = [first for added, first, _ in changes if added]
        if not added_from or not len(vectors):
            return
        # Not change by change: to take in a few rows costs FAISS as much time as thousands.
        for numbers, rows in self.blocks(min(added_from) - 1):
            new = ~vectors.knows(numbers)
            vectors.add(numbers[new], rows[new])
            self._unsaved += int(new.sum())

    def _save(self, vectors: VectorIndex) -> None:
        self._unsaved = 0
        if self._file is not None and self._token:
            with suppress(OSError):  # only a cache: a full or read-only disk costs time, not answers
                vectors.save(self._file, self._token)

    # -- making ----------------------------------------------------------------------------------------

    def _fits(self, vectors: VectorIndex) -> bool:
        """Whether the index is of the right kind for as many rows as there are."""
        if vectors.exact:
            return len(vectors) <= self.exact_up_to
        return self.exact_up_to // 2 < len(vectors) <= OUTGROWN * vectors.trained_for

    def _make_next(self) -> None:
        try:
            with self._database.snapshot():
                generation, token = self._database.generation, self._database.token
                count = self._database.count()[1]
            vectors = self._made(count)
            if not self._closing.is_set():
                self._next = vectors, generation, token
        except (LibraryError, ValueError, MemoryError, RuntimeError) as error:
            if self._closing.is_set():
                return
            logger.warning("the index for many sentences could not be made (%s): the present one goes on", error)

    def _made(self, count: int) -> VectorIndex:
        """An index of all stored vectors, of the kind for ``count`` of them."""
        if count <= self.exact_up_to:
            vectors: VectorIndex | None = None
            for numbers, rows in self.blocks():
                vectors = vectors or VectorIndex(rows.shape[1])
                vectors.add(numbers, rows)
            return vectors or VectorIndex(0)
        return with_cells(*self._sample(count), count, self.blocks())

    def _sample(self, count: int) -> tuple[Ids, Rows]:
        """Numbers (n,) and vectors (n, d) of some sentences from everywhere, in no order."""
        first, last = self._database.span()
        rng = np.random.default_rng(0)
        tries = min(last - first + 1, -(-SAMPLE * (last - first + 1) // max(1, count)))  # some numbers are gone
        numbers, rows = self._database.vectors((first + rng.choice(last - first + 1, tries, replace=False)).tolist())
        order = rng.permutation(len(numbers))
        return numbers[order], rows[order]

    def blocks(self, after: int = 0) -> Iterator[tuple[Ids, Rows]]:
        """All numbers and vectors, or those behind a number, some at a time, so that others may read and write in
        between."""
        while not self._closing.is_set():
            numbers, rows = self._database.vectors(after=after, limit=BLOCK)
            if not len(numbers):
                return
            yield numbers, rows
            after = int(numbers[-1])


def with_cells(numbers: Ids, sample: Rows, count: int, blocks: Iterable[tuple[Ids, Rows]]) -> VectorIndex:
    """An index with cells, learnt from a sample, of all ``blocks`` of numbers (n,) and vectors (n, d).

    It is tuned, and its recall measured, on MEASURED of the sample, whose ten nearest others are found by looking at
    all.
    """
    cells = VectorIndex.with_cells(sample, count)
    own, queries = numbers[:MEASURED], sample[:MEASURED].copy()
    del sample

    def added() -> Iterator[tuple[Ids, Rows]]:
        for block, rows in blocks:
            cells.add(block, rows)
            yield block, rows

    found = nearest_of(queries, added(), 11)
    others = [row[row != number][:10] for row, number in zip(found, own, strict=True)]
    cells.tune(queries, np.stack(others))
    return cells
