"""Questions in a row: each may lean on the ones before it (`completing`), and is asked as it is most likely meant.

A question in quotation marks is always asked literally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from index.article import encodable
from index.filters import Filters
from qa.answers import Answer, Status
from qa.completing import Turn, complete, content
from qa.pipeline import LONGEST_QUESTION, Pipeline, spaced, unquoted

KEPT = 20  # turns
CLEARLY = 0.2  # of confidence


@dataclass(slots=True)
class Conversation:
    """Questions in a row to one pipeline; remembers the last twenty."""

    pipeline: Pipeline
    turns: list[Turn] = field(default_factory=list)

    def ask(self, question: str, filters: Filters | None = None, *, literal: bool = False) -> Answer:
        """Answer a question, completed where it leans on the ones before, unless ``literal``.

        The answer's ``asked_as`` says how it was put.
        """
        answer = ask(self.pipeline, question, () if literal else self.turns, filters)
        self.turns.append(turn_of(answer))
        del self.turns[:-KEPT]
        return answer

    def reset(self) -> None:
        """Forget what was said."""
        self.turns.clear()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"turns": [{"question": turn.question, "answer": turn.answer} for turn in self.turns]}

    @classmethod
    def from_dict(cls, pipeline: Pipeline, plain: dict[str, Any]) -> Conversation:
        """A conversation that `to_dict` gave."""
        turns = [Turn(str(turn["question"]), turn.get("answer")) for turn in plain.get("turns", [])]
        return cls(pipeline, turns[-KEPT:])


def turn_of(answer: Answer) -> Turn:
    """What later questions may lean on."""
    return Turn(answer.asked_as or answer.question, answer.text if answer.status is Status.ANSWERED else None)


def ask(pipeline: Pipeline, question: str, turns: Sequence[Turn], filters: Filters | None = None) -> Answer:
    """Answer a question that may lean on earlier turns. Both forms are tried, unless it says nothing by itself.

    Only a clearly better answer speaks for the form that is not expected: as it is where the question leans on the
    past, completed where its pronoun has a name of its own to mean, since one more name draws passages to itself.
    """
    question = encodable(question)
    completed = None if unquoted(question) else complete(question, turns)
    if completed is None or len(spaced(completed.question)) > LONGEST_QUESTION:
        return pipeline.answer(question, filters=filters)
    if not content(question):
        return replace(pipeline.answer(completed.question, filters=filters), question=question)
    as_is, put = pipeline.answer_batch([question, completed.question], filters=filters)
    put = replace(put, question=question)
    expected, other = (put, as_is) if completed.sure else (as_is, put)
    better = other.status is Status.ANSWERED and other.confidence > expected.confidence + CLEARLY
    return other if better else expected
