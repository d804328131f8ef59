"""The stored library: articles in, nearest sentences out.

The database is the truth; the FAISS index is derived from it, kept beside it as a checksummed cache, brought up
to date by the database's log of changes, and rebuilt from the stored vectors when it is missing or damaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import numpy as np

from index.article import Article, Document, Original, Span, article_id
from index.database import Database
from index.encoder import Encoder, Progress
from index.errors import ArticleGone, LibraryError, ManifestMismatch
from index.filters import Filters
from index.freshness import FreshVectors
from index.indexing import Known, index_documents, known_sentences, manifest_of
from index.records import Entry, Holding, Indexed, Rows, Stored, StoredSentence
from index.sqlite_file import DATABASE_FILE
from index.vectors import Hits

VECTORS_FILE = "vectors.faiss"


@dataclass(frozen=True, slots=True)
class Added:
    """What an add did, as article ids: new ones, old ones that a new text of theirs replaced or of which something else
    is told now, known ones, and those that went as nothing holds them any longer."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class Library:
    """Articles with their sentences' vectors. Use `open` for a stored one, `in_memory` for a passing one."""

    def __init__(
        self, database: Database, encoder: Encoder, vectors_file: Path | None = None, *, check: bool = True
    ) -> None:
        """``check`` False opens a library that another encoder built, only to `reindex` it or to read its rows."""
        self.database = database
        self.encoder = encoder
        self.vectors = FreshVectors(database, vectors_file, self._refuse_foreign)
        self._lock = RLock()
        if check:
            try:
                self._adopt_or_refuse()
            except LibraryError:
                self.database.close()
                raise

    @classmethod
    def open(cls, folder: Path, encoder: Encoder, *, check: bool = True) -> Library:
        """Open the library in ``folder``, or make an empty one there.

        Raises LibraryError when it can't be opened, ManifestMismatch when another encoder built it.
        """
        with suppress(OSError):  # where it may not be looked for, that is told by opening it
            if folder.exists() and not folder.is_dir():
                raise LibraryError(f"{folder} is a file; a library is a folder, name another one with --library")
        return cls(Database(folder / DATABASE_FILE), encoder, folder / VECTORS_FILE, check=check)

    @classmethod
    def in_memory(cls, encoder: Encoder) -> Library:
        """An empty library that is gone when it is closed."""
        return cls(Database(None), encoder)

    @property
    def manifest(self) -> dict[str, str]:
        """What vectors depend on: a library keeps to it."""
        return manifest_of(self.encoder)

    def _adopt_or_refuse(self) -> None:
        if not self.database.size() and any(self.database.get(k) != v for k, v in self.manifest.items()):
            with self.database.change():
                self._adopt()
        self._refuse_others()

    def _adopt(self) -> None:
        """An empty library takes any encoder; inside `change`."""
        if not self.database.size():
            for key, value in self.manifest.items():
                self.database.set(key, value)

    def _refuse_others(self) -> None:
        how = "`kutip reindex`, or with `kutip serve --reindex`, which answers once that is done"
        for key, value in self.manifest.items():
            built = self.database.get(key)
            if built != value:
                raise ManifestMismatch.of(
                    self.place or "in memory", key, built, value, how if self.place else "`reindex`"
                )

    def _refuse_foreign(self) -> None:
        """Another process may have put another encoder's vectors there; an empty library is nobody's."""
        if self.database.size():
            self._refuse_others()

    def close(self) -> None:
        """Close the library's file, and keep the index for the next time."""
        with self._lock:
            self.vectors.close()
            self.database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> str:
        """A name that changes with every change of the library; "" when what was found is not to be remembered."""
        return self.database.token

    @property
    def index_kind(self) -> str:
        """How nearest sentences are found, in words."""
        return self.vectors.kind

    def __len__(self) -> int:
        return self.size()

    @property
    def place(self) -> str:
        """The library's folder; "" in memory."""
        return str(self.folder or "")

    @property
    def folder(self) -> Path | None:
        """Where files that belong to the library lie; None in memory."""
        return self.database.path.parent if self.database.path else None

    # -- changing --------------------------------------------------------------------------------------

    def add(self, articles: Iterable[Article | Document], progress: Progress | None = None) -> Added:
        """Add articles: all of them or, when something fails, none.

        An article whose text is known already stays and gains the new source; what the source that it is shown with
        tells of it now counts. One from the source of a known article replaces that. ``progress`` is told the number of
        sentences of each encoded batch.
        """
        return self.replace((), articles, progress)

    def replace(
        self,
        gone: Sequence[Holding],
        articles: Iterable[Article | Document],
        progress: Progress | None = None,
        files: Sequence[tuple[str, str, str]] = (),
        forgotten: Sequence[str] = (),
    ) -> Added:
        """Note that files hold the sources ``gone`` no longer and add articles, in one step.

        ``files`` are the (folder, path, stamp) of synced files to note, ``forgotten`` the paths of those to forget.
        """
        given = [item if isinstance(item, Document) else Document(item) for item in articles]
        documents = [document for document in given if not self.database.superseded(document)]
        known = self.database.known([document.article.id for document in documents])
        new = {d.article.id: d for d in reversed(documents) if d.article.id not in known}
        indexed = {item.document.article.id: item for item in self.index(list(new.values()), progress)}
        added: dict[str, None] = {}
        unchanged: dict[str, None] = {}
        lost: list[int] = []
        with self.database.change():
            self._adopt()
            self._refuse_others()
            for document in documents:
                own = document.article.id
                if self.database.known([own]):
                    lost += self.database.link(document)
                    unchanged |= {own: None} if own not in added else {}
                else:
                    item = indexed.get(own) or self.index([document], None)[0]  # removed while we encoded
                    # The same text may have been indexed as it came from another source.
                    article = replace(item.document.article, source=document.article.source)
                    lost += self.database.insert(replace(item, document=replace(document, article=article)))
                    added[own] = None
            last = {(document.article.id, document.article.source): document for document in documents}
            for folder, path, stamp in files:
                self.database.set_file(folder, path, stamp)
            # Behind these, so that a text that only moved from one source to another is kept, and that a file whose
            # text counts again has no stamp.
            unheld = self.database.unlink(gone)
            (replaced, some), (removed, more) = self.database.settle(lost), self.database.settle(unheld)
            told = {own for (own, _), document in last.items() if self.database.tell_anew(document)}
            had: dict[str, list[str]] = {}  # source → files that are gone, which may only have been renamed
            away = frozenset(forgotten)
            for source, file in gone:
                if file in away:
                    had.setdefault(source, []).append(file)
            for own, before, now in some + more:
                if (own, now) not in last:
                    self.database.read_again(now, had.get(before, ()))
            for path in forgotten:
                self.database.forget_file(path)
            replaced += tuple(own for own in unchanged if own in told and own not in {*replaced, *removed})
        return Added(
            tuple(own for own in added if own not in {*replaced, *removed}),
            tuple(own for own in replaced if own not in added),
            tuple(own for own in unchanged if own not in {*replaced, *removed}),
            tuple(own for own in removed if own not in added),
        )

    def index(self, documents: Sequence[Document], progress: Progress | None = None) -> list[Indexed]:
        """Split and encode documents, without storing them."""
        return index_documents(self.encoder, documents, progress)

    def _known(self, articles: Sequence[Article]) -> Known:
        """The articles' sentences as they are stored, if only the splitter was another one; else {}."""
        with self.snapshot():
            changed = [key for key, value in self.manifest.items() if self.database.get(key) != value]
            if changed != ["splitter"]:
                return {}
            stored = [self.database.stored(article.id) for article in articles]
        return known_sentences(own.indexed for own in stored if own is not None)

    def keep_stored(self, items: Sequence[Stored], files: Sequence[tuple[str, str, str]] = ()) -> None:
        """Store what another library holds: articles that aren't there yet, sources of those that are."""
        with self.database.change():
            self._adopt()
            self._refuse_others()
            lost: list[int] = []
            for item in items:
                article = item.indexed.document.article
                if not self.database.known([article.id]):
                    lost += self.database.insert(item.indexed)
                for source, file, held in item.held:
                    lost += self.database.link(Document(replace(article, source=source), None, file), held)
            self.database.settle(lost)
            for folder, path, stamp in files:
                self.database.set_file(folder, path, stamp)

    def remove(self, article_ids: Iterable[str]) -> tuple[str, ...]:
        """Remove articles; returns the ids of those that were there."""
        with self.database.change():
            return tuple(article_id for article_id in article_ids if self.database.delete(article_id))

    # -- reading ---------------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside belongs to one moment: no half article, none that is gone half-way."""
        with self._lock, self.database.snapshot():
            yield

    def ping(self) -> None:
        """Returns when the library can be read now; ManifestMismatch when another encoder built what it holds."""
        self._refuse_foreign()

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """How many articles and sentences there are, or pass."""
        return self.database.count(filters)

    def size(self, filters: Filters | None = None) -> int:
        """How many articles there are, or pass."""
        return self.database.size(filters)

    def known(self, article_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there."""
        return self.database.known(article_ids)

    def articles(self) -> tuple[Article, ...]:
        """All articles, oldest first, with their texts; `entries` are lighter."""
        return self.database.articles()

    def entries(
        self, filters: Filters | None = None, *, containing: str = "", limit: int = -1, offset: int = 0
    ) -> tuple[Entry, ...]:
        """What a list shows of the articles, oldest first: those that pass and have ``containing`` in their title
        or source."""
        return self.database.entries(filters, containing=containing, limit=limit, offset=offset)

    def article(self, article_id: str) -> Article:
        """One article; ArticleGone when it isn't there."""
        found = self.database.article(article_id)
        if found is None:
            raise ArticleGone(f"there is no article {article_id!r} in the library; `kutip list` shows their ids")
        return found

    def original(self, article_id: str) -> Original | None:
        """What an article was read from, as it came; None when only a text was given."""
        self.article(article_id)
        return self.database.original(article_id)

    def has_original(self, article_id: str) -> bool:
        """Whether there is one, without reading it."""
        return self.database.has_original(article_id)

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The sentence spans of one article, in order."""
        return self.database.sentences(article_id)

    def nearest(self, queries: Rows, k: int, filters: Filters | None = None) -> tuple[Hits, ...]:
        """For each query row up to ``k`` (sentence number, cosine), most similar first."""
        with self.snapshot():
            vectors = self.vectors.now()
            if not len(vectors):
                return ((),) * len(queries)
            found = vectors.search(queries, vectors.hits_for(k), self.database.numbers(filters) if filters else None)
            if vectors.exact:
                return found
            # Cells hold hardly more than signs: the order among the nearest is that of the stored vectors.
            cosines = [
                self.similarities(row, [number for number, _ in own]) for row, own in zip(queries, found, strict=True)
            ]
            return tuple(tuple(sorted(own.items(), key=lambda hit: -hit[1])[:k]) for own in cosines)

    def matching(
        self, words: Sequence[str], k: int, filters: Filters | None = None
    ) -> tuple[tuple[int, float, str], ...]:
        """Up to ``k`` (sentence number, BM25 score, text) of the sentences with any of the words, best first."""
        return tuple(self.database.match(words, k, filters))

    def similarities(self, query: Rows, numbers: Sequence[int]) -> dict[int, float]:
        """The cosine of one query row (d,) with each of the numbered sentences."""
        found, rows = self.database.vectors(numbers)
        return {} if not len(found) else dict(zip(map(int, found), map(float, rows @ query), strict=True))

    def lookup(self, numbers: Sequence[int]) -> dict[int, StoredSentence]:
        """Sentences by their numbers; those removed meanwhile are left out."""
        return self.database.sentences_by_number(numbers)

    def sketches(self, article_ids: Sequence[str]) -> dict[str, bytes]:
        """The articles' sketches, for `index.duplicates.resemblance`."""
        return self.database.sketches(article_ids)

    def files(self, folder: str) -> dict[str, str]:
        """The stamps of the files that were synced with a folder, by path."""
        return self.database.files(folder)

    def sources_of_file(self, file: str) -> tuple[str, ...]:
        """The sources that a file holds."""
        return tuple(self.database.sources_of_file(file))

    def holdings(self) -> tuple[tuple[str, str, str, str], ...]:
        """The (article id, source, file, id of what the file has there) of all that holds an article; the last three
        are "" for those that were given without a source."""
        return self.database.holdings()

    def all_files(self) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of all synced files."""
        return self.database.all_files()

    def stored(self, article_ids: Sequence[str]) -> tuple[Stored, ...]:
        """Articles with all that belongs to them, for another library; those that are gone are left out."""
        with self.snapshot():
            self._refuse_foreign()
            return tuple(item for own in article_ids if (item := self.database.stored(own)) is not None)

    # -- mending ---------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What is wrong with the stored library, in words; [] when all is well."""
        found = self.database.check()
        if found:
            return found
        for own in self.database.ids():  # one by one: all texts at once may be more than fits
            if (article := self.database.article(own)) is None:  # removed meanwhile
                continue
            spans = self.sentences(own)
            if article_id(article.text) != article.id:
                found.append(f"the text of article {article.id} is not the one that was added")
            if any(span.end > len(article.text) for span in spans):
                found.append(f"a sentence of article {article.id} ends behind its text")
        try:
            lengths = [np.linalg.norm(rows, axis=1) for _, rows in self.vectors.blocks()]
            crooked = sum(int((~np.isclose(own, 1.0, atol=1e-3)).sum()) for own in lengths)
        except ValueError:
            return [*found, "vectors are of different lengths"]
        return [*found, *([f"{crooked} vectors are not of unit length"] if crooked else [])]

    def backup(self, target: Path) -> None:
        """Write a copy of the library as it is now; others may go on reading and writing."""
        self.database.backup(target)

    def restore(self, backup: Path) -> None:
        """Put a backup's content in place of this library's, all or nothing.

        What another encoder or splitter built is restored, too: until `reindex`, whatever needs its vectors raises
        ManifestMismatch. Raises LibraryError when the backup is damaged or of another kutip.
        """
        self.database.restore(backup, self._adopt)

    def reindex(self, progress: Progress | None = None, batch: int = 16) -> int:
        """Split and encode every article anew with the present encoder; returns the number of sentences.

        The old index answers until the new one is whole, then takes over in one step. Stopped half-way, it goes on
        where it was. Sentences that are only split otherwise now keep their vectors where they are the same.
        """
        database, goal = self.database, " ".join(self.manifest.values())
        with database.change():
            if database.get("staged_for") != goal:
                database.execute("DELETE FROM staged")
                database.set("staged_for", goal)
        while True:
            waiting = database.unstaged(batch)
            documents = [Document(article) for article in waiting]
            indexed = index_documents(self.encoder, documents, progress, self._known(waiting))
            with database.change():
                theirs = database.get("staged_for")
                if theirs is None and all(database.get(key) == value for key, value in self.manifest.items()):
                    return database.count()[1]  # another process has done the same meanwhile
                if theirs != goal:
                    raise LibraryError(
                        "another process restored the library meanwhile, or embeds it anew with another encoder; once "
                        "it is done, start this again"
                    )
                for item in indexed:
                    database.stage(item)
                if waiting or database.unstaged(1):  # added meanwhile
                    continue
                count = database.swap_staged()
                for key, value in self.manifest.items():
                    database.set(key, value)
                return count
