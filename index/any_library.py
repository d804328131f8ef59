"""What every library can do, wherever it is kept: `index.library.Library` in one file, or on an engine of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from index.article import Article, Document, Original, Span
from index.encoder import Encoder, Progress
from index.filters import Filters
from index.library import Added
from index.records import Entry, Holding, Rows, Stored, StoredSentence
from index.vectors import Hits


class AnyLibrary(Protocol):
    """Articles with their sentences' vectors. Each method raises LibraryError when what it needs can't be reached."""

    encoder: Encoder

    @property
    def place(self) -> str:
        """Where it is kept, as `--library` takes it; "" when it is in memory."""

    @property
    def folder(self) -> Path | None:
        """A folder of this machine for files that belong to the library; None when nothing of it is kept."""

    @property
    def state(self) -> str:
        """A name of what the library holds now, never given to anything else; "" when it can't be told."""

    @property
    def manifest(self) -> dict[str, str]:
        """What vectors depend on: a library keeps to it."""

    def close(self) -> None:
        """Let go of it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __len__(self) -> int: ...

    # -- changing --------------------------------------------------------------------------------------

    def add(self, articles: Iterable[Article | Document], progress: Progress | None = None) -> Added:
        """Add articles: all of them or, when something fails, none."""

    def replace(
        self,
        gone: Sequence[Holding],
        articles: Iterable[Article | Document],
        progress: Progress | None = None,
        files: Sequence[tuple[str, str, str]] = (),
        forgotten: Sequence[str] = (),
    ) -> Added:
        """Note that files hold the sources ``gone`` no longer and add articles.

        ``files`` are the (folder, path, stamp) of synced files to note, ``forgotten`` the paths of those to forget.
        """

    def remove(self, article_ids: Iterable[str]) -> tuple[str, ...]:
        """Remove articles; returns the ids of those that were there."""

    def reindex(self, progress: Progress | None = None) -> int:
        """Split and encode every article anew; returns the number of sentences. The old index answers meanwhile."""

    # -- reading ---------------------------------------------------------------------------------------

    def snapshot(self) -> AbstractContextManager[None]:
        """What is read inside belongs together; ArticleGone is raised for an article that vanished meanwhile."""

    def ping(self) -> None:
        """Returns when the library can be read now; LibraryError, without trying long, when not.

        ManifestMismatch when another encoder or splitter built what it holds by now.
        """

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """How many articles and sentences there are, or pass."""

    def size(self, filters: Filters | None = None) -> int:
        """How many articles there are, or pass."""

    def articles(self) -> tuple[Article, ...]:
        """All articles, oldest first, with their texts."""

    def known(self, article_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there."""

    def entries(
        self, filters: Filters | None = None, *, containing: str = "", limit: int = -1, offset: int = 0
    ) -> tuple[Entry, ...]:
        """What a list shows of the articles, oldest first: those that pass and have ``containing`` in their title
        or source."""

    def article(self, article_id: str) -> Article:
        """One article; ArticleGone when it isn't there."""

    def original(self, article_id: str) -> Original | None:
        """What an article was read from; None when only a text was given."""

    def has_original(self, article_id: str) -> bool:
        """Whether there is one, without reading it."""

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The sentence spans of one article, in order."""

    def nearest(self, queries: Rows, k: int, filters: Filters | None = None) -> tuple[Hits, ...]:
        """For each query row up to ``k`` (sentence number, cosine), most similar first."""

    def matching(
        self, words: Sequence[str], k: int, filters: Filters | None = None
    ) -> tuple[tuple[int, float, str], ...]:
        """Up to ``k`` (sentence number, BM25 score, text) of the sentences with any of the words, best first."""

    def similarities(self, query: Rows, numbers: Sequence[int]) -> dict[int, float]:
        """The cosine of one query row (d,) with each of the numbered sentences."""

    def lookup(self, numbers: Sequence[int]) -> dict[int, StoredSentence]:
        """Sentences by their numbers; those removed meanwhile are left out."""

    def sketches(self, article_ids: Sequence[str]) -> dict[str, bytes]:
        """The articles' sketches, for `index.duplicates.resemblance`."""

    # -- files that are kept in step -------------------------------------------------------------------

    def files(self, folder: str) -> dict[str, str]:
        """The stamps of the files that were synced with a folder, by path."""

    def sources_of_file(self, file: str) -> tuple[str, ...]:
        """The sources that a file holds."""

    def all_files(self) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of all synced files."""

    def holdings(self) -> tuple[tuple[str, str, str, str], ...]:
        """The (article id, source, file, id of what the file has there) of all that holds an article; the last three
        are "" for those that were given without a source."""

    # -- for another library ---------------------------------------------------------------------------

    def stored(self, article_ids: Sequence[str]) -> tuple[Stored, ...]:
        """Articles with all that belongs to them; those that are gone are left out."""

    def keep_stored(self, items: Sequence[Stored], files: Sequence[tuple[str, str, str]] = ()) -> None:
        """Store what another library of the same manifest holds: articles that aren't there yet, and sources."""

    # -- mending ---------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What is wrong with what is stored, in words; [] when all is well."""

    def backup(self, target: Path) -> None:
        """Write a copy of the library to a file of this machine, which `Library` and every other can restore."""

    def restore(self, backup: Path) -> None:
        """Put a backup's content in place of this library's."""
