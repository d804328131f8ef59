"""A real client of the Model Context Protocol, over HTTP on this machine."""

import asyncio
import base64
import json
import logging
import sys

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from serving import free_port, listening

from qa.errors import KutipError
from qa.guard import Rules
from qa.public import public_answer
from qa.rest.settings import Settings
from qa.server import create_api

PASSWORD = "redaksi:rahasia"
BASIC = {"authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()}
READING = {"answer", "search", "list_articles", "read_article"}


@pytest.fixture
def serve(pipeline, news):
    pipeline.add(news)
    stack = []

    def start(rules=None, **settings):
        app = create_api(pipeline, rules or Rules.of("127.0.0.1"), Settings(mcp=True, **settings))
        stack.append(listening(app, free_port()))
        return f"{stack[-1].__enter__()}/mcp"

    yield start
    for served in stack:
        served.__exit__(None, None, None)


def with_client(url, talk, headers=None, mode="auto"):
    """What a conversation with the server comes to."""

    async def run():
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            return await talk(client)

    return asyncio.run(run())


def call(url, tool, /, **arguments):
    async def talk(client):
        return await client.call_tool(tool, arguments)

    return with_client(url, talk)


def test_the_tools_are_described_with_every_parameter(serve):
    async def talk(client):
        return (await client.list_tools()).tools

    tools = with_client(serve(), talk)
    assert {tool.name for tool in tools} == READING
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        for name, about in tool.input_schema["properties"].items():
            assert about.get("description"), f"{tool.name}.{name}"
            assert {"type", "anyOf", "$ref"} & set(about), f"{tool.name}.{name}"
    (answer,) = [tool for tool in tools if tool.name == "answer"]
    assert answer.input_schema["required"] == ["question"]
    assert answer.input_schema["properties"]["question"]["maxLength"] == 500


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_tool_answers_as_python_does(serve, pipeline, mode):
    async def talk(client):
        return await client.call_tool("answer", {"question": "Ketua rapat bernama?"})

    reply = with_client(serve(), talk, mode=mode)
    wanted = json.loads(json.dumps(public_answer(pipeline.answer("Ketua rapat bernama?"))))
    assert not reply.is_error
    assert reply.structured_content | {"timings": 0} == wanted | {"timings": 0}
    assert reply.structured_content["text"] == "Sari"
    assert json.loads(reply.content[0].text) == reply.structured_content


def test_a_follow_up_and_filters(serve, news):
    url = serve()
    history = [{"question": "Siapa ketua rapat?", "answer": "Sari"}]
    reply = call(url, "answer", question="Kapan?", history=history)
    assert reply.structured_content["asked_as"] == "Kapan Sari menjadi ketua rapat?"
    reply = call(url, "answer", question="Ketua rapat bernama?", filters={"articles": [news[1].id]})
    assert reply.structured_content["text"] is None


def test_articles_are_found_listed_and_read_piece_by_piece(serve, news):
    url = serve()
    (passage,) = call(url, "search", query="beras", limit=1).structured_content["passages"]
    assert passage["article_id"] == news[1].id
    listed = call(url, "list_articles").structured_content
    assert [entry["id"] for entry in listed["articles"]] == [article.id for article in news]
    assert listed["total"] == 2
    text, start = "", 0
    while start is not None:
        piece = call(url, "read_article", article_id=news[0].id, start=start, length=30).structured_content
        assert piece["text"] == news[0].text[piece["start"] : piece["end"]]
        assert len(piece["text"]) <= 30
        text, start = text + piece["text"], piece["next_start"]
    assert text == news[0].text
    assert piece["characters"] == len(text)
    beyond = call(url, "read_article", article_id=news[0].id, start=10**6).structured_content
    assert (beyond["text"], beyond["next_start"]) == ("", None)


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("answer", {"question": "?"}, "blank"),
        ("answer", {"question": "x" * 501}, "500"),
        ("answer", {}, "tool answer: question: Field required"),
        ("answer", {"question": "a", "history": [{"what": 1}]}, "history.0.question: Field required; history.0.what: "),
        ("answer", {"question": "a", "filters": {"after": "x"}}, "filters.after: x is no date; write it as 2019-02-28"),
        ("read_article", {"article_id": "none"}, "there is no article"),
        ("read_article", {"article_id": "none", "length": 10**6}, "20000"),
        ("add_article", {"text": "Baru."}, "Unknown tool"),
        ("remove_article", {"article_id": "none"}, "Unknown tool"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(serve, tool, arguments, told):
    reply = call(serve(), tool, **arguments)
    assert reply.is_error
    assert told in reply.content[0].text
    assert "pydantic" not in reply.content[0].text


def test_an_argument_that_no_tool_has_is_refused_by_its_name(serve):
    url = serve(mcp_write=True)

    async def talk(client):
        return (await client.list_tools()).tools

    for tool in with_client(url, talk):
        assert tool.input_schema["additionalProperties"] is False
        given = dict.fromkeys(tool.input_schema.get("required", ()), "a")
        reply = call(url, tool.name, **given, filtres={"after": "2019"})
        assert reply.is_error
        assert "filtres" in reply.content[0].text


def test_a_fault_is_told_without_the_servers_inside(serve, pipeline, monkeypatch):
    monkeypatch.setattr(pipeline, "answer", lambda *_, **__: 1 / 0)
    reply = call(serve(), "answer", question="a")
    assert reply.is_error
    assert "zero" not in reply.content[0].text


def test_articles_are_changed_only_where_the_server_was_started_so(serve, pipeline):
    url = serve(mcp_write=True)

    async def talk(client):
        return {tool.name: tool.annotations.read_only_hint for tool in (await client.list_tools()).tools}

    assert with_client(url, talk) == dict.fromkeys(READING, True) | {"add_article": False, "remove_article": False}
    (own,) = call(url, "add_article", text="Gunung meletus.", title="Gunung").structured_content["added"]
    assert pipeline.library.article(own).title == "Gunung"
    assert call(url, "remove_article", article_id=own).structured_content == {"removed": [own]}
    assert call(url, "remove_article", article_id=own).structured_content == {"removed": []}
    with pytest.raises(KutipError, match="--read-only"):
        Settings(mcp=True, mcp_write=True, read_only=True)
    with pytest.raises(KutipError, match="--mcp"):
        Settings(mcp_write=True)


def test_the_guard_stands_before_the_tools_too(serve):
    url = serve(Rules.of("127.0.0.1", auth=PASSWORD, rate=10))

    async def talk(client):
        return (await client.call_tool("list_articles", {})).structured_content["total"]

    assert with_client(url, talk, headers=BASIC) == 2
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    kind = {"accept": "application/json, text/event-stream"}
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer no"}, 401),
        (BASIC | {"origin": "http://evil.test"}, 403),
        (BASIC | {"host": "evil.test"}, 421),
    ):
        reply = httpx2.post(url, json=message, headers=kind | headers)
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/problem+json"
    statuses = [httpx2.post(url, json=message, headers=kind | BASIC).status_code for _ in range(12)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_without_the_package_the_server_says_what_to_install(pipeline, monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    with pytest.raises(KutipError, match=r"pip install 'kutip\[mcp\]'"):
        create_api(pipeline, Rules.of("127.0.0.1"), Settings(mcp=True))


def test_the_programs_log_stays_as_it_was(pipeline, monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])  # as where nothing configured it
    monkeypatch.setattr(root, "level", logging.ERROR)
    create_api(pipeline, Rules.of("127.0.0.1"), Settings(mcp=True))
    assert root.handlers == []
    assert root.level == logging.ERROR
