"""From a reader's logits to answer spans. Pure numpy and strings.

A span's score is the sum of its start and end logits, each taken relative to the logit of its own
window's first token ("no answer"); so windows of any passage compare, and 0 is the score of "no answer"
for all of them together. Spans do not leave their sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from index.article import Span
from qa.metrics import normalize_answer
from qa.tidying import tidy

LONGEST_ANSWER = 48  # tokens
CANDIDATES = 20  # spans kept of each window
OF_EACH = 3  # of each sentence at least
CONTENDERS = 40  # of all windows together; the rest are too unlikely to have a say
HOPELESS = 20.0  # logits behind the best span: what passages' similarity and causes add does not reach so far
ROUNDING = 1e-6  # logits by which a bound may miss what it bounds
ALIKE = 0.7  # how much reading alike counts beside sharing words; measured, see docs/decisions.md
REMEMBERED = 1024  # quotes whose words are kept
DIGIT = re.compile(r"\d")
THOUSANDS, MARK_IN_NUMBER = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))"), re.compile(r"(?<=\d)[.,:/–-](?=\d)")


Place = tuple[str, int, int]  # a sentence's text, and the characters of it at which a span starts and ends


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
    known of it (`qa.ranking`) had no say. Those of each group begin at different tokens, and stand behind the others,
    group by group.

    ``start``, ``end`` (t,) logits; ``group`` (t,) the sentence of each token, −1 where no answer may stand.
    Both ends lie in one group and span at most ``longest`` tokens.

    >>> best_spans(np.array([0, 3, 1.0]), np.array([2, 0, 2.0]), np.array([0, 0, 0]), 2, 1)
    [(1, 2, 5.0)]
    """
    tokens, longest = len(start), min(longest, len(start))
    if not tokens:
        return []
    behind = np.full((2, tokens + longest - 1), -np.inf, dtype=np.float32)
    behind[:, :tokens] = end, group
    ends, groups = sliding_window_view(behind, longest, axis=1)  # (t, longest): row i has those of token i and on
    own = np.where(group >= 0, group, np.nan).astype(np.float32)  # no number equals nan
    scores = np.where(groups == own[:, None], start[:, None] + ends, -np.inf)
    lasts = scores.argmax(axis=1)
    best = scores[np.arange(tokens), lasts]  # of those that begin at each token
    order = np.argsort(-best, kind="stable")[: int(np.isfinite(best).sum())]
    leading = order[:k]  # no span of another beginning is among the k best
    flat = scores[leading].ravel()
    k = min(k, int(np.isfinite(flat).sum()))
    if k == 0:
        return []
    top = np.argpartition(-flat, k - 1)[:k]
    top = top[np.argsort(-flat[top], kind="stable")]
    firsts, ahead = leading[top // longest], top % longest
    found = list(zip(firsts.tolist(), (firsts + ahead).tolist(), flat[top].tolist(), strict=True))
    if of_each:
        order = order[np.argsort(group[order], kind="stable")]  # group by group, the best first
        within = np.arange(len(order)) - np.searchsorted(group[order], group[order])
        firsts = order[within < of_each]
        found += zip(firsts.tolist(), (firsts + lasts[firsts]).tolist(), best[firsts].tolist(), strict=True)
    return list(dict.fromkeys(found))


def quotes_in(
    windows: Sequence[WindowLogits], texts: Sequence[str], sentences: Sequence[Sequence[Span]]
) -> list[Quote]:
    """The best spans of each window and of each sentence, tidied, but for those that are hopeless beside the best.

    ``texts[p]`` is the text of passage ``p``, ``sentences[p]`` its sentences as spans of that text.
    """
    groups = [sentence_of(w.offsets, w.context, sentences[w.passage]) for w in windows]
    best = [
        best_spans(w.start, w.end, group, LONGEST_ANSWER, CANDIDATES, OF_EACH)
        for w, group in zip(windows, groups, strict=True)
    ]
    bar = max((own[0][2] for own in best if own), default=0.0) - HOPELESS
    found = []
    for window, group, spans in zip(windows, groups, best, strict=True):
        text, own = texts[window.passage], sentences[window.passage]
        for first, last, score in spans:
            if score < bar:
                continue
            begins, ends = int(window.offsets[first, 0]), int(window.offsets[last, 1])
            if ends <= begins:  # from one naming of a row to another
                continue
            raw = Span(begins, ends)
            sentence = own[int(group[first])]
            span = tidy(text, raw, sentence)
            if span is not None:
                found.append(Quote(window.passage, span, sentence, score))
    return found


Prior = Callable[[int, str], float]


def no_prior(_passage: int, _sentence: str) -> float:
    """Nothing is known of a sentence but what the reader says."""
    return 0.0


class Contest:
    """All quotes for one question, and the best answers among those that were added so far.

    A quote's final score is the logarithm of all quotes' odds, each times its `agreement` with the quote: so places
    that agree support each other, and a span within or around many likely ones goes before one that stands alone
    (the answer of least Bayes risk: Kumar & Byrne 2004, N04-1022, with the field's measures of answers for the loss).
    Of variants of one answer (overlapping by half, or reading alike) the best one stays. ``prior`` gives logits to add
    for the passage and the text of the sentence in which an answer stands.
    """

    def __init__(self, texts: Sequence[str], prior: Prior = no_prior) -> None:
        """``texts[p]`` is the text of passage ``p``."""
        self.texts = texts
        self.prior = cache(prior)  # one sentence has many quotes
        self._found: dict[Place, tuple[float, int, Span]] = {}  # neighbouring passages share sentences

    def add(self, quotes: Iterable[Quote]) -> None:
        """Quotes that were not added before."""
        for quote in quotes:
            around, before = quote.sentence.cut(self.texts[quote.passage]), quote.sentence.start
            place = (around, quote.span.start - before, quote.span.end - before)
            scored = (quote.score + self.prior(quote.passage, around), quote.passage, quote.span)
            self._found[place] = max(scored, self._found.get(place, scored))

    def reaches(self, score: float) -> bool:
        """Whether the best answer has at least this score; told by less than all of `answers` where that is enough."""
        if not self._found:
            return False
        scores = np.array([own for own, _, _ in self._found.values()])
        top = float(scores.max())  # which its own odds alone give
        if top >= score:
            return True
        most = top + float(np.log(np.exp(scores - top).sum()))  # if all agreed
        return most + ROUNDING >= score and self.answers(1)[0].score >= score

    def answers(self, k: int = CANDIDATES) -> list[Candidate]:
        """The ``k`` best answers, best first, without two that say the same."""
        contenders = sorted(self._found.items(), key=lambda item: (-item[1][0], item[1][1:]))[:CONTENDERS]
        if not contenders:
            return []
        top = contenders[0][1][0]
        odds = np.exp(np.array([score for _, (score, _, _) in contenders]) - top)
        said = [sentence[start:end] for (sentence, start, end), _ in contenders]
        support = top + np.log(agreement(said) @ odds)
        answers: list[Candidate] = []
        taken: dict[str, list[Place]] = {}  # of each sentence
        read: set[str] = set()  # the answers' texts
        for at in np.argsort(-support, kind="stable").tolist():
            place, (_, passage, span) = contenders[at]
            beside, reading = taken.setdefault(place[0], []), said[at].casefold()
            if reading not in read and not any(same_place(other, place) for other in beside):
                answers.append(Candidate(passage, span, float(support[at])))
                beside.append(place)
                read.add(reading)
                if len(answers) == k:
                    break
        return answers


def merge(quotes: Iterable[Quote], texts: Sequence[str], prior: Prior = no_prior) -> list[Candidate]:
    """The best answers among all quotes, best first, without two that say the same; see `Contest`."""
    contest = Contest(texts, prior)
    contest.add(quotes)
    return contest.answers()


def agreement(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """How far each two of the ``n`` answers say the same, (n, n) 0..1: ALIKE for reading alike, the rest by token F1.

    >>> agreement(["Hanoi", "hanoi!", "Hanoi, Vietnam", "Singapura"])[0].round(2).tolist()
    [1.0, 1.0, 0.2, 0.0]
    """
    tokens = [words_of(text) for text in texts]
    words = {word: at for at, word in enumerate(dict.fromkeys(chain.from_iterable(tokens)))}
    width = max(1, len(words))
    said = [row * width + words[word] for row, own in enumerate(tokens) for word in own]
    counts = np.bincount(np.array(said, dtype=np.int64), minlength=len(texts) * width).reshape(len(texts), width)
    # The lesser of two counts is how often both reach one, two, …: products of matrices instead of n² rows.
    reached = [(counts >= times).astype(np.float64) for times in range(1, int(counts.max(initial=0)) + 1)]
    shared = sum((own @ own.T for own in reached), np.zeros((len(texts), len(texts))))
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
    if DIGIT.search(text):
        text = MARK_IN_NUMBER.sub("x", THOUSANDS.sub("", text))
    return tuple(normalize_answer(text))


def same_place(one: Place, other: Place) -> bool:
    """Whether two places in one sentence share at least half of the shorter one.

    >>> same_place(("di Hanoi, Vietnam", 3, 17), ("di Hanoi, Vietnam", 3, 8))
    True
    """
    (_, start, end), (_, other_start, other_end) = one, other
    shared = min(end, other_end) - max(start, other_start)
    return shared > 0 and 2 * shared >= min(end - start, other_end - other_start)


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
