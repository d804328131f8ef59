"""What a thread has read of a library on Milvus while it looks at it once, so that all of it belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import local

from index.milvus_engine import Row
from index.milvus_records import Head


class Look(local):
    """What a thread has read since its look began; nothing is kept outside one."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.rows: dict[int, Row] = {}
        self.begun = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is read inside belongs together."""
        if self.begun:
            yield
            return
        self.begun = True
        try:
            yield
        finally:
            self.begun, self.heads, self.rows = False, {}, {}

    def keep(self, heads: Mapping[str, Head], rows: Iterable[Row]) -> None:
        """Remember commit rows, and rows of sentences that they name."""
        if self.begun:
            self.heads |= heads
            self.rows |= {int(row["number"]): row for row in rows}
