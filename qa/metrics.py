"""The field's measures of quotes, chances and rankings. Pure functions.

Exact match and F1 are those of SQuAD 2.0 (Rajpurkar et al. 2018, arXiv:1806.03822) with MLQA's rules for several
languages (Lewis et al. 2020, arXiv:1910.07475). These differ from SQuAD's own in two ways. Articles (a, an, the) are
dropped from English answers only: "a" and "an" are no articles in Indonesian. And what Unicode calls punctuation is
dropped, not only what ASCII has of it: a paper's “Hanoi” is as right as "Hanoi". English in ASCII is compared alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ENGLISH_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
BINS = 15


class Unmarked(dict[int, str | None]):
    """What `str.translate` makes of each character: punctuation goes, the rest stays; remembered as they come."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        mark = unicodedata.category(character).startswith("P") or character in "$+<=>^`|~"
        self[code] = kept = None if mark else character
        return kept


UNMARKED = Unmarked()


def normalize_answer(text: str, language: str = "") -> list[str]:
    """Lower-cased tokens without punctuation and, in English ("en"), without articles.

    >>> normalize_answer("The White House's", "en"), normalize_answer("28/2/2019, di Hanoi.", "id")
    (['white', 'houses'], ['2822019', 'di', 'hanoi'])
    >>> normalize_answer("“Perang Dunia” 1914–1918", "id")
    ['perang', 'dunia', '19141918']
    """
    text = text.lower().translate(UNMARKED)
    return (ENGLISH_ARTICLES.sub(" ", text) if language == "en" else text).split()


def exact_match(predicted: str, golds: Sequence[str], language: str = "") -> bool:
    """Whether the prediction is one of the gold answers; without any gold, whether it is empty."""
    guess = normalize_answer(predicted, language)
    return any(guess == normalize_answer(gold, language) for gold in golds or [""])


def f1(predicted: str, golds: Sequence[str], language: str = "") -> float:
    """Token F1 with the nearest of the gold answers, 0..1; an empty gold or prediction only matches another.

    >>> round(f1("sanksi terhadap Korea Utara", ["sanksi"]), 2)
    0.4
    """
    guess = normalize_answer(predicted, language)
    best = 0.0
    for gold in golds or [""]:
        wanted = normalize_answer(gold, language)
        shared = sum((Counter(guess) & Counter(wanted)).values())
        both = len(guess) + len(wanted)
        best = max(best, 2 * shared / both if guess and wanted else float(guess == wanted))
    return best


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The chance that a positive's score is higher than a negative's, ties counting half; None without both kinds.

    >>> auroc([3, 1, 2], [True, False, False]), auroc([1, 1], [True, False])
    (1.0, 0.5)
    """
    truth = np.array(positive, dtype=bool)
    count = int(truth.sum())
    if count in (0, len(truth)):
        return None
    _, first, times = np.unique(np.array(scores, dtype=float), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[first]
    return float((ranks[truth].sum() - count * (count + 1) / 2) / (count * (len(truth) - count)))


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Questions whose confidence lies in one bin: the mean confidence, and the share that was right."""

    confidence: float
    accuracy: float
    count: int


def reliability(chances: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[ReliabilityBin]:
    """Confidence against accuracy over bins of equal width, empty ones left out."""
    chance, truth = np.array(chances, dtype=float), np.array(right, dtype=float)
    where = np.minimum((chance * bins).astype(int), bins - 1)
    return [
        ReliabilityBin(float(chance[where == b].mean()), float(truth[where == b].mean()), int((where == b).sum()))
        for b in np.unique(where)
    ]


def expected_calibration_error(chances: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float | None:
    """The mean distance of confidence and accuracy over the bins, weighted by their size; None without questions.

    >>> round(expected_calibration_error([0.8, 0.8, 0.1], [True, False, False]), 3)
    0.233
    """
    if not len(chances):
        return None
    return sum(abs(b.confidence - b.accuracy) * b.count for b in reliability(chances, right, bins)) / len(chances)


def risk_coverage(chances: Sequence[float], right: Sequence[bool], steps: int = 10) -> list[tuple[float, float]]:
    """(coverage, risk): the share of wrong quotes among the surest 1/steps, 2/steps … of the questions.

    >>> risk_coverage([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 2)
    [(0.5, 0.0), (1.0, 0.5)]
    """
    order = np.argsort(-np.array(chances, dtype=float), kind="stable")
    wrong = ~np.array(right, dtype=bool)[order]
    ends = [round(len(wrong) * step / steps) for step in range(1, steps + 1)]
    return [(end / len(wrong), float(wrong[:end].mean())) for end in dict.fromkeys(ends) if end]


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """The share of questions whose first right passage stands among the first ``k``; ranks count from 1.

    >>> recall_at([1, 7, None, 2], 5)
    0.5
    """
    return sum(rank is not None and rank <= k for rank in ranks) / max(1, len(ranks))


def mean_reciprocal_rank(ranks: Sequence[int | None], k: int) -> float:
    """The mean of 1/rank of the first right passage, 0 beyond ``k``.

    >>> mean_reciprocal_rank([1, 2, None, 11], 10)
    0.375
    """
    return sum(1 / rank for rank in ranks if rank is not None and rank <= k) / max(1, len(ranks))
