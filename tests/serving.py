"""A server in a thread or a process, on a free port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import httpx
import uvicorn
from fastapi import FastAPI

from qa.late_page import LatePage

TESTS = Path(__file__).parent
SERVED = str(TESTS / "served_by_stand_ins.py")
PATIENCE = 240.0  # seconds: only what will never come is waited for so long, not what comes late on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def listening(app: FastAPI, port: int) -> Iterator[str]:
    """The application's address while it is served."""
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Wait until it holds; the seconds that took. Fails after ``seconds``."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it took too long"
        time.sleep(0.05)
    return time.monotonic() - began


@contextmanager
def a_process(*arguments: str, ready: float = PATIENCE) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """`served_by_stand_ins.py` without the page as a process of its own, once it listens; killed afterwards."""
    port = free_port()
    with (
        TemporaryFile("w+") as said,  # no pipe, which could fill up
        subprocess.Popen(
            [sys.executable, SERVED, str(port), "--no-page", "--rate=1000000", *arguments],
            stdout=said,
            stderr=said,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        ) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client,
    ):

        def listens() -> bool:
            if process.poll() is not None:
                said.seek(0)
                raise AssertionError(f"the server ended with {process.returncode}: {said.read()}")
            try:
                return client.get("/healthz").status_code == 200
            except httpx.TransportError:
                return False

        try:
            until(listens, ready)
            yield client, process
        finally:
            process.kill()


def built(app: FastAPI) -> FastAPI:
    """The application once its page is built: two threads that silence warnings for a moment undo each other's silence,
    and here warnings are errors."""
    for late in [route.app for route in app.routes if isinstance(getattr(route, "app", None), LatePage)]:
        late.begin().result(60)
    return app
