"""From predictions to a report: how right the quotes are, how well ranked, and how honest their confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np

from qa.datasets import Example
from qa.metrics import (
    ReliabilityBin,
    auroc,
    exact_match,
    expected_calibration_error,
    f1,
    mean_reciprocal_rank,
    recall_at,
    reliability,
    risk_coverage,
)

RIGHT_FROM = 0.5  # token F1 from which a quote counts as right, as in the calibration
THRESHOLDS = np.arange(-8, 8.25, 0.25)  # logits, for the best threshold of a file


class Mode(StrEnum):
    """What is measured."""

    READER = "reader"
    RETRIEVAL = "retrieval"
    END_TO_END = "end-to-end"


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best quote for one example whatever its chance, "" without any; whether it was given as the answer."""

    example: Example
    quote: str
    margin: float
    confidence: float
    answered: bool

    @property
    def right(self) -> bool:
        """Whether the quote is a gold answer, or near enough to one."""
        return bool(self.example.answers) and self.span_f1 >= RIGHT_FROM

    @property
    def span_f1(self) -> float:
        """Token F1 of the quote, whether it was given or not."""
        return f1(self.quote, self.example.golds, language_of(self.example.context))


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured on one file; None for what the mode does not measure.

    Matches, accuracies and recalls are percentages; ``auroc``, ``ece`` and ``mrr_at_10`` are 0..1.
    ``span_*`` judge the best quote of the answerable questions, given as the answer or not; ``best_*`` hold at
    the file's own best threshold on the margin.
    """

    file: str
    mode: Mode
    n: int
    exact_match: float | None = None
    f1: float | None = None
    has_answer_f1: float | None = None
    no_answer_accuracy: float | None = None
    auroc: float | None = None
    ece: float | None = None
    recall_at_1: float | None = None
    recall_at_5: float | None = None
    recall_at_20: float | None = None
    mrr_at_10: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    span_exact_match: float | None = None
    span_f1: float | None = None
    best_threshold: float | None = None
    best_exact_match: float | None = None
    best_f1: float | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    risk_coverage: tuple[tuple[float, float], ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers of four decimals, ready for JSON."""
        return {key: rounded(value) for key, value in asdict(self).items()}


def judged(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """The quotes' part of a report."""
    answerable = np.array([bool(p.example.answers) for p in predictions])
    margins = np.array([p.margin for p in predictions])
    span = np.array(
        [
            (exact_match(p.quote, p.example.golds, language_of(p.example.context)), p.span_f1) if gold else (0.0, 0.0)
            for p, gold in zip(predictions, answerable, strict=True)
        ]
    )

    def scored(given: Any) -> Any:
        """(n, 2) exact match and F1 when the quotes are given where ``given`` says so."""
        return np.where(answerable[:, None], span * given[:, None], ~given[:, None])

    given = np.array([p.answered for p in predictions])
    at = scored(given)
    by_threshold = np.array([scored(margins > t).mean(axis=0) for t in THRESHOLDS])  # (t, 2)
    best = int(by_threshold.sum(axis=1).argmax())
    chances, right = [p.confidence for p in predictions], [p.right for p in predictions]
    return {
        "exact_match": 100 * float(at[:, 0].mean()),
        "f1": 100 * float(at[:, 1].mean()),
        "has_answer_f1": 100 * float(at[answerable, 1].mean()) if answerable.any() else None,
        "no_answer_accuracy": 100 * float(at[~answerable, 0].mean()) if not answerable.all() else None,
        "auroc": auroc(margins.tolist(), answerable.tolist()),
        "ece": expected_calibration_error(chances, right),
        "span_exact_match": 100 * float(span[answerable, 0].mean()) if answerable.any() else None,
        "span_f1": 100 * float(span[answerable, 1].mean()) if answerable.any() else None,
        "best_threshold": float(THRESHOLDS[best]),
        "best_exact_match": 100 * float(by_threshold[best, 0]),
        "best_f1": 100 * float(by_threshold[best, 1]),
        "reliability": tuple(reliability(chances, right)),
        "risk_coverage": tuple(risk_coverage(chances, right)),
    }


def judged_ranking(ranks: Sequence[int | None], depths: Sequence[int]) -> dict[str, Any]:
    """The ranking's part of a report; nothing where no question has an answer to be found."""
    if not ranks:
        return {}
    recalls = {f"recall_at_{k}": 100 * recall_at(ranks, k) for k in depths}
    return {**recalls, "mrr_at_10": mean_reciprocal_rank(ranks, 10)}


def rounded(value: Any) -> Any:
    """Floats to four decimals, however deep they lie."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, (tuple, list)):
        return [rounded(item) for item in value]
    return {key: rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def in_words(report: Report) -> str:
    """A report for a terminal, with its reliability curve."""
    plain = report.to_dict()
    curve, coverage = plain.pop("reliability"), plain.pop("risk_coverage")
    lines = [f"{plain.pop('file')} ({plain.pop('mode')}, {plain.pop('n')} questions)"]
    lines += [f"  {key.replace('_', ' '):<20}{value:>9}" for key, value in plain.items() if value is not None]
    if curve:
        lines.append("  confidence   right   questions")
        for point in curve:
            shown = "█" * round(20 * point["accuracy"])
            lines.append(f"  {point['confidence']:>10.0%} {point['accuracy']:>7.0%} {point['count']:>11}  {shown}")
        lines.append("  wrong among the surest: " + ", ".join(f"{c:.0%} {risk:.0%}" for c, risk in coverage))
    return "\n".join(lines)


@cache
def language_of(text: str) -> str:
    """The language, "en" or "id", that a text looks more like."""
    import py3langid

    # Not by set_languages, which would hold for everything else in the process, too.
    return next(str(language) for language, _ in py3langid.rank(text) if language in ("en", "id"))
