"""What the REST interface replies, for its description: the dataclasses of `qa.answers` and lists of them."""

from __future__ import annotations

from pydantic import BaseModel

from index.article import Span
from qa.answers import Answer


class Answers(BaseModel):
    """The answers to several questions, in their order."""

    answers: list[Answer]


class Found(BaseModel):
    """Where an article is."""

    article_id: str
    article_title: str
    source: str


class FoundPassage(Found):
    """A passage near a query; `span` counts characters of the article's text, `similarity` is a cosine, −1 to 1."""

    author: str
    published: str
    page: int | None
    language: str
    also_in: list[Found]
    span: Span
    text: str
    similarity: float


class Passages(BaseModel):
    """The passages nearest to a query, best first."""

    passages: list[FoundPassage]
