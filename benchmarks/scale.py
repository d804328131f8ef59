"""From ten thousand to a million sentences: search time, memory and recall, on vectors with the real ones' spread.

python benchmarks/scale.py VECTORS.npy [--counts 10000,100000,1000000]     (as `make bench` keeps them)

Each vector is one of a real sentence, moved: by noise that leaves a cosine of about 0.82 to where it was, so that two
made from one sentence are as near (0.67) as near neighbours among real ones. Questions are further such vectors. Recall
is that of the ten nearest among the hits that a search for fifty asks the index for, which the library puts in order by
its stored vectors. Each size is measured in a process of its own, which has loaded the index as a restarted server
would.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measuring import megabytes, p95

sys.path.insert(0, str(Path(__file__).parents[1]))
from index.freshness import BLOCK, EXACT_UP_TO, SAMPLE, with_cells
from index.vectors import VectorIndex, nearest_of, overlap

NOISE = 0.7  # length of the noise beside a vector of length 1
QUERIES = 1000
POOL = 50  # neighbours that a question asks for; an index with cells is asked for more


def near(base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Unit rows (n, d) near unit rows (n, d)."""
    rows = base + NOISE / base.shape[1] ** 0.5 * rng.standard_normal(base.shape, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def moved(real: np.ndarray, count: int, seed: int) -> np.ndarray:
    """``count`` unit rows (n, d) near those of real sentences."""
    rng = np.random.default_rng(seed)
    return near(real[rng.integers(len(real), size=count)].astype(np.float32), rng)


def blocks(real: np.ndarray, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for first in range(0, count, BLOCK):
        size = min(BLOCK, count - first)
        yield np.arange(first, first + size), moved(real, size, first + 1)


def build(real: np.ndarray, count: int, folder: Path) -> dict[str, float]:
    """Make and save an index of the kind that a library of that size has; the exact answers beside it."""
    began = time.perf_counter()
    if count <= EXACT_UP_TO:
        index = VectorIndex(real.shape[1])
        for numbers, rows in blocks(real, count):
            index.add(numbers, rows)
    else:
        rng, sample, numbers = np.random.default_rng(0), [], []
        for own, rows in blocks(real, count):
            chosen = rng.choice(len(own), min(len(own), -(-SAMPLE * len(own) // count)), replace=False)
            sample.append(rows[chosen])
            numbers.append(own[chosen])
        order = rng.permutation(sum(map(len, numbers)))
        index = with_cells(np.concatenate(numbers)[order], np.concatenate(sample)[order], count, blocks(real, count))
    seconds = time.perf_counter() - began
    index.save(folder / "index", "scale")
    queries = moved(real, QUERIES, 1_000_000_007)
    np.savez(folder / "wanted.npz", queries=queries, nearest=nearest_of(queries, blocks(real, count), 10))
    return {"count": count, "build seconds": seconds, "own recall": index.recall}


def measure(folder: Path) -> dict[str, float]:
    """In a fresh process: memory with the index loaded, and searches one by one."""
    wanted = np.load(folder / "wanted.npz")
    loaded = VectorIndex.load(folder / "index")
    assert loaded is not None
    index = loaded[0]
    queries, times, found = wanted["queries"], [], []
    for at in range(len(queries)):
        began = time.perf_counter()
        (hits,) = index.search(queries[at : at + 1], index.hits_for(POOL))
        times.append(time.perf_counter() - began)
        found.append([number for number, _ in hits])
    memory = megabytes()
    times = times[5:]
    return {
        "p50 ms": 1000 * statistics.median(times),
        "p95 ms": 1000 * p95(times),
        "megabytes": memory,
        "recall@10": overlap(np.array(found), wanted["nearest"]),
        "exact": index.exact,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--counts", default="10000,31623,100000,316228,1000000")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.vectors)))
        return
    real = np.load(arguments.vectors)
    for count in map(int, arguments.counts.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            made = build(real, count, Path(folder))
            command = [sys.executable, __file__, folder, "--measure"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(json.dumps(made | json.loads(done.stdout)), flush=True)


if __name__ == "__main__":
    main()
