"""Every measure against cases worked out by hand."""

import math
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.metrics import (
    auroc,
    exact_match,
    expected_calibration_error,
    f1,
    mean_reciprocal_rank,
    normalize_answer,
    recall_at,
    reliability,
    risk_coverage,
)


def test_english_articles_are_dropped_from_english_only():
    assert exact_match("the talks", ["Talks."], "en")
    assert not exact_match("a talk", ["talk"], "id")
    assert normalize_answer("Surat An Nisa", "id") == ["surat", "an", "nisa"]
    assert normalize_answer("Surat An Nisa", "en") == ["surat", "nisa"]


def test_typographic_marks_are_punctuation_too():
    assert exact_match("“Kim Jong-un”", ["Kim Jong-un"], "id")
    assert exact_match("5–6 — tahun", ["56 tahun"], "id")


def test_no_gold_is_matched_by_silence_alone():
    assert exact_match("", [])
    assert f1("", []) == 1.0
    assert not exact_match("Hanoi", [])
    assert f1("Hanoi", []) == 0.0
    assert f1("", ["Hanoi"]) == 0.0


def test_f1_counts_each_shared_word_once_and_takes_the_nearest_gold():
    # 2 of 3 predicted, 2 of 4 wanted: P 2/3, R 1/2, F1 4/7
    assert math.isclose(f1("dua hari kedua", ["selama dua hari penuh"]), 4 / 7)
    assert math.isclose(f1("ya ya", ["ya"]), 2 / 3)
    assert f1("ya", ["tidak", "ya"]) == 1.0


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    # pairs: 3>2, 3>0, 1<2, 1>0: three of four
    assert auroc([3, 1, 2, 0], [True, True, False, False]) == 0.75
    assert auroc([1, 1, 1], [True, False, False]) == 0.5
    assert auroc([1, 2], [True, True]) is None


def test_calibration_error_weighs_each_bin_by_its_size():
    # bin of 0.9: right 1 of 2 → 0.4 apart, weight 2/4; bin of 0.1: right 0 of 2 → 0.1 apart
    assert math.isclose(expected_calibration_error([0.9, 0.9, 0.1, 0.1], [True, False, False, False]), 0.25)
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0
    assert expected_calibration_error([], []) is None


def test_a_certain_chance_falls_into_the_last_bin():
    (only,) = reliability([1.0, 0.99], [True, False])
    assert (only.count, only.accuracy) == (2, 0.5)


def test_risk_grows_with_the_coverage_of_a_good_confidence():
    assert risk_coverage([0.1, 0.9, 0.5, 0.8], [False, True, False, True], 4) == [
        (0.25, 0.0),
        (0.5, 0.0),
        (0.75, pytest.approx(1 / 3)),
        (1.0, 0.5),
    ]


def test_recall_and_reciprocal_rank_count_from_one():
    ranks = [1, 5, 6, None]
    assert recall_at(ranks, 1) == 0.25
    assert recall_at(ranks, 5) == 0.5
    assert recall_at(ranks, 20) == 0.75
    assert math.isclose(mean_reciprocal_rank(ranks, 10), (1 + 1 / 5 + 1 / 6) / 4)
    assert mean_reciprocal_rank([11], 10) == 0
    assert recall_at([], 5) == 0


def normalized_by_squad(text):
    """What SQuAD 2.0's own script makes of an answer: lower case, no ASCII punctuation, no articles."""
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


@given(st.text(st.characters(codec="ascii")) | st.text("aAnthe '\".,-$\n"))
def test_english_in_ascii_is_compared_as_squads_own_script_does(text):
    assert normalize_answer(text, "en") == normalized_by_squad(text)


@given(st.text(), st.lists(st.text(min_size=1), max_size=3), st.sampled_from(["en", "id"]))
def test_f1_is_symmetric_bounded_and_one_for_an_exact_match(guess, golds, language):
    value = f1(guess, golds, language)
    assert 0 <= value <= 1
    assert value == 1 or not exact_match(guess, golds, language)
    if len(golds) == 1:
        assert f1(golds[0], [guess], language) == value


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_is_a_share_and_the_bins_hold_everything(pairs):
    chances, right = zip(*pairs, strict=True)
    assert 0 <= expected_calibration_error(chances, right) <= 1
    assert sum(b.count for b in reliability(chances, right)) == len(pairs)
