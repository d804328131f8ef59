"""Fit `calibration.json`: the chance that the best quote is right, measured end to end on the dev files.

    python -m training.calibrate DATA models/reader --seen build/seen.jsonl

Every dev question is put to a library of its file's contexts among news articles of the corpus, and once more
to a library of its own context alone. A quote is right when its token F1 with a gold answer is at least a half;
a question that its context does not answer has no right quote. What was found for each question is kept in ``--seen``,
so that a run that was stopped goes on, and a new fit takes seconds.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from index.article import Article
from index.encoder import SentenceEncoder
from index.library import Library
from qa.calibration import CALIBRATION_FILE, Calibration, Features, fit
from qa.datasets import Example, read_corpus, read_examples
from qa.evaluation import pooled, rank_of
from qa.judging import RIGHT_FROM, language_of
from qa.metrics import expected_calibration_error, f1, reliability
from qa.ranking import features_of
from qa.reader import TransformersReader
from qa.reading import read_enough
from qa.retriever import retrieve
from training.data import as_printed, dev_files
from training.plot import reliability_svg

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One question as the pipeline met it: what is known of its best quote, and whether that is right.

    ``features`` None: there was no quote at all. ``many`` tells the large library from the context alone, ``found``
    whether a passage holds a gold answer.
    """

    file: str
    id: str
    many: bool
    features: Features | None
    right: bool
    answerable: bool
    found: bool

    @property
    def direction(self) -> str:
        return self.file.removesuffix(".jsonl.gz") if self.file.startswith("cross") else self.file.split(".")[0][-2:]


def observe(library: Library, reader: TransformersReader, example: Example, file: str, many: bool) -> Row:
    """What the pipeline finds for a question."""
    (found,) = retrieve(library, [example.question])
    (candidates,) = read_enough(reader, [(example.question, found.passages)])
    right = False
    if candidates and example.answers:
        quote = candidates[0].span.cut(found.passages[candidates[0].passage].text)
        right = f1(quote, example.golds, language_of(example.context)) >= RIGHT_FROM
    answerable = bool(example.answers)
    return Row(
        file,
        example.id,
        many,
        features_of(example.question, candidates, found, len(library)),
        right,
        answerable,
        answerable and rank_of(example, found.passages) is not None,
    )


def row_from(line: str) -> Row:
    """A row as it was kept."""
    values = json.loads(line)
    features = values.pop("features")
    return Row(features=None if features is None else Features(**features), **values)


def collect(arguments: argparse.Namespace) -> list[Row]:
    """What was found for every question, by an earlier run or now."""
    kept: list[Row] = []
    if arguments.seen.exists():
        kept = [row_from(line) for line in arguments.seen.read_text(encoding="utf-8").splitlines()]
    done = {(row.file, row.id, row.many) for row in kept}
    rng = random.Random(7)
    reader = TransformersReader(arguments.reader)
    arguments.seen.parent.mkdir(parents=True, exist_ok=True)
    asked = {path.name: read_examples(path) for path in dev_files(arguments.data)}
    asked = {name: rng.sample(all_, min(arguments.per_file, len(all_))) for name, all_ in asked.items()}
    if all((name, e.id, many) in done for name, own in asked.items() for e in own for many in (False, True)):
        return kept
    corpus = read_corpus(arguments.data / "corpus" / "indosum_id.jsonl.gz")
    news = [Article.from_text(as_printed(a.text)) for a in rng.sample(corpus, arguments.distractors)]
    encoder = SentenceEncoder(arguments.encoder)
    with Library.in_memory(encoder) as library, arguments.seen.open("a", encoding="utf-8") as out:
        with tqdm(desc="indexing", unit=" sentences", disable=None) as bar:
            library.add(news, bar.update)
        for name, examples in asked.items():
            added = library.add(pooled(examples)).added
            for example in tqdm(examples, desc=name, disable=None):
                for many in (True, False):
                    if (name, example.id, many) in done:
                        continue
                    if many:
                        row = observe(library, reader, example, name, many)
                    else:
                        with Library.in_memory(encoder) as alone:
                            alone.add([Article.from_text(example.context)])
                            row = observe(alone, reader, example, name, many)
                    kept.append(row)
                    out.write(json.dumps(asdict(row)) + "\n")
                    out.flush()
            library.remove(added)
    return kept


def held_out(rows: Sequence[Row]) -> list[float]:
    """Each row's confidence by a calibration that was fitted without its question."""
    ids = sorted({(row.file, row.id) for row in rows})
    random.Random(7).shuffle(ids)
    fold = {key: i % FOLDS for i, key in enumerate(ids)}
    chances = [0.0] * len(rows)
    for one in range(FOLDS):
        others = [row for row in rows if fold[row.file, row.id] != one]
        trial = Calibration(*fit([row.features for row in others], [row.right for row in others]))
        for i, row in enumerate(rows):
            if fold[row.file, row.id] == one:
                chances[i] = trial.confidence(row.features)
    return chances


def share(values: Sequence[bool]) -> float | None:
    return round(float(np.mean(values)), 3) if len(values) else None


def figures(rows: Sequence[Row], chances: Sequence[float]) -> dict[str, Any]:
    """What the model card says of the calibration."""
    pairs = list(zip(rows, chances, strict=True))

    def ece(chosen: Sequence[tuple[Row, float]]) -> float | None:
        value = expected_calibration_error([c for _, c in chosen], [r.right for r, _ in chosen])
        return None if value is None else round(value, 4)

    def at(threshold: float, chosen: Sequence[tuple[Row, float]]) -> dict[str, float | None]:
        return {
            "unanswerable_answered": share([c >= threshold for r, c in chosen if not r.answerable]),
            "found_answerable_answered": share([c >= threshold for r, c in chosen if r.found]),
            "right_kept": share([c >= threshold for r, c in chosen if r.right]),
            "right_of_answered": share([r.right for r, c in chosen if c >= threshold]),
        }

    directions = sorted({row.direction for row in rows})
    groups = sorted({(row.file, row.many) for row in rows})
    many = [(r, c) for r, c in pairs if r.many]
    return {
        "rows": len(rows),
        "ece": ece(pairs),
        "ece_by_direction": {d: ece([(r, c) for r, c in pairs if r.direction == d]) for d in directions},
        "ece_by_direction_many": {d: ece([(r, c) for r, c in many if r.direction == d]) for d in directions},
        "right": {
            f"{file.split('.')[0]}, {'many' if size else 'one'}": share(
                [r.right for r in rows if (r.file, r.many) == (file, size) and r.answerable]
            )
            for file, size in groups
        },
        "thresholds": {str(t): at(t, pairs) for t in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)},
        "thresholds_many": {str(t): at(t, many) for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)},
        "reliability": [
            {key: round(value, 3) for key, value in asdict(point).items()}
            for point in reliability(list(chances), [row.right for row in rows])
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--encoder", type=Path)
    parser.add_argument("--seen", type=Path, required=True, help="what was found, kept between runs")
    parser.add_argument("--per-file", type=int, default=200)
    parser.add_argument("--distractors", type=int, default=1500)
    parser.add_argument("--answered-from", type=float, default=0.5)
    parser.add_argument("--unsure-from", type=float, default=0.1)
    arguments = parser.parse_args()
    rows = [row for row in collect(arguments) if row.features is not None]
    chances = held_out(rows)
    weights, bias = fit([row.features for row in rows], [row.right for row in rows])
    path = arguments.reader / CALIBRATION_FILE
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    result = {
        "weights": [round(w, 5) for w in weights],
        "bias": round(bias, 5),
        "answered_from": arguments.answered_from,
        "unsure_from": arguments.unsure_from,
        "null_threshold": before.get("null_threshold", 0.0),
        "measured": figures(rows, chances),
    }
    text = json.dumps(result, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    curve = reliability_svg(reliability(chances, [row.right for row in rows]), f"Dev, held out: {len(rows)} questions")
    (arguments.reader / "reliability.svg").write_text(curve, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
