"""Batches of texts of like length."""

from hypothesis import given
from hypothesis import strategies as st

from index.batching import alike, padded

lengths = st.lists(st.integers(1, 300), max_size=60)


def test_rows_are_padded_to_few_lengths():
    assert padded([[1] * 33], 0, 16).shape == (1, 48)
    assert padded([[1] * 32, [1]], 7, 16)[1].tolist() == [1] + [7] * 31
    assert padded([], 0, 16).shape[0] == 0


@given(lengths, st.sampled_from([1, 8, 16]), st.integers(1, 20), st.integers(1, 4))
def test_every_row_is_in_one_batch_with_others_of_its_padded_length(own, step, most, streams):
    batches = alike(own, step, most, streams)
    assert sorted(row for batch in batches for row in batch) == list(range(len(own)))
    assert all(0 < len(batch) <= most for batch in batches)
    assert all(len({-(-own[row] // step) for row in batch}) == 1 for batch in batches)


@given(lengths, st.integers(2, 4))
def test_with_several_streams_no_batch_is_more_than_the_half_of_a_streams_share(own, streams):
    most = max([1, *map(len, alike(own, 16, 1000, streams))])
    assert most <= -(-len(own) // (2 * streams)) or most == 1
