"""Fit `calibration.json`: the chance that the best quote is right, measured end to end on the dev files.

    python -m training.calibrate DATA models/reader --library build/calibration

The dev contexts and news articles of the corpus as distractors make one library; every dev question is
put to it, and once more to a library of its own context alone. A quote is right when its token F1 with a
gold answer is at least a half; a question that its context does not answer has no right quote.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from tqdm import tqdm

from index.article import Article
from index.encoder import SentenceEncoder
from index.library import Library
from qa.calibration import CALIBRATION_FILE, Calibration, Features, fit
from qa.pipeline import candidates_of, features_of
from qa.reader import TransformersReader, use_threads
from qa.retriever import retrieve
from training.data import Example, read_articles, read_split
from training.evaluate_reader import score


def expected_calibration_error(chances: list[float], right: list[bool], bins: int = 15) -> float:
    """The mean distance between confidence and accuracy over equal-width bins, weighted by their size."""
    where = np.minimum((np.array(chances) * bins).astype(int), bins - 1)
    truth, chance = np.array(right, dtype=float), np.array(chances)
    return float(sum(abs(truth[where == b].sum() - chance[where == b].sum()) for b in range(bins)) / len(chances))


def ask(library: Library, reader: TransformersReader, example: Example) -> tuple[Features, bool] | None:
    """What the pipeline sees of a question's best quote, and whether that is right."""
    (found,) = retrieve(library, [example.question])
    passages = [passage.text for passage in found.passages]
    windows = reader.read(example.question, passages)
    candidates = candidates_of(windows, found.passages, example.question)
    features = features_of(candidates, found, len(library))
    if features is None:
        return None
    golds = [example.context[a:b] for a, b in example.answers]
    quote = candidates[0].span.cut(passages[candidates[0].passage])
    return features, bool(golds) and score(quote, golds, example.source.endswith(("_en", "en_text")))[1] >= 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--library", type=Path, required=True, help="where the library is kept between runs")
    parser.add_argument("--per-file", type=int, default=120)
    parser.add_argument("--distractors", type=int, default=150)
    arguments = parser.parse_args()
    use_threads()
    rng = random.Random(7)
    chosen = [
        (name, example)
        for name, examples in read_split(arguments.data, "dev").items()
        for example in rng.sample(examples, min(arguments.per_file, len(examples)))
    ]
    reader = TransformersReader(arguments.reader)
    rows: list[tuple[str, Features, bool, bool]] = []
    with Library.open(arguments.library, SentenceEncoder()) as library:
        texts = [example.context for _, example in chosen]
        texts += rng.sample(read_articles(arguments.data), arguments.distractors)
        with tqdm(desc="indexing", disable=None) as bar:
            library.add([Article.from_text(text) for text in texts], bar.update)
        for name, example in tqdm(chosen, desc="asking", disable=None):
            with Library.in_memory(library.encoder) as alone:
                alone.add([Article.from_text(example.context)])
                for asked in (library, alone):
                    row = ask(asked, reader, example)
                    if row is not None:
                        size = "many" if asked is library else "one"
                        rows.append((f"{name}, {size}", *row, bool(example.answers)))
        articles = len(library)
    # Fitted on one half and measured on the other, then fitted on all.
    rng.shuffle(rows)
    halves = rows[::2], rows[1::2]
    held: list[tuple[str, float, bool, bool]] = []
    for fitted, measured in (halves, halves[::-1]):
        trial = Calibration(*fit([f for _, f, _, _ in fitted], [r for _, _, r, _ in fitted]))
        held += [(name, trial.confidence(f), r, a) for name, f, r, a in measured]
    weights, bias = fit([f for _, f, _, _ in rows], [r for _, _, r, _ in rows])
    chances, right = [c for _, c, _, _ in held], [r for _, _, r, _ in held]
    curve = {}
    for threshold in (0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6):
        curve[str(threshold)] = {
            "unanswerable_answered": round(float(np.mean([c >= threshold for _, c, _, a in held if not a])), 3),
            "right_kept": round(float(np.mean([c >= threshold for _, c, r, _ in held if r])), 3),
            "right_of_answered": round(float(np.mean([r for _, c, r, _ in held if c >= threshold])), 3),
        }
    files = sorted({name for name, *_ in held})
    result = {
        "weights": [round(w, 5) for w in weights],
        "bias": round(bias, 5),
        "answered_from": 0.5,
        "unsure_from": 0.1,  # low: what is unsure is shown as such, with its chance; see the model card
        "measured": {
            "questions": len(rows),
            "articles": articles,
            "ece": round(expected_calibration_error(chances, right), 4),
            "ece_by_file": {
                f: round(
                    expected_calibration_error(
                        [c for n, c, _, _ in held if n == f], [r for n, _, r, _ in held if n == f]
                    ),
                    4,
                )
                for f in files
            },
            "right_by_file": {f: round(float(np.mean([r for n, _, r, a in held if n == f and a])), 3) for f in files},
            "thresholds": curve,
        },
    }
    text = json.dumps(result, indent=2)
    (arguments.reader / CALIBRATION_FILE).write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
