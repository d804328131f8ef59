"""Many files into a library: in batches that are each all or nothing, so that it can be stopped and gone on with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

from index.article import Document
from index.errors import ArticleError
from index.library import Added, Library
from index.loaders import documents_of, find_articles, read_bytes

BATCH = 400_000  # characters of text; what is stored at once, and at most lost by a crash
FILES = 64  # files of one batch


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or address that could not be read, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, as article ids, and what could not be."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()

    def __add__(self, other: Report) -> Report:
        return Report(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Progress:
    """Told as things are done: so many files are dealt with, sentences encoded, files to deal with."""

    files: Callable[[int], object] = lambda _count: None
    sentences: Callable[[int], object] = lambda _count: None
    total: Callable[[int], object] = lambda _count: None


@dataclass(slots=True)
class Batch:
    """What is stored in one step."""

    documents: list[Document] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    stamps: list[tuple[str, str, str]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    files: int = 0

    def take(self, documents: list[Document]) -> None:
        """Add a file's documents."""
        self.documents += documents
        self.files += 1

    @property
    def full(self) -> bool:
        """Whether it is time to store it."""
        return self.files >= FILES or sum(len(d.article.text) for d in self.documents) >= BATCH


def ingest(library: Library, paths: Iterable[Path], progress: Progress | None = None) -> Report:
    """Add files and folders. Each article is added whole or not at all; what can't be read does not stop the rest."""
    told = progress or Progress()
    done, failed, batch = Added(), [], Batch()
    found = list(find_articles(paths))
    told.total(len(found))
    for path in found:
        try:
            documents = documents_of(read_bytes(path), str(path.resolve()))
            batch.take(documents)
            batch.gone += stale(library, str(path.resolve()), documents)
        except ArticleError as error:
            failed.append(Failure(str(path), str(error)))
            told.files(1)
        if batch.full:
            done += store(library, batch, told)
            batch = Batch()
    done += store(library, batch, told)
    return Report(done.added, done.replaced, done.unchanged, failed=tuple(failed))


def sync(library: Library, folder: Path, progress: Progress | None = None) -> Report:
    """Make the library hold what a folder holds: new files added, changed ones replaced, gone ones removed.

    What is as it was is not read again. A file that can't be read now keeps the article that it had. Raises
    ArticleError when the folder itself can't be read: then nothing is taken for gone.
    """
    if not folder.is_dir():
        raise ArticleError(f"{folder} is no folder that can be read; nothing was changed")
    told, named = progress or Progress(), str(folder.resolve())
    found = {str(path.resolve()): path for path in find_articles([folder])}
    stamps = library.database.files(named)
    told.total(len(found))
    done, failed, batch = Added(), [], Batch()
    for source, path in found.items():
        try:
            data = read_bytes(path)
            stamp = hashlib.sha256(data).hexdigest()
            if stamps.get(source) == stamp:
                told.files(1)
                continue
            documents = documents_of(data, source)
            batch.take(documents)
            batch.gone += stale(library, source, documents)
            batch.stamps.append((named, source, stamp))
        except ArticleError as error:
            failed.append(Failure(str(path), str(error)))
            told.files(1)
        if batch.full:
            done += store(library, batch, told)
            batch = Batch()
    done += store(library, batch, told)
    gone = [source for source in stamps if source not in found]
    lost = library.replace(
        [source for file in gone for source in library.database.sources_of_file(file)], (), forgotten=gone
    )
    return Report(done.added, done.replaced, done.unchanged, lost.replaced, tuple(failed))


def store_documents(library: Library, documents: list[Document], progress: Progress | None = None) -> Report:
    """Add what was read elsewhere, in batches, and forget what the same file held before."""
    told = progress or Progress()
    done = Added()
    file = documents[0].file if documents else ""
    gone = list(stale(library, file, documents)) if file else []
    batch = Batch(gone=gone)
    told.total(1)
    for document in documents:
        batch.documents.append(document)
        if batch.full:
            done += store(library, batch, told)
            batch = Batch()
    batch.files = 1
    done += store(library, batch, told)
    return Report(done.added, done.replaced, done.unchanged)


def stale(library: Library, file: str, documents: Iterable[Document]) -> Iterator[str]:
    """The sources of articles that a file held and no longer holds."""
    now = {document.article.source for document in documents}
    return (source for source in library.database.sources_of_file(file) if source not in now)


def store(library: Library, batch: Batch, told: Progress) -> Added:
    """Put a batch into the library, all or nothing."""
    if not (batch.documents or batch.gone or batch.stamps):
        return Added()
    done = library.replace(batch.gone, batch.documents, told.sentences, batch.stamps, batch.forgotten)
    told.files(batch.files)
    return done
