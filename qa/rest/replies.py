"""What the REST interface replies, for its description: the dataclasses of `qa.answers` and lists of them."""

from __future__ import annotations

from pydantic import BaseModel

from index.article import Span
from qa.answers import Answer


class Answers(BaseModel):
    """The answers to several questions, in their order."""

    answers: list[Answer]


class WholeArticle(BaseModel):
    """An article. `pages` are the characters at which its pages begin, `sentences` count characters of its text, too;
    `original` tells whether what it was read from can be downloaded."""

    id: str
    title: str
    text: str
    source: str
    language: str
    author: str
    published: str
    pages: list[int]
    sentences: list[Span]
    original: bool


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
