"""Names and numbers of a question, and whether an article has them."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.names import names_and_numbers, share_named
from qa.words import WORD, Said, folded

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
        ("Siapa Vladimir Putin?", 0.0),
        ("SIAPA PUTIN?", 1.0),  # no more do capitals where all have them
        ("Di mana İstanbul berada?", 0.0),
        ("Di mana Istanabogor?", 0.0),
        ("What Is The Capital Of Peru?", 1.0),
        ("Where can I meet Jokowi?", 1.0),
        ("What did the WHO say to Jokowi?", 0.5),
        ("Why DID Jokowi leave?", 1.0),
        ("Siapa YANG mengatakan itu?", 1.0),
        ("Jokowi DAN Xi bertemu di mana", 1.0),
        ("Jokowi DAN Putin bertemu di mana", 0.0),
    ],
)
def test_the_share_of_names_and_numbers_that_an_article_has(question, share):
    assert share_named(names_and_numbers(question), Said(ARTICLE)) == share


def test_a_name_may_have_an_ending_in_the_article_but_a_number_may_not():
    assert share_named(names_and_numbers("Who leads Indonesia?"), Said("Indonesian leaders met.")) == 1.0
    assert share_named(names_and_numbers("Di mana Paris?"), Said("Pariwisata tumbuh.")) == 0.0
    assert share_named(names_and_numbers("Siapa menang pada 2022?"), Said("20221 orang")) == 0.0


def test_names_are_the_same_with_and_without_diacritics():
    assert share_named(names_and_numbers("Kapan konser Beyonce?"), Said("Konser Beyonce\u0301 digelar.")) == 1.0
    assert share_named(names_and_numbers("Kapan konser Beyonc\u00e9?"), Said("Konser Beyonce digelar.")) == 1.0


def test_a_long_word_takes_no_more_than_its_own_length():
    tracemalloc.start()
    assert share_named(names_and_numbers("Siapa Putin?"), Said("ab" * 1_000_000)) == 0.0
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()


def test_many_names_that_a_long_article_has_not_take_no_time():
    said = Said(" ".join(f"kata{number}x" for number in range(20_000)))
    question = " ".join(["Siapa", *(f"Zq{chr(97 + at % 26) * (at % 20 + 1)}" for at in range(83))])
    began = time.process_time()
    assert share_named(names_and_numbers(question), said) == 0.0
    assert time.process_time() - began < 0.5


def test_an_article_that_repeats_a_name_without_end_takes_no_time():
    question = " ".join(["Siapa", *("Z" + "z" * at for at in range(4, 80))])
    said = Said("0" + "z" * 100_000)
    began = time.process_time()
    assert share_named(names_and_numbers(question), said) == 0.0
    assert time.process_time() - began < 0.5


@given(st.text(alphabet="aá́b1 _,-İß", max_size=30), st.text(alphabet="aá́b1_İß", min_size=1, max_size=4))
def test_a_word_stands_in_a_text_when_it_is_one_of_its_words(text, word):
    words = WORD.findall(folded(text))
    for own in WORD.findall(folded(word)):
        assert (own in Said(text)) == (own in words)
        assert Said(text).begins(own) == any(each.startswith(own) for each in words)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_share_lies_between_nothing_and_all_whatever_is_asked(question, text):
    assert 0 <= share_named(names_and_numbers(question), Said(text)) <= 1


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_text_that_repeats_the_question_has_all_its_names(question, text):
    assert share_named(names_and_numbers(question), Said(f"{text} {question}")) == 1.0
    assert all(name == name.lower() for name in names_and_numbers(question))
