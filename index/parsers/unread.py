"""Formats that people have and that are not read: known, so that their markup is never taken for text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from index.errors import ArticleError

WHAT_TO_DO = "save it as .docx, .pdf, .html or .txt, a table as .csv"
OLDER = b"\xd0\xcf\x11\xe0"
BEGINNINGS = {
    b"{\\rtf": "rich text (RTF)",
    OLDER: "a file of an older Word, Excel or PowerPoint",
    b"bplist00": "a page as Safari keeps it (web archive)",
}
# An Office document with a password is a file of the older kind around it.
LOCKED_WITHIN = "EncryptedPackage".encode("utf-16-le")
SUBTITLES = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:WEBVTT\b.*\n(?:.*\n){,20}?.*\d[,.]\d{3} --> |\d+[ \t]*\r?\n\d+:\d\d:\d\d[,.]\d{3} --> )"
)
TAR = b"ustar", 257  # and where that stands
TEXTS = (".doc", ".odt", ".rtf", ".epub")  # suffixes of what is missed in an archive if nothing is said of it
MEMBERS = {  # what no other archive has
    "META-INF/manifest.xml": "an OpenDocument file",
    "META-INF/container.xml": "an e-book (EPUB)",
    "xl/workbook.xml": "an Excel file",
    "ppt/presentation.xml": "a PowerPoint file",
    "word/vbaProject.bin": "a Word document with macros",
}


def refuse_unread_text(data: bytes, name: str) -> None:
    """Raises ArticleError for bytes that begin as a format does that is not read."""
    start = data[:100].lstrip()
    if start.startswith(OLDER) and LOCKED_WITHIN in data:
        raise locked(name)
    if SUBTITLES.match(data[:2000]):
        why = f"{name} is subtitles, whose times would part their sentences; save the words alone, as .txt"
        raise ArticleError(why, "subtitles", name=name)
    if data.startswith(*TAR):
        raise ArticleError(
            f"{name} is an archive (tar), which is not read; make a ZIP of it", "no_plain_text", name=name
        )
    refuse_first((kind for beginning, kind in BEGINNINGS.items() if start.startswith(beginning)), name)


def refuse_unread_archive(members: Collection[str], name: str) -> None:
    """Raises ArticleError for an archive with the members of a format that is not read."""
    refuse_first((kind for member, kind in MEMBERS.items() if member in members), name)


def refuse_first(kinds: Iterable[str], name: str) -> None:
    """Raises ArticleError for the first of the kinds that a file is of, if any."""
    for kind in kinds:
        raise ArticleError(f"{name} is {kind}, which is not read; {WHAT_TO_DO}", "unread", name=name)


def locked(name: str) -> ArticleError:
    """That a file wants a password."""
    return ArticleError(f"{name} is locked with a password; save it without one", "locked", name=name)
