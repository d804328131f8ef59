"""The last step of every write to a library on Milvus, and what to do about writes that were cut off.

All of it can be done twice, or by two at once: see `index.milvus_writing` for the whole protocol.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace

from index.milvus_articles import HEAD
from index.milvus_engine import STRONG, Engine, Row
from index.milvus_filters import one_of, text
from index.milvus_plans import COMMITTED, Plan, unpack_plan
from index.milvus_reading import Reading
from index.milvus_records import (
    ARTICLE_PART,
    LEAVING,
    PLAN_PART,
    Head,
    chunk_key,
    file_row,
    head_of,
    holder_key,
    holder_row,
    record,
    shown,
    source_row,
)
from index.milvus_schema import digest, number_of

LEASE = 60.0  # seconds without a sign of life until a write counts as cut off
AGAIN = 30.0  # seconds from its mark until it is believed that it does not count
KEPT = 86_400.0  # seconds for which the mark on such a write is kept, for its writer to find


class Finishing:
    """Finishes writes to the library that ``reading`` reads, or takes them back."""

    def __init__(self, engine: Engine, reading: Reading) -> None:
        self.engine = engine
        self.reading = reading
        self.records = reading.records

    def leaving(self, token: str, moment: int, plan: Plan, new: Sequence[Head]) -> list[Head]:
        """The commit rows that change with a commit: of what leaves with it, and of what loses the source it shows.

        What another writer changes between this look and the commit is found by `finish`, after it.
        """
        plan = self.still(plan, moment)
        coming: dict[str, list[str]] = {}
        last = {source: own for source, _, own in plan.links if source not in plan.unlink}
        for source, own in last.items():
            coming.setdefault(own, []).append(source)
        before = self.reading.linked([*(source for source, _, _ in plan.links), *plan.unlink])
        pairs = {(row["article"], source) for source, row in before.items() if last.get(source) != row["article"]}
        mine = {head.id: head for head in new}
        overtaken = [own for source, _, own in plan.links if last.get(source) != own]  # in this very write
        losing = list(dict.fromkeys([*(own for own, _ in pairs), *overtaken]))
        sources = self._sources_after(losing, pairs, coming)
        out = []
        for head in [*self.reading.committed([*losing, *plan.remove], STRONG).values(), *mine.values()]:
            left = sources.get(head.id, [head.source])
            if head.leaving or (head.id in mine and head.token != token):
                continue
            if head.id in plan.remove or not left:
                out.append(replace(head, leaving=token))
            elif head.source != shown(left, head.source):
                out.append(replace(head, source=shown(left, head.source)))
        return out

    def still(self, plan: Plan, moment: int) -> Plan:
        """What of a plan counts now: what others hold by now stays, and so does what was linked anew since."""
        wanted = [*plan.unlink, *(source for source, _ in plan.released)]
        holders = self.reading.holders(wanted) if wanted else {}
        linked = {(source, file) for source, file, _ in plan.links}
        linked |= {(source, file) for source, files in holders.items() for file in files}
        released = {
            (source, file)
            for source, file in plan.released
            if file not in holders[source] or holders[source][file][1] <= moment + len(plan.links)
        }
        held = {source for source, _ in linked - released}
        return replace(plan, unlink=tuple(own for own in plan.unlink if own not in held), released=tuple(released))

    def finish(self, token: str, moment: int, plan: Plan) -> tuple[str, ...]:
        """What follows the commit; returns the ids of the articles that went. Harmless when it is done again.

        Sources are linked last: until then it can be seen from them which articles lose one.
        """
        self.sweep_rivals(token, plan)
        planned, plan = plan, self.still(plan, moment)
        before = self.reading.linked([*(source for source, _, _ in plan.links), *planned.unlink])
        links: dict[str, Row] = {}
        for at, (source, _, own) in enumerate(plan.links):
            if source not in before or before[source]["moment"] <= moment + at:
                links[source] = source_row(source, own, moment + at)
            # else it was linked anew since, and this is a write that another one had to finish
        leaving = {
            (row["article"], source)
            for source, row in before.items()
            if source in plan.unlink or (source in links and links[source]["article"] != row["article"])
        }
        # Of two documents from one source in the same write, or in two at once, the last one counts.
        passed_over = {own for source, _, own in plan.links if source not in links or links[source]["article"] != own}
        coming: dict[str, list[str]] = {}
        for source, row in links.items():
            if source not in plan.unlink:
                coming.setdefault(row["article"], []).append(source)
        losing = list(dict.fromkeys([*(own for own, _ in leaving), *passed_over]))
        stays = [before[own]["article"] for own in planned.unlink if own in before and own not in plan.unlink]
        sources = self._sources_after([*losing, *coming, *stays], leaving, coming)
        self._name_anew({own: names for own, names in sources.items() if own not in dict(plan.new) or own in losing})
        self._doom(token, [own for own in losing if not sources[own]], sourceless=True)
        self._doom(token, plan.remove, sourceless=False)
        gone = self._bury(token, leaving)
        held = {link[:2]: holder_row(*link, moment + at) for at, link in enumerate([*plan.links, *plan.held])}
        released = set(plan.released)
        self.engine.upsert(self.records, [row for pair, row in held.items() if pair not in released])
        self.engine.upsert(self.records, [row for source, row in links.items() if source not in plan.unlink])
        self.engine.delete(self.records, [f"s/{digest(source)}" for source in plan.unlink])
        self.engine.delete(self.records, [holder_key(*pair) for pair in plan.released])
        self.engine.upsert(self.records, [file_row(*file) for file in plan.files])
        forgotten = self.reading.files_at(plan.forgotten)
        self.engine.delete(self.records, [file_row(*file)["key"] for file in forgotten])
        self.forget(token)
        self.sweep_if_overtaken(token, plan)
        return gone

    def _sources_after(
        self, article_ids: Sequence[str], leaving: set[tuple[str, str]], coming: dict[str, list[str]]
    ) -> dict[str, list[str]]:
        """The sources that articles will have, oldest first."""
        ids = list(dict.fromkeys(article_ids))
        stored = self.reading.sources(ids, STRONG)
        return {
            own: list(dict.fromkeys([*(s for s in stored[own] if (own, s) not in leaving), *coming.get(own, ())]))
            for own in ids
        }

    def _name_anew(self, sources: dict[str, list[str]]) -> None:
        """An article is shown with one of its sources: with another one when that goes, with the first that comes."""
        heads = [head for head in self.reading.committed(sources, STRONG).values() if sources[head.id]]
        anew = [replace(head, leaving="", source=shown(sources[head.id], head.source)) for head in heads]
        changed = [new.row() for new, old in zip(anew, heads, strict=True) if new != old]
        self.engine.upsert_at_once(self.records, changed)

    def _doom(self, token: str, article_ids: Sequence[str], *, sourceless: bool) -> None:
        """Note which articles are to go, with what is needed to clear up after them."""
        rows = []
        for head in self.reading.committed(article_ids, STRONG).values():
            value = json.dumps([sourceless, head.row()["value"], head.language, head.published, head.moment])
            row = record(f"d/{token}/{head.id}", "doomed", value, article=head.id, token=head.token, owner=token)
            rows.append(row)
        self.engine.upsert(self.records, rows)

    def _bury(self, token: str, leaving: set[tuple[str, str]]) -> tuple[str, ...]:
        """Remove the articles that a write has doomed with all that belongs to them; returns their ids."""
        where = f'kind == "doomed" and owner == {text(token)}'
        rows = self.engine.select(self.records, where, ("key", "article", "token", "value"))
        heads, sourceless = {}, set()
        for row in rows:
            own, (without, value, language, published, moment) = row["article"], json.loads(row["value"])
            stored = {"owner": "", "value": value, "language": language, "published": published, "moment": moment}
            heads[own] = head_of(row | stored)
            sourceless |= {own} if without else set()
        named = self.reading.committed(heads, STRONG)
        mine = {own for own, head in named.items() if head.token == heads[own].token}
        self.engine.delete(self.records, [f"a/{own}" for own in heads if own in mine])
        linked = self.reading.sources(list(heads), STRONG)
        # Another writer found the article there, and linked a source to it, while this one removed it.
        back = {own for own in sourceless if any((own, source) not in leaving for source in linked[own])}
        self.engine.upsert(self.records, [heads[own].row() for own in back if own in mine or own not in named])
        released = [source for own, sources in linked.items() if own not in sourceless for source in sources]
        pairs = [(source, file) for source, files in self.reading.holders(released).items() for file in files]
        # The sources last: done again, it is by them that the others are found.
        self.engine.delete(self.records, [holder_key(*pair) for pair in pairs])
        self.engine.delete(self.records, [f"s/{digest(source)}" for source in released])
        written: dict[str, dict[str, int]] = {}  # token → article id → sentences
        for own, head in heads.items():
            if own not in back:
                written.setdefault(head.token, {})[own] = head.sentences
        for other, sentences in written.items():
            self.sweep(other, sentences)
        self.engine.delete(self.records, [row["key"] for row in rows])
        return tuple(own for own in heads if own not in back)

    # -- clearing up -----------------------------------------------------------------------------------

    def sweep(self, token: str, sentences: dict[str, int]) -> None:
        """Delete the parts and sentences {article id: how many} that a token wrote."""
        numbers = [number_of(token, own, at) for own, count in sentences.items() for at in range(count)]
        self.engine.delete(self.reading.sentences, numbers)
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
        rivals = {(row["token"], row["article"]) for row in written if row["token"] != token}
        at_work = {row["token"] for row in self.engine.select(self.records, 'kind == "write"', ("token",), STRONG)}
        named = self.reading.committed(sentences, STRONG)
        for rival, own in rivals:
            if rival not in at_work and not (own in named and named[own].token == rival):
                self.sweep(rival, {own: sentences[own]})

    def sweep_if_overtaken(self, token: str, plan: Plan) -> None:
        """Delete what a finished write wrote for articles that another one has named since.

        That one passed it over if this one was still at work then, and after its row is gone no longer does.
        """
        sentences = dict(plan.new)
        named = self.reading.committed(sentences, STRONG) if sentences else {}
        lost = {own: sentences[own] for own, head in named.items() if head.token != token}
        if lost:
            self.sweep(token, lost)

    def take_back(self, token: str, plan: Plan) -> None:
        """Undo a write that is not to count."""
        where = f'kind == "{LEAVING}" and owner == {text(token)} and token != {text(token)}'
        kept = [replace(head_of(row), leaving="") for row in self.engine.select(self.records, where, HEAD, STRONG)]
        self.engine.upsert_at_once(self.records, [head.row() for head in kept])
        heads = self.reading.committed([own for own, _ in plan.new], STRONG)
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
        """Take back or finish the writes that were cut off; returns how many.

        One that counts is finished at once. That it does not count is believed when it is seen again AGAIN seconds
        after it was marked: an engine that comes back does not show all at first, and may still do what it was asked.
        """
        fields = ("kind", "key", "token", "moment", "value")
        rows = self.engine.select(self.records, 'kind in ["write", "mark"]', fields, STRONG)
        now = time.time_ns() // 1000
        marked = {row["token"]: row["moment"] for row in rows if row["kind"] == "mark"}
        dead = [row for row in rows if row["kind"] == "write" and row["moment"] < now - lease * 1e6]
        done = 0
        for row in dead:
            token = row["token"]
            if token not in marked:
                # Before anything is looked at: its writer, if it was only slow, looks for the mark after its commit.
                self.engine.upsert(self.records, [record(f"x/{token}", "mark", "", token=token, moment=now)])
            done += self._settle(token, row, wait=marked.get(token, now) > now - min(lease, AGAIN) * 1e6)
        at_work = {row["token"] for row in rows if row["kind"] == "write"}
        old = [own for own, moment in marked.items() if moment < now - KEPT * 1e6 and own not in at_work]
        self.engine.delete(self.records, [f"x/{own}" for own in old])
        return done

    def _settle(self, token: str, row: Row, wait: bool) -> bool:
        """Finish a write that was cut off, or take it back unless that is to ``wait``; returns whether it is done."""
        content = self.reading.part(token, "", PLAN_PART, STRONG)
        if content is not None:
            plan = unpack_plan(content)
            heads = self.reading.committed([own for own, _ in plan.new], STRONG)
            committed = [head.moment for head in heads.values() if head.token == token]
            if committed or row["value"] == COMMITTED:
                self.finish(token, min(committed, default=row["moment"]), plan)
                return True
        if wait:
            return False
        if content is None:
            self.forget(token)
        else:
            self.take_back(token, plan)
        return True
