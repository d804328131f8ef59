"""Reading a library on Milvus: only what a commit row names is seen.

Sentences are written before the commit row of their article, and searched for before that row is looked up. So a
token that is met for the first time may belong to an article whose sentences came in while the search ran, and a
sentence that no row names may be of an article that was replaced meanwhile: then the search is done once more, and a
reader never sees half an article, nor an article together with the one that replaced it, nor neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import local
from typing import TypeVar

import numpy as np

from index.article import Article, Original, Sentence, Span
from index.cache import LRUCache
from index.database import StoredSentence
from index.errors import ArticleGone, LibraryError
from index.filters import Filters
from index.milvus_engine import MOST, SESSION, STRONG, Engine, NoCollection, Row
from index.milvus_filters import condition, like_sources, one_of, source_passes, text
from index.milvus_records import (
    ARTICLE_PART,
    LEAVING,
    ORIGINAL_PART,
    Head,
    chunk_key,
    head_of,
    joined,
    newest,
    source_of,
    spans_part,
    unpack_article,
    unpack_spans,
)
from index.milvus_schema import WORDS, digest, has_words, has_words_field
from index.vectors import Hits, Rows

T = TypeVar("T")
HEAD = ("kind", "owner", "article", "token", "moment", "language", "published", "value")
ROW = ("number", "article", "token", "position", "start", "end", "language")
TURNS = 8  # searches for one question, at most
FAST = "the library changes faster than it can be searched; try again"
ARTICLES = 512  # kept in memory: what belongs to a token never changes
TOKENS = 200_000


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


def visible(row: Row, heads: Mapping[str, Head]) -> bool:
    """Whether a commit row names a sentence."""
    head = heads.get(row["article"])
    return head is not None and head.token == row["token"]


class Reading:
    """What can be seen of a library: ``records`` and ``sentences`` are the names of its two collections."""

    def __init__(self, engine: Engine, records: str, sentences: str) -> None:
        self.engine = engine
        self.records = records
        self.sentences = sentences
        self._seen: LRUCache[str, bool] = LRUCache(TOKENS)
        self._articles: LRUCache[tuple[str, str], Article] = LRUCache(ARTICLES)
        self._spans: LRUCache[tuple[str, str, str], tuple[tuple[Span, ...], tuple[str, ...]]] = LRUCache(ARTICLES)
        self._words: bool | None = None
        self._inside: bool | None = None
        self.look = Look()

    @property
    def has_words(self) -> bool:
        """Whether the engine has a full-text index of the sentences."""
        if self._words is None:
            self._words = has_words_field(self.engine, self.sentences)
        return self._words

    @property
    def looks_inside(self) -> bool:
        """Whether the engine finds a text inside others, not only at their beginnings."""
        if self._inside is None:
            self._inside = has_words(self.engine.version)
        return self._inside

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
        if narrow := like_sources(filters.sources, anywhere=self.looks_inside):
            where += f" and {narrow}"
        rows = self.engine.select(self.records, where, ("kind", "article", "value"), level)
        return sorted({row["article"] for row in rows if source_passes(source_of(row), filters.sources)})

    def sources(self, article_ids: Sequence[str], level: str = SESSION) -> dict[str, list[tuple[str, str]]]:
        """The (source, file) of articles, oldest first."""
        out: dict[str, list[tuple[str, str]]] = {own: [] for own in article_ids}
        for first in range(0, len(article_ids), MOST):
            some = f'kind == "source" and {one_of("article", article_ids[first : first + MOST])}'
            rows = self.engine.select(self.records, some, ("article", "moment", "value"), level)
            for row in sorted(rows, key=lambda row: (row["moment"], row["value"])):
                source, file = json.loads(row["value"])
                out[row["article"]].append((source, file))
        return out

    def part(self, token: str, article_id: str, part: str, level: str = SESSION) -> bytes | None:
        """The bytes of a part of an article; None when they aren't there."""
        fields = ("key", "moment", "value")
        first = self.engine.get(self.records, [chunk_key(token, article_id, part, 0)], fields, level)
        if not first:
            return None
        keys = [chunk_key(token, article_id, part, piece) for piece in range(first[0]["moment"])]
        rows = first + (self.engine.get(self.records, keys[1:], fields, level) if len(keys) > 1 else [])
        values = {row["key"]: row["value"] for row in rows}
        return joined([values[key] for key in keys]) if len(values) == len(keys) else None

    def article(self, head: Head) -> Article:
        """An article with its text. Raises ArticleGone when it went after its commit row was read."""
        known = self._articles.get((head.token, head.id))
        if known is None:
            content = self.part(head.token, head.id, ARTICLE_PART)
            if content is None:
                raise ArticleGone(f"the article {head.id!r} was removed meanwhile")
            known = self._articles[head.token, head.id] = unpack_article(content)
        if known.source == head.source:
            return known
        return Article(
            **{name: getattr(known, name) for name in Article.__dataclass_fields__} | {"source": head.source}
        )

    def spans(self, head: Head) -> tuple[tuple[Span, ...], tuple[str, ...]]:
        """The spans and languages of an article's sentences. Raises ArticleGone as `article` does."""
        part = spans_part(self.sentences)
        known = self._spans.get((head.token, head.id, part))
        if known is None:
            content = self.part(head.token, head.id, part)
            if content is None:
                raise ArticleGone(f"the sentences of article {head.id!r} were removed meanwhile")
            known = self._spans[head.token, head.id, part] = unpack_spans(content)
        return known

    def original(self, head: Head) -> Original | None:
        """What an article was read from."""
        content = self.part(head.token, head.id, ORIGINAL_PART) if head.original else None
        return None if content is None else Original(head.original, content)

    # -- files that are kept in step -------------------------------------------------------------------

    def files(self, folder: str | None = None) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of synced files, of one folder or of all."""
        where = 'kind == "file"' + (f" and owner == {text(digest(folder))}" if folder is not None else "")
        rows = self.engine.select(self.records, where, ("value",), STRONG)
        return tuple((folder, path, stamp) for folder, path, stamp in (json.loads(row["value"]) for row in rows))

    def sources_of_file(self, file: str) -> tuple[str, ...]:
        """The sources of the articles that a file holds."""
        where = f'kind == "source" and owner == {text(digest(file))}'
        rows = self.engine.select(self.records, where, ("value", "moment"), STRONG)
        return tuple(json.loads(row["value"])[0] for row in sorted(rows, key=lambda row: int(row["moment"])))

    # -- sentences -------------------------------------------------------------------------------------

    def search(self, field: str, data: Rows | list[str], k: int, filters: Filters | None) -> list[list[Row]]:
        """For each query up to ``k`` visible rows {number, article, token, distance, …}, best first."""
        if not len(data) or k <= 0:
            return [[]] * len(data)
        return self.steady(filters, lambda passing: self._search(field, data, k, filters, passing))

    def _search(
        self, field: str, data: Rows | list[str], k: int, filters: Filters | None, passing: list[str] | None
    ) -> list[list[Row]]:
        if passing == []:
            return [[]] * len(data)
        where = condition(filters, "article_language", passing) if filters else ""
        fields = [*ROW, *(["text"] if field == WORDS else [])]
        limit, level, known = min(k + 16, MOST), SESSION, set[tuple[str, str]]()
        for _ in range(TURNS):
            try:
                found = self.engine.search(self.sentences, field, data, limit, where, fields)
            except NoCollection:
                return [[]] * len(data)  # nothing was ever added
            heads = self.heads((row["article"] for rows in found for row in rows), level)
            new = [head.token for head in heads.values() if self._seen.get(head.token) is None]
            for token in new:
                self._seen[token] = True
            out = [[row for row in rows if visible(row, heads)] for rows in found]
            # Not committed yet, or replaced since: a second look shows what took its place.
            unseen = {(row["article"], row["token"]) for rows in found for row in rows if not visible(row, heads)}
            hidden = any(len(seen) < k and len(rows) == limit < MOST for seen, rows in zip(out, found, strict=True))
            if hidden:  # by sentences of writes that were never finished
                limit = min(4 * limit, MOST)
            if not new and not hidden and unseen <= known:
                out = [rows[:k] for rows in out]
                self.look.keep(heads, [row for rows in out for row in rows])
                return out
            level, known = STRONG, known | unseen
        raise LibraryError(FAST)

    def nearest(self, queries: Rows, k: int, filters: Filters | None) -> tuple[Hits, ...]:
        """For each query row up to ``k`` (sentence number, cosine), most similar first."""
        found = self.search("vector", queries, k, filters)
        return tuple(tuple((int(row["number"]), float(row["distance"])) for row in rows) for rows in found)

    def matching(self, words: Sequence[str], k: int, filters: Filters | None) -> tuple[tuple[int, float, str], ...]:
        """Up to ``k`` (sentence number, BM25 score, text), best first; none without full-text search."""
        if not words or not self.has_words:
            return ()
        (found,) = self.search(WORDS, [" ".join(words)], k, filters)
        # milvus-lite gives the score as a distance, which is the less the better.
        return tuple((int(row["number"]), abs(float(row["distance"])), str(row["text"])) for row in found)

    def vectors(self, numbers: Sequence[int]) -> dict[int, Rows]:
        """The vectors (d,) of sentences."""
        try:
            rows = self.engine.get(self.sentences, numbers, ("number", "vector"), SESSION)
        except NoCollection:
            return {}
        return {int(row["number"]): np.asarray(row["vector"], dtype=np.float32) for row in rows}

    def lookup(self, numbers: Sequence[int]) -> dict[int, StoredSentence]:
        """Sentences by their numbers; those that can't be seen are left out."""
        rows = {number: self.look.rows[number] for number in numbers if number in self.look.rows}
        missing = [number for number in numbers if number not in rows]
        if missing:
            with suppress(NoCollection):
                rows |= {int(row["number"]): row for row in self.engine.get(self.sentences, missing, ROW, SESSION)}
        heads = self.seen_heads(row["article"] for row in rows.values())
        out = {}
        for number, row in rows.items():
            if visible(row, heads):
                sentence = Sentence(row["article"], row["position"], Span(row["start"], row["end"]))
                out[number] = StoredSentence(number, sentence, row["language"])
        return out

    def count(self, filters: Filters | None) -> tuple[int, int]:
        """How many articles and sentences pass; what is being written does not count."""
        return self.steady(filters, lambda passing: self._count(filters, passing))

    def _count(self, filters: Filters | None, passing: list[str] | None) -> tuple[int, int]:
        if passing == []:
            return 0, 0
        of_articles, of_sentences = (
            condition(filters, field, passing) if filters else "" for field in ("language", "article_language")
        )
        articles = self.engine.count(self.records, " and ".join(filter(None, ['kind == "article"', of_articles])))
        pending = 'kind in ["write", "leaving"]'
        rows = self.engine.select(self.records, pending, ("kind", "article", "token"), STRONG)
        terms = ['token != ""', of_sentences]
        if writes := [row["token"] for row in rows if row["kind"] == "write"]:
            terms.append(f"not ({one_of('token', writes)})")
        if going := [row for row in rows if row["kind"] == LEAVING]:
            ids, tokens = ({row[name] for row in going} for name in ("article", "token"))
            terms.append(f"not ({one_of('article', sorted(ids))} and {one_of('token', sorted(tokens))})")
        try:
            sentences = self.engine.count(self.sentences, " and ".join(filter(None, terms)), STRONG)
        except NoCollection:
            sentences = 0
        return articles, sentences
