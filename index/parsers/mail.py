"""Mails, as newsletters are kept. What is attached to one is not read: it may be anything, and is no part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import Any, cast

from index.article import Article, Document
from index.errors import ArticleError
from index.parsers.archive import MEMBERS
from index.parsers.charset import marked, text_of
from index.parsers.metadata import iso_date, language_code
from index.parsers.web import markup_text

LONGEST_HEADER = 2000  # characters; some take the square of them to be read
SOFT_BREAK = re.compile(r"(?<!^--) \r?\n(?![>\r\n])", re.MULTILINE)  # RFC 3676: behind a space a line goes on
# What the standard library raises at what is broken, beside its own errors.
BROKEN = (
    *(MessageError, ValueError, LookupError, AttributeError, TypeError),
    *(AssertionError, ArithmeticError, RuntimeError),  # a recursion too deep is one of the last
)


class Bounded(EmailPolicy):
    """Mails as they are today; what is too much of a header is cut off."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value of a header's lines."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def parse_mail(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """The text of a mail, with its subject, date and author."""
    if data.count(b"\n--") > MEMBERS:
        raise ArticleError(f"{name} has more than {MEMBERS:,} parts; save its text by itself and add that")
    try:
        mail = cast(EmailMessage, BytesParser(EmailMessage, policy=Bounded()).parsebytes(data))
        text = body(mail, name)
    except BROKEN as error:
        raise ArticleError(f"{name} is damaged, or no mail ({type(error).__name__})") from error
    if not text.strip():
        raise ArticleError(f"there is no text in the mail {name}; save what is attached to it and add that")
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


def body(mail: EmailMessage, name: str) -> str:
    """The plain text of a mail, or that of its HTML where the plain one says little more than that there is that."""
    plain, page = part_text(mail, "plain", name), markup_text(part_text(mail, "html", name))
    return plain if 2 * len(plain) >= len(page) else page


def part_text(mail: EmailMessage, kind: str, name: str) -> str:
    """The text of the mail's part of a kind, "" without one. Raises ArticleError for bytes that are no text."""
    part = mail.get_body((kind,))
    content = None if part is None else part.get_payload(decode=True)
    if part is None or not isinstance(content, bytes):
        return ""
    text = text_of(marked(content, str(part.get_content_charset() or "")), name)
    if kind == "html" or part.get_param("format") != "flowed":
        return text
    return SOFT_BREAK.sub("" if part.get_param("delsp") == "yes" else " ", text)


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
