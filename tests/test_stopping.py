"""A server that is asked to stop stops, whoever still listens."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from serving import PATIENCE, free_port

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


@pytest.mark.parametrize("stream", STREAMS)
def test_a_server_ends_within_ten_seconds_with_a_stream_open(stream):
    method, path, body = STREAMS[stream]
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "served_by_stand_ins.py"), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
    )
    try:
        assert f":{port}" in process.stdout.readline()
        starting = time.monotonic() - began  # a measure of how busy this machine is
        headers = {"accept": "application/json, text/event-stream"}
        if body:
            headers |= {"mcp-protocol-version": "2026-07-28", "mcp-method": body["method"]}
        with httpx.stream(
            method, f"http://127.0.0.1:{port}{path}", headers=headers, json=body, timeout=PATIENCE
        ) as reply:
            assert reply.status_code == 200, reply.read()
            assert reply.headers["content-type"].startswith("text/event-stream")
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert process.wait(PATIENCE) == 0
            assert time.monotonic() - began < max(10, starting)
    finally:
        process.kill()
        process.stdout.close()
