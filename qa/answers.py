"""What comes out: an answer with its evidence. One schema for Python, JSON and the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from math import exp
from typing import Any

from index.article import Article, Span
from index.parsers.metadata import MONTH_NAMES, MONTHS, WEEKDAYS
from qa.decoding import agreement
from qa.errors import DataError
from qa.tidying import NUMBER
from qa.words import folded

NEARLY = 2.0  # logits behind the best quote
# With one of these more, or a number, the same words say something else.
ELSE = frozenset(
    "bukan tidak tak belum tanpa wakil mantan calon not no never without non vice deputy former ex acting".split()
)
WORD = re.compile(r"[^\W\d_]+|\d+")  # "Rp1,2" has three
# What says the same in the other language, or in digits, by the first of its words.
ALIKE = {
    word: words.split()[0]
    for words in (
        *MONTH_NAMES,
        *"""
        1 one satu, 2 two dua, 3 three tiga, 4 four empat, 5 five lima, 6 six enam, 7 seven tujuh, 8 eight delapan,
        9 nine sembilan, 10 ten sepuluh, 11 eleven sebelas, 12 twelve, 13 thirteen, 14 fourteen, 15 fifteen, 16 sixteen,
        17 seventeen, 18 eighteen, 19 nineteen, hundred ratus, thousand ribu, million juta,
        billion miliar milyar, trillion triliun, percent persen, people person persons orang,
        sunday minggu, monday senin, tuesday selasa, wednesday rabu, thursday kamis, friday jumat, saturday sabtu,
        second seconds detik, minute minutes menit, hour hours jam, day days hari, week weeks pekan, month months bulan,
        year years tahun, km kilometer kilometers kilometre kilometres, meter meters metre metres m,
        ton tons tonne tonnes, hectare hectares hektare hektar
        """.split(","),
    )
    for word in words.split()
}
ALIKE |= {
    word: f"{tens} puluh"
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
BELOW_100 = re.compile(r"\b([2-9]) (?:belas|puluh(?: ([1-9])\b)?)")  # "dua belas", "dua puluh lima", twenty-five
DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


class Status(StrEnum):
    """How far an answer can be relied on."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    NOT_IN_ARTICLES = "not_in_articles"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article that may answer a question: some sentences in a row.

    ``similarity`` is the cosine of the question and the nearest of the sentences, −1..1; ``sentences`` are
    spans of the article's text; ``language`` is that of the nearest sentence; ``copies`` are other articles that
    tell the same story with much the same words.
    """

    article: Article
    span: Span
    similarity: float
    sentences: tuple[Span, ...] = ()
    language: str = ""
    copies: tuple[Article, ...] = ()

    @property
    def text(self) -> str:
        """The passage's characters."""
        return self.span.cut(self.article.text)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, strings and numbers, ready for JSON; the article by its id, title and source."""
        return {
            "article_id": self.article.id,
            "article_title": self.article.title,
            "source": self.article.source,
            "author": self.article.author,
            "published": self.article.published,
            "page": self.article.page_of(self.span.start),
            "language": self.language,
            "also_in": [{"article_id": a.id, "article_title": a.title, "source": a.source} for a in self.copies],
            "span": asdict(self.span),
            "text": self.text,
            "similarity": self.similarity,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where else a quote stands, word for word: in another article that tells the same story."""

    article_id: str
    article_title: str
    source: str
    published: str
    answer: Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """One quote and its place. All spans count characters of the article's text.

    ``text`` is the answer span's text, ``sentence_text`` the sentence's; ``score`` is the reader's
    margin over "no answer" in logits, comparable across the evidence of one answer. ``published`` is an ISO date
    or "", ``page`` counts from 1 in a paged document; ``also_in`` are near-duplicate articles with the same quote.
    ``contests`` tells whether it is nearly as likely as the best quote of its answer and says something else;
    ``column`` is the name of the column that a quote stands in whose sentence is a row of a table.
    """

    article_id: str
    article_title: str
    source: str
    language: str
    answer: Span
    sentence: Span
    passage: Span
    text: str
    sentence_text: str
    score: float
    author: str = ""
    published: str = ""
    page: int | None = None
    also_in: tuple[Place, ...] = ()
    contests: bool = False
    column: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one question.

    ``text`` is the best quote, or None when the articles do not say; ``confidence`` (0..1) is the
    calibrated chance that the best quote is right; ``evidence`` comes best first and may hold weak
    candidates even where ``text`` is None; ``asked_as`` is the question that was really put, after
    follow-ups were completed; ``timings`` are seconds by stage.
    """

    question: str
    text: str | None
    confidence: float
    status: Status
    evidence: tuple[Evidence, ...] = ()
    asked_as: str = ""
    timings: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Which evidence contests the best is worked out, not told."""
        object.__setattr__(self, "evidence", tuple(marked(own, self.evidence[0]) for own in self.evidence))

    @property
    def rivals(self) -> tuple[Evidence, ...]:
        """Other quotes that are nearly as likely as the best one: articles may contradict each other.

        More or less of the same words contradicts nothing, here or in another article.
        """
        return tuple(own for own in self.evidence if own.contests)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, strings and numbers, ready for JSON."""
        plain = asdict(self)
        plain["status"] = str(self.status)
        plain["evidence"] = [dict(item) | {"also_in": list(item["also_in"])} for item in plain["evidence"]]
        plain["timings"] = dict(self.timings)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` gave. Raises DataError for anything else."""
        try:
            evidence = tuple(
                Evidence(
                    **item | spans_of(item) | {"also_in": tuple(Place(**p | spans_of(p)) for p in item["also_in"])}
                )
                for item in plain["evidence"]
            )
            known = {**plain, "status": Status(plain["status"]), "evidence": evidence}
            known["confidence"] = min(1.0, max(0.0, float(known["confidence"])))
            return cls(**known)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"this is no answer as kutip gives one ({error!r})") from error


def marked(own: Evidence, best: Evidence) -> Evidence:
    """The evidence that tells whether it contests the best; mostly it does already, and a copy would cost more."""
    told = contests(own, best)
    return own if own.contests == told else replace(own, contests=told)


def contests(other: Evidence, best: Evidence) -> bool:
    """Whether a quote is nearly as likely as the best one, and not more or less of the same.

    What the best one lends it for words that both have, such as "percent", does not speak for it.
    """
    if best.score - other.score >= NEARLY:
        return False
    lent = float(agreement([best.text, other.text])[0, 1])
    if exp(min(0.0, other.score - best.score)) - lent <= exp(-NEARLY):
        return False
    same = other.article_id == best.article_id and (other.answer.overlaps(best.answer) or side_by_side(other, best))
    abroad = other.language != best.language and same_numbers(other.text, best.text)
    return not (same or abroad or more_or_less(other.text, best.text))


def side_by_side(one: Evidence, other: Evidence) -> bool:
    """Whether two quotes of one article are parts of one phrase, such as "10 kilometers (6.2 miles)"."""
    first, last = sorted((one.answer, other.answer), key=lambda span: span.start)
    before = one.sentence.start
    between = one.sentence_text[first.end - before : last.start - before]
    return one.sentence == other.sentence and between.strip() in ("", "(")


def more_or_less(one: str, other: str) -> bool:
    """Whether one of two quotes is the other and words beside it that change nothing.

    >>> more_or_less("Jerome Powell", "Fed Chair Jerome Powell"), more_or_less("Powell", "Warren")
    (True, False)
    >>> more_or_less("2022", "Senin, 21 November 2022"), more_or_less("2022", "2022 dan 2023")
    (True, False)
    >>> more_or_less("500.000 ton", "bukan 500.000 ton"), more_or_less("5 orang", "5 juta orang")
    (False, False)
    >>> more_or_less("dua belas warga", "12"), more_or_less("dua belas", "22")
    (True, False)
    >>> more_or_less("12 people", "12 orang"), more_or_less("February 7, 2025", "Jumat, 7 Februari")
    (True, True)
    """
    few, many = sorted((told(text) for text in (one, other)), key=len)
    both = list((Counter(few) | Counter(many)).elements())
    if any(word in MONTHS for word in few) and one_date(both, ()):  # the languages tell a day in another order
        return True
    at = next((at for at in range(len(many) - len(few) + 1) if many[at : at + len(few)] == few), -1)
    beside = many[:at] + many[at + len(few) :]
    return at >= 0 and (one_date(few, beside) or not any(map(says_else, beside)))


def told(text: str) -> list[str]:
    """The words of a quote, as `ALIKE` tells them.

    >>> told("Rp1,2 triliun"), told("tiga orang")
    (['rp', '1', '2', 'trillion'], ['3', 'people'])
    >>> told("dua belas"), told("dua puluh"), told("dua puluh lima ribu"), told("twenty-five thousand"), told("20,5")
    (['12'], ['20'], ['25', 'thousand'], ['25', 'thousand'], ['20', '5'])
    """
    said = " ".join(ALIKE.get(word, word) for word in WORD.findall(folded(text)))
    return BELOW_100.sub(in_digits, said).split()


def in_digits(number: re.Match[str]) -> str:
    """A number below a hundred of two words or three."""
    return f"1{number[1]}" if number[0].endswith("belas") else f"{number[1]}{number[2] or 0}"


def says_else(word: str) -> bool:
    """Whether a word changes what is said by those beside it."""
    return word in ELSE or NUMBER.search(word) is not None


def same_numbers(one: str, other: str) -> bool:
    """Whether two quotes, which cannot be compared word for word, have the same numbers.

    >>> same_numbers("three provinces", "tiga provinsi"), same_numbers("2-1", "1-2"), same_numbers("Kim", "Kim")
    (True, False, False)
    """
    numbers, others = ([word for word in told(text) if word in MONTHS or says_else(word)] for text in (one, other))
    dated = any(word in MONTHS for word in numbers)  # in another order
    return others != [] and (sorted(numbers) == sorted(others) if dated else numbers == others)


def one_date(few: Sequence[str], beside: Sequence[str]) -> bool:
    """Whether a year or a month, and the words beside it, tell one day, month or year."""
    words = [*few, *beside]
    kinds = (DAY.fullmatch, MONTHS.__contains__, YEAR.fullmatch, WEEKDAYS.__contains__)
    counts = [sum(1 for word in words if kind(word)) for kind in kinds]
    begun = any(word in MONTHS or YEAR.fullmatch(word) for word in few)
    return begun and max(counts) <= 1 and sum(counts) == len(words)


def spans_of(plain: Mapping[str, Any]) -> dict[str, Span]:
    """The spans of a plain piece of evidence or place."""
    return {
        key: Span(int(plain[key]["start"]), int(plain[key]["end"]))
        for key in ("answer", "sentence", "passage")
        if key in plain
    }
