"""Questions that wait together: each gets its own answer, and they are read at once."""

import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress

import pytest

from index.filters import Filters
from qa.errors import QuestionError
from qa.gathering import TOGETHER, Gathering

ASKED = [f"Ketua rapat {n} bernama?" for n in range(TOGETHER + 3)]


def plain(answer):
    return answer.to_dict() | {"timings": None}


@pytest.fixture
def ready(pipeline, news, monkeypatch):
    """A pipeline that notes how many questions it is asked at a time."""
    pipeline.add(news)
    pipeline.sizes = []
    together = pipeline.answer_batch

    def noted(questions, *args, **more):
        pipeline.sizes.append(len(questions))
        return together(questions, *args, **more)

    monkeypatch.setattr(pipeline, "answer_batch", noted)
    return pipeline


def test_who_works_takes_the_others_along_and_each_gets_its_own_answer(ready):
    gathering = Gathering(ready)
    waiting = [gathering.join(question, None) for question in ASKED]
    said = [plain(gathering.work(one)) for one in waiting]
    assert ready.sizes[:2] == [TOGETHER, 3]
    assert [answer["question"] for answer in said] == ASKED
    ready.remembered.clear()
    assert said == [plain(ready.answer(question)) for question in ASKED]


def test_only_questions_to_the_same_articles_are_read_together(ready):
    gathering = Gathering(ready)
    one = gathering.join(ASKED[0], None)
    other = gathering.join(ASKED[0], Filters(sources=("elsewhere",)))
    assert gathering.work(one).evidence
    assert not gathering.work(other).evidence
    assert ready.sizes == [1, 1]


def test_a_question_that_cannot_be_answered_spoils_no_other(ready):
    gathering = Gathering(ready)
    waiting = [gathering.join(question, None) for question in (ASKED[0], "???", ASKED[1])]
    assert gathering.work(waiting[0]).text == "Sari"
    with pytest.raises(QuestionError, match="blank"):
        gathering.work(waiting[1])
    assert gathering.work(waiting[2]).question == ASKED[1]


def test_what_was_given_up_is_not_read(ready):
    gathering = Gathering(ready)
    one, other = gathering.join(ASKED[0], None), gathering.join(ASKED[1], None)
    gathering.leave(other)
    gathering.leave(other)
    gathering.work(one)
    assert ready.sizes == [1]


def test_a_thread_whose_question_another_has_taken_does_not_sit_idle(ready, monkeypatch):
    gathering = Gathering(ready)
    first = gathering.join(ASKED[0], None)
    begun, release, answer = threading.Event(), threading.Event(), ready.answer

    def slow(question, **more):
        if question == ASKED[0]:
            begun.set()
            assert release.wait(30)
        return answer(question, **more)

    monkeypatch.setattr(ready, "answer", slow)
    with ThreadPoolExecutor(2) as threads:
        at_it = threads.submit(gathering.work, first)
        assert begun.wait(30)
        late = gathering.join(ASKED[1], None)
        beside = threads.submit(gathering.work, first)
        assert late.answer.result(30).text == "Sari"
        assert not beside.done()
        release.set()
        assert plain(at_it.result(30)) == plain(beside.result(30))


def test_a_thread_whose_question_is_given_up_while_it_reads_another_ones_comes_back(ready, monkeypatch):
    gathering = Gathering(ready)
    other = gathering.join(ASKED[0], Filters(sources=("elsewhere",)))
    own = gathering.join(ASKED[1], None)
    begun, release, answer = threading.Event(), threading.Event(), ready.answer

    def slow(question, **more):
        begun.set()
        assert release.wait(30)
        return answer(question, **more)

    monkeypatch.setattr(ready, "answer", slow)
    came_back = threading.Event()

    def work():
        with suppress(CancelledError):
            gathering.work(own)
        came_back.set()

    threading.Thread(target=work, daemon=True).start()
    assert begun.wait(30)
    gathering.leave(own)
    release.set()
    assert other.answer.result(30).question == ASKED[0]
    assert came_back.wait(30)


class Panic(BaseException):
    """What the Rust library `tokenizers` raises is no Exception."""


@pytest.mark.parametrize("count", [1, 3])
def test_a_panic_is_told_to_who_asked_and_leaves_nobody_waiting(ready, monkeypatch, count):
    gathering, together = Gathering(ready), ready.answer_batch

    def panicking(questions, *args, **more):
        if ASKED[0] in questions:
            raise Panic
        return together(questions, *args, **more)

    monkeypatch.setattr(ready, "answer_batch", panicking)
    waiting = [gathering.join(question, None) for question in ASKED[:count]]
    with pytest.raises(Panic):
        gathering.work(waiting[0])
    assert [one.answer.result(1).question for one in waiting[1:]] == ASKED[1:count]
