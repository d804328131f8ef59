"""The tables of the library's file, and how an older one is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from index.duplicates import sketch

FORMAT = "2"
APPLICATION_ID = 0x6B757469  # "kuti": tells a kutip library from any other SQLite file
KEPT_GENERATIONS = 10_000  # how long a cache may have missed changes and still catch up

SINCE_2 = """
CREATE TABLE originals (
    article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE sources (
    source TEXT NOT NULL UNIQUE,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    file TEXT NOT NULL
);
CREATE INDEX sources_by_article ON sources (article);
CREATE INDEX sources_by_file ON sources (file);
CREATE TABLE files (path TEXT PRIMARY KEY, folder TEXT NOT NULL, stamp TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX files_by_folder ON files (folder);
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
    sketch BLOB
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
)


def statements(script: str) -> Iterator[str]:
    """The single statements of a script, for running them inside a transaction of our own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a library of format 1 to format 2, inside the caller's transaction."""
    for column in ("author TEXT NOT NULL DEFAULT ''", "published TEXT NOT NULL DEFAULT ''"):
        connection.execute(f"ALTER TABLE articles ADD COLUMN {column}")
    connection.execute("ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE articles ADD COLUMN sketch BLOB")
    for statement in statements(SINCE_2):
        connection.execute(statement)
    connection.execute(
        "INSERT OR IGNORE INTO sources SELECT source, number, source FROM articles WHERE source <> '' "
        "ORDER BY number DESC"
    )
    for number, text in connection.execute("SELECT number, text FROM articles").fetchall():
        connection.execute("UPDATE articles SET sketch = ? WHERE number = ?", (sketch(text), number))
