"""A full disk, a folder that may not be written, files that change, others who write: an error in words, and the
library as before."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from doubles import WordEncoder

from index.article import Article
from index.errors import ArticleError, LibraryError
from index.ingest import ingest, sync
from index.library import VECTORS_FILE, Library

ROOT = Path(__file__).parents[2]
LONG = " ".join(f"Kalimat nomor {i} tentang hal lain." for i in range(3000))


def running(program, *arguments):
    """A Python process that knows our modules and the stand-ins."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    start = "from doubles import WordEncoder\nfrom index.article import Article\nfrom index.library import Library\n"
    return subprocess.Popen(
        [sys.executable, "-c", "import sys\n" + start + textwrap.dedent(program), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    """What a process says, once it has ended well."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return out


@pytest.mark.skipif(sys.platform == "win32", reason="limits files as POSIX does")
def test_no_room_for_the_database_its_cache_or_a_backup_loses_nothing(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
    out = finished(
        running(
            f"""
            import resource
            from pathlib import Path
            from index.errors import LibraryError
            folder = Path(sys.argv[1])
            with Library.open(folder, WordEncoder()) as library:
                size = (folder / "library.sqlite3").stat().st_size
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
                for what in (lambda: library.add([Article.from_text({LONG!r})]),
                             lambda: library.backup(folder / "backup")):
                    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
                    try:
                        what()
                        print("done")
                    except LibraryError as error:
                        print(error)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))  # none for the cache
                print(len(library.nearest(library.encoder.encode_queries(["beras"]).rows, 3)[0]), "found")
            print(sorted(path.name for path in folder.iterdir()))
            """,
            tmp_path / "l",
        )
    ).splitlines()
    assert "it is as before" in out[0]
    assert "nothing was left there" in out[1]
    assert out[2] == "3 found"
    assert out[3].count("'") == 2, out  # the database alone
    with Library.open(tmp_path / "l", encoder) as library:
        assert [article.id for article in library.articles()] == [article.id for article in news]
        assert library.check() == []
        assert library.add([Article.from_text(LONG)]).added


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="asks for the rights of POSIX")
def test_a_folder_that_may_not_be_written_is_told_in_words(tmp_path, encoder, news):
    with Library.open(tmp_path / "l", encoder) as library:
        library.add(news)
    before = (tmp_path / "l" / "library.sqlite3").read_bytes()
    for path in (tmp_path / "l" / "library.sqlite3", tmp_path / "l", tmp_path):
        path.chmod(0o555)
    for parent in tmp_path.parents:
        if "pytest-of" in str(parent):
            parent.chmod(0o755)
    try:
        out = finished(
            running(
                """
                import os
                from pathlib import Path
                from index.errors import LibraryError
                if os.geteuid() == 0:
                    os.setegid(65534)
                    os.seteuid(65534)
                for name in ("l", "new"):
                    try:
                        with Library.open(Path(sys.argv[1]) / name, WordEncoder()) as library:
                            library.add([Article.from_text("Baru.")])
                        print("done")
                    except LibraryError as error:
                        print(error)
                """,
                tmp_path,
            )
        ).splitlines()
    finally:
        for path in (tmp_path, tmp_path / "l", tmp_path / "l" / "library.sqlite3"):
            path.chmod(0o755)
    assert len(out) == 2, out
    assert all("may be written" in line or "as before" in line for line in out)
    assert (tmp_path / "l" / "library.sqlite3").read_bytes() == before


def test_a_file_that_vanishes_or_changes_while_it_is_read_keeps_its_article(library, tmp_path, monkeypatch):
    import index.loaders

    folder = tmp_path / "kabar"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"Isi {name}.")
    sync(library, folder)
    known = {article.text for article in library.articles()}
    (folder / "a.txt").write_text("Isi baru.")
    whole = os.fstat
    seen = []

    def stat(descriptor):
        seen.append(descriptor)
        if len(seen) == 2:  # the first file was read, and is looked at again
            (folder / "a.txt").write_text("Isi yang baru sekali.")
            (folder / "b.txt").unlink()
        return whole(descriptor)

    monkeypatch.setattr(index.loaders.os, "fstat", stat)
    report = sync(library, folder)
    reasons = sorted(failure.reason for failure in report.failed)
    assert len(reasons) == 2
    assert "changed while it was read" in reasons[0]
    assert "cannot be read" in reasons[1]
    assert {article.text for article in library.articles()} == known
    monkeypatch.undo()
    sync(library, folder)
    assert {article.text for article in library.articles()} == {"Isi yang baru sekali.", "Isi c."}


@pytest.fixture
def shut(monkeypatch):
    """Makes a folder one that can't be listed."""
    walk = os.scandir

    def shutting(folder):
        def scandir(path):
            if Path(path) == folder:
                raise PermissionError(13, "Permission denied", str(path))
            return walk(path)

        monkeypatch.setattr(os, "scandir", scandir)

    return shutting


def test_a_folder_within_that_cannot_be_listed_keeps_its_articles_and_stops_no_other(library, tmp_path, shut):
    folder = tmp_path / "kabar"
    for name in ("a", "dalam/b", "dalam/lagi/c", "dalam-lain/d"):
        (folder / f"{name}.txt").parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(f"Isi {name}.")
    sync(library, folder)
    shut(folder / "dalam")
    (folder / "dalam-lain" / "d.txt").unlink()
    (folder / "e.txt").write_text("Isi e.")
    report = sync(library, folder)
    assert [failure.source for failure in report.failed] == [str(folder / "dalam")]
    assert "cannot be listed" in report.failed[0].reason
    assert {article.text for article in library.articles()} == {
        *(f"Isi {name}." for name in ("a", "dalam/b", "dalam/lagi/c", "e"))
    }
    (folder / "a.txt").unlink()
    (folder / "e.txt").unlink()
    sync(library, folder)
    assert len(library) == 2
    library.remove(entry.id for entry in library.entries())
    (folder / "a.txt").write_text("Isi a.")
    report = ingest(library, [folder])
    assert (len(report.added), [failure.source for failure in report.failed]) == (1, [str(folder / "dalam")])


@pytest.fixture
def unentered(monkeypatch):
    """Makes a folder one that may not be entered."""

    def shutting(folder):
        def refusing(act):
            def refuse(path, *arguments, **more):
                if isinstance(path, (str, Path)) and Path(path).parent == folder:
                    raise PermissionError(13, "Permission denied", str(path))
                return act(path, *arguments, **more)

            return refuse

        for name in ("stat", "lstat", "open"):
            monkeypatch.setattr(os, name, refusing(getattr(os, name)))

    return shutting


def test_a_folder_that_may_be_listed_but_not_entered_keeps_its_articles_and_stops_no_other(
    library, tmp_path, unentered
):
    shut = tmp_path / "dalam"
    shut.mkdir()
    for path in (tmp_path / "a.txt", shut / "b.txt"):
        path.write_text(f"Isi {path.stem}.")
    sync(library, tmp_path)
    unentered(shut)
    (tmp_path / "c.txt").write_text("Isi c.")
    for report in (sync(library, tmp_path), ingest(library, [tmp_path])):
        assert [failure.source for failure in report.failed] == [str(shut / "b.txt")]
        assert "check its name and its permissions" in report.failed[0].reason
    assert {article.text for article in library.articles()} == {"Isi a.", "Isi b.", "Isi c."}


def test_what_lies_in_a_folder_that_may_not_be_entered_is_told_in_words_and_stops_no_sync_of_another(
    tmp_path, encoder, unentered
):
    shut, other = tmp_path / "shut", tmp_path / "other"
    for folder in (shut / "kabar", other):
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("Isi a.")
    with Library.open(tmp_path / "library", encoder) as library:
        sync(library, shut / "kabar")
        Library.open(shut / "library", encoder).close()
        library.backup(shut / "b")
        unentered(shut)
        for act in (library.backup, library.restore, lambda path: Library.open(path, encoder)):
            with pytest.raises(LibraryError, match="Permission denied"):
                act(shut / ("b" if act in (library.backup, library.restore) else "library"))
        sync(library, other)
        (other / "a.txt").unlink()
        sync(library, other, allow_empty=True)
        assert [article.text for article in library.articles()] == ["Isi a."]


def test_a_folder_that_cannot_be_listed_itself_removes_nothing(library, tmp_path, shut):
    (tmp_path / "a.txt").write_text("Isi a.")
    sync(library, tmp_path)
    shut(tmp_path)
    with pytest.raises(ArticleError, match=r"cannot be listed.*nothing was changed"):
        sync(library, tmp_path, allow_empty=True)
    assert len(library) == 1


def test_two_processes_that_sync_one_folder_end_with_what_it_holds(tmp_path, encoder):
    folder = tmp_path / "kabar"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.txt").write_text(f"Isi nomor {number}. Sama bagi {number % 40}.")
    program = """
        from pathlib import Path
        from index.ingest import sync
        import index.ingest
        index.ingest.FILES = 5
        with Library.open(Path(sys.argv[1]), WordEncoder()) as library:
            report = sync(library, Path(sys.argv[2]))
            print(len(report.failed))
    """
    processes = [running(program, tmp_path / "l", folder) for _ in range(3)]
    assert [finished(process).strip() for process in processes] == ["0"] * 3
    with Library.open(tmp_path / "l", encoder) as library:
        assert len(library) == 150
        assert library.check() == []
        assert sync(library, folder).added == ()
        (hits,) = library.nearest(encoder.encode_queries(["isi"]).rows, 999)
        assert len(hits) == library.count()[1] == 300


def test_a_process_killed_in_the_middle_of_a_write_leaves_a_library_that_opens(tmp_path, encoder):
    program = """
        from pathlib import Path
        with Library.open(Path(sys.argv[1]), WordEncoder()) as library:
            for number in range(100000):
                library.add([Article.from_text(f"Isi {number}. " * 50, source=str(number))])
                library.nearest(library.encoder.encode_queries(["isi"]).rows, 3)
                print(number, flush=True)
    """
    for turn in range(2):  # test_crashes.py has all of its steps
        process = running(program, tmp_path / f"{turn}")
        for _ in range(3 + turn):
            last = int(process.stdout.readline())
        threading.Event().wait(0.0037 * turn)
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].split()
        reported = int(rest[-1]) if rest else last
        with Library.open(tmp_path / f"{turn}", encoder) as library:
            assert len(library) in (reported + 1, reported + 2)
            assert library.check() == []
            assert library.nearest(encoder.encode_queries(["isi"]).rows, 1)[0]


def test_backups_and_restores_go_on_while_others_ask_and_add(tmp_path, encoder):
    stop, wrong = threading.Event(), []
    with (
        Library.open(tmp_path / "l", encoder) as serving,
        Library.open(tmp_path / "l", WordEncoder()) as keeping,
    ):
        serving.add([Article.from_text(f"Tetap nomor {i}.", source=f"t{i}") for i in range(30)])
        keeping.backup(tmp_path / "b")

        def ask():
            while not stop.is_set():
                with serving.snapshot():
                    (hits,) = serving.nearest(encoder.encode_queries(["tetap"]).rows, 999)
                    if len(hits) != serving.count()[1] or len(serving.lookup([n for n, _ in hits])) != len(hits):
                        wrong.append(len(hits))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for turn in range(10):
            serving.add([Article.from_text(f"Baru nomor {turn}.", source=f"b{turn}")])
            keeping.backup(tmp_path / "c")
            keeping.restore(tmp_path / "b")
            assert len(serving) == 30
        stop.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        keeping.restore(tmp_path / "c")
        assert len(serving) == 31
        assert serving.check() == []


def test_a_database_copied_while_it_is_written_opens_or_is_refused(tmp_path, encoder):
    with Library.open(tmp_path / "l", encoder) as library:
        for number in range(30):
            library.add([Article.from_text(f"Isi {number}. " * 40)])
            (tmp_path / "copy").mkdir(exist_ok=True)
            for path in (tmp_path / "l").iterdir():
                if path.name != "library.sqlite3-shm":
                    (tmp_path / "copy" / path.name).write_bytes(path.read_bytes())
            try:
                with Library.open(tmp_path / "copy", WordEncoder()) as copy:
                    assert copy.check() == []
                    assert len(copy) == number + 1
            except LibraryError:
                continue


def test_names_in_any_characters_and_empty_files_are_taken_or_refused(library, tmp_path):
    folder = tmp_path / "kabar"
    folder.mkdir()
    names = [
        "spasi di nama.txt",
        "\u202egnp.txt",
        "emoji 🌋.txt",
        "a\nb.txt",
        "=1+1.txt",
        "é" * 120 + ".txt",
        "\x1b[31m.txt",
    ]
    for name in names:
        (folder / name).write_text(f"Isi {names.index(name)}.")
    (folder / "kosong.txt").write_bytes(b"")
    (folder / "nol.pdf").write_bytes(b"")
    (folder / "nol.zip").write_bytes(b"")
    with open(os.fsencode(folder) + b"/bukan-\xff.txt", "wb") as file:  # noqa: PTH123
        file.write(b"Isi aneh.")
    report = sync(library, folder)
    assert len(report.added) == len(names) + 1
    assert len(report.failed) == 3
    assert sync(library, folder).added == ()
    assert library.check() == []


def test_a_text_of_more_than_twenty_megabytes_is_refused(library, tmp_path):
    (tmp_path / "a.txt").write_bytes(b'kata "dua". ' * 1_700_000)
    report = ingest(library, [tmp_path / "a.txt"])
    assert "larger than 20 MB" in report.failed[0].reason


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory as Linux tells it")
def test_six_hundred_articles_take_a_bounded_amount_of_memory(tmp_path):
    text = " ".join(f"Kalimat nomor {i} tentang harga beras di pasar." for i in range(60))
    with (tmp_path / "a.jsonl").open("w") as file:
        for number in range(600):
            file.write(f'{{"title": "{number}", "text": "Berita {number}. {text}"}}\n')
    out = finished(
        running(
            """
            import resource
            from pathlib import Path
            from index.ingest import ingest
            with Library.open(Path(sys.argv[1]) / "l", WordEncoder(dimension=1152)) as library:
                library.add([Article.from_text("Satu.")])
                library.nearest(library.encoder.encode_queries(["satu"]).rows, 3)
                def idle():
                    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                before = idle()
                report = ingest(library, [Path(sys.argv[1]) / "a.jsonl"])
                print(len(report.added), idle() - before)
            """,
            tmp_path,
        )
    )
    added, grown = map(int, out.split())
    assert added == 600
    assert grown < 215, f"{grown} MB more than idle"  # 153; 282 in one batch


def test_the_caches_folder_holds_nothing_but_the_library(library, news):
    library.add(news)
    library.nearest(library.encoder.encode_queries(["beras"]).rows, 3)
    names = {path.name.split("-")[0] for path in library.folder.iterdir()}
    assert names <= {"library.sqlite3", VECTORS_FILE}
