"""Every way into the whole application stands behind the guard: the page, Gradio's own routes, REST, MCP."""

import asyncio
import re
from html import escape

import pytest
from fastapi.testclient import TestClient
from pydantic import RootModel
from serving import built
from starlette.websockets import WebSocketDisconnect

from app import mounted
from qa.asking import Asking
from qa.guard import Rules
from qa.late_page import LatePage
from qa.rendering import words
from qa.rest.settings import Settings
from qa.serving import create_app

PASSWORD = ("redaksi", "rahasia")
ANY = {"article_id": "x", "path": "x", "event_id": "x", "session_hash": "x", "component_id": "1"}
FILES = ["/etc/passwd", "%2Fetc%2Fpasswd", "../../../../etc/passwd", "app.py", "pyproject.toml", "seeds/README.md"]


def paths(routes, before=""):
    """The paths of all routes, those of mounted applications included."""
    for route in routes:
        router = getattr(route, "original_router", None)  # of one that was included
        if router is not None:
            yield from paths(router.routes, before)
            continue
        path = before + getattr(route, "path", "")
        inner = getattr(route, "app", None)
        inner = inner.begin().result(60) if isinstance(inner, LatePage) else route
        if getattr(inner, "routes", None):
            yield from paths(inner.routes, path.rstrip("/"))
        for method in sorted(getattr(route, "methods", None) or ["GET"]):
            yield method, path


def filled(path):
    """A path with something in the place of its parameters."""
    out = ""
    for piece in path.split("{"):
        name, closed, rest = piece.partition("}")
        out += (ANY.get(name.split(":")[0], "x") + rest) if closed else piece
    return out or "/"


@pytest.fixture
def app(pipeline, news, tmp_path):
    pipeline.add(news)
    secret = tmp_path / "rahasia.txt"
    secret.write_text("kata-sandi")
    pipeline.secret = secret
    return built(create_app(pipeline, Rules.of("127.0.0.1", auth=":".join(PASSWORD)), Settings(mcp=True), mounted))


def test_the_password_covers_every_route_of_the_whole_application(app):
    found = sorted(set(paths(app.routes)))
    assert {("POST", "/v1/answer"), ("GET", "/config")} <= set(found)
    assert any("queue/join" in path for _, path in found)
    assert any("mcp" in path for _, path in found)
    client = TestClient(app, "http://127.0.0.1")
    for method, path in found:
        if path == "/healthz":
            continue
        reply = client.request(method, filled(path), follow_redirects=False)
        assert reply.status_code == 401, (method, path, reply.status_code)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass


def test_no_file_of_this_machine_is_given_out(app, pipeline):
    client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False)
    for before in ("/gradio_api/file=", "/file=", "/gradio_api/file/", "/static/", "/assets/", "/theme/", "/"):
        for name in (*FILES, str(pipeline.secret), str(pipeline.library.database.path)):
            reply = client.get(before + name, auth=PASSWORD)
            assert reply.status_code >= 300 or "<html" in reply.text[:500], (before, name)
            for inside in ("root:", "kata-sandi", "hatchling", "SQLite format", "build_app"):
                assert inside not in reply.text, (before, name)


def test_gradios_own_way_in_for_files_is_shut(app):
    client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False)
    for path in ("/gradio_api/upload", "/upload", "/gradio_api/upload/", "//gradio_api/upload"):
        reply = client.post(path, files={"files": ("a.txt", b"kata-sandi")}, auth=PASSWORD)
        assert reply.status_code in (404, 405), (path, reply.status_code, reply.text)


def said_to(client, what):
    """What the page's steps that take a conversation reply to one."""
    steps = client.get("/config", auth=PASSWORD).json()
    kinds = {part["id"]: part["type"] for part in steps["components"]}
    for step in steps["dependencies"]:
        inputs = [kinds[one] for one in step["inputs"]]
        if "chatbot" in inputs:
            data = [what if kind == "chatbot" else "Siapa?" for kind in inputs]
            yield client.post(
                "/gradio_api/run/x", json={"fn_index": step["id"], "data": data, "session_hash": "x"}, auth=PASSWORD
            )


@pytest.mark.parametrize("path", ["/etc/hostname", "https://example.org/x"])
def test_a_file_or_an_address_is_refused_in_any_field_of_the_page_before_it_is_opened(app, path, monkeypatch):
    async def opened(*_, **__):
        raise AssertionError("Gradio went to get it")

    monkeypatch.setattr("gradio.processing_utils.async_move_files_to_cache", opened)
    client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False)
    named = {"path": path, "meta": {"_type": "gradio.FileData"}}
    steps = [step for step in client.get("/config", auth=PASSWORD).json()["dependencies"] if step["inputs"]]
    assert len(steps) >= 4
    for step in steps:
        for at in range(len(step["inputs"])):
            data = ["" if other != at else [{"deep": named}] for other in range(len(step["inputs"]))]
            sent = {"fn_index": step["id"], "data": data, "session_hash": "x"}
            reply = client.post("/gradio_api/run/x", json=sent, auth=PASSWORD)
            assert reply.status_code >= 400
            assert "went to get it" not in reply.text
            assert "/v1/articles/file" in reply.text, reply.text


@pytest.mark.parametrize("place", ["file", "text", "code", "image", "html"])
def test_a_file_that_a_conversation_names_is_neither_copied_nor_read(app, pipeline, place):
    """Gradio lets a client name any file of the machine until its page was launched, which mounting it is not."""
    named = {"path": str(pipeline.secret), "meta": {"_type": "gradio.FileData"}}
    block = {"type": place, place: named}
    if place not in ("file", "text"):
        block = {"type": "component", "component": place, "value": named, "constructor_args": {}, "props": {}}
    client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False)
    replies = list(said_to(client, [{"role": "user", "content": [block]}]))
    assert replies
    for reply in replies:
        assert reply.status_code >= 400, reply.text
        assert "/gradio/" not in reply.text
        assert "kata-sandi" not in reply.text


def test_the_page_fetches_no_address_and_gives_out_no_file_that_gradio_has_copied(app):
    client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False)
    for before in ("/gradio_api", ""):
        for way in ("file=", "file/", "proxy=", "stream/", "process_recording?", "deep_link?"):
            for method in ("GET", "HEAD"):
                reply = client.request(method, f"{before}/{way}https://example.org/x.png", auth=PASSWORD)
                assert reply.status_code == 404, (method, before, way)
                assert method == "HEAD" or "/v1/articles/file" in reply.text


NEEDED = {
    "/", "/assets/{path:path}", "/config", "/favicon.ico", "/manifest.json", "/robots.txt", "/static/{path:path}",
    "/svelte/{path:path}", "/theme.css", "/gradio_api/api/{api_name}", "/gradio_api/app_id",
    "/gradio_api/call/v2/{api_name}", "/gradio_api/call/v2/{api_name}/{event_id}", "/gradio_api/call/{api_name}",
    "/gradio_api/call/{api_name}/{event_id}", "/gradio_api/cancel", "/gradio_api/heartbeat/{session_hash}",
    "/gradio_api/info", "/gradio_api/queue/data", "/gradio_api/queue/join", "/gradio_api/reset",
    "/gradio_api/run/{api_name}", "/gradio_api/startup-events", "/gradio_api/theme.css",
}  # fmt: skip


def test_of_gradios_routes_only_those_that_the_page_needs_are_open(app):
    (late,) = [route.app for route in app.routes if isinstance(getattr(route, "app", None), LatePage)]
    there = {path for _, path in paths(late.begin().result(60).routes) if path}
    assert there >= NEEDED - {"/"}
    shut = {path for path in there if path.rstrip("/") not in {one.rstrip("/") for one in NEEDED}}
    assert {"/gradio_api/upload", "/gradio_api/vibe-edit", "/gradio_api/component_server", "/monitoring"} <= shut
    client = TestClient(late.begin().result(60), "http://127.0.0.1", raise_server_exceptions=False)
    for path in shut:
        for method in ("GET", "HEAD", "POST", "PUT"):
            reply = client.request(method, filled(path))
            assert reply.status_code == 404, path
            assert method == "HEAD" or "there is nothing here" in reply.json()["detail"], path
    opened = client.get("/nowhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert opened.status_code == 404
    assert all(f'<p lang="{code}">{escape(said["nowhere"])}</p>' in opened.text for code, said in words().items())
    assert client.get("/gradio_api/info").status_code == 200


async def straight_on(*_, **__):
    pass


async def slowly_on(*_, **__):
    await asyncio.sleep(0)


def as_it_came(_, value):
    return RootModel[list](value or [])


@pytest.mark.parametrize(
    ("of_gradio", "changed", "told"),
    [
        ("gradio.Blocks.process_api", straight_on, "files"),
        ("gradio.Blocks.process_api", slowly_on, "files"),
        ("gradio.Chatbot.postprocess", as_it_came, "HTML"),
    ],
)
def test_no_page_is_built_on_a_gradio_that_goes_by_what_guards_it(pipeline, monkeypatch, of_gradio, changed, told):
    monkeypatch.setattr(of_gradio, changed)
    with pytest.raises(RuntimeError, match=told):
        mounted(pipeline, Settings(), Asking(pipeline))


def test_browsers_keep_the_scripts_of_the_page_and_nothing_that_changes(app):
    client = TestClient(app, "http://127.0.0.1", headers={"authorization": f"Bearer {PASSWORD[1]}"})
    page = client.get("/")
    scripts = re.findall(r'(?:src|href)="\.(/assets/[^"]+)"', page.text)
    assert len(scripts) >= 2
    for path in scripts:
        kept = client.get(path).headers["cache-control"]
        assert "immutable" in kept
        assert int(re.search(r"max-age=(\d+)", kept)[1]) > 86_400
    for path in ("/", "/assets/none.js", "/config", "/v1/articles", "/theme.css"):
        assert client.get(path).headers.get("cache-control", "no-store") == "no-store"
