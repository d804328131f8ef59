"""One question, every door: Python, the command line, REST, Gradio's client, MCP and conversations give one answer."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from mcp.client import Client as McpClient
from serving import free_port

import qa
from qa.public import public_answer

pytestmark = pytest.mark.models

ROOT = Path(__file__).parent.parent
QUESTIONS = ["Why did the talks fail?", "Siapa juru bicara Gedung Putih?", "Who won the 2018 World Cup?"]
TOLERANCE = 1e-3  # of confidences and scores: several questions are read in other batches than one


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors") / "library"
    with qa.load(folder) as pipeline:
        pipeline.ensure_sample()
    return folder


def command(library, *arguments):
    return [sys.executable, "-m", "qa.cli", "--library", str(library), *arguments]


def run(library, *arguments, **more):
    done = subprocess.run(
        command(library, *arguments), cwd=ROOT, capture_output=True, encoding="utf-8", timeout=300, **more
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server(library):
    """`kutip serve --mcp` over the same library."""
    port = free_port()
    process = subprocess.Popen(
        command(library, "serve", "--port", str(port), "--mcp", "--read-only"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    killer = threading.Timer(240, process.kill)
    killer.start()
    try:
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        killer.cancel()
        process.terminate()
        try:
            assert process.wait(120) == 0
        finally:
            process.kill()
            process.stdout.close()


@pytest.fixture(scope="module")
def wanted(library):
    """What a pipeline answers in Python, as plain data."""
    with qa.load(library) as pipeline:
        return [public_answer(pipeline.answer(question)) for question in QUESTIONS]


def by_python(library, _server):
    qa._pipeline.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUTIP_LIBRARY", str(library))
        try:
            return [public_answer(qa.answer(question)) for question in QUESTIONS]
        finally:
            qa._pipeline(library).close()
            qa._pipeline.cache_clear()


def by_python_together(library, _server):
    qa._pipeline.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUTIP_LIBRARY", str(library))
        try:
            return [public_answer(answer) for answer in qa.answer_batch(QUESTIONS)]
        finally:
            qa._pipeline(library).close()
            qa._pipeline.cache_clear()


def by_conversation(library, _server):
    with qa.load(library) as pipeline:
        conversation = qa.Conversation(pipeline)
        return [public_answer(conversation.ask(question)) for question in QUESTIONS]


def by_command(library, _server):
    return [json.loads(run(library, "ask", question, "--json")) for question in QUESTIONS]


def by_chat(library, _server):
    return [json.loads(line) for line in run(library, "ask", "--json", input="\n".join(QUESTIONS)).splitlines()]


def by_rest(_library, server):
    return [
        httpx.post(f"{server}/v1/answer", json={"question": question}, timeout=240).json() for question in QUESTIONS
    ]


def by_rest_together(_library, server):
    return httpx.post(f"{server}/v1/answer", json={"questions": QUESTIONS}, timeout=240).json()["answers"]


def by_gradio(_library, server):
    client = Client(server, verbose=False, analytics_enabled=False, download_files=False)
    try:
        return [client.predict(question, api_name="/answer") for question in QUESTIONS]
    finally:
        client.close()


def by_mcp(_library, server):
    async def ask():
        async with McpClient(f"{server}/mcp") as client:
            return [
                (await client.call_tool("answer", {"question": question})).structured_content for question in QUESTIONS
            ]

    return asyncio.run(ask())


def same(got, wanted):
    """Whether two plain answers are one, but for rounding."""
    if isinstance(wanted, float) and isinstance(got, (int, float)):
        return got == pytest.approx(wanted, abs=TOLERANCE)
    if isinstance(wanted, dict):
        return isinstance(got, dict) and list(got) == list(wanted) and all(same(got[key], wanted[key]) for key in got)
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    return type(got) is type(wanted) and got == wanted


@pytest.mark.parametrize(
    "door",
    [
        by_python,
        by_python_together,
        by_conversation,
        by_command,
        by_chat,
        by_rest,
        by_rest_together,
        by_gradio,
        by_mcp,
    ],
)
def test_all_doors_give_the_same_answer(door, library, server, wanted):
    got = door(library, server)
    assert [answer["question"] for answer in got] == QUESTIONS
    for answer, right in zip(got, json.loads(json.dumps(wanted)), strict=True):
        assert set(answer["timings"]) == set(right["timings"])
        assert same(answer | {"timings": {}}, right | {"timings": {}}), (answer, right)


def test_the_answers_are_worth_comparing(wanted):
    assert [answer["status"] for answer in wanted][2] == "not_in_articles"
    assert wanted[0]["text"]
    assert wanted[1]["text"] == "Sarah Sanders"
    changed = wanted[0] | {"confidence": wanted[0]["confidence"] + 2 * TOLERANCE}
    assert not same(changed, wanted[0])
    assert not same(wanted[0] | {"text": None}, wanted[0])
