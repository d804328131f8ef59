"""What libraries of every kind keep and give back: documents ready to be stored, sentences, entries of a list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.article import Document, Sentence, Span

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


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
    """An article with all that a library holds of it, and the (source, file) that it came from."""

    indexed: Indexed
    sources: tuple[tuple[str, str], ...] = ()


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
