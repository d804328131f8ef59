"""Follow-up questions, understood without a language model.

A question that leans on the one before it (a pronoun, a bare "And when?", "What about Kim?") is completed from that
question and its answer, by rules in Indonesian and English; `restating` has those for bare question words. Whatever
stands on its own is asked as it is: a new topic drags nothing along. A question in quotation marks is always asked
literally.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from index.article import encodable
from index.filters import Filters
from qa.answers import Answer, Status
from qa.pipeline import LONGEST_QUESTION, Pipeline, spaced
from qa.question_words import alone, phrase
from qa.restating import asked_anew
from qa.retriever import STOP_WORDS

KEPT = 20  # turns
CONTEXT_WORDS = 12  # of the question before, where nothing in it can be put in the place of a pronoun

ASKING = (
    "how many|how much|how long|how old|how far|how often|what time|which one|who|whom|whose|what|when|where|why|how|"
    "which|berapa banyak|berapa lama|berapa kali|jam berapa|pukul berapa|di mana|dimana|ke mana|kemana|dari mana|"
    "siapa|apa|kapan|mengapa|kenapa|bagaimana|berapa|mana"
)
ASKED = re.compile(rf"(?<!\w)(?:{ASKING})(?!\w)", re.IGNORECASE)
LEAD = re.compile(
    r"^(?:(?:yes|yeah|ya|iya|(?:no|tidak)(?=,)|and|but|so|then|also|dan|lalu|terus|tapi|tetapi|kemudian|kalau begitu)"
    r"(?!\w)[\s,]*)+",
    re.I,
)
ABOUT = re.compile(
    r"^(?:(?:and|dan|lalu|terus)\s+)?"
    r"(?:what about|how about|bagaimana dengan|gimana dengan|kalau|bagaimana kalau)\s+(.+)$",
    re.IGNORECASE,
)
PERSON = re.compile(r"(?<!\w)(he|she|him|they|them|dia|ia|beliau|mereka)(?!\w)", re.IGNORECASE)
OWNER = re.compile(r"(?<!\w)(his|her|their)(?=\s+\w)", re.IGNORECASE)
THING = re.compile(r"(?<!\w)(it|its|this|that|these|those|itu|tersebut|hal itu)(?!\w)", re.IGNORECASE)
PLACE = re.compile(r"(?<!\w)(there|di sana|di situ|ke sana)(?!\w)", re.IGNORECASE)
TIME = re.compile(r"(?<!\w)(then|saat itu|waktu itu|ketika itu)(?!\w)", re.IGNORECASE)
ITS = re.compile(r"(?<!\w)(\w{3,}?)nya(?!\w)", re.IGNORECASE)
ACTIVE = re.compile(r"me\w+kan")  # after these, -nya is what is done to: mengatakannya, to say it
NO_OWNER = frozenset(
    "ha ta pu berta persis tepat biasa akhir misal sebenar sebelum tentu umum khusus sesudah sesungguh kira rupa "
    "hendak seharus setidak sekurang selanjut berikut seluruh semua satu-satu".split()
)
NAME = re.compile(r"\b[A-ZÀ-Þ][\w'’-]*(?:\s+(?:of|bin|van|de|[A-ZÀ-Þ][\w'’-]*))*")
WORD = re.compile(r"[\w'’-]+")
FILLERS = STOP_WORDS | frozenset(
    """
    and but so then also he she him her his they them their it its this that these those there please tell me exactly
    dan lalu terus tapi kemudian dia ia beliau mereka itu ini tersebut sana situ saja kah sih dong ya persisnya tepatnya
    about kalau bagaimana gimana nama name
    """.split()
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked before, as it was really put, and what came out (None: the articles do not say)."""

    question: str
    answer: str | None = None


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
    """Answer a question that may lean on earlier turns. Both forms are tried, unless it says nothing by itself."""
    question = encodable(question)
    literal = unquoted(question)
    if literal is not None:
        return replace(pipeline.answer(literal, filters=filters), question=question)
    completed = complete(question, turns)
    if completed is None or len(spaced(completed)) > LONGEST_QUESTION:
        return pipeline.answer(question, filters=filters)
    if not content(question):
        return replace(pipeline.answer(completed, filters=filters), question=question)
    as_is, put = pipeline.answer_batch([question, completed], filters=filters)
    # It was found to lean on the past: only a clearly better literal answer speaks against that.
    if as_is.status is Status.ANSWERED and as_is.confidence > put.confidence + 0.2:
        return as_is
    return replace(put, question=question)


def unquoted(question: str) -> str | None:
    """What stands in quotation marks, if that is the whole question.

    >>> unquoted('"Siapa dia?"'), unquoted('Who said "no"?')
    ('Siapa dia?', None)
    """
    found = re.fullmatch(r'\s*["“](.+)["”]\s*', question)
    return found.group(1) if found and '"' not in found.group(1) else None


def content(question: str) -> list[str]:
    """The words of a question that say something by themselves, lower-cased.

    >>> content("And when?"), content("Siapa namanya?"), content("Why did the talks fail?")
    ([], [], ['talks', 'fail'])
    """
    if alone(LEAD.sub("", question.strip())):
        return []
    words = []
    for word in WORD.findall(ASKED.sub(" ", question).lower()):
        stem = word[:-3] if word.endswith("nya") and word[:-3] not in NO_OWNER else word
        if word not in FILLERS and stem not in FILLERS:
            words.append(word)
    return words


def complete(question: str, turns: Sequence[Turn]) -> str | None:
    """A follow-up with what it leaves out, or None when it stands on its own (or nothing went before).

    >>> complete("And when?", [Turn("Where did Trump and Kim meet?", "Hanoi")])
    'when did Trump and Kim meet?'
    >>> complete("What did she say?", [Turn("Who is the spokesperson?", "Sarah Sanders")])
    'What did Sarah Sanders say?'
    """
    if not turns:
        return None
    last = turns[-1]
    about = ABOUT.match(question.strip())
    if about and len(content(about.group(1))) <= 4 and not ASKED.search(about.group(1)):
        return about_another(about.group(1).strip(" ?"), last.question)
    own = content(question)
    bare = LEAD.sub("", question.strip())
    asked = alone(bare) or (None if own or leans(bare) else phrase(bare))
    if asked:
        return asked_anew(asked, last.question, last.answer) or beside(asked, last.question)
    if not leans(bare) or (THING.search(bare) and not strongly(bare) and len(own) > 1):
        return None
    return resolved(bare, turns)


def leans(question: str) -> bool:
    """Whether a question has a word that points back."""
    return any(p.search(question) for p in (PERSON, OWNER, THING, PLACE, TIME)) or bool(owned(question))


def strongly(question: str) -> bool:
    """Whether it points back with more than an article ("perundingan itu", "that day") could be."""
    thing = re.search(r"(?<!\w)(it|its)(?!\w)", question, re.IGNORECASE)
    return bool(thing) or any(p.search(question) for p in (PERSON, OWNER, PLACE, TIME)) or bool(owned(question))


def owned(question: str) -> list[re.Match[str]]:
    """Words with a -nya that means somebody's or something's."""
    words = [(found, found.group(1).lower()) for found in ITS.finditer(question)]
    return [found for found, stem in words if stem not in NO_OWNER and not ACTIVE.fullmatch(stem)]


def about_another(topic: str, before: str) -> str:
    """The question before, put about another one."""
    names = list(names_in(before))
    if names:
        start, end = names[-1]
        return before[:start] + topic + before[end:]
    return f"{before.rstrip(' ?')} {topic}?"


def beside(question: str, before: str) -> str:
    """A question with the words of the one before behind it, where that has any.

    >>> beside("Who?", "Why did the talks fail?"), beside("Siapa?", "Apa itu?")
    ('Who (talks fail)?', 'Siapa?')
    """
    words = [word for word in WORD.findall(ASKED.sub(" ", before)) if word.lower() not in FILLERS][:CONTEXT_WORDS]
    return " ".join([question.rstrip(" ?"), *([f"({' '.join(words)})"] if words else [])]) + "?"


def resolved(question: str, turns: Sequence[Turn]) -> str:
    """A question with its pronouns replaced, or with the words of the question before behind it."""
    person, place, time = antecedents(turns)
    out = question
    if person:
        out = OWNER.sub(lambda _: f"{person}'s", out)
        out = PERSON.sub(lambda _: person, out)
        for found in reversed(owned(out)):
            out = out[: found.start()] + f"{found.group(1)} {person}" + out[found.end() :]
    if place:
        out = PLACE.sub(lambda found: f"in {place}" if found.group().lower() == "there" else f"di {place}", out)
    if time:
        out = TIME.sub(lambda _: time, out)
    if out == question:
        out = beside(question, turns[-1].question)
    return out


def antecedents(turns: Sequence[Turn]) -> tuple[str, str, str]:
    """Whom, where and when the latest turns were about; "" where they tell nothing."""
    person = place = time = ""
    for turn in reversed(turns[-4:]):
        asked = " ".join(found.group().lower() for found in ASKED.finditer(turn.question))
        answer = (turn.answer or "").strip()
        short = 0 < len(answer.split()) <= 6
        name = short and answer[:1].isupper() and not any(c.isdigit() for c in answer)
        if short and not place and re.search(r"where|\b(?:di|ke|dari)?mana", asked):
            place = answer
        elif short and not time and re.search(r"when|kapan|time|jam|pukul", asked):
            time = answer
        elif name and not person and re.search(r"who|siapa", asked):
            person = answer
        if not person:
            named = [turn.question[start:end] for start, end in names_in(turn.question)]
            person = named[0] if named else ""
    return person, place, time


def names_in(question: str) -> Iterable[tuple[int, int]]:
    """The places of names: capitalised words but for a question word at the beginning."""
    for found in NAME.finditer(question):
        start, end = found.span()
        asking = ASKED.match(question, start)
        if asking:
            start = asking.end()
            while start < end and question[start] in " ":
                start += 1
        first = question[start:end].split(" ")[0].lower()
        if start < end and not (start == 0 and first in FILLERS) and question[start].isupper():
            yield start, end
