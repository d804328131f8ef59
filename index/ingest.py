"""Many files into a library: in batches that are each all or nothing, so that it can be stopped and gone on with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.any_library import AnyLibrary
from index.article import Document, Failure
from index.errors import ArticleError
from index.formats import format_of
from index.indexing import MOST_SENTENCES, sentences_of
from index.library import Added
from index.loaders import documents_of, find_articles, read_bytes, source_of
from index.parsers.unread import TEXTS
from index.records import Holding

BATCH = 400_000  # characters of text; what is stored at once, and at most lost by a crash
FILES = 64  # files of one batch

Synced = tuple[str, str, str]  # folder, path and stamp of a synced file


@dataclass(frozen=True, slots=True)
class Report(Added):
    """What was done, as article ids, and what could not be."""

    failed: tuple[Failure, ...] = ()


def report_of(done: Added, failed: Iterable[Failure] = ()) -> Report:
    """What was done as a report, with what could not be."""
    return Report(done.added, done.replaced, done.unchanged, done.removed, tuple(failed))


@dataclass(frozen=True, slots=True)
class Progress:
    """Told as things are done: so many articles are dealt with, sentences encoded, articles to deal with.

    A file counts as one article until it is read, then as those that it holds.
    """

    articles: Callable[[int], object] = lambda _count: None
    sentences: Callable[[int], object] = lambda _count: None
    total: Callable[[int], object] = lambda _count: None


class Store:
    """Puts documents into a library in batches, each of them whole; ``done`` is what that did.

    ``gone`` is what the files held before and hold no longer. It is let go when all is stored, as another file may hold
    it now; ``late`` are the stamps of these files and of ``windows``, which are noted then.
    """

    def __init__(self, library: AnyLibrary, told: Progress) -> None:
        self.library = library
        self.told = told
        self.done = Added()
        self.gone: list[Holding] = []
        self.late: list[Synced] = []
        self.windows: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self.documents: list[Document] = []
        self.stamps: list[Synced] = []
        self.files = self.characters = 0

    def take(
        self,
        file: str,
        documents: Sequence[Document],
        folder: str = "",
        stamp: str = "",
        refused: Sequence[Failure] = (),
    ) -> None:
        """All documents of a file, whose stamp is noted with the last one where it belongs to a synced ``folder``.

        What it held where now something can't be read is kept, and the file read again the next time. Of an address it
        is not known where in the file it stood.
        """
        self.told.total(len(documents) - 1)
        sources = set()
        for document in documents:
            if len(document.article.text) > MOST_SENTENCES:  # characters: with fewer it cannot have too many sentences
                sentences_of(document.article)  # refused here it is this file's fault, later the whole batch's
        for document in documents:
            sources.add(document.article.source)
            self.documents.append(document)
            self.characters += len(document.article.text)
            if self.characters >= BATCH:
                self.flush()
        kept = tuple(failure.source for failure in refused)
        addresses = any(not source.lower().endswith(TEXTS) for source in kept)  # may be of what can't be read
        before = self.library.sources_of_file(file) if file else ()
        window = any(document.window for document in documents)
        gone = [
            (source, file)
            for source in no_longer(before, sources, file, window)
            if (source.startswith(file) or not addresses) and not source.startswith(kept)
        ]
        self.gone += gone
        self.windows += [file] if window else []
        if folder:
            # Until what another name of a window held has come over to it, it counts as new.
            (self.late if gone or window else self.stamps).append((folder, file, "" if refused else stamp))
        self.files += 1
        if self.files >= FILES:
            self.flush()

    def flush(self, gone: Sequence[Holding] = ()) -> None:
        """Store what was taken, and let go of what is gone: all or nothing."""
        documents, stamps = self.documents, self.stamps
        self._begin()  # what can't be stored is not tried again with the next ones
        if gone or documents or stamps:
            self.done += self.library.replace(gone, documents, self.told.sentences, stamps)
        self.told.articles(len(documents))


def no_longer(before: Iterable[str], now: Collection[str], file: str, window: bool) -> list[str]:
    """Which of the sources that a file had ``before`` it has no longer, given those that were read of it ``now``.

    Who reads a feed wants to keep what it lists only for days: what such a ``window`` listed stays. That holds for one
    in a synced folder, too: it is the same feed, fetched again. Once its file is gone from there, all of it goes.

    It stays as well when one text under the file's own name comes in the list's place, as servers send pages that only
    say that they are busy. Whether the list was a window or a table is not stored, so a table's rows stay then, too.
    Such a text is in no list: it goes when one is back.

    A feed in a ZIP is no window: the ZIP is the whole, and as one file it would keep all that any of its members had.

    >>> no_longer(["a.xml", "https://x.test/1"], ["https://x.test/2"], "a.xml", window=True)
    ['a.xml']
    >>> no_longer(["https://x.test/1"], ["a.xml"], "a.xml", window=False)
    []
    >>> no_longer(["a.csv#1", "a.csv#2"], ["a.csv#1"], "a.csv", window=False)
    ['a.csv#2']
    """
    keeps = window or set(now) == {file}
    return [source for source in before if source not in now and (source == file or not keeps)]


def ingest(library: AnyLibrary, paths: Iterable[Path], progress: Progress | None = None) -> Report:
    """Add files and folders. Each article is added whole or not at all; what can't be read does not stop the rest."""
    told = progress or Progress()
    store = Store(library, told)
    failed: list[Failure] = []
    refused: list[Failure]
    found = list(find_articles(paths, failed))
    told.total(len(found))
    for path in found:
        try:
            source, refused = source_of(path), []
            store.take(source, documents_of(read_bytes(path), source, refused=refused), refused=refused)
            failed += refused
        except ArticleError as error:
            failed.append(Failure.of(str(path), error))
            told.articles(1)
    store.flush(store.gone)
    return report_of(store.done, failed)


def sync(library: AnyLibrary, folder: Path, progress: Progress | None = None, *, allow_empty: bool = False) -> Report:
    """Make the library hold what a folder holds: new files added, changed ones replaced, gone ones removed.

    What is as it was is not read again. A file that can't be read now keeps the article that it had, and a folder in it
    that can't be listed the articles of its files. Raises ArticleError when the folder itself can't be read, or when
    nothing is left of what was there and ``allow_empty`` does not say that this is meant: nothing is changed then.
    """
    if not folder.is_dir():
        raise ArticleError(f"{folder} is no folder that can be read; nothing was changed")
    told, named = progress or Progress(), source_of(folder)
    before = library.files(named)
    shut: list[Failure] = []
    found = {source_of(path): path for path in find_articles([folder], shut)}
    if any(Path(failure.source) == folder for failure in shut):
        raise ArticleError(f"{shut[0].reason}; nothing was changed")
    if not found and not shut and not allow_empty and before:
        raise ArticleError(  # where a disk is not mounted, an empty folder is what is left of it
            f"{folder} has no articles now, and had some when it was synced last; nothing was changed. If a disk "
            "belongs there, mount it and sync again; if its articles are to go, sync with --allow-empty (in Python: "
            "allow_empty=True)"
        )
    told.total(len(found))
    done, read = _read_changed(library, named, found, before, told)
    unseen = tuple(f"{source_of(Path(failure.source))}{os.sep}" for failure in shut)
    # Of what was there before: another sync may have found more since.
    gone_files = [path for path in before if path not in found and not path.startswith(unseen)]
    renamed = _renamed(library, gone_files, [path for path in read.windows if path not in before])
    gone = read.gone + [(source, file) for file in gone_files for source in library.sources_of_file(file)]
    moved, moved_files = _moved(library, named, found)
    forgotten = gone_files + moved_files
    done += report_of(library.replace(gone + moved, renamed, files=read.late, forgotten=forgotten))
    # A file whose text for a source was replaced by one that went has no stamp now: its text counts again.
    tried = {failure.source.split("!/")[0] for failure in done.failed}
    again = {p: found[p] for p, stamp in library.files(named).items() if not stamp and p in found}
    again = {source: path for source, path in again.items() if not tried & {source, str(path)}}
    told.total(len(again))
    more, read = _read_changed(library, named, again, {}, told)
    return done + more + report_of(library.replace(read.gone, (), files=read.late), shut)


def _read_changed(
    library: AnyLibrary, folder: str, files: dict[str, Path], stamps: Mapping[str, str], told: Progress
) -> tuple[Report, Store]:
    """Read those of a synced folder's files {source: path} that are not as their stamps say that they were.

    Returns with the report what is left to do with them: see `Store`.
    """
    store = Store(library, told)
    failed: list[Failure] = []
    for source, path in files.items():
        try:
            data = read_bytes(path)
            stamp = hashlib.sha256(data).hexdigest()
            if stamps.get(source) == stamp:
                told.articles(1)
                continue
            refused: list[Failure] = []
            store.take(source, documents_of(data, source, refused=refused), folder, stamp, refused)
            failed += refused
        except ArticleError as error:
            failed.append(Failure.of(str(path), error))
            told.articles(1)
    store.flush()
    return report_of(store.done, failed), store


def _renamed(library: AnyLibrary, gone_files: Sequence[str], new_windows: Sequence[str]) -> list[Document]:
    """What feeds listed under a name that they no longer have, as what their new files hold.

    A feed was renamed if its file is gone and a new one of the same format has most of its articles, or has most of its
    own from it: the old one had all that it ever listed, the new one only what it lists now. One story does not do, as
    unrelated feeds have those of an agency in common; nor do ids without addresses, as many feeds number their entries.
    """
    if not gone_files or not new_windows:
        return []
    held: dict[str, dict[str, str]] = {}  # file → source → article id
    for own, source, file, _ in library.holdings():
        held.setdefault(file, {})[source] = own
    listed = {new: set(held.get(new, {}).values()) for new in new_windows}
    documents: list[Document] = []
    for old in gone_files:
        before = {source: own for source, own in held.get(old, {}).items() if source != old}
        alike = (new for new in new_windows if format_of(new) is format_of(old))
        new = next((new for new in alike if mostly_shared(set(before.values()), listed[new])), "")
        for source, own in before.items() if new else ():
            named = f"{new}{source.removeprefix(old)}" if source.startswith(f"{old}#") else source
            if own not in listed[new] and named not in held[new]:  # of an entry that was corrected the new text counts
                documents.append(Document(replace(library.article(own), source=named), file=new, window=True))
    return documents


def mostly_shared(some: set[str], others: set[str]) -> bool:
    """Whether more than half of the smaller set is in the other one.

    >>> mostly_shared(set("abcdefg"), set("fgh")), mostly_shared(set("abc"), set("ch"))
    (True, False)
    """
    return 2 * len(some & others) > min(len(some), len(others))


def _moved(library: AnyLibrary, folder: str, found: dict[str, Path]) -> tuple[list[Holding], list[str]]:
    """What synced folders that are no longer there held and this one's files hold now: a folder that was renamed.

    A folder may be away for a while only, with its disk: what nothing else holds stays, and the rest is read again.
    """
    known = library.all_files()
    away = {other for other in {other for other, _, _ in known} if other != folder and is_away(Path(other))}
    files = {path for other, path, _ in known if other in away}
    if not files:
        return [], []
    holders: dict[str, list[Holding]] = {}
    for own, source, file, _ in library.holdings():
        holders.setdefault(own, []).append((source, file))
    moved = [
        (source, file)
        for pairs in holders.values()
        if any(file in found for _, file in pairs)
        for source, file in pairs
        if file in files
    ]
    return moved, sorted({file for _, file in moved})


def is_away(folder: Path) -> bool:
    """Whether a folder is not there; one that may not be looked for is."""
    try:
        return not folder.is_dir()
    except OSError:
        return False


def store_documents(
    library: AnyLibrary, documents: list[Document], progress: Progress | None = None, refused: Sequence[Failure] = ()
) -> Report:
    """Add what was read elsewhere, in batches, and forget what the same file held before.

    ``refused`` is what could not be read of the file.
    """
    told = progress or Progress()
    store = Store(library, told)
    told.total(1)
    store.take(documents[0].file if documents else "", documents, refused=refused)
    store.flush(store.gone)
    return report_of(store.done, refused)
