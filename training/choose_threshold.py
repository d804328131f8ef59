"""Choose the one null threshold of a reader for all dev files, and write its dev table.

    python -m training.choose_threshold DATA models/reader

The threshold is that of the highest mean F1 over the files; of those that cannot be told from it the lowest, which
keeps silent least. It goes into `calibration.json`; the reports of
`kutip evaluate --mode reader` with it go into `dev.jsonl`. Run it before training.calibrate.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from qa.calibration import CALIBRATION_FILE, Calibration
from qa.datasets import read_examples
from qa.evaluation import read_contexts
from qa.judging import THRESHOLDS, Mode, Report, judged
from qa.reader import TransformersReader
from training.data import dev_files

TIE = 0.1  # F1, far below the noise of some 2,600 questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--limit", type=int, help="examples of each file")
    arguments = parser.parse_args()
    reader = TransformersReader(arguments.reader)
    read = {}
    for path in dev_files(arguments.data):
        examples = read_examples(path)[: arguments.limit]
        with tqdm(total=len(examples), desc=path.name, disable=None) as bar:
            read[path.name] = read_contexts(reader, examples, bar.update)
    tables = [
        {
            name: judged([replace(p, answered=p.margin > threshold) for p in predictions])
            for name, predictions in read.items()
        }
        for threshold in THRESHOLDS
    ]
    means = [float(np.mean([values["f1"] for values in table.values()])) for table in tables]
    best = next(at for at, mean in enumerate(means) if mean >= max(means) - TIE)
    path = arguments.reader / CALIBRATION_FILE
    plain = Calibration()
    kept = (
        json.loads(path.read_text(encoding="utf-8"))
        if path.exists()
        else {"weights": plain.weights, "bias": plain.bias, "answered_from": 0.5, "unsure_from": 0.25}
    )
    path.write_text(json.dumps(kept | {"null_threshold": float(THRESHOLDS[best])}, indent=2) + "\n", encoding="utf-8")
    with (arguments.reader / "dev.jsonl").open("w", encoding="utf-8") as out:
        for name, values in tables[best].items():
            report = Report(name, Mode.READER, len(read[name]), **values).to_dict()
            out.write(json.dumps(report) + "\n")
            print({key: value for key, value in report.items() if isinstance(value, (int, float, str))})
    print(f"null threshold {THRESHOLDS[best]}")


if __name__ == "__main__":
    main()
