"""From a question to the passages that may hold its answer.

Dense hits find what is meant, in any language; lexical hits find names and numbers as they are written,
and count only for sentences in the question's own language, so that they never drown the right passage in
the other. Sentences are matched, passages are read: each hit is widened, further forward than back,
because the reason for something stands behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace

from index.any_library import AnyLibrary
from index.article import Article, Span
from index.duplicates import NEAR, resemblance
from index.encoder import Encoded
from index.errors import ArticleGone
from index.filters import Filters
from index.records import Rows
from qa.answers import Passage
from qa.names import names_and_numbers, share_named
from qa.words import WORD, Said, content_words, folded, share_said

POOL = 50  # hits taken from each of the two searches
HITS = 6  # sentences that are widened into passages
BACK, FORWARD, ROOM = 1, 3, 700  # sentences, and characters that a passage has where sentences are long
ATTEMPTS = 4  # when articles vanish while they are looked at
MUCH = 0.6  # of the shorter passage's words, from which two may tell the same
LEXICAL_WEIGHT = 0.45  # of a full lexical score, against a cosine
LOOKED_AT = 20  # of the best hits it counts what their articles say, too
NEARBY = 10_000  # characters on each side of a hit that are looked at, at least
NAMED_WEIGHT = 0.1  # of having all names and numbers of the question, against a cosine; measured, see docs/decisions.md
SHARED_WEIGHT = 0.05  # of having all its words …
FOREIGN_SHARE = 0.5  # … of which an article in another language is taken to have so many
BESIDE = ThreadPoolExecutor(4, thread_name_prefix="kutip-words")  # searches words while questions are encoded


@dataclass(frozen=True, slots=True)
class Hit:
    """A matched sentence: its article, position, span there, language, the fused score, and the cosine, −1..1."""

    article_id: str
    position: int
    span: Span
    language: str
    score: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first, and the language of the question ("" when unknown)."""

    passages: tuple[Passage, ...]
    language: str


def retrieve(
    library: AnyLibrary, questions: Sequence[str], hits: int = HITS, filters: Filters | None = None
) -> list[Retrieved]:
    """The passages for each question, in the articles that pass the filters."""
    if not questions:
        return []
    words = [content_words(question) for question in questions]
    # Sentences are never renumbered, so this needs no snapshot.
    matching = BESIDE.submit(lambda: [library.matching(own, max(POOL, hits), filters) for own in words])
    try:
        encoded = library.encoder.encode_queries(questions)
    finally:
        wait([matching])  # nothing looks into a library that is closed after a fault
    lexical = [lexical_scores(own, found) for own, found in zip(words, matching.result(), strict=True)]
    for _ in range(ATTEMPTS - 1):
        with suppress(ArticleGone):  # removed by another machine between two looks: what is there now is looked for
            return look(library, questions, encoded, lexical, hits, filters)
    return look(library, questions, encoded, lexical, hits, filters)


def look(
    library: AnyLibrary,
    questions: Sequence[str],
    encoded: Encoded,
    lexical: Sequence[dict[int, float]],
    hits: int,
    filters: Filters | None,
) -> list[Retrieved]:
    """The passages for encoded questions at one moment. Raises ArticleGone when an article goes meanwhile."""
    with library.snapshot():  # articles may come and go meanwhile
        dense = library.nearest(encoded.rows, max(POOL, hits), filters)
        return [
            retrieve_one(library, question, row, language, dict(near), scores, hits)
            for question, row, language, near, scores in zip(
                questions, encoded.rows, encoded.languages, dense, lexical, strict=True
            )
        ]


def retrieve_one(
    library: AnyLibrary,
    question: str,
    row: Rows,
    language: str,
    similar: dict[int, float],
    lexical: dict[int, float],
    hits: int,
) -> Retrieved:
    """The passages for one question with its vector (d,) and language.

    ``similar`` {sentence number: cosine} are its dense hits, ``lexical`` {sentence number: score} the others.
    """
    similar |= library.similarities(row, [number for number in lexical if number not in similar])
    found = library.lookup(list(similar))
    same = {n for n, stored in found.items() if not language or stored.language == language}
    scores = fuse({n: similar[n] for n in found}, {n: s for n, s in lexical.items() if n in same})
    ranked = [
        Hit(s.sentence.article_id, s.sentence.position, s.sentence.span, s.language, scores[n], similar[n])
        for n in sorted(scores, key=lambda n: (-scores[n], n))
        for s in (found[n],)
    ]
    articles = ArticleCache(library)
    ranked[:LOOKED_AT] = in_their_articles(articles, question, language, ranked[:LOOKED_AT])
    return Retrieved(widen(articles, ranked, hits), language)


def lexical_scores(words: Sequence[str], hits: Sequence[tuple[int, float, str]]) -> dict[int, float]:
    """How far each (number, BM25 score, text) says the question's words, 0..1.

    The score as a share of the best one, times the squared share of the words that the sentence has: the best of
    many sentences with one word in common is still a poor one, and would outdo the right one in the other language.

    >>> lexical_scores(["harga", "beras"], [(1, 8.0, "Harga beras naik."), (2, 4.0, "Harga naik.")])
    {1: 1.0, 2: 0.125}
    """
    top = max((score for _, score, _ in hits), default=0.0) or 1.0
    wanted = list(map(folded, words))
    return {number: score / top * share_said(wanted, Said(text)) ** 2 for number, score, text in hits}


def fuse(similar: dict[int, float], lexical: dict[int, float]) -> dict[int, float]:
    """Cosine plus the weighted lexical score.

    >>> fuse({1: 0.5, 2: 0.25}, {2: 0.5})
    {1: 0.5, 2: 0.475}
    """
    return {number: cosine + LEXICAL_WEIGHT * lexical.get(number, 0.0) for number, cosine in similar.items()}


def in_their_articles(articles: ArticleCache, question: str, language: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits in the order of their scores and what speaks for them in the text around, as a sentence seldom says all.

    Names are written alike in both languages, other words count where the article is in the question's.
    """
    names, words = names_and_numbers(question), list(map(folded, content_words(question)))
    known: dict[tuple[str, int], Said] = {}
    scores = []
    for hit in hits:
        at = hit.span.start // NEARBY
        if (hit.article_id, at) not in known:
            text = articles[hit.article_id].text
            known[hit.article_id, at] = Said(text[max(0, at - 1) * NEARBY : (at + 2) * NEARBY])
        said = known[hit.article_id, at]
        own = not language or hit.language == language
        shared = share_said(words, said) if words and own else FOREIGN_SHARE
        scores.append(hit.score + NAMED_WEIGHT * share_named(names, said) + SHARED_WEIGHT * shared)
    return [hits[at] for at in sorted(range(len(hits)), key=lambda at: -scores[at])]


def widen(articles: ArticleCache, ranked: Sequence[Hit], hits: int = HITS) -> tuple[Passage, ...]:
    """A passage around each of the first ``hits`` hits, best first; one that lies within another is left out.

    A near-duplicate of an article whose passage says much the same is noted as a copy of it. Its own passage is left
    out where it says nothing else, and takes no place of others where it was hit for the very same sentence: what
    differs may be a correction. Neighbours are not merged: the reader is surest on windows of a few whole sentences
    (docs/decisions.md).
    """
    passages: list[Passage] = []
    said: list[tuple[str, ...]] = []  # the words of each passage
    matched: list[str] = []  # the sentence that was hit, of each passage
    taken = 0
    for hit in ranked:
        if taken >= hits or len(passages) >= 2 * hits:
            break
        article = articles[hit.article_id]
        own = widened(articles.sentences(article.id), hit.position)
        span = Span(own[0].start, own[-1].end)
        words = tuple(WORD.findall(span.cut(article.text).casefold()))
        sentence = " ".join(hit.span.cut(article.text).casefold().split())
        twins = [
            i
            for i, p in enumerate(passages)
            if p.article.id != article.id and much_alike(said[i], words) and articles.alike(p.article, article)
        ]
        for i in twins:
            passages[i] = with_copies(passages[i], [article])
        if any(said[i] == words for i in twins):
            continue
        taken += not any(matched[i] == sentence for i in twins)
        beside = [p for p in passages if p.article.id == hit.article_id]
        if any(p.span.contains(span) for p in beside):
            continue
        inside = next((p for p in beside if span.contains(p.span)), None)
        if inside is not None:  # at an article's end a later hit may see further back
            at = passages.index(inside)
            grown = replace(inside, span=span, sentences=own)
            passages[at], said[at] = with_copies(grown, [passages[i].article for i in twins]), words
            continue
        passage = Passage(
            article=article,
            span=span,
            similarity=max(-1.0, min(1.0, hit.similarity)),
            sentences=own,
            language=hit.language,
        )
        passages.append(with_copies(passage, [passages[i].article for i in twins]))
        said.append(words)
        matched.append(sentence)
    return tuple(passages)


def much_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words of two passages are mostly the same.

    >>> much_alike("rapat digelar di bandung".split(), "jakarta rapat digelar di bandung".split())
    True
    """
    few, many = sorted((set(one), set(other)), key=len)
    return len(few & many) >= MUCH * len(few) > 0


def with_copies(passage: Passage, articles: Sequence[Article]) -> Passage:
    """The passage with further articles that tell the same, each once."""
    return replace(passage, copies=tuple({own.id: own for own in (*passage.copies, *articles)}.values()))


def widened(spans: tuple[Span, ...], position: int) -> tuple[Span, ...]:
    """The sentences of the passage around one: BACK before it and up to FORWARD behind, as many as ROOM holds.

    >>> spans = (Span(0, 300), Span(301, 600), Span(601, 650), Span(651, 700), Span(701, 710))
    >>> widened(spans, 1) == spans[:4]
    True
    """
    first, last = max(0, position - BACK), position + 1
    while last < min(len(spans), position + FORWARD + 1) and spans[last].end - spans[first].start <= ROOM:
        last += 1
    return spans[first:last]


class ArticleCache:
    """Articles with their sentences and sketches, each read once for a question."""

    def __init__(self, library: AnyLibrary) -> None:
        self.library = library
        self._articles: dict[str, Article] = {}
        self._sentences: dict[str, tuple[Span, ...]] = {}
        self._sketches: dict[str, bytes] = {}

    def __getitem__(self, article_id: str) -> Article:
        if article_id not in self._articles:
            self._articles[article_id] = self.library.article(article_id)
        return self._articles[article_id]

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The sentence spans of an article, in order."""
        if article_id not in self._sentences:
            self._sentences[article_id] = self.library.sentences(article_id)
        return self._sentences[article_id]

    def alike(self, one: Article, other: Article) -> bool:
        """Whether two articles are the same story, near enough."""
        missing = [article.id for article in (one, other) if article.id not in self._sketches]
        self._sketches |= self.library.sketches(missing) if missing else {}
        return one.id != other.id and resemblance(self._sketches[one.id], self._sketches[other.id]) >= NEAR
