"""Measured inside: questions to the contenders, alternating, with what they answered."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from contender import Absent, Contender

ROOT = Path(__file__).parents[1]


def gold() -> list[dict[str, Any]]:
    """The questions about the sample article with their accepted answers."""
    file = ROOT / "tests" / "data" / "seed_questions.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def dev_questions(data: Path, count: int) -> list[str]:
    """Different questions about news."""
    out: list[str] = []
    for name in ("facqa_id", "idk_mrc_id", "squad2_en", "tydiqa_en"):
        with gzip.open(data / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            out += [json.loads(line)["question"] for line in file]
    return list(dict.fromkeys(out))[:count]


def token_f1(one: str, other: str) -> float:
    first, second = one.lower().replace(",", " ").split(), other.lower().replace(",", " ").split()
    shared = sum(min(first.count(word), second.count(word)) for word in set(first))
    return 2 * shared / max(1, len(first) + len(second))


def right(row: dict[str, Any], said: str | None) -> bool:
    """An accepted answer, or one that shares half of its words with it; none where there is none."""
    if not row["answers"] or not said:
        return not row["answers"] and not said
    return any(token_f1(said, answer) >= 0.5 for answer in row["answers"])


def warm(contenders: dict[str, Contender], folder: Path, count: int, rounds: int, absent: dict[str, str]) -> dict:
    """Seconds of each question, and how many of the sample's were answered rightly."""
    rows = gold()[:count]
    contenders = dict(contenders)
    for name, contender in list(contenders.items()):
        try:
            if name == "kutip":
                contender.call("open", library=str(folder / "library"))
            else:
                contender.call("index", corpus=str(folder / "units.jsonl"), vectors=str(folder / "vectors.npy"))
        except Absent as error:
            absent[name] = str(error)
            contenders.pop(name)
            print(f"  {error}", flush=True)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    reading: dict[str, list[float]] = {name: [] for name in contenders}
    said: dict[str, list[str | None]] = {name: [] for name in contenders}
    for turn in range(-1, rounds):  # the first one warms up
        for row in rows:
            passages, _ = contenders["kutip"].call("passages", question=row["question"])
            for name in list(contenders):
                try:
                    answer, seconds = contenders[name].call("ask", question=row["question"])
                    _, read = contenders[name].call("read", question=row["question"], passages=passages)
                except Absent as error:
                    absent[name] = str(error)
                    print(f"  {error}", flush=True)
                    for lost in (contenders, times, reading, said):
                        lost.pop(name)
                    continue
                if turn < 0:
                    said[name].append(answer)
                else:
                    times[name].append(seconds)
                    reading[name].append(read)
    scores = {name: sum(map(right, rows, answers)) for name, answers in said.items()}
    return {"seconds": times, "reading": reading, "right": scores, "of": len(rows), "answers": said}


def beside_bare(kutip: Contender, folder: Path, count: int, rounds: int) -> dict[str, list[float]]:
    """Whole answers and only the forward passes that they need, alternating."""
    kutip.call("open", library=str(folder / "library"))
    times: dict[str, list[float]] = {"answer": [], "bare": []}
    for turn in range(-1, rounds):
        for row in gold()[:count]:
            kutip.call("prepare", question=row["question"])
            _, bare = kutip.call("bare")
            _, whole = kutip.call("ask", question=row["question"])
            _, again = kutip.call("bare")
            if turn >= 0:
                times["answer"].append(whole)
                times["bare"].append((bare + again) / 2)
    return times


def indexing(contenders: dict[str, Contender], folder: Path, count: int, rounds: int) -> dict[str, list[float]]:
    """Sentences a second; another part of the news in each round."""
    sentences = []
    with (folder / "units.jsonl").open(encoding="utf-8") as file:
        for _, line in zip(range(count * (rounds + 1)), file, strict=False):
            sentences.append(json.loads(line)["sentence"])
    count = len(sentences) // (rounds + 1)
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, contender in contenders.items():
            done, seconds = contender.call("encode", texts=sentences[turn * count : (turn + 1) * count])
            if turn:
                rates[name].append(done / seconds)
    return rates


def together(kutip: Contender, folder: Path, questions: list[str], rounds: int) -> dict[str, list[float]]:
    """Questions a second, one by one and by `answer_batch`."""
    kutip.call("open", library=str(folder / "library"))
    rates: dict[str, list[float]] = {"one at a time": [], "answer_batch": []}
    for turn in range(-1, rounds):
        own = questions if turn >= 0 else questions[:4]
        alone = sum(kutip.call("ask", question=question)[1] for question in own)
        _, seconds = kutip.call("batch", questions=own)
        if turn >= 0:
            rates["one at a time"].append(len(own) / alone)
            rates["answer_batch"].append(len(own) / seconds)
    return rates


def quality(data: Path, limit: int) -> dict[str, Any]:
    """Means over the dev files, by the engine in use and by torch in float32, at one null threshold."""
    from processes import ENVIRONMENT, KUTIP

    files = [str(path) for path in sorted((data / "dev").glob("*.gz"))]
    out: dict[str, Any] = {}
    for name, engine in (("kutip", ["--engine", "auto"]), ("torch float32", ["--engine", "torch"])):
        means: dict[str, float] = {}
        for mode, extra, field in (
            ("reader", ["--threshold", "0.5"], "f1"),
            ("retrieval", [], "recall_at_5"),
        ):
            began = time.perf_counter()
            command = [*KUTIP, *engine, "evaluate", *files, "--mode", mode, *extra, "--limit", str(limit), "--json"]
            done = subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr[-500:])
            reports = [json.loads(line) for line in done.stdout.splitlines()]
            means[field] = sum(report[field] for report in reports) / len(reports)
            means[f"{mode} seconds"] = time.perf_counter() - began
        out[name] = means
    return out


if __name__ == "__main__":
    sys.exit("run benchmarks/bench.py")
