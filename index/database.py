"""What a library keeps in its one SQLite file, which is the truth: articles, sentences, vectors, words, originals.

A number of a sentence is never given to another one; what is derived from the file can rely on it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np

from index.article import Article, Document, Original, Sentence, Span
from index.filters import BY_NAME, Filters, as_json, source_name
from index.records import Entry, Holding, Ids, Indexed, Rows, Stored, StoredSentence
from index.sqlite_file import SqliteFile

TELLING = 1000  # sentences that are looked at for their words; measured, docs/decisions.md
HELD = """SELECT a.id, s.source, h.file, h.held FROM articles a JOIN sources s ON s.article = a.number
    JOIN holders h ON h.source = s.source"""
GIVEN = "SELECT id, '', '', '' FROM articles WHERE given"
ARTICLE = "a.id, a.title, a.text, a.source, a.language, a.author, a.published, a.pages"


class Database(SqliteFile):
    """One open library file. ``path`` None keeps everything in memory. Safe to use from several threads."""

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.create_function(BY_NAME, 1, source_name, deterministic=True)
        connection.create_function("lower", 1, str.lower, deterministic=True)  # SQLite's own knows A to Z alone
        return connection

    # -- changes (inside `change`) ---------------------------------------------------------------------

    def insert(self, indexed: Indexed) -> list[int]:
        """Store a document with its sentences, and `link` it.

        A sentence's number is never given to another one.
        """
        self._changed = True
        article, original = indexed.document.article, indexed.document.original
        cursor = self._writer.execute(
            "INSERT INTO articles (id, title, text, source, language, author, published, pages, sketch) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                article.title,
                article.text,
                article.source,
                article.language,
                article.author,
                article.published,
                json.dumps(article.pages),
                indexed.sketch,
            ),
        )
        number = int(cursor.lastrowid or 0)
        self._keep_original(number, original)
        self.insert_sentences(number, article.text, indexed)
        return self.link(indexed.document)

    def insert_sentences(self, article_number: int, text: str, indexed: Indexed) -> None:
        """Store the sentences of an article that is there."""
        if not indexed.sentences:
            return
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'sentences'", ())
        first = (row[0] if row else 0) + 1
        vectors = np.ascontiguousarray(indexed.rows, dtype="<f4")
        self._writer.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (first + at, article_number, at, span.start, span.end, indexed.languages[at], vectors[at].tobytes())
                for at, span in enumerate(indexed.sentences)
            ],
        )
        self._writer.executemany(
            "INSERT INTO words (rowid, text) VALUES (?, ?)",
            [(first + at, span.cut(text)) for at, span in enumerate(indexed.sentences)],
        )
        self._log(True, first, first + len(indexed.sentences) - 1)

    def _log(self, added: bool, first: int, last: int) -> None:
        self._writer.execute(
            "INSERT INTO changes (generation, added, first, last) VALUES (?, ?, ?, ?)",
            (self.generation + 1, added, first, last),
        )

    def link(self, document: Document, held: str = "") -> list[int]:
        """Note what holds a stored article: a file, under a source, or that it was given without a source.

        ``held`` is the id of the text that the file has there, where that is another one. Returns the numbers of the
        articles that lost the source by it, to `settle` once all is linked.
        """
        article, held = document.article, held or document.article.id
        if not article.source:
            if self._one("SELECT 1 FROM articles WHERE id = ? AND NOT given", (article.id,)):
                self._changed = True
                self._writer.execute("UPDATE articles SET given = 1 WHERE id = ?", (article.id,))
            return []
        known = self._one(
            "SELECT a.id, a.number, h.held FROM sources s JOIN articles a ON a.number = s.article "
            "LEFT JOIN holders h ON h.source = s.source AND h.file = ? WHERE s.source = ?",
            (document.file, article.source),
        )
        if known is not None and known[0] == article.id and known[2] == held:
            return []
        self._changed = True
        self._writer.execute(
            "INSERT INTO sources SELECT ?, number FROM articles WHERE id = ? "
            "ON CONFLICT (source) DO UPDATE SET article = excluded.article",
            (article.source, article.id),
        )
        self._writer.execute("INSERT OR REPLACE INTO holders VALUES (?, ?, ?)", (article.source, document.file, held))
        unnamed = "UPDATE articles SET source = ? WHERE id = ? AND source = ''"
        self._writer.execute(unnamed, (article.source, article.id))
        return [] if known is None or known[0] == article.id else [known[1]]

    def tell_anew(self, document: Document) -> bool:
        """Note what is told now of a stored article by the source that it is shown with; whether that is another title,
        author, date or language than before. A language that is not told stays as it was found."""
        article, original = document.article, document.original
        row = self._one(
            "SELECT number, title, author, published, language FROM articles WHERE id = ? AND source = ?",
            (article.id, article.source),
        )
        if row is None:
            return False
        number, *before = row
        told = [article.title, article.author, article.published, article.language or before[-1]]
        if told == before:
            return False
        self._changed = True
        self._writer.execute(
            "UPDATE articles SET title = ?, author = ?, published = ?, language = ? WHERE number = ?", (*told, number)
        )
        self._keep_original(number, original)
        return True

    def _keep_original(self, article_number: int, original: Original | None) -> None:
        if original is not None:
            row = (article_number, original.media_type, original.content)
            self._writer.execute("INSERT OR REPLACE INTO originals VALUES (?, ?, ?)", row)

    def superseded(self, document: Document) -> bool:
        """Whether a document is what its file had before, where another one has a newer text for the same source."""
        return bool(
            self._one(
                "SELECT 1 FROM holders mine JOIN sources s ON s.source = mine.source JOIN articles a "
                "ON a.number = s.article JOIN holders newer ON newer.source = mine.source AND newer.held = a.id "
                "WHERE mine.source = ? AND mine.file = ? AND mine.held = ? AND a.id <> mine.held",
                (document.article.source, document.file, document.article.id),
            )
        )

    def unlink(self, holdings: Sequence[Holding]) -> list[int]:
        """Files hold these sources no longer; returns the numbers of the articles that lost one, to `settle`."""
        lost: list[int] = []
        for source, file in holdings:
            row = self._one(
                "SELECT a.id, a.number FROM holders h JOIN sources s ON s.source = h.source "
                "JOIN articles a ON a.number = s.article WHERE h.source = ? AND h.file = ?",
                (source, file),
            )
            if row is None:
                continue
            own, number = row
            self._changed = True
            self._writer.execute("DELETE FROM holders WHERE source = ? AND file = ?", (source, file))
            if not self._one("SELECT 1 FROM holders WHERE source = ?", (source,)):
                self._writer.execute("DELETE FROM sources WHERE source = ?", (source,))
                lost.append(number)
            elif not self._one("SELECT 1 FROM holders WHERE source = ? AND held = ?", (source, own)):
                # What the others have was replaced by what is gone now: they are read again.
                self._writer.execute(
                    "UPDATE files SET stamp = '' WHERE path IN (SELECT file FROM holders WHERE source = ?)", (source,)
                )
        return lost

    def settle(self, numbers: Iterable[int]) -> tuple[tuple[str, ...], list[tuple[str, str, str]]]:
        """Articles that lost a source are shown with another one, or go; returns the ids of those that went, and (id,
        source before, source now) of those that are shown with another one."""
        gone, others_shown = [], []
        for number in dict.fromkeys(numbers):
            row = self._one("SELECT id, source, given FROM articles WHERE number = ?", (number,))
            if row is None:
                continue
            own, shown, given = row
            others = [r[0] for r in self._all("SELECT source FROM sources WHERE article = ? ORDER BY rowid", (number,))]
            if not others and not given:
                self.delete(own)
                gone.append(own)
            elif shown not in others:
                now = [*others, ""][0]
                self._writer.execute("UPDATE articles SET source = ? WHERE number = ?", (now, number))
                others_shown.append((own, shown, now))
        return tuple(gone), others_shown

    def read_again(self, source: str, but: Sequence[str] = ()) -> None:
        """Files that hold a source are read again at their next sync, ``but`` those that are as one of some files is:
        what a file tells of an article is not stored while that is shown with another source; inside `change`."""
        self._writer.execute(
            "UPDATE files SET stamp = '' WHERE path IN (SELECT file FROM holders WHERE source = ?) AND stamp NOT IN "
            "(SELECT stamp FROM files WHERE path IN (SELECT value FROM json_each(?)))",
            (source, as_json(but)),
        )

    def delete(self, article_id: str) -> bool:
        """Remove an article with all that belongs to it; whether it was there."""
        row = self._one(
            "SELECT a.number, min(s.number), max(s.number) FROM articles a LEFT JOIN sentences s "
            "ON s.article = a.number WHERE a.id = ? GROUP BY a.number",
            (article_id,),
        )
        if row is None:
            return False
        number, first, last = row
        self._changed = True
        self._writer.execute("DELETE FROM articles WHERE number = ?", (number,))
        if first is not None:
            self._log(False, first, last)
        return True

    # -- files that are kept in step -------------------------------------------------------------------

    def files(self, folder: str) -> dict[str, str]:
        """The stamps of the files that were synced with a folder, by path."""
        return dict(self._all("SELECT path, stamp FROM files WHERE folder = ?", (folder,)))

    def set_file(self, folder: str, path: str, stamp: str) -> None:
        """Note the stamp of a file that is in the library now; inside `change`."""
        self._writer.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (folder, path, stamp))

    def forget_file(self, path: str) -> None:
        """A file is gone, from whichever folder it was synced; inside `change`."""
        self._writer.execute("DELETE FROM files WHERE path = ?", (path,))

    def all_files(self) -> tuple[tuple[str, str, str], ...]:
        """The (folder, path, stamp) of all synced files."""
        return tuple(self._all("SELECT folder, path, stamp FROM files ORDER BY path, folder", ()))

    def sources_of_file(self, file: str) -> list[str]:
        """The sources that a file holds."""
        query = "SELECT s.source FROM holders h JOIN sources s ON s.source = h.source WHERE h.file = ? ORDER BY s.rowid"
        return [row[0] for row in self._all(query, (file,))]

    def holdings(self) -> tuple[tuple[str, str, str, str], ...]:
        """The (article id, source, file, id of what the file has there) of all that holds an article; the last three
        are "" for those that were given without a source."""
        return tuple(self._all(f"{HELD} ORDER BY s.rowid", ()) + self._all(GIVEN, ()))

    # -- reading ---------------------------------------------------------------------------------------

    def article(self, article_id: str) -> Article | None:
        """One article."""
        row = self._one(f"SELECT {ARTICLE} FROM articles a WHERE a.id = ?", (article_id,))
        return None if row is None else as_article(row)

    def articles(self) -> tuple[Article, ...]:
        """All articles in the order in which they were added."""
        return tuple(as_article(row) for row in self._all(f"SELECT {ARTICLE} FROM articles a ORDER BY number", ()))

    def ids(self) -> list[str]:
        """The ids of all articles in the order in which they were added."""
        return [row[0] for row in self._all("SELECT id FROM articles ORDER BY number", ())]

    def known(self, article_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there."""
        rows = self._all(
            "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?))", (as_json(article_ids),)
        )
        return frozenset(row[0] for row in rows)

    def entries(
        self, filters: Filters | None = None, *, containing: str = "", limit: int = -1, offset: int = 0
    ) -> tuple[Entry, ...]:
        """Articles without their texts, oldest first: those whose title or source has ``containing`` in it."""
        where, parameters = (filters or Filters()).where()
        source = f"{BY_NAME}(a.source)" if filters is not None and filters.by_name else "a.source"
        query = (
            "SELECT a.id, a.title, a.source, a.language, a.author, a.published, "
            "(SELECT count(*) FROM sentences s WHERE s.article = a.number), length(a.text), "
            "(SELECT json_group_array(o.source) FROM (SELECT source FROM sources WHERE article = a.number "
            "ORDER BY rowid) o) "
            f"FROM articles a WHERE {where} AND (? = '' OR instr(lower(a.title || ' ' || {source}), lower(?))) "
            "ORDER BY a.number LIMIT ? OFFSET ?"
        )
        rows = self._all(query, (*parameters, containing, containing, limit, offset))
        return tuple(replace(Entry(*row[:8]), sources=tuple(json.loads(row[8]))) for row in rows)

    def original(self, article_id: str) -> Original | None:
        """What an article was read from; None when nothing was kept."""
        row = self._one(
            "SELECT o.media_type, o.content FROM originals o JOIN articles a ON a.number = o.article WHERE a.id = ?",
            (article_id,),
        )
        return None if row is None else Original(*row)

    def has_original(self, article_id: str) -> bool:
        """Whether one was kept."""
        query = "SELECT 1 FROM originals o JOIN articles a ON a.number = o.article WHERE a.id = ?"
        return self._one(query, (article_id,)) is not None

    def stored(self, article_id: str) -> Stored | None:
        """An article with all that belongs to it."""
        article = self.article(article_id)
        if article is None:
            return None
        query = (
            "SELECT start, end, language, vector FROM sentences "
            "WHERE article = (SELECT number FROM articles WHERE id = ?) ORDER BY position"
        )
        rows = self._all(query, (article_id,))
        matrix = np.frombuffer(b"".join(row[3] for row in rows), dtype="<f4").astype(np.float32)
        held = tuple(
            (source, file, there)
            for _, source, file, there in (
                *self._all(f"{HELD} WHERE a.id = ? ORDER BY s.rowid", (article_id,)),
                *self._all(f"{GIVEN} AND id = ?", (article_id,)),
            )
        )
        file = next((file for source, file, _ in held if source == article.source), "")
        indexed = Indexed(
            Document(article, self.original(article_id), file),
            tuple(Span(start, end) for start, end, _, _ in rows),
            matrix.reshape(len(rows), -1 if rows else 0),
            tuple(language for _, _, language, _ in rows),
            self.sketches([article_id]).get(article_id, b""),
        )
        return Stored(indexed, held)

    def sketches(self, article_ids: Sequence[str]) -> dict[str, bytes]:
        """The sketches of articles, by id."""
        query = "SELECT id, sketch FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return {row[0]: row[1] or b"" for row in self._all(query, (as_json(article_ids),))}

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
            "JOIN articles a ON a.number = s.article WHERE s.number IN (SELECT value FROM json_each(?))"
        )
        return {
            number: StoredSentence(number, Sentence(article_id, position, Span(start, end)), language)
            for number, article_id, position, start, end, language in self._all(query, (as_json(numbers),))
        }

    def numbers(self, filters: Filters) -> Ids:
        """The numbers (n,) of the sentences of the articles that pass."""
        where, parameters = filters.where()
        query = f"SELECT s.number FROM sentences s JOIN articles a ON a.number = s.article WHERE {where}"
        return np.array([row[0] for row in self._all(query, tuple(parameters))], dtype=np.int64)

    def vectors(self, numbers: Sequence[int] | None = None, *, after: int = 0, limit: int = -1) -> tuple[Ids, Rows]:
        """Numbers (n,) and vectors (n, d) of the sentences given, or of ``limit`` behind a number, else of all."""
        query = "SELECT number, vector FROM sentences"
        if numbers is not None:
            rows = self._all(f"{query} WHERE number IN (SELECT value FROM json_each(?))", (as_json(numbers),))
        else:
            rows = self._all(f"{query} WHERE number > ? ORDER BY number LIMIT ?", (after, limit))
        matrix = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").astype(np.float32)
        return np.array([row[0] for row in rows], dtype=np.int64), matrix.reshape(len(rows), -1 if rows else 0)

    def span(self) -> tuple[int, int]:
        """The least and the greatest number of a sentence; (0, -1) without any."""
        row = self._one("SELECT (SELECT min(number) FROM sentences), (SELECT max(number) FROM sentences)", ())
        return (0, -1) if row is None or row[0] is None else (int(row[0]), int(row[1]))

    def match(self, words: Sequence[str], k: int, filters: Filters | None = None) -> list[tuple[int, float, str]]:
        """Up to ``k`` (number, BM25 score > 0, text) of sentences with any of the telling words, best first.

        To look at a sentence costs as much for a word that thousands have as for a rare one, which says more. So the
        rarest are looked up: those that stand in at most TELLING sentences together. Where none is rare, a sentence has
        to have all of them.
        """
        quoted = ['"' + word.replace('"', '""').replace("\0", " ") + '"' for word in words]
        counted = sorted((count, word) for word in quoted if (count := self._sentences_with(word)))
        if not counted:
            return []
        sums = accumulate(count for count, _ in counted)
        telling = [word for (_, word), sum_ in zip(counted, sums, strict=True) if sum_ <= TELLING]
        query = " OR ".join(telling) if telling else " AND ".join(word for _, word in counted)
        where, parameters = (filters or Filters()).where()
        inside = (
            f"AND rowid IN (SELECT s.number FROM sentences s JOIN articles a ON a.number = s.article WHERE {where})"
            if filters
            else ""
        )
        rows = self._all(
            f"SELECT rowid, bm25(words), text FROM words WHERE words MATCH ? {inside} ORDER BY rank LIMIT ?",
            (query, *parameters, k),
        )
        return [(int(number), -float(score), text) for number, score, text in rows]

    def _sentences_with(self, quoted: str) -> int:
        """In how many sentences a word stands, in quotes; no more than TELLING + 1 are counted."""
        query = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
        return int(self._all(query, (quoted, TELLING + 1))[0][0])

    def count(self, filters: Filters | None = None) -> tuple[int, int]:
        """How many articles and sentences there are, or pass."""
        where, parameters = (filters or Filters()).where()
        query = (
            "SELECT count(*), sum((SELECT count(*) FROM sentences s WHERE s.article = a.number)) "
            f"FROM articles a WHERE {where}"
            if filters
            else "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM sentences)"
        )
        row = self._one(query, tuple(parameters))
        return (0, 0) if row is None else (int(row[0]), int(row[1] or 0))

    def size(self, filters: Filters | None = None) -> int:
        """How many articles there are, or pass."""
        where, parameters = (filters or Filters()).where()
        row = self._one(f"SELECT count(*) FROM articles a WHERE {where}", tuple(parameters))
        return int(row[0]) if row else 0

    # -- the next index, made beside the present one ---------------------------------------------------

    def unstaged(self, limit: int) -> list[Article]:
        """Up to ``limit`` articles whose sentences are not staged yet: those behind the last one that is, as they are
        staged in their order, and new ones have higher numbers."""
        query = (
            f"SELECT {ARTICLE} FROM articles a WHERE a.number > (SELECT coalesce(max(article), 0) FROM staged) "
            "ORDER BY a.number LIMIT ?"
        )
        return [as_article(row) for row in self._all(query, (limit,))]

    def stage(self, indexed: Indexed) -> None:
        """Keep an article's new sentences beside the present ones; inside `change`. Nothing derived is stale by it."""
        row = self._one("SELECT number FROM articles WHERE id = ?", (indexed.document.article.id,))
        if row is None:
            return
        vectors = np.ascontiguousarray(indexed.rows, dtype="<f4")
        # A text without a sentence still has to be known as done.
        rows = [
            (row[0], at, span.start, span.end, indexed.languages[at], vectors[at].tobytes())
            for at, span in enumerate(indexed.sentences)
        ] or [(row[0], -1, 0, 0, "", b"")]
        self._writer.executemany("INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?, ?)", rows)

    def swap_staged(self) -> int:
        """Put the staged sentences in the place of the present ones; inside `change`. Returns how many."""
        self._changed = True
        self._writer.execute("DELETE FROM sentences")
        self._writer.execute(
            "INSERT INTO sentences (article, position, start, end, language, vector) "
            "SELECT article, position, start, end, language, vector FROM staged WHERE position >= 0 "
            "ORDER BY article, position"
        )
        for number, text in self._writer.execute("SELECT number, text FROM articles"):
            spans = self._all("SELECT number, start, end FROM sentences WHERE article = ?", (number,))
            # Cut here: SQLite counts the characters from the beginning of the text for each sentence.
            self._writer.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", [(own, text[start:end]) for own, start, end in spans]
            )
        self._writer.execute("DELETE FROM staged")
        self._writer.execute("DELETE FROM manifest WHERE key = 'staged_for'")
        # No cache can catch up with this.
        self._writer.execute("DELETE FROM changes")
        self._writer.execute("DELETE FROM generations")
        return self.count()[1]


def as_article(row: Sequence[Any]) -> Article:
    """An article from its columns."""
    columns = [*row[:7], tuple(json.loads(row[7])) if row[7] else ()]
    return Article(*columns)
