"""One SQLite file as a whole: opening, transactions, generations, the manifest, backups.

Every change is one transaction, raises the ``generation`` and leaves a random token of it, by which whatever is
derived from the file (the FAISS index, other processes' copies) knows which state it belongs to. A log of changes
tells what it has missed. One connection writes, another one reads, so that questions never wait for an add.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock, get_ident
from typing import Any

from index.errors import LibraryError
from index.halves import half_of
from index.schema import APPLICATION_ID, FORMAT, KEPT_GENERATIONS, OLDER, SCHEMA, migrate, statements

DATABASE_FILE = "library.sqlite3"  # of a library in a folder
BUSY_SECONDS = 30.0
UNHELD = """SELECT
    (SELECT count(*) FROM articles WHERE NOT given AND number NOT IN (SELECT article FROM sources))
    + (SELECT count(*) FROM sources WHERE source NOT IN (SELECT source FROM holders))"""
INTO_A_NEW_ONE = (
    "move the library's folder away, then restore a backup with `kutip restore FILE`, or add the articles again"
)


class SqliteFile:
    """One open library file. ``path`` None keeps everything in memory. Safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._writing = RLock()
        self._reading = RLock() if path is not None else self._writing
        self._writer_thread: int | None = None
        self._changed = False
        self._snapshots = 0
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._create_or_check()
            self._reader = self._writer if path is None else self._connect()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(
                f"the library {path} cannot be opened ({error}); check that it is a kutip library and may be written"
                f"{what_helps(error)}"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path or ":memory:", timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        connection.executescript("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;")
        return connection

    def _create_or_check(self) -> None:
        if self.path is not None:
            self._writer.execute("PRAGMA journal_mode = WAL")
        with self.change():
            (tables,) = self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (owner,) = self._writer.execute("PRAGMA application_id").fetchone()
            if tables and owner != APPLICATION_ID:
                raise LibraryError(f"{self.path} is a database, but not a kutip library; choose another --library")
            if not tables:
                for statement in statements(SCHEMA):
                    self._writer.execute(statement)
                self._writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self.set("format", FORMAT)
                self.set("generation", "0")
            elif (made := self.get("format")) in OLDER:
                migrate(self._writer, str(made))
                self.set("format", FORMAT)
                self._changed = True
        if self.get("format") != FORMAT:
            raise LibraryError(
                f"the library {self.path} has format {self.get('format')}, this kutip reads {FORMAT}; "
                "use the kutip that made it, or add the articles to a new library"
            )

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction: all of what is done inside, or nothing. A new generation if anything was changed."""
        with self._writing:
            if self._writer_thread is not None:
                raise RuntimeError("a change was begun inside another one")
            try:
                try:  # an interrupt may come as soon as the lock is there
                    self._writer.execute("BEGIN IMMEDIATE")
                    self._writer_thread, self._changed = get_ident(), False
                    yield
                    if self._changed:
                        self._raise_generation()
                    self._writer.execute("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:
                        self._writer.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise LibraryError(
                    f"the library {self.path} could not be changed ({error}); it is as before{what_helps(error)}"
                ) from error
            finally:
                self._writer_thread = None

    def _raise_generation(self) -> None:
        generation = self.generation + 1
        self.set("generation", str(generation))
        self._writer.execute("INSERT INTO generations VALUES (?, ?)", (generation, uuid.uuid4().hex))
        for table in ("generations", "changes"):
            self._writer.execute(
                f"DELETE FROM {table} WHERE generation <= ?",
                (generation - KEPT_GENERATIONS,),
            )

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside belongs to one moment, whatever others write meanwhile."""
        with self._reading:
            if self._snapshots or self._connection is not self._reader or self._reader.in_transaction:
                self._snapshots += 1
                try:
                    yield
                finally:
                    self._snapshots -= 1
                return
            self._snapshots += 1
            try:  # an interrupt may come as soon as it has begun
                self._execute("BEGIN")
                yield
            finally:
                self._snapshots -= 1
                if self._reader.in_transaction:
                    self._execute("COMMIT")

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._writer if self._writer_thread == get_ident() else self._reader

    def close(self) -> None:
        """Close the file."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    # -- statements ------------------------------------------------------------------------------------

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Any other statement; inside `change`. It counts as a change."""
        self._changed = True
        self._writer.execute(statement, parameters)

    def _one(self, query: str, parameters: tuple[object, ...]) -> tuple[Any, ...] | None:
        rows = self._all(query + " LIMIT 1", parameters)
        return rows[0] if rows else None

    def _all(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        if self._writer_thread == get_ident():
            return self._writer.execute(query, parameters).fetchall()
        with self._reading:
            return self._execute(query, parameters)

    def _execute(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        connection = self._reader if hasattr(self, "_reader") else self._writer
        try:
            return connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise LibraryError(f"the library {self.path} cannot be read ({error}){what_helps(error)}") from error

    # -- manifest --------------------------------------------------------------------------------------

    def get(self, key: str) -> str | None:
        """A value of the manifest."""
        row = self._one("SELECT value FROM manifest WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def set(self, key: str, value: str) -> None:
        """Write a value of the manifest; inside `change`."""
        self._writer.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """How many changes the library has seen."""
        return int(self.get("generation") or 0)

    @property
    def token(self) -> str:
        """A random name of the present generation, never given to another one; "" before the first change."""
        row = self._one("SELECT token FROM generations WHERE generation = ?", (self.generation,))
        return "" if row is None else str(row[0])

    def generation_of(self, token: str) -> int | None:
        """The generation that a token names; None when it is of another library, or too long ago."""
        row = self._one("SELECT generation FROM generations WHERE token = ?", (token,))
        return None if row is None else int(row[0])

    def changes_since(self, generation: int) -> list[tuple[bool, int, int]]:
        """(whether added, first and last sentence number) of each change after ``generation``, oldest first."""
        rows = self._all("SELECT added, first, last FROM changes WHERE generation > ? ORDER BY number", (generation,))
        return [(bool(added), first, last) for added, first, last in rows]

    # -- the file as a whole ---------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; [] when it is whole."""
        found = [str(row[0]) for row in self._all("PRAGMA integrity_check", ()) if row[0] != "ok"]
        found += [f"{row[0]} {row[1]} points nowhere" for row in self._all("PRAGMA foreign_key_check", ())]
        unlisted = "SELECT count(*) FROM sentences WHERE number NOT IN (SELECT rowid FROM words)"
        (missing,) = self._one(unlisted, ()) or (0,)
        (unheld,) = self._one(UNHELD, ()) or (0,)
        return [
            *found,
            *([f"{missing} sentences are missing in the index of words"] if missing else []),
            *([f"{unheld} articles or sources are held by nothing"] if unheld else []),
        ]

    def backup(self, target: Path) -> None:
        """Write a copy of one moment, whole or not at all, while others read and write.

        Only an older backup is replaced: raises LibraryError for any other file, a library's own among them, and for a
        library that is damaged, whose older backup may be all that there is.
        """
        if not target.name:
            raise LibraryError("the name of the backup is empty; is a variable unset?")
        if target.name.startswith(DATABASE_FILE):
            raise LibraryError(f"{target.name} is what a library's own file is called; name the backup otherwise")
        temporary = half_of(target)
        try:
            if target.exists() and not is_backup(target):
                raise LibraryError(f"{target} is no backup that kutip wrote, so it is left as it is; name another file")
            copy = sqlite3.connect(temporary)
            try:
                with self._writing:
                    self._writer.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
                if verdict != "ok":
                    raise LibraryError(
                        f"the library {self.path} is damaged ({verdict}), so no backup was written; {INTO_A_NEW_ONE}"
                    )
            finally:
                copy.close()
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.replace(target)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(
                f"the backup {target} could not be written ({error}); nothing was left there{what_helps(error)}"
            ) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def restore(self, backup: Path, finish: Callable[[], None]) -> None:
        """Put a backup's content in the place of this library's, in one transaction, of which ``finish`` is the end."""
        made = SqliteFile.inspect(backup)
        if made != FORMAT:
            with TemporaryDirectory(prefix="kutip-") as folder:
                renewed = Path(folder) / "renewed.backup"
                SqliteFile.copied(backup, renewed)
                SqliteFile(renewed).close()
                self.restore(renewed, finish)
            return
        tables = ("manifest", "articles", "originals", "sources", "holders", "files", "sentences")
        with self._writing:
            try:
                self._writer.execute("ATTACH ? AS backup", (os.fsencode(backup),))  # also a name that is no UTF-8
                try:
                    with self.change():
                        generation = self.generation
                        self._changed = True
                        # What belongs to an article goes with it.
                        for table in ("files", "articles", "manifest", "generations", "changes"):
                            self._writer.execute(f"DELETE FROM main.{table}")
                        for table in tables:
                            self._writer.execute(f"INSERT INTO main.{table} SELECT * FROM backup.{table}")
                        self._writer.execute(
                            "INSERT INTO main.words (rowid, text) SELECT rowid, text FROM backup.words"
                        )
                        # Numbers and generations go on, so that nothing derived from either can be mistaken.
                        self.set("generation", str(max(self.generation, generation)))
                        finish()
                finally:
                    self._writer.execute("DETACH backup")
            except sqlite3.Error as error:
                raise LibraryError(f"{backup} could not be restored ({error}); the library is as before") from error

    @staticmethod
    def copied(backup: Path, target: Path) -> None:
        """Copy a file of SQLite, with what its log holds. Raises LibraryError."""
        try:
            origin, copy = sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True), sqlite3.connect(target)
            try:
                origin.backup(copy)
            finally:
                origin.close()
                copy.close()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(f"{backup} could not be copied to {target.parent} ({error}); is there room?") from error

    @staticmethod
    def inspect(backup: Path) -> str:
        """The format of a whole kutip library; LibraryError when the file is none, or of a newer format."""
        try:
            if not backup.is_file():
                raise LibraryError(f"there is no backup {backup}; name a file that `kutip backup` wrote")
            opened = sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)
            try:
                (owner,) = opened.execute("PRAGMA application_id").fetchone()
                if owner != APPLICATION_ID:
                    raise LibraryError(f"{backup} is no kutip library; name a file that `kutip backup` wrote")
                (made,) = opened.execute("SELECT value FROM manifest WHERE key = 'format'").fetchone()
                if made not in (FORMAT, *OLDER):
                    raise LibraryError(f"{backup} has format {made}, this kutip reads {FORMAT}")
                (verdict,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
                if verdict != "ok":
                    raise LibraryError(f"{backup} is damaged ({verdict}); the library is as before")
                return str(made)
            finally:
                opened.close()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(f"{backup} cannot be read as a kutip library ({error})") from error


def what_helps(error: Exception) -> str:
    """What to do about an error of a damaged file, "" for any other: what is damaged can't be restored in its place."""
    damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
    return f"; {INTO_A_NEW_ONE}" if damaged else ""


def is_backup(path: Path) -> bool:
    """Whether a file is a kutip library, whole or not: what SQLite files begin with, and our number in it."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3\0") and int.from_bytes(head[68:72], "big") == APPLICATION_ID
