"""From the bytes of a file to articles, for every format that people have.

Pure functions of bytes: they open nothing, ask nothing, and run in a child process (`index.sandbox`), as the libraries
that they use were never meant for what strangers send.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any

from index.article import Article, Document, Original, normalize
from index.errors import ArticleError

TEXT_BYTES = 20_000_000  # of a text, page or document
UNPACKED_BYTES = 200_000_000  # of all that an archive holds
PAGES = 2_000
MEMBERS = 20_000  # articles of one archive, table or feed
DEPTH = 2  # archives within archives

COLUMNS = {
    "text": ("text", "content", "body", "article", "context", "teks", "isi", "artikel", "paragraphs"),
    "title": ("title", "headline", "judul"),
    "source": ("url", "link", "source", "sumber"),
    "author": ("author", "byline", "penulis"),
    "published": ("published", "date", "published_at", "pubdate", "tanggal"),
    "language": ("language", "lang", "bahasa"),
}
ENTITY = re.compile(r"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)
UNPACKING = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# Only names that are encodings of text, and read in linear time: Python knows others.
CHARSET = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?"
    rb"(iso-?8859-(?:[2-9]|1[03456])|windows-125[0-8]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr))\b",
    re.IGNORECASE,
)
HTML_LANGUAGE = re.compile(r"<html\b[^>]{0,1000}?\slang\s*=\s*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
FRONT_MATTER = re.compile(r"\s*---[ \t]*\n((?:[A-Za-z_][\w -]*:.*\n|[ \t#-].*\n|\n){1,100}?)---[ \t]*(?:\n|$)")
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n(?=[a-z])")
ENDED = re.compile(r"[.!?…:][\"”’»)\]']*$")
BLOCKS = frozenset("p div br li ul ol h1 h2 h3 h4 h5 h6 tr table blockquote section article pre dd dt".split())
HIDDEN = frozenset("script style noscript template head iframe object".split())


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its suffixes, media type and parser; ``plain`` ones need no child process."""

    suffixes: tuple[str, ...]
    media_type: str
    parse: Callable[[bytes, str, int], Iterator[Document]]
    plain: bool = False


def parse(data: bytes, name: str, form: Format | None = None, depth: int = 0) -> list[Document]:
    """The articles in a file's bytes; ``name`` is its source and tells its format unless that is given.

    Raises ArticleError when it can't be read or holds nothing to read.
    """
    form = form or format_of(name, data)
    if len(data) > (TEXT_BYTES if form.plain else UNPACKED_BYTES):
        raise ArticleError(f"{name} is larger than {TEXT_BYTES // 1_000_000} MB; split it into articles")
    documents = []
    for document in form.parse(data, name, depth):
        documents.append(document)
        if len(documents) > MEMBERS:
            raise ArticleError(f"{name} holds more than {MEMBERS:,} articles; split it")
    if not documents:
        raise ArticleError(f"there is nothing to read in {name}")
    return documents


def format_of(name: str, data: bytes = b"") -> Format:
    """The format by the name's suffix, else by the first bytes; plain text when neither tells."""
    suffix = PurePosixPath(name.split("#")[0].split("?")[0].replace("\\", "/")).suffix.lower()
    if suffix == ".xml" or suffix not in BY_SUFFIX:
        return BY_SUFFIX[sniffed(data)]
    return BY_SUFFIX[suffix]


def sniffed(data: bytes) -> str:
    """The suffix that the first bytes speak for."""
    head = decode(data[:2048] if len(data[:2048]) % 2 == 0 else data[:2047]).lstrip("\ufeff \t\r\n").lower()
    if data.startswith(b"%PDF"):
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        return ".docx" if b"word/" in data[:65536] or b"[Content_Types].xml" in data[:256] else ".zip"
    if re.search(r"<(?:rss|feed|rdf:rdf)[\s>]", head):
        return ".rss"
    if head.startswith(("<!doctype html", "<html")) or re.search(r"<(?:head|body)[\s>]", head):
        return ".html"
    return ".jsonl" if head.startswith('{"') else ".txt"


# -- text ----------------------------------------------------------------------------------------------


def decode(data: bytes) -> str:
    """Text from bytes: by the byte-order mark, else UTF-16 by its zero bytes, else UTF-8, else as HTML or XML says of
    itself, else Windows-1252.

    >>> decode("Hanoï".encode("cp1252")), decode("Hanoi".encode("utf-16-le"))
    ('Hanoï', 'Hanoi')
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    sample = data[:4096]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros and zeros.count(0) > 0.6 * len(zeros):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = CHARSET.search(data[:2048])
        return data.decode(declared[1].decode() if declared else "cp1252", errors="replace")


def text_of(data: bytes, name: str) -> str:
    """Text from bytes that should be text. Raises ArticleError for bytes that are not."""
    text = decode(data)
    strange = sum(character < " " and character not in "\t\n\r\f\v" for character in text[:20_000])
    if strange > 0.05 * len(text[:20_000]) + 4:
        raise ArticleError(f"{name} is no text; give text, Markdown, HTML, PDF, DOCX, CSV, JSON lines, a feed or a ZIP")
    return text


def parse_text(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """Plain text, as it stands."""
    yield Document(Article.from_text(text_of(data, name), source=name))


def parse_markdown(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """Markdown, as it stands; a head with its title, date and author, as blogs have it, is no text of it."""
    text = normalize(text_of(data, name))
    found = FRONT_MATTER.match(text)
    about = {}
    if found:
        lines = (line.partition(":") for line in found[1].split("\n") if line[:1].isalpha())
        about = {key.strip().lower(): value.strip().strip("\"'") for key, _, value in lines}
    known = {field: next((about[c] for c in COLUMNS[field] if about.get(c)), "") for field in COLUMNS}
    yield Document(
        Article.from_text(
            text[found.end() :] if found and any(known.values()) else text,
            title=known["title"],
            source=name,
            author=known["author"],
            published=iso_date(known["published"]),
            language=language_code(known["language"]),
        )
    )


def parse_html(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """The article of a page, without what stands around it."""
    import trafilatura

    html = decode(data)
    found = trafilatura.bare_extraction(html, url=None, include_comments=False, with_metadata=True)
    text = normalize(getattr(found, "text", None) or "")
    if not text.strip():
        text = markup_text(html)
    if not text.strip():
        raise ArticleError(f"there is no article on the page {name}")
    yield Document(
        Article.from_text(
            text,
            title=getattr(found, "title", None),
            source=name,
            author=getattr(found, "author", None) or "",
            published=iso_date(getattr(found, "date", None)),
            language=language_code(declared[1] if (declared := HTML_LANGUAGE.search(html[:20_000])) else ""),
        )
    )


def markup_text(html: str) -> str:
    """All text of a piece of HTML, a line for each block."""
    from lxml import etree
    from lxml.html import HTMLParser, fromstring

    if not html.strip():
        return ""
    try:
        root = fromstring(f"<div>{html}</div>", parser=HTMLParser(encoding=None, no_network=True))
    except (etree.LxmlError, ValueError):
        return ""
    parts: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):  # a comment or the like; the text behind it counts
            if event == "end":
                parts.append(element.tail or "")
            continue
        if event == "start":
            parts.append("\n" if element.tag in BLOCKS else "")
            parts.append("" if element.tag in HIDDEN else element.text or "")
        else:
            parts.append("\n" if element.tag in BLOCKS else "")
            hidden = element.getparent() is not None and element.getparent().tag in HIDDEN
            parts.append("" if hidden else element.tail or "")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return normalize("\n".join(line for line in lines if line))


# -- documents -----------------------------------------------------------------------------------------


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
            text += "\n\n" if ENDED.search(text) else " "
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


def parse_docx(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A Word document's paragraphs and tables, in their order."""
    check_archive(data, name)
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        opened = docx.Document(io.BytesIO(data))
        lines: list[str] = []
        for item in opened.iter_inner_content():
            if hasattr(item, "rows"):
                lines += [" | ".join(cell.text for cell in row.cells) for row in item.rows]
            else:
                lines.append(item.text)
        about = opened.core_properties
        title, author, language = about.title or "", about.author or "", language_code(about.language)
    except (
        PackageNotFoundError,
        KeyError,
        ValueError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
        SyntaxError,
    ) as error:
        raise ArticleError(f"{name} is damaged, or no Word document ({type(error).__name__})") from error
    text = "\n".join(lines)
    yield Document(Article.from_text(text, title=title or None, source=name, author=author, language=language))


# -- many articles in one ------------------------------------------------------------------------------


def parse_csv(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A table with named columns: one must hold the text."""
    text = text_of(data, name)
    csv.field_size_limit(TEXT_BYTES)
    names = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(",;\t|", key=names.count)
    try:
        for number, row in enumerate(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            yield from of_record(row, f"{name}#{number}", name)
    except csv.Error as error:
        raise ArticleError(f"{name} cannot be read as a table ({error})") from error


def parse_json(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """JSON lines, or a JSON list, of objects with named fields: one must hold the text."""
    text = text_of(data, name)
    try:
        if text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            rows = (json.loads(line) for line in text.split("\n") if line.strip())
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, dict):
                raise ArticleError(f"{name}, entry {number}: an object with the fields title and text is wanted")
            yield from of_record(row, f"{name}#{number}", name)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArticleError(f"{name} cannot be read as JSON ({error}); write one object a line") from error


def of_record(row: Mapping[Any, Any], source: str, name: str) -> Iterator[Document]:
    """The article of one row or object, whose columns may have Indonesian or English names, in any case."""
    by_name = {str(key).strip().lower(): value for key, value in row.items() if key is not None}
    fields = {
        field: next((as_text(by_name[c]) for c in columns if by_name.get(c)), "") for field, columns in COLUMNS.items()
    }
    if not any(column in by_name for column in COLUMNS["text"]):
        raise ArticleError(
            f"{name} has no column for the text, only {', '.join(list(by_name)[:10])}; "
            f"name one of them {' or '.join(COLUMNS['text'][:3])}"
        )
    if not fields["text"].strip():
        return
    link = fields["source"]
    yield Document(
        Article.from_text(
            fields["text"],
            title=fields["title"],
            source=link if link.startswith(("http://", "https://")) else source,
            author=fields["author"],
            published=iso_date(fields["published"]),
            language=language_code(fields["language"]),
        ),
        Original("application/json", json.dumps(by_name, ensure_ascii=False, default=str).encode("utf-8", "replace")),
    )


def as_text(value: Any) -> str:
    """A field as text; a list is joined: its strings by line ends, lists of words (as in IndoSum) by spaces."""
    if isinstance(value, list):
        nested = any(isinstance(item, list) for item in value)
        return ("\n" if nested or all(isinstance(i, str) and " " in i for i in value) else " ").join(
            as_text(item) for item in value
        )
    return str(value)


def parse_feed(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """Each entry of an RSS or Atom feed."""
    import feedparser

    xml = decode(data).replace("\0", "")
    refuse_entities(xml, name)
    plain = XML_DECLARATION.sub("", xml, count=1).encode("utf-8", "replace")  # it is decoded: what it was is past
    feed = feedparser.parse(io.BytesIO(plain), sanitize_html=False, resolve_relative_uris=False)
    if not feed.entries and feed.bozo:
        raise ArticleError(f"{name} is damaged, or no feed ({type(feed.bozo_exception).__name__})")
    for number, entry in enumerate(feed.entries, start=1):
        content = entry.get("content") or [{"value": entry.get("summary", "")}]
        html = max((str(part.get("value", "")) for part in content), key=len)
        text = markup_text(html)
        if not text.strip():
            continue
        day = entry.get("published_parsed") or entry.get("updated_parsed")
        link = str(entry.get("link", ""))
        yield Document(
            Article.from_text(
                text,
                title=markup_text(str(entry.get("title", ""))),
                source=link if link.startswith(("http://", "https://")) else f"{name}#{entry.get('id') or number}",
                author=str(entry.get("author", "")),
                published=f"{day[0]:04}-{day[1]:02}-{day[2]:02}" if day else "",
                language=language_code(feed.feed.get("language")),
            ),
            Original("text/html", html.encode("utf-8", "replace")),
        )


def parse_zip(data: bytes, name: str, depth: int = 0) -> Iterator[Document]:
    """Whatever can be read in an archive; nothing is ever unpacked to the disk."""
    if depth >= DEPTH:
        raise ArticleError(f"{name}: archives in archives in archives are not opened")
    archive = check_archive(data, name)
    for member in sorted(archive.infolist(), key=lambda item: item.filename):
        path = PurePosixPath(member.filename.replace("\\", "/"))
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if (
            not member.filename
            or member.is_dir()
            or hidden
            or path.suffix.lower() not in BY_SUFFIX
            or path.stem.upper() == "README"
        ):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            continue
        inner = "/".join(part for part in path.parts if part not in ("..", "/"))
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
            raise ArticleError(f"{member.filename} in {name} cannot be unpacked ({error})") from error
        for document in parse(body, f"{name}!/{inner}", depth=depth + 1):
            kept = document.original or Original(format_of(inner, body).media_type, body)
            yield Document(document.article, kept)


def check_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """Open an archive that is not too large once unpacked. Raises ArticleError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, IndexError) as error:
        raise ArticleError(f"{name} is damaged, or no archive ({error})") from error
    # zipfile never gives more bytes of a member than are declared here.
    if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED_BYTES:
        raise ArticleError(
            f"{name} holds more than {MEMBERS:,} files or {UNPACKED_BYTES // 1_000_000} MB once unpacked; split it"
        )
    if any(member.flag_bits & 1 for member in members):
        raise ArticleError(f"{name} is locked with a password; save it without one")
    return archive


def refuse_entities(xml: str, name: str) -> None:
    """Raises ArticleError for XML that defines entities: what they become may be anything, of any size."""
    if ENTITY.search(xml):
        raise ArticleError(f"{name} defines XML entities, which are not read; save it without a DOCTYPE")


# -- what is known about an article --------------------------------------------------------------------


def iso_date(given: object) -> str:
    """An ISO date from an ISO or RFC 2822 time, "" from anything else.

    >>> iso_date("2019-02-28T14:00:00Z"), iso_date("Thu, 28 Feb 2019 14:00:00 +0700"), iso_date("28/2/2019")
    ('2019-02-28', '2019-02-28', '')
    """
    text = str(given or "").strip()
    found = ISO_DATE.match(text)
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def language_code(given: object) -> str:
    """The ISO 639-1 code in a language tag, "" from anything else.

    >>> language_code("id-ID"), language_code("Indonesian")
    ('id', '')
    """
    found = re.match(r"([A-Za-z]{2})(?:[-_]|$)", str(given or "").strip())
    return found.group(1).lower() if found else ""


FORMATS = (
    Format((".txt", ".text"), "text/plain", parse_text, plain=True),
    Format((".md", ".markdown"), "text/markdown", parse_markdown, plain=True),
    Format((".html", ".htm", ".xhtml"), "text/html", parse_html),
    Format((".pdf",), "application/pdf", parse_pdf),
    Format((".docx",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", parse_docx),
    Format((".csv", ".tsv"), "text/csv", parse_csv),
    Format((".jsonl", ".ndjson", ".json"), "application/x-ndjson", parse_json),
    Format((".rss", ".atom", ".xml"), "application/rss+xml", parse_feed),
    Format((".zip",), "application/zip", parse_zip),
)
BY_SUFFIX = {suffix: form for form in FORMATS for suffix in form.suffixes}
