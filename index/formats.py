"""From the bytes of a file to articles, for every format that people have.

Pure functions of bytes: they open nothing, ask nothing, and run in a child process (`index.sandbox`), as the libraries
that they use were never meant for what strangers send. Each family has its module in `index.parsers`; archives are
read here, as whatever lies in them is read by `parse` again.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from index.article import Document, Failure, Original, is_address, no_text
from index.errors import ArticleError
from index.parsers.archive import MEMBERS, UNPACKED_BYTES, check_archive, is_locked, name_of
from index.parsers.charset import TEXT_BYTES, decode
from index.parsers.mail import ENVELOPE, parse_mail, parse_mailbox
from index.parsers.pdf import parse_pdf
from index.parsers.plain import parse_markdown, parse_text
from index.parsers.records import parse_csv, parse_json
from index.parsers.unread import TEXTS, locked
from index.parsers.web import parse_feed, parse_html
from index.parsers.word import parse_docx

DEPTH = 2  # archives within archives
# A line of a mail's head, or what a long one goes on with; and those that only programs write: memos have "From:", too.
HEAD_LINE = re.compile(r"[!-9;-~]+:|[ \t]")
OF_A_PROGRAM = re.compile(r"(?:received|return-path|delivered-to|message-id|mime-version|dkim-signature):")


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its suffixes, media type and parser; ``plain`` ones need no child process, ``binary`` ones are no
    text in any encoding."""

    suffixes: tuple[str, ...]
    media_type: str
    parse: Callable[[bytes, str, int], Iterator[Document | Failure]]
    plain: bool = False
    binary: bool = False


def parse(
    data: bytes, name: str, form: Format | None = None, refused: list[Failure] | None = None, depth: int = 0
) -> list[Document]:
    """The articles in a file's bytes; ``name`` is its source and tells its format unless that is given.

    What can't be read of an archive goes to ``refused``. Raises ArticleError when there is no such list, when nothing
    can be read, or when there is nothing to read.
    """
    form = form or format_of(name, data)
    if len(data) > (most := TEXT_BYTES if form.plain else UNPACKED_BYTES):
        raise too_large(name, most)
    if not data:  # what was not downloaded is no damaged archive
        raise no_text(name)
    documents: list[Document] = []
    failures: list[Failure] = []
    for item in form.parse(data, name, depth):
        if isinstance(item, Failure):
            if refused is None:
                raise item.error()
            failures.append(item)
            continue
        documents.append(item)
        if len(documents) > MEMBERS:
            raise ArticleError(f"{name} holds more than {MEMBERS:,} articles; split it", "too_full", name=name)
    if not documents:
        nothing = ArticleError(f"there is nothing to read in {name}", "nothing", name=name)
        raise failures[0].error() if failures else nothing
    if refused is not None:
        refused += failures
    return documents


def too_large(name: str, most: int) -> ArticleError:
    """That a file has more than ``most`` bytes."""
    most //= 1_000_000
    return ArticleError(f"{name} is larger than {most} MB; split it into articles", "file_large", name=name, most=most)


def format_of(name: str, data: bytes = b"") -> Format:
    """The format by the name's suffix, else by the first bytes; plain text when neither tells.

    What begins as no text can is what it begins as, whatever it is called: a PDF is saved as .html, too. So are pages
    and mails that were saved as text, and mailboxes.
    """
    if is_address(name):
        name = name.split("#")[0].split("?")[0]
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    told = sniffed(data)
    if suffix not in BY_SUFFIX or (BY_SUFFIX[told].binary and not BY_SUFFIX[suffix].binary):
        return BY_SUFFIX[told]
    return BY_SUFFIX[told if told in ALSO_NAMED_SO.get(suffix, ()) else suffix]


def format_of_type(media_type: str) -> Format | None:
    """The format that a server tells. None for plain text, which servers call much that they don't know."""
    suffix = OTHER_TYPES.get(media_type)
    form = BY_SUFFIX[suffix] if suffix else next((form for form in FORMATS if form.media_type == media_type), None)
    return None if form is None or form.plain else form


def sniffed(data: bytes) -> str:
    """The suffix that the first bytes speak for."""
    head = decode(data[:2048]).lstrip("\ufeff \t\r\n").lower()
    if data.startswith(b"%PDF"):
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        return ".docx" if b"word/" in data[:65536] or b"[Content_Types].xml" in data[:256] else ".zip"
    marked_up = head.startswith("<")  # else a text or a string of JSON may only tell of pages
    if marked_up and re.search(r"<(?:rss|feed|rdf:rdf)[\s>]", head):
        return ".rss"
    if marked_up and re.search(r"<(?:!doctype html|(?:html|head|body)[\s>])", head):
        return ".html"
    if re.match(r"<(?:\?xml|[\w:.-]+\s[^<>]*xmlns)", head):
        return ".xml"
    if re.match(r'(?:\[\s*)?\{\s*"[^"]*"\s*:', head):
        return ".jsonl"
    if ENVELOPE.match(data[:2048]):
        return ".mbox"
    return ".eml" if begins_as_mail(head) else ".txt"


def begins_as_mail(head: str) -> bool:
    """Whether the first bytes of a file, in small letters, are a mail's head or the beginning of one.

    >>> begins_as_mail("from: a@b\\nmime-version: 1.0\\n\\nharga naik."), begins_as_mail("from: a@b\\n\\nharga naik.")
    (True, False)
    """
    told, end, _ = head.replace("\r\n", "\n").partition("\n\n")
    lines = told.split("\n") if end else told.split("\n")[:-1]  # the last one may be cut off
    return all(map(HEAD_LINE.match, lines)) and any(map(OF_A_PROGRAM.match, lines))


def parse_zip(data: bytes, name: str, depth: int = 0) -> Iterator[Document | Failure]:
    """Whatever can be read in an archive, and what can't; nothing is ever unpacked to the disk."""
    if depth >= DEPTH:
        raise ArticleError(f"{name}: archives in archives in archives are not opened", "too_deep", name=name)
    archive = check_archive(data, name)
    for member in sorted(archive.infolist(), key=lambda item: item.filename):
        path = PurePosixPath(name_of(member).replace("\\", "/"))
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if (
            not member.filename
            or member.is_dir()
            or hidden
            or path.suffix.lower() not in (*BY_SUFFIX, *TEXTS)
            or path.stem.upper() == "README"
        ):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            continue
        inner = "/".join(part for part in path.parts if part not in ("..", "/"))
        place = f"{name}!/{inner}"
        if is_locked(member):
            yield Failure.of(place, locked(place))
            continue
        try:
            body = archive.read(member)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            why = f"{inner} in {name} cannot be unpacked ({error})"
            yield Failure.of(place, ArticleError(why, "damaged", name=place))
            continue
        refused: list[Failure] = []
        try:
            documents = parse(body, place, refused=refused, depth=depth + 1)
        except ArticleError as error:
            yield Failure.of(place, error)
            continue
        yield from refused
        for document in documents:
            kept = document.original or Original(format_of(inner, body).media_type, body)
            yield Document(document.article, kept)


FORMATS = (
    Format((".txt", ".text"), "text/plain", parse_text, plain=True),
    Format((".md", ".markdown"), "text/markdown", parse_markdown, plain=True),
    Format((".html", ".htm", ".xhtml"), "text/html", parse_html),
    Format((".pdf",), "application/pdf", parse_pdf, binary=True),
    Format(
        (".docx",),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        parse_docx,
        binary=True,
    ),
    Format((".csv", ".tsv"), "text/csv", parse_csv),
    Format((".jsonl", ".ndjson", ".json"), "application/x-ndjson", parse_json),
    Format((".rss", ".atom", ".xml"), "application/rss+xml", parse_feed),
    Format((".eml", ".mhtml", ".mht"), "message/rfc822", parse_mail),
    Format((".mbox",), "application/mbox", parse_mailbox),
    Format((".zip",), "application/zip", parse_zip, binary=True),
)
BY_SUFFIX = {suffix: form for form in FORMATS for suffix in form.suffixes}
SAVED_AS_TEXT = (".html", ".eml", ".mbox")
ALSO_NAMED_SO = {".xml": (".html",), ".txt": SAVED_AS_TEXT, ".text": SAVED_AS_TEXT}  # where they begin as such
OTHER_TYPES = {
    "application/xhtml+xml": ".html",
    "application/atom+xml": ".atom",
    "application/json": ".json",
    "text/json": ".json",
    "application/feed+json": ".json",
}
