"""What the benchmarks are made of fits the library as it is now; they themselves run too long to be tested."""

import sys
from itertools import islice
from pathlib import Path

import pytest
from doubles import WordEncoder

from index.article import Article
from index.library import Library

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="an sdist has no benchmarks")
def test_articles_that_are_made_to_fill_milvus_can_be_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(FOLDER)])
    from milvus_material import endless, real

    with Library.open(tmp_path / "news", WordEncoder()) as library:
        library.add([Article.from_text("Harga beras naik. Ibu mengeluh.", source="a"), Article.from_text("Satu.")])
    made = list(islice(endless(real(tmp_path / "news", WordEncoder())), 5))
    with Library.in_memory(WordEncoder()) as library:
        library.keep_stored(made)
        assert [entry.sources for entry in library.entries()] == [(f"copy/{number}",) for number in range(5)]
        assert library.check() == []
