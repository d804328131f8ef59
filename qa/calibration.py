"""From a reader's margin to a chance: how often quotes like this one were right on the development data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelError
from qa.answers import Status

CALIBRATION_FILE = "calibration.json"
DIRECTIONS = (("en", "en"), ("en", "id"), ("id", "en"))  # told apart from Indonesian on Indonesian, and from unknown


@dataclass(frozen=True, slots=True)
class Features:
    """What is known about the best candidate of one question.

    ``margin``: its score over "no answer", in logits; ``lead``: its score over the next candidate;
    ``similarity``: the cosine of question and passage; ``asked_in`` and ``language``: ISO 639-1 codes of the
    question and of the passage, "" when unknown; ``articles``: how many were searched, as among many more looks
    right by chance; ``named``: the share of the question's names and numbers that the article has (`qa.names`);
    ``said``: the share of its content words, names among them, that stand in the quote's sentence as they are asked.
    """

    margin: float
    lead: float
    similarity: float
    asked_in: str
    language: str
    articles: int
    named: float
    said: float

    def vector(self) -> tuple[float, ...]:
        """The numbers that the logistic model weighs; margins are bounded, as beyond them nothing changes.

        Where the lead is small, a large margin says less: that something is an answer, and hardly which.
        """
        margin = max(-20.0, min(20.0, self.margin))
        lead = max(0.0, min(10.0, self.lead))
        contested = max(0.0, margin) * math.log1p(math.exp(-lead))
        direction = (float((self.asked_in, self.language) == other) for other in DIRECTIONS)
        searched = math.log10(max(1, self.articles))
        said = self.said if self.asked_in == self.language else 0.0  # an article says it in words of its own language
        return (margin, lead, self.similarity, *direction, searched, self.named, contested, said)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model over `Features`, and where the states begin.

    ``null_threshold``, in logits, is where a reader without the rest of the pipeline best begins to answer.
    """

    weights: tuple[float, ...] = (0.4, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    bias: float = 0.0
    answered_from: float = 0.5
    unsure_from: float = 0.25
    null_threshold: float = 0.0

    def confidence(self, features: Features) -> float:
        """The chance that the candidate is right, 0..1."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, features.vector(), strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))

    def status(self, confidence: float) -> Status:
        """What to say at that confidence."""
        if confidence >= self.answered_from:
            return Status.ANSWERED
        return Status.UNSURE if confidence >= self.unsure_from else Status.NOT_IN_ARTICLES

    @classmethod
    def of_model(cls, folder: str | Path) -> Calibration:
        """The calibration that lies beside a reader's weights; a plain one where there is none."""
        path = Path(folder) / CALIBRATION_FILE
        if not path.is_file():
            return cls()
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            weights = tuple(float(w) for w in stored["weights"])
            if len(weights) != len(Features(0, 0, 0, "", "", 1, 1, 1).vector()):
                raise ValueError(f"{len(weights)} weights")
            numbers = (float(stored[name]) for name in ("bias", "answered_from", "unsure_from", "null_threshold"))
            return cls(weights, *numbers)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path} is damaged ({error}); install kutip again, or fit it again") from error


def fit(features: Sequence[Features], right: Sequence[bool], ridge: float = 1.0) -> tuple[tuple[float, ...], float]:
    """Weights and bias of the logistic model, by Newton's method with a small ridge on the weights."""
    import numpy as np

    x = np.array([[*f.vector(), 1.0] for f in features])
    y = np.array(right, dtype=np.float64)
    penalty = np.diag([ridge] * (x.shape[1] - 1) + [1e-9])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (p - y) + penalty @ beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-9:
            break
    return tuple(float(b) for b in beta[:-1]), float(beta[-1])
