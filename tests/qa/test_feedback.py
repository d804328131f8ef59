import errno
import io
import json

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span
from qa import feedback
from qa.datasets import read_examples
from qa.errors import KutipError, LibraryError
from qa.feedback import Feedback, FeedbackFull, Verdict, row_of
from qa.guard import Rules
from qa.rest.settings import Settings
from qa.server import create_api

ARTICLE = Article.from_text("😀 Ketua rapat bernama Sari. Rapat selesai sore.", source="a.txt")
SARI = Span(22, 26)


@pytest.fixture
def kept(tmp_path):
    return Feedback(tmp_path / "feedback")


def test_what_is_called_right_is_read_as_gold_by_evaluate(kept):
    kept.keep("Siapa ketua?", ARTICLE, SARI, Verdict.RIGHT)
    kept.keep("Siapa wakil?", ARTICLE, None, Verdict.RIGHT)
    answered, absent = read_examples(kept.file(Verdict.RIGHT))
    assert (answered.question, answered.context, answered.golds) == ("Siapa ketua?", ARTICLE.text, ["Sari"])
    assert absent.golds == []


def test_a_folder_that_is_not_there_yet_is_made(tmp_path):
    kept = Feedback(tmp_path / "milvus" / "name" / "feedback")
    kept.keep("Siapa ketua?", ARTICLE, SARI, Verdict.RIGHT)
    assert kept.file(Verdict.RIGHT).exists()


def test_what_is_called_wrong_never_becomes_gold(kept):
    kept.keep("Kapan?", ARTICLE, SARI, Verdict.WRONG)
    assert not kept.file(Verdict.RIGHT).exists()
    (row,) = map(json.loads, kept.file(Verdict.WRONG).read_text(encoding="utf-8").splitlines())
    assert row["answers"] == [{"text": "Sari", "start": 22}]


def test_the_same_opinion_is_kept_once(kept):
    assert kept.keep("Siapa?", ARTICLE, SARI, Verdict.RIGHT) == kept.keep("Siapa?", ARTICLE, SARI, Verdict.RIGHT)
    kept.keep("Siapa?", ARTICLE, Span(2, 7), Verdict.RIGHT)
    assert len(read_examples(kept.file(Verdict.RIGHT))) == 2


@given(st.text("ab \n😀", min_size=1, max_size=60).filter(str.strip), st.integers(1, 40), st.data())
def test_the_answer_stands_where_the_row_says_however_long_the_article(text, kept_characters, data):
    article = Article(id="x", title="t", text=text, source="", language="")
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, min(len(text), start + max(1, kept_characters // 2)))))
    if not span.cut(text).strip():
        return
    whole = feedback.CONTEXT
    feedback.CONTEXT = kept_characters
    try:
        row = row_of("q", article, span, Verdict.RIGHT)
    finally:
        feedback.CONTEXT = whole
    (answer,) = row["answers"]
    assert len(row["context"]) <= kept_characters
    assert row["context"][answer["start"] :].startswith(answer["text"])
    assert text[row["offset"] :].startswith(row["context"])


@pytest.mark.parametrize("span", [Span(0, 999), Span(5, 5), Span(1, 2)])
def test_a_span_that_is_no_answer_is_refused(kept, span):
    with pytest.raises(KutipError, match="are no answer"):
        kept.keep("Siapa?", ARTICLE, span, Verdict.RIGHT)


def test_the_files_are_bounded(kept, monkeypatch):
    kept.keep("Siapa?", ARTICLE, SARI, Verdict.RIGHT)
    monkeypatch.setattr(feedback, "MOST", kept.file(Verdict.RIGHT).stat().st_size)
    with pytest.raises(FeedbackFull, match="move it away"):
        kept.keep("Siapa lagi?", ARTICLE, SARI, Verdict.RIGHT)
    assert len(read_examples(kept.file(Verdict.RIGHT))) == 1


class FullDisk(io.FileIO):
    """A file on a disk with room for sixty bytes more."""

    def write(self, data):
        super().write(data[:60])
        if len(data) > 60:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data)


class ShortOfRoom(FullDisk):
    """… which tells by the number of bytes that it wrote."""

    def write(self, data):
        return super().write(data[:60])


@pytest.mark.parametrize("disk", [FullDisk, ShortOfRoom])
def test_a_line_that_could_only_be_written_in_part_is_taken_back(kept, monkeypatch, disk):
    kept.keep("Siapa ketua?", ARTICLE, SARI, Verdict.RIGHT)
    before = kept.file(Verdict.RIGHT).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(feedback, "FileIO", disk)
        with pytest.raises(LibraryError, match=r"gold\.jsonl cannot be written \(No space left"):
            kept.keep("Siapa wakil?", ARTICLE, None, Verdict.RIGHT)
    assert kept.file(Verdict.RIGHT).read_bytes() == before
    kept.keep("Siapa wakil?", ARTICLE, None, Verdict.RIGHT)
    assert len(read_examples(kept.file(Verdict.RIGHT))) == 2


def test_an_opinion_begins_a_line_of_its_own_whatever_stands_before_it(kept):
    kept.keep("Siapa ketua?", ARTICLE, SARI, Verdict.RIGHT)
    file = kept.file(Verdict.RIGHT)
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    kept.keep("Siapa wakil?", ARTICLE, None, Verdict.RIGHT)
    assert len(read_examples(file)) == 2


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "feedback").write_text("no folder")
    with pytest.raises(LibraryError, match="cannot be written"):
        Feedback(tmp_path / "feedback").keep("Siapa?", ARTICLE, SARI, Verdict.RIGHT)


@pytest.fixture
def client(pipeline):
    pipeline.add([ARTICLE])
    with TestClient(create_api(pipeline, Rules.of("127.0.0.1")), "http://127.0.0.1:7860") as opened:
        yield opened


def test_opinions_come_in_over_rest(client, library):
    body = {
        "question": "Siapa  ketua?",
        "verdict": "right",
        "article_id": ARTICLE.id,
        "answer": {"start": 22, "end": 26},
    }
    reply = client.post("/v1/feedback", json=body)
    assert (reply.status_code, list(reply.json())) == (201, ["id"])
    (example,) = read_examples(library.folder / "feedback" / "gold.jsonl")
    assert (example.question, example.golds) == ("Siapa ketua?", ["Sari"])
    assert client.post("/v1/feedback", json=body | {"article_id": "none"}).status_code == 404
    assert client.post("/v1/feedback", json=body | {"answer": {"start": 9, "end": 2}}).status_code == 422
    assert client.post("/v1/feedback", json=body | {"answer": {"start": 0, "end": 9999}}).status_code == 422
    assert client.post("/v1/feedback", json=body | {"question": " "}).status_code == 422


def test_a_read_only_server_keeps_no_opinions(pipeline, library):
    pipeline.add([ARTICLE])
    api = create_api(pipeline, Rules.of("127.0.0.1"), Settings(read_only=True))
    body = {"question": "Siapa?", "verdict": "wrong", "article_id": ARTICLE.id}
    assert TestClient(api, "http://127.0.0.1:7860").post("/v1/feedback", json=body).status_code == 403
    assert not (library.folder / "feedback").exists()


def test_a_full_file_is_told_as_such(client, monkeypatch):
    monkeypatch.setattr(feedback, "MOST", 10)
    body = {"question": "Siapa?", "verdict": "wrong", "article_id": ARTICLE.id}
    reply = client.post("/v1/feedback", json=body)
    assert (reply.status_code, reply.json()["title"], reply.json()["key"]) == (507, "No room left", "no_room")


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_one_who_asks(client, library):
    (library.folder / "feedback").write_text("no folder")
    body = {"question": "Siapa?", "verdict": "wrong", "article_id": ARTICLE.id}
    assert client.post("/v1/feedback", json=body).status_code == 503
