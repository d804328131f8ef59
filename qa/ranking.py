"""From the reader's logits on the retrieved passages to ranked candidates, what calibration weighs, and evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.article import Article, Span
from index.tables import column_of
from qa.answers import Evidence, Passage, Place
from qa.calibration import Features
from qa.decoding import Candidate, Prior, Quote, merge
from qa.names import names_and_numbers, share_named
from qa.reasons import head_start
from qa.retriever import Retrieved
from qa.words import WORD, Said, content_words, folded, share_said

REACH = 50_000  # characters
BESIDE = 4  # words on each side by which a quote is known again in a copy of its article
# Of a sentence, or of what stands behind a dateline; each run of white space is gone through once.
BEGINNING = r"(?:\A\s*|\n[^\S\n]*|[.!?…”\"»–—-]\s+|[“\"«(\[])"
SIMILARITY_LOGITS = 30.0  # for a cosine of 1; measured, see docs/decisions.md
ASKING_LOGITS = 3.0  # what a sentence loses that is a question itself; measured, too
ASKING = re.compile(r"\?[\s\"”’»')\]]*\Z")


def texts_of(passages: Sequence[Passage]) -> list[str]:
    """What the reader reads of them."""
    return [passage.text for passage in passages]


def prior_of(passages: Sequence[Passage], asked: str) -> Prior:
    """What is known of a sentence beside its reading, in logits.

    It loses SIMILARITY_LOGITS times what its passage lacks of the similarity of the most similar one, and
    ASKING_LOGITS where it asks (an interview's questions are most like the one that is put); a cause has a head start
    where one is asked for.
    """
    nearest = max((passage.similarity for passage in passages), default=0.0)

    def prior(passage: int, sentence: str) -> float:
        far = SIMILARITY_LOGITS * (nearest - passages[passage].similarity)
        return head_start(asked, sentence) - far - (ASKING_LOGITS if ASKING.search(sentence) else 0.0)

    return prior


def ranked(quotes: Sequence[Quote], passages: Sequence[Passage], asked: str) -> list[Candidate]:
    """The quotes' answers, best first."""
    return merge(quotes, texts_of(passages), prior_of(passages, asked))


def features_of(asked: str, candidates: Sequence[Candidate], retrieved: Retrieved, articles: int) -> Features | None:
    """What the calibration weighs about the best candidate; None without any."""
    if not candidates:
        return None
    best = candidates[0]
    passage = retrieved.passages[best.passage]
    words = [folded(word) for word in content_words(asked)]
    _, sentence = places_of(best, passage)
    return Features(
        margin=best.score,
        lead=best.score - candidates[1].score if len(candidates) > 1 else 10.0,
        similarity=passage.similarity,
        asked_in=retrieved.language,
        language=passage.language,
        articles=articles,
        named=share_named(names_and_numbers(asked), Said(around(passage))),
        said=share_said(words, Said(sentence.cut(passage.article.text))) if words else 1.0,
    )


def around(passage: Passage) -> str:
    """The article's text near a passage: the whole of it but for books."""
    return passage.article.text[max(0, passage.span.start - REACH) : passage.span.end + REACH]


def places_of(candidate: Candidate, passage: Passage) -> tuple[Span, Span]:
    """Where the candidate and its sentence stand in the article."""
    answer = Span(candidate.span.start + passage.span.start, candidate.span.end + passage.span.start)
    return answer, next(span for span in passage.sentences if span.contains(answer))


def evidence_of(candidate: Candidate, passages: Sequence[Passage]) -> Evidence:
    """A candidate with its place in the article."""
    passage = passages[candidate.passage]
    article = passage.article
    answer, sentence = places_of(candidate, passage)
    return Evidence(
        article_id=article.id,
        article_title=article.title,
        source=article.source,
        language=passage.language,
        answer=answer,
        sentence=sentence,
        passage=passage.span,
        text=answer.cut(article.text),
        sentence_text=sentence.cut(article.text),
        score=candidate.score,
        author=article.author,
        published=article.published,
        page=article.page_of(answer.start),
        column=column_of(article.text, answer) if "|" in sentence.cut(article.text) else "",
        also_in=tuple(place for copy in passage.copies for place in places_in(copy, answer, sentence, article)),
    )


def places_in(copy: Article, answer: Span, sentence: Span, article: Article) -> Iterator[Place]:
    """The quote's place in a near-duplicate of its article, where the same is said of it there."""
    whole = re.search(rf"{BEGINNING}(?P<said>{re.escape(sentence.cut(article.text))})(?!\w)", copy.text)
    if whole:
        start = whole.start("said") + answer.start - sentence.start
        yield Place(copy.id, copy.title, copy.source, copy.published, Span(start, start + len(answer)))
    elif same := in_context(article.text, answer, sentence).search(copy.text):
        yield Place(copy.id, copy.title, copy.source, copy.published, Span(*same.span("quote")))


def in_context(text: str, answer: Span, sentence: Span) -> re.Pattern[str]:
    """Finds the quote with the words beside it: BESIDE on each side, or what there is up to the sentence's ends.

    Where enough stands behind the quote, the words that begin its sentence may be missing: papers change datelines.
    Spaces beside marks may differ.

    >>> text = "JAKARTA, Antara - Sari memimpin rapat kerja itu."
    >>> found = in_context(text, Span(18, 22), Span(0, 48)).search("BANDUNG - Sari memimpin rapat kerja itu (ant).")
    >>> found.span("quote"), in_context(text, Span(18, 22), Span(0, 48)).search("Wakil Sari memimpin rapat kerja itu.")
    ((10, 14), None)
    """
    before = WORD.findall(text[sentence.start : answer.start])[-BESIDE:]
    after = WORD.findall(text[answer.end : sentence.end])[:BESIDE]
    cut = answer.cut(text)
    lead = r"\W+".join(map(re.escape, before)) + (r"\W+" if WORD.match(cut) else r"\W*") if before else ""
    tail = (r"\W+" if WORD.match(cut[-1]) else r"\W*") + r"\W+".join(map(re.escape, after)) if after else ""
    begins = f"{BEGINNING}(?:{lead})?" if len(after) == BESIDE > len(before) else f"{BEGINNING}{lead}"
    begins = rf"(?<!\w){lead}" if len(before) == BESIDE else begins
    ends = r"(?!\w)" if len(after) == BESIDE else r"\s*(?:[^\w\s]|\Z)"
    return re.compile(f"{begins}(?P<quote>{spaced_anyhow(cut)}){tail}{ends}")


def spaced_anyhow(quote: str) -> str:
    """A pattern for a quote with any spaces, or none, beside its marks.

    >>> re.fullmatch(spaced_anyhow("sekitar 4,12 mm"), "sekitar 4, 12 mm") is not None
    True
    """
    parts = re.findall(r"\w+|[^\w\s]", quote)
    gaps = (r"[^\S\n]+" if WORD.match(one[-1]) and WORD.match(other) else r"[^\S\n]*" for one, other in pairwise(parts))
    return "".join([re.escape(parts[0]), *(gap + re.escape(part) for gap, part in zip(gaps, parts[1:], strict=True))])
