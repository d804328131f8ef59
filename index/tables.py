"""Tables within a text, whose rows are put into words for the models.

They learnt from sentences: in ``| Ashby | 1,250 | 4 |`` they neither see what 4 counts nor keep to one cell. A row is
read as what it says, "Town Ashby, Evacuated: 1,250. Town Ashby, Injured: 4.", and each character is known by its place.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise
from operator import attrgetter
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from index.article import Span

LONGEST_KEY = 80  # characters; what is longer is a text of its own, and not what names a row or a column
LOOKED_AT = 50  # rows from which it is told what their columns are
LARGEST_COUNT = 1000  # what is as large is a year
NAME = 40  # characters; what is longer names no column
LINE = re.compile(r"^[^\n|]*\|[^\n]*$", re.MULTILINE)
BAR = re.compile(r"(?<!\\)\|")
YEAR = re.compile(r"(?:19|20)\d\d")  # as a name of a column
RULE = re.compile(r"(?=[^-]*-)[\s|:+-]+")
REMEMBERED = 4  # texts whose tables are kept: several passages of an article are read for one question

Piece = tuple[str, int]  # some characters, and where they begin in the text, −1 where it has them not


@dataclass(frozen=True, slots=True)
class Row:
    """A row's line and cells, as spans of the text without white space around them.

    ``keys`` are the texts of the cells in ``columns``, which name the row; where only some of them are empty, these
    have that of the row above.
    ``section`` is what the rows stand under, a row with nothing but a name.
    """

    span: Span
    cells: tuple[Span, ...]
    columns: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    section: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Lines of a text that are a table.

    ``names`` are those of its columns, "" where none is known; ``keys`` the columns that name its rows.
    """

    span: Span
    names: tuple[str, ...]
    keys: tuple[int, ...]
    rows: tuple[Row, ...]


Part = TypeVar("Part", Row, Table)


@dataclass(frozen=True, slots=True)
class Wording:
    """A stretch of a text as models read it, and where each of its characters stands in that text.

    ``places`` (n,) int64 counts from the beginning of the stretch, −1 for what was put in.
    """

    text: str
    places: npt.NDArray[np.int64]

    def back(self, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Ranges of the wording's characters (t, 2) as ranges of the text's; (0, 0) for what was put in.

        Of a range that has something put in at its edges the rest counts.
        """
        size = len(self.text)
        numbers = np.arange(size + 1)
        there = np.append(self.places >= 0, False)
        ahead = np.minimum.accumulate(np.where(there, numbers, size)[::-1])[::-1]
        before = np.maximum.accumulate(np.where(there, numbers, -1))
        first, last = ahead[np.minimum(offsets[:, 0], size)], before[np.clip(offsets[:, 1] - 1, 0, size)]
        kept = (offsets[:, 1] > offsets[:, 0]) & (first <= last)
        places = np.append(self.places, -1)
        found = np.stack([places[first], places[last] + 1], axis=1)
        return np.where((kept & (found[:, 0] < found[:, 1]))[:, None], found, 0)


@lru_cache(REMEMBERED)
def tables_in(text: str) -> tuple[Table, ...]:
    """The tables of a text: two lines or more with bars, of one width.

    >>> table = tables_in("Kota | Luka\\nAshby | 4\\nUpton | 1")[0]
    >>> table.names, [cell.cut("Kota | Luka\\nAshby | 4\\nUpton | 1") for cell in table.rows[1].cells]
    (('Kota', 'Luka'), ['Upton', '1'])
    """
    found: list[Table] = []
    block: list[Span] = []
    for match in LINE.finditer(text) if "|" in text else ():
        if block and text.count("\n", block[-1].end, match.start()) != 1:
            found += table_of(text, block)
            block = []
        block.append(without_space(text, *match.span()))
    return tuple(found + table_of(text, block))


def table_of(text: str, lines: Sequence[Span]) -> list[Table]:
    """The table of neighbouring lines; none where they are no table."""
    rules = [at for at, line in enumerate(lines) if RULE.fullmatch(text, line.start, line.end)]
    under = frozenset(rules)
    outer = (
        all(text[line.start] == "|" for line in lines),
        all(text[line.end - 1] == "|" for line in lines),
    )
    rows = [Row(line, cells_in(text, line, outer)) for at, line in enumerate(lines) if at not in under]
    width = max((len(row.cells) for row in rows), default=0)
    alike = sum(len(row.cells) == width for row in rows)
    if width < 2 or alike < 2 or 2 * alike < len(rows):
        return []
    told = [[cell.cut(text) for cell in row.cells] for row in rows[:LOOKED_AT]]
    # Of a caption with a rule of its own each line up to the second rule is of the head.
    ruled = rules[1] - 1 if len(rules) > 1 and rules[:2] == [1, 3] else rules[0] if rules and rules[0] else 0
    count = head_of(told, width, ruled)
    keys = keys_of(told[count:], width)
    above, section = [""] * len(keys), ""
    for at, row in enumerate(rows[count:], count):
        first = row.cells[0].cut(text)
        total = keys == (1,) and has_letter(first) and not any(map(len, row.cells[1:2]))  # below numbers
        columns = (0,) if total else keys
        own = [row.cells[key].cut(text) if key < len(row.cells) else "" for key in columns]
        if any(own):  # else it is about none of the rows above: a total without a name
            own = above = [new or old for new, old in zip(own, above, strict=True)]
        opens = width > 2 and at + 1 < len(rows) and only_named(row) and len(rows[at + 1].cells[0]) > 0
        rows[at] = replace(row, columns=columns, keys=tuple(own), section="" if opens else section)
        if opens:
            section = first if len(first) <= LONGEST_KEY else ""
    return [
        Table(
            span=Span(lines[0].start, lines[-1].end),
            names=names_of(told[:count], width),
            keys=keys,
            rows=tuple(rows[count:]),
        )
    ]


def cells_in(text: str, line: Span, outer: tuple[bool, bool]) -> tuple[Span, ...]:
    """The cells of a line, empty ones, too. ``outer``: whether its table has bars before and behind all cells.

    >>> text = "| a | | b \\\\| c |"
    >>> [cell.cut(text) for cell in cells_in(text, Span(0, len(text)), (True, True))]
    ['a', '', 'b \\\\| c']
    """
    bars = [bar.start() for bar in BAR.finditer(text, line.start, line.end)]
    starts, ends = [line.start, *(bar + 1 for bar in bars)], [*bars, line.end]
    if outer[0] and bars and bars[0] == line.start:
        starts, ends = starts[1:], ends[1:]
    if outer[1] and bars and bars[-1] == line.end - 1:
        starts, ends = starts[:-1], ends[:-1]
    return tuple(without_space(text, start, end) for start, end in zip(starts, ends, strict=True))


def without_space(text: str, start: int, end: int) -> Span:
    """A range without the white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def head_of(told: Sequence[Sequence[str]], width: int, ruled: int) -> int:
    """How many of the first rows name the columns: those above a rule, else the first one where it looks like it."""
    count = ruled
    first, body = told[0], told[1:]
    figures = [has_digit(cell) and not (width > 2 and YEAR.fullmatch(cell)) for cell in first]
    if not count and len(first) == width and body and all(first[1:]) and not any(figures):
        counted = any(
            2 * sum(has_digit(row[at]) for row in body if at < len(row)) > len(body) for at in range(1, width)
        )
        short = width > 2 and len(set(first)) == width and max(map(len, first)) <= NAME
        count = int(counted or short)
    # The second line of a head whose cells share one above them.
    if (
        0 < count < len(told) - 1
        and not told[count][0]
        and all(not has_digit(cell) or ("" in told[count - 1][1:] and YEAR.fullmatch(cell)) for cell in told[count])
    ):
        count += 1
    return count if count < len(told) else 0


def only_named(row: Row) -> bool:
    """Whether a row has nothing but its first cell."""
    return len(row.cells[0]) > 0 and not any(map(len, row.cells[1:]))


def names_of(head: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """A name for each column, from all lines of the head but a caption. One above several columns names all of them.

    >>> names_of([["Kota", "Korban", ""], ["", "Luka", "Tewas"]], 3), names_of([["Korban", ""], ["Kota", "Luka"]], 2)
    (('Kota', 'Korban Luka', 'Korban Tewas'), ('Kota', 'Luka'))
    """
    named = [list(row) for row in head if sum(map(bool, row)) > 1] or [list(row) for row in head]
    for above, below in pairwise(named):
        for at in range(1, min(len(above), len(below))):
            if not above[at] and below[at] and below[at - 1]:
                above[at] = above[at - 1]
    names = (" ".join(row[at] for row in named if at < len(row) and row[at]) for at in range(width))
    return tuple(name if len(name) <= LONGEST_KEY else "" for name in names)


def keys_of(body: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """The columns that name the rows: the first one that does not count them, with another one where it takes two.

    >>> keys_of([["1", "Ari"], ["2", "Budi"]], 2), keys_of([["Jabar", "Bogor", "1"], ["Jabar", "Depok", "2"]], 3)
    ((1,), (0, 1))
    >>> keys_of([["Senin", "08.00", "Argo"], ["Senin", "10.00", "Sembrani"]], 3)
    (0, 2)
    """
    columns = [[row[at] if at < len(row) else "" for row in body] for at in range(width)]
    first = int(are_counts(columns[0]) and any(map(has_letter, columns[1])))
    told = [cell for cell in columns[first] if cell]
    if len(set(told)) == len(columns[first]) or first + 2 >= width:
        return (first,)
    if any(map(has_letter, columns[first + 1])):
        return (first, first + 1)
    rows = [row for row in range(len(body)) if columns[first][row]]
    telling = (
        at
        for at in range(first + 2, width)
        if any(map(has_letter, columns[at]))
        and len({(columns[first][row], columns[at][row]) for row in rows}) == len(rows)
    )
    return (first, *islice(telling, 1))


def are_counts(cells: Sequence[str]) -> bool:
    """Whether most cells number their rows: 1, 2, 3, or 1, 2, 2, 4, but no years. Others may be empty, or name totals.

    >>> are_counts(["1", "2", "", "T18", "Total"]), are_counts(["2018", "2019"])
    (True, False)
    """
    told = [own for cell in cells if has_digit(own := cell.strip(".=T")) and not has_letter(own)]
    numbers = [int(cell) if cell.isdecimal() and len(cell) < 4 else LARGEST_COUNT for cell in told]
    if 2 * len(told) <= len(cells) or max(numbers) == LARGEST_COUNT:
        return False
    gap = LARGEST_COUNT if numbers[0] == 1 else 2  # those who share a place leave one, and so does what is left out
    return all(0 <= b - a <= gap or b == 1 for a, b in pairwise(numbers))


def has_digit(text: str) -> bool:
    """Whether there is a digit in it."""
    return any(map(str.isdigit, text))


def has_letter(text: str) -> bool:
    """Whether there is a letter in it."""
    return any(map(str.isalpha, text))


def in_words(text: str, stretch: Span, tables: Sequence[Table]) -> Wording | None:
    """A stretch of a text as a reader reads it, the rows of its ``tables`` in words; None where no table is in it.

    Lines that name the columns are left out: their names stand in each row.

    >>> text = "| Kota | Luka |\\n|---|---|\\n| Ashby | 4 |"
    >>> wording = in_words(text, Span(0, len(text)), tables_in(text))
    >>> wording.text, wording.back(np.array([[11, 12], [0, 4], [5, 10]])).tolist()
    ('Kota Ashby, Luka: 4.\\n', [[0, 0], [0, 0], [28, 33]])
    """
    pieces: list[Piece] = []
    ahead = stretch.start
    for table in reached(tables, stretch):
        if table.span.start > ahead:
            pieces.append((text[ahead : table.span.start], ahead))
        for row in reached(table.rows, stretch):
            for number, (_, told) in enumerate(statements(text, row, table, stretch)):
                pieces += [(" ", -1), *told] if number else told
            pieces.append(("\n", -1))
        ahead = min(table.span.end, stretch.end)
    if not pieces and ahead == stretch.start:
        return None
    return joined([*pieces, (text[ahead : stretch.end], ahead)], stretch.start)


def cells_in_words(text: str, stretch: Span, tables: Sequence[Table]) -> dict[Span, Wording | None]:
    """What each cell in a stretch of a text says by itself; None for those that name rows, which others tell of."""
    found: dict[Span, Wording | None] = {}
    for table in reached(tables, stretch):
        for row in reached(table.rows, stretch):
            found |= {own: None for _, own in cells_within(row, stretch)}
            found |= {own: joined(told, stretch.start) for own, told in statements(text, row, table, stretch) if own}
    return found


def joined(pieces: Sequence[Piece], start: int) -> Wording:
    """Pieces as one wording of a stretch that begins at ``start``."""
    places = [np.arange(at, at + len(part)) - start if at >= 0 else np.full(len(part), -1) for part, at in pieces]
    return Wording("".join(part for part, _ in pieces), np.concatenate(places).astype(np.int64))


def statements(text: str, row: Row, table: Table, stretch: Span) -> Iterator[tuple[Span | None, list[Piece]]]:
    """What a row says of what it is about, as far as in the stretch: a short sentence for each of its other cells, with
    the cell. One for all of them where nothing names the columns, or where there are no others."""
    about = naming(text, row, table, stretch)
    others = [(at, cell) for at, cell in cells_within(row, stretch) if at not in row.columns]
    others.sort(key=lambda own: own[0] < row.columns[0])  # a number that counts the rows comes last
    if not any(table.names):
        told = [(part, at) for _, cell in others for part, at in ((", ", -1), (cell.cut(text), cell.start))]
        yield None, [*about, *([(": " if about else "", -1), *told[1:]] if told else ()), (".", -1)]
    elif not others:
        yield None, [*about, (".", -1)] if about else []
    else:
        for at, cell in others:
            name = table.names[at]
            between = (", " if about and name else "") + (f"{name}: " if name else ": " if about else "")
            yield cell, [*about, (between, -1), (cell.cut(text), cell.start), (".", -1)]


def naming(text: str, row: Row, table: Table, stretch: Span) -> list[Piece]:
    """What a row is about, behind its section: each key with the name of its column, "Provinsi Jabar, Kota Depok"."""
    pieces: list[Piece] = [(row.section, -1)] if row.section else []
    for names, at, key in zip(table.keys, row.columns, row.keys, strict=True):
        if key and len(key) <= LONGEST_KEY:
            name = table.names[names]
            named = "" if not name or key.casefold().startswith(name.casefold()) else f"{name} "
            cell = within(row.cells[at], stretch) if at < len(row.cells) else None
            pieces += [((", " if pieces else "") + named, -1), (cell.cut(text), cell.start) if cell else (key, -1)]
    return pieces


def column_of(text: str, span: Span) -> str:
    """The name of the column in which a span of a text stands, "" for one in no table or in one without names.

    >>> column_of("Kota | Luka | Hilang\\nAshby | 4 | 1", Span(29, 30))
    'Luka'
    """
    found = row_around(tables_in(text), span)
    if found is None:
        return ""
    row, table = found
    return next((table.names[at] for at, cell in cells_within(row, span) if cell == span), "")


def row_around(tables: Sequence[Table], span: Span) -> tuple[Row, Table] | None:
    """The row that a span of a text is in, with its table."""
    for table in reached(tables, span):
        for row in reached(table.rows, span):
            if row.span.contains(span):
                return row, table
    return None


def reached(parts: Sequence[Part], stretch: Span) -> Sequence[Part]:
    """The tables of a text, or the rows of a table, that a stretch has something of."""
    first = bisect_right(parts, stretch.start, key=attrgetter("span.end"))
    return parts[first : bisect_left(parts, stretch.end, lo=first, key=attrgetter("span.start"))]


def cells_within(row: Row, stretch: Span) -> list[tuple[int, Span]]:
    """The columns of a row's cells that a stretch has something of, each with what it has."""
    first = bisect_right(row.cells, stretch.start, key=attrgetter("end"))
    last = bisect_left(row.cells, stretch.end, lo=first, key=attrgetter("start"))
    return [(at, own) for at in range(first, last) if (own := within(row.cells[at], stretch))]


def within(cell: Span, stretch: Span) -> Span | None:
    """What of a cell lies in a stretch, None for nothing."""
    first, last = max(cell.start, stretch.start), min(cell.end, stretch.end)
    return Span(first, last) if first < last else None


def as_told(text: str, spans: Sequence[Span]) -> list[str]:
    """The sentences of a text as an encoder reads them: rows of tables with the names of their columns.

    >>> text = "Kota | Luka | Hilang\\nAshby | 4 | 1"
    >>> as_told(text, [Span(0, 20), Span(21, 34)])
    ['Kota | Luka | Hilang', 'Kota Ashby: Luka 4, Hilang 1']
    """
    tables = tables_in(text)
    found = ((span, row_around(tables, span)) for span in spans)
    return [span.cut(text) if own is None else of_row(text, span, *own) for span, own in found]


def of_row(text: str, span: Span, row: Row, table: Table) -> str:
    """A sentence that is a row of a table, or part of one: "Kota Ashby: Luka 4, Hilang 1"."""
    about = "".join(part for part, _ in naming(text, row, table, row.span))
    others = [
        f"{table.names[at]} {cell.cut(text)}".strip() for at, cell in cells_within(row, span) if at not in row.columns
    ]
    return ": ".join(filter(None, (about, ", ".join(others)))) or span.cut(text)
