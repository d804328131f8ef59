"""Filters as Milvus' expressions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from index.filters import Filters

PLAIN = re.compile(r"""[^*?\[\]\\%_"']+""")  # what means itself in a pattern of ours and in one of Milvus
SETS = re.compile(r"\[")


def text(value: str) -> str:
    """A string as a literal of an expression.

    >>> text("ab")
    '"ab"'
    """
    return json.dumps(value, ensure_ascii=False)


def one_of(field: str, values: Iterable[str]) -> str:
    """A condition that a field has one of the values."""
    return f"{field} in [{', '.join(text(value) for value in values)}]"


def condition(filters: Filters, language: str, articles: Iterable[str] | None) -> str:
    """A condition on rows that have ``article`` and ``published``, and the article's language in field ``language``.

    ``articles``: the ids of those whose sources pass; None when the filters name no sources.

    >>> condition(Filters(before="2019-02"), "language", None)
    'published != "" and published <= "2019-02~"'
    """
    terms = []
    if articles is not None:
        terms.append(one_of("article", articles))
    if filters.after:
        terms.append(f"published >= {text(filters.after)}")
    if filters.before:
        # All that begins with it passes, too: "2019-02" as the last month means all of it. "~" is behind all digits.
        terms.append(f'published != "" and published <= {text(filters.before + "~")}')
    if filters.languages:
        terms.append(one_of(language, filters.languages))
    if filters.articles:
        terms.append(one_of("article", filters.articles))
    return " and ".join(terms)


def like_sources(wanted: Iterable[str], *, anywhere: bool, by_name: bool = False) -> str | None:
    """A condition on a source in small letters in field ``low`` that holds for all that pass, and for few others.

    ``anywhere``: whether the engine looks inside texts; else only at their beginnings (Milvus before 2.5).
    ``by_name``: a name's beginning may stand anywhere in a path. None when it can't narrow them down so.
    `source_passes` decides.

    >>> like_sources(["Tempo.co", "*.pdf"], anywhere=True)
    '(low like "%tempo.co%" or low like "%.pdf%")'
    >>> like_sources(["https://a.id/*"], anywhere=False), like_sources(["a"], anywhere=False)
    ('(low like "https://a.id/%")', None)
    """
    terms = []
    for value in wanted:
        own = value.lower()
        pieces = PLAIN.findall(SETS.split(own, maxsplit=1)[0]) if "*" in own else PLAIN.findall(own)
        if "*" in own and pieces and own.startswith(pieces[0]) and not by_name:
            terms.append(f'low like "{pieces[0]}%"')
        elif anywhere and pieces:
            terms.append(f'low like "%{max(pieces, key=len)}%"')
        else:
            return None
    return f"({' or '.join(terms)})"


def source_passes(source: str, wanted: Iterable[str]) -> bool:
    """Whether one of ``wanted`` is a part of the source or, with ``*``, a pattern of all of it, whatever the case.

    >>> source_passes("https://Tempo.co/a", ["tempo"]), source_passes("a.txt", ["*.pdf"])
    (True, False)
    """
    low = source.lower()
    for value in wanted:
        own = value.lower()
        if source == value or (fnmatchcase(low, own.replace("[^", "[!")) if "*" in own else own in low):
            return True
    return False
