"""What files say about their articles: names of fields, dates, languages."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parsedate_to_datetime

COLUMNS = {
    "text": ("text", "content", "body", "article", "context", "teks", "isi", "artikel", "paragraphs"),
    "title": ("title", "headline", "judul"),
    "source": ("url", "link", "source", "sumber"),
    "author": ("author", "byline", "penulis"),
    "published": ("published", "date", "published_at", "pubdate", "tanggal"),
    "language": ("language", "lang", "bahasa"),
}
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")


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
