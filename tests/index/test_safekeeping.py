"""Backup, restore, reindex, check, and errors that leave the library as it was."""

import os
import sqlite3
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from doubles import WordEncoder

from index.article import Article, Document, Span, article_id
from index.copying import copy
from index.database import Database
from index.errors import LibraryError, ManifestMismatch
from index.library import VECTORS_FILE, Library
from index.splitter import SPLITTER_VERSION, split_sentences
from index.sqlite_file import DATABASE_FILE


def find(library, text, k=3):
    (hits,) = library.nearest(library.encoder.encode_queries([text]).rows, k)
    found = library.lookup([number for number, _ in hits])
    return [s.sentence.span.cut(library.article(s.sentence.article_id).text) for s in (found[n] for n, _ in hits)]


def test_a_restored_backup_is_the_library_of_its_moment(library, news, tmp_path):
    library.add(news)
    library.backup(tmp_path / "b")
    library.remove([news[0].id])
    library.add([Article.from_text("Lain sekali.", source="c.txt")])
    assert "Lain sekali." in find(library, "lain sekali", 1)
    library.restore(tmp_path / "b")
    assert [article.id for article in library.articles()] == [article.id for article in news]
    assert find(library, "Rapat digelar di Bandung.", 1) == ["Rapat digelar di Bandung."]
    assert library.matching(["bandung"], 3)
    assert library.check() == []
    assert library.add([Article.from_text("Baru.", source="a.txt")]).replaced == (news[0].id,)


def test_a_cache_from_before_a_restore_is_never_taken_for_the_present_one(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news[:1])
        library.backup(tmp_path / "b")
        library.add(news[1:])
        find(library, "beras")
        old = (tmp_path / "l" / VECTORS_FILE).read_bytes()
        library.restore(tmp_path / "b")
        library.add([Article.from_text("Gunung meletus.")])
    (tmp_path / "l" / VECTORS_FILE).write_bytes(old)
    with Library.open(tmp_path / "l", encoder) as library:
        assert find(library, "Gunung meletus.", 1) == ["Gunung meletus."]
        assert "Harga beras naik." not in find(library, "Harga beras naik.", 9)


def test_another_librarys_cache_is_not_taken(tmp_path, encoder, news):
    for name, articles in (("one", news[:1]), ("two", news[1:])):
        with Library.open(tmp_path / name, encoder) as library:
            library.add(articles)
            find(library, "x")
    (tmp_path / "one" / VECTORS_FILE).write_bytes((tmp_path / "two" / VECTORS_FILE).read_bytes())
    with Library.open(tmp_path / "one", encoder) as library:
        assert find(library, "Rapat selesai sore.", 1) == ["Rapat selesai sore."]


def test_an_old_cache_catches_up_by_the_log_of_changes(tmp_path, encoder, news, monkeypatch):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add([Article.from_text(f"Kalimat ke {i}.", source=f"{i}") for i in range(50)])
        find(library, "x")
        library.add(news[:1])
        library.remove([Article.from_text("Kalimat ke 7.").id])
        monkeypatch.setattr(library.vectors, "_save", lambda _: None)
    whole = Database.vectors
    monkeypatch.setattr(
        Database, "vectors", lambda self, numbers=None, **which: whole(self, numbers, **which)
        if numbers is not None or which["after"] else pytest.fail("rebuilt from the start")
    )  # fmt: skip
    with Library.open(tmp_path / "l", encoder) as library:
        assert find(library, "Rapat selesai sore.", 1) == ["Rapat selesai sore."]
        assert "Kalimat ke 7." not in find(library, "Kalimat ke 7.", 99)
        assert len(find(library, "x", 99)) == 52


def test_a_damaged_or_foreign_backup_is_refused_and_nothing_changed(library, news, tmp_path):
    library.add(news)
    library.backup(tmp_path / "b")
    data = (tmp_path / "b").read_bytes()
    (tmp_path / "cut").write_bytes(data[: len(data) // 2])
    (tmp_path / "text").write_text("no database")
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE a (b)").connection.close()
    for name in ("cut", "text", "other", "missing"):
        with pytest.raises(LibraryError):
            library.restore(tmp_path / name)
    assert len(library) == 2
    assert library.check() == []


def test_a_backup_takes_the_place_of_an_older_one_and_of_nothing_else(library, news, tmp_path):
    library.backup(tmp_path / "b")
    library.add(news)
    library.backup(tmp_path / "b")
    (tmp_path / "note.md").write_text("catatan")
    (tmp_path / "empty").touch()
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE a (b)").connection.close()
    Library.open(tmp_path / "another", library.encoder).close()
    others = [tmp_path / "note.md", tmp_path / "empty", tmp_path / "other", tmp_path / "another" / DATABASE_FILE]
    before = [path.read_bytes() for path in others]
    for path in others:
        with pytest.raises(LibraryError, match=r"name (another file|the backup otherwise)"):
            library.backup(path)
    assert [path.read_bytes() for path in others] == before
    library.remove([article.id for article in news])
    library.restore(tmp_path / "b")
    assert len(library) == 2


def test_what_killed_backups_have_left_is_cleared_away_by_the_next_one(library, tmp_path):
    ours, others = ("b.1.new", "b.1.new-journal"), ("b.2.new", "b.x.new", "bb.1.new", "b.1.new.zip")
    for name in (*ours, *others):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, None if name == "b.2.new" else (0, 0))  # the former is still being written
    library.backup(tmp_path / "b")
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"b", *others}


def test_a_damaged_library_leaves_its_older_backup_and_says_how_that_is_restored(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
        library.backup(tmp_path / "b")
    before = (tmp_path / "b").read_bytes()
    with sqlite3.connect(tmp_path / "l" / DATABASE_FILE) as file:
        (page,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'articles'").fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    file.close()
    with (tmp_path / "l" / DATABASE_FILE).open("r+b") as broken:
        broken.seek((page - 1) * size)
        broken.write(b"\xff" * size)
    with Library.open(tmp_path / "l", encoder) as library:
        for act in (library.backup, library.restore):
            with pytest.raises(LibraryError, match="move the library's folder away, then restore a backup"):
                act(tmp_path / "b")
        for look in (library.entries, library.check):
            with pytest.raises(LibraryError, match="move the library's folder away"):
                look()
    assert (tmp_path / "b").read_bytes() == before
    (tmp_path / "l").rename(tmp_path / "away")
    with Library.open(tmp_path / "l", encoder) as library:
        library.restore(tmp_path / "b")
        assert {article.id for article in library.articles()} == {article.id for article in news}


@pytest.mark.parametrize("folder", ["café", "caf\udce9"])
def test_a_backup_is_restored_whatever_its_name_is_made_of(folder, library, news, tmp_path):
    try:
        (tmp_path / folder).mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    library.add(news)
    library.backup(tmp_path / folder / "a?b.backup")
    library.remove([article.id for article in news])
    library.restore(tmp_path / folder / "a?b.backup")
    assert {article.id for article in library.articles()} == {article.id for article in news}


def test_a_backup_without_a_name_says_so(library):
    with pytest.raises(LibraryError, match="is a variable unset"):
        library.backup(Path())


def test_a_backup_to_nowhere_says_so(library, tmp_path):
    with pytest.raises(LibraryError, match="could not be written"):
        library.backup(tmp_path / "no" / "b")
    assert list(tmp_path.glob("**/*.new")) == []


def test_to_find_what_is_reindexed_next_takes_no_longer_the_more_is_done(tmp_path, encoder):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add([Article.from_text(f"Kalimat ke {i}.", source=f"{i}") for i in range(300)])
        database, steps = library.database, []
        database._reader.set_progress_handler(lambda: steps.append(1), 10)  # of SQLite's own machine

        def taken():
            steps.clear()
            assert len(database.unstaged(1)) == 1
            return len(steps)

        before = taken()
        indexed = library.index([Document(article) for article in library.articles()[:290]])
        with database.change():
            for item in indexed:
                database.stage(item)
        assert database.unstaged(1) == [library.articles()[290]]
        assert taken() <= before + 5


def test_reindexing_takes_a_new_encoder_and_can_be_stopped_half_way(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add([*news, Article.from_text("Gunung meletus.")])
    new = WordEncoder("words-2", dimension=32)
    with Library.open(tmp_path / "l", encoder) as old, Library.open(tmp_path / "l", new, check=False) as renewed:

        def stop(_count):
            raise KeyboardInterrupt

        assert find(old, "Gunung meletus.", 1) == ["Gunung meletus."]
        with pytest.raises(KeyboardInterrupt):
            renewed.reindex(stop, batch=1)
        done = []
        with pytest.raises(KeyboardInterrupt):
            renewed.reindex(lambda n: done.append(n) if len(done) < 1 else stop(n), batch=1)
        assert find(old, "Gunung meletus.", 1) == ["Gunung meletus."]  # the old index answers until the new is whole
        new.encoded = 0
        assert renewed.reindex(batch=1) == 7
        assert new.encoded == 3 + 1  # one article was done before
        assert find(renewed, "Gunung meletus.", 1) == ["Gunung meletus."]
        with pytest.raises(ManifestMismatch, match="words-2"):
            find(old, "Gunung meletus.", 1)
        with pytest.raises(ManifestMismatch):
            old.add([Article.from_text("Lain.")])
    with Library.open(tmp_path / "l", new) as library:
        assert find(library, "Harga beras naik.", 1) == ["Harga beras naik."]
        assert library.check() == []


def test_a_check_does_not_hold_the_texts_of_all_articles_at_once():
    with Library.in_memory(WordEncoder()) as library:
        library.add([Document(Article.from_text(f"Nomor {n}. " + "🙂" * 250_000)) for n in range(20)])
        tracemalloc.start()
        try:
            assert library.check() == []
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("harm", ["text", "vector", "span", "words", "page"])
def test_damage_is_noticed(tmp_path, encoder, news, harm):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
    path = tmp_path / "l" / DATABASE_FILE
    if harm == "page":
        data = bytearray(path.read_bytes())
        at = data.index(b"Harga beras naik")
        data[at - 400 : at + 20] = bytes(420)
        path.write_bytes(data)
    else:
        with sqlite3.connect(path) as other:
            other.execute(
                {
                    "text": "UPDATE articles SET text = replace(text, 'Sari', 'Budi')",
                    "vector": f"UPDATE sentences SET vector = zeroblob({64 * 4}) WHERE number = 2",
                    "span": "UPDATE sentences SET end = 9999 WHERE number = 3",
                    "words": "DELETE FROM words WHERE rowid = 2",
                }[harm]
            )
        other.close()
    try:
        with Library.open(tmp_path / "l", encoder) as library:
            assert library.check() != []
    except LibraryError:
        assert harm == "page"


def test_a_library_of_format_1_is_brought_up_to_date(tmp_path, encoder):
    (tmp_path / "l").mkdir()
    old = sqlite3.connect(tmp_path / "l" / DATABASE_FILE)
    old.executescript(
        """
        CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE articles (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
            text TEXT NOT NULL, source TEXT NOT NULL, language TEXT NOT NULL);
        CREATE INDEX articles_by_source ON articles (source);
        CREATE TABLE sentences (number INTEGER PRIMARY KEY AUTOINCREMENT,
            article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, position INTEGER NOT NULL,
            start INTEGER NOT NULL, end INTEGER NOT NULL, language TEXT NOT NULL, vector BLOB NOT NULL,
            UNIQUE (article, position));
        CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
        CREATE TRIGGER forget_words AFTER DELETE ON sentences BEGIN DELETE FROM words WHERE rowid = old.number; END;
        PRAGMA application_id = 0x6B757469;
        """
    )
    text = "Gunung meletus."
    vector = encoder.encode_documents([text]).rows[0].astype("<f4").tobytes()
    known = {"format": "1", "uuid": "x", "generation": "3", "encoder": encoder.fingerprint}
    known["splitter"] = str(SPLITTER_VERSION)
    old.executemany("INSERT INTO manifest VALUES (?, ?)", known.items())
    old.execute("INSERT INTO articles VALUES (1, ?, 'Judul', ?, 'a.txt', 'id')", (Article.from_text(text).id, text))
    old.execute("INSERT INTO sentences VALUES (1, 1, 0, 0, ?, 'id', ?)", (len(text), vector))
    old.execute("INSERT INTO words (rowid, text) VALUES (1, ?)", (text,))
    old.commit()
    old.close()
    with Library.open(tmp_path / "l", encoder) as library:
        assert find(library, text, 1) == [text]
        assert library.check() == []
        assert library.add([Article.from_text("Baru.", source="a.txt")]).replaced


def test_a_library_that_is_only_split_otherwise_keeps_the_vectors_of_the_sentences_that_stay(
    tmp_path, encoder, news, monkeypatch
):
    one = Article.from_text("Rapat pukul 19.00 WIB. Presiden hadir. Lalu selesai.")
    old = [Span(0, 38), Span(39, 53)]  # as version 1 split it
    with monkeypatch.context() as patch:
        patch.setattr("index.indexing.SPLITTER_VERSION", 1)
        patch.setattr("index.indexing.split_sentences", lambda text: old if text == one.text else split_sentences(text))
        with Library.open(tmp_path / "l", encoder) as library:
            library.add([*news, one])
            before = {text: find(library, text, 1) for text in ("Lalu selesai.", "Harga beras naik.")}
    with pytest.raises(ManifestMismatch, match="splitter 1"):
        Library.open(tmp_path / "l", encoder)
    encoder.encoded = 0
    told = []
    with Library.open(tmp_path / "l", encoder, check=False) as library:
        assert library.reindex(told.append) == sum(told) == 9
        assert encoder.encoded == 2  # what was one sentence
        assert {text: find(library, text, 1) for text in before} == before
        assert find(library, "Presiden hadir.", 1) == ["Presiden hadir."]
        assert library.check() == []
        library.reindex()
        assert encoder.encoded == 2 + 9  # asked for without a need, all is encoded anew


def meanwhile(act):
    """A progress that does something once, at the first batch."""
    left = [act]
    return lambda _: left.pop()() if left else None


def test_of_two_that_embed_a_library_anew_with_different_encoders_one_is_told(tmp_path, encoder, news):
    two, three = WordEncoder("words-2", dimension=32), WordEncoder("words-3", dimension=32)
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
    with (
        Library.open(tmp_path / "l", two, check=False) as one,
        Library.open(tmp_path / "l", three, check=False) as other,
    ):
        with pytest.raises(LibraryError, match="another process"):
            one.reindex(meanwhile(other.reindex), batch=1)
        assert other.check() == []
        assert find(other, "Rapat digelar di Bandung.", 1) == ["Rapat digelar di Bandung."]
        assert one.reindex(batch=1) == 6
        assert find(one, "Rapat digelar di Bandung.", 1) == ["Rapat digelar di Bandung."]


def test_two_that_embed_a_library_anew_with_the_same_encoder_do_it_once(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
    one, other = WordEncoder("words-2", dimension=32), WordEncoder("words-2", dimension=32)
    with (
        Library.open(tmp_path / "l", one, check=False) as first,
        Library.open(tmp_path / "l", other, check=False) as second,
    ):
        assert first.reindex(meanwhile(second.reindex), batch=1) == 6
        assert one.encoded < 6
        assert first.check() == []


def test_what_another_encoder_has_embedded_meanwhile_is_not_given_to_a_copy(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library, Library.open(tmp_path / "copy", encoder) as target:
        library.add(news)
        with Library.open(tmp_path / "l", WordEncoder("words-2"), check=False) as other:
            other.reindex()
        with pytest.raises(ManifestMismatch):
            copy(library, target)
        assert len(target) == 0


def test_the_words_of_a_long_article_are_indexed_anew_in_linear_time(tmp_path, encoder):
    text = " ".join(f"Kalimat {at} selesai." for at in range(20_000))
    with Library.open(tmp_path / "l", encoder) as library:
        library.add([Article.from_text(text)])
        before = library.matching(["19999"], 3)
        started = time.process_time()
        with library.database.change():
            library.database.stage(library.database.stored(article_id(text)).indexed)
            library.database.swap_staged()
        assert time.process_time() - started < 3
        assert [found[1:] for found in library.matching(["19999"], 3)] == [found[1:] for found in before]
        assert library.check() == []


def test_a_locked_library_is_refused_in_words_and_left_as_it_was(tmp_path, encoder, news, monkeypatch):
    monkeypatch.setattr("index.sqlite_file.BUSY_SECONDS", 0.2)
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news[:1])
        other = sqlite3.connect(tmp_path / "l" / DATABASE_FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryError, match=r"locked.*it is as before"):
            library.add(news[1:])
        other.execute("ROLLBACK")
        other.close()
        assert library.add(news[1:]).added


def test_a_full_disk_is_told_in_words_and_leaves_the_library_as_it_was(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news[:1])
        pages = library.database._writer.execute("PRAGMA page_count").fetchone()[0]
        library.database._writer.execute(f"PRAGMA max_page_count = {pages}")
        long = Article.from_text(" ".join(f"Kalimat nomor {i} tentang hal lain." for i in range(400)))
        with pytest.raises(LibraryError, match="full"):
            library.add([long])
        assert [article.id for article in library.articles()] == [news[0].id]
        assert library.check() == []


def test_searches_go_on_while_articles_come_and_go_and_never_see_half_of_one(tmp_path, encoder):
    stop, wrong = threading.Event(), []
    with Library.open(tmp_path / "l", encoder) as library:
        library.add([Article.from_text(f"Tetap nomor {i}. Akhir tetap {i}.", source=f"t{i}") for i in range(20)])

        def look():
            while not stop.is_set():
                with library.snapshot():
                    (hits,) = library.nearest(encoder.encode_queries(["pasangan"]).rows, 500)
                    found = library.lookup([number for number, _ in hits])
                    if len(found) != len(hits):
                        wrong.append("a hit without its sentence")
                    by_article = {}
                    for stored in found.values():
                        by_article.setdefault(stored.sentence.article_id, set()).add(stored.sentence.position)
                    for article_id, positions in by_article.items():
                        if len(positions) != len(library.sentences(article_id)):
                            wrong.append(f"{article_id} with {positions}")

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for turn in range(40):
            library.add([Article.from_text(f"Pasangan {turn}. Kedua {turn}. Ketiga {turn}.", source=f"p{turn % 5}")])
        stop.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(library) == 25


@pytest.mark.parametrize("other", ["encoder", "splitter"])
@pytest.mark.parametrize("present", [0, 1])
def test_a_backup_that_another_encoder_or_splitter_made_is_restored_and_says_to_reindex(
    tmp_path, encoder, news, monkeypatch, other, present
):
    with monkeypatch.context() as patch:
        if other == "splitter":
            patch.setattr("index.indexing.SPLITTER_VERSION", 1)
        with Library.in_memory(WordEncoder("words-2" if other == "encoder" else "words-1")) as made:
            made.add(news)
            made.backup(tmp_path / "b")
    with Library.open(tmp_path / "l", encoder) as library:
        library.add([Article.from_text("Gunung meletus.")] * present)
        find(library, "gunung")
        library.restore(tmp_path / "b")
        assert [article.id for article in library.articles()] == [article.id for article in news]
        for needs_vectors in (
            library.ping,
            lambda: find(library, "beras"),
            lambda: library.add([Article.from_text("Baru.")]),
        ):
            with pytest.raises(ManifestMismatch, match=f"built with the {other} .* `kutip reindex`"):
                needs_vectors()
        encoder.encoded = 0
        assert library.reindex() == 6
        assert encoder.encoded == (6 if other == "encoder" else 0)
        assert find(library, "Harga beras naik.", 1) == ["Harga beras naik."]
        assert library.check() == []


def test_an_empty_backup_of_another_encoder_is_an_empty_library_of_any(tmp_path, encoder, news):
    with Library.in_memory(WordEncoder("words-2")) as other:
        other.backup(tmp_path / "b")
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
        library.restore(tmp_path / "b")
        assert len(library) == 0
    with Library.open(tmp_path / "l", encoder) as library:
        assert library.add(news).added


def test_an_interrupt_as_soon_as_the_lock_is_there_leaves_no_transaction_open(tmp_path, encoder, news, monkeypatch):
    with Library.open(tmp_path / "l", encoder) as library:
        real = library.database._writer

        class Interrupted:
            def execute(self, statement, *rest):
                done = real.execute(statement, *rest)
                if statement == "BEGIN IMMEDIATE":
                    raise KeyboardInterrupt
                return done

            def __getattr__(self, name):
                return getattr(real, name)

        monkeypatch.setattr(library.database, "_writer", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            library.add(news)
        monkeypatch.undo()
        assert not real.in_transaction
        assert library.add(news).added
