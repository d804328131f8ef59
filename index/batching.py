"""Texts of different lengths as batches that hardly need padding. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

START = 20  # tokens that could be read in the time that beginning a batch takes; measured, docs/decisions.md


def padded(rows: Sequence[Sequence[int]], fill: int, step: int) -> npt.NDArray[np.int64]:
    """Rows of different lengths as one array (n, t), t the least multiple of ``step`` that holds them.

    >>> padded([[5], [6, 7]], 0, 4).tolist()
    [[5, 0, 0, 0], [6, 7, 0, 0]]
    """
    longest = max(1, *(len(row) for row in rows)) if rows else 1
    out = np.full((len(rows), -(-longest // step) * step), fill, dtype=np.int64)
    for row, own in zip(out, rows, strict=True):
        row[: len(own)] = own
    return out


def alike(lengths: Sequence[int], step: int, most: int, streams: int = 1) -> list[list[int]]:
    """Rows in batches of like length, the longest first, small enough that every stream has some to do.

    A batch is padded to the least multiple of ``step`` that holds its longest row, and has at most ``most`` rows. The
    batches are those that take the least time together: padding costs, and so does each batch (START).

    >>> alike([10, 40, 12, 100, 9], 16, 4)
    [[3], [1], [0, 2, 4]]
    >>> alike([10, 12, 9, 60, 11], 16, 2)
    [[3], [0, 1], [2, 4]]
    """
    if streams > 1:
        most = min(most, max(1, -(-len(lengths) // (2 * streams))))
    longest_first = sorted(range(len(lengths)), key=lambda row: -(-lengths[row] // step), reverse=True)
    padded_to = [-(-lengths[row] // step) * step for row in longest_first]
    costs, begins = [0], [0]  # of the first rows: the least cost, and where the last batch of it begins
    for end in range(1, len(longest_first) + 1):
        cost, begin = min(
            (costs[first] + START + padded_to[first] * (end - first), first) for first in range(max(0, end - most), end)
        )
        costs.append(cost)
        begins.append(begin)
    batches, end = [], len(longest_first)
    while end:
        batches.append(longest_first[begins[end] : end])
        end = begins[end]
    return batches[::-1]
