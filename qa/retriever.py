"""From a question to the passages that may hold its answer.

Dense hits find what is meant, in any language; lexical hits find names and numbers as they are written,
and count only for sentences in the question's own language, so that they never drown the right passage in
the other. Sentences are matched, passages are read: each hit is widened, further forward than back,
because the reason for something stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.article import Span
from index.library import Library
from qa.answers import Passage

POOL = 50  # hits taken from each of the two searches
HITS = 6  # sentences that are widened into passages
BACK, FORWARD = 1, 3  # sentences
LEXICAL_WEIGHT = 0.3  # of a full lexical score, against a cosine

WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    """
    a an the of in on at to for from by with and or is are was were be been did do does has have had that this
    it who what when where why how which whom whose many much yang di ke dari dan atau ini itu pada untuk dengan
    adalah oleh dalam akan telah sudah apa siapa kapan mana dimana mengapa kenapa bagaimana berapa apakah para
    """.split()
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A matched sentence: its article, position, language, the fused score, and the cosine, −1..1."""

    article_id: str
    position: int
    language: str
    score: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first, and the language of the question ("" when unknown)."""

    passages: tuple[Passage, ...]
    language: str


def retrieve(library: Library, questions: Sequence[str], hits: int = HITS) -> list[Retrieved]:
    """The passages for each question."""
    if not questions:
        return []
    encoded = library.encoder.encode_queries(questions)
    dense = library.nearest(encoded.rows, max(POOL, hits))
    out = []
    for question, row, language, near in zip(questions, encoded.rows, encoded.languages, dense, strict=True):
        similar = dict(near)
        words = content_words(question)
        lexical = lexical_scores(words, library.matching(words, max(POOL, hits)))
        similar |= library.similarities(row, [number for number in lexical if number not in similar])
        found = library.lookup(list(similar))
        same = {n for n, stored in found.items() if not language or stored.language == language}
        scores = fuse({n: similar[n] for n in found}, {n: s for n, s in lexical.items() if n in same})
        best = sorted(scores, key=lambda n: (-scores[n], n))[:hits]
        ranked = [
            Hit(s.sentence.article_id, s.sentence.position, s.language, scores[n], similar[n])
            for n in best
            for s in (found[n],)
        ]
        out.append(Retrieved(widen(library, ranked), language))
    return out


def content_words(question: str) -> list[str]:
    """The words that are worth looking up, lower-cased, each once.

    >>> content_words("Why did the Trump talks fail?")
    ['trump', 'talks', 'fail']
    """
    words = list(dict.fromkeys(WORD.findall(question.lower())))
    return [word for word in words if word not in STOP_WORDS][:64]


def lexical_scores(words: Sequence[str], hits: Sequence[tuple[int, float, str]]) -> dict[int, float]:
    """How far each (number, BM25 score, text) says the question's words, 0..1.

    The score as a share of the best one, times the squared share of the words that the sentence has: the best of
    many sentences with one word in common is still a poor one, and would outdo the right one in the other language.

    >>> lexical_scores(["harga", "beras"], [(1, 8.0, "Harga beras naik."), (2, 4.0, "Harga naik.")])
    {1: 1.0, 2: 0.125}
    """
    top = max((score for _, score, _ in hits), default=0.0) or 1.0
    scores = {}
    for number, score, text in hits:
        said = set(WORD.findall(text.lower()))
        scores[number] = score / top * (sum(word in said for word in words) / len(words)) ** 2
    return scores


def fuse(similar: dict[int, float], lexical: dict[int, float]) -> dict[int, float]:
    """Cosine plus the weighted lexical score.

    >>> fuse({1: 0.5, 2: 0.25}, {2: 0.5})
    {1: 0.5, 2: 0.4}
    """
    return {number: cosine + LEXICAL_WEIGHT * lexical.get(number, 0.0) for number, cosine in similar.items()}


def widen(library: Library, hits: Sequence[Hit]) -> tuple[Passage, ...]:
    """A passage around each hit, best hit first; one that lies within another is left out.

    Neighbours are not merged: the reader is surest on windows of a few whole sentences (docs/decisions.md).
    """
    passages: list[Passage] = []
    for hit in hits:
        spans = library.sentences(hit.article_id)
        if hit.position >= len(spans):  # removed meanwhile
            continue
        own = spans[max(0, hit.position - BACK) : hit.position + FORWARD + 1]
        span = Span(own[0].start, own[-1].end)
        beside = [p for p in passages if p.article.id == hit.article_id]
        if any(p.span.contains(span) for p in beside):
            continue
        inside = next((p for p in beside if span.contains(p.span)), None)
        if inside is not None:  # at an article's end a later hit may see further back
            passages[passages.index(inside)] = replace(inside, span=span, sentences=own)
            continue
        passages.append(
            Passage(
                article=library.article(hit.article_id),
                span=span,
                similarity=max(-1.0, min(1.0, hit.similarity)),
                sentences=own,
                language=hit.language,
            )
        )
    return tuple(passages)
