"""Tables and JSON: an article for each row or object with named fields."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Literal

from index.article import Article, Document, Failure, Original, is_address
from index.errors import ArticleError
from index.parsers.charset import TEXT_BYTES, text_of
from index.parsers.metadata import COLUMNS, iso_date, language_code
from index.parsers.web import entry_source, looks_like_html, markup_text, shared_links

SEPARATOR_LINE = re.compile(r'\s*"?sep=([,;|\t])"?[\r\n]+', re.IGNORECASE)  # tells Excel a separator
NO_SEPARATOR = "\x1f"  # of a table of one column: a comma in it is one of the text
JSON_FEED = "https://jsonfeed.org/version/"


class NoColumn(ArticleError):
    """A row or object has no field that could hold a text."""


def parse_csv(data: bytes, name: str, _depth: int = 0) -> Iterator[Document | Failure]:
    """A table with named columns: one must hold the text.

    A row with more cells than that would be read cut off, and one whose quotation marks never close with all behind it.
    """
    whole = text_of(data, name)
    csv.field_size_limit(TEXT_BYTES)
    told = SEPARATOR_LINE.match(whole)
    text = (whole[told.end() :] if told else whole).lstrip("\r\n")
    above = len(whole[: len(whole) - len(text)].splitlines())
    names = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = told[1] if told else max(",;\t|" + NO_SEPARATOR, key=(names + NO_SEPARATOR).count)
    if delimiter != "\t" and '"' in text:
        text = partly_quoted(delimiter).sub(lambda cell: as_cell(cell[1]) + cell[2] if cell[1] else cell[0], text)
    ended = False

    def lines() -> Iterator[str]:
        nonlocal ended
        yield from io.StringIO(text, newline="")
        ended = True

    quoting = quoting_of_tabbed(text) if delimiter == "\t" and '"' not in names else csv.QUOTE_MINIMAL
    rows = csv.reader(lines(), delimiter=delimiter, quoting=quoting)
    wide, begins, unclosed = [], 2, 0
    try:
        columns = next(rows, [])
        for number, cells in enumerate(filter(None, rows), start=1):
            begins, began = rows.line_num + 1, begins
            if ended:  # within the row, which wanted more
                unclosed = above + began
            elif any(map(str.strip, cells[len(columns) :])):  # what the head has no name for
                wide.append(above + rows.line_num)
            else:
                yield from of_record(row_of(columns, cells), name and f"{name}#{number}", name)
    except csv.Error as error:
        raise ArticleError(f"{name} cannot be read as a table ({error})", "damaged", name=name) from error
    if wide:
        why = (
            f"{name} has more cells than columns in {len(wide):,} of its rows, the first in line {wide[0]:,}; "
            f"put texts that have a {delimiter!r} in quotation marks"
        )
        yield Failure.of(name, ArticleError(why, "too_wide", name=name, rows=len(wide), line=wide[0]))
    if unclosed:
        why = (
            f"{name} ends within quotation marks of the row that begins in line {unclosed:,}, which is not read; close "
            "them, double those that are part of a text, or fetch the table again if it was cut off"
        )
        yield Failure.of(name, ArticleError(why, "unclosed", name=name, line=unclosed))


def partly_quoted(delimiter: str) -> re.Pattern[str]:
    """What finds each cell of a table with what parts it from the next one, and as its first group those of one line
    that begin with a quotation mark which closes within them: the marks are the text's, and would be lost.

    >>> [cell[1] for cell in partly_quoted(",").finditer('"a, b","c" d')]
    [None, '"c" d', None]
    """
    own = re.escape(delimiter)
    whole = rf'"(?:[^"]|"")*+"[ \t]*(?={own}|[\r\n]|\Z)'
    return re.compile(rf'(?:{whole}|("[^"\r\n]*"[^"{own}\r\n][^{own}\r\n]*)|[^{own}\r\n]*)({own}|[\r\n]+|\Z)')


def as_cell(text: str) -> str:
    """A text as a cell of a table."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def row_of(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """A row's cells by the names of their columns: of several with one name the first that has anything in it.

    >>> row_of(["text", "Text ", "text"], ["", "Hujan", "Panas"])
    {'text': 'Hujan'}
    >>> row_of(["title", "text"], ["A"])
    {'title': 'A', 'text': ''}
    """
    row: dict[str, str] = {}
    for column, cell in zip_longest(columns, cells[: len(columns)], fillvalue=""):
        name = column.strip().lower()
        row[name] = row.get(name) or cell
    return row


def quoting_of_tabbed(text: str) -> Literal[0, 3]:
    """Whether quotation marks of a table with tabs are those of its cells, or of its texts, as many programs write such
    tables: there they close within a cell, too.

    >>> quoting_of_tabbed('text\\n"Naik" kata dia.\\n') == csv.QUOTE_NONE
    True
    """
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True):
            pass
    except csv.Error as error:
        if "expected after" in str(error):  # else it ends within one
            return csv.QUOTE_NONE
    return csv.QUOTE_MINIMAL


def parse_json(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """JSON lines, a JSON list, or one object, of named fields: one must hold the text. A JSON Feed, too.

    Many a program leaves out what is empty: an object without a text is passed over, unless none has one.
    """
    rows, window = json_rows(text_of(data, name), name)
    rows = list(rows) if window else rows
    shared = shared_links(map(entry_of, rows)) if window else frozenset()
    lacking, some = None, False
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            why = f"{name}, entry {number}: an object with the fields title and text is wanted"
            raise ArticleError(why, "no_object", name=name, number=number)
        try:
            yield from of_record(row, name and f"{name}#{number}", name, window, shared)
            some = True
        except NoColumn as error:
            lacking = lacking or error
        except RecursionError as error:
            why = f"{name}, entry {number}: its lists lie too deep in each other; give it a text that is none"
            raise ArticleError(why, "too_nested", name=name, number=number) from error
    if lacking and not some:
        raise lacking


def json_rows(text: str, name: str) -> tuple[Iterable[Any], bool]:
    """The entries of a JSON list or a feed, the one object that a text is, else what each of its lines holds; and
    whether it is a feed.

    Raises ArticleError that names the first line that is wrong, and for what a server sent in place of what was wanted.
    """
    if not text.strip():
        return (), False
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        more = "\n{" in text.strip() or getattr(error, "msg", "") == "Extra data"  # than one object, each on its line
        if text.lstrip().startswith("[") or not more:
            raise no_json(name, getattr(error, "lineno", 1), error) from error
        return json_lines(text, name), False
    if is_feed(whole):
        return feed_items(whole), True
    if isinstance(whole, dict) and tells_of_an_error(named(whole)):
        what = f"{name} is what a server says of an error, no article; fetch it again"
        raise ArticleError(what, "server_error", name=name)
    return (whole if isinstance(whole, list) else [whole]), False


def json_lines(text: str, name: str) -> Iterator[Any]:
    """What each line holds that is not blank. Raises ArticleError that names the first one that is wrong."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise no_json(name, number, error) from error
            yield row


def is_feed(whole: Any) -> bool:
    """Whether it is a JSON Feed, as https://jsonfeed.org tells."""
    return isinstance(whole, dict) and str(whole.get("version")).startswith(JSON_FEED)


def tells_of_an_error(by_name: Mapping[str, Any]) -> bool:
    """Whether the one object of a file is what a server tells of an error: it may have a column for texts, too, and is
    saved in a feed's place by ``curl`` and the like.

    >>> tells_of_an_error({"error": {"code": 429}, "text": "Wait."}), tells_of_an_error({"text": "A", "error": None})
    (True, False)
    """
    status = by_name.get("status")
    return (
        bool(by_name.get("error") or by_name.get("errors"))
        or any(by_name.get(went_well) is False for went_well in ("ok", "success"))
        or (status in ("error", "fail") if isinstance(status, str) else status in range(400, 600))
    )


def feed_items(feed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The items of a JSON Feed, with their text by name and what the feed says of all of them."""
    items = feed.get("items")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield {
                "language": feed.get("language"),
                "author": item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author"),
                **{key: value for key, value in item.items() if key not in ("author", "authors")},
                "text": item.get("content_text") or {"rendered": item.get("content_html")},
            }


def no_json(name: str, line: int, error: Exception) -> ArticleError:
    """That a line is wrong, and how."""
    why = getattr(error, "msg", "") or ("too deep" if isinstance(error, RecursionError) else str(error))
    what = f"{name} is no JSON in line {line:,} ({why}); give a list of objects, or one object a line"
    return ArticleError(what, "no_json", name=name, line=line)


def named(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row by its columns' names, in lower case."""
    return {str(key).strip().lower(): value for key, value in row.items() if key is not None}


def told_of(by_name: Mapping[str, Any], field: str) -> str:
    """What a row tells of one of the fields: of its source an address, where it has one."""
    address = first_told(by_name, COLUMNS[field], web_address) if field == "source" else ""
    return address or first_told(by_name, COLUMNS[field], READERS.get(field, as_text))


def entry_of(row: Mapping[Any, Any]) -> tuple[str, str, str]:
    """The link, id and text of a feed's entry."""
    by_name = named(row)
    return told_of(by_name, "source"), as_text(by_name.get("id") or ""), told_of(by_name, "text")


def of_record(
    row: Mapping[Any, Any], source: str, name: str, window: bool = False, shared: Collection[str] = ()
) -> Iterator[Document]:
    """The article of one row or object, whose columns may have Indonesian or English names, in any case.

    ``shared`` are links that are no addresses of their rows, as several have them.
    """
    by_name = named(row)
    fields = {field: told_of(by_name, field) for field in COLUMNS}
    if not any(column in by_name for column in COLUMNS["text"]):
        raise NoColumn(
            f"{name} has no column for the text, only {', '.join(list(by_name)[:10])}; "
            f"name one of them {' or '.join(COLUMNS['text'][:3])}",
            "no_column",
            name=name,
        )
    if not fields["text"].strip():
        return
    link = "" if fields["source"] in shared else fields["source"]
    window = window or is_post(by_name)
    if window:
        source = entry_source(name, link, as_text(by_name.get("id") or ""), fields["text"])
    yield Document(
        Article.from_text(
            fields["text"],
            title=fields["title"],
            source=link if is_address(link) else source,
            author=fields["author"],
            published=iso_date(fields["published"]),
            language=language_code(fields["language"]),
        ),
        Original("application/json", json.dumps(by_name, ensure_ascii=False, default=str).encode("utf-8", "replace")),
        window=window,
    )


def first_told(by_name: Mapping[str, Any], columns: Iterable[str], read: Callable[[Any], str]) -> str:
    """What the first of the columns tells that tells anything."""
    told = (read(by_name[column]) for column in columns if by_name.get(column))
    return next((text for text in told if text.strip()), "")


def is_post(row: Mapping[str, Any]) -> bool:
    """Whether it is a post as WordPress gives it by its REST interface, which lists the newest ones."""
    return any(isinstance(row.get(name), dict) and "rendered" in row[name] for name in ("title", "content", "excerpt"))


def as_text(value: Any) -> str:
    """A field as text; a list is joined: strings by line ends, lists of words (IndoSum) by spaces.

    "" for an object, but for one with the HTML that WordPress has ``rendered``.

    >>> as_text({"rendered": "Beras &amp; jagung"}), as_text({"a": "b"})
    ('Beras & jagung', '')
    """
    if isinstance(value, list):
        nested = any(isinstance(item, list) for item in value)
        return ("\n" if nested or all(isinstance(i, str) and " " in i for i in value) else " ").join(
            as_text(item) for item in value
        )
    if isinstance(value, dict):
        return markup_text(str(value.get("rendered") or ""))
    return str(value)


def as_prose(value: Any) -> str:
    """A field `as_text`, without the tags of HTML where it looks like that; what is told to be HTML is read once.

    >>> as_prose("<p>Beras &amp; jagung</p>"), as_prose({"rendered": "Tulis &lt;b&gt;tebal&lt;/b&gt;"})
    ('Beras & jagung', 'Tulis <b>tebal</b>')
    """
    text = as_text(value)
    return markup_text(text) if not isinstance(value, dict) and looks_like_html(text) else text


def names_in(value: Any) -> str:
    """Who a field names: a name, an object with one, as schema.org and JSON Feed have it, or several of either.

    A number is no name, but WordPress has that of its author embedded.

    >>> names_in([{"@type": "Person", "name": "Sari Dewi"}, "Budi"]), names_in({"author": [{"name": "Sari"}]})
    ('Sari Dewi, Budi', 'Sari')
    """
    if isinstance(value, list):
        return ", ".join(filter(None, map(names_in, value)))
    if isinstance(value, dict):
        return as_text(value.get("name") or "") or names_in(value.get("author") or "")
    return value if isinstance(value, str) else ""


def address_in(value: Any) -> str:
    """The address in a field, also that of schema.org's page with one."""
    return as_text((value.get("@id") or "") if isinstance(value, dict) else value).strip()


def web_address(value: Any) -> str:
    """The address in a field if it is one on the web, else ""."""
    address = address_in(value)
    return address if is_address(address) else ""


READERS: dict[str, Callable[[Any], str]] = {
    "text": as_prose,
    "title": as_prose,
    "author": names_in,
    "source": address_in,
}
