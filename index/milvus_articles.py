"""The articles of a library on Milvus, with their sources and files: those that a commit row names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from index.article import Article, Original, Span
from index.cache import LRUCache
from index.errors import ArticleGone, LibraryError
from index.filters import Filters, source_name
from index.milvus_engine import MOST, SESSION, STRONG, Engine, Row
from index.milvus_filters import condition, like_sources, one_of, source_passes, text
from index.milvus_look import Look
from index.milvus_records import (
    ARTICLE_PART,
    ORIGINAL_PART,
    Head,
    chunk_key,
    head_of,
    joined,
    newest,
    public,
    shown_holding,
    source_of,
    spans_part,
    unpack_article,
    unpack_spans,
)
from index.milvus_schema import digest, has_words

T = TypeVar("T")
HEAD = ("kind", "owner", "article", "token", "moment", "language", "published", "value")
CHUNK = ("key", "moment", "value")
HASTE = 5.0  # seconds that a question waits for an engine that came back to show all
TURNS = 8  # searches for one question, at most
FAST = "the library changes faster than it can be searched; try again"
ARTICLES = 512  # kept in memory: what belongs to a token never changes


class Articles:
    """What can be seen of the articles: ``records`` and ``sentences`` are the names of a library's two collections."""

    def __init__(self, engine: Engine, records: str, sentences: str) -> None:
        self.engine = engine
        self.records = records
        self.sentences = sentences
        self._articles: LRUCache[tuple[str, str], Article] = LRUCache(ARTICLES)
        self._spans: LRUCache[tuple[str, str, str], tuple[tuple[Span, ...], tuple[str, ...]]] = LRUCache(ARTICLES)
        self._inside: bool | None = None
        self.look = Look()

    @property
    def looks_inside(self) -> bool:
        """Whether the engine finds a text inside others, not only at their beginnings."""
        if self._inside is None:
            self._inside = has_words(self.engine.version)
        return self._inside

    def show_all(self) -> None:
        """Have the engine show all that it has, when it was away: see `Engine.write_out`. Where it can't yet, the next
        one to come asks again."""
        if not self.engine.was_away or self.engine.place.lite:
            return
        self.engine.was_away = False
        try:
            self.engine.write_out((self.records, self.sentences), HASTE)
            self.engine.was_away = False  # what took several tries was no outage
        except LibraryError:
            self.engine.was_away = True

    # -- articles --------------------------------------------------------------------------------------

    def committed(self, article_ids: Iterable[str], level: str = SESSION) -> dict[str, Head]:
        """The commit rows of those of the articles that have one, also of those that count no more."""
        keys = [f"a/{own}" for own in dict.fromkeys(article_ids)]
        return {row["article"]: head_of(row) for row in self.engine.get(self.records, keys, HEAD, level)}

    def heads(self, article_ids: Iterable[str], level: str = SESSION) -> dict[str, Head]:
        """The commit rows of those of the articles that are there."""
        found = self.committed(article_ids, level)
        return newest(head for head in found.values() if not head.leaving)

    def seen_heads(self, article_ids: Iterable[str]) -> dict[str, Head]:
        """The commit rows as they were when a look met the articles first."""
        wanted = list(dict.fromkeys(article_ids))
        unknown = [own for own in wanted if own not in self.look.heads]
        found = self.heads(unknown) if unknown else {}
        self.look.keep(found, ())
        return {own: head for own in wanted if (head := found.get(own) or self.look.heads.get(own)) is not None}

    def all_heads(self, filters: Filters | None = None) -> list[Head]:
        """The commit rows of all articles that pass, oldest first."""

        def read(passing: list[str] | None) -> list[Head]:
            if passing == []:
                return []
            terms = ['kind == "article"', condition(filters, "language", passing) if filters else ""]
            rows = self.engine.select(self.records, " and ".join(filter(None, terms)), HEAD)
            return list(newest(map(head_of, rows)).values())

        return self.steady(filters, read)

    def steady(self, filters: Filters | None, read: Callable[[list[str] | None], T]) -> T:
        """What ``read`` makes of the ids of the articles whose sources pass, when they are the same after it."""
        passing = self.articles_by_source(filters)
        for _ in range(TURNS):
            out = read(passing)
            if passing is None or (now := self.articles_by_source(filters, STRONG)) == passing:
                return out
            passing = now
        raise LibraryError(FAST)

    def articles_by_source(self, filters: Filters | None, level: str = SESSION) -> list[str] | None:
        """The ids of the articles with a source that passes; None when the filters name none."""
        if not filters or not filters.sources:
            return None
        # The commit row has one source, too: an article passes from its commit on, before its sources are linked.
        where = 'kind in ["source", "article"]'
        if narrow := like_sources(filters.sources, anywhere=self.looks_inside, by_name=filters.by_name):
            where += f" and {narrow}"
        rows = self.engine.select(self.records, where, ("kind", "article", "value"), level)
        return sorted(
            {
                row["article"]
                for row in rows
                if (source := public(source_of(row)))
                and source_passes(source_name(source) if filters.by_name else source, filters.sources)
            }
        )

    def sources(self, article_ids: Sequence[str], level: str = SESSION) -> dict[str, list[str]]:
        """The sources that have articles, oldest first, with `itself` for one that was given without."""
        out: dict[str, list[str]] = {own: [] for own in article_ids}
        for row in self._some("source", "article", article_ids, ("kind", "article", "moment", "value"), level):
            out[row["article"]].append(source_of(row))
        return out

    def linked(self, sources: Iterable[str]) -> dict[str, Row]:
        """The rows {key, article, moment} of those of the sources that are there."""
        keys = {f"s/{digest(source)}": source for source in sources}
        rows = self.engine.get(self.records, list(keys), ("key", "article", "moment"), STRONG)
        return {keys[row["key"]]: row for row in rows}

    def holders(self, sources: Iterable[str]) -> dict[str, dict[str, tuple[str, int]]]:
        """The files that hold sources, with the id of the article that they had there, and since when (µs)."""
        wanted = {digest(source): source for source in sources}
        out: dict[str, dict[str, tuple[str, int]]] = {source: {} for source in wanted.values()}
        for row in self._some("holder", "token", list(wanted), ("article", "token", "moment", "value"), STRONG):
            out[wanted[row["token"]]][json.loads(row["value"])[1]] = row["article"], int(row["moment"])
        return out

    def _some(self, kind: str, field: str, values: Sequence[str], fields: Sequence[str], level: str) -> list[Row]:
        """The rows of a kind whose field has one of the values, oldest first."""
        rows: list[Row] = []
        for first in range(0, len(values), MOST):
            some = f'kind == "{kind}" and {one_of(field, values[first : first + MOST])}'
            rows += self.engine.select(self.records, some, fields, level)
        return sorted(rows, key=lambda row: (row["moment"], row["value"]))

    def part(self, token: str, article_id: str, part: str, level: str = SESSION) -> bytes | None:
        """The bytes of a part of an article; None when they aren't there."""
        return self.parts(token, article_id, (part,), level).get(part)

    def parts(self, token: str, article_id: str, names: Sequence[str], level: str = SESSION) -> dict[str, bytes]:
        """The bytes of parts of an article; what isn't there is left out."""
        first = {chunk_key(token, article_id, name, 0): name for name in names}
        found = {row["key"]: row for row in self.engine.get(self.records, list(first), CHUNK, level)}
        keys = {
            first[key]: [chunk_key(token, article_id, first[key], piece) for piece in range(row["moment"])]
            for key, row in found.items()
        }
        rest = [key for own in keys.values() for key in own[1:]]
        found |= {row["key"]: row for row in (self.engine.get(self.records, rest, CHUNK, level) if rest else ())}
        return {
            name: joined([found[key]["value"] for key in own]) for name, own in keys.items() if found.keys() >= set(own)
        }

    def _fetch(self, head: Head) -> None:
        """Read an article and the spans of its sentences, which are wanted together."""
        part = spans_part(self.sentences)
        found = self.parts(head.token, head.id, (ARTICLE_PART, part))
        if ARTICLE_PART in found:
            self._articles[head.token, head.id] = unpack_article(found[ARTICLE_PART])
        if part in found:
            self._spans[head.token, head.id, part] = unpack_spans(found[part])

    def article(self, head: Head) -> Article:
        """An article with its text. Raises ArticleGone when it went after its commit row was read."""
        known = self._articles.get((head.token, head.id))
        if known is None:
            self._fetch(head)
            known = self._articles.get((head.token, head.id))
            if known is None:
                raise ArticleGone(f"the article {head.id!r} was removed meanwhile")
        if known.source == head.source:
            return known
        return replace(known, source=head.source)

    def spans(self, head: Head) -> tuple[tuple[Span, ...], tuple[str, ...]]:
        """The spans and languages of an article's sentences. Raises ArticleGone as `article` does."""
        part = spans_part(self.sentences)
        known = self._spans.get((head.token, head.id, part))
        if known is None:
            self._fetch(head)
            known = self._spans.get((head.token, head.id, part))
            if known is None:
                raise ArticleGone(f"the sentences of article {head.id!r} were removed meanwhile")
        return known

    def original(self, head: Head) -> Original | None:
        """What an article was read from."""
        content = self.part(head.token, head.id, ORIGINAL_PART) if head.original else None
        return None if content is None else Original(head.original, content)

    # -- files that are kept in step -------------------------------------------------------------------

    def files(self, folder: str | None = None) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of synced files, of one folder or of all."""
        where = 'kind == "file"' + (f" and owner == {text(digest(folder))}" if folder is not None else "")
        return self._files(self.engine.select(self.records, where, ("value",), STRONG))

    def files_at(self, paths: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of files that were synced, with whichever folder."""
        return self._files(self._some("file", "token", [digest(p) for p in paths], ("moment", "value"), STRONG))

    @staticmethod
    def _files(rows: Iterable[Row]) -> tuple[tuple[str, str, str], ...]:
        return tuple((folder, path, stamp) for folder, path, stamp in (json.loads(row["value"]) for row in rows))

    def sources_of_file(self, file: str) -> tuple[str, ...]:
        """The sources that a file holds."""
        rows = self._some("holder", "owner", [digest(file)], ("value", "moment"), STRONG) if file else ()
        return tuple(json.loads(row["value"])[0] for row in rows)

    def holdings(self) -> tuple[tuple[str, str, str, str], ...]:
        """The (article id, source, file, id of what the file has there) of all that holds an article; the last three
        are "" for those that were given without a source."""
        rows = self.engine.select(self.records, 'kind == "source"', ("kind", "article", "value"), STRONG)
        owners = {source_of(row): row["article"] for row in rows}
        held = self.engine.select(self.records, 'kind == "holder"', ("article", "value", "moment"), STRONG)
        out = []
        for row in sorted(held, key=lambda row: int(row["moment"])):
            source, file = json.loads(row["value"])
            if source in owners:
                out.append((owners[source], *shown_holding(source, file, row["article"])))
        return tuple(out)
