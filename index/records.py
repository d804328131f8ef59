"""What libraries of every kind keep and give back: documents ready to be stored, sentences, entries of a list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.article import Document, Sentence, Span

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Holding = tuple[str, str]
"""What holds an article: a source, and the file that has it there ("" when it was given without one)."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A document ready to be stored: sentence spans, their vectors (n, d) and languages, the text's sketch."""

    document: Document
    sentences: tuple[Span, ...]
    rows: Rows
    languages: tuple[str, ...]
    sketch: bytes = b""


@dataclass(frozen=True, slots=True)
class Stored:
    """An article with all that a library has of it, and what holds it: (source, file, id of the text that the file has
    there), all "" for being given without a source."""

    indexed: Indexed
    held: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence as the library knows it, with its number and language."""

    number: int
    sentence: Sentence
    language: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list of articles shows of one."""

    id: str
    title: str
    source: str
    language: str
    author: str
    published: str
    sentences: int
    characters: int
    sources: tuple[str, ...] = ()
