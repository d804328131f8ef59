"""Reading a library on Milvus: only what a commit row names is seen.

Sentences are written before the commit row of their article, and searched for before that row is looked up. So a
token that is met for the first time may belong to an article whose sentences came in while the search ran, and a
sentence that no row names may be of an article that was replaced meanwhile: then the search is done once more, and a
reader never sees half an article, nor an article together with the one that replaced it, nor neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from index.article import Sentence, Span
from index.cache import LRUCache
from index.errors import LibraryError
from index.filters import Filters
from index.milvus_articles import FAST, TURNS, Articles
from index.milvus_engine import MOST, SESSION, STRONG, Engine, NoCollection, Row
from index.milvus_filters import condition, one_of
from index.milvus_records import (
    LEAVING,
    Head,
)
from index.milvus_schema import WORDS, has_words_field
from index.records import StoredSentence
from index.vectors import Hits, Rows

ROW = ("number", "article", "token", "position", "start", "end", "language")


TOKENS = 200_000  # remembered as met


def visible(row: Row, heads: Mapping[str, Head]) -> bool:
    """Whether a commit row names a sentence."""
    head = heads.get(row["article"])
    return head is not None and head.token == row["token"]


class Reading(Articles):
    """What can be seen of a library: ``records`` and ``sentences`` are the names of its two collections."""

    def __init__(self, engine: Engine, records: str, sentences: str) -> None:
        super().__init__(engine, records, sentences)
        self._seen: LRUCache[str, bool] = LRUCache(TOKENS)
        self._words: bool | None = None

    @property
    def has_words(self) -> bool:
        """Whether the engine has a full-text index of the sentences."""
        if self._words is None:
            self._words = has_words_field(self.engine, self.sentences)
        return self._words

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

    def size(self, filters: Filters | None) -> int:
        """How many articles pass."""
        return self.steady(filters, lambda passing: self._size(filters, passing))

    def _size(self, filters: Filters | None, passing: list[str] | None) -> int:
        if passing == []:
            return 0
        of_articles = condition(filters, "language", passing) if filters else ""
        return self.engine.count(self.records, " and ".join(filter(None, ['kind == "article"', of_articles])))

    def _count(self, filters: Filters | None, passing: list[str] | None) -> tuple[int, int]:
        if passing == []:
            return 0, 0
        articles = self._size(filters, passing)
        of_sentences = condition(filters, "article_language", passing) if filters else ""
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
