"""Mails, as newsletters are kept, and mailboxes of them. What is attached to one is not read: it may be anything, and
is no part of it."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any, cast

from index.article import Article, Document, Failure, Original
from index.errors import ArticleError
from index.parsers.archive import MEMBERS
from index.parsers.charset import decode, marked, text_of
from index.parsers.metadata import iso_date, language_code
from index.parsers.web import markup_text, parse_html

LONGEST_HEADER = 2000  # characters; some take the square of them to be read
# RFC 3676: behind a space a line goes on; a space that a line begins with is only there to protect what follows.
SOFT_BREAK = re.compile(r"(?<!^)(?<!^--) \r?\n(?!>| ?[\r\n]) ?", re.MULTILINE)
STUFFING = re.compile(r"^ ", re.MULTILINE)
SAVED = re.compile(r"\W*Saved by ")  # who a page is from that a browser saved as one file
# Where base64 ends though the part goes on: at a line that is none, and behind one that is filled up to its length.
NO_BASE64 = re.compile(r"^(?![A-Za-z0-9+/]*=*[ \t\r]*$)|(?:(?<==\n)|(?<==\r\n))(?=\S)", re.MULTILINE)
WORD = re.compile(r"\w+")
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)  # written out where a page has a link
AGAIN = 0.8  # of the words of two parts together; of two paragraphs on one thing hardly a third
# What each mail of a mailbox (mbox) begins with, and how a line of one is written that begins so, too.
ENVELOPE = re.compile(rb"^From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n(?=[!-9;-~]+:)", re.MULTILINE)
NO_ENVELOPE = re.compile(rb"^>(>*From )", re.MULTILINE)
HEAD_ENDS = re.compile(rb"\n\r?\n")
MESSAGE_ID = re.compile(rb"^message-id:\s*<?([^\s<>]{1,500})", re.IGNORECASE | re.MULTILINE)
MOZILLA_STATUS = re.compile(rb"^x-mozilla-status:\s*([0-9a-f]{4})\s", re.IGNORECASE | re.MULTILINE)
EXPUNGED = 0x0008  # what Thunderbird no longer shows, and keeps until it compacts the folder
# What the standard library raises at what is broken, beside its own errors.
BROKEN = (
    *(MessageError, ValueError, LookupError, AttributeError, TypeError),
    *(AssertionError, ArithmeticError, RuntimeError),  # a recursion too deep is one of the last
)


class Bounded(EmailPolicy):
    """Mails as they are today, headers with bare letters beyond ASCII, too; what is too much of one is cut off."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value of a header's lines."""
        name, value = super().header_source_parse(sourcelines)
        return name, decode(value.encode("ascii", "surrogateescape"))[:LONGEST_HEADER]

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header's value, which is asked for many times."""
        return parsed(name, value)


parsed = lru_cache(maxsize=100)(EmailPolicy().header_fetch_parse)


def parse_mail(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """The text of a mail, with its subject, date and author; a page that a browser saved as one (MHTML) as a page."""
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.count(b"\n--") + data.count(b"\r--") > MEMBERS:
        why = f"{name} has more than {MEMBERS:,} parts; save its text by itself and add that"
        raise ArticleError(why, "too_full", name=name)
    try:
        mail = cast(EmailMessage, BytesParser(EmailMessage, policy=Bounded()).parsebytes(data))
        page = saved_page(mail)
        text = "" if page else body(mail, name)
    except BROKEN as error:
        raise ArticleError(f"{name} is damaged, or no mail ({type(error).__name__})", "damaged", name=name) from error
    if page:
        yield from parse_html(page, name)
        return
    if not text.strip():
        raise ArticleError(
            f"there is no text in the mail {name}; save what is attached to it and add that", "no_mail", name=name
        )
    yield Document(
        Article.from_text(
            text,
            title=str(header(mail, "subject")),
            source=name,
            author=sender(header(mail, "from")),
            published=iso_date(header(mail, "date")),
            language=language_code(header(mail, "content-language")),
        )
    )


def parse_mailbox(data: bytes, name: str, depth: int = 0) -> Iterator[Document | Failure]:
    """Each mail of a mailbox (mbox) by its own id, else its number. One without a text is passed over, unless none has
    one."""
    begins = [(found.start(), found.end()) for found in ENVELOPE.finditer(data)]
    if not begins:
        raise ArticleError(f"{name} is damaged, or no mailbox (mbox)", "damaged", name=name)
    lacking, some = None, False
    for number, ((_, begin), (end, _)) in enumerate(zip(begins, [*begins[1:], (len(data), 0)], strict=True), start=1):
        own = NO_ENVELOPE.sub(rb"\1", data[begin:end])
        head = HEAD_ENDS.split(own, maxsplit=1)[0] + b"\n"
        if (status := MOZILLA_STATUS.search(head)) and int(status[1], 16) & EXPUNGED:
            continue
        called = decode(found[1]) if (found := MESSAGE_ID.search(head)) else str(number)
        source = name and f"{name}#{called}"
        try:
            for document in parse_mail(own, source, depth):
                some = True
                yield replace(document, original=Original("message/rfc822", own))
        except ArticleError as error:
            if error.key in ("no_mail", "no_article"):
                lacking = lacking or error
            else:
                yield Failure.of(source, error)
    if lacking and not some:
        raise lacking


def saved_page(mail: EmailMessage) -> bytes:
    """The page that a browser saved as a mail, b"" for any other mail. Its frames are behind it, and no part of it."""
    if not SAVED.match(str(header(mail, "from"))):
        return b""
    pages = (part for part in mail.walk() if part.get_content_type() == "text/html")
    return next((content_of(page) for page in pages), b"")


def content_of(part: EmailMessage) -> bytes:
    """The bytes of a part that has no others, which tell their encoding; b"" where there are none."""
    content = part.get_payload(decode=True)
    return marked(content, str(part.get_content_charset() or "")) if isinstance(content, bytes) else b""


def body(part: EmailMessage, name: str) -> str:
    """The text of a mail or a part of one: what its own parts say one behind the other, as mail programs show it.

    Of alternatives the plain one is taken, or the last where the plain one says little more than that there is that.
    What some programs send one behind the other, though it is the same as a text and as a page, is taken once.
    """
    if part.is_attachment():
        return ""
    if part.get_content_maintype() != "multipart":  # also a mail that is attached to it
        return part_text(part, name)
    parts = [cast(EmailMessage, inner) for inner in part.iter_parts()]
    alternatives = part.get_content_type() == "multipart/alternative"
    if alternatives:
        parts.sort(key=lambda inner: inner.get_content_type() != "text/plain")
    texts = [text for inner in parts if (text := body(inner, name)).strip()]
    if alternatives and texts:
        return texts[0] if 2 * len(texts[0]) >= len(texts[-1]) else texts[-1]
    new = [text for before, text in zip(["", *texts], texts, strict=False) if not says_again(text, before)]
    return "\n\n".join(new)  # each begins a paragraph, as what they belong to may end without a mark


def says_again(text: str, before: str) -> bool:
    """Whether a text is the one before it once more, in another form.

    >>> says_again("Harga naik: tempo.co", "HARGA *NAIK* tempo.co <https://tempo.co/1>"), says_again("Naik.", "Turun.")
    (True, False)
    """
    one, other = (Counter(WORD.findall(ADDRESS.sub("", own).lower())) for own in (text, before))
    return (one & other).total() > AGAIN * (one | other).total()


def part_text(part: EmailMessage, name: str) -> str:
    """The text of a part that has no others, "" of one of another kind. Raises ArticleError for bytes that are none."""
    kind = part.get_content_type()
    if kind not in ("text/plain", "text/html"):
        return ""
    behind = behind_base64(part)
    text = text_of(content_of(part), name)
    if kind == "text/html":
        text = markup_text(text)
    elif parameter(part, "format") == "flowed":
        text = STUFFING.sub("", SOFT_BREAK.sub("" if parameter(part, "delsp") == "yes" else " ", text))
    return f"{text}\n{behind}" if behind else text


def behind_base64(part: EmailMessage) -> str:
    """What a mailing list put as it is behind a part in base64, as which it would be rubbish: cut off the part."""
    content = part.get_payload()
    if not isinstance(content, str) or str(header(part, "content-transfer-encoding")).strip().lower() != "base64":
        return ""
    if found := NO_BASE64.search(content):
        part.set_payload(content[: found.start()])
    return content[found.start() :] if found else ""


def parameter(part: EmailMessage, name: str) -> str:
    """A parameter of a part's content type, in lower case."""
    return str(part.get_param(name) or "").lower()


def header(mail: EmailMessage, name: str) -> Any:
    """A header of a mail, "" for one that is not there or broken."""
    with suppress(*BROKEN):
        return mail[name] or ""
    return ""


def sender(given: Any) -> str:
    """Who a mail is from: by name, else by address."""
    with suppress(*BROKEN):
        return ", ".join(filter(None, (one.display_name or one.addr_spec for one in given.addresses)))
    return ""
