"""Questions that are read together, and answers that are remembered."""

from threading import Thread

import numpy as np
import pytest
import tiny_models

from index.article import Article
from index.cache import LRUCache
from index.filters import Filters
from qa.reader import TransformersReader

QUESTIONS = ["Siapa ketua rapat bernama?", "Siapa presiden?", "Ketua rapat bernama?"]


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_windows_of_several_questions_in_one_batch_are_read_as_alone(kind, tmp_path):
    reader = TransformersReader(tiny_models.make(kind, tmp_path, reader=True))
    asked = [
        ("siapa", ["dia Sari .", "dia bernama Sari . " * 80]),
        ("apa", []),
        ("siapa nama dia", ["satu dua tiga ."]),
    ]
    together = reader.read_many(asked)
    assert [len(own) > 0 for own in together] == [True, False, True]
    for own, (question, passages) in zip(together, asked, strict=True):
        for one, alone in zip(own, reader.read(question, passages), strict=True):
            assert one.passage == alone.passage
            assert np.array_equal(one.offsets, alone.offsets)
            assert np.allclose(one.start, alone.start, atol=1e-5)
            assert np.allclose(one.end, alone.end, atol=1e-5)


def plain(answer):
    return answer.to_dict() | {"timings": None}


def test_many_questions_are_answered_as_one_by_one(pipeline, news):
    pipeline.add(news)
    together = pipeline.answer_batch([*QUESTIONS, QUESTIONS[0]])
    pipeline.remembered.clear()
    assert [plain(a) for a in together[:3]] == [plain(pipeline.answer(q)) for q in QUESTIONS]
    assert plain(together[3]) == plain(together[0])


def test_an_answer_is_remembered_until_the_library_changes(pipeline, news, monkeypatch):
    pipeline.add(news)
    read = []
    monkeypatch.setattr(
        pipeline.reader, "read_many", lambda asked, own=pipeline.reader.read_many: read.extend(asked) or own(asked)
    )
    first = pipeline.answer("Siapa ketua rapat bernama?")
    once = len(read)
    again = pipeline.answer("  Siapa ketua   rapat bernama? ")
    assert len(read) == once
    assert (again.text, again.evidence) == (first.text, first.evidence)
    assert again.question != first.question
    assert again.timings["read"] == 0
    assert set(again.timings) == set(first.timings)
    pipeline.remove(first.evidence[0].article_id)
    assert pipeline.answer("Siapa ketua rapat bernama?").text is None
    assert len(read) > once


def test_a_batch_of_many_is_answered_in_parts_and_in_order(pipeline, news, monkeypatch):
    pipeline.add(news)
    monkeypatch.setattr("qa.pipeline.TOGETHER", 2)
    asked = [f"{number} Siapa ketua rapat bernama?" for number in range(5)] + ["Berapa harga emas?"]
    found = pipeline.answer_batch(asked)
    assert [answer.question for answer in found] == asked
    assert [answer.text for answer in found] == ["Sari"] * 5 + [None]


def test_filters_and_given_articles_have_answers_of_their_own(pipeline, news):
    pipeline.add(news)
    question = "Siapa ketua rapat bernama?"
    assert pipeline.answer(question).text == "Sari"
    assert pipeline.answer(question, filters=Filters(sources=("nowhere",))).text is None
    assert pipeline.answer(question, [Article.from_text("Ketua rapat bernama Budi.")]).text == "Budi"
    assert pipeline.answer(question).text == "Sari"


def test_what_is_remembered_is_small_however_many_articles_are_named(pipeline, news):
    pipeline.add(news)
    keys = []
    pipeline.remembered = type("Told", (LRUCache,), {"__setitem__": lambda self, key, value: keys.append(key)})(2)
    ids = tuple(f"{number:064}" for number in range(1000))
    pipeline.answer("Siapa ketua rapat bernama?", filters=Filters(articles=ids))
    pipeline.answer("Siapa ketua rapat bernama?", filters=Filters(articles=ids[1:]))
    assert max(sum(map(len, key)) for key in keys) < 1000
    assert len(set(keys)) == 2


def test_remembered_answers_and_vectors_are_few(pipeline, news):
    pipeline.add(news)
    pipeline.remembered.size = 2
    threads = [Thread(target=pipeline.answer, args=(f"Siapa nomor {n}?",)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pipeline.remembered) == 2


@pytest.mark.models
def test_a_question_has_one_vector_however_often_and_with_whom_it_is_asked(shipped_encoder):
    shipped_encoder.remembered.clear()
    together = shipped_encoder.encode_queries(["Siapa ketua rapat?", "Where is it?", "Siapa ketua rapat?"])
    again = shipped_encoder.encode_queries(["Siapa ketua rapat?"])
    assert np.array_equal(together.rows[0], again.rows[0])
    assert np.array_equal(together.rows[0], together.rows[2])
    assert together.languages == ("id", "en", "id")
    assert shipped_encoder.encode_queries([]).rows.shape == (0, together.rows.shape[1])
