"""Writing a library on Milvus, which knows no transactions: so that nobody sees half of a write, and none is lost.

1. A ``write`` row says that a writer is at work, and a plan says at what.
2. The parts and sentences of all new articles are written under the write's own random token. Nobody sees them.
3. The commit rows of all new articles are written in one request, and in the same one those of all that they replace
   are written anew, as ``leaving``. From now on the write counts, and nobody sees what it replaced.
4. What was replaced is removed, files and sources are linked or let go of, and the plan and the ``write`` row go.

A writer that is cut off leaves its row. The next one to come finds it without a sign of life, marks it, and finishes
the write (after 3); one that comes later takes it back (before 3), when a second look says the same. A writer that was
only slow finds the mark when it looks after 3, and writes all anew under another token. All steps can be done twice, or
by two at once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from index.errors import LibraryError
from index.milvus_engine import STRONG, Engine, Row
from index.milvus_finishing import Finishing
from index.milvus_plans import COMMITTED, OPEN, Plan, pack_plan, write_row
from index.milvus_reading import Reading
from index.milvus_records import (
    ARTICLE_PART,
    ORIGINAL_PART,
    PLAN_PART,
    chunks,
    new_head,
    pack_article,
    pack_spans,
    spans_part,
)
from index.milvus_schema import LONGEST, number_of
from index.records import Indexed

BEAT = 10.0  # seconds between signs of life
TRIES = 3


class Condemned(LibraryError):
    """Another writer took this write for cut off."""


class Writing:
    """Changes to the library that ``reading`` reads. ``unchanged`` raises when its sentences are kept elsewhere now."""

    def __init__(self, engine: Engine, reading: Reading, unchanged: Callable[[], None]) -> None:
        self.engine = engine
        self.reading = reading
        self.records = reading.records
        self.unchanged = unchanged
        self.finishing = Finishing(engine, reading)

    def write(self, plan: Plan, items: Sequence[Indexed]) -> tuple[str, ...]:
        """Do what a plan says, with the new articles' content; returns the ids of the articles that went.

        Raises LibraryError when the engine stays away: then the write counts or not, and may be tried again.
        """
        self.reading.show_all()
        self.finishing.recover()
        for _ in range(TRIES):
            token, moment = uuid.uuid4().hex, time.time_ns() // 1000
            try:
                return self._write(token, moment, plan, items)
            except Condemned:
                self.finishing.take_back(token, plan)
            except LibraryError:
                with suppress(LibraryError):
                    self._let_go(token)
                raise
        raise LibraryError("other writers took this one for cut off again and again; nothing was changed")

    def _write(self, token: str, moment: int, plan: Plan, items: Sequence[Indexed]) -> tuple[str, ...]:
        self._beat(token)
        self.engine.upsert(self.records, chunks(pack_plan(plan), token, "", PLAN_PART))
        self.engine.upsert(self.records, self._beating(token, self._parts(token, items)))
        self.engine.upsert(self.reading.sentences, self._beating(token, self._sentences(token, items)))
        heads = [new_head(item, token, moment + at) for at, item in enumerate(items)]
        self._refuse_if_condemned(token)
        leaving = self.finishing.leaving(token, moment, plan, heads)
        if items:
            commit = {head.id: head for head in (*heads, *leaving)}
            self.engine.upsert_at_once(self.records, [head.row() for head in commit.values()])
            self._refuse_if_condemned(token)
            try:
                self.unchanged()
            except LibraryError:
                self.finishing.take_back(token, plan)
                raise
        else:
            committed = write_row(token, moment, COMMITTED)
            self.engine.upsert_at_once(self.records, [committed, *(head.row() for head in leaving)])
        return self.finishing.finish(token, moment, plan)

    def _parts(self, token: str, items: Sequence[Indexed]) -> Iterator[Row]:
        for item in items:
            own, document = item.document.article.id, item.document
            yield from chunks(pack_article(document.article), token, own, ARTICLE_PART)
            part = spans_part(self.reading.sentences)
            yield from chunks(pack_spans(item.sentences, item.languages), token, own, part)
            if document.original is not None:
                yield from chunks(document.original.content, token, own, ORIGINAL_PART)

    def _sentences(self, token: str, items: Sequence[Indexed]) -> Iterator[Row]:
        words = bool(items) and self.reading.has_words
        for item in items:
            yield from sentence_rows(item, token, words=words)

    def _let_go(self, token: str) -> None:
        """Let the next writer clear up at once; what counts already keeps its row, as it has to be finished."""
        rows = self.engine.get(self.records, [f"w/{token}"], ("value",), STRONG)
        if rows and rows[0]["value"] == OPEN:
            self.engine.upsert(self.records, [write_row(token, 0, OPEN)])

    # -- signs of life ---------------------------------------------------------------------------------

    def _beat(self, token: str) -> None:
        self.engine.upsert(self.records, [write_row(token, time.time_ns() // 1000, OPEN)])

    def _beating(self, token: str, rows: Iterator[Row]) -> Iterator[Row]:
        last = time.monotonic()
        for row in rows:
            yield row
            if time.monotonic() - last > BEAT:
                self._refuse_if_condemned(token)
                self._beat(token)
                last = time.monotonic()

    def _refuse_if_condemned(self, token: str) -> None:
        if self.engine.get(self.records, [f"x/{token}"], ("key",), STRONG):
            raise Condemned("another writer took this one for cut off")


def sentence_rows(item: Indexed, token: str, *, words: bool) -> Iterator[Row]:
    """The rows of a document's sentences; with their texts where the engine searches words."""
    article = item.document.article
    for at, span in enumerate(item.sentences):
        row = {
            "number": number_of(token, article.id, at),
            "article": article.id,
            "token": token,
            "position": at,
            "start": span.start,
            "end": span.end,
            "language": item.languages[at],
            "article_language": article.language[:500],
            "published": article.published[:500],
            "vector": item.rows[at],
        }
        if words:
            row["text"] = span.cut(article.text).encode()[: LONGEST - 1].decode("utf-8", "ignore")
        yield row
