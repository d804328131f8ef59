"""The stored library: articles in, nearest sentences out.

The database is the truth; the FAISS index is derived from it, kept beside it as a checksummed cache, and
rebuilt from the stored vectors when it is missing, stale or damaged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from types import TracebackType

import numpy as np

from index.article import Article, Span
from index.database import Database, Indexed, Rows, StoredSentence
from index.encoder import Encoder, Progress
from index.errors import LibraryError, ManifestMismatch
from index.splitter import SPLITTER_VERSION, split_sentences
from index.vectors import Hits, VectorIndex

DATABASE_FILE = "library.sqlite3"
VECTORS_FILE = "vectors.faiss"


@dataclass(frozen=True, slots=True)
class Added:
    """What an add did, as article ids: new ones, old ones that a new text of theirs replaced, and known ones."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]


class Library:
    """Articles with their sentences' vectors. Use `open` for a stored one, `in_memory` for a passing one."""

    def __init__(self, database: Database, encoder: Encoder, vectors_file: Path | None = None) -> None:
        self.database = database
        self.encoder = encoder
        self._vectors_file = vectors_file
        self._vectors: VectorIndex | None = None
        self._generation = -1
        self._lock = RLock()
        self._check_manifest()

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> Library:
        """Open the library in ``folder``, or make an empty one there.

        Raises LibraryError when it can't be opened, ManifestMismatch when another encoder built it.
        """
        if folder.exists() and not folder.is_dir():
            raise LibraryError(f"{folder} is a file; a library is a folder, name another one with --library")
        return cls(Database(folder / DATABASE_FILE), encoder, folder / VECTORS_FILE)

    @classmethod
    def in_memory(cls, encoder: Encoder) -> Library:
        """An empty library that is gone when it is closed."""
        return cls(Database(None), encoder)

    def _check_manifest(self) -> None:
        ours = {"encoder": self.encoder.fingerprint, "splitter": str(SPLITTER_VERSION)}
        theirs = {key: self.database.get(key) for key in ours}
        if not self.database.count()[0]:
            if theirs != ours:
                with self.database.change():
                    for key, value in ours.items():
                        self.database.set(key, value)
            return
        for key, value in ours.items():
            if theirs[key] != value:
                where = self.database.path.parent if self.database.path else "in memory"
                self.database.close()
                raise ManifestMismatch(
                    f"the library {where} was built with the {key} {theirs[key]}, now {value} is used; "
                    "use the same one again, or add the articles to a new library (kutip --library NEW add …)"
                )

    def close(self) -> None:
        """Close the library's file."""
        self.database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self.database.count()[0]

    # -- changing --------------------------------------------------------------------------------------

    def add(self, articles: Iterable[Article], progress: Progress | None = None) -> Added:
        """Add articles: all of them or, when something fails, none.

        An article whose text is known already stays as it is; one with the non-empty source of a known
        article replaces it. ``progress`` is told the number of sentences of each encoded batch.
        """
        new: dict[str, Article] = {}
        unchanged = []
        for article in articles:
            if article.id in new or self.database.article(article.id) is not None:
                unchanged.append(article.id)
            else:
                new[article.id] = article
        indexed = self._index(list(new.values()), progress)
        replaced: list[str] = []
        added = []
        with self.database.change(bump=bool(new)):
            for item in indexed:
                if self.database.article(item.article.id) is not None:  # another process was quicker
                    unchanged.append(item.article.id)
                    continue
                if item.article.source:
                    for old in self.database.ids_of_source(item.article.source):
                        self.database.delete(old)
                        replaced.append(old)
                self.database.insert(item)
                added.append(item.article.id)
        return Added(tuple(added), tuple(replaced), tuple(dict.fromkeys(unchanged)))

    def _index(self, articles: Sequence[Article], progress: Progress | None) -> list[Indexed]:
        spans = [split_sentences(article.text) for article in articles]
        texts = [span.cut(article.text) for article, own in zip(articles, spans, strict=True) for span in own]
        encoded = self.encoder.encode_documents(texts, progress)
        out, first = [], 0
        for article, own in zip(articles, spans, strict=True):
            last = first + len(own)
            languages = encoded.languages[first:last]
            common = Counter(languages).most_common(1)[0][0] if languages else ""
            article = article if article.language else replace(article, language=common)
            out.append(Indexed(article, own, encoded.rows[first:last], languages))
            first = last
        return out

    def remove(self, article_ids: Iterable[str]) -> tuple[str, ...]:
        """Remove articles; returns the ids of those that were there."""
        with self.database.change():
            return tuple(article_id for article_id in article_ids if self.database.delete(article_id))

    # -- reading ---------------------------------------------------------------------------------------

    def articles(self) -> tuple[Article, ...]:
        """All articles, oldest first."""
        return self.database.articles()

    def article(self, article_id: str) -> Article:
        """One article; LibraryError when it isn't there."""
        found = self.database.article(article_id)
        if found is None:
            raise LibraryError(f"there is no article {article_id!r} in the library; `kutip list` shows their ids")
        return found

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The sentence spans of one article, in order."""
        return self.database.sentences(article_id)

    def nearest(self, queries: Rows, k: int) -> tuple[Hits, ...]:
        """For each query row up to ``k`` (sentence number, cosine), most similar first."""
        with self._lock:
            vectors = self._fresh_vectors()
            return vectors.search(queries, k) if len(vectors) else ((),) * len(queries)

    def matching(self, words: Sequence[str], k: int) -> tuple[tuple[int, float, str], ...]:
        """Up to ``k`` (sentence number, BM25 score, text) of the sentences with any of the words, best first."""
        return tuple(self.database.match(words, k))

    def similarities(self, query: Rows, numbers: Sequence[int]) -> dict[int, float]:
        """The cosine of one query row (d,) with each of the numbered sentences."""
        found, rows = self.database.vectors(numbers)
        return {} if not len(found) else dict(zip(map(int, found), map(float, rows @ query), strict=True))

    def lookup(self, numbers: Sequence[int]) -> dict[int, StoredSentence]:
        """Sentences by their numbers; those removed meanwhile are left out."""
        return self.database.sentences_by_number(numbers)

    def _fresh_vectors(self) -> VectorIndex:
        """The FAISS index of the database's present generation."""
        generation = self.database.generation
        if self._vectors is None or generation != self._generation:
            stamp = f"{self.database.get('uuid')} {generation}"
            saved = None if self._vectors_file is None else VectorIndex.load(self._vectors_file, stamp)
            self._vectors = saved if saved is not None else self._rebuild(stamp)
            self._generation = generation
        return self._vectors

    def _rebuild(self, stamp: str) -> VectorIndex:
        numbers, rows = self.database.vectors()
        index = VectorIndex(rows.shape[1])
        index.add(numbers, np.ascontiguousarray(rows))
        if self._vectors_file is not None:
            with suppress(OSError):  # only a cache: a full or read-only disk costs time, not answers
                index.save(self._vectors_file, stamp)
        return index
