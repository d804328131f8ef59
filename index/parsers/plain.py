"""Plain text and Markdown: read as they stand."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from index.article import Article, Document, normalize
from index.parsers.charset import text_of
from index.parsers.metadata import COLUMNS, iso_date, language_code
from index.parsers.records import first_told, names_in

FRONT_MATTER = re.compile(
    r"\s*---[ \t]*\n((?:[A-Za-z_][\w -]*:.*\n|[ \t#-].*\n|\n){1,100}?)(?:---|\.\.\.)[ \t]*(?:\n|$)"
)
TOML = re.compile(r"\s*\+\+\+[ \t]*\n((?:(?!\+\+\+).*\n){1,100}?)\+\+\+[ \t]*(?:\n|$)")
HEAD_LENGTH = 10_000  # characters; a head that is longer is none
QUOTED = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')(?:\s+#.*)?""")
ITEM = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]+)""")  # of a list in brackets
BLOCK = re.compile(r"[|>][+-]?\d?$")  # what a YAML text over several lines begins with


def parse_text(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """Plain text, as it stands."""
    yield Document(Article.from_text(text_of(data, name), source=name))


def parse_markdown(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """Markdown, as it stands; a head with its title, date and author, as blogs have it, is no text of it."""
    text = normalize(text_of(data, name))
    about, begins = head_of(text)
    known = {field: first_told(about, columns, names_in) for field, columns in COLUMNS.items()}
    yield Document(
        Article.from_text(
            text[begins:] if any(known.values()) else text,
            title=known["title"],
            source=name,
            author=known["author"],
            published=iso_date(known["published"]),
            language=language_code(known["language"]),
        )
    )


def head_of(text: str) -> tuple[dict[str, Any], int]:
    """What the head of a Markdown file tells, by names in small letters, and where the text behind it begins.

    >>> head_of("---\\ntitle: >\\n  Harga\\n  naik\\nauthor: [Sari, 'Budi']\\n---\\nIsi.")
    ({'title': 'Harga naik', 'author': ['Sari', 'Budi']}, 55)
    """
    if (found := TOML.match(text[:HEAD_LENGTH])) is not None:
        with suppress(ValueError, RecursionError):
            values = tomllib.loads(found[1]).items()
            return {name.lower(): as_told(value) for name, value in values}, found.end()
    if (found := FRONT_MATTER.match(text)) is None:
        return {}, 0
    lines: dict[str, list[str]] = {}
    own: list[str] = []
    for line in found[1].split("\n"):
        if line[:1].isalpha():
            key, _, told = line.partition(":")
            own = lines[key.strip().lower()] = [told.strip()] if told.strip() else []
        elif line.startswith((" ", "\t", "-")) and line.strip():
            own.append(line.strip())
    return {key: yaml_value(own) for key, own in lines.items()}, found.end()


def as_told(value: Any) -> Any:
    """A value of TOML, whose days and numbers are texts here."""
    return value if isinstance(value, (str, list, dict)) else str(value)


def yaml_value(lines: list[str]) -> str | list[str]:
    """What the lines behind a name in YAML tell: a text, or a list of some. Of things with names their names."""
    first, *more = lines or [""]
    if first.startswith("[") and first.endswith("]"):
        return [bare(item) for item in ITEM.findall(first[1:-1])]
    if first.startswith("- ") or (first.startswith("name:") and more):
        items = [line.removeprefix("- ").lstrip() for line in lines]
        named = [item.removeprefix("name:") for item in items if item.startswith("name:")]
        return [bare(item) for item in named or items]
    return bare(" ".join(more if BLOCK.match(first) else lines))


def bare(text: str) -> str:
    """A text of YAML as it is meant: without the quotation marks around it, "" where it says that there is none.

    >>> bare('"Dia bilang \\\\"ya\\\\"."'), bare("'Jum''at'"), bare('Dia bilang "ya"'), bare("null")
    ('Dia bilang "ya".', "Jum'at", 'Dia bilang "ya"', '')
    """
    text = text.strip()
    if found := QUOTED.fullmatch(text):
        if found[1] is None:
            return found[2].replace("''", "'")
        with suppress(ValueError):
            return str(json.loads(f'"{found[1]}"', strict=False))
        return found[1]
    return "" if text.lower() in ("null", "~") else text
