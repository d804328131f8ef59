"""One suite for every library: in one file, and on Milvus (a local file, or the server of `make test-milvus`)."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from doubles import WordEncoder, WordReader
from milvus_places import a_place

from index.any_library import AnyLibrary
from index.article import Article, Document, Original
from index.copying import copy
from index.encoder import SentenceEncoder
from index.errors import ArticleGone, LibraryError, ManifestMismatch, ModelError
from index.filters import Filters
from index.ingest import Report, ingest, store_documents, sync
from index.library import Added, Library
from index.loaders import documents_of
from index.places import open_library
from qa.calibration import Calibration
from qa.pipeline import Pipeline
from qa.retriever import retrieve


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


def find(library: AnyLibrary, text: str, k: int = 3, filters: Filters | None = None) -> list[str]:
    (hits,) = library.nearest(library.encoder.encode_queries([text]).rows, k, filters)
    found = library.lookup([number for number, _ in hits])
    return [s.sentence.span.cut(library.article(s.sentence.article_id).text) for s in (found[n] for n, _ in hits)]


def test_what_is_added_is_found_word_by_word_and_stays_after_opening_again(place, encoder, news):
    with open_library(place, encoder) as library:
        assert library.add(news).added == tuple(article.id for article in news)
        assert library.count() == (2, 6)
        assert find(library, "Harga beras naik.", 1) == ["Harga beras naik."]
    with open_library(place, encoder) as library:
        assert [article.text for article in library.articles()] == [article.text for article in news]
        assert find(library, "Ketua rapat bernama Sari.", 1) == ["Ketua rapat bernama Sari."]
        assert library.check() == []


def test_adding_again_changes_nothing_and_a_new_text_of_a_source_replaces_the_old_one(library, news):
    library.add(news)
    assert library.add(news).unchanged == tuple(article.id for article in news)
    assert library.count() == (2, 6)
    changed = Article.from_text("Rapat batal. Semua pulang.", source="a.txt")
    done = library.add([changed])
    assert (done.added, done.replaced) == ((changed.id,), (news[0].id,))
    assert "Rapat digelar di Bandung." not in find(library, "Rapat digelar di Bandung.", 9)
    assert library.count() == (2, 5)
    with pytest.raises(ArticleGone):
        library.article(news[0].id)
    assert library.check() == []


def test_a_text_from_two_sources_goes_with_the_last_of_them(library):
    text = "Kabar yang sama. Di dua tempat."
    one, two = (Article.from_text(text, source=name) for name in ("x.txt", "y.txt"))
    assert library.add([one]).added == (one.id,)
    assert library.add([two]).unchanged == (one.id,)
    assert library.entries()[0].sources == ("x.txt", "y.txt")
    assert library.replace([("x.txt", "")], ()).removed == ()
    assert library.article(one.id).source == "y.txt"
    assert library.replace([("y.txt", "")], ()) == Added(removed=(one.id,))
    assert len(library) == 0


def test_a_text_that_moves_from_one_source_to_another_is_kept(library):
    old, new = (Article.from_text("Pindah saja.", source=name) for name in ("lama.txt", "baru.txt"))
    library.add([old])
    assert library.replace([("lama.txt", "")], [new]) == Added(unchanged=(new.id,))
    assert [entry.source for entry in library.entries()] == ["baru.txt"]


def test_removed_articles_are_neither_listed_nor_found(library, news):
    library.add(news)
    assert library.remove([news[0].id, "unknown"]) == (news[0].id,)
    assert [entry.id for entry in library.entries()] == [news[1].id]
    assert not any("apat" in text for text in find(library, "Rapat selesai sore.", 9))
    assert library.count() == (1, 3)
    assert library.known([news[0].id, news[1].id]) == {news[1].id}
    assert library.add([news[0]]).added == (news[0].id,)
    assert find(library, "Rapat selesai sore.", 1) == ["Rapat selesai sore."]


def test_all_that_belongs_to_an_article_is_kept(library):
    text = 'Halaman satu.\nHalaman dua “dengan kutipan” \\ dan "tanda".'
    article = Article.from_text(
        text, title="Judul", source="s.pdf", language="id", author="Sari", published="2019-02-28", pages=(0, 14)
    )
    library.add([Document(article, Original("application/pdf", bytes(range(256)) * 400), "s.pdf")])
    assert library.article(article.id) == article
    assert library.original(article.id) == Original("application/pdf", bytes(range(256)) * 400)
    assert library.has_original(article.id)
    assert library.sentences(article.id)[0].cut(article.text) == "Halaman satu."
    (entry,) = library.entries()
    assert (entry.author, entry.published, entry.characters, entry.sentences) == ("Sari", "2019-02-28", len(text), 2)
    assert len(library.sketches([article.id])[article.id]) == 256
    assert library.sources_of_file("s.pdf") == ("s.pdf",)


def test_an_article_longer_than_a_row_of_the_engine_is_whole(library):
    rng = np.random.default_rng(1)
    text = " ".join(f"Kalimat {i} tentang {rng.integers(10**15)} selesai." for i in range(2500))
    article = Article.from_text(text)
    library.add([article])
    assert library.article(article.id).text == text
    assert len(library.sentences(article.id)) == 2500
    assert library.count() == (1, 2500)
    assert library.check() == []


def test_lists_are_in_order_searched_and_cut_into_pages(library):
    articles = [Article.from_text(f"Isi {i}.", title=f"Judul {i}", source=f"s{i}.txt") for i in range(5)]
    library.add(articles[:2])
    library.add(articles[2:])
    assert [entry.title for entry in library.entries()] == [f"Judul {i}" for i in range(5)]
    assert [entry.title for entry in library.entries(limit=2, offset=1)] == ["Judul 1", "Judul 2"]
    assert [entry.title for entry in library.entries(containing="S3.TXT")] == ["Judul 3"]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(sources=("tempo.co",)), "A"),
        (Filters(sources=("*.TXT",)), "B"),
        (Filters(after="2019-02"), "AB"),
        (Filters(before="2019-02"), "A"),
        (Filters(after="2019-03-02"), "B"),
        (Filters(languages=("en",)), "BC"),
        (Filters(sources=("tempo", "x.txt"), languages=("en",)), "B"),
        (Filters(sources=("nowhere",)), ""),
    ],
)
def test_filters_hold_for_search_lists_and_counts(library, filters, wanted):
    articles = {
        "A": Article.from_text("Satu hal A.", source="https://tempo.co/1", published="2019-02-28", language="id"),
        "B": Article.from_text("Satu hal B.", source="x.txt", published="2019-03-02T10:00", language="en"),
        "C": Article.from_text("Satu hal C.", source="z.pdf", language="en"),
    }
    library.add(articles.values())
    assert {entry.title[-2] for entry in library.entries(filters)} == set(wanted)
    assert {text[-2] for text in find(library, "Satu hal", 9, filters)} == set(wanted)
    assert library.count(filters) == (len(wanted), len(wanted))
    assert len(find(library, "Satu hal", 9, Filters(articles=(articles["A"].id,)))) == 1


def test_by_name_only_the_names_of_files_are_looked_at(library):
    paths = ["/home/sari/rahasia/A.txt", "C:\\Users\\sari\\b.txt", "https://sari.test/c", "/home/sari/d.zip!/in/e.txt"]
    articles = [Article.from_text(f"Isi {at}.", source=path) for at, path in enumerate(paths)]
    library.add(articles)
    for wanted, found, by_path in (
        ("sari", [2], [0, 1, 2, 3]),
        ("a.txt", [0], [0]),
        ("a.*", [0], []),
        ("rahasia", [], [0]),
        ("*/b.txt", [], []),
        ("in/e", [3], [3]),
    ):
        for filters, right in ((Filters((wanted,), by_name=True), found), (Filters((wanted,)), by_path)):
            assert [entry.title for entry in library.entries(filters)] == [f"Isi {at}." for at in right], wanted
            assert library.count(filters)[0] == library.size(filters) == len(right)
        if "*" not in wanted:
            named = library.entries(Filters(by_name=True), containing=wanted)
            assert [entry.title for entry in named] == [f"Isi {at}." for at in found]
            assert len(library.entries(containing=wanted)) == len(by_path)


def test_words_are_found_best_first_where_the_engine_has_a_full_text_search(library, news):
    library.add(news)
    if not getattr(library, "has_words", True):
        assert library.matching(["beras"], 3) == ()
        return
    found = library.matching(["beras", "naik"], 3)
    assert found[0][2] == "Harga beras naik."
    assert all(score > 0 for _, score, _ in found)
    assert [score for _, score, _ in found] == sorted((score for _, score, _ in found), reverse=True)
    assert library.matching(["bandung"], 3, Filters(articles=(news[1].id,))) == ()
    number = found[0][0]
    query = library.encoder.encode_queries(["Harga beras naik."]).rows[0]
    assert library.similarities(query, [number])[number] == pytest.approx(1.0, abs=1e-3)


def test_a_question_is_answered_with_its_place(library, news):
    library.add(news)
    answer = Pipeline(library, WordReader(), Calibration()).answer("Siapa bernama?")
    assert answer.evidence[0].text == "Sari"
    assert answer.evidence[0].answer.cut(library.article(answer.evidence[0].article_id).text) == "Sari"


def test_an_add_that_fails_leaves_nothing(library, news):
    library.add(news[:1])

    class Failing(WordEncoder):
        def encode_documents(self, texts, progress=None):
            raise LibraryError("out of memory")

    library.encoder, encoder = Failing(), library.encoder
    with pytest.raises(LibraryError):
        library.add([news[1], Article.from_text("Lain.")])
    library.encoder = encoder
    assert library.count() == (1, 3)
    assert library.check() == []


def test_another_encoder_is_refused_until_the_library_is_embedded_anew(place, encoder, news):
    new = WordEncoder("words-2", dimension=32)
    with open_library(place, encoder) as library:
        library.add(news)
    with pytest.raises(ManifestMismatch, match="kutip reindex"):
        open_library(place, new)
    with open_library(place, encoder) as old, open_library(place, new, check=False) as renewed:
        assert find(old, "Harga beras naik.", 1) == ["Harga beras naik."]
        old.ping()
        with pytest.raises(ManifestMismatch):
            renewed.ping()
        assert renewed.reindex() == 6
        renewed.ping()
        with pytest.raises(ManifestMismatch):
            old.ping()
        with pytest.raises(ManifestMismatch):
            retrieve(old, ["beras"])
        with pytest.raises(ManifestMismatch):
            old.add([Article.from_text("Baru.")])
    with open_library(place, new) as library:
        assert find(library, "Harga beras naik.", 1) == ["Harga beras naik."]
        assert library.count() == (2, 6)
        assert library.check() == []


def test_a_library_is_read_without_its_encoder_until_something_is_compared(place, encoder, news, tmp_path):
    with open_library(place, encoder) as library:
        library.add(news)
    gone = SentenceEncoder(tmp_path / "gone")
    with pytest.raises(ModelError, match="there is no folder"):
        open_library(place, gone)
    with open_library(place, gone, check=False) as library:
        assert library.count() == (2, 6)
        assert {entry.source for entry in library.entries()} == {"a.txt", "b.txt"}
        with pytest.raises(ModelError, match="there is no folder"):
            library.ping()
    with open_library(place, encoder) as library:
        assert library.count() == (2, 6)


def test_who_embedded_a_library_anew_notices_when_another_does(place, encoder, news):
    with open_library(place, encoder) as library:
        library.add(news)
    two, three = WordEncoder("words-2", dimension=32), WordEncoder("words-3", dimension=32)
    with open_library(place, two, check=False) as first:
        first.reindex()
        with open_library(place, three, check=False) as second:
            second.reindex()
            assert find(second, "Harga beras naik.", 1) == ["Harga beras naik."]
        with pytest.raises(ManifestMismatch, match="words-3"):
            retrieve(first, ["beras"])


def test_an_empty_library_takes_any_encoder_and_answers_nothing(place, encoder):
    with open_library(place, encoder) as library:
        assert retrieve(library, ["apa saja"])[0].passages == ()
        assert (library.count(), library.entries(), library.check()) == ((0, 0), (), [])
    with open_library(place, WordEncoder("words-2", dimension=16)) as library:
        library.add([Article.from_text("Isi baru.")])
        assert find(library, "Isi baru.", 1) == ["Isi baru."]


def test_a_folder_is_kept_in_step(library, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"Kabar {name}. Isinya {name}.")
    assert len(sync(library, folder).added) == 3
    assert sync(library, folder).added == ()
    (folder / "a.txt").write_text("Kabar lain.")
    (folder / "b.txt").unlink()
    done = sync(library, folder)
    assert (len(done.added), len(done.replaced), len(done.removed)) == (1, 1, 1)
    assert {entry.title for entry in library.entries()} == {"Kabar lain.", "Kabar c. Isinya c."}
    assert len(library.files(str(folder.resolve()))) == 2


def test_rows_of_a_table_that_went_go_from_the_library(library, tmp_path):
    table = tmp_path / "rows.jsonl"
    table.write_text("".join(json.dumps({"text": f"Baris {i}."}) + "\n" for i in range(3)))
    assert len(ingest(library, [table]).added) == 3
    table.write_text(json.dumps({"text": "Baris baru."}) + "\n")
    done = ingest(library, [table])
    assert (len(done.added), len(done.replaced), len(done.removed)) == (1, 1, 2)
    assert [entry.title for entry in library.entries()] == ["Baris baru."]


def feed(*numbers: int, text: str = "Isi kabar") -> bytes:
    items = "".join(
        f"<item><link>https://a.id/{n}</link><description>{text} {n}.</description></item>" for n in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def come(library: AnyLibrary, folder: Path, how: str, data: bytes) -> Report:
    """What is done when a feed's file comes (again) with these bytes."""
    path = folder / "feed.xml"
    path.write_bytes(data)
    if how == "fetched":
        return store_documents(library, documents_of(data, "https://a.id/feed.xml"))
    return ingest(library, [path]) if how == "added" else sync(library, folder)


@pytest.mark.parametrize("how", ["added", "synced", "fetched"])
def test_what_a_feed_lists_no_longer_stays(library, tmp_path, how):
    folder = tmp_path / "umpan"
    folder.mkdir()
    read = partial(come, library, folder, how)
    assert len(read(feed(1, 2, 3)).added) == 3
    done = read(feed(3, 4, 5))
    assert (len(done.added), done.replaced, len(done.unchanged), done.removed) == (2, (), 1, ())
    assert len(library) == 5
    done = read(feed(5, text="Dimutakhirkan"))
    assert (len(done.added), len(done.replaced), done.removed) == (1, 1, ())
    assert len(library) == 5
    assert library.check() == []


BUSY = b"<!doctype html><html><body><p>Situs sedang dalam perbaikan. Coba lagi nanti.</p></body></html>"


@pytest.mark.parametrize("how", ["synced", "fetched"])
def test_a_page_that_comes_in_a_feeds_place_removes_nothing_and_goes_when_the_feed_is_back(library, tmp_path, how):
    folder = tmp_path / "umpan"
    folder.mkdir()
    read = partial(come, library, folder, how)
    assert len(read(feed(1, 2)).added) == 2
    done = read(BUSY)
    assert (len(done.added), done.removed, len(library)) == (1, (), 3)
    done = read(feed(2, 3))
    assert (len(done.added), len(done.removed)) == (1, 1)
    assert [entry.source for entry in library.entries()] == [f"https://a.id/{n}" for n in (1, 2, 3)]
    assert library.check() == []
    if how == "synced":
        (folder / "feed.xml").unlink()
        assert len(sync(library, folder, allow_empty=True).removed) == 3


def test_all_that_a_feed_has_listed_goes_with_its_file_in_a_synced_folder(library, tmp_path):
    folder = tmp_path / "umpan"
    folder.mkdir()
    (folder / "a.txt").write_text("Tetap.")
    for numbers in ((1, 2), (2, 3)):
        (folder / "feed.xml").write_bytes(feed(*numbers))
        sync(library, folder)
    (folder / "feed.xml").unlink()
    assert len(sync(library, folder).removed) == 3
    assert [entry.title for entry in library.entries()] == ["Tetap."]


@pytest.mark.parametrize("renamed", ["koran.xml", "koran.rss"])
def test_what_a_feed_has_listed_stays_when_its_file_is_renamed(library, tmp_path, renamed):
    folder = tmp_path / "umpan"
    folder.mkdir()
    nameless = b"</item><item><description>Tanpa nama.</description></item>"
    (folder / "feed.xml").write_bytes(feed(1, 2, 3).replace(b"</item>", nameless, 1))
    sync(library, folder)
    (folder / "feed.xml").unlink()
    (folder / renamed).write_bytes(feed(2, 3, 4))
    done = sync(library, folder)
    assert (len(done.added), done.removed, len(library)) == (1, (), 5)
    assert not library.sources_of_file(str((folder / "feed.xml").resolve()))
    assert all("feed.xml" not in source for entry in library.entries() for source in entry.sources)
    assert (sync(library, folder).unchanged, len(library)) == ((), 5)
    (folder / renamed).unlink()
    assert len(sync(library, folder, allow_empty=True).removed) == 5
    assert library.check() == []


def test_a_feed_that_shares_a_story_with_one_that_went_is_not_the_same_under_another_name(library, tmp_path):
    folder = tmp_path / "umpan"
    folder.mkdir()
    (folder / "b.xml").write_bytes(feed(1, 2, 3))
    sync(library, folder)
    (folder / "b.xml").unlink()
    (folder / "c.xml").write_bytes(feed(1, 7))
    assert len(sync(library, folder).removed) == 2
    assert sorted(entry.source for entry in library.entries()) == ["https://a.id/1", "https://a.id/7"]
    assert library.check() == []


def test_a_feed_that_has_listed_much_before_it_is_renamed_is_known_by_what_its_new_file_lists(library, tmp_path):
    folder = tmp_path / "umpan"
    folder.mkdir()
    for numbers in ((1, 2, 3), (4, 5, 6), (7, 8, 9)):
        (folder / "feed.xml").write_bytes(feed(*numbers))
        sync(library, folder)
    (folder / "feed.xml").unlink()
    (folder / "koran.xml").write_bytes(feed(8, 9, 10))
    done = sync(library, folder)
    assert (len(done.added), done.removed, len(library)) == (1, (), 10)


def numbered(**texts: str) -> bytes:
    """A JSON Feed whose entries have ids and no addresses."""
    items = [{"id": own, "content_text": text} for own, text in texts.items()]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def test_an_entry_that_a_feed_corrects_when_it_is_renamed_has_its_new_text(library, tmp_path):
    folder = tmp_path / "umpan"
    folder.mkdir()
    told = {"a": "Hujan turun.", "b": "Jalan ditutup.", "c": "Harga beras 10 ribu.", "d": "Pasar sepi."}
    (folder / "old.json").write_bytes(numbered(**told))
    sync(library, folder)
    (folder / "old.json").unlink()
    told |= {"c": "Harga beras 12 ribu."}
    (folder / "new.json").write_bytes(numbered(**{own: told[own] for own in "abc"}))
    sync(library, folder)
    new = str((folder / "new.json").resolve())
    assert {entry.source: library.article(entry.id).text for entry in library.entries()} == {
        f"{new}#{own}": text for own, text in told.items()
    }
    assert library.check() == []


def test_a_renamed_feed_keeps_all_though_the_sync_was_stopped_half_way(library, tmp_path, monkeypatch):
    folder = tmp_path / "umpan"
    folder.mkdir()
    (folder / "feed.xml").write_bytes(feed(1, 2, 3))
    sync(library, folder)
    (folder / "feed.xml").rename(folder / "koran.xml").write_bytes(feed(2, 3, 4))
    original = library.replace

    def stopped(*given, **more):
        if "forgotten" in more:
            raise KeyboardInterrupt
        return original(*given, **more)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(library, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            sync(library, folder)
    assert sync(library, folder).removed == ()
    assert len(library) == 4


def test_what_another_file_has_listed_goes_with_it_though_a_feed_lists_some_of_it(library, tmp_path):
    folder = tmp_path / "umpan"
    folder.mkdir()
    (folder / "a.xml").write_bytes(feed(1, 2))
    (folder / "b.xml").write_bytes(feed(2, 3))
    (folder / "c.csv").write_text("url,text\nhttps://a.id/4,Isi kabar 4.\nhttps://a.id/5,Isi kabar 5.\n")
    sync(library, folder)
    (folder / "a.xml").unlink()
    (folder / "b.xml").write_bytes(feed(2))  # has been there before: it is no new name of the other one
    assert len(sync(library, folder).removed) == 1
    (folder / "c.csv").unlink()
    (folder / "d.xml").write_bytes(feed(4))  # no feed is called after a table
    assert len(sync(library, folder).removed) == 1
    assert sorted(entry.source for entry in library.entries()) == [f"https://a.id/{n}" for n in (2, 3, 4)]


def test_a_library_is_copied_with_all_that_it_holds_and_without_embedding(library, encoder, news, tmp_path):
    library.add([*news, Article.from_text(news[0].text, source="c.txt")])
    library.replace((), (), files=[("/folder", "/folder/f", "stamp")])
    encoded = encoder.encoded
    with Library.open(tmp_path / "other", encoder) as other:
        assert copy(library, other) == 2
        assert copy(library, other) == 0
        assert other.entries() == library.entries()
        assert other.all_files() == library.all_files() == (("/folder", "/folder/f", "stamp"),)
        assert find(other, "Harga beras naik.", 1) == ["Harga beras naik."]
        other.remove([news[0].id])
        library.remove([news[0].id, news[1].id])
        other.add([Article.from_text("Sendiri.")])
        assert copy(other, library) == 2
        assert {entry.id for entry in library.entries()} == {entry.id for entry in other.entries()}
        assert find(library, "Harga beras naik.", 1) == ["Harga beras naik."]
        assert library.check() == other.check() == []
    assert encoder.encoded == encoded + 1  # the one new article


def test_a_copy_that_was_stopped_goes_on(library, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("index.copying.BATCH", 2)
    with Library.open(tmp_path / "other", encoder) as other:
        other.add([Article.from_text(f"Isi {i}.", source=f"{i}") for i in range(5)])

        def stop(count, seen=[]):  # noqa: B006
            seen.append(count)
            if len(seen) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            copy(other, library, done=stop)
        assert len(library) == 2
        assert copy(other, library) == 3
        assert [entry.title for entry in library.entries()] == [entry.title for entry in other.entries()]


def test_a_backup_of_any_library_can_be_restored(library, news, tmp_path):
    library.add(news)
    library.backup(tmp_path / "b")
    library.remove([news[0].id])
    library.add([Article.from_text("Lain sekali.", source="c.txt"), replace(news[1], title="Lain")])
    assert "Lain" in {entry.title for entry in library.entries()}
    library.restore(tmp_path / "b")
    assert {(entry.id, entry.title) for entry in library.entries()} == {(own.id, own.title) for own in news}
    assert find(library, "Rapat digelar di Bandung.", 1) == ["Rapat digelar di Bandung."]
    assert library.check() == []


def test_a_library_that_another_splitter_built_is_backed_up_as_it_is(place, encoder, news, tmp_path, monkeypatch):
    with open_library(place, encoder) as library:
        library.add(news)
    with monkeypatch.context() as later:
        later.setattr("index.indexing.SPLITTER_VERSION", 99)
        with open_library(place, encoder, check=False) as library:
            assert len(library.entries()) == 2
            library.backup(tmp_path / "b")
            with pytest.raises(ManifestMismatch, match="kutip reindex"):
                library.ping()
        with Library.open(tmp_path / "later", encoder) as other:
            other.restore(tmp_path / "b")
            with pytest.raises(ManifestMismatch, match="now 99 is used"):
                other.ping()
    with Library.open(tmp_path / "before", encoder) as other:
        other.restore(tmp_path / "b")
        assert find(other, "Harga beras naik.", 1) == ["Harga beras naik."]
        assert other.check() == []


def test_a_backup_of_another_encoder_is_of_use_after_at_most_a_reindexing(place, news, tmp_path):
    with Library.in_memory(WordEncoder()) as made:
        made.add(news)
        made.backup(tmp_path / "b")
    with open_library(place, WordEncoder("words-2", dimension=32)) as library:
        library.add([Article.from_text("Gunung meletus.")])
        library.restore(tmp_path / "b")
        if isinstance(library, Library):
            library.reindex()
        library.ping()
        assert {entry.id for entry in library.entries()} == {article.id for article in news}
        assert find(library, "Harga beras naik.", 1) == ["Harga beras naik."]
        assert library.check() == []


def test_nothing_goes_from_a_library_on_milvus_that_has_to_be_reindexed_before_it_takes_a_backup(
    tmp_path, encoder, news
):
    with a_place(tmp_path) as place:
        with open_library(place, WordEncoder("words-2", dimension=32)) as library:
            library.add(news)
        with Library.in_memory(encoder) as made:
            made.backup(tmp_path / "b")
        with open_library(place, encoder, check=False) as library:
            with pytest.raises(ManifestMismatch, match="kutip reindex"):
                library.restore(tmp_path / "b")
            assert len(library) == 2


def test_a_backup_of_a_library_on_milvus_that_is_reindexed_meanwhile_is_not_written(
    tmp_path, encoder, news, monkeypatch
):
    new = WordEncoder("words-2", dimension=32)
    with a_place(tmp_path) as place:
        with open_library(place, encoder) as library:
            library.add(news)
        with open_library(place, new, check=False) as library, open_library(place, new, check=False) as other:
            entries = library.entries
            monkeypatch.setattr(library, "entries", lambda: (entries(), other.reindex())[0])
            with pytest.raises(LibraryError, match="try again"):
                library.backup(tmp_path / "b")
        assert not (tmp_path / "b").exists()
