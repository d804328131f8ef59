"""Word documents, as they stand when all tracked changes are accepted."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from index.article import Article, Document
from index.errors import ArticleError
from index.parsers.archive import check_archive, is_locked
from index.parsers.metadata import language_code
from index.parsers.unread import locked

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PARAGRAPH, TABLE, ROW, CELL, RUN, CONTROL, BOX = (
    f"{W}{tag}" for tag in ("p", "tbl", "tr", "tc", "r", "sdt", "txbxContent")
)
# What was taken out, and what is there once more for programs that do not know its newer form.
PASSED_OVER = (f"{W}del", f"{W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")
CONTENTS = f"{W}sdtPr/{W}docPartObj/{W}docPartGallery[@{W}val='Table of Contents']"
ENDS_TAKEN_OUT = (f"{W}pPr/{W}rPr/{W}del", f"{W}pPr/{W}rPr/{W}moveFrom")  # of a paragraph, which goes on in the next
NOTES = ("footnote", "endnote")
TO_BE_FILLED_IN = f"{W}sdtPr/{W}showingPlcHdr"
# What "Strict Open XML" has for the names of what Word writes otherwise, in the order in which they are replaced.
STRICT = b"http://purl.oclc.org/ooxml/"
USUAL = (
    (b"wordprocessingml/main", b"wordprocessingml/2006/main"),
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
)
HIDDEN = f"{W}rPr/{W}vanish"
HEADING = 80  # characters; what is longer and alone in its row is no name of the rows below it
COLUMNS = 63  # Word has no more
LABEL = 200  # characters; what is longer and stands beside several rows is no name of them


def parse_docx(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A Word document's paragraphs and tables, in their order, and behind them its notes."""
    archive = check_archive(data, name)
    if any(map(is_locked, archive.infolist())):
        raise locked(name)
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        opened = docx.Document(as_usual(archive) or io.BytesIO(data))
        text = "\n".join((*lines(opened.element.body), *notes(opened)))
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


def as_usual(archive: zipfile.ZipFile) -> io.BytesIO | None:
    """A document that was saved as "Strict Open XML" with the names that others have; None for others."""
    if STRICT not in archive.read("_rels/.rels"):
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for member in archive.infolist():
            body = archive.read(member)
            if member.filename.endswith((".xml", ".rels")):
                for strict, usual in USUAL:
                    body = body.replace(STRICT + strict, b"http://schemas.openxmlformats.org/" + usual)
            made.writestr(member.filename, body)
    out.seek(0)
    return out


def lines(element: Any) -> Iterator[str]:
    """The text of each paragraph and each row of a table in a body, a cell or a box, what is in a box behind the
    paragraph that it belongs to."""
    open_ended: list[Any] = []
    for block in inside(element, PARAGRAPH, TABLE):
        if block.tag == PARAGRAPH:
            open_ended.append(block)
            if any(block.find(end) is not None for end in ENDS_TAKEN_OUT):
                continue
        yield from as_one(open_ended)
        open_ended = []
        if block.tag == TABLE:
            yield from rows(block)
    yield from as_one(open_ended)


def as_one(paragraphs: Sequence[Any]) -> Iterator[str]:
    """The text of paragraphs that are one, and of the boxes in them; nothing without any."""
    if paragraphs:
        runs = (run for paragraph in paragraphs for run in inside(paragraph, RUN))
        yield "".join(run.text for run in runs if not is_on(run.find(HIDDEN)))
    for paragraph in paragraphs:
        for box in inside(paragraph, BOX):
            yield from lines(box)


def notes(document: Any) -> Iterator[str]:
    """The text of each footnote and then of each endnote that the body refers to, once, in the order of the references.

    They stand at the end, as within the text they would part sentences that are read together.
    """
    from docx.oxml import parse_xml

    for kind in NOTES:
        references = inside(document.element.body, f"{W}{kind}Reference")
        wanted = dict.fromkeys(reference.get(f"{W}id") for reference in references)
        related = (relation for relation in document.part.rels.values() if relation.reltype.endswith(f"/{kind}s"))
        for relation in related if wanted else ():
            told = {note.get(f"{W}id"): note for note in parse_xml(relation.target_part.blob).iter(f"{W}{kind}")}
            yield from ("\n".join(lines(told[own])).strip() for own in wanted if own in told)


def rows(table: Any) -> Iterator[str]:
    """The text of each row of a table, as it is read by itself."""
    above: dict[int, str] = {}
    begun = False
    for row in inside(table, ROW):
        if row.find(f"{W}trPr/{W}del") is None:
            told = list(cells(row, above))
            alone = not any(told[1:])
            if alone and not (begun and len(told[0] if told else "") <= HEADING):
                told = told[:1]  # above a table, or its frame; others stand above the rows below them
            begun = begun or len(told) > 1
            yield " | ".join(map(in_a_row, told) if len(told) > 1 else told)


def in_a_row(text: str) -> str:
    """The text of a cell beside others: in one line where it is short, its bars told from those between cells.

    One with a table in it stays as it is.
    """
    if "\n" in text and (" | " in text or len(text) > LABEL):
        return text
    return " ".join(text.split("\n")).replace("|", "\\|")


def cells(row: Any, above: dict[int, str]) -> Iterator[str]:
    """The text of each cell in a row that is not one with the cell in front of it.

    One with the cell above has the text of that again, as it is what all these rows are about. ``above`` is the text of
    cells that may go on below, by the column of the grid that they begin in; those of this row are put there.
    """
    column = number_in(row.find(f"{W}trPr/{W}gridBefore"), 0)
    for cell in inside(row, CELL):
        about = {how: cell.find(f"{W}tcPr/{W}{how}") for how in ("gridSpan", "cellDel", "vMerge", "hMerge")}
        begins, column = column, column + number_in(about["gridSpan"], 1)
        told = begins in above and goes_on(about["vMerge"])
        text = above[begins] if told else "\n".join(lines(cell))
        if not told:
            above.pop(begins, None)
            if about["vMerge"] is not None:
                above[begins] = text
        if about["cellDel"] is None and not goes_on(about["hMerge"]) and not (told and len(text) > LABEL):
            yield text
            if column - begins <= COLUMNS:
                yield from [""] * (column - begins - 1)


def goes_on(merged: Any) -> bool:
    """Whether a cell's property says that it is one with the cell above, or in front of it."""
    return merged is not None and merged.get(f"{W}val") != "restart"


def number_in(element: Any, default: int) -> int:
    """The number that a property has, cut off at six digits; the default for one that is not there or has none."""
    given = "" if element is None else element.get(f"{W}val") or ""
    return int(given[:6]) if given.isdecimal() else default  # of more than 4,300 digits Python makes no number


def is_on(element: Any) -> bool:
    """Whether a property is there and not switched off."""
    return element is not None and element.get(f"{W}val") not in ("0", "false", "off")


def inside(element: Any, *wanted: str) -> Iterator[Any]:
    """The nearest elements of some kinds, also where content controls, links, insertions or the like are around them.

    Neither a document's list of contents nor what Word asks to fill in is anything that it says.
    """
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag == CONTROL and (child.find(CONTENTS) is not None or is_on(child.find(TO_BE_FILLED_IN))):
            continue
        elif child.tag not in PASSED_OVER:
            yield from inside(child, *wanted)
