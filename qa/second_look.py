"""Read the likeliest sentences once more, each alone, and quote what holds in both readings.

Among its neighbours a sentence is understood; alone nothing near it can pass for an answer. The mean of both
readings' logits finds the right span and "no answer" more often than either (docs/decisions.md): test-time
augmentation, with the window for the transformation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.article import Span
from qa.decoding import Candidate, Quote, WindowLogits, quotes_in
from qa.readable import Readable
from qa.reader import Reader

SENTENCES = 2  # read again at the most
NEAR = 2.0  # logits behind the best candidate within which a sentence is read again
ALONE = 0.5  # the second reading's share; measured, see docs/decisions.md


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for one question: its passages, their logits and quotes."""

    question: str
    passages: Sequence[Readable]
    windows: Sequence[WindowLogits]
    quotes: Sequence[Quote]


def look_again(
    reader: Reader, readings: Sequence[Reading], ranked: Sequence[Sequence[Candidate]]
) -> list[Sequence[Quote]]:
    """The quotes of each reading, those of its likeliest sentences from both readings; all are read together.

    ``ranked`` are the candidates of each, best first.
    """
    chosen = [likeliest(reading, own) for reading, own in zip(readings, ranked, strict=True)]
    if not any(chosen):
        return [reading.quotes for reading in readings]
    seen = reader.read_many([(reading.question, own) for reading, own in zip(readings, chosen, strict=True)])
    return [
        quotes_of_both(reading, {text: [w for w in own if w.passage == at] for at, text in enumerate(texts)})
        for reading, texts, own in zip(readings, chosen, seen, strict=True)
    ]


def likeliest(reading: Reading, ranked: Sequence[Candidate]) -> list[str]:
    """The sentences of the best candidates, or what their cells say; none that makes up its passage, since it was read
    alone already."""
    found: list[str] = []
    for candidate in ranked:
        if candidate.score < ranked[0].score - NEAR or len(found) == SENTENCES:
            break
        passage = reading.passages[candidate.passage]
        text = passage.alone(next(unit for unit in passage.units if unit.contains(candidate.span)))
        if text is not None and text != passage.to_read.strip() and text not in found:
            found.append(text)
    return found


def quotes_of_both(reading: Reading, alone: dict[str, list[WindowLogits]]) -> Sequence[Quote]:
    """The reading's quotes, those in the sentences that were read ``alone``, by their text, decoded anew."""
    if not alone:
        return reading.quotes
    again = [[unit for unit in passage.units if passage.alone(unit) in alone] for passage in reading.passages]
    windows = []
    for window in reading.windows:
        passage = reading.passages[window.passage]
        if not again[window.passage]:
            continue
        for unit in again[window.passage]:
            seen = [passage.placed_alone(own, unit) for own in alone[passage.alone(unit) or ""]]
            window = blended(window, seen, unit)
        windows.append(window)
    kept = [quote for quote in reading.quotes if quote.sentence not in again[quote.passage]]
    return kept + quotes_in(windows, [passage.text for passage in reading.passages], again)


def blended(window: WindowLogits, alone: Sequence[WindowLogits], sentence: Span) -> WindowLogits:
    """The window with its ``sentence``'s tokens' logits averaged with those that they have ``alone``.

    Tokens are matched by the character at which they end; those that were cut differently keep their logits.
    """
    start, end = window.start.copy(), window.end.copy()
    ends = window.offsets[:, 1]
    inside = np.flatnonzero(window.context & (ends > sentence.start) & (ends <= sentence.end))
    for other in alone:
        rows = np.flatnonzero(
            other.context & (other.offsets[:, 1] > sentence.start) & (other.offsets[:, 1] <= sentence.end)
        )
        theirs = other.offsets[rows, 1]
        at = np.minimum(np.searchsorted(theirs, ends[inside]), len(rows) - 1)
        same = theirs[at] == ends[inside] if len(rows) else np.zeros(len(inside), dtype=np.bool_)
        mine, its = inside[same], rows[at[same]]
        start[mine] += ALONE * (other.start[its] - start[mine])
        end[mine] += ALONE * (other.end[its] - end[mine])
        inside = inside[~same]  # a long sentence is read in windows that overlap
    return replace(window, start=start, end=end)
