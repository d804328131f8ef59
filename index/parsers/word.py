"""Word documents, as they stand when all tracked changes are accepted."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from index.article import Article, Document
from index.errors import ArticleError
from index.parsers.archive import check_archive
from index.parsers.metadata import language_code

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PARAGRAPH, TABLE, ROW, CELL, RUN, CONTROL = (f"{W}{tag}" for tag in ("p", "tbl", "tr", "tc", "r", "sdt"))
# What was taken out, and what is there once more for programs that do not know its newer form.
PASSED_OVER = (f"{W}del", f"{W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")
CONTENTS = f"{W}sdtPr/{W}docPartObj/{W}docPartGallery[@{W}val='Table of Contents']"
TO_BE_FILLED_IN = f"{W}sdtPr/{W}showingPlcHdr"


def parse_docx(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A Word document's paragraphs and tables, in their order."""
    check_archive(data, name)
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        opened = docx.Document(io.BytesIO(data))
        text = "\n".join(lines(opened.element.body))
        about = opened.core_properties
        title, author, language = about.title or "", about.author or "", language_code(about.language)
    except (
        PackageNotFoundError,
        KeyError,
        ValueError,
        AttributeError,
        TypeError,  # as of a document without a body
        zipfile.BadZipFile,
        zlib.error,
        SyntaxError,
    ) as error:
        why = f"{name} is damaged, or no Word document ({type(error).__name__})"
        raise ArticleError(why, "damaged", name=name) from error
    yield Document(Article.from_text(text, title=title or None, source=name, author=author, language=language))


def lines(element: Any) -> Iterator[str]:
    """The text of each paragraph and each row of a table in a body or a cell."""
    for block in inside(element, PARAGRAPH, TABLE):
        if block.tag == PARAGRAPH:
            yield "".join(run.text for run in inside(block, RUN))
        else:
            yield from (" | ".join(cells(row)) for row in inside(block, ROW) if row.find(f"{W}trPr/{W}del") is None)


def cells(row: Any) -> Iterator[str]:
    """The text of each cell in a row that is not one with the cell above or in front of it."""
    for cell in inside(row, CELL):
        merged = (cell.find(f"{W}tcPr/{W}{how}Merge") for how in "vh")
        if all(one is None or one.get(f"{W}val") == "restart" for one in merged):
            yield "\n".join(lines(cell))


def inside(element: Any, *wanted: str) -> Iterator[Any]:
    """The nearest elements of some kinds, also where content controls, links, insertions or the like are around them.

    Neither a document's list of contents nor what Word asks to fill in is anything that it says.
    """
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag == CONTROL and any(child.find(path) is not None for path in (CONTENTS, TO_BE_FILLED_IN)):
            continue
        elif child.tag not in PASSED_OVER:
            yield from inside(child, *wanted)
