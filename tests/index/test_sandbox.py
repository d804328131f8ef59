import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from making import zipped

from index import formats
from index import sandbox as module
from index.errors import ArticleError
from index.formats import format_of
from index.sandbox import HOME, Sandbox, import_path


@pytest.fixture
def sandbox():
    made = Sandbox(seconds=240)
    yield made
    made.stop()


def read(sandbox, data, name):
    return sandbox.parse(data, name, format_of(name, data))


def test_the_child_gives_what_the_parser_gives(sandbox):
    data = b"Judul;Isi\nBeras;Harga naik.\n"
    assert read(sandbox, data, "a.csv") == formats.parse(data, "a.csv")
    child = sandbox._child.pid
    assert read(sandbox, data, "b.csv")[0].article.source == "b.csv#1"
    assert sandbox._child.pid == child


def test_a_parsers_words_come_through_and_the_child_lives(sandbox):
    with pytest.raises(ArticleError, match="no column"):
        read(sandbox, b"a,b\n1,2\n", "a.csv")
    with pytest.raises(ArticleError, match="damaged"):
        read(sandbox, b"%PDF-1.4 no", "a.pdf")
    assert read(sandbox, b"text\nHarga naik.\n", "a.csv")


def test_a_dead_child_costs_one_file_only(sandbox):
    read(sandbox, b"text\nHarga naik.\n", "a.csv")
    os.kill(sandbox._child.pid, 9)
    os.waitid(os.P_PID, sandbox._child.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and nobody has noticed yet
    assert read(sandbox, b"text\nHarga naik.\n", "a.csv")


def test_a_reply_is_unpacked_while_others_have_their_files_read(sandbox, monkeypatch):
    unpack, others = module.told, []
    other = threading.Thread(target=lambda: others.extend(read(sandbox, b"text\nHujan turun.\n", "b.csv")), daemon=True)

    def slowly(reply):
        if not other.ident:
            other.start()
            other.join(20)
            assert [document.article.text for document in others] == ["Hujan turun."]
        return unpack(reply)

    monkeypatch.setattr(module, "told", slowly)
    assert read(sandbox, b"text\nHarga naik.\n", "a.csv")[0].article.text == "Harga naik."


STRANGE = [b"[]", b"7", b'{"error": "x"}', b'{"documents": [{}], "refused": []}', b'{"refused": 1}', b"[" * 100_000]
FIELDS = dict.fromkeys(("title", "source", "language", "author", "published"), "")
WITH_PAGES = {"article": {"text": "Rapat.", "pages": [float("inf")], **FIELDS}, "original": None, "window": False}
STRANGE.append(json.dumps({"documents": [WITH_PAGES], "refused": []}).encode())


@pytest.mark.parametrize("reply", STRANGE)
def test_a_child_that_tells_what_no_child_should_costs_that_file_only(sandbox, monkeypatch, reply):
    monkeypatch.setattr(module, "read_frame", lambda stream: (b"", reply))
    with pytest.raises(ArticleError, match="could not be read: its reading"):
        sandbox.parse(b"<p>Rapat.</p>", "a.html", format_of("a.html"))
    assert sandbox._child is None  # whatever it has become, it reads nothing more


def test_what_takes_too_long_is_cut_off_and_what_to_do_is_told():
    slow = Sandbox(seconds=0.5)
    try:
        with pytest.raises(ArticleError, match=r"longer than.*; split it, or save it as text"):
            stuck(slow)  # for ever, if it were not cut off
    finally:
        slow.stop()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such clock on Windows")
def test_a_child_whose_parent_was_killed_does_not_read_for_ever():
    slow = Sandbox(seconds=0.1)
    try:
        child = slow._running()
        pages = zipped(**{f"{n}.html": f"<html><body>{'<p>Harga beras naik lagi.</p>' * 200}" for n in range(2000)})
        module.write_frame(child.stdin, b".zip a.zip", pages)  # what waits for the reply and would kill it is gone
        assert child.wait(timeout=30) == -signal.SIGALRM
    finally:
        slow.stop()


def stuck(sandbox):
    """A child that never answers: stopped while it reads."""
    child = sandbox._running()
    child.send_signal(signal.SIGSTOP)
    read(sandbox, b"text\nHarga.\n", "a.csv")


def test_what_needs_too_much_memory_is_cut_off():
    small = Sandbox(seconds=240, memory=400_000_000)
    try:
        with pytest.raises(ArticleError, match="memory"):
            read(small, b"[" + b'{"text":"a"},' * 15_000_000 + b'{"text":"a"}]', "a.json")
        assert read(small, b"text\nHarga naik.\n", "a.csv")
    finally:
        small.stop()


def test_the_child_knows_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    made = Sandbox()
    try:
        child = made._running()
        assert b"SECRET_TOKEN" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    finally:
        made.stop()


def test_an_interrupted_reading_never_passes_for_the_next_files(sandbox, monkeypatch):
    read(sandbox, b"Satu.", "a.txt")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("index.sandbox.read_frame", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read(sandbox, b"Dua.", "b.txt")
    monkeypatch.undo()
    (document,) = read(sandbox, b"Tiga.", "c.txt")
    assert document.article.text == "Tiga."


def test_no_module_is_taken_from_the_folder_one_is_in(sandbox, downloads):
    assert read(sandbox, b"text\nHarga naik.\n", "a.csv")[0].article.text == "Harga naik."
    (document,) = read(sandbox, zipped(**{"a.txt": "Satu."}), "a.zip")
    assert document.article.text == "Satu."
    assert not (downloads / "trace").exists()
    assert Path(f"/proc/{sandbox._child.pid}/cwd").readlink() == Path("/")


def test_the_child_is_found_where_only_the_folder_one_is_in_leads_to_it():
    code = (
        "import os, sys; sys.path = ['', *(p for p in sys.path[1:] if not os.path.isdir(p + '/index'))]\n"
        "from index.loaders import documents_of\n"
        "print(documents_of(b'text\\nHarga naik.\\n', 'a.csv')[0].article.text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=HOME,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Harga naik.\n"


def test_the_childs_path_names_no_folder_by_where_one_is(monkeypatch):
    monkeypatch.setattr(sys, "path", ["", "lib", "/usr/lib/python3"])
    assert import_path() == [str(Path.cwd() / "lib"), "/usr/lib/python3", str(HOME)]
