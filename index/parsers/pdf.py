"""PDF: lines made paragraphs again, without what stands on every page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from index.article import Article, Document, normalize
from index.errors import ArticleError
from index.parsers.metadata import language_code

PAGES = 2_000
TAIL = 40  # characters in which a page's end is looked for
HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n(?=[a-z])")
ENDED = re.compile(r"[.!?…:][\"”’»)\]']*$")


def parse_pdf(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A PDF's text, unwrapped and with hyphenation mended; where its pages begin is kept."""
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ArticleError(f"{name} is locked with a password; save it without one")
        if len(reader.pages) > PAGES:
            raise ArticleError(f"{name} has {len(reader.pages):,} pages, at most {PAGES:,} can be read; split it")
        raw = [normalize(page.extract_text()) for page in reader.pages]
        about = reader.metadata
        title, author = (str(about.title or ""), str(about.author or "")) if about is not None else ("", "")
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
        raise ArticleError(f"{name} is damaged, or no PDF ({type(error).__name__})") from error
    text, starts = "", []
    for page in without_running_heads(raw):
        body = unwrapped(page)
        if text and body:
            text += "\n\n" if ENDED.search(text[-TAIL:]) else " "
        starts.append(len(text))
        text += body
    if not text.strip():
        raise ArticleError(f"{name} holds pictures of text, but no text; run it through OCR first")
    yield Document(
        Article.from_text(text, title=title or None, source=name, author=author, language=language, pages=tuple(starts))
    )


def without_running_heads(pages: list[str]) -> list[str]:
    """Pages without the first or last lines that stand, but for numbers, on most of them."""
    if len(pages) < 3:
        return pages
    out = [page.strip("\n ").split("\n") for page in pages]
    for at in (0, -1):
        shapes = [re.sub(r"\d+", "#", lines[at]).strip() for lines in out]
        common = {shape for shape in shapes if shapes.count(shape) > len(pages) / 2}
        out = [
            (lines[1:] if at == 0 else lines[:-1]) if shape in common else lines
            for lines, shape in zip(out, shapes, strict=True)
        ]
        out = [lines or [""] for lines in out]
    return ["\n".join(lines) for lines in out]


def unwrapped(page: str) -> str:
    """Lines joined to paragraphs again: one ends at a blank line, or at a full stop before the margin.

    >>> unwrapped("Sidang itu berlang-\\nsung lama sekali di\\nkota.\\n\\nLalu hujan.")
    'Sidang itu berlangsung lama sekali di kota.\\nLalu hujan.'
    """
    lines = [" ".join(line.split()) for line in HYPHEN.sub("", page).split("\n")]
    width = max(map(len, lines), default=0)
    out = ""
    for line in lines:
        if not line:
            out += "" if not out or out.endswith("\n") else "\n"
            continue
        out += line + ("\n" if ENDED.search(line) and len(line) < 0.9 * width else " ")
    return re.sub(r" \n", "\n", out).strip()
