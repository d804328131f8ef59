"""From documents to what is stored of them: sentences, vectors, languages, a sketch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from index.article import Article, Document, Span
from index.capitals import in_small_letters
from index.duplicates import sketch
from index.encoder import Encoded, Encoder, Progress
from index.errors import ArticleError
from index.languages import identify
from index.records import Indexed, Rows
from index.splitter import SPLITTER_VERSION, split_sentences
from index.tables import as_told

MOST_SENTENCES = 50_000  # of one article
Known = Mapping[str, tuple[Rows, str]]
"""The vectors (d,) and languages of sentences, by their text."""


def manifest_of(encoder: Encoder) -> dict[str, str]:
    """What vectors depend on: a library keeps to it."""
    return {"encoder": encoder.fingerprint, "splitter": str(SPLITTER_VERSION)}


def known_sentences(indexed: Iterable[Indexed]) -> Known:
    """The sentences of articles that were indexed before, as they stand there.

    Without those in capitals and rows of tables, which older versions did not encode in small letters and in words.
    """
    known = {}
    for own in indexed:
        text = own.document.article.text
        for span, told, row, language in zip(
            own.sentences, as_told(text, own.sentences), own.rows, own.languages, strict=True
        ):
            if in_small_letters(told) == span.cut(text):
                known[told] = row, language
    return known


def encode(encoder: Encoder, texts: Sequence[str], known: Known, progress: Progress | None = None) -> Encoded:
    """Vectors of sentences, those that are ``known`` as they are. What stands there several times is encoded once."""
    new = [text for text in dict.fromkeys(texts) if text not in known]
    encoded = encoder.encode_documents(new, progress)
    if len(new) == len(texts):  # nothing is known or stands there again
        return encoded
    every = {**known, **dict(zip(new, zip(encoded.rows, encoded.languages, strict=True), strict=True))}
    if progress is not None:
        progress(len(texts) - len(new))
    rows = [every[text][0] for text in texts]
    return Encoded(np.stack(rows) if rows else encoded.rows, tuple(every[text][1] for text in texts))


def sentences_of(article: Article) -> tuple[Span, ...]:
    """The article's sentences. Raises ArticleError for more than 50,000."""
    found = split_sentences(article.text)
    if len(found) > MOST_SENTENCES:
        why = (
            f"the article {article.title!r} has {len(found):,} sentences, at most {MOST_SENTENCES:,} can be taken; "
            "split it into articles"
        )
        raise ArticleError(why, "too_full", name=article.title)
    return found


def index_documents(
    encoder: Encoder, documents: Sequence[Document], progress: Progress | None = None, known: Known | None = None
) -> list[Indexed]:
    """Split and encode documents. ``progress`` is told the number of sentences of each encoded batch.

    ``known`` sentences, which the same encoder encoded before, are not encoded again.

    Raises ArticleError for an article of more than 50,000 sentences.
    """
    articles = [document.article for document in documents]
    spans = [sentences_of(article) for article in articles]
    texts = [told for article, own in zip(articles, spans, strict=True) for told in as_told(article.text, own)]
    encoded = encode(encoder, texts, known or {}, progress)
    out, first = [], 0
    for document, own in zip(documents, spans, strict=True):
        article = document.article
        last = first + len(own)
        languages = encoded.languages[first:last]
        common = Counter(languages).most_common(1)[0][0] if languages else ""
        article = article if article.language else replace(article, language=identify(article.text, common))
        document = replace(document, article=article)
        out.append(Indexed(document, own, encoded.rows[first:last], languages, sketch(article.text)))
        first = last
    return out
