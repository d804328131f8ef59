"""What can be asked of a library on Milvus, by whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence

from index.article import Article, Original, Span
from index.errors import ArticleGone
from index.filters import Filters, source_name
from index.milvus_engine import STRONG
from index.milvus_reading import Reading
from index.milvus_records import Head, named
from index.records import Entry, Rows, Stored, StoredSentence
from index.vectors import Hits


class Asked:
    """The questions that `index.any_library.AnyLibrary` answers; ``reading`` is where they are looked up."""

    reading: Reading

    def __len__(self) -> int:
        return self.size()

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """How many articles and sentences there are, or pass."""
        return self.reading.count(filters)

    def size(self, filters: Filters | None = None) -> int:
        """How many articles there are, or pass."""
        return self.reading.size(filters)

    def known(self, article_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there."""
        return frozenset(self.reading.heads(article_ids, STRONG))

    def articles(self) -> tuple[Article, ...]:
        """All articles, oldest first, with their texts; `entries` are lighter."""
        return tuple(map(self.reading.article, self.reading.all_heads()))

    def entries(
        self, filters: Filters | None = None, *, containing: str = "", limit: int = -1, offset: int = 0
    ) -> tuple[Entry, ...]:
        """What a list shows of the articles, oldest first."""
        low, by_name = containing.lower(), filters is not None and filters.by_name
        heads = [
            head
            for head in self.reading.all_heads(filters)
            if low in f"{head.title} {source_name(head.source) if by_name else head.source}".lower()
        ]
        heads = heads[offset : offset + limit if limit >= 0 else None]
        sources = self.reading.sources([head.id for head in heads])
        # Sources are linked a moment after the commit; the commit row has one of them.
        return tuple(head.entry(named(sources[head.id]) or [own for own in (head.source,) if own]) for head in heads)

    def _head(self, article_id: str) -> Head:
        head = self.reading.seen_heads([article_id]).get(article_id)
        if head is None:
            raise ArticleGone(f"there is no article {article_id!r} in the library; `kutip list` shows their ids")
        return head

    def article(self, article_id: str) -> Article:
        """One article; ArticleGone when it isn't there."""
        return self.reading.article(self._head(article_id))

    def original(self, article_id: str) -> Original | None:
        """What an article was read from, as it came; None when only a text was given."""
        return self.reading.original(self._head(article_id))

    def has_original(self, article_id: str) -> bool:
        """Whether there is one, without reading it."""
        return bool(self._head(article_id).original)

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The sentence spans of one article, in order."""
        head = self.reading.seen_heads([article_id]).get(article_id)
        return self.reading.spans(head)[0] if head is not None else ()

    def nearest(self, queries: Rows, k: int, filters: Filters | None = None) -> tuple[Hits, ...]:
        """For each query row up to ``k`` (sentence number, cosine), most similar first."""
        return self.reading.nearest(queries, k, filters)

    def matching(
        self, words: Sequence[str], k: int, filters: Filters | None = None
    ) -> tuple[tuple[int, float, str], ...]:
        """Up to ``k`` (sentence number, BM25 score, text), best first; none without full-text search."""
        return self.reading.matching(words, k, filters)

    def similarities(self, query: Rows, numbers: Sequence[int]) -> dict[int, float]:
        """The cosine of one query row (d,) with each of the numbered sentences."""
        return {number: float(row @ query) for number, row in self.reading.vectors(numbers).items()}

    def lookup(self, numbers: Sequence[int]) -> dict[int, StoredSentence]:
        """Sentences by their numbers; those removed meanwhile are left out."""
        return self.reading.lookup(numbers)

    def sketches(self, article_ids: Sequence[str]) -> dict[str, bytes]:
        """The articles' sketches, for `index.duplicates.resemblance`."""
        return {own: bytes.fromhex(head.sketch) for own, head in self.reading.seen_heads(article_ids).items()}

    def files(self, folder: str) -> dict[str, str]:
        """The stamps of the files that were synced with a folder, by path."""
        return {path: stamp for _, path, stamp in self.reading.files(folder)}

    def all_files(self) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of all synced files."""
        return self.reading.files()

    def sources_of_file(self, file: str) -> tuple[str, ...]:
        """The sources that a file holds."""
        return self.reading.sources_of_file(file)

    def holdings(self) -> tuple[tuple[str, str, str, str], ...]:
        """The (article id, source, file, id of what the file has there) of all that holds an article; the last three
        are "" for those that were given without a source."""
        return self.reading.holdings()

    def stored(self, article_ids: Sequence[str]) -> tuple[Stored, ...]:
        """Articles with all that belongs to them, for another library; those that are gone are left out."""
        from index.milvus_upkeep import stored

        return stored(self.reading, article_ids)
