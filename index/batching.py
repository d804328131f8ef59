"""Texts of different lengths as batches that hardly need padding. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


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
    """Rows in batches of one padded length each, the longest first, small enough that every stream has some to do.

    Lengths are padded to multiples of ``step``; a batch has at most ``most`` rows.

    >>> alike([10, 40, 12, 40, 9], 16, 4)
    [[1, 3], [0, 2, 4]]
    >>> alike([10, 40, 12, 40, 9], 16, 4, streams=2)
    [[1, 3], [0, 2], [4]]
    """
    if streams > 1:
        most = min(most, max(1, -(-len(lengths) // (2 * streams))))
    groups: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        groups.setdefault(-(-length // step), []).append(row)
    ordered = [groups[size] for size in sorted(groups, reverse=True)]
    return [own[first : first + most] for own in ordered for first in range(0, len(own), most)]
