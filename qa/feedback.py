"""What readers say about answers, kept in the library's folder as questions with known answers.

``feedback/gold.jsonl`` holds what they called right, in the form that ``kutip evaluate`` reads;
``feedback/rejected.jsonl`` what they called wrong, in the same form, with the quote that they rejected.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any

from index.article import Article, Span
from qa.errors import KutipError, LibraryError

CONTEXT = 20_000  # characters of an article that are kept around an answer
MOST = 50_000_000  # bytes of one file
LONGEST = 2_000  # characters of an answer


class Verdict(StrEnum):
    """Whether a reader called an answer right."""

    RIGHT = "right"
    WRONG = "wrong"


class FeedbackFull(KutipError):
    """There is no room for more."""


class Feedback:
    """The two files of one library; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._lock = Lock()

    def file(self, verdict: Verdict) -> Path:
        """Where opinions of one kind are kept. Raises KutipError for a library in memory."""
        if self.folder is None:
            raise KutipError("this library lies in memory, so opinions are not kept; start the server with --library")
        return self.folder / ("gold.jsonl" if verdict is Verdict.RIGHT else "rejected.jsonl")

    def keep(self, question: str, article: Article, span: Span | None, verdict: Verdict) -> str:
        """Write one opinion, once however often it is said; returns its id.

        ``span`` is the answer in the article's text; None: the article does not say. Raises KutipError for a span that
        is blank or not in the text, FeedbackFull when the file has reached its bound, LibraryError when it cannot be
        written.
        """
        row = row_of(question, article, span, verdict)
        file = self.file(verdict)
        line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
        with self._lock, told_in_words(file):
            known = file.stat().st_size if file.exists() else 0
            if known and said(file, row["id"]):
                return str(row["id"])
            if known + len(line) > MOST:
                raise FeedbackFull(f"{file.name} holds {known // 1_000_000} MB already; move it away to begin another")
            file.parent.mkdir(parents=True, exist_ok=True)
            append(file, line)
        return str(row["id"])


@contextmanager
def told_in_words(file: Path) -> Iterator[None]:
    """What the system refuses inside is raised as a LibraryError: the fault is not the reader's who has an opinion."""
    try:
        yield
    except OSError as error:
        why = f"{file} cannot be written ({error.strerror}); check its permissions and the room on its disk"
        raise LibraryError(why) from error


def append(file: Path, line: bytes) -> None:
    """Write a line at a file's end: all of it, or nothing. Raises OSError."""
    with FileIO(file, "a+") as out:  # not buffered: what could not be written would be tried again on closing
        end = out.seek(0, os.SEEK_END)
        out.seek(max(0, end - 1))
        if out.read(1) not in (b"", b"\n"):  # half a line, by a process that was killed
            line = b"\n" + line
        try:
            if out.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(out.fileno())
        except OSError:
            out.truncate(end)
            raise


def said(file: Path, own: str) -> bool:
    """Whether an opinion is in the file."""
    beginning = json.dumps({"id": own})[:-1].encode()
    with file.open("rb") as lines:
        return any(line.startswith(beginning) for line in lines)


def row_of(question: str, article: Article, span: Span | None, verdict: Verdict) -> dict[str, Any]:
    """One question with its answer in its context, as ``kutip evaluate`` reads it. Raises KutipError.

    ``context`` is the article's text, of a long one a part around the answer; ``offset`` is where in the article that
    begins.
    """
    if span is not None:
        text = span.cut(article.text)
        if span.end > len(article.text) or not text.strip() or len(text) > LONGEST:
            raise KutipError(
                f"characters {span.start} to {span.end} are no answer in a text of {len(article.text)} characters; "
                f"an answer has 1 to {LONGEST} characters that are not all blank"
            )
    middle = span.start if span is not None else 0
    offset = max(0, min(middle - CONTEXT // 2, len(article.text) - CONTEXT))
    named = "\0".join([question, article.id, str(span), verdict])
    return {
        "id": hashlib.sha256(named.encode()).hexdigest()[:16],
        "question": question,
        "context": article.text[offset : offset + CONTEXT],
        "answers": [{"text": text, "start": span.start - offset}] if span is not None else [],
        "verdict": str(verdict),
        "article_id": article.id,
        "offset": offset,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
