"""What holds an article: nothing goes that a file or a person still holds, and nothing stays that none does."""

import json
import shutil
import sqlite3
import tempfile
import time
from functools import partial
from pathlib import Path

import pytest
from doubles import WordEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from milvus_places import a_place

from index.article import Article, Document
from index.copying import copy
from index.filters import Filters
from index.ingest import Report, ingest
from index.ingest import sync as sync_folder
from index.library import Library
from index.loaders import documents_of
from index.milvus_engine import STRONG
from index.milvus_records import record
from index.milvus_schema import MANIFEST, digest
from index.places import open_library
from index.sqlite_file import DATABASE_FILE

sync = partial(sync_folder, allow_empty=True)  # here folders are emptied on purpose


@pytest.fixture(params=["embedded", "milvus"])
def place(request, tmp_path):
    if request.param == "embedded":
        yield str(tmp_path / "library")
    else:
        with a_place(tmp_path) as made:
            yield made


@pytest.fixture
def library(place, encoder):
    with open_library(place, encoder) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "kabar"
    made.mkdir()
    return made


def write(folder, name, rows):
    """A file with a row {link: text} each; without rows there is none."""
    path = folder / name
    if rows:
        path.write_text("".join(json.dumps({"url": url, "text": text}) + "\n" for url, text in rows.items()))
    else:
        path.unlink(missing_ok=True)


def titles(library):
    return sorted(entry.title for entry in library.entries())


X, Y = "https://a.id/x", "https://a.id/y"


def test_a_row_that_another_file_still_has_stays(library, folder):
    write(folder, "a.jsonl", {X: "Kabar satu."})
    write(folder, "b.jsonl", {X: "Kabar satu."})
    sync(library, folder)
    write(folder, "b.jsonl", {})
    assert sync(library, folder).removed == ()
    assert titles(library) == ["Kabar satu."]
    write(folder, "a.jsonl", {})
    assert len(sync(library, folder).removed) == 1
    assert titles(library) == []


def test_a_row_that_moved_to_another_file_stays(library, folder):
    write(folder, "a.jsonl", {X: "Kabar satu.", Y: "Kabar dua."})
    write(folder, "b.jsonl", {"https://a.id/z": "Kabar tiga."})
    sync(library, folder)
    encoded = library.encoder.encoded
    write(folder, "a.jsonl", {Y: "Kabar dua."})
    write(folder, "b.jsonl", {"https://a.id/z": "Kabar tiga.", X: "Kabar satu."})
    done = sync(library, folder)
    assert (done.removed, done.replaced) == ((), ())
    assert titles(library) == ["Kabar dua.", "Kabar satu.", "Kabar tiga."]
    assert library.encoder.encoded == encoded


def test_the_text_that_another_file_has_for_a_link_counts_again_once_the_newer_one_is_gone(library, folder):
    write(folder, "a.jsonl", {X: "Kabar lama."})
    sync(library, folder)
    write(folder, "b.jsonl", {X: "Kabar baru."})
    sync(library, folder)
    assert titles(library) == ["Kabar baru."]
    write(folder, "b.jsonl", {})
    sync(library, folder)
    assert titles(library) == ["Kabar lama."]
    assert sync(library, folder).unchanged == ()


def test_the_text_of_another_file_counts_again_though_that_file_changed_in_the_same_step(library, folder):
    write(folder, "a.jsonl", {X: "Kabar lama.", Y: "Kabar dua."})
    sync(library, folder)
    write(folder, "b.jsonl", {X: "Kabar baru."})
    sync(library, folder)
    write(folder, "a.jsonl", {X: "Kabar lama."})
    write(folder, "b.jsonl", {})
    sync(library, folder)
    assert titles(library) == ["Kabar lama."]


def test_folders_within_each_other_are_both_kept_in_step(library, folder):
    inner = folder / "dalam"
    inner.mkdir()
    write(folder, "a.jsonl", {X: "Kabar satu."})
    write(inner, "b.jsonl", {Y: "Kabar dua."})
    sync(library, folder)
    sync(library, inner)
    assert len(library.files(str(folder.resolve()))) == 2
    write(inner, "b.jsonl", {})
    assert len(sync(library, folder).removed) == 1
    assert library.files(str(inner.resolve())) == {}
    assert titles(library) == ["Kabar satu."]


@pytest.mark.parametrize("first", ["given", "synced"])
def test_a_text_that_was_given_by_itself_stays_when_the_file_that_has_it_too_goes(library, folder, first):
    own = Article.from_text("Kabar satu.")
    write(folder, "a.jsonl", {X: own.text})
    for step in ("given", "synced") if first == "given" else ("synced", "given"):
        library.add([own]) if step == "given" else sync(library, folder)
    assert library.entries()[0].sources == (X,)
    write(folder, "a.jsonl", {})
    assert sync(library, folder).removed == ()
    (entry,) = library.entries()
    assert (entry.source, entry.sources, library.article(own.id).source) == ("", (), "")
    assert library.check() == []
    assert library.remove([own.id]) == (own.id,)
    assert library.holdings() == ()


def test_a_source_that_was_given_without_a_file_stays_when_a_file_that_has_it_goes(library, folder):
    library.add([Article.from_text("Kabar satu.", source=X)])
    write(folder, "a.jsonl", {X: "Kabar satu."})
    sync(library, folder)
    write(folder, "a.jsonl", {})
    sync(library, folder)
    assert titles(library) == ["Kabar satu."]


def test_texts_that_a_table_has_under_one_link_are_all_kept(library, folder):
    path = folder / "a.jsonl"
    texts = ["Kabar satu.", "Kabar dua.", "Kabar satu.", "Kabar tiga."]
    path.write_text("".join(json.dumps({"url": X, "text": text}) + "\n" for text in texts))
    report = ingest(library, [path])
    assert len(report.added) == 3
    assert [entry.source for entry in library.entries()] == [X, f"{X}#2", f"{X}#3"]


def test_a_table_of_one_link_is_told_apart_in_linear_time():
    rows = "".join(json.dumps({"url": X, "text": f"Kabar {at % 15_000}."}) + "\n" for at in range(19_000))
    began = time.process_time()
    sources = [document.article.source for document in documents_of(rows.encode(), "a.jsonl")]
    assert len(set(sources)) == 15_000  # the same text again is the same article
    assert time.process_time() - began < 10


def test_what_a_file_has_had_all_along_does_not_take_the_place_of_a_newer_text(library, folder):
    write(folder, "a.jsonl", {X: "Kabar lama.", Y: "Kabar dua."})
    sync(library, folder)
    write(folder, "b.jsonl", {X: "Kabar baru."})
    sync(library, folder)
    write(folder, "a.jsonl", {X: "Kabar lama.", Y: "Kabar tiga."})
    done = sync(library, folder)
    assert (len(done.added), len(done.replaced)) == (1, 1)
    assert titles(library) == ["Kabar baru.", "Kabar tiga."]
    assert library.check() == []


def test_what_a_file_tells_otherwise_of_the_same_text_counts_and_what_another_source_tells_of_it_does_not(
    library, folder
):
    def write(name, **told):
        rows = [{"text": "Kabar satu.", **told}]
        (folder / name).write_text(json.dumps(rows))

    write("a.json", title="Lama", date="2019-02-27", url="https://x.test/1")
    write("b.json", title="Lain", url="https://y.test/1")
    (added,) = sync(library, folder).added
    write("b.json", title="Lain lagi", url="https://y.test/1")
    assert sync(library, folder).unchanged == (added,)
    assert titles(library) == ["Lama"]
    corrected = {"title": "Baru", "date": "2019-02-28", "author": "Sari", "lang": "en", "url": "https://x.test/1"}
    write("a.json", **corrected)
    report = sync(library, folder)
    assert (report.added, report.replaced, report.unchanged, report.removed) == ((), (added,), (), ())
    article = library.article(added)
    assert (article.title, article.published, article.author, article.language) == ("Baru", "2019-02-28", "Sari", "en")
    assert json.loads(library.original(added).content)["title"] == "Baru"
    (row,) = library.encoder.encode_queries(["Kabar satu."]).rows
    for since, count in (("2019-02-28", 1), ("2019-03-01", 0)):
        assert library.size(Filters(after=since)) == count
        assert len(library.nearest(row[None], 3, Filters(after=since))[0]) == count
    state = library.state
    assert ingest(library, [folder]).unchanged == (added,)
    assert (library.state, library.check()) == (state, [])


def test_rows_that_only_change_their_numbers_are_not_embedded_again(library, folder):
    def rows(*texts):
        (folder / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))

    texts = [f"Kabar {at}." for at in range(6)]
    rows(*texts)
    ingest(library, [folder])
    encoded = library.encoder.encoded
    rows("Kabar di atas.", *texts)
    done = ingest(library, [folder])
    assert (len(done.added), done.replaced, len(done.unchanged)) == (1, (), 6)
    assert library.encoder.encoded == encoded + 1
    assert library.check() == []


def test_a_row_that_moves_to_a_file_far_behind_is_neither_removed_nor_embedded_again(library, folder, monkeypatch):
    monkeypatch.setattr("index.ingest.FILES", 2)
    for at in range(7):
        write(folder, f"{at}.jsonl", {f"https://a.id/{at}": f"Kabar {at}."} | ({X: "Kabar satu."} if at == 0 else {}))
    sync(library, folder)
    encoded = library.encoder.encoded
    write(folder, "0.jsonl", {"https://a.id/0": "Kabar 0."})
    write(folder, "6.jsonl", {"https://a.id/6": "Kabar 6.", X: "Kabar satu."})
    done = sync(library, folder)
    assert (done.added, done.replaced, done.removed) == ((), (), ())
    assert library.encoder.encoded == encoded


def test_a_row_that_is_gone_is_told_of_as_removed(library, folder):
    write(folder, "a.jsonl", {X: "Kabar satu.", Y: "Kabar dua."})
    sync(library, folder)
    write(folder, "a.jsonl", {Y: "Kabar dua."})
    done = sync(library, folder)
    assert (len(done.removed), done.replaced) == (1, ())
    assert sync(library, folder).unchanged == ()  # its stamp was noted


def test_a_synced_folder_that_was_renamed_leaves_nothing_behind(library, folder):
    write(folder, "a.jsonl", {X: "Kabar satu."})
    (folder / "b.txt").write_text("Kabar dua.")
    (folder / "c.txt").write_text("Kabar tiga.")
    sync(library, folder)
    renamed = folder.rename(folder.with_name("berita"))
    (renamed / "c.txt").unlink()
    encoded = library.encoder.encoded
    assert sync(library, renamed).removed == ()
    assert library.encoder.encoded == encoded
    assert titles(library) == ["Kabar dua.", "Kabar satu.", "Kabar tiga."]  # the old folder may come back with its disk
    write(renamed, "a.jsonl", {})
    (renamed / "b.txt").unlink()
    assert len(sync(library, renamed).removed) == 2
    assert titles(library) == ["Kabar tiga."]
    assert library.check() == []


def test_what_came_and_went_in_one_step_is_not_told_of_as_added(library):
    one, two = (Article.from_text(text, source=X) for text in ("Kabar satu.", "Kabar dua."))
    done = library.add([one, two])
    assert (done.added, done.replaced) == ((two.id,), ())
    assert titles(library) == ["Kabar dua."]


def test_a_copy_knows_what_holds_its_articles(library, folder, encoder, tmp_path):
    own = Article.from_text("Kabar satu.")
    library.add([own])
    write(folder, "a.jsonl", {X: own.text, Y: "Kabar dua."})
    write(folder, "b.jsonl", {Y: "Kabar dua."})
    with Library.open(tmp_path / "other", encoder) as other:
        sync(other, folder)
        sync(library, folder)
        assert copy(library, other) == 1  # the text that was given by itself
        assert sorted(other.holdings()) == sorted(library.holdings())
        assert copy(library, other) == 0
        write(folder, "a.jsonl", {})
        sync(other, folder)
        assert titles(other) == ["Kabar dua.", "Kabar satu."]


def test_a_copy_knows_which_older_text_a_file_has(library, folder, encoder, tmp_path):
    write(folder, "a.jsonl", {X: "Kabar lama."})
    sync(library, folder)
    write(folder, "b.jsonl", {X: "Kabar baru."})
    sync(library, folder)
    library.backup(tmp_path / "b")
    with Library.open(tmp_path / "other", encoder) as other:
        other.restore(tmp_path / "b")
        assert sorted(other.holdings()) == sorted(library.holdings())
    library.restore(tmp_path / "b")
    write(folder, "b.jsonl", {})
    sync(library, folder)
    assert titles(library) == ["Kabar lama."]


def test_a_file_that_is_synced_while_its_library_is_copied_is_read_again_in_the_copy(
    library, folder, encoder, tmp_path, monkeypatch
):
    write(folder, "a.jsonl", {X: "Kabar satu."})
    sync(library, folder)
    stored = library.stored

    def meanwhile(ids):
        write(folder, "b.jsonl", {Y: "Kabar dua."})
        sync(library, folder)
        return stored(ids)

    with Library.open(tmp_path / "other", encoder) as other:
        monkeypatch.setattr(library, "stored", meanwhile)
        copy(library, other)
        assert titles(other) == ["Kabar satu."]
        sync(other, folder)
        assert titles(other) == ["Kabar dua.", "Kabar satu."]


def test_a_file_that_came_after_a_backup_is_read_again_once_that_is_restored(library, folder, tmp_path):
    write(folder, "a.jsonl", {X: "Kabar satu."})
    sync(library, folder)
    library.backup(tmp_path / "b")
    write(folder, "b.jsonl", {Y: "Kabar dua."})
    sync(library, folder)
    library.restore(tmp_path / "b")
    assert titles(library) == ["Kabar satu."]
    sync(library, folder)
    assert titles(library) == ["Kabar dua.", "Kabar satu."]


LINKS, TEXTS, NAMES = [X, Y], ["Kabar satu.", "Kabar dua.", "Kabar tiga."], ["a.jsonl", "b.jsonl", "c.jsonl"]
FILES = st.dictionaries(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(LINKS), st.sampled_from(TEXTS)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(FILES, st.none() | st.sampled_from(TEXTS), st.booleans()), min_size=1, max_size=5))
def test_after_a_sync_a_library_holds_what_the_folder_and_people_do(steps):
    top = Path(tempfile.mkdtemp())
    (top / "kabar").mkdir()
    given_texts = set()
    try:
        with Library.open(top / "library", WordEncoder()) as library:
            for files, text, by_add in steps:
                for name in NAMES:
                    write(top / "kabar", name, files.get(name, {}))
                if text:
                    library.add([Article.from_text(text)])
                    given_texts.add(text)
                before = {entry.id for entry in library.entries()}
                done = ingest(library, [top / "kabar"]) if by_add else Report()  # not by way of `sync`
                done += sync(library, top / "kabar")
                after = {entry.id for entry in library.entries()}
                assert after - before <= set(done.added)
                assert before - after <= {*done.replaced, *done.removed}
                held = {(link, text) for rows in files.values() for link, text in rows.items()}
                found = {(s, library.article(e.id).text) for e in library.entries() for s in e.sources}
                assert found <= held
                assert {link for link, _ in found} == {link for link, _ in held}
                assert set(titles(library)) == {text for _, text in found} | given_texts
                assert library.check() == []
                before = library.holdings()
                again = sync(library, top / "kabar")
                assert (again.added, again.removed, library.holdings()) == ((), (), before)
    finally:
        shutil.rmtree(top)


# -- libraries and backups of format 2 ---------------------------------------------------------------------


@pytest.fixture
def old_folder(tmp_path, encoder, folder):
    """A library as the kutip before left it: synced with a folder, and with a text of its own."""
    write(folder, "a.jsonl", {X: "Kabar satu."})
    write(folder, "b.jsonl", {X: "Kabar satu."})
    with Library.open(tmp_path / "old", encoder) as library:
        sync(library, folder)
        library.add([Article.from_text("Kabar sendiri.")])
    connection = sqlite3.connect(tmp_path / "old" / DATABASE_FILE)
    connection.executescript(
        """
        CREATE TABLE old_sources AS SELECT s.source, s.article, max(h.file) file FROM sources s JOIN holders h
            ON h.source = s.source GROUP BY s.source;
        CREATE TABLE old_files AS SELECT * FROM files;
        DROP TABLE holders; DROP TABLE sources; DROP TABLE files;
        CREATE TABLE sources (source TEXT NOT NULL UNIQUE, article INTEGER NOT NULL REFERENCES articles
            ON DELETE CASCADE, file TEXT NOT NULL);
        CREATE INDEX sources_by_article ON sources (article);
        CREATE INDEX sources_by_file ON sources (file);
        CREATE TABLE files (path TEXT PRIMARY KEY, folder TEXT NOT NULL, stamp TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX files_by_folder ON files (folder);
        INSERT INTO sources SELECT * FROM old_sources;
        INSERT INTO files SELECT path, folder, stamp FROM old_files;
        DROP TABLE old_sources; DROP TABLE old_files;
        ALTER TABLE articles DROP COLUMN given;
        UPDATE manifest SET value = '2' WHERE key = 'format';
        """
    )
    connection.close()
    return tmp_path / "old"


def test_a_library_of_the_format_before_learns_at_the_next_sync_what_holds_its_articles(old_folder, encoder, folder):
    encoded = encoder.encoded
    with Library.open(old_folder, encoder) as library:
        assert titles(library) == ["Kabar satu.", "Kabar sendiri."]
        assert library.check() == []
        assert sync(library, folder).added == ()
        write(folder, "b.jsonl", {})
        sync(library, folder)
        assert titles(library) == ["Kabar satu.", "Kabar sendiri."]
        write(folder, "a.jsonl", {})
        sync(library, folder)
        assert titles(library) == ["Kabar sendiri."]
    assert encoder.encoded == encoded


def test_a_backup_of_the_format_before_is_restored_and_left_as_it_is(library, old_folder, encoder, tmp_path):
    shutil.copyfile(old_folder / DATABASE_FILE, tmp_path / "backup.db")
    before = (tmp_path / "backup.db").read_bytes()
    library.add([Article.from_text("Lain.")])
    library.restore(tmp_path / "backup.db")
    assert titles(library) == ["Kabar satu.", "Kabar sendiri."]
    assert library.check() == []
    assert (tmp_path / "backup.db").read_bytes() == before


def test_a_library_on_milvus_of_the_format_before_is_brought_up_to_date(tmp_path, encoder, folder):
    write(folder, "a.jsonl", {X: "Kabar satu."})
    write(folder, "b.jsonl", {X: "Kabar satu."})
    with a_place(tmp_path) as place:
        with open_library(place, encoder) as library:
            sync(library, folder)
            own = Article.from_text("Kabar sendiri.")
            library.add([Document(own)])
            engine, records = library.engine, library.reading.records
            rows = engine.select(records, 'kind in ["holder", "file", "source"]', ("key",), STRONG)
            engine.delete(records, [row["key"] for row in rows])
            (article,) = (entry.id for entry in library.entries() if entry.id != own.id)
            file, named = str(folder.resolve() / "b.jsonl"), str(folder.resolve())
            engine.upsert(
                records,
                [
                    record(f"s/{digest(X)}", "source", json.dumps([X, file]), article=article, owner=digest(file)),
                    record(f"f/{digest(file)}", "file", json.dumps([named, file, "stamp"]), owner=digest(named)),
                    record(MANIFEST, "manifest", json.dumps({"format": "2", **library.manifest})),
                ],
            )
        for _ in range(2):
            with open_library(place, encoder) as library:
                assert set(library.holdings()) == {(article, X, file, article), (own.id, "", "", "")}
                assert library.all_files() == ((named, file, ""),)
        with open_library(place, encoder) as library:
            sync(library, folder)
            write(folder, "b.jsonl", {})
            sync(library, folder)
            assert titles(library) == ["Kabar satu.", "Kabar sendiri."]
            write(folder, "a.jsonl", {})
            sync(library, folder)
            assert titles(library) == ["Kabar sendiri."]


@pytest.mark.parametrize("gone", [{}, {X: "Kabar dua."}])
def test_an_article_whose_source_goes_is_told_by_its_next_one(library, folder, gone):
    def write(name, rows, **told):
        path = folder / name
        lines = [json.dumps({"url": url, "text": text, **told}) + "\n" for url, text in rows.items()]
        path.write_text("".join(lines)) if lines else path.unlink()

    write("a.jsonl", {X: "Kabar satu."}, title="Lama", date="2019-02-27")
    write("b.jsonl", {Y: "Kabar satu."}, title="Lain", date="2019-02-28")
    (own,) = sync(library, folder).added
    write("a.jsonl", gone, title="Baru")
    assert own in sync(library, folder).replaced
    article = library.article(own)
    assert (article.title, article.published, article.source) == ("Lain", "2019-02-28", Y)
    assert sync(library, folder) == Report()


def test_a_row_that_is_corrected_while_others_come_in_front_of_it_is_told_anew(library, folder):
    path = folder / "a.jsonl"
    path.write_text('{"text": "Kabar satu.", "title": "Lama"}\n')
    sync(library, folder)
    path.write_text('{"text": "Kabar dua."}\n{"text": "Kabar satu.", "title": "Baru"}\n')
    sync(library, folder)
    assert titles(library) == ["Baru", "Kabar dua."]


def test_a_row_that_is_told_otherwise_when_it_gets_an_address_is_told_anew(library, folder):
    (folder / "b.jsonl").write_text('{"text": "Kabar satu.", "title": "Lain"}\n')
    path = folder / "a.jsonl"
    path.write_text('{"text": "Kabar satu.", "title": "Lama"}\n')
    sync(library, folder)
    path.write_text(json.dumps({"text": "Kabar satu.", "title": "Baru", "url": X}) + "\n")
    (folder / "b.jsonl").unlink()
    sync(library, folder)
    assert titles(library) == ["Baru"]


def test_files_that_are_renamed_are_read_once(library, folder, monkeypatch):
    read = []
    monkeypatch.setattr("index.ingest.documents_of", lambda *a, **k: read.append(a) or documents_of(*a, **k))
    write(folder, "a.jsonl", {X: "Kabar satu."})
    (folder / "a.txt").write_text("Kabar dua.")
    sync(library, folder)
    for name in ("a.jsonl", "a.txt"):
        (folder / name).rename(folder / name.replace("a", "b", 1))
    sync(library, folder)
    folder.rename(folder.with_name("lain"))
    sync(library, folder.with_name("lain"))
    assert len(read) == 6
    assert sync(library, folder.with_name("lain")) == Report()
