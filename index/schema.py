"""The tables of the library's file, and how an older one is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from index.duplicates import sketch

FORMAT = "3"
OLDER = ("1", "2")  # what `migrate` brings up to date
APPLICATION_ID = 0x6B757469  # "kuti": tells a kutip library from any other SQLite file
KEPT_GENERATIONS = 10_000  # how long a cache may have missed changes and still catch up

SINCE_2 = """
CREATE TABLE originals (
    article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE generations (generation INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE);
CREATE TABLE changes (
    number INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    added INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);
CREATE INDEX changes_by_generation ON changes (generation);
CREATE TABLE staged (
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    language TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (article, position)
) WITHOUT ROWID;
"""

# A source has one article, which is its newest text. A source is there as long as a file holds it ("" stands for who
# gave it without a file); `held` is the id of the text that the file had for it when it was read.
SINCE_3 = """
CREATE TABLE sources (
    source TEXT NOT NULL UNIQUE,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX sources_by_article ON sources (article);
CREATE TABLE holders (
    source TEXT NOT NULL REFERENCES sources (source) ON DELETE CASCADE,
    file TEXT NOT NULL,
    held TEXT NOT NULL,
    PRIMARY KEY (source, file)
) WITHOUT ROWID;
CREATE INDEX holders_by_file ON holders (file);
CREATE TABLE files (folder TEXT NOT NULL, path TEXT NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (folder, path))
    WITHOUT ROWID;
CREATE INDEX files_by_path ON files (path);
"""

SCHEMA = (
    """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    language TEXT NOT NULL,
    author TEXT NOT NULL DEFAULT '',
    published TEXT NOT NULL DEFAULT '',
    pages TEXT NOT NULL DEFAULT '[]',
    sketch BLOB,
    given INTEGER NOT NULL DEFAULT 0
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
    + SINCE_2
    + SINCE_3
)


def statements(script: str) -> Iterator[str]:
    """The single statements of a script, for running them inside a transaction of our own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def migrate(connection: sqlite3.Connection, made: str) -> None:
    """Bring a library of an older format to the present one, inside the caller's transaction."""
    if made == "1":
        held, synced = _from_1(connection), []
    else:
        held = connection.execute("SELECT source, article, file FROM sources ORDER BY rowid").fetchall()
        synced = connection.execute("SELECT folder, path FROM files").fetchall()
        for table in ("sources", "files"):
            connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE articles ADD COLUMN given INTEGER NOT NULL DEFAULT 0")
    for statement in statements(SINCE_3):
        connection.execute(statement)
    connection.executemany("INSERT INTO sources VALUES (?, ?)", [(source, number) for source, number, _ in held])
    connection.executemany(
        "INSERT INTO holders SELECT ?, ?, id FROM articles WHERE number = ?",
        [(source, file, number) for source, number, file in held],
    )
    # Other files that hold a source were not noted: without a stamp all are read again at the next sync.
    connection.executemany("INSERT INTO files VALUES (?, ?, '')", synced)
    connection.execute("UPDATE articles SET given = 1 WHERE number NOT IN (SELECT article FROM sources)")


def _from_1(connection: sqlite3.Connection) -> list[tuple[str, int, str]]:
    """What format 2 added; returns the (source, article number, file) of its sources."""
    for column in ("author TEXT NOT NULL DEFAULT ''", "published TEXT NOT NULL DEFAULT ''"):
        connection.execute(f"ALTER TABLE articles ADD COLUMN {column}")
    connection.execute("ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE articles ADD COLUMN sketch BLOB")
    for statement in statements(SINCE_2):
        connection.execute(statement)
    for number, text in connection.execute("SELECT number, text FROM articles").fetchall():
        connection.execute("UPDATE articles SET sketch = ? WHERE number = ?", (sketch(text), number))
    return connection.execute(
        "SELECT source, max(number), source FROM articles WHERE source <> '' GROUP BY source ORDER BY max(number)"
    ).fetchall()
