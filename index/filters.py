"""Which articles a search may look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import encodable

WHERE_SOURCE = """EXISTS (SELECT 1 FROM sources o, json_each(?) w WHERE o.article = a.number
    AND (o.source = w.value OR CASE WHEN instr(w.value, '*') THEN lower(o.source) GLOB lower(w.value)
         ELSE instr(lower(o.source), lower(w.value)) END))"""


@dataclass(frozen=True, slots=True)
class Filters:
    """All that are given must hold; empty ones let everything pass.

    ``sources``: one of them is a part of the article's source, or, with ``*``, a pattern of all of it, whatever the
    case. ``after``, ``before``: ISO dates, both included; an article without a date passes neither.
    ``languages``: ISO 639-1. ``articles``: ids.
    """

    sources: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    languages: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.sources, self.after, self.before, self.languages, self.articles))

    def where(self) -> tuple[str, list[object]]:
        """A condition on articles (aliased ``a``) in SQL, with its parameters."""
        terms: list[str] = []
        parameters: list[object] = []
        if self.sources:
            terms.append(WHERE_SOURCE)
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


def as_json(values: Sequence[str] | Sequence[int]) -> str:
    """A list as one SQL parameter for json_each, however long it is."""
    import json

    return json.dumps(list(values))
