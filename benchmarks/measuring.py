"""What several benchmarks measure, measured in one way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, between the two nearest values."""
    return float(np.percentile(values, 95))


def megabytes(process: int | str = "self", what: str = "VmRSS") -> float:
    """The resident memory of a process, 0 of one that has ended; ``VmHWM`` is its peak."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(what)), 0) / 1024


def megabytes_of_all(process: int) -> float:
    """The resident memory of a process and of those that it started."""
    tree = [process]
    for own in tree:
        children = Path(f"/proc/{own}/task/{own}/children")
        tree += [int(child) for child in children.read_text().split()] if children.exists() else []
    return sum(map(megabytes, tree))
