"""The dev table of a reader: exact match and F1 on each dev file, the given context alone.

    python -m training.evaluate_reader DATA models/reader

The scores follow SQuAD 2.0 (Rajpurkar et al. 2018), with English articles stripped from English answers
only. ``at_zero`` answers when the margin over "no answer" is positive, ``best`` at the one threshold for
all files that gives the highest mean F1. Writes `dev.json` beside the weights.
"""

from __future__ import annotations

import argparse
import json
import re
import string
import time
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from index.splitter import split_sentences
from qa.decoding import decode
from qa.reader import TransformersReader, use_threads
from qa.reasons import head_start
from training.data import Example, read_split

PUNCTUATION = str.maketrans("", "", string.punctuation)
THRESHOLDS = np.arange(-6, 6.25, 0.25)


def normalize(text: str, english: bool) -> list[str]:
    """SQuAD's normalisation, as tokens."""
    text = text.lower().translate(PUNCTUATION)
    return (re.sub(r"\b(a|an|the)\b", " ", text) if english else text).split()


def score(predicted: str, golds: list[str], english: bool) -> tuple[float, float]:
    """Exact match and token F1 with the best of the gold answers; "" is "no answer"."""
    best = (0.0, 0.0)
    guess = normalize(predicted, english)
    for gold in golds or [""]:
        wanted = normalize(gold, english)
        shared = sum(min(guess.count(word), wanted.count(word)) for word in set(guess))
        f1 = 2 * shared / (len(guess) + len(wanted)) if guess and wanted else float(guess == wanted)
        best = max(best, (float(guess == wanted), f1))
    return best


def predict(reader: TransformersReader, examples: list[Example], name: str) -> list[tuple[Example, str, float]]:
    """The best span and its margin for every example."""
    out = []
    for example in tqdm(examples, desc=name, disable=None):
        windows = reader.read(example.question, [example.context])
        found = decode(
            windows, [example.context], [split_sentences(example.context)], partial(head_start, example.question)
        )
        text = found[0].span.cut(example.context) if found else ""
        out.append((example, text, found[0].score if found else -99.0))
    return out


def auroc(margins: list[float], answerable: list[bool]) -> float:
    """The chance that an answerable question has the higher margin."""
    order = np.argsort(np.argsort(margins)) + 1
    positive = np.array(answerable)
    count = int(positive.sum())
    if count in (0, len(positive)):
        return float("nan")
    return float((order[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--limit", type=int, help="examples of each file")
    arguments = parser.parse_args()
    use_threads()
    reader = TransformersReader(arguments.reader)
    began = time.monotonic()
    table: dict[str, dict[str, object]] = {}
    scores: dict[str, np.ndarray] = {}
    for name, examples in read_split(arguments.data, "dev").items():
        english = name.endswith(("_en", "en_text"))
        rows = predict(reader, examples[: arguments.limit], name)
        golds = [[e.context[a:b] for a, b in e.answers] for e, _, _ in rows]
        at = np.array(
            [
                [
                    score(text if margin > t else "", gold, english)
                    for (_, text, margin), gold in zip(rows, golds, strict=True)
                ]
                for t in THRESHOLDS
            ]
        )
        scores[name] = at.mean(axis=1) * 100
        spans = [score(text, gold, english) for (_, text, _), gold in zip(rows, golds, strict=True) if gold]
        zero = scores[name][int(np.flatnonzero(THRESHOLDS == 0)[0])]
        table[name] = {
            "n": len(rows),
            "exact_match_at_zero": round(zero[0], 1),
            "f1_at_zero": round(zero[1], 1),
            "spans_of_answerable_em": round(100 * float(np.mean([em for em, _ in spans])), 1),
            "spans_of_answerable_f1": round(100 * float(np.mean([f1 for _, f1 in spans])), 1),
            "auroc": round(auroc([m for _, _, m in rows], [bool(g) for g in golds]), 3),
        }
    mean = np.mean([values[:, 1] for values in scores.values()], axis=0)
    best = int(mean.argmax())
    for name, values in scores.items():
        table[name] |= {"exact_match_best": round(values[best, 0], 1), "f1_best": round(values[best, 1], 1)}
    result = {
        "threshold": float(THRESHOLDS[best]),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "files": table,
    }
    text = json.dumps(result, indent=2).replace("NaN", "null")
    (arguments.reader / "dev.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
