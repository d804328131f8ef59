"""kutip: ask your articles a question, get the verbatim answer with its place and an honest confidence.

    >>> from qa import answer
    >>> answer("Why did the talks fail?").text  # doctest: +SKIP
    'sanksi terhadap Korea Utara atas program nuklirnya'

Importing this loads no model and none of the heavy libraries; the first question does.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article, Document, Original, Span
from index.filters import Filters
from qa.answers import Answer, Evidence, Passage, Place, Status
from qa.config import library_place
from qa.errors import ArticleError, FilterError, KutipError, LibraryError, ManifestMismatch, ModelError, QuestionError

if TYPE_CHECKING:
    from qa.conversation import Conversation
    from qa.pipeline import Pipeline

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "Conversation",
    "Document",
    "Evidence",
    "FilterError",
    "Filters",
    "KutipError",
    "LibraryError",
    "ManifestMismatch",
    "ModelError",
    "Original",
    "Passage",
    "Place",
    "QuestionError",
    "Span",
    "Status",
    "answer",
    "answer_batch",
    "load",
]


def load(
    library: str | Path | None = None,
    *,
    encoder: str | Path | None = None,
    reader: str | Path | None = None,
    check: bool = True,
) -> Pipeline:
    """The pipeline over a stored library; models load at the first question.

    ``library``: a folder, made when missing, or an address such as milvus://host:19530/name; None is the user's data
    folder (or $KUTIP_LIBRARY).
    ``encoder``, ``reader``: a model folder or name; None is $KUTIP_ENCODER and $KUTIP_READER, or the shipped one.
    ``check`` False opens a library that another encoder built, only to reindex it or to read its rows.
    """
    from qa.pipeline import load as load_pipeline

    return load_pipeline(library, encoder=encoder, reader=reader, check=check)


def answer(question: str, *, articles: Iterable[Article | str | Path] | None = None) -> Answer:
    """Answer one question from the stored library, or from the sample article while that is empty.

    With ``articles`` (files, folders or `Article`s) only these are read, and nothing is stored.
    Raises QuestionError for a blank or too long question, other KutipErrors for what can't be read.
    """
    return answer_batch([question], articles=articles)[0]


def answer_batch(questions: Iterable[str], *, articles: Iterable[Article | str | Path] | None = None) -> list[Answer]:
    """Answer several questions, as `answer` does one."""
    from qa.pipeline import sample_articles

    pipeline = _pipeline(library_place())
    if articles is None and not len(pipeline.library):
        articles = sample_articles()
    return pipeline.answer_batch(questions, articles)


def __getattr__(name: str) -> object:
    if name == "Conversation":  # it stands on heavier modules
        from qa.conversation import Conversation

        return Conversation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@lru_cache(maxsize=1)
def _pipeline(place: str | Path) -> Pipeline:
    return load(place, check=False)  # it is not asked where articles are given, and says so itself where it is
