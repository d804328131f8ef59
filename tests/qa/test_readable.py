"""Passages with tables are read in words, and what is quoted stands in one cell."""

import numpy as np
import pytest
from doubles import WordReader

from index.article import Article, Span
from index.splitter import split_sentences
from qa.answers import Passage
from qa.cells import OF_OTHER_COLUMNS, OF_OTHER_ROWS
from qa.decoding import WindowLogits
from qa.ranking import evidence_of
from qa.readable import readable
from qa.reading import read_enough

TABLE = "| Kota | Luka | Hilang |\n|---|---|---|\n| Ashby | 4 | 1 |\n| Upton | 11 | 0 |"
TEXT = f"Banjir melanda lembah itu.\n{TABLE}\nHujan reda."


class Recording(WordReader):
    """Remembers the texts that it was given."""

    def __init__(self):
        self.texts = []

    def read_many(self, asked):
        self.texts += [text for _, texts in asked for text in texts]
        return super().read_many(asked)


def passage(text=TEXT, start=0):
    sentences = tuple(span for span in split_sentences(text) if span.start >= start)
    return Passage(Article.from_text(text), Span(start, len(text)), 0.9, sentences, "id")


def test_text_without_a_table_is_read_as_it_stands():
    own = readable("Hujan turun. Sungai meluap.", Span(13, 27), (Span(13, 27),), "Hujan?")
    assert (own.to_read, own.units, own.alone(Span(0, 14))) == ("Sungai meluap.", [Span(0, 14)], "Sungai meluap.")


def test_the_units_of_a_table_are_its_cells_wherever_the_passage_begins():
    start = TEXT.index("| Upton")
    own = readable(TEXT, Span(start, len(TEXT)), passage(start=start).sentences, "")
    assert [unit.cut(own.text) for unit in own.units] == ["Upton", "11", "0", "Hujan reda."]
    assert own.to_read.splitlines()[0] == "Kota Upton, Luka: 11. Kota Upton, Hilang: 0."
    assert own.alone(own.units[0]) is None
    assert own.alone(own.units[1]) == "Kota Upton, Luka: 11."


def test_tokens_of_what_was_put_in_are_no_part_of_the_passage():
    own = readable(TEXT, Span(0, len(TEXT)), passage().sentences, "")
    at = own.to_read.index("Kota Upton, Luka: 11")
    offsets = np.array([(0, 0), (at, at + 4), (at + 4, at + 10), (at + 17, at + 20)], dtype=np.int64)
    zeros = np.zeros(4, np.float32)
    window = own.placed(WindowLogits(0, zeros, zeros, offsets, np.array([False, True, True, True])))
    assert window.context.tolist() == [False, False, True, True]
    assert [TEXT[a:b] for a, b in window.offsets[2:]] == ["Upton", "11"]


@pytest.mark.parametrize(("question", "quote", "column"), [("Luka?", "4", "Luka"), ("melanda?", "lembah", "")])
def test_a_quote_of_a_table_stands_in_one_cell_and_tells_its_column(question, quote, column):
    given, reader = (passage(),), Recording()
    ((best, *_),) = read_enough(reader, [(question, given)])
    assert "Kota Upton, Luka: 11." in reader.texts[0]
    evidence = evidence_of(best, given)
    assert (evidence.text, evidence.column) == (quote, column)
    assert evidence.text == evidence.answer.cut(TEXT)
    assert evidence.sentence.contains(evidence.answer)


def test_a_table_that_takes_too_many_words_is_read_as_it_stands():
    name = "Jumlah orang yang mengungsi menurut laporan yang terakhir"
    text = f"| Kota | {' | '.join(40 * [name])} |\n|{41 * '---|'}\n| Ashby{40 * ' | 4'} |\n| Upton{40 * ' | 5'} |"
    span = Span(text.index("| Ashby"), len(text))
    own = readable(text, span, [own for own in split_sentences(text) if span.contains(own)], "")
    assert own.to_read == span.cut(text)
    assert own.alone(own.units[1]) == f"Kota Ashby, {name}: 4."


ROW, COLUMN = OF_OTHER_ROWS, OF_OTHER_COLUMNS


@pytest.mark.parametrize(
    ("asked", "losses"),
    [
        ("Berapa orang di Upton?", {"4": ROW, "1": ROW}),
        ("Luka di Upton?", {"4": ROW, "1": ROW + COLUMN, "0": COLUMN}),
        ("Orang di Ashby, bukan Upton?", {}),
        ("Berapa yang luka?", {}),  # a column alone may be named for something else
        ("Berapa yang luka di Depok?", {}),
    ],
)
def test_cells_of_rows_and_columns_that_a_question_does_not_name_are_less_likely_than_those_that_it_names(
    asked, losses
):
    own = readable(TEXT, Span(0, len(TEXT)), passage().sentences, asked)
    assert {cell.cut(TEXT): loss for cell, loss in own.beside.items()} == losses
    at = TEXT.index("| 4") + 2
    offsets, zeros = np.array([(0, 0), (at, at + 1)], dtype=np.int64), np.zeros(2, np.float32)
    window = own.weighed(WindowLogits(0, zeros, zeros, offsets, np.array([False, True])))
    assert window.start.tolist() == window.end.tolist() == [0, -losses.get("4", 0)]


def test_a_row_that_is_named_counts_though_the_passage_has_it_not():
    start = TEXT.index("| Upton")
    own = readable(TEXT, Span(start, len(TEXT)), passage(start=start).sentences, "Berapa orang di Ashby?")
    assert [cell.cut(own.text) for cell in own.beside] == ["11", "0"]
