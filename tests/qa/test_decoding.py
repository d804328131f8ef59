import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from index.article import Span
from index.splitter import split_sentences
from qa.decoding import Contest, Quote, WindowLogits, agreement, best_spans, merge, quotes_in, sentence_of

LOGITS = st.floats(-10, 10, width=32)


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            hnp.arrays(np.float32, n, elements=LOGITS),
            hnp.arrays(np.float32, n, elements=LOGITS),
            hnp.arrays(np.int64, n, elements=st.integers(-1, 2)),
        )
    ),
    st.integers(1, 6),
    st.integers(1, 8),
)
def test_the_best_spans_are_those_of_trying_all(arrays, longest, k):
    start, end, group = arrays
    tried = sorted(
        -(float(start[i]) + float(end[j]))
        for i in range(len(start))
        for j in range(i, min(len(start), i + longest))
        if group[i] >= 0 and group[i] == group[j]
    )[:k]
    found = best_spans(start, end, group, longest, k)
    assert np.allclose([-score for _, _, score in found], tried, atol=1e-4)
    for first, last, _ in found:
        assert first <= last < first + longest
        assert group[first] == group[last] >= 0
    with_each = best_spans(start, end, group, longest, k, 1)
    assert with_each[: len(found)] == found
    for own in set(group[group >= 0].tolist()):
        alone = np.where(group == own, own, -1)
        (best,) = best_spans(start, end, alone, longest, 1)
        assert any(group[first] == own and np.isclose(score, best[2], atol=1e-4) for first, _, score in with_each)


def window(text, scores, passage=0, question_tokens=1):
    """Logits for a text's words: ``scores`` maps (first word, last word) to the score of that span."""
    offsets, at = [(0, 0)] * question_tokens, 0
    for word in text.split():
        at = text.index(word, at)
        offsets.append((at, at + len(word)))
        at += len(word)
    start = np.full(len(offsets), -9.0, dtype=np.float32)
    end = start.copy()
    for (first, last), score in scores.items():
        start[first + question_tokens] = max(start[first + question_tokens], score / 2)
        end[last + question_tokens] = max(end[last + question_tokens], score / 2)
    context = np.array([False] * question_tokens + [True] * (len(offsets) - question_tokens))
    return WindowLogits(passage, start, end, np.array(offsets), context)


def decoded(texts, windows):
    return merge(quotes_in(windows, texts, [split_sentences(text) for text in texts]), texts)


def test_the_best_candidate_of_all_windows_comes_first():
    texts = ["Rapat di Bandung.", "Rapat di Jakarta."]
    found = decoded(texts, [window(texts[0], {(2, 2): 4}), window(texts[1], {(2, 2): 6}, passage=1)])
    assert found[0].passage == 1
    assert found[0].span.cut(texts[1]) == "Jakarta"
    assert found[0].score == pytest.approx(6, abs=0.1)


def test_a_span_never_reaches_over_a_sentences_end_or_into_the_question():
    text = "Ia pergi. Dia pulang."
    found = decoded([text], [window(text, {(1, 2): 8})])
    assert all(any(s.contains(c.span) for s in split_sentences(text)) for c in found)
    assert decoded([text], [window("Ia pergi. Dia pulang.", {}, question_tokens=5)])


def test_the_same_words_in_two_places_support_each_other_and_are_told_once():
    texts = ["Rapat di Bandung.", "Mereka bertemu di Bandung.", "Makan di Jakarta."]
    one = [window(texts[0], {(2, 2): 4}), window(texts[1], {(3, 3): 4}, passage=1)]
    found = decoded(texts, [*one, window(texts[2], {(2, 2): 4.5}, passage=2)])
    assert [c.span.cut(texts[c.passage]) for c in found].count("Bandung") == 1
    assert found[0].span.cut(texts[found[0].passage]) == "Bandung"
    assert found[0].score == pytest.approx(4 + np.log(2), abs=0.1)


def test_a_span_within_many_likely_ones_is_quoted_before_one_that_stands_alone():
    # By hand: "Ani" has odds e^4, the three spans around "Budi" e^3.8, e^3.7 and e^3.7. "Budi Santoso" reads like none
    # but shares 2 of 2 + 1 words with "Budi" (F1 2/3) and 2 of 2 + 3 with "Pak Budi Santoso" (F1 4/5), each times 0.3.
    texts = ["Ani pulang.", "Pak Budi Santoso pergi."]
    spans = {(1, 2): 3.8, (1, 1): 3.7, (0, 2): 3.7}
    windows = [window(texts[0], {(0, 0): 4.0})]
    windows += [window(texts[1], {span: score}, passage=1) for span, score in spans.items()]
    best, *others = decoded(texts, windows)
    assert best.span.cut(texts[best.passage]) == "Budi Santoso"
    assert best.score == pytest.approx(np.log(np.exp(3.8) + 0.3 * (2 / 3 + 4 / 5) * np.exp(3.7)), abs=0.1)
    assert [c.span.cut(texts[c.passage]) for c in others].count("Ani") == 1


@given(st.lists(st.text(alphabet="ab .,", max_size=12), min_size=1, max_size=12))
def test_agreement_is_whole_with_itself_and_the_same_both_ways(texts):
    matrix = agreement(texts)
    assert np.all(np.diag(matrix) == 1)
    assert np.array_equal(matrix, matrix.T)
    assert np.all((matrix >= 0) & (matrix <= 1))


def test_other_numbers_with_the_same_digits_are_no_support():
    texts = ["1,5 juta", "15 juta", "1.5 juta"]
    assert agreement(texts)[0].round(2).tolist() == [1.0, 0.15, 1.0]


QUOTES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 4), st.floats(-12, 12, width=32)), max_size=30
)


@given(QUOTES, st.floats(-12, 12), st.integers(0, 30))
def test_whether_an_answer_reaches_a_score_is_as_its_own_score_says(drawn, score, cut):
    texts = ["Rapat di Bandung kemarin.", "Rapat di Jakarta itu.", "Sari pulang dari rapat."]
    spans = [[Span(m.start(), m.end()) for m in re.finditer(r"\w+", text)] for text in texts]
    quotes = []
    for passage, first, words, own in drawn:
        span = Span(spans[passage][first].start, spans[passage][min(3, first + words - 1)].end)
        quotes.append(Quote(passage, span, Span(0, len(texts[passage])), own))
    contest = Contest(texts)
    contest.add(quotes[:cut])
    contest.add(quotes[cut:])
    answers = contest.answers()
    assert answers == merge(quotes, texts)
    assert contest.reaches(score) == bool(answers and answers[0].score >= score)
    assert not answers or contest.reaches(answers[0].score)


def test_a_passage_read_twice_counts_once():
    text = "Rapat di Bandung."
    once, twice = decoded([text], [window(text, {(2, 2): 4})]), decoded([text], [window(text, {(2, 2): 4})] * 2)
    assert once[0].score == pytest.approx(twice[0].score)


def test_a_sentence_is_not_crowded_out_by_the_variants_of_a_likelier_one():
    long = "Perundingan itu gagal karena banyak hal yang tidak mereka sepakati di sana malam itu juga."
    text = f"{long} Sanksi menjadi hambatan."
    words = len(long.split())
    spans = {(first, last): 9.0 for first in range(words) for last in range(first, words)}
    logits = window(text, spans | {(words, words): 5.0})
    sentences = list(split_sentences(text))
    found = merge(quotes_in([logits], [text], [sentences]), [text], lambda _, said: 6.0 * said.startswith("Sanksi"))
    assert found[0].span.cut(text) == "Sanksi"


def test_nothing_to_read_gives_no_candidate():
    assert merge(quotes_in([], [], []), []) == []
    assert quotes_in([window("!!! ...", {(0, 1): 3})], ["!!! ..."], [[Span(0, 7)]]) == []


def test_tokens_outside_the_passage_belong_to_no_sentence():
    offsets = np.array([(0, 0), (0, 2), (3, 5), (6, 9)])
    context = np.array([False, True, True, True])
    assert sentence_of(offsets, context, [Span(0, 5), Span(6, 8)]).tolist() == [-1, 0, 0, -1]
