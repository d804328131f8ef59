"""Reading a library on Milvus: only what a commit row names is seen.

Sentences are written before the commit row of their article, and searched for before that row is looked up. So a
token that is met for the first time may belong to an article whose sentences came in while the search ran: then the
search is done once more, and a reader never sees half an article.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from index.article import Article, Original, Sentence, Span
from index.cache import LRUCache
from index.database import StoredSentence
from index.errors import ArticleGone, LibraryError
from index.filters import Filters
from index.milvus_engine import MOST, SESSION, STRONG, Engine, NoCollection, Row
from index.milvus_filters import condition, one_of, source_passes, text
from index.milvus_records import (
    ARTICLE_PART,
    ORIGINAL_PART,
    Head,
    chunk_key,
    head_of,
    joined,
    spans_part,
    unpack_article,
    unpack_spans,
)
from index.milvus_schema import WORDS, digest, has_words_field
from index.vectors import Hits, Rows

HEAD = ("article", "token", "moment", "language", "published", "value")
TURNS = 8  # searches for one question, at most
ARTICLES = 512  # kept in memory: what belongs to a token never changes
TOKENS = 200_000


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

    @property
    def has_words(self) -> bool:
        """Whether the engine has a full-text index of the sentences."""
        if self._words is None:
            self._words = has_words_field(self.engine, self.sentences)
        return self._words

    # -- articles --------------------------------------------------------------------------------------

    def heads(self, article_ids: Iterable[str], level: str = SESSION) -> dict[str, Head]:
        """The commit rows of those of the articles that are there."""
        keys = [f"a/{own}" for own in dict.fromkeys(article_ids)]
        return {row["article"]: head_of(row) for row in self.engine.get(self.records, keys, HEAD, level)}

    def all_heads(self, filters: Filters | None = None) -> list[Head]:
        """The commit rows of all articles that pass, oldest first."""
        passing = self.articles_by_source(filters)
        if filters and passing == []:
            return []
        terms = ['kind == "article"', condition(filters, "language", passing) if filters else ""]
        rows = self.engine.select(self.records, " and ".join(filter(None, terms)), HEAD)
        return sorted(map(head_of, rows), key=lambda head: (head.moment, head.id))

    def articles_by_source(self, filters: Filters | None) -> list[str] | None:
        """The ids of the articles with a source that passes; None when the filters name none."""
        if not filters or not filters.sources:
            return None
        rows = self.engine.select(self.records, 'kind == "source"', ("article", "value"))
        return sorted({row["article"] for row in rows if source_passes(json.loads(row["value"])[0], filters.sources)})

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
        passing = self.articles_by_source(filters)
        if not len(data) or k <= 0 or passing == []:
            return [[]] * len(data)
        where = condition(filters, "article_language", passing) if filters else ""
        fields = ["number", "article", "token", *(["text"] if field == WORDS else [])]
        limit = min(k + 16, MOST)
        for _ in range(TURNS):
            try:
                found = self.engine.search(self.sentences, field, data, limit, where, fields)
            except NoCollection:
                return [[]] * len(data)  # nothing was ever added
            heads = self.heads(row["article"] for rows in found for row in rows)
            new = [head.token for head in heads.values() if self._seen.get(head.token) is None]
            for token in new:
                self._seen[token] = True
            out = [
                [row for row in rows if row["article"] in heads and heads[row["article"]].token == row["token"]]
                for rows in found
            ]
            hidden = any(len(seen) < k and len(rows) == limit < MOST for seen, rows in zip(out, found, strict=True))
            if hidden:  # by sentences of writes that were never finished
                limit = min(4 * limit, MOST)
            if not new and not hidden:
                return [rows[:k] for rows in out]
        raise LibraryError("the library changes faster than it can be searched; try again")

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
        fields = ("number", "article", "token", "position", "start", "end", "language")
        try:
            rows = self.engine.get(self.sentences, numbers, fields, SESSION) if numbers else []
        except NoCollection:
            return {}
        heads = self.heads(row["article"] for row in rows)
        out = {}
        for row in rows:
            head = heads.get(row["article"])
            if head is not None and head.token == row["token"]:
                sentence = Sentence(row["article"], row["position"], Span(row["start"], row["end"]))
                out[int(row["number"])] = StoredSentence(int(row["number"]), sentence, row["language"])
        return out

    def count(self, filters: Filters | None) -> tuple[int, int]:
        """How many articles and sentences pass; what is being written does not count."""
        passing = self.articles_by_source(filters)
        if passing == []:
            return 0, 0
        of_articles, of_sentences = (
            condition(filters, field, passing) if filters else "" for field in ("language", "article_language")
        )
        articles = self.engine.count(self.records, " and ".join(filter(None, ['kind == "article"', of_articles])))
        writes = [row["token"] for row in self.engine.select(self.records, 'kind == "write"', ("token",), STRONG)]
        written = f"not ({one_of('token', writes)})" if writes else 'token != ""'
        try:
            sentences = self.engine.count(self.sentences, " and ".join(filter(None, [written, of_sentences])), STRONG)
        except NoCollection:
            sentences = 0
        return articles, sentences
