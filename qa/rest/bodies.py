"""What is sent to the REST interface; unknown fields and values out of range are refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from index.filters import Filters, checked_day
from qa.conversation import KEPT
from qa.errors import FilterError
from qa.pipeline import LONGEST_QUESTION

MOST_QUESTIONS = 64  # in one request
MOST_FIELDS = 50  # of one object
SPOKEN = f"at most {LONGEST_QUESTION} characters without what is not seen of them"
Text = Annotated[str, Field(max_length=20_000_000)]
Short = Annotated[str, Field(max_length=2_000)]
YEAR, MONTH, DAY = r"[12]\d{3}", "-(0[1-9]|1[0-2])", r"-(0[1-9]|[12]\d|3[01])"


def a_day(day: str) -> str:
    """A day, a month or a year, or "". Raises ValueError in words."""
    try:
        return checked_day(day) if day else day
    except FilterError as error:
        raise ValueError(str(error)) from error


def a_whole_day(day: str) -> str:
    """A day, or "". Raises ValueError in words."""
    with suppress(ValueError):
        if len(a_day(day)) in (0, len("2019-02-28")):
            return day
    raise ValueError(f"{day} is no day; write it as 2019-02-28")


Day = Annotated[
    str, AfterValidator(a_day), WithJsonSchema({"type": "string", "pattern": f"^({YEAR}({MONTH}({DAY})?)?)?$"})
]
WholeDay = Annotated[
    str, AfterValidator(a_whole_day), WithJsonSchema({"type": "string", "pattern": f"^({YEAR}{MONTH}{DAY})?$"})
]


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def few(cls, sent: Any) -> Any:
        """Refuse a heap of unknown fields at once: each would become an error of its own, at a hundred bytes a byte."""
        if isinstance(sent, dict) and len(sent) > MOST_FIELDS:
            raise ValueError(f"there are {len(sent)} fields, more than are known")
        return sent


class FiltersBody(Strict):
    """Which articles are asked; all that are given must hold."""

    sources: list[Short] = Field(
        default=[], max_length=100, description="parts of the source (of files: of the name), or patterns with *"
    )
    after: Day = Field(default="", description="ISO date (2019-02-28, 2019-02 or 2019), included")
    before: Day = Field(default="", description="ISO date, included")
    languages: list[Short] = Field(default=[], max_length=100, description="ISO 639-1 codes")
    articles: list[Short] = Field(default=[], max_length=10_000, description="ids")


class EarlierTurn(Strict):
    """What was asked before (an answer's `asked_as`), and the answer's text, null for none."""

    question: str = Field(max_length=10_000, description="an earlier question, as `asked_as` of its answer gives it")
    answer: Short | None = Field(default=None, description="the `text` of its answer")


class Question(Strict):
    """One question, or several at once."""

    question: str | None = Field(
        default=None, max_length=10_000, description=SPOKEN, examples=["Why did the talks fail?"]
    )
    questions: list[Annotated[str, Field(max_length=10_000)]] | None = Field(
        default=None, max_length=MOST_QUESTIONS, description="several, in place of one"
    )
    history: list[EarlierTurn] = Field(default=[], max_length=KEPT, description="turns before a follow-up question")
    filters: FiltersBody | None = None


class Search(Strict):
    """What to look for."""

    query: str = Field(max_length=10_000, description=SPOKEN)
    limit: int = Field(default=10, ge=1, le=100)
    filters: FiltersBody | None = None


class Translation(Strict):
    """A stretch of an article, and into which language it is to be put."""

    article_id: Short
    start: int = Field(ge=0, le=10**12, description="its first character")
    end: int = Field(ge=0, le=10**12, description="the character behind its last one")
    to: str = Field(pattern=r"^[a-z]{2}$", description="ISO 639-1 code, such as en")
    source: str = Field(default="", alias="from", pattern=r"^([a-z]{2})?$", description="its language, if it is known")


class NewArticle(Strict):
    """An article's text and what is known about it, or the web address where it stands."""

    text: Text | None = None
    url: Short | None = Field(default=None, description="in place of a text")
    title: Short = Field(default="", description="its first line if left out")
    source: Short = Field(default="", description="where it is from; an article of the same source is replaced")
    author: Short = ""
    published: WholeDay = Field(default="", description="ISO date (2019-02-28)")
    language: str = Field(default="", pattern=r"^([a-z]{2})?$", description="ISO 639-1 code; told by its text else")


def filters_of(body: FiltersBody | None) -> Filters | None:
    """The library's filters; None when all pass."""
    if body is None:
        return None
    given = Filters(
        tuple(body.sources), body.after, body.before, tuple(body.languages), tuple(body.articles), by_name=True
    )
    return given if given else None
