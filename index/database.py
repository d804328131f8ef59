"""The one SQLite file that is the truth: articles, sentences, vectors, words, and a manifest.

Every change is one transaction and raises the manifest's ``generation``, by which whatever is derived
from the file (the FAISS index, other processes' copies) knows that it is stale.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from index.article import Article, Sentence, Span
from index.errors import LibraryError

FORMAT = "1"
APPLICATION_ID = 0x6B757469  # "kuti": tells a kutip library from any other SQLite file
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    language TEXT NOT NULL
);
CREATE INDEX articles_by_source ON articles (source);
CREATE TABLE sentences (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    language TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (article, position)
);
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER forget_words AFTER DELETE ON sentences BEGIN DELETE FROM words WHERE rowid = old.number; END;
"""

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Indexed:
    """An article ready to be stored: sentence spans, their vectors (n, d) and languages."""

    article: Article
    sentences: tuple[Span, ...]
    rows: Rows
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence as the library knows it, with its number and language."""

    number: int
    sentence: Sentence
    language: str


class Database:
    """One open library file. ``path`` None keeps everything in memory. Safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = RLock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
            )
            self._connection.executescript("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;")
            self._create_or_check()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(
                f"the library {path} cannot be opened ({error}); check that it is a kutip library and may be written"
            ) from error

    def _create_or_check(self) -> None:
        if self.path is not None:
            self._connection.execute("PRAGMA journal_mode = WAL")
        with self.change(bump=False):
            (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (owner,) = self._connection.execute("PRAGMA application_id").fetchone()
            if tables and owner != APPLICATION_ID:
                raise LibraryError(f"{self.path} is a database, but not a kutip library; choose another --library")
            if not tables:
                for statement in SCHEMA.replace("; END;", "~ END;").split(";\n"):
                    if statement.strip():
                        self._connection.execute(statement.replace("~", ";"))
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self.set("format", FORMAT)
                self.set("uuid", uuid.uuid4().hex)
                self.set("generation", "0")
        if self.get("format") != FORMAT:
            raise LibraryError(
                f"the library {self.path} has format {self.get('format')}, this kutip reads format {FORMAT}; "
                "use the kutip that wrote it, or add its articles to a new library"
            )

    @contextmanager
    def change(self, *, bump: bool = True) -> Iterator[None]:
        """One transaction: all of what is done inside, or nothing. Raises the generation unless told not to."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    if bump:
                        self.set("generation", str(self.generation + 1))
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise LibraryError(
                    f"the library {self.path} could not be changed ({error}); it is as before"
                ) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    # -- manifest --------------------------------------------------------------------------------------

    def get(self, key: str) -> str | None:
        """A value of the manifest."""
        row = self._one("SELECT value FROM manifest WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def set(self, key: str, value: str) -> None:
        """Write a value of the manifest; inside `change`."""
        self._connection.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """How many changes the library has seen."""
        return int(self.get("generation") or 0)

    # -- changes (inside `change`) ---------------------------------------------------------------------

    def insert(self, indexed: Indexed) -> None:
        """Store an article with its sentences. A sentence's number is never given to another one."""
        article = indexed.article
        cursor = self._connection.execute(
            "INSERT INTO articles (id, title, text, source, language) VALUES (?, ?, ?, ?, ?)",
            (article.id, article.title, article.text, article.source, article.language),
        )
        for position, span in enumerate(indexed.sentences):
            row = self._connection.execute(
                "INSERT INTO sentences (article, position, start, end, language, vector) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    cursor.lastrowid,
                    position,
                    span.start,
                    span.end,
                    indexed.languages[position],
                    np.asarray(indexed.rows[position], dtype="<f4").tobytes(),
                ),
            )
            self._connection.execute(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", (row.lastrowid, span.cut(article.text))
            )

    def delete(self, article_id: str) -> bool:
        """Remove an article with all that belongs to it; whether it was there."""
        return self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,)).rowcount > 0

    # -- reading ---------------------------------------------------------------------------------------

    def article(self, article_id: str) -> Article | None:
        """One article."""
        row = self._one("SELECT id, title, text, source, language FROM articles WHERE id = ?", (article_id,))
        return None if row is None else Article(*row)

    def articles(self) -> tuple[Article, ...]:
        """All articles in the order in which they were added."""
        rows = self._all("SELECT id, title, text, source, language FROM articles ORDER BY number", ())
        return tuple(Article(*row) for row in rows)

    def ids_of_source(self, source: str) -> list[str]:
        """The ids of the articles that came from ``source``."""
        return [row[0] for row in self._all("SELECT id FROM articles WHERE source = ?", (source,))]

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The sentence spans of one article, in order."""
        query = (
            "SELECT start, end FROM sentences WHERE article = (SELECT number FROM articles WHERE id = ?) "
            "ORDER BY position"
        )
        return tuple(Span(*row) for row in self._all(query, (article_id,)))

    def sentences_by_number(self, numbers: Sequence[int]) -> dict[int, StoredSentence]:
        """Sentences by their numbers; those that are gone are left out."""
        query = (
            "SELECT s.number, a.id, s.position, s.start, s.end, s.language FROM sentences s "
            "JOIN articles a ON a.number = s.article WHERE s.number = ?"
        )
        found = {}
        for number in numbers:
            row = self._one(query, (number,))
            if row is not None:
                _, article_id, position, start, end, language = row
                found[number] = StoredSentence(number, Sentence(article_id, position, Span(start, end)), language)
        return found

    def vectors(self, numbers: Sequence[int] | None = None) -> tuple[npt.NDArray[np.int64], Rows]:
        """Numbers (n,) and vectors (n, d) of all sentences, or of those given."""
        if numbers is None:
            rows = self._all("SELECT number, vector FROM sentences ORDER BY number", ())
        else:
            one_by_one = (self._one("SELECT number, vector FROM sentences WHERE number = ?", (n,)) for n in numbers)
            rows = [row for row in one_by_one if row is not None]
        matrix = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").astype(np.float32)
        return np.array([row[0] for row in rows], dtype=np.int64), matrix.reshape(len(rows), -1 if rows else 0)

    def match(self, words: Sequence[str], k: int) -> list[tuple[int, float, str]]:
        """Up to ``k`` (number, BM25 score > 0, text) of sentences with any of the words, best first."""
        if not words:
            return []
        query = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
        rows = self._all(
            "SELECT rowid, bm25(words), text FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?", (query, k)
        )
        return [(int(number), -float(score), text) for number, score, text in rows]

    def count(self) -> tuple[int, int]:
        """How many articles and sentences there are."""
        row = self._one("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM sentences)", ())
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def _one(self, query: str, parameters: tuple[object, ...]) -> tuple[Any, ...] | None:
        rows = self._all(query + " LIMIT 1", parameters)
        return rows[0] if rows else None

    def _all(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, parameters).fetchall()
            except sqlite3.Error as error:
                raise LibraryError(f"the library {self.path} cannot be read ({error})") from error
