"""Sixteen clients at once, over real connections: all are answered, or told to come back."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serving import free_port, listening, until

from qa.desk import Desk
from qa.guard import Rules
from qa.server import create_api

CLIENTS = 16


def ask(url, question="Ketua rapat bernama?"):
    return httpx.post(f"{url}/v1/answer", json={"question": question}, timeout=240)


@pytest.fixture
def ready(pipeline, news):
    pipeline.add(news)
    return pipeline


def test_sixteen_clients_are_all_answered_by_the_usual_queue(ready):
    with (
        listening(create_api(ready, Rules.of("127.0.0.1")), free_port()) as url,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        replies = list(clients.map(lambda n: ask(url, f"Ketua rapat {n} bernama?"), range(CLIENTS)))
    assert [reply.status_code for reply in replies] == [200] * CLIENTS
    assert [reply.json()["question"] for reply in replies] == [f"Ketua rapat {n} bernama?" for n in range(CLIENTS)]
    assert {reply.json()["text"] for reply in replies} == {"Sari"}


def test_whom_a_full_queue_cannot_take_is_told_so_at_once_and_the_others_are_answered(ready, monkeypatch):
    release, answer = threading.Event(), ready.answer

    def slow(*args, **more):
        assert release.wait(120)
        return answer(*args, **more)

    monkeypatch.setattr(ready, "answer", slow)
    api = create_api(ready, Rules.of("127.0.0.1"), asking=Desk(at_once=2, waiting=4))
    with listening(api, free_port()) as url, ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(ask, url) for _ in range(CLIENTS)]
        deadline = time.monotonic() + 120
        while sum(one.done() for one in asked) < CLIENTS - 6:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        refused = [one.result() for one in asked if one.done()]
        release.set()
        replies = [one.result() for one in asked]
        again = ask(url)
    assert len(refused) == CLIENTS - 6
    for reply in refused:
        assert reply.status_code == 503
        assert reply.headers["content-type"] == "application/problem+json"
        assert int(reply.headers["retry-after"]) > 0
        assert "waiting" in reply.json()["detail"]
    assert sorted(reply.status_code for reply in replies) == [200] * 6 + [503] * (CLIENTS - 6)
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("answer", {"question": "Siapa?"}),
        ("answer", {"question": "Siapa?", "history": [{"question": "Ketua rapat bernama?", "answer": "Sari"}]}),
        ("answer", {"questions": ["Siapa?", "Kapan?"]}),
        ("search", {"query": "rapat"}),
    ],
)
def test_whoever_gives_a_question_up_leaves_the_queue_and_only_what_had_begun_is_answered(
    ready, monkeypatch, path, body
):
    begun, release, worked = threading.Event(), threading.Event(), []

    def noted(name):
        work = getattr(ready, name)

        def slow(asked, *args, **more):
            begun.set()
            assert release.wait(120)
            worked.append(asked)
            return work(asked, *args, **more)

        monkeypatch.setattr(ready, name, slow)

    for name in ("answer", "answer_batch", "search"):
        noted(name)
    api = create_api(ready, Rules.of("127.0.0.1"), asking=Desk(at_once=1, waiting=4))
    with listening(api, free_port()) as url, ThreadPoolExecutor(1) as clients:
        first = clients.submit(ask, url)
        assert begun.wait(120)
        for _ in range(8):  # more than the queue takes
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{url}/v1/{path}", json=body, timeout=0.3)
        until(lambda: 'kutip_queue{work="questions"} 1.0' in httpx.get(f"{url}/metrics").text)
        release.set()
        assert first.result().json()["text"] == "Sari"
        last = "Ketua rapat tadi bernama?"
        assert ask(url, last).json()["text"] == "Sari"
    first = "Ketua rapat bernama?"
    assert worked == [first, [first], last, [last]]  # answered as batches of one


def test_questions_do_not_wait_for_uploads(ready, monkeypatch):
    import qa.rest.articles

    release, store = threading.Event(), qa.rest.articles.store_documents
    monkeypatch.setattr(qa.rest.articles, "store_documents", lambda *args: release.wait(120) and store(*args))
    with listening(create_api(ready, Rules.of("127.0.0.1")), free_port()) as url, ThreadPoolExecutor(12) as clients:
        texts = [{"text": f"Berita nomor {n}."} for n in range(10)]
        uploads = [clients.submit(httpx.post, f"{url}/v1/articles", json=text, timeout=240) for text in texts]
        deadline = time.monotonic() + 120
        while 'kutip_queue{work="articles"} 10.0' not in httpx.get(f"{url}/metrics").text:
            assert time.monotonic() < deadline
        assert [ask(url, f"Ketua rapat {n} bernama?").json()["text"] for n in range(4)] == ["Sari"] * 4
        assert not any(upload.done() for upload in uploads)
        release.set()
        assert {upload.result().status_code for upload in uploads} == {201}
