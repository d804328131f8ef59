"""From a reader's logits to answer spans. Pure numpy and strings.

A span's score is the sum of its start and end logits, each taken relative to the logit of its own
window's first token ("no answer"); so windows of any passage compare, and 0 is the score of "no answer"
for all of them together. Spans do not leave their sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from index.article import Span
from qa.metrics import normalize_answer

LONGEST_ANSWER = 48  # tokens
CANDIDATES = 20  # spans kept of each window
OF_EACH = 3  # of each sentence at least
CONTENDERS = 40  # of all windows together; the rest are too unlikely to have a say
HOPELESS = 20.0  # logits behind the best span: what passages' similarity and causes add does not reach so far
ALIKE = 0.7  # how much reading alike counts beside sharing words; measured, see docs/decisions.md
REMEMBERED = 1024  # quotes whose words are kept
EDGES = " \t\n\u00a0,;:"
BRACKETS = {"(": ")", "[": "]", "“": "”", "«": "»"}
PAIRS = BRACKETS | {'"': '"'}
THOUSANDS, MARK_IN_NUMBER = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))"), re.compile(r"(?<=\d)[.,:/–-](?=\d)")
# A mark in a number (15.000, 4,7, 19:30, 18/2/2018; a hyphen as in 2-1 or 2015-2019 stands between two) or in a word
# (Ma'ruf, don't; but that of "Kim's" stands behind one), and the one that begins a number (.5).
WITHIN = re.compile(r"(?<=\d)[.,:/](?=\d)|(?<=[^\W\d_])['’](?!s\b)(?=[^\W\d_])", re.IGNORECASE)
FRACTION = re.compile(r"(?<![^\s(])\.(?=\d)")
JOINER, SKIN_COLOURS = "\u200d", "🏻🏼🏽🏾🏿"  # of emoji that are shown as one
REACH = 80  # characters; how far a span may grow to close a bracket or quotation

NUMBER = re.compile(
    r"(?:\d[\d.,]*|(?<!\w)(?:se(?:puluh|belas|ratus|ribu|juta)|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|"
    r"belas|puluh|ratus|ribu|juta|miliar|triliun|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"twenty|thirty|forty|fifty|hundred|thousand|million|billion|trillion)+)$",
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
class Quote:
    """One span of the ``passage``-th text with the sentence that it stands in, and its margin over "no answer"."""

    passage: int
    span: Span
    sentence: Span
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: a span of characters of the ``passage``-th text, and its margin over "no answer"."""

    passage: int
    span: Span
    score: float


def best_spans(
    start: npt.NDArray[np.float32],
    end: npt.NDArray[np.float32],
    group: npt.NDArray[np.int64],
    longest: int,
    k: int,
    of_each: int = 0,
) -> list[tuple[int, int, float]]:
    """The ``k`` best (first token, last token, score), start and end chosen together, and the best ``of_each`` group.

    Of all together the variants of one answer would fill the list: then a sentence that is likelier by what else is
    known of it (`qa.ranking`) had no say. Those of each group begin at different tokens, and stand behind the others.

    ``start``, ``end`` (t,) logits; ``group`` (t,) the sentence of each token, −1 where no answer may stand.
    Both ends lie in one group and span at most ``longest`` tokens.

    >>> best_spans(np.array([0, 3, 1.0]), np.array([2, 0, 2.0]), np.array([0, 0, 0]), 2, 1)
    [(1, 2, 5.0)]
    """
    tokens, longest = len(start), min(longest, len(start))
    if not tokens:
        return []
    behind = np.concatenate([end, np.full(longest - 1, -np.inf, dtype=end.dtype)])  # row i: the ends from token i on
    ahead = np.concatenate([group, np.full(longest - 1, -1)])
    fits = (sliding_window_view(ahead, longest) == group[:, None]) & (group >= 0)[:, None]
    scores = np.where(fits, start[:, None] + sliding_window_view(behind, longest), -np.inf)  # (t, longest)
    flat = scores.ravel()
    k = min(k, int(np.isfinite(flat).sum()))
    if k == 0:
        return []
    top = np.argpartition(-flat, k - 1)[:k]
    top = top[np.argsort(-flat[top], kind="stable")]
    found = [(int(at // longest), int(at // longest + at % longest), float(flat[at])) for at in top]
    if of_each:
        lasts = scores.argmax(axis=1)
        best = scores[np.arange(tokens), lasts]
        taken: Counter[int] = Counter()
        for at in np.argsort(-best, kind="stable")[: int(np.isfinite(best).sum())].tolist():
            if taken[group[at]] < of_each:
                taken[group[at]] += 1
                found.append((at, at + int(lasts[at]), float(best[at])))
    return list(dict.fromkeys(found))


def quotes_in(
    windows: Sequence[WindowLogits], texts: Sequence[str], sentences: Sequence[Sequence[Span]], k: int = CANDIDATES
) -> list[Quote]:
    """The best spans of each window and of each sentence, tidied, but for those that are hopeless beside the best.

    ``texts[p]`` is the text of passage ``p``, ``sentences[p]`` its sentences as spans of that text.
    """
    groups = [sentence_of(w.offsets, w.context, sentences[w.passage]) for w in windows]
    best = [
        best_spans(w.start, w.end, group, LONGEST_ANSWER, k, OF_EACH) for w, group in zip(windows, groups, strict=True)
    ]
    bar = max((own[0][2] for own in best if own), default=0.0) - HOPELESS
    found = []
    for window, group, spans in zip(windows, groups, best, strict=True):
        text, own = texts[window.passage], sentences[window.passage]
        for first, last, score in spans:
            if score < bar:
                continue
            raw = Span(int(window.offsets[first, 0]), int(window.offsets[last, 1]))
            sentence = own[int(group[first])]
            span = tidy(text, raw, sentence)
            if span is not None:
                found.append(Quote(window.passage, span, sentence, score))
    return found


def merge(
    quotes: Sequence[Quote],
    texts: Sequence[str],
    prior: Callable[[int, str], float] = lambda _passage, _sentence: 0.0,
    k: int = CANDIDATES,
) -> list[Candidate]:
    """The ``k`` best answers among all quotes, best first, without two that say the same.

    A quote's final score is the logarithm of all quotes' odds, each times its `agreement` with the quote: so places
    that agree support each other, and a span within or around many likely ones goes before one that stands alone
    (the answer of least Bayes risk: Kumar & Byrne 2004, N04-1022, with the field's measures of answers for the loss).
    Of variants of one answer (overlapping by half, or reading alike) the best one stays. ``prior`` gives logits to add
    for the passage and the text of the sentence in which an answer stands.
    """
    prior = cache(prior)  # one sentence has many quotes
    found: dict[tuple[str, Span], tuple[float, int, Span]] = {}  # by sentence and place in it: neighbours share text
    for quote in quotes:
        around = quote.sentence.cut(texts[quote.passage])
        start = quote.sentence.start
        key = (around, Span(quote.span.start - start, quote.span.end - start))
        scored = (quote.score + prior(quote.passage, around), quote.passage, quote.span)
        found[key] = max(scored, found.get(key, scored))
    contenders = sorted(found.items(), key=lambda item: (-item[1][0], item[1][1:]))[:CONTENDERS]
    if not contenders:
        return []
    top = contenders[0][1][0]
    odds = np.exp(np.array([score for _, (score, _, _) in contenders]) - top)
    support = top + np.log(agreement([span.cut(sentence) for (sentence, span), _ in contenders]) @ odds)
    answers: list[tuple[tuple[str, Span], Candidate]] = []
    for at in np.argsort(-support, kind="stable"):
        place, (_, passage, span) = contenders[at]
        if not any(same_answer(other, place) for other, _ in answers):
            answers.append((place, Candidate(passage, span, float(support[at]))))
            if len(answers) == k:
                break
    return [candidate for _, candidate in answers]


def agreement(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """How far each two of the ``n`` answers say the same, (n, n) 0..1: ALIKE for reading alike, the rest by token F1.

    >>> agreement(["Hanoi", "hanoi!", "Hanoi, Vietnam", "Singapura"])[0].round(2).tolist()
    [1.0, 1.0, 0.2, 0.0]
    """
    tokens = [words_of(text) for text in texts]
    words = {word: at for at, word in enumerate(dict.fromkeys(word for own in tokens for word in own))}
    width = max(1, len(words))
    said = np.array([row * width + words[word] for row, own in enumerate(tokens) for word in own], dtype=np.int64)
    counts = np.bincount(said, minlength=len(texts) * width).reshape(len(texts), width)
    shared = np.minimum(counts[:, None], counts[None]).sum(axis=2)
    lengths = np.maximum(counts.sum(axis=1), 1)
    reading = {own: at for at, own in enumerate(dict.fromkeys(tokens))}
    which = np.array([reading[own] for own in tokens])
    alike = which[:, None] == which[None]
    return np.where(alike, 1.0, (1 - ALIKE) * 2 * shared / (lengths[:, None] + lengths[None]))


@lru_cache(REMEMBERED)
def words_of(text: str) -> tuple[str, ...]:
    """The words of an answer as they are compared; a question's quotes are ranked after each passage.

    Numbers are told apart by the marks in them, but for those of thousands, which the languages write differently.

    >>> words_of("1,5 juta") == words_of("1.5 juta"), words_of("1,5 juta") == words_of("15 juta")
    (True, False)
    >>> words_of("Rp15.000"), words_of("2-1")
    (('rp15000',), ('2x1',))
    """
    return tuple(normalize_answer(MARK_IN_NUMBER.sub("x", THOUSANDS.sub("", text))))


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
    start, end = whole_words(text, max(span.start, sentence.start), min(span.end, sentence.end), sentence)
    start, end = trim(text, start, end)
    start, end = balance(text, *unwrapped(text, start, end), sentence)
    start, end = trim(text, start, end)
    if not any(character.isalnum() for character in text[start:end]):
        return None
    if NUMBER.search(text[start:end].rsplit(None, 1)[-1]):
        unit = UNIT.match(text, end, sentence.end)
        end = unit.end() if unit else end
    return Span(start, end)


def whole_words(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range grown to the ends of the words, numbers and characters that it cuts: tokens are pieces of them."""
    while sentence.start < start < end and belongs_together(text, start):
        start -= 1
    while start < end < sentence.end and belongs_together(text, end):
        end += 1
    return start, end


def belongs_together(text: str, at: int) -> bool:
    """Whether a cut before the character ``at`` would go through a word, a number or what is shown as one character.

    >>> [belongs_together("Rp15.000 di 17/2.", at) for at in (2, 4, 5, 8, 14, 15, 16)]
    [True, True, True, False, True, True, False]
    >>> [belongs_together("Ma'ruf, Kim's .5", at) for at in (2, 3, 11, 12, 14, 15)]
    [True, True, False, False, False, True]
    """
    before, after = text[at - 1], text[at]
    if before.isalnum() and after.isalnum():
        return True
    if WITHIN.match(text, at - 1) or WITHIN.match(text, at) or FRACTION.match(text, at - 1):
        return True
    return JOINER in (before, after) or after in SKIN_COLOURS or unicodedata.category(after).startswith("M")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space and punctuation that belongs to the sentence around it."""
    if start and text[start : start + 1] == "-" and text[start - 1].isalnum():
        start += 1  # the hyphen of "ke-60", no minus
    while start < end and (text[start].isspace() or text[start] in EDGES + ".!?…") and not FRACTION.match(text, start):
        start += 1
    end = without_edges(text, start, end)
    if end > start and text[end - 1] in ".!?" and "." not in text[start : end - 1].rsplit(None, 1)[-1]:
        end = without_edges(text, start, end - 1)
    return start, end


def without_edges(text: str, start: int, end: int) -> int:
    """The range's end before white space and marks that stand between words."""
    while end > start and (text[end - 1].isspace() or text[end - 1] in EDGES):
        end -= 1
    return end


def unwrapped(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the pairs of marks that hold all of it.

    >>> unwrapped("(27/3)", 0, 6), unwrapped("(a) dan (b)", 0, 11), unwrapped('("ya")', 0, 6)
    ((1, 5), (0, 11), (2, 4))
    """
    while end - start > 2 and PAIRS.get(text[start]) == text[end - 1]:
        if any(mark in text[start + 1 : end - 1] for mark in (text[start], text[end - 1])):
            break
        start, end = start + 1, end - 1
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
