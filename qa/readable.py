"""What the reader reads of a passage, and where in it an answer may stand: sentences as they are, tables in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from index.article import Span
from index.tables import Table, Wording, cells_in_words, cells_within, in_words, reached, tables_in
from qa.decoding import WindowLogits, sentence_of
from qa.words import WORD

BESIDE = 5.0  # logits that both ends of a quote lose in a row that the question names less than another one
NAMING = re.compile(r"[^\W\d_]{2}|(?:19|20)\d\d")  # in what may name a row
MARK = re.compile(r"\[\w{1,2}\]")
WORDIER = 10  # so many times the characters are read in words; what takes more is read as it stands


@dataclass(frozen=True, slots=True)
class Readable:
    """A passage as it is read.

    ``units`` are the spans of its text that no answer leaves: sentences, and cells of tables. ``wording`` is what is
    read in its place, None for the text itself; ``cells`` what each cell says alone, None for those that name rows;
    ``beside`` the cells of rows that the question names less than others of their table.
    """

    text: str
    units: Sequence[Span]
    wording: Wording | None = None
    cells: Mapping[Span, Wording | None] | None = None
    beside: Sequence[Span] = ()

    @property
    def to_read(self) -> str:
        """What the reader gets."""
        return self.text if self.wording is None else self.wording.text

    def alone(self, unit: Span) -> str | None:
        """What the reader gets of one unit by itself; None for what says nothing by itself."""
        if self.cells and unit in self.cells:
            wording = self.cells[unit]
            return None if wording is None else wording.text
        return unit.cut(self.text)

    def placed(self, window: WindowLogits) -> WindowLogits:
        """A window of what was read, with the places of its tokens in the text."""
        return self.weighed(window if self.wording is None else moved(window, self.wording))

    def placed_alone(self, window: WindowLogits, unit: Span) -> WindowLogits:
        """The same for a unit that was read by itself."""
        wording = self.cells.get(unit) if self.cells else None
        return self.weighed(
            replace(window, offsets=window.offsets + unit.start) if wording is None else moved(window, wording)
        )

    def weighed(self, window: WindowLogits) -> WindowLogits:
        """A window in whose ``beside`` tokens are less likely."""
        if not self.beside:
            return window
        there = sentence_of(window.offsets, window.context, self.beside) >= 0
        return replace(window, start=window.start - BESIDE * there, end=window.end - BESIDE * there)


def moved(window: WindowLogits, wording: Wording) -> WindowLogits:
    """A window of a wording with the places of its tokens in the text; what was put in is no part of it."""
    offsets = wording.back(window.offsets)
    return replace(window, offsets=offsets, context=window.context & (offsets[:, 1] > 0))


def readable(text: str, span: Span, sentences: Iterable[Span], asked: str) -> Readable:
    """A stretch of an article's text, with its sentences as spans of the text, as it is read for what is ``asked``."""
    tables = tables_in(text) if "|" in (own := span.cut(text)) else ()
    wording = in_words(text, span, tables)
    return Readable(
        own,
        [Span(a.start - span.start, a.end - span.start) for unit in sentences for a in parts_of(unit, tables)],
        None if wording is None or len(wording.text) > WORDIER * len(own) else wording,
        {
            Span(cell.start - span.start, cell.end - span.start): own
            for cell, own in cells_in_words(text, span, tables).items()
        },
        [Span(a.start - span.start, a.end - span.start) for a in named_less(text, span, tables, asked)],
    )


def named_less(text: str, stretch: Span, tables: Sequence[Table], asked: str) -> list[Span]:
    """The cells in a stretch of rows that a question names less than others there, but for those that name the rows.

    "How many were evacuated from Upton?" does not ask for the row of Ashby.
    """
    question = in_plain_words(asked)
    found = []
    for table in reached(tables, stretch):
        rows = reached(table.rows, stretch)
        cells = [cells_within(row, stretch) for row in rows]
        named = [
            named_in(question, (row.section, *row.keys, *(cell.cut(text) for _, cell in own)))
            for row, own in zip(rows, cells, strict=True)
        ]
        most = max(named, default=0)
        for row, own, many in zip(rows, cells, named, strict=True):
            if many < most:
                found += [cell for at, cell in own if at not in row.columns]
    return found


def named_in(question: str, told: Iterable[str]) -> int:
    """How many characters of a question are names that are ``told`` in a row."""
    names = set(map(in_plain_words, told))
    return sum(len(own) for own in names if NAMING.search(own) and own in question)


def in_plain_words(text: str) -> str:
    """The words of a text, small and with a space around each; without the marks of footnotes.

    >>> in_plain_words("Marsh End[a]*")
    ' marsh end '
    """
    return f" {' '.join(WORD.findall(MARK.sub('', text).casefold()))} "


def parts_of(sentence: Span, tables: Sequence[Table]) -> list[Span]:
    """The cells of a sentence that is a row, else the sentence."""
    for table in reached(tables, sentence):
        for row in reached(table.rows, sentence):
            if row.span.contains(sentence):
                return [part for _, part in cells_within(row, sentence)]
    return [sentence]
