"""Only as many passages are read as the answer needs."""

import pytest
from doubles import WordReader

from index.article import Article, Span
from index.splitter import split_sentences
from qa.answers import Passage
from qa.ranking import candidates_of
from qa.reading import FIRST, read_enough

TEXTS = ["Harga beras naik.", "Hujan turun lagi.", "Sungai meluap semalam.", "Ketua rapat bernama Sari."]


def passages(texts, similarity=0.9):
    return tuple(
        Passage(Article.from_text(text), Span(0, len(text)), similarity, tuple(split_sentences(text)), "id")
        for text in texts
    )


class CountingReader(WordReader):
    def __init__(self):
        self.seen = []

    def read_many(self, asked):
        self.seen += [(question, list(texts)) for question, texts in asked if texts]
        return super().read_many(asked)


@pytest.mark.parametrize("place", range(len(TEXTS)))
def test_the_answer_is_the_same_as_when_all_are_read_wherever_it_stands(place):
    texts = TEXTS[:-1]
    texts.insert(place, TEXTS[-1])
    given = passages(texts)
    (windows,) = read_enough(CountingReader(), [("Ketua bernama?", given)])
    everything = WordReader().read("Ketua bernama?", texts)
    best, also = (candidates_of(own, given, "Ketua bernama?")[0] for own in (windows, everything))
    assert best == also
    assert (best.passage, best.span.cut(texts[place])) == (place, "Sari")


def test_a_settled_question_costs_the_first_passages_only():
    reader = CountingReader()
    read_enough(reader, [("Ketua bernama?", passages(TEXTS[::-1]))])
    assert [len(texts) for _, texts in reader.seen] == [FIRST]


def test_questions_that_are_open_read_the_rest_together():
    reader = CountingReader()
    asked = [("Ketua bernama?", passages(TEXTS[::-1])), ("Siapa?", passages(TEXTS)), ("Kapan?", passages(TEXTS[:1]))]
    windows = read_enough(reader, asked)
    assert [question for question, _ in reader.seen] == ["Ketua bernama?", "Siapa?", "Kapan?", "Siapa?"]
    assert [sorted({window.passage for window in own}) for own in windows] == [[0, 1], [0, 1, 2, 3], [0]]


def test_a_why_question_reads_everything_as_its_reason_may_stand_further_down():
    reader = CountingReader()
    read_enough(reader, [("Mengapa ketua bernama?", passages(TEXTS[::-1]))])
    assert sum(len(texts) for _, texts in reader.seen) == len(TEXTS)
