"""Translation over REST: the stretch that was asked for, its languages, and refusals."""

import pytest
import tiny_translators
from doubles import WordEncoder, WordReader
from fastapi.testclient import TestClient
from tiny_translators import ENGLISH, INDONESIAN

from index.article import Article
from index.encoder import Encoded
from index.library import Library
from qa.calibration import Calibration
from qa.commands.questions import glosses
from qa.guard import Rules
from qa.pipeline import Pipeline
from qa.rest.settings import Settings
from qa.server import create_api


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_translators.marian(tmp_path_factory.mktemp("opus") / "opus-mt-id-en")


@pytest.fixture
def article(pipeline):
    article = Article.from_text(f"Berita. {INDONESIAN} Selesai.", source="a.txt")
    pipeline.add([article])
    return article


def client(pipeline, translator=""):
    api = create_api(pipeline, Rules.of("127.0.0.1"), Settings(translator=str(translator)))
    return TestClient(api, "http://127.0.0.1", raise_server_exceptions=False)


def stretch(article, **more):
    start = article.text.index(INDONESIAN)
    return {"article_id": article.id, "start": start, "end": start + len(INDONESIAN), "to": "en"} | more


def test_a_stretch_of_an_article_is_translated(pipeline, article, folder):
    reply = client(pipeline, folder).post("/v1/translate", json=stretch(article))
    assert reply.status_code == 200, reply.text
    assert reply.json() == {"text": ENGLISH, "model": "opus-mt-id-en", "from": "id", "to": "en"}


def test_without_a_translator_nothing_is_there(pipeline, article):
    reply = client(pipeline).post("/v1/translate", json=stretch(article))
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert "--translator" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"article_id": "none"}, 404, "there is no article"),
        ({"end": 10**6}, 422, "characters"),
        ({"start": 30, "end": 30}, 422, "stretch"),
        ({"to": "id"}, 422, "in id already"),
        ({"to": "fr"}, 422, "does not translate from id to fr"),
        ({"from": "en", "to": "id"}, 422, "does not translate from en to id"),
        ({"to": "english"}, 422, "to"),
    ],
)
def test_what_cannot_be_translated_is_told_in_words(pipeline, article, folder, change, status, told):
    reply = client(pipeline, folder).post("/v1/translate", json=stretch(article, **change))
    assert reply.status_code == status
    assert told in reply.json()["detail"]


def test_a_stretch_has_a_bound(pipeline, folder):
    long = Article.from_text("Rapat digelar di Bandung. " * 100, source="b.txt")
    pipeline.add([long])
    body = {"article_id": long.id, "start": 0, "end": 2_001, "to": "en"}
    reply = client(pipeline, folder).post("/v1/translate", json=body)
    assert reply.status_code == 422
    assert "2000" in reply.json()["detail"]


def test_a_model_that_cannot_be_loaded_is_the_logs_matter(pipeline, article, tmp_path, caplog):
    (tmp_path / "config.json").write_text('{"model_type": "marian"}')
    reply = client(pipeline, tmp_path).post("/v1/translate", json=stretch(article))
    assert (reply.status_code, reply.json()["title"]) == (503, "No model")
    assert str(tmp_path) not in reply.text
    assert "cannot be loaded" in caplog.text


class EnglishQuestions(WordEncoder):
    """Takes every question for English, every sentence for Indonesian."""

    def encode_queries(self, texts):
        return Encoded(super().encode_queries(texts).rows, ("en",) * len(texts))


def test_in_the_terminal_a_quotes_sentence_is_translated_into_the_questions_language(article, folder):
    with Library.in_memory(EnglishQuestions()) as library:
        library.add([article])
        pipeline = Pipeline(library, WordReader(), Calibration())
        answer = pipeline.answer("rapat bernama?")
        assert answer.evidence[0].sentence_text == INDONESIAN
        assert glosses(pipeline, str(folder))(answer) == f"{ENGLISH} (machine translation, opus-mt-id-en)"
        assert glosses(pipeline, None)(answer) == ""
        library.encoder = WordEncoder()  # now the question is Indonesian as well
        assert glosses(pipeline, str(folder))(answer) == ""
