"""The results of the last questions, kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LRUCache(Generic[K, V]):
    """The ``size`` values that were used last, by key. Safe to use from several threads; 0 keeps nothing.

    >>> cache: LRUCache[str, int] = LRUCache(2)
    >>> for at, key in enumerate("aba"): cache[key] = at
    >>> cache["c"] = 3
    >>> cache.get("b"), cache.get("a"), len(cache)
    (None, 2, 2)
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value of a key, which is now the one used last; None when it is not there."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def __setitem__(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self.size:
                self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()
