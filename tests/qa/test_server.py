import ast
import asyncio
import base64
import io
import json
import re
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import fields
from html import escape
from pathlib import Path

import pytest
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from making import pdf, zipped

from index.article import Article
from qa.answers import Answer, Evidence
from qa.desk import Desk
from qa.errors import KutipError, LibraryError
from qa.guard import Guard, Rules
from qa.incoming import is_flat
from qa.public import public_answer
from qa.rendering import words
from qa.rest.articles import file_name
from qa.rest.settings import Settings
from qa.server import create_api

LOCAL = "http://127.0.0.1:7860"
JSON = {"content-type": "application/json"}


@pytest.fixture
def serve(pipeline, news):
    pipeline.add(news)
    made = []

    def start(rules=None, settings=None, **desks):
        rules = rules or Rules.of("127.0.0.1")
        api = create_api(pipeline, rules, settings, **desks)
        client = TestClient(api, LOCAL, raise_server_exceptions=False)
        client.__enter__()
        made.append(client)
        return client

    yield start
    for client in made:
        client.__exit__(None, None, None)


def test_the_answer_is_that_of_python(serve, pipeline):
    reply = serve().post("/v1/answer", json={"question": "Ketua rapat bernama?"})
    assert reply.status_code == 200
    ours = public_answer(pipeline.answer("Ketua rapat bernama?"))
    assert reply.json() | {"timings": 0} == json.loads(json.dumps(ours)) | {"timings": 0}
    assert reply.json()["text"] == "Sari"


def test_a_follow_up_is_completed_from_the_history(serve):
    body = {"question": "Kapan?", "history": [{"question": "Siapa ketua rapat?", "answer": "Sari"}]}
    assert serve().post("/v1/answer", json=body).json()["asked_as"] == "Kapan Sari menjadi ketua rapat?"


def test_several_questions_are_independent_so_that_a_history_is_refused(serve):
    history = [{"question": "Siapa ketua rapat?", "answer": "Sari"}]
    reply = serve().post("/v1/answer", json={"questions": ["Kapan?", "Di mana?"], "history": history})
    assert reply.status_code == 422
    assert "history" in reply.json()["detail"]
    assert "one by one" in reply.json()["detail"]
    assert serve().post("/v1/answer", json={"questions": ["Kapan?"], "history": []}).status_code == 200


@pytest.mark.parametrize("body", [{"question": '"Harga beras?"'}, {"questions": ['"Harga beras?"']}])
def test_every_way_to_ask_takes_a_question_out_of_its_quotation_marks(serve, body):
    reply = serve().post("/v1/answer", json=body).json()
    (answer,) = reply.get("answers", [reply])
    assert (answer["question"], answer["asked_as"], answer["text"]) == ('"Harga beras?"', "Harga beras?", "naik")


def test_several_questions_are_answered_in_their_order(serve):
    reply = serve().post("/v1/answer", json={"questions": ["Ketua rapat bernama?", "Harga beras?"]}).json()
    assert [answer["text"] for answer in reply["answers"]] == ["Sari", "naik"]


def test_filters_and_search(serve, news):
    client = serve()
    body = {"question": "Ketua rapat bernama?", "filters": {"articles": [news[1].id]}}
    assert client.post("/v1/answer", json=body).json()["text"] is None
    (passage,) = client.post("/v1/search", json={"query": "beras", "limit": 1}).json()["passages"]
    assert passage["article_id"] == news[1].id


def test_articles_are_added_listed_read_and_removed(serve):
    client = serve()
    added = client.post("/v1/articles", json={"text": "Gunung meletus.", "title": "Gunung", "published": "2020-01-02"})
    assert added.status_code == 201
    (own,) = added.json()["added"]
    listed = client.get("/v1/articles", params={"containing": "gunung"}).json()
    assert [entry["id"] for entry in listed["articles"]] == [own]
    assert listed["total"] == 3
    article = client.get(f"/v1/articles/{own}").json()
    assert (article["text"], article["published"]) == ("Gunung meletus.", "2020-01-02")
    assert article["sentences"] == [{"start": 0, "end": 15}]
    assert client.delete(f"/v1/articles/{own}").json() == {"removed": [own]}
    for reply in (client.delete(f"/v1/articles/{own}"), client.get(f"/v1/articles/{own}")):
        assert (reply.status_code, reply.json()["key"]) == (404, "gone")


def test_the_sample_is_added_for_the_asking(serve, pipeline):
    client = serve()
    (own,) = client.post("/v1/articles/sample").json()["added"]
    assert client.post("/v1/articles/sample").json()["unchanged"] == [own]
    assert "Hanoi" in pipeline.library.article(own).text


def test_files_are_taken_and_their_originals_never_shown_as_pages(serve):
    client = serve()
    page = b"<html><body><p>Gunung meletus.</p><script>alert(1)</script></body></html>"
    (own,) = client.post("/v1/articles/file", params={"name": "../../a.html"}, content=page).json()["added"]
    assert client.get(f"/v1/articles/{own}").json()["source"] == "a.html"
    original = client.get(f"/v1/articles/{own}/original")
    assert original.content == page
    assert original.headers["content-disposition"] == "attachment; filename*=UTF-8''a.html"
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["x-content-type-options"] == "nosniff"
    other = client.post("/v1/articles/file", params={"name": "a.html"}, content=page.replace(b"Gunung", b"Kawah"))
    assert other.json()["replaced"] == []


def test_an_article_tells_whether_there_is_an_original(serve):
    client = serve()
    (pasted,) = client.post("/v1/articles", json={"text": "Gunung meletus."}).json()["added"]
    sent = client.post("/v1/articles/file", params={"name": "é.csv"}, content=b"text\nKawah mengepul.")
    (row,) = sent.json()["added"]
    for article, there in ((pasted, False), (row, True)):
        assert client.get(f"/v1/articles/{article}").json()["original"] is there
        assert client.get(f"/v1/articles/{article}/original").is_success is there
    named = client.get(f"/v1/articles/{row}/original").headers["content-disposition"]
    assert named.startswith("attachment; filename*=UTF-8''%C3%A9")
    assert named.endswith(".json")


@pytest.mark.parametrize(
    ("source", "media_type", "name"),
    [
        ("upload/1f/Laporan C#.PDF", "application/pdf", "Laporan C#.PDF"),
        ("upload/1f/a.zip!/berita/b.txt", "text/plain", "b.txt"),
        ("upload/1f/data.csv#3", "application/json", "data-3.json"),
        ("C:\\berita\\a", "text/plain", "a.txt"),
        ("https://x.test/berita/rapat-desa.php?id=3#atas", "text/html", "rapat-desa.php.html"),
        ("https://x.test/", "text/html", "x.test.html"),
        ("https://x.test/a%20b/c%2F..%2Fd/", "text/html", "d.html"),
        ("http://[", "text/html", "[.html"),
        ("", "application/unheard-of", "article"),
    ],
)
def test_a_download_is_named_after_where_it_came_from_with_an_ending_that_tells_what_it_is(source, media_type, name):
    assert file_name(source, media_type) == name


def test_what_cannot_be_taken_is_a_problem_document(serve):
    client = serve()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"\0" * 201_000_000)
    for reply, status in (
        (client.post("/v1/answer", json={"question": " "}), 422),
        (client.post("/v1/answer", json={"question": "x " * 400}), 422),
        (client.post("/v1/answer", json={}), 422),
        (client.post("/v1/answer", json={"question": "a", "what": 1}), 422),
        (client.post("/v1/answer", content=b"{"), 422),
        (client.post("/v1/articles/file", params={"name": "a.zip"}, content=bomb.getvalue()), 422),
        (client.post("/v1/articles/file", params={"name": "a.pdf"}, content=b"no"), 422),
        (client.post("/v1/articles", json={"text": " "}), 422),
        (client.post("/v1/articles", json={"url": "http://127.0.0.1/"}), 403),
        (client.get("/v1/articles/none"), 404),
        (client.get("/nowhere"), 404),
        (client.put("/v1/answer"), 405),
    ):
        assert reply.status_code == status, reply.text
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json()["status"] == status
        assert reply.json()["detail"]


def test_what_there_is_not_below_v1_is_a_problem_also_where_a_page_takes_all_else(pipeline):
    api = create_api(pipeline, Rules())
    api.mount("/", PlainTextResponse("the page"))
    client = TestClient(api, base_url="http://localhost")
    assert client.get("/anything").text == "the page"
    for method, path, status, allowed in (
        ("GET", "/v1/nowhere", 404, None),
        ("PUT", "/v1/answer", 405, "POST"),
        ("GET", "/v1/answer", 405, "POST"),
        ("PATCH", "/v1/articles", 405, "GET, HEAD, POST"),
        ("POST", "/v1/articles/x", 405, "GET, HEAD, DELETE"),
        ("PROPFIND", "/v1/answer", 405, "POST"),
        ("GET", "/v1", 404, None),
    ):
        reply = client.request(method, path)
        assert (reply.status_code, reply.headers.get("allow")) == (status, allowed), path
        assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/v1/articles", "/v1/articles/{}"],
)
def test_what_can_be_read_is_told_to_head_as_to_get_without_a_body(serve, news, path):
    client = serve()
    told, bare = (client.request(method, path.format(news[0].id)) for method in ("GET", "HEAD"))
    assert (bare.status_code, bare.content) == (200, b"")
    assert bare.headers["content-type"] == told.headers["content-type"]


def test_what_cannot_be_read_of_an_archive_is_told_and_the_rest_is_taken(serve):
    reply = serve().post(
        "/v1/articles/file",
        params={"name": "a.zip"},
        content=zipped(**{"b.pdf": b"%PDF no", "c.txt": "Gunung meletus."}),
    )
    assert reply.status_code == 201
    assert len(reply.json()["added"]) == 1
    (failed,) = reply.json()["failed"]
    assert failed["source"] == "a.zip!/b.pdf"
    assert failed["reason"].startswith("a.zip!/b.pdf is damaged")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("kosong.txt", b"", "kosong.txt has no text"),
        ("p.png", bytes(range(256)) * 8, "p.png is no text"),
        ("tabel ini.csv", b"a,b\n1,2\n", "tabel ini.csv has no column"),
        ("a.zip", zipped(**{"kosong.txt": ""}), "a.zip!/kosong.txt has no text"),
    ],
)
def test_what_cannot_be_read_is_called_once_and_as_it_was_sent(serve, name, content, told):
    reply = serve().post("/v1/articles/file", params={"name": name}, content=content)
    assert reply.status_code == 422
    assert reply.json()["detail"].startswith(told)
    assert reply.json()["detail"].count(name) == 1


def test_a_read_only_server_changes_nothing(serve, news):
    client = serve(settings=Settings(read_only=True))
    assert client.post("/v1/articles", json={"text": "Baru."}).status_code == 403
    assert client.post("/v1/articles/file", params={"name": "a.txt"}, content=b"Baru.").status_code == 403
    assert client.delete(f"/v1/articles/{news[0].id}").status_code == 403
    assert client.get("/v1/articles").json()["total"] == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/articles"),
        ("POST", "/v1/articles/file"),
        ("POST", "/v1/articles/sample"),
        ("DELETE", "/v1/articles/x"),
        ("POST", "/v1/feedback"),
    ],
)
def test_a_read_only_server_refuses_changes_before_it_reads_what_is_sent(pipeline, method, path):
    messages = []

    async def receive():
        raise AssertionError("a body was read")

    async def send(message):
        messages.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"9000")]
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "query_string": b"name=a.txt"}
    api = create_api(pipeline, Rules(), Settings(read_only=True))
    asyncio.run(api({**scope, "headers": headers, "client": ("a", 1)}, receive, send))
    assert messages[0]["status"] == 403
    assert "--read-only" in json.loads(messages[1]["body"])["detail"]


def test_no_reply_holds_a_path_of_this_machine(serve, pipeline, tmp_path):
    path = tmp_path / "rahasia" / "gunung.txt"
    path.parent.mkdir()
    path.write_text("Gunung Semeru meletus. Ketua posko bernama Budi.")
    pipeline.add([path])
    client = serve()
    everything = [
        client.post("/v1/answer", json={"question": "Ketua posko bernama?"}).text,
        client.post("/v1/search", json={"query": "gunung"}).text,
        client.get("/v1/articles").text,
        client.get(f"/v1/articles/{pipeline.library.articles()[-1].id}").text,
        client.post("/v1/articles/file", params={"name": f"{path}"}, content=b"\0" * 500).text,
    ]
    assert "gunung.txt" in everything[0]
    assert not any("rahasia" in text or str(tmp_path) in text for text in everything)


def test_a_fault_is_told_without_the_servers_inside(serve, pipeline, monkeypatch, caplog):
    monkeypatch.setattr(pipeline, "answer", lambda *_, **__: 1 / 0)
    reply = serve().post("/v1/answer", json={"question": "a"})
    assert reply.status_code == 500
    assert "Zero" not in reply.text
    assert "ZeroDivisionError" in caplog.text


def test_the_server_tells_of_itself(serve):
    client = serve()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "articles": 2, "sentences": 6}
    client.post("/v1/answer", json={"question": "Ketua rapat bernama?"})
    metrics = client.get("/metrics").text
    assert 'kutip_answers_total{status="answered"} 1.0' in metrics
    assert 'kutip_requests_total{route="/v1/answer",status="200"} 1.0' in metrics
    assert "kutip_sentences 6.0" in metrics
    docs = client.get("/docs").text
    assert "/v1/answer" in docs
    assert "http://" not in docs
    assert "https://" not in docs
    assert client.get("/openapi.json").json()["paths"]["/v1/search"]


# -- the guard -----------------------------------------------------------------------------------------


def test_a_server_that_others_reach_wants_a_password():
    for host in ("0.0.0.0", "192.168.1.5", "::", "example.org"):
        with pytest.raises(KutipError, match=r"--auth.*--insecure"):
            Rules.of(host)
        Rules.of(host, insecure=True)
        Rules.of(host, auth="a:b")
    for host in ("127.0.0.1", "localhost", "::1"):
        Rules.of(host)
    with pytest.raises(KutipError, match="NAME:PASSWORD"):
        Rules.of("127.0.0.1", auth="only")


def basic(text):
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("path", ["/v1/articles", "/metrics", "/docs", "/openapi.json", "/readyz", "/nowhere"])
def test_the_password_covers_every_route(serve, path):
    client = serve(Rules.of("127.0.0.1", auth="redaksi:rahasia"))
    for headers in (
        {},
        basic("redaksi:salah"),
        basic("x"),
        {"authorization": "Basic %%"},
        {"authorization": "Bearer no"},
    ):
        reply = client.get(path, headers=headers)
        assert reply.status_code == 401
        assert "Basic" in reply.headers["www-authenticate"]
    assert client.get(path, headers=basic("redaksi:rahasia")).status_code in (200, 404)
    assert client.get(path, headers={"authorization": "Bearer rahasia"}).status_code in (200, 404)
    assert client.get("/healthz").status_code == 200


def test_another_name_for_this_server_is_not_answered(serve):
    client = serve()
    assert client.get("/v1/articles", headers={"host": "evil.test"}).status_code == 421
    assert client.get("/v1/articles", headers={"host": "localhost:7860"}).status_code == 200
    named = serve(Rules.of("127.0.0.1", names=("kutip.test",)))
    assert named.get("/v1/articles", headers={"host": "kutip.test"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
def test_other_sites_pages_cannot_post(serve, headers):
    client = serve()
    assert client.post("/v1/articles", json={"text": "Baru."}, headers=headers).status_code == 403
    assert client.post("/v1/articles", json={"text": "Baru."}, headers={"origin": LOCAL}).status_code == 201


def test_a_client_that_asks_too_often_is_told_to_wait(serve):
    client = serve(Rules(rate=3))
    replies = [client.post("/v1/search", json={"query": "beras"}) for _ in range(5)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429, 429]
    assert replies[-1].json()["key"] == "often"
    assert client.get("/v1/articles").status_code == 200


def test_the_rate_comes_back_with_time_and_is_each_clients_own():
    now = [0.0]
    guard = Guard(None, Rules(), clock=lambda: now[0])
    assert [guard.allowed("a", 2) for _ in range(3)] == [True, True, False]
    assert guard.allowed("b", 2)
    now[0] = 30.0
    assert [guard.allowed("a", 2) for _ in range(2)] == [True, False]


def test_reading_is_bounded_too_but_far_less(serve, monkeypatch):
    monkeypatch.setattr("qa.guard.READS", 3)
    client = serve(Rules(rate=2))
    assert [client.get("/v1/articles").status_code for _ in range(8)] == [200] * 6 + [429] * 2


def test_passwords_cannot_be_guessed_at_any_speed(serve, monkeypatch):
    monkeypatch.setattr("qa.guard.GUESSES", 3)
    client = serve(Rules.of("127.0.0.1", auth="redaksi:rahasia"))
    assert [client.get("/readyz").status_code for _ in range(5)] == [401] * 5  # nothing was guessed
    guesses = [client.get("/readyz", headers=basic(f"redaksi:{n}")).status_code for n in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    assert client.get("/readyz", headers=basic("redaksi:rahasia")).status_code == 429  # nor is this guess told right
    assert client.get("/healthz").status_code == 200


def test_a_password_is_compared_in_constant_time(serve, monkeypatch):
    compared = []
    monkeypatch.setattr("qa.guard.hmac.compare_digest", lambda *both: compared.append(both) or both[0] == both[1])
    client = serve(Rules.of("127.0.0.1", auth="a:b"))
    for headers in (basic("a:b"), basic("a:x"), {"authorization": "Bearer b"}, {}):
        client.get("/readyz", headers=headers)
    assert len(compared) == 4


def test_a_password_may_be_of_any_letters_both_ways(serve):
    client = serve(Rules.of("127.0.0.1", auth="redaksi:kué"))
    for kind, value in ((b"Basic", base64.b64encode("redaksi:kué".encode())), (b"Bearer", "kué".encode())):
        assert client.get("/readyz", headers={"authorization": kind + b" " + value}).status_code == 200
    assert client.get("/readyz", headers={"authorization": "Bearer kue"}).status_code == 401


def test_a_server_open_to_all_is_not_reached_by_a_rebound_name(serve):
    client = serve(Rules.of("0.0.0.0", insecure=True, names=("kutip.lan",)))
    for host, status in (("evil.test", 421), ("192.168.1.7:7860", 200), ("[fd00::1]:7860", 200), ("kutip.lan", 200)):
        assert client.get("/v1/articles", headers={"host": host}).status_code == status, host


def test_a_server_with_a_name_of_its_own_is_still_found_by_what_looks_whether_it_lives(serve):
    client = serve(Rules.of("0.0.0.0", auth="a:b", names=("news.example",)))
    for host, status in (("evil.test", 421), ("localhost:7860", 200), ("10.1.2.3:7860", 200), ("news.example", 200)):
        assert client.get("/healthz", headers={"host": host}).status_code == status, host


def test_a_library_that_cannot_be_used_is_no_server_that_is_too_busy(serve, pipeline, monkeypatch):
    def damaged():
        raise LibraryError("/secret/place is damaged")

    monkeypatch.setattr(pipeline.library, "ping", damaged)
    reply = serve().get("/readyz")
    assert (reply.status_code, reply.json()["title"]) == (503, "No library")
    assert "secret" not in reply.text


@pytest.mark.parametrize(("clients", "taken"), [("abc", 2), ("aab", 2), ("aa", 1)])
def test_many_bodies_at_once_do_not_fill_the_memory_and_one_client_takes_half_of_it_at_most(
    clients, taken, monkeypatch
):
    statuses, bodies = [], []

    async def application(scope, receive, send):
        await receive()
        await gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def one(client, size):
        scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "client": (client, 1)}

        async def receive():
            return {"type": "http.request", "body": b"x" * size, "more_body": False}

        async def send(message):
            statuses.extend([message["status"]] if "status" in message else [])
            bodies.append(message.get("body", b""))

        await guard(scope, receive, send)

    async def all_at_once():
        nonlocal gate
        gate = asyncio.Event()
        tasks = [asyncio.create_task(one(client, 700)) for client in clients]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*tasks)

    gate = None
    monkeypatch.setattr("qa.incoming.SMALL", 100)
    guard = Guard(application, Rules(body=1000, held=1500))
    asyncio.run(all_at_once())
    assert sorted(statuses) == [200] * taken + [503] * (len(clients) - taken)
    assert b'"title": "Too busy"' in b"".join(bodies)
    assert (guard.held.total, guard.held.clients) == (0, {})


def sending(*pieces, every=0.0, last=None):
    """A client's `receive` that gives so many bytes each so many seconds, then ``last``, or stalls for ever."""
    left = list(pieces)

    async def receive():
        await asyncio.sleep(every if left else 3600)
        size = left.pop(0)
        return {"type": "http.request", "body": b"x" * size, "more_body": bool(left) or last is None}

    return receive


@pytest.mark.parametrize(
    ("receive", "status"),
    [
        (sending(100, every=0.05), 408),
        (sending(100, 100, 100, every=0.05), 408),
        (sending(1_000_000), 408),  # what came fast gives no right to a long silence
        (sending(*[100] * 30, every=0.05, last=True), 200),
    ],
)
def test_a_body_that_stops_coming_is_not_held_for_ever_and_one_that_keeps_coming_is_taken(monkeypatch, receive, status):
    monkeypatch.setattr("qa.incoming.PATIENCE", 1.0)
    monkeypatch.setattr("qa.incoming.SLOWEST", 200)
    statuses = []

    async def application(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        statuses.extend([message["status"]] if "status" in message else [])

    guard = Guard(application, Rules())
    scope = {"type": "http", "method": "POST", "path": "/v1/articles", "headers": [], "client": ("a", 1)}
    began = time.monotonic()
    asyncio.run(guard(scope, receive, send))
    assert statuses == [status]
    assert status == 200 or time.monotonic() - began < 10
    assert guard.held.total == 0


def test_json_that_stops_coming_is_told_so(serve, monkeypatch):
    monkeypatch.setattr("qa.incoming.PATIENCE", 0.1)
    client, told = serve(), []

    async def send(message):
        told.extend([json.loads(message["body"])] if "body" in message else [])

    for path in ("/v1/answer", "/v1/articles", "/v1/articles/file"):
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"name=a.txt",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
            "client": ("a", 1),
        }
        asyncio.run(client.app(scope, sending(100), send))
    assert [(one["status"], one["key"]) for one in told] == [(408, "stalled")] * 3


def test_a_body_that_is_too_large_is_refused_also_when_it_does_not_say_so(serve):
    client = serve(Rules(body=1000))
    assert client.post("/v1/articles", json={"text": "x" * 2000}).status_code == 413

    def chunks():
        for _ in range(20):
            yield b"x" * 100

    for path in ("/v1/articles/file?name=a.txt", "/v1/articles", "/v1/answer"):
        for content in (chunks(), b"x" * 2000):
            reply = client.post(path, content=content, headers={"content-type": "application/json"})
            assert reply.status_code == 413, path
            assert reply.headers["content-type"] == "application/problem+json"
            assert (reply.json()["key"], reply.json()["values"]) == ("too_large", {"most": "0.001"})


def test_json_that_is_too_much_beside_others_is_told_as_too_busy_and_a_question_is_taken(serve, monkeypatch):
    client = serve(Rules(body=1000, held=10))
    client.post("/healthz")
    guard = client.app
    while not isinstance(guard, Guard):
        guard = guard.app if hasattr(guard, "app") else guard.middleware_stack
    guard.held.total = 20
    assert client.post("/v1/answer", json={"question": "Siapa?"}).status_code == 200
    monkeypatch.setattr("qa.incoming.SMALL", 10)
    reply = client.post("/v1/answer", json={"question": "Siapa?"})
    assert (reply.status_code, reply.json()["title"], reply.json()["key"]) == (503, "Too busy", "busy")


def test_only_articles_may_be_large(serve, monkeypatch):
    client = serve()
    monkeypatch.setattr("qa.rest.articles.documents_sent", lambda body, refused: [])  # that it is let in is enough
    for path in ("/v1/answer", "/v1/search", "/v1/feedback", "/v1/translate"):
        reply = client.post(path, content=b"[" * 1_100_000, headers=JSON)
        assert (reply.status_code, reply.json()["title"]) == (413, "Too large"), path
        assert "at most 1 MB is taken here" in reply.json()["detail"]
        reply = client.post(path, content=iter([b"[" * 600_000] * 2), headers=JSON)  # without a length
        assert "at most 1 MB is taken here" in reply.json()["detail"]
        told = client.get("/openapi.json").json()["paths"][path]["post"]["responses"]["413"]
        assert "at most 1 MB" in told["description"]
    assert client.post("/v1/articles", json={"text": "Rapat selesai. " * 600_000}).status_code == 201


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [
        ("/v1/articles/file", 200),
        ("/v1/articles", 40),
        ("/mcp", 8),
        ("/gradio_api/queue/join", 8),
        ("/v1/articles/x", 1),
        ("/v1/answer", 1),
    ],
)
def test_only_a_file_may_be_as_large_as_a_file(path, megabytes):
    guard = Guard(None, Rules())
    scope = {"type": "http", "method": "POST", "path": path}
    assert guard.refusal(scope, {"content-length": str(megabytes * 1_000_000)}) is None
    assert guard.refusal(scope, {"content-length": str(megabytes * 1_000_000 + 1)})[0] == 413


def test_the_largest_questions_that_are_answered_are_not_too_large(serve):
    word = "\u0001" * 499 + "a"  # each letter takes six bytes
    turns = [{"question": word, "answer": word * 4}] * 20
    filters = {"articles": [f"{number:016x}" for number in range(10_000)], "sources": ["a" * 2000] * 50}
    for body in ({"questions": [word] * 64}, {"question": word, "history": turns, "filters": filters}):
        assert serve().post("/v1/answer", json=body).status_code == 200


def test_a_text_of_20_megabytes_fits_however_its_letters_are_written(serve, monkeypatch):
    monkeypatch.setattr(
        "qa.rest.articles.documents_sent", lambda body, refused: [] if len(body.text) == 20_000_000 else 1 / 0
    )
    text = ("“Harga beras naik,” kata Sari.\n" * 700_000)[:20_000_000]
    for content in (json.dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False)):
        assert len(content.encode()) > 20_000_000
        assert serve().post("/v1/articles", content=content, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        b'{"text": [' + b"[]," * 100_000 + b"[]]}",
        b'{"text": {' + b'"a":{},' * 100_000 + b'"a":0}}',
        b'{"text": [' + b'"a\\\\",' * 100_000 + b'"a"]}',
        b"[" * 100_000,
        json.dumps({"ģ": [[]] * 100_000}, ensure_ascii=False).encode("utf-16"),  # a byte of ģ is that of a quote
    ],
)
def test_json_that_would_take_many_times_its_size_is_refused_before_it_is_read(serve, monkeypatch, content):
    client = serve()
    monkeypatch.setattr("starlette.requests.Request.json", lambda _: 1 / 0)
    reply = client.post("/v1/articles", content=content, headers=JSON)
    assert reply.status_code == 422
    assert "one object of texts" in reply.json()["detail"]
    assert reply.headers["content-type"] == "application/problem+json"


@given(st.dictionaries(st.text(), st.text(), max_size=20), st.booleans(), st.sampled_from([None, 4]))
def test_an_object_of_texts_is_flat_whatever_they_hold(sent, in_ascii, indent):
    sent |= {"text": '[{"\\\\": "\\""}]' * 5000}
    assert is_flat(json.dumps(sent, ensure_ascii=in_ascii, indent=indent).encode("utf-8", "surrogatepass"))


@given(st.text(), st.text(), st.booleans())
def test_what_is_not_flat_is_seen_behind_any_text(before, text, in_ascii):
    sent = {before: text, "text": [[]] * 5000}
    assert not is_flat(json.dumps(sent, ensure_ascii=in_ascii).encode("utf-8", "surrogatepass"))


def test_a_heap_of_unknown_fields_is_refused_as_one(serve):
    reply = serve().post("/v1/answer", json={f"x{at}": 0 for at in range(1000)})
    assert reply.status_code == 422
    assert "1000 fields" in reply.json()["detail"]
    assert len(reply.text) < 1000


def test_an_origin_that_is_no_address_is_anothers(serve):
    reply = serve().post("/v1/answer", json={"question": "a"}, headers={"origin": "http://["})
    assert reply.status_code == 403


def test_whatever_lets_a_request_not_in_names_words_of_the_page_in_both_languages(serve):
    text, address = {"text": "Baru."}, {"url": "http://127.0.0.1/"}
    opinion = {"question": "a", "verdict": "right", "article_id": "none"}
    reading = serve(settings=Settings(read_only=True))
    for reply, status, key in (
        (serve(Rules.of("127.0.0.1", auth="redaksi:rahasia")).get("/v1/articles"), 401, "password"),
        (serve().post("/v1/articles", json=text, headers={"origin": "http://evil.test"}), 403, "foreign"),
        (serve().post("/v1/articles", json=text, headers={"sec-fetch-site": "cross-site"}), 403, "foreign"),
        (reading.post("/v1/articles", json=text), 403, "read_only"),
        (reading.post("/v1/feedback", json=opinion), 403, "read_only"),
        (serve().post("/v1/articles", json=address), 403, "no_urls"),
        (serve().get("/v1/articles", headers={"host": "evil.test"}), 421, "no_host"),
    ):
        assert (reply.status_code, reply.json().get("key")) == (status, key)
        assert all(key in said for said in words().values())


@pytest.mark.parametrize(
    ("auth", "host", "status", "key"),
    [("", "evil.test", 421, "no_host"), ("redaksi:rahasia", "localhost", 401, "password")],
)
def test_a_browser_that_is_not_let_in_shows_why_in_both_languages_instead_of_json(serve, auth, host, status, key):
    client = serve(Rules.of("127.0.0.1", auth=auth))
    reply = client.get("/", headers={"host": host, "accept": "text/html,*/*;q=0.8"})
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert all(f'<p lang="{language}">{escape(said[key])}</p>' in reply.text for language, said in words().items())
    assert ("www-authenticate" in reply.headers) is bool(auth)
    for other in ("*/*", "application/json"):
        assert client.get("/", headers={"host": host, "accept": other}).json()["key"] == key


def test_no_cache_keeps_what_rest_says(serve, pipeline):
    client = serve(Rules.of("127.0.0.1", names=("kutip.test",)))
    article = next(iter(pipeline.library.articles())).id
    for path in ("/v1/articles", f"/v1/articles/{article}", "/v1/none", "/healthz", "/readyz", "/metrics"):
        assert client.get(path).headers["cache-control"] == "no-store", path
    assert client.get("/", headers={"host": "evil.test"}).headers["cache-control"] == "no-store"
    assert client.post("/v1/answer", json={"question": "Siapa?"}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("auth", ["admin:", ":rahasia", "admin", ":"])
def test_a_name_or_a_password_that_is_empty_is_none(auth):
    with pytest.raises(KutipError, match="is a variable unset"):
        Rules.of("0.0.0.0", auth=auth)


@pytest.mark.parametrize("given", ["Kutip.Example", "kutip.example:8443"])
def test_an_allowed_host_is_known_however_it_is_written(given):
    assert "kutip.example" in Rules.of("0.0.0.0", auth="a:b", names=(given,)).hosts


def test_an_allowed_host_without_a_name_is_refused():
    with pytest.raises(KutipError, match="no name of a server"):
        Rules.of("0.0.0.0", auth="a:b", names=(":80",))


def test_too_many_at_once_are_refused_and_told_when_to_come_back(serve, pipeline, monkeypatch):
    begun, release = threading.Event(), threading.Event()
    monkeypatch.setattr(pipeline, "answer", lambda *_, **__: begun.set() or (release.wait(120) and 1 / 0))
    client = serve(asking=Desk(at_once=1, waiting=1))
    statuses = []
    askers = [
        threading.Thread(target=lambda: statuses.append(client.post("/v1/answer", json={"question": "a"}).status_code))
        for _ in range(2)
    ]
    for asker in askers:
        asker.start()
    assert begun.wait(120)
    deadline = time.monotonic() + 120
    while 'kutip_queue{work="questions"} 2.0' not in client.get("/metrics").text:
        assert time.monotonic() < deadline
    reply = client.post("/v1/answer", json={"question": "a"})
    assert (reply.status_code, reply.json()["title"], reply.json()["key"]) == (503, "Too busy", "busy")
    assert reply.headers["content-type"] == "application/problem+json"
    assert int(reply.headers["retry-after"]) > 0
    assert "waiting" in reply.json()["detail"]
    assert client.post("/v1/articles", json={"text": "Baru."}).status_code == 201  # adding has a queue of its own
    release.set()
    for asker in askers:
        asker.join()
    assert statuses == [500, 500]


def test_a_question_that_takes_too_long_is_given_up(serve, pipeline, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(pipeline, "answer", lambda *_, **__: release.wait(120) and 1 / 0)
    reply = serve(asking=Desk(seconds=0.2)).post("/v1/answer", json={"question": "a"})
    release.set()
    assert (reply.status_code, reply.json()["key"]) == (504, "slow")


def test_a_start_says_nothing_of_what_fastapi_and_gradio_silence_for_a_moment_only():
    program = (
        "import warnings, qa.server; from pydantic.warnings import UnsupportedFieldAttributeWarning as Told; "
        "warnings.warn(Told('no word for users'), stacklevel=1); "
        "import pydub.utils; pydub.utils.which = lambda _: None; "
        "pydub.utils.get_encoder_name()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_the_description_tells_the_fields_of_an_answer(serve):
    schema = serve().get("/openapi.json").json()
    replies = schema["paths"]["/v1/answer"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert {one["$ref"].rsplit("/", 1)[-1] for one in replies["anyOf"]} == {"Answer", "Answers"}
    named = schema["components"]["schemas"]
    assert list(named["Answer"]["properties"]) == [field.name for field in fields(Answer)]
    assert list(named["Evidence"]["properties"]) == [field.name for field in fields(Evidence)]
    assert list(named["WholeArticle"]["properties"]) == [
        *(field.name for field in fields(Article)),
        "sentences",
        "original",
    ]
    assert set(named["Status"]["enum"]) == {"answered", "unsure", "not_in_articles"}


def test_a_day_that_is_not_in_the_calendar_is_refused_in_words(serve):
    client = serve()
    asked = {"question": "Kapan?", "filters": {"after": "2019-02-31"}}
    added = {"text": "Rapat digelar.", "published": "2019-02-31"}
    for path, body, why in (
        ("/v1/answer", asked, "filters.after: 2019-02-31 is no date; write it as 2019-02-28, 2019-02 or 2019"),
        ("/v1/articles", added, "published: 2019-02-31 is no day; write it as 2019-02-28"),
    ):
        refused = client.post(path, json=body)
        assert (refused.status_code, refused.json()["detail"]) == (422, why)
        assert "Value error" not in refused.text
    assert client.post("/v1/articles", json=added | {"published": "2019-02"}).status_code == 422
    assert client.post("/v1/articles", json=added | {"published": "2019-02-28"}).status_code == 201


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"question": "Siapa?",}', "no JSON in UTF-8; send it as such (character 22: "),
        ('{"question": "Caf\u00e9?"}'.encode("latin-1"), "no JSON in UTF-8; send it as such"),
    ],
)
def test_what_is_no_json_is_told_so_in_words(serve, content, words):
    refused = serve().post("/v1/answer", content=content, headers={"content-type": "application/json"})
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.status_code in (400, 422)
    assert refused.json()["title"] == "Cannot be read"
    assert words in refused.json()["detail"]


def test_a_file_in_a_form_is_refused_instead_of_its_frame_being_read_as_text(serve):
    client = serve()
    refused = client.post("/v1/articles/file?name=a.txt", files={"file": b"Ketua panitia bernama Dewi."})
    assert (refused.status_code, refused.json()["title"]) == (415, "Of another kind")
    assert "--data-binary @FILE" in refused.json()["detail"]
    assert client.post("/v1/articles/file?name=a.txt", content=b"Ketua panitia bernama Dewi.").status_code == 201


def test_an_upload_that_is_given_up_is_no_fault_of_the_server(serve, caplog):
    came = [{"type": "http.request", "body": b"Ketua", "more_body": True}, {"type": "http.disconnect"}]

    async def receive():
        return came.pop(0)

    async def send(_message):
        pass

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/articles/file",
        "query_string": b"name=a.txt",
        "headers": [(b"host", b"127.0.0.1:7860")],
        "client": ("127.0.0.1", 1),
    }
    asyncio.run(serve().app(scope, receive, send))
    assert came == []
    assert caplog.records == []


def test_json_that_is_not_called_so_is_told_with_the_header_it_wants(serve):
    client = serve()
    for kind in ("", "application/x-www-form-urlencoded", "text/json"):
        headers = {"content-type": kind} if kind else {}
        refused = client.post("/v1/answer", content=b'{"question": "Siapa?"}', headers=headers)
        assert refused.status_code == 422
        assert "content-type: application/json" in refused.json()["detail"]
    assert "content-type" not in client.post("/v1/answer", json=[1]).json()["detail"]
    assert "content-type" not in client.post("/v1/articles/file").json()["detail"]
    assert client.post("/v1/answer").json()["detail"] == "body: Field required"


@pytest.mark.parametrize(
    ("name", "content", "key", "values"),
    [
        ("kosong.txt", b"", "no_text", {"name": "kosong.txt"}),
        ("tabel ini.txt", b"  ", "no_text", {"name": "tabel ini.txt"}),
        ("pindaian.pdf", pdf([""]), "scanned", {"name": "pindaian.pdf"}),
        ("rusak.pdf", b"%PDF no", "damaged", {"name": "rusak.pdf"}),
        ("p.png", bytes(range(256)) * 8, "no_plain_text", {"name": "p.png"}),
        ("a.zip", zipped(**{"kosong.txt": ""}), "no_text", {"name": "a.zip!/kosong.txt"}),
        ("b.zip", zipped(**{"x.bin": ""}), "nothing", {"name": "b.zip"}),
    ],
)
def test_why_a_file_is_not_taken_is_told_in_both_languages_of_the_page(serve, name, content, key, values):
    reply = serve().post("/v1/articles/file", params={"name": name}, content=content)
    assert reply.status_code == 422
    told = reply.json()
    assert (told["key"], told["values"]) == (key, values)
    for own in words().values():
        assert name in own[key].format(**values)


def test_why_a_part_of_an_archive_is_not_taken_is_told_in_both_languages_of_the_page(serve):
    parts = {
        "a b.pdf": b"%PDF no",
        "c.txt": "Gunung meletus.",
        "d.json": "[1]",
        "e.txt": "",
        "f.xml": '<!DOCTYPE rss [<!ENTITY a "b">]><rss/>',
        "g.zip": zipped(**{"h.zip": zipped(), "j.csv": "a,b\n1,2", "k.txt": "Rapat selesai."}),
    }
    failed = serve().post("/v1/articles/file", params={"name": "a.zip"}, content=zipped(**parts)).json()["failed"]
    assert {one["source"]: one["key"] for one in failed} == {
        "a.zip!/a b.pdf": "damaged",
        "a.zip!/d.json": "no_object",
        "a.zip!/e.txt": "no_text",
        "a.zip!/f.xml": "entities",
        "a.zip!/g.zip!/h.zip": "too_deep",
        "a.zip!/g.zip!/j.csv": "no_column",
    }
    for one in failed:
        for own in words().values():
            assert one["source"] in own[one["key"]].format(**one["values"])


def test_every_reason_for_which_a_file_cannot_be_read_names_words_of_the_page():
    index = Path(__file__).parents[2] / "index"
    unnamed = [
        f"{path.name}:{call.lineno}"
        for path in (*index.glob("parsers/*.py"), index / "formats.py", index / "sandbox.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ArticleError" and len(call.args) < 2
    ]
    assert unnamed == []


def test_why_an_address_is_not_taken_is_told_in_both_languages_of_the_page(serve):
    reply = serve(settings=Settings(allow_urls=True)).post("/v1/articles", json={"url": "http://127.0.0.1:8099/a"})
    told = reply.json()
    assert (reply.status_code, told["key"], told["values"]) == (422, "web_private", {"url": "http://127.0.0.1:8099/a"})


def words_named(call):
    """The key of the page's words that an error or a problem names where it is made, and the names of what it gives
    to be put in them; None where it names none, or one that is known only when it runs."""
    kind, given = getattr(call.func, "id", ""), {word.arg: word.value for word in call.keywords}
    key = values = None
    if kind in ("ArticleError", "QuestionError") and len(call.args) > 1:
        key, values = call.args[1], set(given)
    elif kind == "Problem":
        assert len(call.args) < 4 or not isinstance(call.args[3], ast.Constant), "keys are named, to be found here"
        key, values = given.get("key"), {name.value for name in getattr(given.get("values"), "keys", ())}
    return (key.value, values) if isinstance(key, ast.Constant) else None


def test_every_error_that_names_words_of_the_page_names_such_and_gives_what_is_put_in_them():
    named = set()
    root = Path(__file__).parents[2]
    for path in [*root.glob("index/**/*.py"), *root.glob("qa/**/*.py")]:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and (found := words_named(call)):
                key, values = found
                named.add(key)
                for own in words().values():
                    assert set(re.findall(r"{(\w+)}", own[key])) <= values, (path, key)
    assert {"no_text", "scanned", "web_failed", "blank", "busy", "often", "too_large", "broken"} <= named
