"""Which questions ask for a reason, and which sentences name one."""

import pytest

from qa.reasons import HEAD_START, head_start

CAUSES = """
The delay resulted from a strike.|The losses resulting from the flood are large.|Strikes resulting in delays are rare.
The delay results from a strike.|A strike results in delays.|They left since markets fell.|He left since Mary was ill.
It closed since Jane and Jan resigned.|It failed since decor was missing.
"""
TIMES = """
It has grown since 2011.|It has rained since March.|Since Mar 3 it rains.|Since december it rains.|since Sept. 4
It has rained since last week.|It has rained since decades.|It has been shut since Monday.|It is so since the 1990s.
"""


def sentences(several):
    return [sentence for line in several.strip().split("\n") for sentence in line.split("|")]


@pytest.mark.parametrize("sentence", sentences(CAUSES))
def test_a_named_cause_is_seen(sentence):
    assert head_start("Why did it happen?", sentence) == HEAD_START


@pytest.mark.parametrize("sentence", sentences(TIMES))
def test_a_time_since_which_something_is_so_is_no_cause(sentence):
    assert head_start("Why did it happen?", sentence) == 0
