"""Only as many passages are read as the answer needs."""

from dataclasses import replace

import numpy as np
import pytest
from doubles import WordReader

from index.article import Article, Span
from index.splitter import split_sentences
from qa.answers import Passage
from qa.decoding import quotes_in
from qa.ranking import ranked
from qa.reading import FAR, FAR_FROM_WHY, GIVEN_UP, RIVAL, RIVALS, TRIED, read_enough

TEXTS = ["Harga beras naik.", "Hujan turun lagi.", "Sungai meluap semalam.", "Ketua rapat bernama Sari."]


def passages(texts, similarity=0.9, lacking=0.0):
    """Passages of one sentence each, every one ``lacking`` less similar than the one before."""
    return tuple(
        Passage(
            Article.from_text(text), Span(0, len(text)), similarity - at * lacking, tuple(split_sentences(text)), "id"
        )
        for at, text in enumerate(texts)
    )


class CountingReader(WordReader):
    """Notes what it is given. Where it finds nothing it gives ``doubt`` logits over "no answer", not −16."""

    def __init__(self, at_once=1, doubt=-3.0):
        self.seen, self.at_once, self.least = [], at_once, doubt / 2

    def read(self, question, texts):
        windows = super().read(question, texts)
        return [replace(w, start=np.maximum(w.start, self.least), end=np.maximum(w.end, self.least)) for w in windows]

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
    everything = quotes_in(CountingReader().read("Ketua bernama?", texts), texts, [own.sentences for own in given])
    of_all = ranked(everything, given, "Ketua bernama?")[0]
    assert (best.passage, best.span) == (of_all.passage, of_all.span)
    assert (best.passage, best.span.cut(texts[place])) == (place, "Sari")


def test_a_question_that_the_nearest_passage_settles_costs_no_other():
    reader = CountingReader()
    read_enough(reader, [("Ketua bernama?", passages(TEXTS[::-1], lacking=1.01 * RIVAL))])
    assert reader.seen == [("Ketua bernama?", TEXTS[-1:])]


def test_passages_are_read_until_the_question_is_settled():
    reader = CountingReader()
    texts = [TEXTS[0], TEXTS[-1], *TEXTS[1:-1]]
    ((best, *_),) = read_enough(reader, [("Ketua bernama?", passages(texts, lacking=1.01 * RIVAL))])
    assert [put for _, put in reader.seen] == [[texts[0]], [texts[1]]]
    assert best.passage == 1


def test_articles_as_near_as_the_one_that_settles_a_question_are_heard_but_not_many_nor_more_of_it():
    told = [f"Ketua bernama {name}." for name in ("Sari", "Budi", "Joko", "Tuti")]
    reader = CountingReader()
    (candidates,) = read_enough(reader, [("Ketua bernama?", passages(told))])
    assert [text for _, put in reader.seen for text in put][: 1 + RIVALS] == told[: 1 + RIVALS]
    assert told[-1] not in [text for _, put in reader.seen for text in put]
    assert {own.span.cut(told[own.passage]) for own in candidates[:3]} == {"Sari", "Budi", "Joko"}
    whole = Article.from_text(" ".join(told))
    of_one = [Passage(whole, own, 0.9, (own,), "id") for own in split_sentences(whole.text)]
    alone = CountingReader()
    read_enough(alone, [("Ketua bernama?", of_one)])
    assert alone.seen == [("Ketua bernama?", told[:1])]


def test_copies_of_what_was_heard_take_no_rivals_place():
    told = [f"{where}Ketua bernama Sari." for where in ("", "A - ", "B - ", "C - ")] + ["Ketua bernama Budi."]
    given = list(passages(told))
    same = [own.article for own in given[:4]]
    given[:4] = [replace(own, copies=tuple(other for other in same if other != own.article)) for own in given[:4]]
    reader = CountingReader()
    (candidates,) = read_enough(reader, [("Ketua bernama?", tuple(given))])
    assert told[-1] in [text for _, put in reader.seen for text in put]
    assert "Budi" in {own.span.cut(told[own.passage]) for own in candidates}


@pytest.mark.parametrize(("lacking", "count"), [(0.99 * FAR, 2), (1.01 * FAR, 1)])
def test_a_passage_far_behind_the_nearest_one_is_not_read(lacking, count):
    reader = CountingReader()
    read_enough(reader, [("Siapa?", passages(TEXTS[:2], lacking=lacking))])
    assert [put for _, put in reader.seen] == [[text] for text in TEXTS[:count]]


@pytest.mark.parametrize(("doubt", "count"), [(GIVEN_UP + 0.5, len(TEXTS)), (GIVEN_UP - 1, TRIED)])
def test_a_question_that_the_nearest_passages_leave_without_hope_costs_no_others(doubt, count):
    reader = CountingReader(doubt=doubt)
    read_enough(reader, [("Siapa?", passages(TEXTS))])
    assert [put for _, put in reader.seen] == [[text] for text in TEXTS[:count]]


@pytest.mark.parametrize("at_once", [2, 3, 8])
def test_idle_cores_read_on_but_what_they_read_counts_only_when_it_is_needed(at_once):
    texts = [*TEXTS[:2], TEXTS[-1], "Ketua bernama Budi.", TEXTS[2]]
    question = "Ketua bernama?"
    alone, ahead = CountingReader(), CountingReader(at_once)
    assert read_enough(ahead, [(question, passages(texts))]) == read_enough(alone, [(question, passages(texts))])
    assert [len(put) for _, put in ahead.seen[:1]] == [min(at_once, len(texts))]
    assert [put for _, put in alone.seen] == [[text] for text in texts[:3]]


def test_questions_that_are_open_read_on_together():
    reader = CountingReader()
    settled = passages(TEXTS[::-1], lacking=1.01 * RIVAL)
    asked = [("Ketua bernama?", settled), ("Siapa?", passages(TEXTS)), ("Kapan?", passages(TEXTS[:1]))]
    candidates = read_enough(reader, asked)
    assert [question for question, _ in reader.seen[:5]] == ["Ketua bernama?", "Siapa?", "Kapan?", "Siapa?", "Siapa?"]
    seen = [[put for question, texts in reader.seen for put in texts if question == own] for own, _ in asked]
    assert seen == [TEXTS[-1:], TEXTS, TEXTS[:1]]
    assert [own[0].passage for own in candidates[:2]] == [0, 3]


def test_for_a_reason_the_reader_looks_further_from_the_question_than_for_all_else():
    texts = ["Rapat ditunda.", "Ketua sakit.", "Hujan turun."]
    apart = [
        replace(own, similarity=similarity)
        for own, similarity in zip(passages(texts), (0.9, 0.9 - (FAR + FAR_FROM_WHY) / 2, 0.5), strict=True)
    ]
    why, when = CountingReader(), CountingReader()
    read_enough(why, [("Mengapa rapat ditunda?", apart)])
    read_enough(when, [("Kapan rapat ditunda?", apart)])
    assert [text for _, read in why.seen for text in read] == texts[:2]
    assert [text for _, read in when.seen for text in read] == texts[:1]
