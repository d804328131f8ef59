"""From documents to what is stored of them: sentences, vectors, languages, a sketch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.article import Article, Document, Span
from index.duplicates import sketch
from index.encoder import Encoded, Encoder, Progress
from index.errors import ArticleError
from index.languages import identify
from index.records import Indexed, Rows
from index.splitter import SPLITTER_VERSION, split_sentences

MOST_SENTENCES = 50_000  # of one article


def manifest_of(encoder: Encoder) -> dict[str, str]:
    """What vectors depend on: a library keeps to it."""
    return {"encoder": encoder.fingerprint, "splitter": str(SPLITTER_VERSION)}


@dataclass(frozen=True, slots=True)
class Knowing:
    """An encoder for sentences of which many were encoded by it before: their vectors (d,) and languages by text."""

    encoder: Encoder
    known: Mapping[str, tuple[Rows, str]]

    @classmethod
    def of(cls, encoder: Encoder, indexed: Iterable[Indexed]) -> Knowing:
        """One that knows the sentences of articles as they were indexed by the same encoder."""
        return cls(
            encoder,
            {
                span.cut(own.document.article.text): (row, language)
                for own in indexed
                for span, row, language in zip(own.sentences, own.rows, own.languages, strict=True)
            },
        )

    @property
    def fingerprint(self) -> str:
        """The encoder's."""
        return self.encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions."""
        return self.encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Vectors of sentences, those that are known as they are."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        encoded = self.encoder.encode_documents(new, progress)
        known = {**self.known, **dict(zip(new, zip(encoded.rows, encoded.languages, strict=True), strict=True))}
        if progress is not None:
            progress(len(texts) - len(new))
        rows = [known[text][0] for text in texts]
        return Encoded(np.stack(rows) if rows else encoded.rows, tuple(known[text][1] for text in texts))


def sentences_of(article: Article) -> tuple[Span, ...]:
    """The article's sentences. Raises ArticleError for more than 50,000."""
    found = split_sentences(article.text)
    if len(found) > MOST_SENTENCES:
        raise ArticleError(
            f"the article {article.title!r} has {len(found):,} sentences, at most {MOST_SENTENCES:,} can be "
            "taken; split it into articles"
        )
    return found


def index_documents(encoder: Encoder, documents: Sequence[Document], progress: Progress | None = None) -> list[Indexed]:
    """Split and encode documents. ``progress`` is told the number of sentences of each encoded batch.

    Raises ArticleError for an article of more than 50,000 sentences.
    """
    articles = [document.article for document in documents]
    spans = [sentences_of(article) for article in articles]
    texts = [span.cut(article.text) for article, own in zip(articles, spans, strict=True) for span in own]
    encoded = encoder.encode_documents(texts, progress)
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
