import shutil
import sqlite3
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from doubles import WordEncoder
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from index.article import Article
from index.errors import LibraryError, ManifestMismatch
from index.filters import Filters
from index.library import VECTORS_FILE, Library
from index.sqlite_file import DATABASE_FILE


def nearest_texts(library, text, k=3, filters=None):
    (hits,) = library.nearest(library.encoder.encode_queries([text]).rows, k, filters)
    found = library.lookup([number for number, _ in hits])
    return [
        found[n].sentence.span.cut(library.article(found[n].sentence.article_id).text) for n, _ in hits if n in found
    ]


def test_an_added_sentence_is_its_own_nearest_neighbour(library, news):
    library.add(news)
    assert nearest_texts(library, "Harga beras naik.", 1) == ["Harga beras naik."]


def test_adding_twice_does_nothing_the_second_time(library, news, encoder):
    first = library.add(news)
    counted = encoder.encoded
    again = library.add(news)
    assert len(first.added) == 2
    assert again.added == ()
    assert set(again.unchanged) == {article.id for article in news}
    assert encoder.encoded == counted
    assert library.database.count() == (2, 6)


def test_a_changed_source_replaces_its_article(library, news):
    library.add(news)
    done = library.add([Article.from_text("Rapat batal.", source="a.txt")])
    assert done.replaced == (news[0].id,)
    assert len(library) == 2
    assert library.matching(["bandung"], 5) == ()
    assert nearest_texts(library, "Rapat digelar di Bandung.", 1) == ["Rapat batal."]


def test_a_removed_article_is_found_by_no_search(library, news):
    library.add(news)
    assert library.remove([news[0].id, "unknown"]) == (news[0].id,)
    assert library.matching(["bandung"], 5) == ()
    assert "Rapat digelar di Bandung." not in nearest_texts(library, "Rapat digelar di Bandung.", 10)
    with pytest.raises(LibraryError, match="kutip list"):
        library.article(news[0].id)


def texts_with(library, words):
    return {text for _, _, text in library.matching(words, 9)}


def test_sentences_are_sought_by_the_rarest_words_and_where_none_is_rare_by_all_together(library, monkeypatch):
    library.add([Article.from_text("Harga beras naik. Harga gula naik. Harga turun. Beras ketan habis.")])
    everything = {"Harga beras naik.", "Harga gula naik.", "Harga turun.", "Beras ketan habis."}
    assert texts_with(library, ["harga", "beras", "ketan"]) == everything
    monkeypatch.setattr("index.database.TELLING", 3)
    assert texts_with(library, ["harga", "beras", "ketan"]) == {"Harga beras naik.", "Beras ketan habis."}
    monkeypatch.setattr("index.database.TELLING", 1)
    assert texts_with(library, ["harga", "beras", "ketan"]) == {"Beras ketan habis."}
    assert texts_with(library, ["harga", "beras", "unknown"]) == {"Harga beras naik."}
    assert texts_with(library, ["unknown"]) == set()


def test_a_failed_add_leaves_nothing_behind(library, news, monkeypatch):
    library.add(news[:1])
    inserted = library.database.insert
    monkeypatch.setattr(library.database, "insert", lambda item: (inserted(item), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        library.add(news)
    monkeypatch.undo()
    assert [article.id for article in library.articles()] == [news[0].id]
    assert library.matching(["beras"], 5) == ()
    assert library.add(news).added == (news[1].id,)


def test_a_reopened_library_answers_the_same(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
        before = (library.articles(), nearest_texts(library, "kemarau panjang", 6))
    with Library.open(tmp_path / "l", encoder) as library:
        assert (library.articles(), nearest_texts(library, "kemarau panjang", 6)) == before


@pytest.mark.parametrize("harm", ["missing", "damaged", "stale"])
def test_the_vector_cache_is_rebuilt_without_encoding(tmp_path, encoder, news, harm):
    folder = tmp_path / "l"
    with Library.open(folder, encoder) as library:
        library.add(news[:1])
        nearest_texts(library, "rapat")
        old = (folder / VECTORS_FILE).read_bytes()
        library.add(news[1:])
        nearest_texts(library, "rapat")
    cache = folder / VECTORS_FILE
    if harm == "missing":
        cache.unlink()
    else:
        cache.write_bytes(old if harm == "stale" else cache.read_bytes()[:-9] + b"x" * 9)
    counted = encoder.encoded
    with Library.open(folder, encoder) as library:
        assert nearest_texts(library, "Harga beras naik.", 1) == ["Harga beras naik."]
    assert encoder.encoded == counted


def test_another_encoder_is_refused_with_what_to_do(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
    with pytest.raises(ManifestMismatch, match=r"words-1.*words-2.*`kutip reindex`.*`kutip serve --reindex`"):
        Library.open(tmp_path / "l", WordEncoder("words-2"))


def test_an_empty_library_takes_any_encoder(tmp_path, encoder):
    Library.open(tmp_path / "l", encoder).close()
    Library.open(tmp_path / "l", WordEncoder("words-2")).close()


def test_a_file_that_is_no_library_is_refused_and_left_alone(tmp_path, encoder):
    (tmp_path / "l").mkdir()
    path = tmp_path / "l" / DATABASE_FILE
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    with pytest.raises(LibraryError, match="not a kutip library"):
        Library.open(tmp_path / "l", encoder)
    path.write_bytes(b"no database at all, but long enough to be read as one" * 50)
    with pytest.raises(LibraryError, match="cannot be opened"):
        Library.open(tmp_path / "l", encoder)
    with pytest.raises(LibraryError, match="is a file"):
        Library.open(path, encoder)


def test_another_process_writing_is_seen_at_the_next_search(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as reading, Library.open(tmp_path / "l", encoder) as writing:
        reading.add(news[:1])
        assert "Harga beras naik." not in nearest_texts(reading, "Harga beras naik.")
        writing.add(news[1:])
        assert nearest_texts(reading, "Harga beras naik.", 1) == ["Harga beras naik."]


def test_lexical_search_takes_any_characters_as_plain_words(library, news):
    library.add(news)
    assert library.matching(['"', "*", "NEAR(", "beras"], 5)
    assert library.matching([], 5) == ()


def test_an_empty_library_finds_nothing(library):
    assert library.nearest(np.zeros((1, 0), dtype=np.float32), 5) == ((),)
    assert nearest_texts(library, "apa pun") == []


WORDS = st.lists(st.sampled_from(["satu", "dua", "tiga"]), min_size=1, max_size=3)
SOURCES = st.sampled_from("abcd")


class LibraryMachine(RuleBasedStateMachine):
    """Any order of add, replace, remove, search, backup, restore and reopen agrees with a dictionary from source to
    text. Texts are short, so that sources often share one."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.library = Library.open(self.folder / "l", WordEncoder())
        self.model = {}
        self.kept = None

    def sentences(self, texts):
        return {sentence for text in texts for sentence in text.replace(". ", ".\n").split("\n")}

    @rule(source=SOURCES, words=WORDS)
    def add(self, source, words):
        self.several({source: words})

    @rule(several=st.dictionaries(SOURCES, WORDS, min_size=2, max_size=4))
    def several(self, several):
        texts = {source: f"{' '.join(words)}. Akhir {words[0]}." for source, words in several.items()}
        self.library.add([Article.from_text(text, source=source) for source, text in texts.items()])
        self.model |= texts

    @rule(source=SOURCES, words=WORDS)
    def fail(self, source, words):
        """An add that breaks off at its last moment changes nothing."""
        article = Article.from_text(f"Gagal {' '.join(words)}.", source=source)
        broken = patch.object(self.library.database, "_raise_generation", side_effect=ZeroDivisionError)
        with broken, pytest.raises(ZeroDivisionError):
            self.library.add([article])

    @rule(source=SOURCES)
    def remove(self, source):
        text = self.model.get(source)
        removed = self.library.remove([Article.from_text(text).id] if text else ["none"])
        assert bool(removed) == (text is not None)
        self.model = {own: other for own, other in self.model.items() if other != text}

    @rule(source=SOURCES)
    def forget(self, source):
        self.library.replace([(source, "")], ())
        self.model.pop(source, None)

    @rule()
    def back_up(self):
        self.library.backup(self.folder / "b")
        self.kept = dict(self.model)

    @precondition(lambda self: self.kept is not None)
    @rule()
    def restore(self):
        self.library.restore(self.folder / "b")
        self.model = dict(self.kept)

    @rule()
    def reopen(self):
        self.library.close()
        self.library = Library.open(self.folder / "l", WordEncoder())

    @rule(damage=st.sampled_from(["gone", "cut", "nothing"]))
    def reopen_after_damage_to_the_cache(self, damage):
        self.library.close()
        cache = self.folder / "l" / VECTORS_FILE
        if damage == "gone":
            cache.unlink(missing_ok=True)
        elif cache.exists():
            cache.write_bytes(cache.read_bytes()[: 40 if damage == "cut" else 0])
        self.library = Library.open(self.folder / "l", WordEncoder())

    @rule(word=st.sampled_from(["satu", "dua", "tiga"]), only=SOURCES)
    def search(self, word, only):
        wanted = {s for s in self.sentences(self.model.values()) if word in s.lower().rstrip(".").split()}
        assert {text for _, _, text in self.library.matching([word], 99)} == wanted
        own = self.sentences([self.model[only]] if only in self.model else [])
        assert set(nearest_texts(self.library, word, 50, Filters(sources=(only,)))) == own

    @invariant()
    def articles_are_those_of_the_model(self):
        held = {}
        for entry in self.library.entries():
            held |= dict.fromkeys(entry.sources, self.library.article(entry.id).text)
        assert held == self.model
        assert len(self.library) == len(set(self.model.values()))
        assert set(nearest_texts(self.library, "satu", 50)) == self.sentences(self.model.values())

    def teardown(self):
        assert self.library.check() == []
        self.library.close()
        shutil.rmtree(self.folder)


LibraryMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestLibraryMachine = LibraryMachine.TestCase
