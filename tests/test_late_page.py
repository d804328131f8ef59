"""The server answers while the page is still being built, and the page's readers wait for it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from serving import free_port, listening

from qa.guard import Rules
from qa.rest.settings import Settings
from qa.serving import create_app

ASKED = {"question": "Ketua rapat bernama?"}


@pytest.fixture
def served(pipeline, news):
    """Serve a page that is built by ``build``."""
    pipeline.add(news)

    def start(build):
        return listening(create_app(pipeline, Rules.of("127.0.0.1"), Settings(), build), free_port())

    return start


def page(*_):
    app = FastAPI()

    @app.get("/")
    def hello() -> str:
        return "the page"

    return app


def test_questions_are_answered_while_the_page_is_built_and_who_wants_the_page_waits(served):
    release = threading.Event()

    def slow(*given):
        assert release.wait(60)
        return page(*given)

    with served(slow) as url, ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(httpx.get, f"{url}/", timeout=60)
        assert httpx.post(f"{url}/v1/answer", json=ASKED, timeout=60).json()["text"] == "Sari"
        assert httpx.get(f"{url}/readyz", timeout=60).status_code == 200
        assert not waiting.done()
        release.set()
        assert waiting.result(60).json() == "the page"


def test_a_page_that_cannot_be_built_is_told_and_the_rest_goes_on(served, caplog):
    def broken(*_):
        raise RuntimeError("no such theme")

    with served(broken) as url:
        reply = httpx.get(f"{url}/", timeout=60)
        assert reply.status_code == 500
        assert reply.headers["content-type"] == "application/problem+json"
        assert "log says why" in reply.json()["detail"]
        assert "no such theme" not in reply.text
        assert httpx.post(f"{url}/v1/answer", json=ASKED, timeout=60).status_code == 200
    assert "no such theme" in caplog.text


def test_the_pages_own_life_begins_when_it_is_built_and_ends_with_the_server(served):
    happened = []
    begun = threading.Event()

    @asynccontextmanager
    async def life(_):
        happened.append("begins")
        begun.set()
        yield
        happened.append("ends")

    def living(*given):
        app = page(*given)
        app.router.lifespan_context = life
        return app

    with served(living) as url:
        assert httpx.get(f"{url}/", timeout=60).status_code == 200
        assert begun.wait(60)
        assert happened == ["begins"]
    assert happened == ["begins", "ends"]


def test_the_page_is_built_once_however_many_want_it(served):
    built = []

    def counted(*given):
        built.append(1)
        return page(*given)

    with served(counted) as url, ThreadPoolExecutor(4) as readers:
        assert {reply.status_code for reply in readers.map(lambda _: httpx.get(f"{url}/", timeout=60), range(8))} == {
            200
        }
    assert built == [1]
