"""Articles and the spans that everything else points into them with.

The one invariant of the project: all text shown is ``article.text[start:end]`` of an immutable text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from index.errors import ArticleError

TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters (code points) in a text: ``text[start:end]``.

    >>> Span(2, 5).cut("verbatim")
    'rba'
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, not ({self.start}, {self.end})")

    def cut(self, text: str) -> str:
        """The characters of ``text`` that the span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies within this span."""
        return self.start <= other.start and other.end <= self.end

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Article:
    """One immutable text. ``language`` is an ISO 639-1 code, or "" when unknown."""

    id: str
    title: str
    text: str
    source: str = ""
    language: str = ""

    @classmethod
    def from_text(cls, text: str, *, title: str | None = None, source: str = "", language: str = "") -> Article:
        """Make an article of a text: line ends become ``\\n``, the id is a hash of the text.

        Without a ``title`` the first line serves, shortened to 90 characters.
        Raises ArticleError when there is nothing to read in the text.
        """
        normal = normalize(text)
        if not normal.strip():
            raise ArticleError(f"the article {source or title or ''!r} has no text; give one with at least a word")
        return cls(
            id=hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            title=title if title is not None and title.strip() else title_of(normal),
            text=normal,
            source=source,
            language=language,
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """The ``position``-th sentence of an article, counted from 0."""

    article_id: str
    position: int
    span: Span


def normalize(text: str) -> str:
    """The text that offsets count: without byte-order mark and NUL, all line ends ``\\n``.

    Nothing else is changed, so that a quote is the article's own letters.

    >>> normalize("\\ufeffSatu.\\r\\nDua.\\r")
    'Satu.\\nDua.\\n'
    """
    return text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def title_of(text: str) -> str:
    """The first line that is not blank, without heading marks, shortened at a word's end.

    >>> title_of("\\n# Kabar Hanoi\\nIsi.")
    'Kabar Hanoi'
    """
    line = " ".join(next(line for line in text.splitlines() if line.strip()).strip("# \t").split())
    if len(line) <= TITLE_LENGTH:
        return line or "Untitled"
    return line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
