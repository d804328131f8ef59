"""Read the project's data files: gzipped JSON lines, tab-separated parallel text."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa import datasets

REASONS = "reasons_id"  # the source of the why-questions that are made from news
UNMARKED = "unmarked_id"  # … that are made without a mark of the reason, or without the reason
TABLES = ("tables_id", "tables_en")  # … over tables that are made up, in either language
Row = dict[str, Any]
KEPT_BACK = 1000  # parallel pairs


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one context. ``answers`` are (start, end) characters; none means unanswerable."""

    id: str
    source: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of one JSON-lines file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def read_examples(path: Path) -> list[Example]:
    """The questions of one data file, checked: every answer is a slice of its context."""
    source = path.name.split(".")[0]
    return [
        Example(e.id, source, e.question, e.context, tuple((span.start, span.end) for span in e.answers))
        for e in datasets.read_examples(path)
    ]


def read_split(data: Path, split: str) -> dict[str, list[Example]]:
    """All files of ``train`` or ``dev``, by their names."""
    return {path.name.split(".")[0]: read_examples(path) for path in sorted((data / split).glob("*.jsonl.gz"))}


def dev_files(data: Path) -> list[Path]:
    """The files of dev questions; without any the program ends, saying so."""
    found = sorted((data / "dev").glob("*.jsonl.gz"))
    if not found:
        raise SystemExit(f"there is no {data / 'dev'}/*.jsonl.gz; name the data folder, whose dev folder has questions")
    return found


def read_parallel(data: Path) -> list[tuple[str, str]]:
    """All (English, Indonesian) pairs of the parallel corpora."""
    pairs = []
    for path in sorted((data / "parallel").glob("*.tsv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                english, indonesian = line.rstrip("\n").split("\t")[:2]
                pairs.append((english, indonesian))
    return pairs


def split_parallel(data: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The parallel pairs in a fixed random order: those to learn from, and a thousand kept back for checks."""
    pairs = list(dict.fromkeys(read_parallel(data)))
    random.Random(7).shuffle(pairs)
    kept_back = {english: (english, indonesian) for english, indonesian in pairs[:KEPT_BACK]}
    known = {side for pair in kept_back.values() for side in pair}
    return [pair for pair in pairs[KEPT_BACK:] if not known & set(pair)], list(kept_back.values())


def as_printed(text: str) -> str:
    """Tokenised text with its spaces as people write them, so that spacing does not tell the corpora apart."""
    text = re.sub(r" +([.,;:?!%)\]”])", r"\1", text)
    text = re.sub(r"([(\[“]) +", r"\1", text)
    return re.sub(r'" ([^"]*?) ?"', r'"\1"', text)


def read_articles(data: Path) -> list[str]:
    """The texts of the Indonesian news corpus."""
    return [as_printed(row["text"]) for row in read_rows(data / "corpus" / "indosum_id.jsonl.gz")]
