"""What the reader reads of a passage, and where in it an answer may stand: sentences as they are, tables in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index.article import Span
from index.tables import Table, Wording, cells_in_words, cells_within, in_words, row_around, tables_in
from qa.cells import passed_over
from qa.decoding import WindowLogits, sentence_of

WORDIER = 10  # so many times the characters are read in words; what takes more is read as it stands


@dataclass(frozen=True, slots=True)
class Readable:
    """A passage as it is read.

    ``units`` are the spans of its text that no answer leaves: sentences, and cells of tables. ``wording`` is what is
    read in its place, None for the text itself; ``cells`` what each cell says alone, None for those that name rows;
    ``beside`` the cells that the question does not ask for, with the logits that both ends of a quote lose there.
    """

    text: str
    units: Sequence[Span]
    wording: Wording | None = None
    cells: Mapping[Span, Wording | None] | None = None
    beside: Mapping[Span, float] = field(default_factory=dict)

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
        cells = sorted(self.beside)
        losses = np.array([*map(self.beside.__getitem__, cells), 0.0], dtype=np.float32)  # the last one: for no cell
        loss = losses[sentence_of(window.offsets, window.context, cells)]
        return replace(window, start=window.start - loss, end=window.end - loss)


def moved(window: WindowLogits, wording: Wording) -> WindowLogits:
    """A window of a wording with the places of its tokens in the text; what was put in is no part of it."""
    offsets = wording.back(window.offsets)
    return replace(window, offsets=offsets, context=window.context & (offsets[:, 1] > 0))


def readable(text: str, span: Span, sentences: Iterable[Span], asked: str) -> Readable:
    """A stretch of an article's text, with its sentences as spans of the text, as it is read for what is ``asked``."""
    own = span.cut(text)
    tables = tables_in(text) if "|" in own else ()
    wording = in_words(text, span, tables)
    return Readable(
        own,
        [from_start(part, span) for sentence in sentences for part in parts_of(sentence, tables)],
        None if wording is None or len(wording.text) > WORDIER * len(own) else wording,
        {from_start(cell, span): told for cell, told in cells_in_words(text, span, tables).items()},
        {from_start(cell, span): loss for cell, loss in passed_over(text, span, tables, asked).items()},
    )


def from_start(part: Span, stretch: Span) -> Span:
    """A part of a stretch, counted from where that begins."""
    return Span(part.start - stretch.start, part.end - stretch.start)


def parts_of(sentence: Span, tables: Sequence[Table]) -> list[Span]:
    """The cells of a sentence that is a row, else the sentence."""
    found = row_around(tables, sentence)
    return [sentence] if found is None else [part for _, part in cells_within(found[0], sentence)]
