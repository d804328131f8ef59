"""What files say about their articles: names of fields, dates, languages."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from email.utils import parsedate

COLUMNS = {
    field: tuple(names.split())
    for field, names in {
        # The last two are all that some feeds have of an article.
        "text": "text content body article context teks isi artikel paragraphs articlebody excerpt summary",
        "title": "title headline judul",
        "source": "url link source sumber mainentityofpage",
        "author": "author authors byline penulis _embedded",  # the last one is WordPress'
        "published": "published date published_at date_published datepublished publishedat pubdate tanggal",
        "language": "language lang bahasa inlanguage",
    }.items()
}
FORMER_CODES = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv"}  # which older Java programs still write
MONTH_NAMES = (
    "january januari jan",
    "february februari pebruari feb peb",
    "march maret mar",
    "april apr",
    "may mei",
    "june juni jun",
    "july juli jul",
    "august agustus aug agu ags agt",
    "september sept sep",
    "october oktober oct okt",
    "november nopember nov nop",
    "december desember dec des",
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, start=1) for name in names.split()}
WEEKDAYS = frozenset(
    "monday mon tuesday tues tue wednesday wed thursday thurs thur thu friday fri saturday sat sunday sun "
    "senin sen selasa sel rabu rab kamis kam jumat jum sabtu sab minggu min ahad".split()
)
WEEKDAY = re.compile(r"((?:[^\W\d_]|['’`]){3,10})[.,]{0,2}\s*")
MONTH = rf"({'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
YEAR = r"(\d{4})(?!\d)"
YEAR_FIRST = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d\d)(\d\d))(?!\d)")
DAY_NAMED = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{MONTH},?[\s-]*{YEAR}", re.IGNORECASE)
CLOCK = r"(?:\d\d:[\d:.]+\s+(?:[A-Z]{1,5}\s+|[+-]\d{4}\s+)?)?"  # as in "Thu Feb 28 10:00:00 WIB 2019"
MONTH_FIRST = re.compile(rf"{MONTH}\s*(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+){CLOCK}{YEAR}", re.IGNORECASE)
IN_NUMBERS = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2{YEAR}")
# Seconds or milliseconds since 1970, from 1982 to 2030: other numbers of these lengths may be days and hours in digits.
UNIX_TIME = re.compile(r"(1[0-8]\d{8}|[4-9]\d{8})(?:\d{3})?(?:\.\d*)?")
FIRST_YEAR = 1000  # no article is older: what programs write for a day that was never set is (0001-01-01, "-0001")
DATE_LENGTH = 100  # characters in which a date is looked for


def iso_date(given: object) -> str:
    """The ISO date that a text begins with, as Indonesian and English texts write it; "" unless there is one only.

    It is the day where it was written: no time zone is reckoned with; of a Unix time it is Greenwich's.

    >>> iso_date("2019-02-28T23:00:00-05:00"), iso_date("Thu, 28 Feb 2019 06:00:00 +0700"), iso_date("28/2/2019")
    ('2019-02-28', '2019-02-28', '2019-02-28')
    >>> iso_date("Jum'at, 1 Maret 2019 | 06.00 WIB"), iso_date("3/4/2019"), iso_date("2019-02-31")
    ('2019-03-01', '', '')
    """
    text = without_weekday(str(given or "")[:DATE_LENGTH].strip())
    days = set()
    for year, month, day in readings(text):
        with suppress(ValueError, OverflowError):  # no such day, or a year of twenty digits
            days |= {date(year, month, day).isoformat()} if year >= FIRST_YEAR else set()
    return days.pop() if len(days) == 1 else ""


def without_weekday(text: str) -> str:
    """A date without the name of its day in front."""
    found = WEEKDAY.match(text)
    named = found is not None and re.sub("['’`]", "", found[1]).lower() in WEEKDAYS
    return text[found.end() :] if found and named else text


def readings(text: str) -> Iterator[tuple[int, int, int]]:
    """The years, months and days that a date may mean: two of "3/4/2019", where day or month may come first."""
    if found := YEAR_FIRST.match(text):
        yield int(found[1]), int(found[3] or found[5]), int(found[4] or found[6])
    elif found := UNIX_TIME.fullmatch(text):
        yield time.gmtime(int(found[1]))[:3]
    elif found := DAY_NAMED.match(text):
        yield int(found[3]), MONTHS[found[2].lower()], int(found[1])
    elif found := MONTH_FIRST.match(text):
        yield int(found[3]), MONTHS[found[1].lower()], int(found[2])
    elif found := IN_NUMBERS.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        yield from ((year, second, first), (year, first, second))
    else:
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            if parsed := parsedate(text):  # what else RFC 2822 allows in feeds: years of two digits
                yield parsed[:3]


def language_code(given: object) -> str:
    """The ISO 639-1 code in a language tag, "" from anything else.

    >>> language_code("id-ID"), language_code("in_ID"), language_code("Indonesian")
    ('id', 'id', '')
    """
    found = re.match(r"([A-Za-z]{2})(?:[-_]|$)", str(given or "").strip())
    code = found[1].lower() if found else ""
    return FORMER_CODES.get(code, code)
