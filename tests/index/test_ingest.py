import json
import os

import pytest
from making import pdf, zipped

from index.errors import ArticleError
from index.ingest import Progress, ingest, sync
from index.loaders import documents_of


def titles(library):
    return sorted(article.title for article in library.articles())


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "kabar"
    made.mkdir()
    write(made, a="Satu.", b="Dua.", c="Tiga.")
    return made


def test_what_cannot_be_read_does_not_stop_the_rest(library, folder):
    (folder / "d.pdf").write_bytes(b"%PDF no")
    seen = {"files": 0, "total": 0}
    counted = Progress(
        articles=lambda n: seen.update(files=seen["files"] + n), total=lambda n: seen.update(total=seen["total"] + n)
    )
    report = ingest(library, [folder], counted)
    assert len(report.added) == 3
    (failure,) = report.failed
    assert failure.source.endswith("d.pdf")
    assert "damaged" in failure.reason
    assert titles(library) == ["Dua.", "Satu.", "Tiga."]
    assert seen == {"files": 4, "total": 4}


@pytest.mark.parametrize("name", ["b.doc", "b.pdf"])
def test_a_row_that_is_gone_goes_beside_a_file_that_can_never_have_held_it(library, folder, name):
    rows = "text,url\nSatu.,https://x.test/1\n", "Dua.,https://x.test/2\n"
    (folder / "k.zip").write_bytes(zipped(**{"a.csv": "".join(rows), name: "{\\rtf1 x}"}))
    sync(library, folder)
    (folder / "k.zip").write_bytes(zipped(**{"a.csv": rows[0], name: "{\\rtf1 y}"}))
    sync(library, folder)
    held = {source for _, source, file, _ in library.holdings() if file.endswith("k.zip")}
    kept = {"https://x.test/2"} if name == "b.pdf" else set()  # what is damaged may be anything
    assert held == {"https://x.test/1"} | kept


def test_progress_counts_the_articles_of_a_file_of_many(library, folder, monkeypatch):
    monkeypatch.setattr("index.ingest.BATCH", 100)
    (folder / "p.csv").write_text("text\n" + "".join(f"Kalimat nomor {i}.\n" for i in range(50)))
    done, totals = [], []
    ingest(library, [folder], Progress(articles=done.append, total=totals.append))
    assert sum(done) == sum(totals) == 53
    assert len(done) > 5  # told as it goes, not at the end


def test_a_sentence_that_several_articles_have_is_encoded_once(library, folder):
    write(folder, a="Satu.\nHak cipta Koran.", b="Dua.\nHak cipta Koran.\nHak cipta Koran.", c="Tiga.")
    told = []
    ingest(library, [folder], Progress(sentences=told.append))
    assert library.encoder.encoded == 4
    assert sum(told) == library.count()[1] == 6
    (hits,) = library.nearest(library.encoder.encode_queries(["Hak cipta Koran."]).rows, 3)
    assert all(cosine > 0.99 for _, cosine in hits)


def test_stopped_half_way_the_same_call_goes_on(library, folder, monkeypatch):
    import index.ingest as module

    monkeypatch.setattr(module, "FILES", 1)
    original, calls = library.replace, []

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(library, "replace", failing)
    with pytest.raises(KeyboardInterrupt):
        ingest(library, [folder])
    assert len(library) == 2
    encoded = library.encoder.encoded
    report = ingest(library, [folder])
    assert (len(report.added), len(report.unchanged)) == (1, 2)
    assert library.encoder.encoded == encoded + 1


def test_sync_adds_replaces_removes_and_then_does_nothing(library, folder):
    assert len(sync(library, folder).added) == 3
    write(folder, b="Dua lagi.", d="Empat.")
    (folder / "c.txt").unlink()
    report = sync(library, folder)
    assert (len(report.added), len(report.replaced), len(report.removed)) == (2, 1, 1)
    assert titles(library) == ["Dua lagi.", "Empat.", "Satu."]
    before = library.database.generation
    assert sync(library, folder) == type(report)()
    assert library.database.generation == before


def test_what_another_sync_of_the_folder_adds_meanwhile_stays(library, folder, monkeypatch):
    sync(library, folder)
    write(folder, b="Dua lagi.")
    original = library.replace

    def replace(*given, **more):
        monkeypatch.setattr(library, "replace", original)
        write(folder, d="Empat.")
        sync(library, folder)
        return original(*given, **more)

    monkeypatch.setattr(library, "replace", replace)
    assert sync(library, folder).removed == ()
    assert titles(library) == ["Dua lagi.", "Empat.", "Satu.", "Tiga."]


def test_sync_asks_what_there_is_of_a_folder_before_and_after_only(library, folder, monkeypatch):
    original, asked = library.files, []
    monkeypatch.setattr(library, "files", lambda named: asked.append(named) or original(named))
    assert len(sync(library, folder).added) == 3
    assert len(asked) == 2


def test_sync_keeps_what_cannot_be_read_now_and_what_others_added(library, folder, news):
    library.add(news)
    (folder / "p.csv").write_text("text\nHarga naik.\nHujan turun.\n")
    sync(library, folder)
    assert len(library) == 7
    (folder / "p.csv").write_text("no,column\n1,2\n")
    report = sync(library, folder)
    assert len(report.failed) == 1
    assert len(library) == 7
    (folder / "p.csv").write_text("text\nHujan turun.\n")
    sync(library, folder)
    assert "Harga naik." not in titles(library)
    assert len(library) == 6
    (folder / "p.csv").unlink()
    sync(library, folder)
    assert titles(library) == sorted([news[0].title, news[1].title, "Satu.", "Dua.", "Tiga."])


def test_what_a_server_says_of_an_error_in_a_json_feeds_place_removes_nothing(library, folder):
    items = [{"url": f"https://x.test/{n}", "content_text": f"Kabar {n}."} for n in (1, 2)]
    (folder / "p.json").write_text(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))
    sync(library, folder)
    (folder / "p.json").write_text('{"error": {"code": 429}, "text": "Terlalu banyak permintaan. Coba lagi nanti."}')
    report = sync(library, folder)
    assert (report.added, report.removed, len(report.failed)) == ((), (), 1)
    assert len(library) == 5


def test_a_text_in_two_files_is_one_article_until_both_are_gone(library, folder):
    write(folder, e="Satu.")
    sync(library, folder)
    assert len(library) == 3
    (entry,) = (e for e in library.entries() if e.title == "Satu.")
    assert [source.rsplit("/", 1)[-1] for source in entry.sources] == ["a.txt", "e.txt"]
    (folder / "a.txt").unlink()
    sync(library, folder)
    assert titles(library) == ["Dua.", "Satu.", "Tiga."]
    (folder / "e.txt").unlink()
    sync(library, folder)
    assert titles(library) == ["Dua.", "Tiga."]


def test_a_file_that_was_renamed_keeps_its_article_and_is_not_encoded_again(library, folder):
    sync(library, folder)
    encoded = library.encoder.encoded
    (folder / "a.txt").rename(folder / "z.txt")
    report = sync(library, folder)
    assert report.removed == ()
    assert titles(library) == ["Dua.", "Satu.", "Tiga."]
    assert library.encoder.encoded == encoded


def test_a_folder_that_cannot_be_read_removes_nothing(library, folder):
    sync(library, folder)
    folder.rename(folder.with_name("weg"))
    with pytest.raises(ArticleError, match="no folder"):
        sync(library, folder)
    assert len(library) == 3


def test_a_folder_in_which_nothing_is_left_removes_nothing_unless_that_is_meant(library, folder):
    sync(library, folder)
    for path in folder.iterdir():
        path.unlink()
    (folder / "README.md").write_text("No disk is mounted here.")
    with pytest.raises(ArticleError, match=r"nothing was changed.*--allow-empty"):
        sync(library, folder)
    assert titles(library) == ["Dua.", "Satu.", "Tiga."]
    assert len(sync(library, folder, allow_empty=True).removed) == 3
    assert len(library) == 0
    assert sync(library, folder).removed == ()  # nothing was there, and nothing is


def test_links_pipes_and_hidden_files_in_a_folder_are_passed_over(library, folder, tmp_path):
    (tmp_path / "geheim.txt").write_text("Rahasia.")
    (folder / "link.txt").symlink_to(tmp_path / "geheim.txt")
    (folder / ".hidden.txt").write_text("Tersembunyi.")
    os.mkfifo(folder / "pipe.txt")
    report = ingest(library, [folder])
    assert titles(library) == ["Dua.", "Satu.", "Tiga."]
    assert [failure.source.rsplit("/", 1)[-1] for failure in report.failed] == ["pipe.txt"]


def test_the_original_is_kept(library, folder):
    (folder / "p.html").write_text("<html><body><p>Singkat <b>saja</b>.</p></body></html>")
    ingest(library, [folder / "p.html"])
    (article,) = library.articles()
    original = library.original(article.id)
    assert original.media_type == "text/html"
    assert original.content == (folder / "p.html").read_bytes()


def test_a_file_of_many_articles_is_stored_in_batches(library, folder, monkeypatch):
    import index.ingest as module

    monkeypatch.setattr(module, "BATCH", 30)
    (folder / "p.csv").write_text("text\n" + "".join(f"Kalimat nomor {i}.\n" for i in range(20)))
    sizes, original = [], library.replace
    monkeypatch.setattr(
        library, "replace", lambda *given, **more: sizes.append(len(given[1])) or original(*given, **more)
    )
    assert len(sync(library, folder).added) == 23
    assert max(sizes) <= 4
    (folder / "p.csv").write_text("text\n" + "".join(f"Kalimat nomor {i}.\n" for i in range(10, 20)))
    sync(library, folder)
    assert len(library) == 13


def test_an_article_of_too_many_sentences_does_not_keep_the_others_out(library, tmp_path):
    (tmp_path / "a.txt").write_text("Rapat selesai sore.")
    (tmp_path / "b.txt").write_text("Kata.\n" * 50_001)
    for at in range(70):
        (tmp_path / f"c{at}.txt").write_text(f"Rapat nomor {at} selesai.")
    report = ingest(library, [tmp_path])
    assert [failure.source for failure in report.failed] == [str(tmp_path / "b.txt")]
    assert len(report.added) == 71


def test_what_cannot_be_read_of_an_archive_does_not_stop_the_rest_of_it(library, folder):
    inner = zipped(**{"d.txt": "Empat.", "e.pdf": b"%PDF no"})
    (folder / "p.zip").write_bytes(zipped(**{"x.txt": "Lima.", "y.pdf": b"%PDF no", "z.zip": inner}))
    report = ingest(library, [folder / "p.zip"])
    assert titles(library) == ["Empat.", "Lima."]
    assert [failure.source.rsplit("p.zip!/")[1] for failure in report.failed] == ["y.pdf", "z.zip!/e.pdf"]
    assert all("damaged" in failure.reason for failure in report.failed)
    with pytest.raises(ArticleError, match="damaged"):  # all or nothing
        documents_of((folder / "p.zip").read_bytes(), "p.zip")
    (folder / "q.zip").write_bytes(zipped(**{"y.pdf": b"%PDF no"}))
    (failure,) = ingest(library, [folder / "q.zip"]).failed
    assert failure.source.endswith("q.zip")


def test_sync_keeps_rows_with_addresses_of_a_table_that_cannot_be_read_to_its_end_now(library, folder):
    def read(told):
        (folder / "p.csv").write_text(told)
        (folder / "q.zip").write_bytes(
            zipped(**{"a.csv": told.replace("5", "8").replace("6", "9"), "b.txt": "Sepuluh."})
        )
        return sync(library, folder)

    whole = "text,url\nBaris 5.,https://x.test/5\nBaris 6.,https://x.test/6\n"
    for told in (whole, whole.replace(" 6.", ", 6."), whole.replace("Baris 6", '"Baris 6'), whole.replace("text", "x")):
        report = read(told)
        assert len(report.failed) == (0 if told == whole else 2)
        assert report.removed == ()
        assert [title for title in titles(library) if "Baris" in title] == [f"Baris {n}." for n in (5, 6, 8, 9)]
    read("text,url\nBaris 6.,https://x.test/6\n")
    assert [title for title in titles(library) if "Baris" in title] == ["Baris 6.", "Baris 9."]


def test_sync_keeps_what_cannot_be_read_of_an_archive_now_and_tries_again(library, folder):
    path = folder / "p.zip"
    path.write_bytes(zipped(**{"x.pdf": pdf(["Lima."]), "y.txt": "Enam."}))
    sync(library, folder)
    path.write_bytes(zipped(**{"x.pdf": b"%PDF no", "y.txt": "Enam."}))
    for _ in range(2):
        report = sync(library, folder)
        assert [failure.source.rsplit("!/")[1] for failure in report.failed] == ["x.pdf"]
        assert (report.added, report.removed) == ((), ())
        assert "Lima." in titles(library)
    path.write_bytes(zipped(**{"y.txt": "Enam."}))
    report = sync(library, folder)
    assert (len(report.failed), "Lima." in titles(library)) == (0, False)
    path.unlink()
    sync(library, folder)
    assert titles(library) == ["Dua.", "Satu.", "Tiga."]
