"""Only as many passages are read as the answer needs."""

import pytest
from doubles import WordReader

from index.article import Article, Span
from index.splitter import split_sentences
from qa.answers import Passage
from qa.ranking import quotes_of, ranked
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
    (candidates,) = read_enough(CountingReader(), [("Ketua bernama?", given)])
    best = candidates[0]
    everything = quotes_of(WordReader().read("Ketua bernama?", texts), given)
    assert best == ranked(everything, given, "Ketua bernama?")[0]
    assert (best.passage, best.span.cut(texts[place])) == (place, "Sari")


def test_a_settled_question_costs_the_first_passages_only():
    reader = CountingReader()
    read_enough(reader, [("Ketua bernama?", passages(TEXTS[::-1]))])
    assert [len(texts) for _, texts in reader.seen] == [FIRST]


def test_questions_that_are_open_read_the_rest_together():
    reader = CountingReader()
    asked = [("Ketua bernama?", passages(TEXTS[::-1])), ("Siapa?", passages(TEXTS)), ("Kapan?", passages(TEXTS[:1]))]
    candidates = read_enough(reader, asked)
    assert [question for question, _ in reader.seen] == ["Ketua bernama?", "Siapa?", "Kapan?", "Siapa?"]
    seen = [[put for question, texts in reader.seen for put in texts if question == own] for own, _ in asked]
    assert seen == [TEXTS[::-1][:FIRST], TEXTS, TEXTS[:1]]
    assert [own[0].passage for own in candidates[:2]] == [0, 3]


def test_a_why_question_reads_everything_as_its_reason_may_stand_further_down():
    reader = CountingReader()
    read_enough(reader, [("Mengapa ketua bernama?", passages(TEXTS[::-1]))])
    assert sum(len(texts) for _, texts in reader.seen) == len(TEXTS)
