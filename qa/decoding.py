"""From a reader's logits to answer spans. Pure numpy and strings.

A span's score is the sum of its start and end logits, each taken relative to the logit of its own
window's first token ("no answer"); so windows of any passage compare, and 0 is the score of "no answer"
for all of them together. Spans do not leave their sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.article import Span

LONGEST_ANSWER = 48  # tokens
CANDIDATES = 20  # spans kept of each window
EDGES = " \t\n\u00a0,;:"
BRACKETS = {"(": ")", "[": "]", "“": "”", "«": "»"}
REACH = 80  # characters; how far a span may grow to close a bracket or quotation

NUMBER = re.compile(
    r"(?:\d[\d.,]*|se(?:puluh|belas|ratus|ribu|juta)|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|belas|"
    r"puluh|ratus|ribu|juta|miliar|triliun|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|"
    r"thirty|forty|fifty|hundred|thousand|million|billion|trillion)$",
    re.IGNORECASE,
)
UNIT = re.compile(
    r"\s*%|\s+(?:persen|percent|per cent|ribu|juta|miliar|milyar|triliun|thousand|million|billion|trillion|hari|jam|"
    r"menit|detik|minggu|pekan|bulan|tahun|abad|days?|hours?|minutes?|seconds?|weeks?|months?|years?|km|kilometer|"
    r"kilometers?|meter|meters?|miles?|cm|mm|kg|kilogram|ton|tons|hektare?|dolar|dollars?|rupiah|euros?|orang|"
    r"people|WIB|WITA|WIT)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WindowLogits:
    """What the reader says about one window of one passage.

    ``start`` and ``end`` (t,) float32 logits, already relative to the window's first token; ``offsets``
    (t, 2) int64 characters of the passage; ``context`` (t,) bool: the tokens of the passage.
    """

    passage: int
    start: npt.NDArray[np.float32]
    end: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.int64]
    context: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: a span of characters of the ``passage``-th text, and its margin over "no answer"."""

    passage: int
    span: Span
    score: float


def best_spans(
    start: npt.NDArray[np.float32], end: npt.NDArray[np.float32], group: npt.NDArray[np.int64], longest: int, k: int
) -> list[tuple[int, int, float]]:
    """The ``k`` best (first token, last token, score), start and end chosen together.

    ``start``, ``end`` (t,) logits; ``group`` (t,) the sentence of each token, −1 where no answer may stand.
    Both ends lie in one group and span at most ``longest`` tokens.

    >>> best_spans(np.array([0, 3, 1.0]), np.array([2, 0, 2.0]), np.array([0, 0, 0]), 2, 1)
    [(1, 2, 5.0)]
    """
    tokens = len(start)
    scores = np.full((min(longest, tokens), tokens), -np.inf, dtype=np.float64)
    for lag in range(len(scores)):
        stop = tokens - lag
        fits = (group[:stop] >= 0) & (group[:stop] == group[lag:])
        scores[lag, :stop] = np.where(fits, start[:stop] + end[lag:], -np.inf)
    flat = scores.ravel()
    k = min(k, int(np.isfinite(flat).sum()))
    if k == 0:
        return []
    top = np.argpartition(-flat, k - 1)[:k]
    top = top[np.argsort(-flat[top], kind="stable")]
    return [(int(at % tokens), int(at % tokens + at // tokens), float(flat[at])) for at in top]


def decode(
    windows: Sequence[WindowLogits],
    texts: Sequence[str],
    sentences: Sequence[Sequence[Span]],
    prior: Callable[[int, str], float] = lambda _passage, _sentence: 0.0,
    k: int = CANDIDATES,
) -> list[Candidate]:
    """All windows' candidates in one ranking, best first, without two that say the same.

    ``texts[p]`` is the text of passage ``p``, ``sentences[p]`` its sentences as spans of that text. Variants
    of one answer (overlapping by half, or reading alike) are one candidate: its span is that of the best
    variant, its score the logarithm of their summed odds, so that places that agree support each other.
    ``prior`` gives logits to add for the passage and the text of the sentence in which an answer stands.
    """
    found: dict[tuple[str, Span], tuple[float, int, Span]] = {}  # by sentence and place in it: neighbours share text
    for window in windows:
        text, own = texts[window.passage], sentences[window.passage]
        group = sentence_of(window.offsets, window.context, own)
        for first, last, score in best_spans(window.start, window.end, group, LONGEST_ANSWER, k):
            raw = Span(int(window.offsets[first, 0]), int(window.offsets[last, 1]))
            sentence = own[int(group[first])]
            span = tidy(text, raw, sentence)
            if span is not None:
                around = sentence.cut(text)
                key = (around, Span(span.start - sentence.start, span.end - sentence.start))
                found[key] = max(
                    (score + prior(window.passage, around), window.passage, span), found.get(key, (-np.inf, 0, span))
                )
    answers: list[tuple[Candidate, list[tuple[str, Span]], list[float]]] = []
    for place, (score, passage, span) in sorted(found.items(), key=lambda item: (-item[1][0], item[1][1:])):
        for _, places, scores in answers:
            if same_answer(places[0], place):
                places.append(place)
                scores.append(score)
                break
        else:
            answers.append((Candidate(passage, span, score), [place], [score]))
    summed = [Candidate(c.passage, c.span, float(np.logaddexp.reduce(scores))) for c, _, scores in answers]
    return sorted(summed, key=lambda candidate: -candidate.score)[:k]


def same_answer(one: tuple[str, Span], other: tuple[str, Span]) -> bool:
    """Whether two (sentence, span in it) share at least half of the shorter one's place, or read alike.

    >>> same_answer(("di Hanoi, Vietnam", Span(3, 17)), ("di Hanoi, Vietnam", Span(3, 8)))
    True
    """
    (sentence, span), (other_sentence, other_span) = one, other
    if sentence == other_sentence and span.overlaps(other_span):
        shared = min(span.end, other_span.end) - max(span.start, other_span.start)
        return 2 * shared >= min(len(span), len(other_span))
    return span.cut(sentence).casefold() == other_span.cut(other_sentence).casefold()


def sentence_of(
    offsets: npt.NDArray[np.int64], context: npt.NDArray[np.bool_], sentences: Sequence[Span]
) -> npt.NDArray[np.int64]:
    """The index of the sentence in which each token ends, −1 for none: (t,) int64."""
    if not sentences:
        return np.full(len(offsets), -1, dtype=np.int64)
    starts = np.array([span.start for span in sentences])
    ends = np.array([span.end for span in sentences])
    at = np.searchsorted(starts, offsets[:, 1] - 1, side="right") - 1
    inside = context & (offsets[:, 1] > offsets[:, 0]) & (at >= 0) & (offsets[:, 1] <= ends[np.maximum(at, 0)])
    return np.where(inside, at, -1).astype(np.int64)


def tidy(text: str, span: Span, sentence: Span) -> Span | None:
    """The span as a reader would quote it: trimmed, with balanced marks, a number with its unit.

    None when nothing but punctuation is left. Stays within ``sentence``.

    >>> text = 'Pada Selasa (26/2/2019) malam selama dua hari'
    >>> tidy(text, Span(5, 22), Span(0, 45)).cut(text), tidy(text, Span(37, 40), Span(0, 45)).cut(text)
    ('Selasa (26/2/2019)', 'dua hari')
    """
    start, end = max(span.start, sentence.start), min(span.end, sentence.end)
    start, end = trim(text, start, end)
    start, end = balance(text, start, end, sentence)
    start, end = trim(text, start, end)
    if not any(character.isalnum() for character in text[start:end]):
        return None
    if NUMBER.search(text[start:end].rsplit(None, 1)[-1]):
        unit = UNIT.match(text, end, sentence.end)
        end = unit.end() if unit else end
    return Span(start, end)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space and punctuation that belongs to the sentence around it."""
    while start < end and (text[start].isspace() or text[start] in EDGES + ".!?…"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in EDGES):
        end -= 1
    if end > start and text[end - 1] in ".!?" and "." not in text[start : end - 1].rsplit(None, 1)[-1]:
        end -= 1
    return start, end


def balance(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """Grow the range over a near closing mark, or shrink it away from a mark whose partner stays outside."""
    for opening, closing in BRACKETS.items():
        depth = text.count(opening, start, end) - text.count(closing, start, end)
        if depth > 0:
            start, end = close(text, start, end, text.rfind(opening, start, end), closing, sentence)
        elif depth < 0:
            at = text.find(closing, start, end)
            before = text.rfind(opening, max(sentence.start, start - REACH), start)
            if before >= 0 and closing not in text[before:start] and at < end - 1:
                start = before
            else:
                start, end = longer_part(start, end, at)
    if text.count('"', start, end) % 2:
        at = text.find('"', start, end)
        opens = text.count('"', sentence.start, at) % 2 == 0
        if opens:
            start, end = close(text, start, end, text.rfind('"', start, end), '"', sentence)
        else:
            start, end = longer_part(start, end, at)
    return start, end


def close(text: str, start: int, end: int, at: int, closing: str, sentence: Span) -> tuple[int, int]:
    """Drop an open mark at the range's edge; reach for the partner of one in its middle."""
    if at == start:
        return start + 1, end
    partner = text.find(closing, end, min(sentence.end, end + REACH))
    return (start, partner + 1) if partner >= 0 else longer_part(start, end, at)


def longer_part(start: int, end: int, at: int) -> tuple[int, int]:
    """The longer side of the range, cut at the character ``at``."""
    return (start, at) if at - start >= end - at - 1 else (at + 1, end)
