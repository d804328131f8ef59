"""The index follows the library through exact, with cells, and back, and answers all the while."""

import logging
from threading import Event

import numpy as np
import pytest
from doubles import WordEncoder
from hypothesis import given
from hypothesis import strategies as st

from index import freshness
from index.article import Article
from index.freshness import FreshVectors
from index.languages import unit
from index.library import Library
from index.vectors import AMONG, VectorIndex, cells_for, nearest_of, overlap

WIDTH = 16


def rows(count, seed=0, width=WIDTH):
    return unit(np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32))


def library_in(folder, exact_up_to=30):
    library = Library.open(folder, WordEncoder())
    library.vectors.exact_up_to = exact_up_to
    return library


def story(number, sentences=10):
    return Article.from_text(
        " ".join(f"Kota{number}x{n} punya wali{number}x{n} dan pasar{n}." for n in range(sentences)), source=f"{number}"
    )


def grown(library):
    """More sentences than an exact index is for, after a question was asked while there were few."""
    library.add([story(0), story(1)])
    assert found(library, 1, 1)
    library.add([story(n) for n in range(2, 5)])


def found(library, number, at):
    """Whether the sentence that says this is the nearest one."""
    query = library.encoder.encode_queries([f"Kota{number}x{at} punya wali{number}x{at} dan pasar{at}."]).rows
    (hits,) = library.nearest(query, 3)
    return bool(hits) and hits[0][1] > 0.95


def test_a_growing_library_gets_cells_in_the_background_and_answers_meanwhile(tmp_path, monkeypatch):
    go_on, own = Event(), FreshVectors._make_next
    monkeypatch.setattr(FreshVectors, "_make_next", lambda self: (go_on.wait(120), own(self)))
    with library_in(tmp_path) as library:
        grown(library)
        assert found(library, 1, 4)
        with library.snapshot():
            assert library.vectors.now().exact  # what is wanted is being made
        library.add([story(99)])
        library.remove([story(0).id])
        assert found(library, 99, 2)
        go_on.set()
        library.vectors.wait()
        assert all(found(library, n, at) for n in (1, 2, 3, 4, 99) for at in range(10))
        vectors = library.vectors.now()
        assert not vectors.exact
        assert len(vectors) == 50
        assert not found(library, 0, 3)
        assert 0.5 < vectors.recall <= 1  # the stories are so alike that many are equally near
        assert library.index_kind == f"cells, recall@10 {vectors.recall:.3f} as measured on its own sentences"
        library.remove([story(1).id])
        assert not found(library, 1, 4)
        assert found(library, 2, 4)


def test_what_was_added_and_removed_while_the_cells_were_made_is_neither_lost_nor_kept(tmp_path, monkeypatch):
    with library_in(tmp_path) as library:
        grown(library)
        own = FreshVectors.blocks

        def interrupted(self, after=0):
            for at, block in enumerate(own(self, after)):
                yield block
                if not at and not after:
                    library.add([story(50)])
                    library.remove([story(2).id])

        monkeypatch.setattr(freshness, "BLOCK", 15)
        monkeypatch.setattr(FreshVectors, "blocks", interrupted)
        found(library, 1, 1)
        library.vectors.wait()
        monkeypatch.setattr(FreshVectors, "blocks", own)
        assert found(library, 50, 9)
        assert not library.vectors.now().exact
        assert not found(library, 2, 5)
        assert len(library.vectors.now()) == library.database.count()[1] == 50


def test_cells_lie_in_the_cache_and_serve_the_next_time(tmp_path, monkeypatch):
    with library_in(tmp_path) as library:
        grown(library)
        found(library, 1, 1)
        library.vectors.wait()
        assert found(library, 1, 1)
        recall = library.vectors.now().recall
    monkeypatch.setattr(VectorIndex, "with_cells", lambda *_: pytest.fail("made again"))
    with library_in(tmp_path) as library:
        assert library.index_kind.startswith("cells")
        assert found(library, 3, 3)
        assert not library.vectors.now().exact
        assert library.vectors.now().recall == recall


def test_a_library_of_many_without_a_cache_gets_cells_at_once(tmp_path):
    with library_in(tmp_path) as library:
        library.add([story(n) for n in range(5)])
    (tmp_path / "vectors.faiss").unlink(missing_ok=True)
    with library_in(tmp_path) as library:
        assert found(library, 4, 4)
        assert not library.vectors.now().exact


def test_a_library_that_shrinks_is_exact_again(tmp_path):
    with library_in(tmp_path) as library:
        grown(library)
        found(library, 1, 1)
        library.vectors.wait()
        found(library, 1, 1)
        library.remove([story(n).id for n in range(4)])
        found(library, 4, 1)
        library.vectors.wait()
        assert found(library, 4, 1)
        assert library.vectors.now().exact


def test_a_failure_in_the_background_is_told_and_the_exact_index_goes_on(tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise MemoryError("too many")

    monkeypatch.setattr(VectorIndex, "with_cells", broken)
    with library_in(tmp_path) as library, caplog.at_level(logging.WARNING, "kutip"):
        grown(library)
        assert found(library, 1, 1)
        library.vectors.wait()
        assert found(library, 2, 2)
    assert [record.message.count("too many") for record in caplog.records] == [1]


def test_what_many_adds_brought_is_taken_in_together(tmp_path, monkeypatch):
    sizes, add = [], VectorIndex.add
    monkeypatch.setattr(VectorIndex, "add", lambda self, ids, rows: (sizes.append(len(ids)), add(self, ids, rows)))
    with library_in(tmp_path, 1000) as library:
        grown(library)
        library.add([story(n) for n in range(5, 12)])
        library.remove([story(6).id])
        assert found(library, 11, 9)
        assert not found(library, 6, 1)
        assert sizes == [20, 90]  # not one article after the other, each of which takes FAISS as long as many


def test_a_library_that_was_emptied_takes_vectors_of_another_width(tmp_path):
    with library_in(tmp_path) as library:
        library.add([story(0)])
        assert found(library, 0, 1)
    with library_in(tmp_path) as library:
        library.remove([story(0).id])
    with Library.open(tmp_path, WordEncoder("wider", dimension=96)) as library:
        library.add([story(1)])
        assert found(library, 1, 1)


def test_closing_does_not_wait_for_the_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(freshness, "BLOCK", 1)
    with library_in(tmp_path) as library:
        grown(library)
        found(library, 1, 1)
    assert not library.vectors._thread.is_alive()


def test_hits_of_cells_come_in_the_order_of_the_stored_vectors_and_no_more_than_wanted(tmp_path):
    with library_in(tmp_path) as library:
        grown(library)
        found(library, 1, 1)
        library.vectors.wait()
        query = library.encoder.encode_queries(["Kota3x2 punya wali3x2 dan pasar2."]).rows
        assert not library.vectors.now().exact
        (hits,) = library.nearest(query, 5)
        _, rows = library.database.vectors(after=0, limit=10_000)
        best = sorted((rows @ query[0]).tolist(), reverse=True)[:5]
    assert [score for _, score in hits] == pytest.approx(best, abs=1e-6)


def test_an_index_with_cells_finds_what_a_plain_product_finds_in_all_cells():
    vectors = rows(400)
    index = VectorIndex.with_cells(vectors[:200], 400)
    index.add(np.arange(400), vectors)
    queries = rows(20, 1)
    nearest = nearest_of(queries, [(np.arange(400), vectors)], 10)
    assert np.array_equal(np.sort(nearest), np.sort(np.argsort(-(queries @ vectors.T), axis=1)[:, :10]))
    index.tune(queries, nearest, recall=1.1)  # never reached: every cell is looked into
    assert overlap(np.array([[i for i, _ in hits] for hits in index.search(queries, AMONG)]), nearest) > 0.9
    (hits,) = index.search(queries[:1], 5, within=np.array([3, 7, 399]))
    assert {number for number, _ in hits} == {3, 7, 399}


def test_hardly_more_cells_are_looked_into_than_the_wanted_recall_takes():
    vectors, queries = rows(20_000), rows(100, 1)
    index = VectorIndex.with_cells(vectors[:5000], 2_000_000)
    index.add(np.arange(len(vectors)), vectors)
    nearest = nearest_of(queries, [(np.arange(len(vectors)), vectors)], 10)
    index.tune(queries, nearest, recall=0.9)
    cells = index._index.nprobe
    assert 8 < cells < index._index.nlist
    assert index.recall >= 0.9
    index._index.nprobe = cells - max(1, cells // 16) - 1
    _, fewer = index._index.search(queries, AMONG)
    assert overlap(fewer, nearest) < 0.9


@given(st.lists(st.integers(0, 40), unique=True, max_size=30), st.lists(st.integers(0, 40), max_size=30))
def test_ids_are_known_until_they_are_removed(added, removed):
    index = VectorIndex(WIDTH)
    index.add(np.array(added, dtype=np.int64), rows(len(added)))
    index.remove(np.array(removed, dtype=np.int64))
    left = sorted(set(added) - set(removed))
    assert len(index) == len(left)
    assert index.knows(np.arange(41)).tolist() == [n in left for n in range(41)]


def test_more_rows_get_more_cells():
    assert [cells_for(n) for n in (1, 300_000, 4_000_000)] == sorted(cells_for(n) for n in (1, 300_000, 4_000_000))
