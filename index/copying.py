"""From one library to another, without embedding anything again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from index.any_library import AnyLibrary
from index.database import Database
from index.errors import ManifestMismatch
from index.library import Library
from index.records import Entry
from index.sqlite_file import DATABASE_FILE

BATCH = 32  # articles that are stored at once


def copy(
    origin: AnyLibrary,
    target: AnyLibrary,
    total: Callable[[int], object] = lambda _count: None,
    done: Callable[[int], object] = lambda _count: None,
) -> int:
    """Put all articles of ``origin`` into ``target`` as well; returns how many were not there with all that holds them.

    Both are opened with the same encoder, so what is stored fits as it is. What is there already is passed over:
    stopped half-way, the same call goes on. ``total`` is told the number of articles, ``done`` those dealt with.
    """
    files = origin.all_files()  # first: what is synced meanwhile is read again, not taken for known
    entries = origin.entries()
    there = {entry.id for entry in target.entries()}
    unheld = {own for own, *_ in set(origin.holdings()) - set(target.holdings())}
    waiting = [e.id for e in entries if e.id not in there or e.id in unheld]
    total(len(entries))
    done(len(entries) - len(waiting))
    for first in range(0, len(waiting), BATCH):
        some = waiting[first : first + BATCH]
        target.keep_stored(origin.stored(some))
        done(len(some))
    target.keep_stored((), files)
    return len(waiting)


def backup(library: AnyLibrary, target: Path, built: Mapping[str, str]) -> None:
    """Write a copy of any library to a file, as `Library.backup` does; ``built`` is the manifest of what it holds."""
    with TemporaryDirectory(prefix="kutip-") as folder, Library.open(Path(folder), library.encoder) as passing:
        copy(library, passing)
        with passing.database.change():
            for key, value in built.items():
                passing.database.set(key, value)
        passing.backup(target)


def restore(library: AnyLibrary, backup: Path) -> None:
    """Make any library hold what a backup holds. What is in both, and told alike, stays, so it can be done again.

    What another encoder or splitter built is brought up to date first. Raises LibraryError when the backup is damaged;
    ManifestMismatch when the library itself is not up to date.
    """
    library.ping()
    Database.inspect(backup)
    with TemporaryDirectory(prefix="kutip-") as folder:
        Database.copied(backup, Path(folder) / DATABASE_FILE)
        with Library.open(Path(folder), library.encoder, check=False) as passing:
            try:
                passing.ping()
            except ManifestMismatch:
                passing.reindex()
            kept = set(map(told_of, passing.entries()))
            library.remove([entry.id for entry in library.entries() if told_of(entry) not in kept])
            pairs = {(source, file) for _, source, file, _ in library.holdings()}
            pairs -= {(source, file) for _, source, file, _ in passing.holdings()}
            known = {(folder, path) for folder, path, _ in passing.all_files()}
            forgotten = [path for folder, path, _ in library.all_files() if (folder, path) not in known]
            copy(passing, library)
            library.replace(sorted(pairs), (), forgotten=forgotten)
            library.keep_stored((), passing.all_files())


def told_of(entry: Entry) -> tuple[str, ...]:
    """What a library tells of an article."""
    return entry.id, entry.title, entry.author, entry.published, entry.language
