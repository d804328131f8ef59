"""As many articles as are asked for, with vectors of the real ones' spread: what `kutip copy` would bring to Milvus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scale import near

from index.article import Article, Document, Span
from index.encoder import Encoder
from index.library import Library
from index.records import Indexed, Stored


def real(library: Path, encoder: Encoder) -> list[Stored]:
    """The articles of a library with their sentences; those without sentences left out."""
    with Library.open(library, encoder) as opened:
        found = opened.stored([entry.id for entry in opened.entries()])
    return [item for item in found if len(item.indexed.sentences)]


def another(item: Stored, number: int) -> Stored:
    """An article with a number before its text, and with each vector moved: as long as a real one, and no copy."""
    article, head = item.indexed.document.article, f"{number}. "
    new = Article.from_text(head + article.text, source=f"copy/{number}", language=article.language)
    spans = tuple(Span(span.start + len(head), span.end + len(head)) for span in item.indexed.sentences)
    rows = near(item.indexed.rows, np.random.default_rng(number))
    indexed = Indexed(Document(new), spans, rows, item.indexed.languages, item.indexed.sketch)
    return replace(item, indexed=indexed, held=((new.source, "", new.id),))


def endless(items: list[Stored]) -> Iterator[Stored]:
    """One article after another, never the same."""
    number = 0
    while True:
        for item in items:
            yield another(item, number)
            number += 1
