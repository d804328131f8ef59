"""What ten thousand, a hundred thousand and a million sentences cost on Milvus, just written and indexed.

python tests/milvus_server.py python benchmarks/on_milvus.py DATA [--counts 10000,100000,1000000]

The server is one that serves nothing else. Articles are those that `make bench DATA=…` keeps, over and over with a
number before their text and their vectors moved by noise (`benchmarks/scale.py`); they are written as `kutip copy`
writes them. Every size is measured twice: as it is just written, and after its segments were sealed and indexed.
Recall is that of the ten nearest against looking at all. Writes benchmarks/results/milvus.json after each step, so one
that is stopped keeps what it has; --go-on takes up what it has written, when its server still runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from corpus import corpus
from milvus_material import endless, real
from milvus_replicas import asked, measured, told
from milvus_watched import Use, cpu_of, server, states, used
from questions import dev_questions
from scale import moved

from index.encoder import SentenceEncoder
from index.milvus_library import MilvusLibrary
from index.milvus_schema import drop
from index.places import milvus_place, open_library
from index.records import Stored

ROOT = Path(__file__).parents[1]
BATCH = 256  # articles of one write
SEARCHES = 200
POOL = 50  # neighbours that a question asks for


class Bench:
    """A library that grows, what is asked of it, and the ten best cosines that each question could find."""

    def __init__(self, library: MilvusLibrary, items: list[Stored], data: Path) -> None:
        self.library = library
        self.data = data
        self.articles = endless(items)
        self.written = 0
        self.there = 0  # by an earlier run that was stopped
        self.milvus = server()
        self.queries = moved(np.concatenate([item.indexed.rows for item in items]), SEARCHES, 1_000_000_007)
        self.best = np.full((SEARCHES, 10), -1.0, dtype=np.float32)
        self.began, self.cores = self.used(), idle_cores(self.milvus)

    def used(self) -> Use:
        return used(self.milvus, self.data)

    def cpu_since(self, before: Use, began: float) -> float:
        """CPU seconds of the server since then, beyond what it takes when it does nothing."""
        return self.used().cpu - before.cpu - self.cores * (time.perf_counter() - began)

    def call(self, name: str, **settings: Any) -> Any:
        sentences = self.library.reading.sentences
        return self.library.engine.call(lambda client, _: getattr(client, name)(sentences, timeout=120, **settings))

    def state(self) -> dict[str, int]:
        return states(self.call("describe_collection")["collection_id"])

    def batches(self, size: int) -> Iterator[list[Stored]]:
        while self.written < size:
            some = list(islice(self.articles, BATCH if size - self.written > 20 * BATCH else 16))
            rows = np.concatenate([item.indexed.rows for item in some])
            self.written += len(rows)
            self.best = np.sort(np.concatenate([self.best, self.queries @ rows.T], axis=1), axis=1)[:, -10:]
            yield some

    def write(self, size: int) -> dict[str, Any]:
        """Write until there are so many sentences."""
        old, before, own, seconds = self.written, self.used(), 0.0, 0.0
        started = time.perf_counter()
        with tqdm(total=size, initial=old, unit=" sentences", mininterval=5) as shown:
            for some in self.batches(size):
                if self.written <= self.there:
                    shown.update(self.written - shown.n)
                    continue
                began, cpu = time.perf_counter(), time.process_time()
                self.library.keep_stored(some)
                seconds, own = seconds + time.perf_counter() - began, own + time.process_time() - cpu
                shown.update(self.written - shown.n)
        new = self.written - old
        if not seconds:
            return {}
        return {
            "written_a_second": round(new / seconds),
            "cpu_ms_written": round(1000 * self.cpu_since(before, started) / new, 3),
            "writer_cpu_ms_written": round(1000 * own / new, 3),
        }

    def search(self, query: np.ndarray, level: str) -> list[float]:
        """The cosines that a bare search finds."""
        found = self.call("search", data=[query.tolist()], anns_field="vector", limit=POOL, consistency_level=level)
        return [hit["distance"] for hit in found[0]]

    def searches(self) -> dict[str, Any]:
        """Times, CPU and recall of searches."""
        times, hits, before, started = [], 0, self.used(), time.perf_counter()
        for query, best in zip(self.queries, self.best, strict=True):
            began = time.perf_counter()
            found = self.search(query, "Bounded")
            times.append(time.perf_counter() - began)
            hits += min(10, sum(cosine >= best[0] - 1e-4 for cosine in found))
        alone = self.cpu_since(before, started)
        together, lasted = asked(5.0, 4, lambda own: self.search(self.queries[own], "Bounded"))
        fresh, _ = asked(5.0, 1, lambda own: self.library.nearest(self.queries[own : own + 1], POOL))
        return {
            "bare": told(times),
            "cpu_ms_a_search": round(1000 * alone / len(times), 2),
            "recall_at_10": round(hits / (10 * len(times)), 3),
            "four_clients_a_second": round(len(together) / lasted, 1),
            "fresh": told(fresh),
        }

    def standing(self) -> dict[str, Any]:
        """Memory and disk for each sentence, beyond the idle server's, and the rows' states."""
        now = self.used()
        disk = {name: size - self.began.disk.get(name, 0) for name, size in now.disk.items()}
        return {
            "rows": self.state(),
            "memory_bytes": round((now.memory - self.began.memory) / self.written),
            "disk_bytes": {name: round(size / self.written) for name, size in sorted(disk.items())},
        }

    def seal(self, patience: float) -> dict[str, Any]:
        """Have all segments sealed and indexed, and loaded so."""
        before, began = self.used(), time.perf_counter()
        self.call("flush")
        indexed, ready = -1, began
        with tqdm(total=self.written, unit=" indexed", mininterval=5) as shown:
            while time.perf_counter() - began < patience:
                rows, old = self.state(), indexed
                indexed = rows["indexed"]
                shown.update(max(0, indexed - shown.n))
                # Segments below Milvus' least size stay without an index.
                if rows["growing"] == 0 and indexed >= 0.99 * self.written and indexed == old:
                    break
                ready = time.perf_counter()
                time.sleep(3)
        return {
            "seconds": round(ready - began),
            "cpu_ms_indexed": round(1000 * self.cpu_since(before, began) / self.written, 3),
        }


def idle_cores(process: int) -> float:
    """The cores that a server takes that nobody asks."""
    before, began = cpu_of(process), time.perf_counter()
    time.sleep(5)
    return round((cpu_of(process) - before) / (time.perf_counter() - began), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with corpus/ and dev/, as for `make bench`")
    parser.add_argument("--counts", default="10000,100000,1000000")
    parser.add_argument("--articles", type=int, default=3463, help="real ones that the others are made from")
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds for indexing")
    parser.add_argument("--go-on", action="store_true", help="with what a stopped run has written to the server")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each of the servers' measurements")
    parser.add_argument("--build", type=Path, default=Path(os.environ.get("BENCH_BUILD") or ROOT / "build" / "bench"))
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "milvus.json")
    arguments = parser.parse_args()
    place = f"milvus://{os.environ['KUTIP_TEST_MILVUS']}/bench"
    encoder = SentenceEncoder(ROOT / "models" / "encoder")
    items = real(corpus(arguments.data, arguments.articles, arguments.build, ROOT / "models") / "library", encoder)
    questions = dev_questions(arguments.data, 2000)
    if not arguments.go_on:
        drop(milvus_place(place))
    with open_library(place, encoder) as library:
        assert isinstance(library, MilvusLibrary)
        bench = Bench(library, items, Path(os.environ["KUTIP_MILVUS_CONTROL"]) / "data")
        results: dict[str, Any] = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} cores ({platform.processor() or platform.machine()})",
            "milvus": library.engine.version,
            "idle": {"cores": bench.cores, "memory": bench.began.memory, "disk": bench.began.disk},
            "sizes": [],
        }
        if arguments.go_on:
            results = json.loads(arguments.out.read_text(encoding="utf-8"))
            idle = results["idle"]
            bench.began, bench.cores = Use(0.0, idle["memory"], idle["disk"]), idle["cores"]
            bench.there = library.engine.count(library.reading.sentences, 'token != ""')
        done = {row["sentences"] for row in results["sizes"] if "servers" in row}
        for size in map(int, arguments.counts.split(",")):
            if size in done:
                bench.write(size)
                continue
            row: dict[str, Any] = {"sentences": size}
            results["sizes"] = [old for old in results["sizes"] if old["sentences"] != size] + [row]
            steps: dict[str, Callable[[], Any]] = {
                "writing": lambda size=size: bench.write(size),
                "written": lambda: bench.standing() | bench.searches(),
                "sealing": lambda: bench.seal(arguments.patience),
                "sealed": lambda: bench.standing() | bench.searches(),
                "servers": lambda: list(measured(place, bench.milvus, bench.cores, questions, arguments.seconds)),
            }
            if bench.there >= size:  # no longer as it was just written
                del steps["written"]
            for name, step in steps.items():
                row[name] = step()
                row["load"] = os.getloadavg()[0]
                print(size, name, json.dumps(row[name]), flush=True)
                arguments.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    drop(milvus_place(place))


if __name__ == "__main__":
    main()
