"""Broken files and hostile questions, a few of them; tests/fuzzing.py tries many more."""

import random
from contextlib import suppress
from itertools import islice

import pytest
from fuzzing import ask_one, asked_pipelines, inputs, seeds, try_one
from hypothesis import given, settings
from hypothesis import strategies as st

from index.formats import FORMATS
from qa.errors import QuestionError
from qa.pipeline import checked
from qa.words import content_words


@pytest.mark.parametrize("suffix", [form.suffixes[0] for form in FORMATS])
def test_the_whole_files_that_are_broken_can_be_read(suffix):
    assert try_one(f"a{suffix}", seeds()[suffix])


@pytest.mark.filterwarnings("ignore")
def test_broken_files_give_articles_or_a_clear_refusal():
    readable = [try_one(name, data) for name, data in islice(inputs(seed=1), 1500)]
    assert 100 < sum(readable) < 1500


@given(st.text())
@settings(max_examples=300)
def test_any_question_is_asked_or_refused_in_words(text):
    with suppress(QuestionError):
        asked = checked(text)
        asked.encode()
        assert content_words(asked) is not None


@pytest.mark.models
def test_hostile_questions_in_a_row_are_answered_by_slices_or_refused():
    rng, turns = random.Random(1), []
    pipelines = asked_pipelines(rng)
    with pipelines[0]:
        asked = [ask_one(pipelines, rng, turns) for _ in range(300)]
    assert 100 < sum(asked) < 300


@given(text=st.text(min_size=1), words=st.lists(st.text(min_size=1), max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_words_can_be_searched_for(library_in_memory, text, words):
    library_in_memory.matching([*words, *content_words(text)], 5)
