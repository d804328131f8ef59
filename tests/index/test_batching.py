"""Batches of texts of like length."""

from hypothesis import given
from hypothesis import strategies as st

from index.batching import START, alike, padded

lengths = st.lists(st.integers(1, 300), max_size=60)


def test_rows_are_padded_to_few_lengths():
    assert padded([[1] * 33], 0, 16).shape == (1, 48)
    assert padded([[1] * 32, [1]], 7, 16)[1].tolist() == [1] + [7] * 31
    assert padded([], 0, 16).shape[0] == 0


@given(lengths, st.sampled_from([1, 8, 16]), st.integers(1, 20), st.integers(1, 4))
def test_every_row_is_in_one_batch_and_the_longest_come_first(own, step, most, streams):
    batches = alike(own, step, most, streams)
    assert sorted(row for batch in batches for row in batch) == list(range(len(own)))
    assert all(0 < len(batch) <= most for batch in batches)
    padded_to = [-(-own[row] // step) for batch in batches for row in batch]
    assert padded_to == sorted(padded_to, reverse=True)


def cost(own, batches, step):
    """Tokens that could be read in the time that the batches take."""
    return sum(START + len(batch) * max(-(-own[row] // step) * step for row in batch) for batch in batches)


@given(lengths, st.sampled_from([1, 8, 16]), st.integers(1, 20))
def test_batches_cost_no_more_than_one_a_row_or_one_a_length(own, step, most):
    best = cost(own, alike(own, step, most), step)
    assert best <= cost(own, [[row] for row in range(len(own))], step)
    sizes = {}
    for row, length in enumerate(own):
        sizes.setdefault(-(-length // step), []).append(row)
    same = [rows[first : first + most] for rows in sizes.values() for first in range(0, len(rows), most)]
    assert best <= cost(own, same, step)


def test_a_row_is_padded_where_that_costs_less_than_a_batch_of_its_own():
    assert alike([64, 48], 16, 8) == [[0, 1]]  # 16 tokens of padding are less than a start
    assert alike([64, 48, 48], 16, 8) == [[0], [1, 2]]  # 32 are more


@given(lengths, st.integers(2, 4))
def test_with_several_streams_no_batch_is_more_than_the_half_of_a_streams_share(own, streams):
    most = max([1, *map(len, alike(own, 16, 1000, streams))])
    assert most <= -(-len(own) // (2 * streams)) or most == 1
