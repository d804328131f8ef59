"""Formats that people have and that are not read: known, so that their markup is never taken for text."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from index.errors import ArticleError

WHAT_TO_DO = "save it as .docx, .pdf, .html or .txt, a table as .csv"
BEGINNINGS = {
    b"{\\rtf": "rich text (RTF)",
    b"\xd0\xcf\x11\xe0": "a file of an older Word, Excel or PowerPoint",
}
MEMBERS = {  # what no other archive has
    "META-INF/manifest.xml": "an OpenDocument file",
    "META-INF/container.xml": "an e-book (EPUB)",
    "xl/workbook.xml": "an Excel file",
    "ppt/presentation.xml": "a PowerPoint file",
}


def refuse_unread_text(data: bytes, name: str) -> None:
    """Raises ArticleError for bytes that begin as a format does that is not read."""
    start = data[:100].lstrip()
    refuse_first((kind for beginning, kind in BEGINNINGS.items() if start.startswith(beginning)), name)


def refuse_unread_archive(members: Collection[str], name: str) -> None:
    """Raises ArticleError for an archive with the members of a format that is not read."""
    refuse_first((kind for member, kind in MEMBERS.items() if member in members), name)


def refuse_first(kinds: Iterable[str], name: str) -> None:
    """Raises ArticleError for the first of the kinds that a file is of, if any."""
    for kind in kinds:
        raise ArticleError(f"{name} is {kind}, which is not read; {WHAT_TO_DO}", "unread", name=name)
