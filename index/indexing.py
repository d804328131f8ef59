"""From documents to what is stored of them: sentences, vectors, languages, a sketch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.article import Article, Document, Span
from index.duplicates import sketch
from index.encoder import Encoder, Progress
from index.errors import ArticleError
from index.languages import identify
from index.records import Indexed
from index.splitter import SPLITTER_VERSION, split_sentences

MOST_SENTENCES = 50_000  # of one article


def manifest_of(encoder: Encoder) -> dict[str, str]:
    """What vectors depend on: a library keeps to it."""
    return {"encoder": encoder.fingerprint, "splitter": str(SPLITTER_VERSION)}


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
