"""The real engine is killed in the middle, restarted, and away; several servers of ours stand on it. Needs
`make test-milvus`, which starts it."""

import os
import threading
import time
from pathlib import Path

import pytest
from doubles import WordEncoder, WordReader
from fastapi.testclient import TestClient
from milvus_places import SERVER, a_place
from milvus_server import killed_and_started

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


def until(condition, seconds: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it took too long"
        time.sleep(0.05)
    return time.monotonic() - began


def test_two_servers_on_one_milvus_see_each_others_additions_within_a_second(tmp_path: Path):
    with (
        a_place(tmp_path) as place,
        open_library(place, WordEncoder()) as one,
        open_library(place, WordEncoder()) as two,
    ):
        here, there = api(one), api(two)
        for i in range(3):
            reply = here.post("/v1/articles", json={"text": f"Ketua rapat ke-{i} bernama Sari{i}.", "source": f"{i}"})
            assert reply.status_code == 201
            seen = until(lambda i=i: there.get("/v1/articles").json()["total"] == i + 1, 5)
            assert seen < 1.0
            said = there.post("/v1/answer", json={"question": "Siapa bernama?"}).json()
            assert f"Sari{i}" in str(said)
        one.close()  # one server dies, the other goes on answering
        assert there.post("/v1/answer", json={"question": "Siapa bernama?"}).status_code == 200
        assert there.get("/readyz").status_code == 200


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
