"""The real engine is killed in the middle, restarted, and away; several servers of ours stand on it. Needs
`make test-milvus`, which starts it."""

import os
import signal
import statistics
import threading
from pathlib import Path

import httpx
import pytest
from doubles import WordEncoder, WordReader
from fastapi.testclient import TestClient
from milvus_places import SERVER, a_place
from milvus_server import killed_and_started
from serving import a_process, until

from index.article import Article
from index.errors import LibraryError
from index.places import open_library
from qa.calibration import Calibration
from qa.guard import Rules
from qa.pipeline import Pipeline
from qa.server import create_api

pytestmark = pytest.mark.skipif(SERVER not in os.environ, reason="only on the real server: make test-milvus")


def api(library) -> TestClient:
    made = create_api(Pipeline(library, WordReader(), Calibration()), Rules(rate=10**9, body=10**6))
    return TestClient(made, base_url="http://127.0.0.1")


def test_two_servers_on_one_milvus_see_each_others_additions_and_one_outlives_the_other(tmp_path: Path):
    question = {"question": "Siapa bernama?"}
    with (
        a_place(tmp_path) as place,
        a_process(f"--library={place}") as (here, dying),
        a_process(f"--library={place}") as (there, _),
    ):
        known = there.get("/v1/articles").json()["total"]  # an empty library got the sample article
        took = []
        for i in range(5):
            said = {"text": f"Ketua rapat ke-{i} bernama Sari{i}.", "source": f"{i}"}
            one, other = (here, there) if i % 2 else (there, here)
            assert one.post("/v1/articles", json=said).status_code == 201
            took.append(until(lambda i=i, other=other: other.get("/v1/articles").json()["total"] == known + i + 1, 30))
            assert f"Sari{i}" in other.post("/v1/search", json={"query": said["text"]}).text
        assert statistics.median(took) < 1.0
        dying.kill()  # SIGKILL
        assert dying.wait(30) == -signal.SIGKILL
        with pytest.raises(httpx.TransportError):
            here.get("/healthz")
        assert there.get("/readyz").status_code == 200
        assert there.post("/v1/answer", json=question).json()["text"].startswith("Sari")
        said = {"text": "Wakil rapat bernama Tuti.", "source": "t"}
        assert there.post("/v1/articles", json=said).status_code == 201
        assert "Tuti" in there.post("/v1/search", json={"query": said["text"]}).text


def test_nothing_acknowledged_is_lost_when_the_engine_is_killed_in_the_middle_of_adding(tmp_path: Path):
    with a_place(tmp_path) as place, open_library(place, WordEncoder()) as library:
        library.engine.patience = 60.0
        acknowledged, refused = [], []
        stop = threading.Event()

        def add() -> None:
            for i in range(10_000):
                if stop.is_set():
                    return
                article = Article.from_text(f"Kabar nomor {i}. Isi nomor {i}. Akhir nomor {i}.", source=f"{i}.txt")
                try:
                    library.add([article])
                    acknowledged.append(article)
                except LibraryError as error:
                    refused.append(str(error))

        writer = threading.Thread(target=add)
        writer.start()
        until(lambda: len(acknowledged) >= 2, 120)
        with killed_and_started():
            away = api(library).get("/readyz")
            assert away.status_code == 503
        until(lambda: api(library).get("/readyz").status_code == 200, 180)
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before, 180)
        stop.set()
        writer.join(120)
        assert all("nothing that was acknowledged is lost" in words for words in refused)
        with open_library(place, WordEncoder()) as again:
            there = {entry.id for entry in again.entries()}
            assert {article.id for article in acknowledged} <= there
            assert again.check() == []
            (hits,) = again.nearest(again.encoder.encode_queries(["Isi nomor 0."]).rows, 3)
            assert hits
