"""The likeliest sentences are read once more, alone, and both readings have a say."""

from dataclasses import replace

import numpy as np
import pytest
from doubles import WordReader
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span
from index.splitter import split_sentences
from qa.answers import Passage
from qa.decoding import Candidate, WindowLogits, merge, quotes_in
from qa.readable import Readable
from qa.reading import read_enough
from qa.second_look import NEAR, SENTENCES, Reading, blended, likeliest, look_again

TEXT = "Rapat digelar Selasa. Ketua bernama Sari. Hujan turun lagi."
SENTENCES_OF_TEXT = split_sentences(TEXT)


def logits(offsets, start, end, passage=0):
    rows = np.array([(0, 0), *offsets], dtype=np.int64)
    context = np.array([False] + [True] * len(offsets))
    return WindowLogits(passage, np.array([0, *start], np.float32), np.array([0, *end], np.float32), rows, context)


class Recording(WordReader):
    """Remembers the texts that it was given, call by call."""

    def __init__(self):
        self.calls = []

    def read_many(self, asked):
        self.calls.append([list(texts) for _, texts in asked])
        return super().read_many(asked)


def reading_of(reader, question, text):
    windows, sentences = reader.read(question, [text]), split_sentences(text)
    return Reading(question, [Readable(text, sentences)], windows, quotes_in(windows, [text], [sentences]))


def test_a_sentence_has_the_mean_of_both_readings_and_the_rest_of_the_window_its_own():
    #               Hanoi   .       Ia      pergi
    window = logits([(0, 5), (5, 6), (6, 9), (9, 15)], [4, 0, 2, 6], [4, 0, 8, 2])  # offsets with the space before
    alone = logits([(7, 9), (9, 15)], [4, 0], [0, 6])  # and without it
    both = blended(window, [alone], Span(7, 15))
    assert both.start.tolist() == [0, 4, 0, 3, 3]
    assert both.end.tolist() == [0, 4, 0, 4, 4]
    assert window.start.tolist() == [0, 4, 0, 2, 6]


def test_tokens_that_were_cut_differently_keep_their_logits():
    window = logits([(0, 3), (3, 8)], [4, 2], [1, 3])
    alone = logits([(0, 4), (4, 8)], [0, 0], [0, 1])
    both = blended(window, [alone], Span(0, 8))
    assert both.start.tolist() == [0, 4, 1]
    assert both.end.tolist() == [0, 1, 2]


def test_a_sentence_that_was_read_in_several_windows_has_each_token_once():
    window = logits([(0, 2), (2, 4), (4, 6)], [8, 8, 8], [8, 8, 8])
    first, second = logits([(0, 2), (2, 4)], [0, 2], [0, 0]), logits([(2, 4), (4, 6)], [4, 6], [4, 4])
    both = blended(window, [first, second], Span(0, 6))
    assert both.start.tolist() == [0, 4, 5, 7]


def test_a_reading_without_any_token_of_the_text_changes_nothing():
    window = logits([(0, 2)], [8], [8])
    assert blended(window, [logits([], [], [])], Span(0, 2)).start.tolist() == [0, 8]


def test_only_sentences_near_the_best_are_read_again_and_few_of_them():
    best = 5.0
    places = [Span(14, 20), Span(36, 40), Span(42, 47)]
    reading = Reading("?", [Readable(TEXT, SENTENCES_OF_TEXT)], [], [])
    close = [Candidate(0, span, best - 0.1 * at) for at, span in enumerate(places)]
    assert likeliest(reading, close) == ["Rapat digelar Selasa.", "Ketua bernama Sari."][:SENTENCES]
    far = [Candidate(0, span, best - 2 * NEAR * at) for at, span in enumerate(places)]
    assert likeliest(reading, far) == ["Rapat digelar Selasa."]
    assert likeliest(reading, []) == []


def test_one_sentence_in_two_passages_is_read_once_and_weighs_in_both():
    texts = [TEXT, "Ketua bernama Sari. Sungai meluap."]
    passages = [Readable(text, split_sentences(text)) for text in texts]
    reader = Recording()
    windows = reader.read("Ketua bernama?", texts)
    quotes = quotes_in(windows, texts, [passage.units for passage in passages])
    reading = Reading("Ketua bernama?", passages, windows, quotes)
    (quotes,) = look_again(reader, [reading], [merge(reading.quotes, texts)])
    assert reader.calls == [[["Ketua bernama Sari."]]]
    assert {quote.passage for quote in quotes if quote.span.cut(texts[quote.passage]) == "Sari"} == {0, 1}


def test_a_passage_of_one_sentence_was_read_alone_already():
    reader = Recording()
    reading = reading_of(reader, "Ketua bernama?", "Ketua bernama Sari.")
    assert look_again(reader, [reading], [merge(reading.quotes, [own.text for own in reading.passages])]) == [
        reading.quotes
    ]
    assert reader.calls == []


class Fickle(WordReader):
    """Quotes the last word of a sentence that stands alone, and what WordReader quotes among others."""

    def read(self, question, passages):
        windows = super().read(question, passages)
        for window, text in zip(windows, passages, strict=True):
            if len(split_sentences(text)) == 1:
                window.start[1:] = window.end[1:] = -20
                window.start[-1] = window.end[-1] = 0
        return windows


def test_what_only_one_reading_quotes_loses_to_what_both_quote():
    text = "Ketua bernama Sari hadir. Hujan turun lagi."
    reading = reading_of(Fickle(), "Ketua bernama?", text)
    (quotes,) = look_again(Fickle(), [reading], [merge(reading.quotes, [own.text for own in reading.passages])])
    scores = {quote.span.cut(text): quote.score for quote in quotes}
    assert scores["Sari"] == pytest.approx((8 - 40) / 2)
    assert scores["hadir"] == pytest.approx((-16 + 0) / 2)
    assert max(quotes, key=lambda quote: quote.score).span.cut(text) == "hadir"


class Unsure(WordReader):
    """Sees little difference between the right word and others."""

    def read(self, question, passages):
        return [replace(w, start=w.start / 3, end=w.end / 3) for w in super().read(question, passages)]


def test_quotes_of_sentences_that_were_not_read_again_stay_as_they_were():
    reading = reading_of(Unsure(), "Ketua bernama?", TEXT)
    (quotes,) = look_again(Unsure(), [reading], [merge(reading.quotes, [own.text for own in reading.passages])])
    elsewhere = [quote for quote in reading.quotes if quote.sentence != SENTENCES_OF_TEXT[1]]
    assert elsewhere
    assert [quote for quote in quotes if quote.sentence != SENTENCES_OF_TEXT[1]] == elsewhere


def test_questions_share_the_second_reading():
    def passage(text):
        return Passage(Article.from_text(text), Span(0, len(text)), 0.9, tuple(split_sentences(text)), "id")

    reader = Recording()
    asked = [("Ketua bernama?", (passage(TEXT),)), ("Rapat digelar?", (passage(TEXT),))]
    candidates = read_enough(reader, asked)
    assert reader.calls == [[[TEXT], [TEXT]], [["Ketua bernama Sari."], ["Rapat digelar Selasa."]]]
    assert [own[0].span.cut(TEXT) for own in candidates] == ["Sari", "Selasa"]


@given(st.lists(st.sampled_from(["Ketua bernama Sari.", "Hujan turun lagi.", "Rapat digelar Selasa."]), min_size=1))
def test_every_quote_lies_within_its_sentence_after_both_readings(parts):
    text = " ".join(parts)
    reading = reading_of(WordReader(), "Ketua bernama?", text)
    (quotes,) = look_again(WordReader(), [reading], [merge(reading.quotes, [own.text for own in reading.passages])])
    assert all(quote.sentence in split_sentences(text) and quote.sentence.contains(quote.span) for quote in quotes)
