"""kutip beside the plain script, alternating in one run: ratios of medians, with answers beside them.

python benchmarks/speed.py DATA [--articles 200] [--rounds 5]      (make bench)
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
QUESTIONS = [
    "Why did the talks fail?",
    "Siapa juru bicara Gedung Putih?",
    "Kapan Trump tiba di Hanoi?",
    "Where was the first summit held?",
    "Pukul berapa konferensi pers dijadwalkan?",
    "Who won the 2018 World Cup?",
]


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def alternate(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            times[name].append(seconds(work))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    folder = Path(tempfile.mkdtemp())
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    results: dict[str, dict[str, list[float]]] = {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "check": True, "cwd": ROOT}

    kutip = [str(Path(sys.executable).with_name("kutip")), "--library", str(folder / "cold")]
    subprocess.run([*kutip, "add", "seeds"], **quiet)
    subprocess.run([*kutip, "info", "--compile"], **quiet)
    results["cold question, from process start"] = alternate(
        {
            "kutip": lambda: subprocess.run([*kutip, "ask", QUESTIONS[1]], **quiet),
            "plain": lambda: subprocess.run([sys.executable, "benchmarks/plain.py", "seeds", QUESTIONS[1]], **quiet),
        },
        arguments.rounds,
    )
    results["kutip --help"] = alternate(
        {"kutip": lambda: subprocess.run([kutip[0], "--help"], **quiet)}, arguments.rounds
    )

    from plain import Plain

    from index.article import Article
    from qa import load

    with gzip.open(arguments.data / "corpus" / "indosum_id.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for _, line in zip(range(arguments.articles), file, strict=False)]
    sample = next((ROOT / "seeds").glob("*.txt")).read_text(encoding="utf-8")
    ours, theirs = load(folder / "warm"), Plain(ROOT / "models")
    ours.warm_up()
    few = texts[:40]
    counts: dict[str, int] = {}

    def index_ours() -> None:
        with type(ours.library).in_memory(ours.library.encoder) as library:
            library.add([Article.from_text(text) for text in few])
            counts["kutip"] = library.count()[1]

    def index_theirs() -> None:
        theirs.articles = []
        theirs.add(few)
        counts["plain"] = len(theirs.sentences)

    indexing = alternate({"kutip": index_ours, "plain": index_theirs}, 3)
    results["indexing, a sentence"] = {name: [t / counts[name] for t in own] for name, own in indexing.items()}
    ours.add([Article.from_text(text) for text in [sample, *texts]])
    theirs.articles = []
    theirs.add([sample, *texts])
    answers = {name: [] for name in ("kutip", "plain")}
    warm: dict[str, list[float]] = {"kutip": [], "plain": []}
    read: dict[str, list[float]] = {"kutip": [], "plain": []}
    for turn in range(arguments.rounds):
        for question in QUESTIONS:
            passages = theirs.passages(question)
            for name, answer, reader in (
                ("kutip", lambda q: ours.answer(q).text, ours.reader.read),
                ("plain", theirs.answer, theirs.read),
            ):
                began = time.perf_counter()
                said = answer(question)
                warm[name].append(time.perf_counter() - began)
                read[name].append(seconds(lambda r=reader, q=question, p=passages: r(q, p)))
                if not turn:
                    answers[name].append(said)
    results[f"warm question over {len(texts) + 1} articles"] = warm
    results["reading the same six passages"] = read
    one = [seconds(lambda q=q: ours.answer(q)) for q in QUESTIONS * 2]
    together = seconds(lambda: ours.answer_batch(QUESTIONS * 2)) / (2 * len(QUESTIONS))
    results["a question of many"] = {"one by one": one, "answer_batch": [together]}
    ours.close()

    stamp = datetime.now(UTC).date().isoformat()
    out = ROOT / "benchmarks" / "results" / f"{stamp}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"seconds": results, "answers": answers}, indent=1, ensure_ascii=False) + "\n")
    print("| what | kutip | plain script | times as fast |\n|---|---|---|---|")
    for what, times in results.items():
        medians = [statistics.median(own) for own in times.values()]
        ratio = f"{medians[1] / medians[0]:.1f}" if len(medians) > 1 else ""
        shown = [f"{median * 1000:,.0f} ms" if median > 0.02 else f"{median * 1000:.1f} ms" for median in medians]
        print(f"| {what} | {' | '.join([*shown, '–'][:2])} | {ratio} |")
    for question, *said in zip(QUESTIONS, answers["kutip"], answers["plain"], strict=True):
        print(f"- {question} kutip: {said[0]} · plain: {said[1] or None}")


if __name__ == "__main__":
    main()
