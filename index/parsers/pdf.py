"""PDF: lines made paragraphs again, without what stands on every page."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any

from index.article import Article, Document, normalize
from index.errors import ArticleError
from index.parsers.metadata import language_code
from index.parsers.unread import locked

if TYPE_CHECKING:
    from pypdf import PageObject

PAGES = 2_000
HEADS = 3  # lines at the top or the foot of a page that may stand on every one
GAP = 1.4  # times the way down from line to line; a new paragraph is further below
SIZES = 0.9  # a line in letters of less than so much of another's size is of another kind
HYPHENATED = re.compile(r"(\w+)[-\u00ad\u2010]$")
WORD = 60  # characters in which a line's last word is looked for
BULLETS = frozenset("•●▪■◦")
# How letters are printed, which pages and mails have as letters; no search for a word finds it with one of these in it.
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# All that there is to read of pages that are pictures: what the program that made them put there, and their numbers.
OF_A_SCAN = re.compile(
    r"(?:scanned|dipindai) (?:by|with|using|dengan|oleh|menggunakan) .{1,40}"
    r"|(?:(?:page|halaman|hal\.?)\W*)?\d{1,4}",
    re.IGNORECASE,
)
# What stands for letters where a font does not tell which they are: numbers of its shapes, as characters or as names.
UNTOLD = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]|(?:/[A-Za-z]{1,3}\d{1,5}){3,}")
MOST_UNTOLD = 0.05  # of a text's characters
# What programs put for the title of what was printed from them: the name of its file, or that it had none.
NO_TITLE = re.compile(
    r"Microsoft (?:Word|PowerPoint|Excel) - .*|.*\.(?:docx?|odt|rtf|pages|indd|pmd|qxd|pptx?|pdf|tex)|untitled[-\d]*",
    re.IGNORECASE,
)
ENDED = re.compile(r"[.!?…:][\"”’»)\]']*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: how large its letters are (0 when unknown), which share of them is bold, and whether it stands
    apart from the line above."""

    text: str
    size: float = 0.0
    bold: float = 0.0
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What a PDF shows at once: some letters of a line, or several lines; ``height`` is where on the page."""

    text: str
    size: float = 0.0
    bold: bool = False
    height: float = math.nan


def parse_pdf(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A PDF's text, unwrapped and with hyphenation mended; where its pages begin is kept."""
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise locked(name)
        if len(reader.pages) > PAGES:
            why = f"{name} has {len(reader.pages):,} pages, at most {PAGES:,} can be read; split it"
            raise ArticleError(why, "too_full", name=name)
        pages = [lines_of(pieces_of(page)) for page in reader.pages]
        about = reader.metadata
        title, author = (str(about.title or ""), str(about.author or "")) if about is not None else ("", "")
        title = "" if NO_TITLE.fullmatch(title.strip()) else title
        language = language_code(reader.root_object.get("/Lang"))
    except ArticleError:
        raise
    except (
        PyPdfError,
        AssertionError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
    ) as error:
        raise ArticleError(f"{name} is damaged, or no PDF ({type(error).__name__})", "damaged", name=name) from error
    if all(OF_A_SCAN.fullmatch(line.text.strip("-–—|. ")) for lines in pages for line in lines):
        why = f"{name} holds pictures of text, but no text; run it through OCR first"
        raise ArticleError(why, "scanned", name=name)
    text, starts = put_together(without_running_heads(pages))
    if sum(len(found[0]) for found in UNTOLD.finditer(text)) > MOST_UNTOLD * len(text):
        why = f"{name} does not tell which letters its shapes are; run it through OCR, or save it anew"
        raise ArticleError(why, "letterless", name=name)
    yield Document(
        Article.from_text(text, title=title or None, source=name, author=author, language=language, pages=starts)
    )


def pieces_of(page: PageObject) -> list[Piece]:
    """All that a page shows, with its looks."""
    pieces: list[Piece] = []

    def hear(text: str, moved: Any, letters: Any, font: Any, size: Any) -> None:
        piece = Piece(text)
        with suppress(TypeError, ValueError, OverflowError, IndexError):  # what a broken file has for numbers
            scale = math.hypot(letters[2], letters[3]) * math.hypot(moved[2], moved[3])
            height = float(letters[4] * moved[1] + letters[5] * moved[3] + moved[5])
            bold = "bold" in str((font or {}).get("/BaseFont")).lower()
            if math.isfinite(size * scale) and math.isfinite(height):
                piece = Piece(text, float(size * scale), bold, height)
        pieces.append(piece)

    text = page.extract_text(visitor_text=hear)
    return pieces if "".join(piece.text for piece in pieces) == text else [Piece(text)]


def lines_of(pieces: Sequence[Piece]) -> list[Line]:
    """The lines of a page that are not blank. One stands apart below a blank line, or when it is further down than the
    lines around it are from each other."""
    rows: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *more = normalize(piece.text).split("\n")
        rows[-1].append(replace(piece, text=first))
        rows += [[replace(piece, text=text, height=math.nan)] for text in more]
    lines: list[Line] = []
    heights: list[float] = []
    blank = False
    for row in rows:
        text = " ".join("".join(piece.text for piece in row).split()).translate(LIGATURES)
        if not text:
            blank = True
            continue
        sizes: Counter[float] = Counter()
        for piece in row:
            sizes[piece.size] += len(piece.text.strip())
        bold = sum(len(piece.text.strip()) for piece in row if piece.bold) / max(1, sizes.total())
        lines.append(Line(text, sizes.most_common(1)[0][0], bold, blank and bool(lines)))
        heights.append(next(piece.height for piece in row if piece.text.strip()))
        blank = False
    return [
        replace(line, apart=line.apart or far) for line, far in zip(lines, further_down(lines, heights), strict=True)
    ]


def further_down(lines: Sequence[Line], heights: Sequence[float]) -> list[bool]:
    """Whether each line is further below the one above it than the lines around are from each other."""
    ways = [math.nan, *(above - below for above, below in pairwise(heights)), math.nan]
    far = []
    for at, line in enumerate(lines):
        around = [way for way in (ways[at - 1] if at else math.nan, ways[at + 1]) if way > line.size / 2]
        far.append(bool(around) and ways[at] > GAP * min(around) and not line.text[0].islower())
    return far


def without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Pages without the first and last lines that stand, but for numbers, on most of them.

    A line like the one beside it is a row of a table.
    """
    found: set[int] = set()  # at which edge there are some
    for at in [0] * HEADS + [-1] * HEADS:
        beside = 1 if at == 0 else -2
        common = running([lines[at] for lines in pages if lines], len(pages), at in found)
        sides = [pages[side::2] for side in (0, 1)]  # left and right pages, which books give heads of their own
        of_sides = [running([lines[at] for lines in side if lines], len(side), at in found, step=2) for side in sides]
        if all(of_sides):
            common |= of_sides[0] | of_sides[1]
        left = [
            (lines[1:] if at == 0 else lines[:-1])
            if lines and lines[at] in common and not (len(lines) > 1 and shape(lines[at]) == shape(lines[beside]))
            else lines
            for lines in pages
        ]
        if any(left) and left != pages:
            pages = left
            found.add(at)
    return pages


def running(lines: Sequence[Line], pages: int, inner: bool = False, step: int = 1) -> set[Line]:
    """Those of the first, or last, lines that stand on most of the pages, but for numbers, in letters of one size: the
    title on the first page is none.

    On two pages they must have a number that is the next one, of those that are a ``step`` apart, and none or several
    words, else both may be headings of the text: "Pasal 1" and "Pasal 2". Further ``inner`` than such a one any line
    with a number counts.

    >>> first, second, third = Line("Koran Pagi, 1"), Line("Koran Pagi, 2"), Line("Koran Pagi, 7")
    >>> len(running([first, second], 2)), len(running([first, third], 2)), len(running([first, second, third], 3))
    (2, 0, 3)
    >>> len(running([Line("Pasal 1"), Line("Pasal 2")], 2)), len(running([Line("Koran Pagi")] * 2, 2))
    (0, 0)
    """
    shapes = [shape(line) for line in lines]
    if pages == 2:
        numbers = zip(*(map(int, re.findall(r"\d{1,9}", line.text)) for line in lines), strict=False)
        steps = [second - first for first, second in numbers]
        same = len(lines) == 2 and shapes[0] == shapes[1] and len(re.findall(r"[^\W\d]{2,}", lines[0].text)) != 1
        counted = (
            (inner or step in steps) and set(steps) in ({0}, {step}, {0, step}) and not ENDED.search(lines[0].text)
        )
        return set(lines) if same and counted else set()
    counts = Counter(shapes)
    return {line for line, shape in zip(lines, shapes, strict=True) if counts[shape] > max(1, pages / 2)}


def shape(line: Line) -> tuple[str, int]:
    """What a line has in common with others that differ in their numbers only."""
    return re.sub(r"\d+", "#", line.text), round(line.size)


def put_together(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[int, ...]]:
    """The text of all pages, and where in it each of them begins."""
    widths = [max((len(line.text) for line in lines), default=0) for lines in pages]
    every = [(number, line) for number, lines in enumerate(pages) for line in lines]
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for (number, line), following in zip_longest(every, every[1:]):
        starts += [length] * (number + 1 - len(starts))
        parts.append(followed(line, following[1], widths[number], number != following[0]) if following else line.text)
        length += len(parts[-1])
    return "".join(parts), (*starts, *[length] * (len(pages) - len(starts)))


def unwrapped(lines: Sequence[Line]) -> str:
    """The lines of a page joined to paragraphs again.

    >>> unwrapped([Line("Sidang itu berlang-"), Line("sung lama sekali di"), Line("kota."), Line("Lalu hujan.")])
    'Sidang itu berlangsung lama sekali di kota.\\nLalu hujan.'
    """
    return put_together([lines])[0]


def followed(line: Line, after: Line, width: int, turned: bool) -> str:
    """A line with what parts it from the next one, which may stand ``turned`` to a new page: a paragraph ends with
    a full stop before the margin, or with the page, above a gap or a bullet, and where the looks change."""
    ended = ENDED.search(line.text) and (turned or len(line.text) < 0.9 * width)
    if ended or after.apart or after.text[0] in BULLETS or other_looks(line, after):
        return line.text + ("\n\n" if turned else "\n")
    if (cut := HYPHENATED.search(line.text[-WORD:])) and after.text[0].isalnum():
        return line.text[:-1] if was_cut(cut[1], after.text) or line.text.endswith("\u00ad") else line.text
    return line.text + " "


def was_cut(word: str, rest: str) -> bool:
    """Whether the hyphen behind a line's last word is there only because the line ends.

    >>> was_cut("berlang", "sung lama"), was_cut("anak", "anaknya"), was_cut("Jakarta", "Bandung"), was_cut("ke", "12")
    (True, False, False, False)
    >>> was_cut("e", "mail"), was_cut("KPK", "nya"), was_cut("1990", "an")
    (False, False, False)
    """
    doubled = len(word) > 2 and rest.startswith(word.lower())
    return len(word) > 1 and word.isalpha() and not word.isupper() and "a" <= rest[0] <= "z" and not doubled


def other_looks(line: Line, after: Line) -> bool:
    """Whether a line is a heading, or a note, and the next one is not, or the other way round."""
    if after.text[0].islower():
        return False
    sizes = sorted((line.size, after.size))
    return 0 < sizes[0] < SIZES * sizes[1] or (line.bold == 1 and after.bold == 0)
