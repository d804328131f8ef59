import hashlib
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import unit
from index.vectors import MAGIC, PARTS, VectorIndex


def rows(count, seed=0, width=8):
    return unit(np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32))


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 1000))
def test_the_hits_are_those_of_a_plain_matrix_product(count, k, seed):
    vectors = rows(count, seed)
    ids = np.random.default_rng(seed).permutation(1000)[:count].astype(np.int64)
    index = VectorIndex(8)
    index.add(ids, vectors)
    query = rows(1, seed + 1)
    (hits,) = index.search(query, k)
    products = vectors @ query[0]
    order = np.argsort(-products)[:k]
    assert len(hits) == min(k, count)
    assert np.allclose([score for _, score in hits], products[order], atol=1e-3)
    by_id = dict(zip(ids.tolist(), products, strict=True))
    assert all(abs(by_id[number] - score) < 1e-3 for number, score in hits)


def test_removed_ids_are_not_found_and_the_others_keep_theirs():
    vectors = rows(10)
    index = VectorIndex(8)
    index.add(np.arange(10) + 100, vectors)
    index.remove(np.array([103, 999]))
    assert len(index) == 9
    for number in set(range(10)) - {3}:
        assert index.search(vectors[number : number + 1], 1)[0][0][0] == 100 + number


def test_a_wrong_width_and_a_known_id_are_refused_in_words():
    index = VectorIndex(8)
    index.add(np.array([1]), rows(1))
    with pytest.raises(ValueError, match="shape"):
        index.add(np.array([2]), rows(1, width=4))
    with pytest.raises(ValueError, match="queries"):
        index.search(rows(1, width=4), 1)
    with pytest.raises(ValueError, match="once"):
        index.add(np.array([1]), rows(1))
    with pytest.raises(ValueError, match="once"):
        index.add(np.array([5, 5]), rows(2))


def test_a_search_within_some_ids_finds_no_others():
    index = VectorIndex(8)
    index.add(np.arange(20), rows(20))
    (hits,) = index.search(rows(1, 5), 20, within=np.array([3, 7, 99]))
    assert {number for number, _ in hits} == {3, 7}
    assert index.search(rows(1, 5), 20, within=np.array([], dtype=np.int64)) == ((),)


def test_an_empty_index_finds_nothing():
    assert VectorIndex(8).search(rows(2), 5) == ((), ())


def test_a_saved_index_comes_back_the_same(tmp_path):
    index = VectorIndex(8)
    index.add(np.arange(20), rows(20))
    index.save(tmp_path / "v", "stamp 1")
    loaded, stamp = VectorIndex.load(tmp_path / "v")
    assert stamp == "stamp 1"
    assert loaded.search(rows(3, 5), 20) == index.search(rows(3, 5), 20)
    loaded.add(np.array([77]), rows(1, 9))
    assert len(loaded) == 21


def test_every_flipped_bit_every_cut_and_an_old_format_are_noticed(tmp_path):
    path = tmp_path / "v"
    index = VectorIndex(2)
    index.add(np.arange(5), rows(5, width=2))
    index.save(path, "stamp 1")
    data = path.read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        assert VectorIndex.load(path) is None, bit
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert VectorIndex.load(path) is None, length
    old = b"kutip-vectors-1\n" + data[len(MAGIC) : -32]  # whole, but of a format that is past
    for other in (old + hashlib.sha256(old).digest(), data + b"x", data + data, b"\0" * len(data), b""):
        path.write_bytes(other)
        assert VectorIndex.load(path) is None
    assert VectorIndex.load(tmp_path / "missing") is None


def test_of_more_equal_rows_than_are_wanted_a_query_finds_the_same_alone_and_among_others():
    index = VectorIndex(8)
    index.add(np.arange(2000), np.concatenate([np.repeat(rows(1), 300, axis=0), rows(1700, seed=1)]))
    (among, _) = index.search(rows(2)[[0, 1]], 50)
    assert {found for _ in range(50) for found in index.search(rows(1), 50)} == {among}


def test_the_parts_that_threads_share_hold_as_much_each():
    index = VectorIndex(8)
    index.add(np.arange(100), rows(100))
    sizes = [index._index.get_list_size(part) for part in range(index._index.nlist)]
    assert len(sizes) == PARTS
    assert max(sizes) - min(sizes) <= 1


def test_half_a_file_of_a_killed_process_is_cleared_away(tmp_path):
    index = VectorIndex(8)
    index.add(np.arange(20), rows(20))
    old, young = tmp_path / "v.1.new", tmp_path / "v.2.new"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    index.save(tmp_path / "v", "stamp")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v", "v.2.new"]
