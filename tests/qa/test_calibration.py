import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from qa.answers import Status
from qa.calibration import CALIBRATION_FILE, Calibration, Features, fit

LANGUAGES = st.sampled_from(["", "en", "id"])
LOGITS, SHARES = st.floats(-1e6, 1e6), st.floats(0, 1)


@given(st.builds(Features, LOGITS, LOGITS, LOGITS, LANGUAGES, LANGUAGES, st.integers(0, 10**9), SHARES, SHARES))
def test_a_confidence_is_a_chance(features):
    assert 0 <= Calibration().confidence(features) <= 1


def test_each_direction_has_a_weight_of_its_own():
    calibration = Calibration(weights=(0, 0, 0, 1, 2, 3, 0, 0, 0, 0))
    pairs = [("id", "id"), ("en", "en"), ("en", "id"), ("id", "en")]
    chances = [calibration.confidence(Features(0, 0, 0, *pair, 1, 1, 1)) for pair in pairs]
    assert chances[0] == 0.5
    assert chances == sorted(set(chances))


def test_a_quote_from_an_article_without_the_names_that_were_asked_for_is_less_sure():
    calibration = Calibration(weights=(0, 0, 0, 0, 0, 0, 0, 1, 0, 0))
    chances = [calibration.confidence(Features(0, 0, 0, "id", "id", 1, named, 1)) for named in (0.0, 0.5, 1.0)]
    assert chances[0] == 0.5
    assert chances == sorted(set(chances))


def test_a_quote_whose_sentence_has_few_of_the_words_that_were_asked_is_less_sure():
    calibration = Calibration(weights=(0, 0, 0, 0, 0, 0, 0, 0, 0, 1))
    chances = [calibration.confidence(Features(0, 0, 0, "id", "id", 1, 1, said)) for said in (0.0, 0.5, 1.0)]
    assert chances[0] == 0.5
    assert chances == sorted(set(chances))
    # In another language there are hardly any of them, which says nothing.
    assert {calibration.confidence(Features(0, 0, 0, "en", "id", 1, 1, said)) for said in (0.0, 0.5, 1.0)} == {0.5}


def test_the_surer_that_something_is_an_answer_the_more_a_near_rival_takes_away():
    # By hand: log(1 + e^0) = 0.693, times the margin.
    beside = [Features(margin, 0.0, 0.5, "id", "id", 1, 1, 1).vector()[8] for margin in (-4.0, 4.0, 12.0)]
    assert beside == pytest.approx([0.0, 4 * 0.6931, 12 * 0.6931], abs=1e-3)
    assert Features(12.0, 8.0, 0.5, "id", "id", 1, 1, 1).vector()[8] < 0.01
    calibration = Calibration(weights=(0.3, 0, 0, 0, 0, 0, 0, 0, -0.2, 0))
    alone, contested = (calibration.confidence(Features(12.0, lead, 0.5, "id", "id", 1, 1, 1)) for lead in (10.0, 0.1))
    assert alone > 0.9
    assert contested < 0.9


@given(st.floats(-15, 15), st.floats(0.1, 4))
def test_a_higher_margin_is_never_less_sure(margin, more):
    calibration = Calibration()
    low, high = (Features(m, 1, 0.5, "id", "id", 1, 1, 1) for m in (margin, margin + more))
    assert calibration.confidence(low) < calibration.confidence(high)


def test_the_states_begin_where_they_say():
    calibration = Calibration(answered_from=0.6, unsure_from=0.3)
    assert [calibration.status(c) for c in (0.6, 0.59, 0.3, 0.29)] == [
        Status.ANSWERED,
        Status.UNSURE,
        Status.UNSURE,
        Status.NOT_IN_ARTICLES,
    ]


def test_fitting_finds_the_chances_it_was_shown():
    rng = random.Random(1)
    features = [Features(rng.choice([-2.0, 2.0]), 1.0, 0.5, "id", "id", 1, 1, 1) for _ in range(4000)]
    right = [rng.random() < (0.9 if f.margin > 0 else 0.2) for f in features]
    weights, bias = fit(features, right)
    fitted = Calibration(weights, bias)
    assert fitted.confidence(Features(2, 1, 0.5, "id", "id", 1, 1, 1)) == pytest.approx(0.9, abs=0.03)
    assert fitted.confidence(Features(-2, 1, 0.5, "id", "id", 1, 1, 1)) == pytest.approx(0.2, abs=0.03)


def test_a_model_without_a_calibration_gets_the_plain_one_and_a_damaged_one_is_refused(tmp_path):
    assert Calibration.of_model(tmp_path) == Calibration()
    stored = {
        "weights": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        "bias": 0.5,
        "answered_from": 0.5,
        "unsure_from": 0.2,
        "null_threshold": -1,
    }
    (tmp_path / CALIBRATION_FILE).write_text(json.dumps(stored))
    assert Calibration.of_model(tmp_path) == Calibration((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 0.5, 0.5, 0.2, -1)
    for broken in ("{", json.dumps(stored | {"weights": [1]}), "[]", json.dumps({})):
        (tmp_path / CALIBRATION_FILE).write_text(broken)
        with pytest.raises(ModelError, match="damaged"):
            Calibration.of_model(tmp_path)
