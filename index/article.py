"""Articles and the spans that everything else points into them with.

The one invariant of the project: all text shown is ``article.text[start:end]`` of an immutable text.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import ArticleError, KutipError

TITLE_LENGTH = 90
DATED = re.compile(r"\d{4}(?:-\d\d(?:-\d\d|$)|$)", re.ASCII)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


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
    """One immutable text and what is known about it.

    ``language`` is an ISO 639-1 code, ``published`` an ISO 8601 date (2019-02-28); both "" when unknown.
    ``pages`` are the characters at which the pages of a paged document begin, () when it has none.
    """

    id: str
    title: str
    text: str
    source: str = ""
    language: str = ""
    author: str = ""
    published: str = ""
    pages: tuple[int, ...] = ()

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        title: str | None = None,
        source: str = "",
        language: str = "",
        author: str = "",
        published: str = "",
        pages: tuple[int, ...] = (),
    ) -> Article:
        """Make an article of a text: line ends become ``\\n``, the id is a hash of the text.

        Without a ``title`` the first line serves, shortened to 90 characters. ``pages`` count characters of
        ``text``, which must be normal already then. Raises ArticleError when there is nothing to read in it, and for a
        ``published`` that does not begin as an ISO date, which no filter could compare.
        """
        if published and not (isinstance(published, str) and DATED.match(published)):
            raise ArticleError(f"published is {published!r}; write it as 2019-02-28, or leave it out")
        normal = normalize(text)
        if not normal.strip():
            raise no_text(source or (title or "").strip())
        return cls(
            id=article_id(normal),
            title=shortened(" ".join(normalize(title).split())) if title and title.strip() else title_of(normal),
            text=normal,
            source=normalize(source),
            language=language,
            author=" ".join(normalize(author).split()),
            published=published,
            pages=pages,
        )

    def page_of(self, offset: int) -> int | None:
        """The page, counted from 1, on which a character stands; None without pages.

        >>> Article("1", "", "ab", pages=(0, 1)).page_of(1)
        2
        """
        return bisect_right(self.pages, offset) or 1 if self.pages else None


@dataclass(frozen=True, slots=True)
class Original:
    """What an article was read from, kept for showing."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """An article as it comes in: with its original, and the file that holds it (which may hold several).

    ``window`` files list only the newest of what they had: what they list no longer is not gone.
    """

    article: Article
    original: Original | None = None
    file: str = ""
    window: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """The ``position``-th sentence of an article, counted from 0."""

    article_id: str
    position: int
    span: Span


def no_text(name: str) -> ArticleError:
    """That there is nothing to read in an input, whose name may be ""."""
    why = f"{name or 'the article'} has no text; give one with at least a word"
    return ArticleError(why, "no_text", name=name) if name else ArticleError(why, "empty_text")


def normalize(text: str) -> str:
    """The text that offsets count: without byte-order mark and NUL, all line ends ``\\n``, no half characters.

    Nothing else is changed, so that a quote is the article's own letters.

    >>> normalize("\\ufeffSatu.\\r\\nDua.\\r")
    'Satu.\\nDua.\\n'
    """
    text = text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return encodable(text)


def is_address(given: str) -> bool:
    """Whether what was given is an address on the web, which phones begin with a capital.

    >>> is_address("Https://Example.org/a"), is_address("https.txt")
    (True, False)
    """
    return given.lower().startswith(("http://", "https://"))


def encodable(text: str) -> str:
    """A text without half characters (lone surrogates), which no file, database or reply can hold.

    >>> encodable("Hanoi\\ud800")
    'Hanoi\ufffd'
    """
    return LONE_SURROGATE.sub("\ufffd", text)


def article_id(normal: str) -> str:
    """The id of a normal text: 16 hexadecimal digits of its hash."""
    return hashlib.sha256(normal.encode("utf-8")).hexdigest()[:16]


def title_of(text: str) -> str:
    """The first line that is not blank, without heading marks, shortened at a word's end.

    >>> title_of("\\n# Kabar Hanoi\\nIsi.")
    'Kabar Hanoi'
    """
    return shortened(" ".join(next(line for line in text.splitlines() if line.strip()).strip("# \t").split()))


def shortened(line: str) -> str:
    """At most 90 characters of a line, cut at a word's end; "Untitled" for an empty one."""
    if len(line) <= TITLE_LENGTH:
        return line or "Untitled"
    return line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, a part of one, or an address that could not be read, and why; the rest is as in `KutipError`."""

    source: str
    reason: str
    key: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str, error: KutipError) -> Failure:
        """That an error kept it from being read."""
        return cls(source, str(error), error.key, error.values)

    def error(self) -> ArticleError:
        """The same to be raised, where nothing else could be read either."""
        return ArticleError(self.reason, self.key, **self.values)
