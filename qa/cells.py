"""Which cells of tables a question does not ask for, by the names of rows and columns that it says.

The reader knows what a cell says, but takes the number of one row for that of the next one surely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.article import Span
from index.languages import SMALL_WORDS
from index.tables import LONGEST_KEY, Row, Table, cells_within, reached
from qa.words import WORD

OF_OTHER_ROWS = 5.0  # logits that both ends of a quote lose in a row that the question names less than another one
OF_OTHER_COLUMNS = 2.5  # … in a column that it does not name, where it names another one, and the row
ROWS = 100  # of a table in which it is looked for names, beside those of the passage
NAMING = re.compile(r"[^\W\d_]{2}|(?:19|20)\d\d")  # in what may name a row
TOGETHER = re.compile(r"\s+[–—/&+-]+\s+|[(),;]")  # what stands between names in one cell
REMEMBERED = 4096  # cells and names
MARK = re.compile(r"\[\w{1,2}\]")  # of a footnote
SMALL = frozenset[str]().union(*SMALL_WORDS.values())


def passed_over(text: str, stretch: Span, tables: Sequence[Table], asked: str) -> dict[Span, float]:
    """The cells in a stretch that a question does not ask for, with the logits that both ends of a quote lose there.

    "How many were evacuated from Upton?" does not ask for the row of Ashby. Cells that name rows lose nothing.
    """
    question = in_plain_words(asked)
    found: dict[Span, float] = {}
    for table in reached(tables, stretch):
        rows = reached(table.rows, stretch)
        named = [named_in(question, text, row) for row in rows]
        most = max((*named, *(named_in(question, text, row) for row in table.rows[:ROWS])), default=0)
        columns = [at for at, name in enumerate(table.names) if at not in table.keys and is_said(name, question)]
        for row, many in zip(rows, named, strict=True):
            other = many < most
            for at, cell in cells_within(row, stretch):
                if at not in row.columns:
                    found[cell] = OF_OTHER_ROWS * other + OF_OTHER_COLUMNS * bool(
                        most and columns and at not in columns
                    )
    return {cell: loss for cell, loss in found.items() if loss}


def named_in(question: str, text: str, row: Row) -> int:
    """How many characters of a question are names that a row tells; of several in one cell some may do.

    >>> from index.tables import tables_in
    >>> text = "Calon | Suara\\nAri Lubis – Maya Siregar | 131.906\\nYusuf Halim – Rina | 42.508"
    >>> [named_in(" berapa suara ari lubis ", text, row) for row in tables_in(text)[0].rows]
    [11, 0]
    """
    told = (row.section, *row.keys, *(cell.cut(text) for cell in row.cells))
    short = (whole for whole in told if len(whole) <= LONGEST_KEY)
    names = {in_plain_words(own) for whole in short for own in (whole, *TOGETHER.split(whole))}
    return sum(len(own) for own in names if NAMING.search(own) and own in question)


def is_said(name: str, question: str) -> bool:
    """Whether all words of a column's name are in a question; small ones alone, as "From", say nothing.

    >>> [is_said("Harga pekan ini", in_plain_words(q)) for q in ("Harga cabai pekan ini?", "Harga cabai pekan lalu?")]
    [True, False]
    """
    words = set(in_plain_words(name).split())
    return not words <= SMALL and words <= set(question.split())


@lru_cache(REMEMBERED)
def in_plain_words(text: str) -> str:
    """The words of a text, small and with a space around each; without the marks of footnotes.

    >>> in_plain_words("Marsh End[a]*")
    ' marsh end '
    """
    return f" {' '.join(WORD.findall(MARK.sub('', text).casefold()))} "
