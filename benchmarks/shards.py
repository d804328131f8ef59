"""How long questions wait when sentences are spread over shards: python benchmarks/shards.py --sentences 1e9 --rate 200

A question goes to one replica of every shard (here: of each query node's share of the segments), which does its part
in turn, and is answered when the slowest is done. Arrivals are Poisson; a part takes what benchmarks/on_milvus.py has
measured, a fixed time and one for each million sentences, spread log-normally. What comes out of figures that were
measured on one machine is an extrapolation, and is marked so.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import numpy as np

RESULTS = Path(__file__).parent / "results" / "milvus.json"


@dataclass(frozen=True)
class Load:
    """What is simulated: times in milliseconds, ``rate`` in questions a second."""

    sentences: float
    shards: int
    replicas: int
    cores: int
    rate: float
    fixed: float
    per_million: float
    spread: float

    @property
    def part(self) -> float:
        """The mean time of one shard's part, ms."""
        return self.fixed + self.per_million * self.sentences / self.shards / 1e6

    @property
    def used(self) -> float:
        """The share of a shard's time that is used; from 1 on the queue grows without end."""
        return self.rate * self.part / 1000 / (self.replicas * self.cores)


def simulate(load: Load, questions: int, seed: int = 1) -> list[float]:
    """The time that each of so many questions takes, ms."""
    rng = random.Random(seed)
    free = [[0.0] * (load.replicas * load.cores) for _ in range(load.shards)]
    mean = math.log(load.part) - load.spread**2 / 2
    now, taken = 0.0, []
    for _ in range(questions):
        now += rng.expovariate(load.rate) * 1000
        done = now
        for workers in free:
            begins = max(now, heapq.heappop(workers))
            ends = begins + rng.lognormvariate(mean, load.spread)
            heapq.heappush(workers, ends)
            done = max(done, ends)
        taken.append(done - now)
    return taken


def fitted(results: Path, state: str) -> tuple[float, float]:
    """CPU milliseconds of a search whatever the size, and for each million sentences: the line nearest to what was
    measured. ``state``: "written" or "sealed"."""
    rows = [row for row in json.loads(results.read_text(encoding="utf-8"))["sizes"] if state in row]
    if len(rows) < 2:
        raise SystemExit(f"{results} has {len(rows)} sizes measured as {state}, a line needs two")
    sizes = np.array([row["sentences"] / 1e6 for row in rows])
    times = np.array([row[state]["cpu_ms_a_search"] for row in rows])
    per_million, fixed = np.polyfit(sizes, times, 1)
    return max(float(fixed), 0.0), max(float(per_million), 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=float, default=1e9)
    parser.add_argument("--rate", type=float, default=100.0, help="questions a second")
    parser.add_argument("--shards", type=int, nargs="+", default=[4, 16, 64, 256])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--cores", type=int, default=8, help="of each node that holds one replica of one shard")
    parser.add_argument("--results", type=Path, default=RESULTS, help="of benchmarks/on_milvus.py")
    parser.add_argument("--state", choices=["written", "sealed"], default="sealed", help="of the segments")
    parser.add_argument("--spread", type=float, default=0.5, help="of the logarithm of a part's time")
    parser.add_argument("--questions", type=int, default=5000)
    chosen = parser.parse_args()
    fixed, per_million = fitted(chosen.results, chosen.state)
    print(
        f"EXTRAPOLATED from {fixed:.2f} ms + {per_million:.1f} ms a million ({chosen.state}), measured on one machine"
    )
    print("shards replicas  nodes   used    p50 ms   p95 ms   p99 ms")
    for shards in chosen.shards:
        for replicas in chosen.replicas:
            load = Load(
                chosen.sentences,
                shards,
                replicas,
                chosen.cores,
                chosen.rate,
                fixed,
                per_million,
                chosen.spread,
            )
            head = f"{shards:6} {replicas:8} {shards * replicas:6} {load.used:6.0%}"
            if load.used >= 1:
                print(f"{head}   more than it can do")
                continue
            cuts = quantiles(simulate(load, chosen.questions), n=100)
            print(f"{head}  {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f}")


if __name__ == "__main__":
    main()
