"""From one library to another, without embedding anything again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from index.any_library import AnyLibrary
from index.database import Database
from index.library import Library
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


def backup(library: AnyLibrary, target: Path) -> None:
    """Write a copy of any library to a file, as `Library.backup` does."""
    with TemporaryDirectory(prefix="kutip-") as folder, Library.open(Path(folder), library.encoder) as passing:
        copy(library, passing)
        passing.backup(target)


def restore(library: AnyLibrary, backup: Path) -> None:
    """Make any library hold what a backup holds. What is in both stays as it is, so it can be done again.

    Raises LibraryError when the backup is damaged; ManifestMismatch when another encoder made it.
    """
    Database.inspect(backup)
    with TemporaryDirectory(prefix="kutip-") as folder:
        Database.copied(backup, Path(folder) / DATABASE_FILE)
        with Library.open(Path(folder), library.encoder) as passing:
            kept = {entry.id for entry in passing.entries()}
            library.remove([entry.id for entry in library.entries() if entry.id not in kept])
            pairs = {(source, file) for _, source, file, _ in library.holdings()}
            pairs -= {(source, file) for _, source, file, _ in passing.holdings()}
            known = {(folder, path) for folder, path, _ in passing.all_files()}
            forgotten = [path for folder, path, _ in library.all_files() if (folder, path) not in known]
            copy(passing, library)
            library.replace(sorted(pairs), (), forgotten=forgotten)
            library.keep_stored((), passing.all_files())
