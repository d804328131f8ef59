"""A server that is asked to stop stops, whoever still listens."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from doubles import WordEncoder
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from serving import PATIENCE, free_port, until

from index.library import Library
from qa import listening
from qa.listening import Server

TESTS = Path(__file__).parent
STREAMS = {
    "gradio": ("GET", "/gradio_api/heartbeat/abc", None),
    "mcp, 2025": ("GET", "/mcp", None),
    "mcp, 2026": (
        "POST",
        "/mcp",
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "subscriptions/listen",
            "params": {
                "notifications": {"toolsListChanged": True},
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            },
        },
    ),
}


@contextmanager
def served(*arguments, stderr=None):
    """A server of its own, its address, and how long it took to start: a measure of how busy this machine is."""
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "served_by_stand_ins.py"), str(port), *arguments],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
    )
    try:
        assert f":{port}" in process.stdout.readline()
        yield process, f"http://127.0.0.1:{port}", time.monotonic() - began
    finally:
        process.kill()
        process.stdout.close()


def opened(streams, address, name):
    """Open a stream of the server that goes on until one of both ends it."""
    method, path, body = STREAMS[name]
    headers = {"accept": "application/json, text/event-stream"}
    if body:
        headers |= {"mcp-protocol-version": "2026-07-28", "mcp-method": body["method"]}
    asked = httpx.stream(method, f"{address}{path}", headers=headers, json=body, timeout=PATIENCE)
    reply = streams.enter_context(asked)
    assert reply.status_code == 200, reply.read()
    assert reply.headers["content-type"].startswith("text/event-stream")


def test_a_server_ends_within_ten_seconds_with_streams_of_every_kind_open_and_complains_of_nothing(tmp_path):
    log = tmp_path / "stderr.txt"
    with (
        log.open("w") as said,
        served(stderr=said) as (process, address, starting),
        ExitStack() as streams,
    ):
        for name in STREAMS:
            opened(streams, address, name)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - began < max(10, starting)
    assert "Cancel" not in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_server_that_cannot_say_where_it_is_ends_with_one_clear_line(tmp_path):
    arguments = [str(free_port()), "--no-page", "--library", str(tmp_path)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, str(TESTS / "served_by_stand_ins.py"), *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        )
    assert done.returncode == 1
    *_, told = done.stderr.splitlines()
    assert told.startswith("Error: something could not be written (No space left on device); make room")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", ["/gradio_api/heartbeat/abc", "/mcp"])
def test_a_server_that_ends_does_not_wait_for_who_only_listens(path):
    app = FastAPI()

    @app.get(path)
    def listened():
        async def endless():
            while True:
                yield b": still here\n\n"
                await asyncio.sleep(0.05)

        return StreamingResponse(endless(), media_type="text/event-stream")

    port = free_port()
    server = Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning"))  # would wait for ever
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    with httpx.stream("GET", f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as reply:
        assert reply.status_code == 200
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize("sent", ["", "GET / HTTP/1.1\r\nhost: a", "GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT"])
def test_a_connection_over_which_nothing_is_asked_is_given_up_and_a_slow_answer_is_not(monkeypatch, sent):
    monkeypatch.setattr(listening, "SILENCE", 1.0)
    app = FastAPI()

    @app.get("/")
    async def soon():
        return "soon"

    @app.get("/slow")
    async def slow():
        await asyncio.sleep(3)
        return "slow"

    port = free_port()
    server = Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning", timeout_keep_alive=60))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as silent, ThreadPoolExecutor(1) as other:
        silent.sendall(sent.encode())
        waiting = other.submit(httpx.get, f"http://127.0.0.1:{port}/slow", timeout=PATIENCE)
        while silent.recv(4096):
            pass
        assert waiting.result().json() == "slow"
    server.should_exit = True
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.parametrize("times", [1, 2])
def test_a_server_that_adds_a_long_article_ends_all_the_same_and_keeps_nothing_of_it(tmp_path, times):
    text = " ".join(f"Kalimat {at} selesai." for at in range(3000))  # five minutes for this encoder
    with (
        served("--no-page", "--library", str(tmp_path), "--encoder", "slow") as (process, address, starting),
        ThreadPoolExecutor(1) as sending,
    ):
        sent = sending.submit(httpx.post, f"{address}/v1/articles", json={"text": text}, timeout=PATIENCE)
        while 'kutip_queue{work="articles"} 1' not in httpx.get(f"{address}/metrics").text:
            time.sleep(0.05)
        time.sleep(0.5)  # the add itself has begun
        began = time.monotonic()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - began < max(10, 2 * starting)
        assert isinstance(sent.exception(), httpx.HTTPError) or sent.result().status_code >= 500
    with Library.open(tmp_path, WordEncoder("slow")) as library:
        assert len(library) == 1  # the sample
        assert library.check() == []
