"""Questions that wait for their turn at the same time are read together, which takes less than one by one."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

from index.filters import Filters
from qa.answers import Answer
from qa.pipeline import Pipeline

TOGETHER = 8  # questions; more would keep the first of them waiting for the last


@dataclass(eq=False, slots=True)
class Waiting:
    """A question in the queue, and its answer once it is there."""

    question: str
    filters: Filters | None
    answer: Future[Answer] = field(default_factory=Future)


class Gathering:
    """Who begins to work takes what else waits along. Safe to use from several threads."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._waiting: list[Waiting] = []
        self._lock = Lock()

    def join(self, question: str, filters: Filters | None) -> Waiting:
        """A question that may be taken along from now on."""
        own = Waiting(question, filters)
        with self._lock:
            self._waiting.append(own)
        return own

    def leave(self, own: Waiting) -> None:
        """Nobody wants its answer any more; one that is being worked on is finished."""
        with self._lock:
            if own in self._waiting:
                self._waiting.remove(own)
                own.answer.cancel()  # its thread may still come to wait for it, after others' questions

    def work(self, own: Waiting) -> Answer:
        """Its answer. While another thread is at it, this one answers what else waits.

        Raises what answering it raised; CancelledError (of concurrent.futures) when it was left before its turn came.
        """
        while not own.answer.done() and (batch := self._take()):
            self._answer(batch)
        return own.answer.result()

    def _take(self) -> list[Waiting]:
        """The questions that wait longest and are asked of the same articles; [] when none does."""
        with self._lock:
            alike = [one for one in self._waiting if one.filters == self._waiting[0].filters][:TOGETHER]
            for one in alike:
                self._waiting.remove(one)
            return alike

    def _answer(self, batch: list[Waiting]) -> None:
        asked, filters = [one.question for one in batch], batch[0].filters
        try:
            if len(batch) == 1:
                answers = [self._pipeline.answer(asked[0], filters=filters)]
            else:
                answers = self._pipeline.answer_batch(asked, filters=filters)
        except BaseException as error:  # a panic of `tokenizers`, too: nobody may be left waiting
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            for one in batch:  # it is told only to who asked what cannot be answered
                self._answer([one])
            return
        for one, answer in zip(batch, answers, strict=True):
            one.answer.set_result(answer)
