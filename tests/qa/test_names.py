"""Names and numbers of a question, and whether an article has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.names import names_in, share_named

ARTICLE = "Presiden Jokowi bertemu Xi Jinping di Bali pada 15 November 2022, kata Istana."


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("Kapan Jokowi bertemu Xi Jinping?", 1.0),
        ("When did Jokowi meet Xi Jinping in Bali?", 1.0),
        ("When did Jokowi meet Putin?", 0.5),
        ("Apa yang terjadi pada 2021?", 0.0),
        ("Apa yang terjadi pada 2022?", 1.0),
        ("kapan jokowi bertemu putin?", 1.0),  # as people type: nothing tells names from words
        ("Putin?", 1.0),  # a first word has its capital anyway
        ("What Is The Capital Of Peru?", 1.0),  # and so have all here
        ("Berapa umur Putin dan siapa Jokowimu?", 0.5),
    ],
)
def test_the_share_of_names_and_numbers_that_an_article_has(question, share):
    assert share_named(question, ARTICLE) == share


def test_numbers_are_not_matched_by_their_beginning():
    assert share_named("Siapa menang pada 20221?", ARTICLE) == 0.0
    assert share_named("Siapa menang pada 2022an?", "2022an") == 1.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_share_lies_between_nothing_and_all_whatever_is_asked(question, text):
    assert 0 <= share_named(question, text) <= 1


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_text_that_repeats_the_question_has_all_its_names(question, text):
    assert share_named(question, f"{text} {question}") == 1.0
    assert all(name == name.lower() for name in names_in(question))
