"""The last step of every write to a library on Milvus, and what to do about writes that were cut off.

All of it can be done twice, or by two at once: see `index.milvus_writing` for the whole protocol.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from index.milvus_engine import STRONG, Engine
from index.milvus_filters import one_of, text
from index.milvus_reading import Reading
from index.milvus_records import ARTICLE_PART, PLAN_PART, chunk_key, file_row, record, source_row
from index.milvus_schema import digest, number_of

LEASE = 60.0  # seconds without a sign of life until a write counts as cut off
KEPT = 86_400.0  # seconds for which the mark on such a write is kept, for its writer to find
OPEN, COMMITTED = "open", "committed"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write is to do. ``new``: (article id, sentences); ``links``: (source, file, article id); ``files``:
    (folder, path, stamp)."""

    new: tuple[tuple[str, int], ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    unlink: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    forgotten: tuple[str, ...] = ()


class Finishing:
    """Finishes writes to the library that ``reading`` reads, or takes them back."""

    def __init__(self, engine: Engine, reading: Reading) -> None:
        self.engine = engine
        self.reading = reading
        self.records = reading.records

    def finish(self, token: str, moment: int, plan: Plan) -> tuple[str, ...]:
        """What follows the commit; returns the ids of the articles that went. Harmless when it is done again."""
        self.sweep_rivals(token, plan)
        wanted = list(dict.fromkeys([*(source for source, _, _ in plan.links), *plan.unlink]))
        stored = self.engine.get(self.records, [f"s/{digest(s)}" for s in wanted], ("key", "article", "moment"), STRONG)
        now = {row["key"]: row for row in stored}
        losing: dict[str, None] = {}
        links: dict[str, Row] = {}
        for at, (source, file, own) in enumerate(plan.links):
            row = source_row(source, file, own, moment + at)
            before = links.get(row["key"]) or now.get(row["key"])
            if before is not None and before["moment"] > row["moment"]:
                continue  # linked anew since, and this is a write that another one had to finish
            if before is not None and before["article"] != own:
                losing[before["article"]] = None
            links[row["key"]] = row
        unlink = [f"s/{digest(source)}" for source in plan.unlink]
        losing |= {now[key]["article"]: None for key in unlink if key in now}
        self.engine.upsert(self.records, [row for key, row in links.items() if key not in unlink])
        self.engine.delete(self.records, unlink)
        self._name_anew([*losing, *(own for _, _, own in plan.links)], plan)
        gone = [*self._drop_sourceless(list(losing)), *self._drop(plan.remove)]
        self.engine.upsert(self.records, [file_row(*file) for file in plan.files])
        self.engine.delete(self.records, [f"f/{digest(path)}" for path in plan.forgotten])
        self.forget(token)
        return tuple(dict.fromkeys(gone))

    def _name_anew(self, article_ids: Sequence[str], plan: Plan) -> None:
        """An article is shown with one of its sources: with another one when that goes, with the first that comes."""
        heads = self.reading.heads(article_ids, STRONG)
        lost = {*plan.unlink, *(source for source, _, _ in plan.links)}
        changed = [head for head in heads.values() if not head.source or head.source in lost]
        sources = self.reading.sources([head.id for head in changed], STRONG)
        rows = []
        for head in changed:
            names = [source for source, _ in sources[head.id]]
            if names and head.source not in names:
                rows.append(replace(head, source=names[0]).row())
        self.engine.upsert_at_once(self.records, rows)

    def _drop_sourceless(self, article_ids: Sequence[str]) -> tuple[str, ...]:
        sources = self.reading.sources(article_ids, STRONG)
        return self._drop([own for own in article_ids if not sources[own]], sourceless=True)

    def _drop(self, article_ids: Sequence[str], *, sourceless: bool = False) -> tuple[str, ...]:
        """Remove articles with all that belongs to them; returns the ids of those that were there."""
        heads = self.reading.heads(article_ids, STRONG)
        self.engine.delete(self.records, [f"a/{own}" for own in heads])
        linked = self.reading.sources(list(heads), STRONG)
        if sourceless:
            # Another writer may have found the article there, and linked a source to it, while this one removed it.
            kept = [head for own, head in heads.items() if linked[own]]
            self.engine.upsert_at_once(self.records, [head.row() for head in kept])
            heads = {own: head for own, head in heads.items() if not linked[own]}
        else:
            self.engine.delete(self.records, [f"s/{digest(source)}" for own in heads for source, _ in linked[own]])
        for head in heads.values():
            self.sweep(head.token, {head.id: head.sentences})
        return tuple(own for own in article_ids if own in heads)

    # -- clearing up -----------------------------------------------------------------------------------

    def sweep(self, token: str, sentences: dict[str, int]) -> None:
        """Delete the parts and sentences {article id: how many} that a token wrote."""
        for own, count in sentences.items():
            self.engine.delete(self.reading.sentences, [number_of(token, own, at) for at in range(count)])
        where = f'kind == "chunk" and token == {text(token)} and {one_of("article", sentences)}'
        self.engine.delete(
            self.records, [row["key"] for row in self.engine.select(self.records, where, ("key",), STRONG)]
        )

    def sweep_rivals(self, token: str, plan: Plan) -> None:
        """Two may add the same text at once. The commit row names one of them; what the other wrote is deleted."""
        sentences = dict(plan.new)
        if not sentences:
            return
        where = f'kind == "chunk" and owner == {text(ARTICLE_PART)} and {one_of("article", sentences)}'
        written = self.engine.select(self.records, where, ("article", "token"), STRONG)
        rivals = {(row["token"], row["article"]) for row in written}
        at_work = {row["token"] for row in self.engine.select(self.records, 'kind == "write"', ("token",), STRONG)} - {
            token
        }
        named = self.reading.heads(sentences, STRONG)
        for rival, own in rivals:
            if rival not in at_work and not (own in named and named[own].token == rival):
                self.sweep(rival, {own: sentences[own]})

    def take_back(self, token: str, plan: Plan) -> None:
        """Undo a write that is not to count."""
        heads = self.reading.heads([own for own, _ in plan.new], STRONG)
        self.engine.delete(self.records, [f"a/{own}" for own, head in heads.items() if head.token == token])
        if plan.new:
            self.sweep(token, dict(plan.new))
        self.forget(token)

    def forget(self, token: str) -> None:
        """A write is done, or undone."""
        pieces = self.engine.get(self.records, [chunk_key(token, "", PLAN_PART, 0)], ("moment",), STRONG)
        count = pieces[0]["moment"] if pieces else 0
        # The plan first: a row without a plan is of a write that has done nothing, or all.
        self.engine.delete(self.records, [chunk_key(token, "", PLAN_PART, at) for at in range(count)])
        self.engine.delete(self.records, [f"w/{token}"])

    def recover(self, lease: float = LEASE) -> int:
        """Take back or finish the writes that were cut off; returns how many."""
        fields = ("kind", "key", "token", "moment", "value")
        rows = self.engine.select(self.records, 'kind in ["write", "mark"]', fields, STRONG)
        now = time.time_ns() // 1000
        dead = [row for row in rows if row["kind"] == "write" and row["moment"] < now - lease * 1e6]
        for row in dead:
            token = row["token"]
            if row["value"] != COMMITTED:
                self.engine.upsert(self.records, [record(f"x/{token}", "mark", "", token=token, moment=now)])
            content = self.reading.part(token, "", PLAN_PART, STRONG)
            if content is None:
                self.forget(token)
                continue
            plan = unpack_plan(content)
            heads = self.reading.heads([own for own, _ in plan.new], STRONG)
            committed = [head.moment for head in heads.values() if head.token == token]
            if committed or row["value"] == COMMITTED:
                self.finish(token, min(committed, default=row["moment"]), plan)
            else:
                self.take_back(token, plan)
        old = [row["key"] for row in rows if row["kind"] == "mark" and row["moment"] < now - KEPT * 1e6]
        self.engine.delete(self.records, old)
        return len(dead)


def write_row(token: str, moment: int, state: str) -> Row:
    """That a write is under way, and when the writer last gave a sign of life (µs)."""
    return record(f"w/{token}", "write", state, token=token, moment=moment)


def pack_plan(plan: Plan) -> bytes:
    """A plan as bytes."""
    return json.dumps(asdict(plan), ensure_ascii=False).encode()


def unpack_plan(content: bytes) -> Plan:
    """The plan of bytes."""
    values: dict[str, Any] = json.loads(content)
    for key, own in values.items():
        values[key] = tuple(tuple(value) if isinstance(value, list) else value for value in own)
    return Plan(**values)
