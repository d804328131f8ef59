"""Plain text and Markdown: read as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.article import Article, Document, normalize
from index.parsers.charset import text_of
from index.parsers.metadata import COLUMNS, iso_date, language_code

FRONT_MATTER = re.compile(r"\s*---[ \t]*\n((?:[A-Za-z_][\w -]*:.*\n|[ \t#-].*\n|\n){1,100}?)---[ \t]*(?:\n|$)")


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
