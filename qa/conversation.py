"""Questions in a row: each may lean on the ones before it (`completing`), and is asked as it is most likely meant.

A question in quotation marks is always asked literally.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from index.article import encodable
from index.errors import ArticleGone
from index.filters import Filters
from index.languages import asked_in
from qa.answers import Answer, Status
from qa.antecedents import Turn, name_words
from qa.completing import complete, content
from qa.naming import names_in, timed
from qa.pipeline import LONGEST_QUESTION, Pipeline, spaced, unquoted
from qa.ranking import REACH
from qa.words import Said, folded, words_in

KEPT = 20  # turns
CLEARLY = 0.2  # of confidence
STEM = 5  # letters of a word by which it is known with another ending


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
    past, completed where its pronoun has a name of its own to mean, since one more name draws passages to itself. As it
    is it knows nothing of whom or what it is completed with: an article without that tells of something else.
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
    strays = better and other is as_is and not tells_of(pipeline, as_is, completed.question)
    return other if better and not strays else expected


def named_by(completed: str, question: str) -> set[str]:
    """The words of the names, `folded`, that a question was completed with, without titles and times.

    >>> sorted(named_by("Who is Chief Jerome Powell's wife?", "Who is his wife?")), named_by("Who won in May?", "Who?")
    (['jerome', 'powell'], set())
    """
    names = [completed[slice(*name)] for name in names_in(completed) if not timed(completed, name)]
    new = set().union(*map(name_words, names)) - set(words_in(question))
    return {folded(word) for word in new if word[0].isupper()}


def left_unsaid(completed: str, question: str) -> set[str]:
    """The words, `folded`, that a question of one word was completed with; none where it says more by itself.

    >>> sorted(left_unsaid("How deep was it (quake hit)?", "How deep was it?")), left_unsaid("Why (rain)?", "Why?")
    (['hit', 'quake'], set())
    """
    own = content(question)
    return {folded(word) for word in content(completed) if word not in own} if len(own) == 1 else set()


def tells_of(pipeline: Pipeline, answer: Answer, completed: str) -> bool:
    """Whether the article that an answer to a question as it is is from tells of what that was ``completed`` with.

    It does with one of the names, else, in its language, with one of the words; or where there are none.
    """
    names = named_by(completed, answer.question)
    words = set() if names else left_unsaid(completed, answer.question)
    if not (names or words) or not answer.evidence:
        return True
    best = answer.evidence[0]
    if words and best.language != asked_in(completed):
        return True
    with suppress(ArticleGone):
        text = pipeline.library.article(best.article_id).text
        said = Said(text[max(0, best.answer.start - REACH) : best.answer.end + REACH])
        return any(name in said for name in names) or any(said.begins(word[:STEM]) for word in words)
    return False
