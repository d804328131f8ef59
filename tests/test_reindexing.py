"""A library changes its encoder while it is served: by another process, or by the server itself."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from doubles import WordEncoder, WordReader
from fastapi.testclient import TestClient
from serving import PATIENCE, SERVED, TESTS, a_process, until

from index.article import Article
from index.errors import ManifestMismatch
from index.library import Library
from qa.calibration import Calibration
from qa.guard import Rules
from qa.pipeline import Pipeline
from qa.reindexing import Reindexing
from qa.server import create_api

QUESTION = {"question": "Ketua rapat bernama?"}


class SlowEncoder(WordEncoder):
    """Embeds documents only as far as it is let."""

    def __init__(self, fingerprint: str, broken: bool = False) -> None:
        super().__init__(fingerprint, dimension=32)
        self.broken = broken
        self.go_on = threading.Event()

    def encode_documents(self, texts, progress=None):
        if progress is not None:
            progress(1)
        assert self.go_on.wait(PATIENCE)
        if self.broken:
            raise RuntimeError("no memory left in /secret/place")
        if progress is not None:
            progress(len(texts) - 1)
        return super().encode_documents(texts)


@pytest.fixture
def folder(tmp_path: Path, news) -> Path:
    with Library.open(tmp_path / "l", WordEncoder()) as library:
        library.add(news)
    return tmp_path / "l"


def client_of(library: Library, reindexing: Reindexing | None = None) -> TestClient:
    api = create_api(Pipeline(library, WordReader(), Calibration()), Rules.of("127.0.0.1"), reindexing=reindexing)
    return TestClient(api, "http://127.0.0.1:7860", raise_server_exceptions=False)


def is_problem(reply, title: str, *words: str) -> bool:
    assert reply.headers["content-type"] == "application/problem+json"
    said = reply.json()
    assert said["key"] in ("rebuilt", "reindexing", "not_reindexed")
    return (reply.status_code, said["title"]) == (503, title) and all(word in said["detail"] for word in words)


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_server_answers_while_another_reindexes_and_then_says_to_restart_it(folder, asked_before):
    slow = SlowEncoder("words-2")
    with Library.open(folder, WordEncoder()) as old, Library.open(folder, slow, check=False) as renewed:
        client = client_of(old)
        if asked_before:
            assert client.post("/v1/answer", json=QUESTION).json()["text"] == "Sari"
        thread = threading.Thread(target=renewed.reindex)
        thread.start()
        if asked_before:
            assert client.post("/v1/answer", json=QUESTION).json()["text"] == "Sari"
        assert client.get("/readyz").status_code == 200
        slow.go_on.set()
        thread.join(PATIENCE)
        assert is_problem(client.post("/v1/answer", json=QUESTION), "Another encoder", "another encoder", "restart")
        assert is_problem(client.post("/v1/search", json={"query": "rapat"}), "Another encoder", "restart")
        assert is_problem(client.post("/v1/articles", json={"text": "Baru sekali."}), "Another encoder", "restart")
        assert is_problem(client.get("/readyz"), "Another encoder", "another encoder", "restart")
        assert client.get("/healthz").status_code == 200


def test_a_server_tells_which_kutip_to_restart_when_it_is_the_splitter_that_is_another(folder, monkeypatch):
    with Library.open(folder, WordEncoder()) as old:
        client = client_of(old)
        with Library.open(folder, WordEncoder(), check=False) as renewed:
            monkeypatch.setattr("index.indexing.SPLITTER_VERSION", 99)
            renewed.reindex()
        monkeypatch.undo()
        for reply in (client.post("/v1/answer", json=QUESTION), client.get("/readyz")):
            assert is_problem(reply, "Another splitter", "splits sentences otherwise", "restart", "that kutip")
            assert "encoder" not in reply.json()["detail"]


@pytest.mark.parametrize("changed", ["encoder", "splitter"])
def test_a_server_that_embeds_anew_tells_what_changed(folder, changed):
    slow = SlowEncoder("words-2")
    with Library.open(folder, slow, check=False) as library:
        assert f"for another {changed}, 0 of" in Reindexing(library, changed).problem.detail


def test_a_server_embeds_anew_in_the_background_and_answers_by_itself(folder):
    slow = SlowEncoder("words-2")
    with Library.open(folder, slow, check=False) as library, Reindexing(library) as reindexing:
        client = client_of(library, reindexing)
        until(lambda: is_problem(client.get("/readyz"), "Being reindexed", "reindexed", "1 of about 6 sentences"))
        assert is_problem(client.post("/v1/answer", json=QUESTION), "Being reindexed", "by itself")
        assert client.get("/healthz").status_code == 200
        assert client.get("/metrics").status_code == 200
        slow.go_on.set()
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.post("/v1/answer", json=QUESTION).json()["text"] == "Sari"
        assert client.post("/v1/articles", json={"text": "Baru sekali."}).status_code == 201


def test_who_opens_the_page_meanwhile_reads_how_far_it_is_in_both_languages_until_the_page_is_there(folder):
    slow = SlowEncoder("words-2")
    with Library.open(folder, slow, check=False) as library, Reindexing(library) as reindexing:
        client = client_of(library, reindexing)
        until(lambda: is_problem(client.get("/readyz"), "Being reindexed", "1 of about 6 sentences"))
        reply = client.get("/")
        assert (reply.status_code, reply.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "being brought up to date: 1 of about 6 sentences" in reply.text
        assert "sedang diperbarui: 1 dari sekitar 6 kalimat" in reply.text
        assert 'http-equiv="refresh"' in reply.text
        slow.go_on.set()
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/").status_code == 404  # no page is mounted here


def test_a_reindexing_that_fails_says_so_and_leaves_the_old_index(folder, caplog):
    slow = SlowEncoder("words-2", broken=True)
    slow.go_on.set()
    with Library.open(folder, slow, check=False) as library, Reindexing(library) as reindexing:
        client = client_of(library, reindexing)
        until(
            lambda: is_problem(
                client.get("/readyz"), "Not reindexed", "could not be reindexed", "start the server again"
            )
        )
        assert "/secret" not in client.get("/readyz").text
        assert "no memory left" in caplog.text
    with Library.open(folder, WordEncoder()) as library:
        assert client_of(library).post("/v1/answer", json=QUESTION).json()["text"] == "Sari"


def test_a_server_that_stops_stops_embedding_and_leaves_the_old_index(folder):
    slow = SlowEncoder("words-2")
    with Library.open(folder, slow, check=False) as library:
        with Reindexing(library) as reindexing:
            until(lambda: "1 of" in reindexing.problem.detail)
            reindexing._stopping.set()
            slow.go_on.set()
        assert not reindexing._thread.is_alive()
        with pytest.raises(ManifestMismatch):
            library.ping()
    with Library.open(folder, WordEncoder()) as library:
        assert client_of(library).get("/readyz").status_code == 200


def test_an_empty_library_is_nobodys(tmp_path):
    with Library.open(tmp_path / "l", WordEncoder()) as one, Library.open(tmp_path / "l", WordEncoder("words-2")):
        one.ping()
        one.add([Article.from_text("Ketua rapat bernama Sari.")])
        assert client_of(one).post("/v1/answer", json=QUESTION).json()["text"] == "Sari"


def test_real_servers_follow_a_change_of_the_encoder(folder):
    with a_process(f"--library={folder}") as (client, _):
        assert client.post("/v1/answer", json=QUESTION).json()["text"] == "Sari"
        with a_process(f"--library={folder}", "--encoder=words-2", "--reindex") as (renewed, _):
            until(lambda: renewed.get("/readyz").status_code == 200)
            assert renewed.post("/v1/answer", json=QUESTION).json()["text"] == "Sari"
        assert is_problem(client.get("/readyz"), "Another encoder", "restart")
    refused = subprocess.run(
        [sys.executable, SERVED, "1", "--no-page", f"--library={folder}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
    )
    assert refused.returncode == 1
    assert "`kutip reindex`" in refused.stderr
    assert "`kutip serve --reindex`" in refused.stderr
    with Library.open(folder, WordEncoder("words-2")) as library:
        assert library.count() == (2, 6)
    with pytest.raises(ManifestMismatch):
        Library.open(folder, WordEncoder())
