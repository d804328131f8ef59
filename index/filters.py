"""Which articles a search may look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from index.article import encodable, is_address
from index.errors import FilterError

WHERE_SOURCE = """EXISTS (SELECT 1 FROM sources o, json_each(?) w WHERE o.article = a.number
    AND ({own} = w.value OR CASE WHEN instr(w.value, '*') THEN lower({own}) GLOB lower(w.value)
         ELSE instr(lower({own}), lower(w.value)) END))"""
BY_NAME = "named"  # `source_name` in SQL


@dataclass(frozen=True, slots=True)
class Filters:
    """All that are given must hold; empty ones let everything pass.

    ``sources``: one of them is a part of the article's source, or, with ``*``, a pattern of all of it, whatever the
    case. ``after``, ``before``: ISO dates (2019-02-28, 2019-02, 2019), both included; an article without a date passes
    neither. Raises FilterError for what is no date.
    ``languages``: ISO 639-1. ``articles``: ids. ``by_name``: of files the names alone are looked at, as a server's
    visitors see them: else they could guess where in this machine the files lie.
    """

    sources: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    languages: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    by_name: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, tuple):  # one text alone is one, not its letters
                object.__setattr__(self, field.name, (value,) if isinstance(value, str) else tuple(value or ()))
        for day in (self.after, self.before):
            if day:
                checked_day(day)

    def __bool__(self) -> bool:
        return any((self.sources, self.after, self.before, self.languages, self.articles))

    def where(self) -> tuple[str, list[object]]:
        """A condition on articles (aliased ``a``) in SQL, with its parameters."""
        terms: list[str] = []
        parameters: list[object] = []
        if self.sources:
            terms.append(WHERE_SOURCE.format(own=f"{BY_NAME}(o.source)" if self.by_name else "o.source"))
            parameters.append(as_json(self.sources))
        if self.after:
            terms.append("a.published >= ?")
            parameters.append(encodable(self.after))
        if self.before:
            # "2019-02" as the last month means all of it
            terms.append("a.published <> '' AND substr(a.published, 1, length(?)) <= ?")
            parameters += [encodable(self.before)] * 2
        for column, values in (("language", self.languages), ("id", self.articles)):
            if values:
                terms.append(f"a.{column} IN (SELECT value FROM json_each(?))")
                parameters.append(as_json(values))
        return " AND ".join(terms) or "1", parameters


def checked_day(day: str) -> str:
    """A day, a month or a year as it was given. Raises FilterError for what is none, or not in the calendar.

    >>> checked_day("2019-02-28"), checked_day("2019-02")
    ('2019-02-28', '2019-02')
    """
    try:
        if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", day, re.ASCII):
            raise ValueError
        date(*map(int, (day + "-01-01")[:10].split("-")))
    except (ValueError, TypeError):
        raise FilterError(f"{day} is no date; write it as 2019-02-28, 2019-02 or 2019") from None
    return day


def source_name(source: str) -> str:
    """A source as others may see it: a web address as it is, of a file the name alone.

    >>> source_name("/home/me/news/a.txt"), source_name("upload/1f/a.zip!/b.txt"), source_name("https://x.test/1")
    ('a.txt', 'a.zip!/b.txt', 'https://x.test/1')
    """
    if is_address(source):
        return source
    outer, mark, inner = source.partition("!/")
    return outer.replace("\\", "/").rsplit("/", 1)[-1] + mark + inner


def as_json(values: Sequence[str] | Sequence[int]) -> str:
    """A list as one SQL parameter for json_each, however long it is."""
    import json

    return json.dumps(list(values))
