"""The one place that knows pymilvus: calls with bounded retries, rows in and out in batches."""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from index.errors import LibraryError
from index.places import TOKEN_VARIABLE, MilvusPlace
from index.vectors import Rows

T = TypeVar("T")
Row = dict[str, Any]

PATIENCE = 20.0  # seconds that a call is tried for while the engine is away, before it is an error
PING = 2.0  # seconds for a look whether it is there
CALL = 10.0  # seconds for one try
BATCH = 1000  # rows of one request
REQUEST = 8_000_000  # bytes of one request, nearly; the engine takes 64 MB, its log messages of a few
MOST = 16_384  # hits of one search: a limit of Milvus
STRONG, SESSION = "Strong", "Session"

# Codes by which Milvus says that the request itself is wrong, so that trying again is of no use.
NO_COLLECTION = 100
WRONG = frozenset({6, NO_COLLECTION, 1100, 1400, 1401})  # not 101: what was loaded is loaded again after a restart
WRONG_WORDS = ("cannot parse", "already exist", "duplicate collection", "auth check", "unauthenticated", "not support")


class NoCollection(LibraryError):
    """A collection is not there (any more)."""


class Engine:
    """A connection to Milvus. Safe to use from several threads."""

    def __init__(self, place: MilvusPlace, patience: float | None = None) -> None:
        self.place = place
        self.patience = PATIENCE if patience is None else patience
        self.was_away = False  # since somebody last looked after it
        self._client: Any = None
        self._lock = Lock()
        # What fails is told by our own errors; pymilvus and gRPC would write each try to the terminal as well.
        # gRPC reads its setting when it is first imported.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connected(self, timeout: float) -> Any:
        with self._lock:
            if self._client is None:
                from pymilvus import MilvusClient
                from pymilvus.exceptions import MilvusException

                settings = self.place.settings
                try:
                    self._client = MilvusClient(uri=self.place.uri, timeout=timeout, dedicated=True, **settings)
                except MilvusException as error:
                    self._refuse_if_never(error)
                    raise
            return self._client

    def _refuse_if_never(self, error: Exception) -> None:
        """Some connections will not come about however often they are tried. pymilvus says the same of all."""
        import grpc

        from index.milvus_tls import fault

        cause = error.__cause__ or error.__context__
        if isinstance(cause, grpc.RpcError) and cause.code() == grpc.StatusCode.UNAUTHENTICATED:
            why = f"it knows no such user and password, or key; see {TOKEN_VARIABLE}"
        else:
            why = "" if self.place.lite else fault(self.place)
        if why:
            raise LibraryError(f"Milvus at {self.place.shown} refuses: {why}") from None

    def call(self, ask: Callable[[Any, float], T], patience: float | None = None) -> T:
        """``ask(client, timeout)``, again and again with back-off while the engine is away, until patience ends.

        So what is asked must be harmless when it is done twice. Raises LibraryError.
        """
        import grpc
        from pymilvus.exceptions import MilvusException

        began, delay = time.monotonic(), 0.1
        patience = self.patience if patience is None else patience
        while True:
            left = began + patience - time.monotonic()
            try:
                timeout = max(0.1, min(CALL, left))
                return ask(self._connected(timeout), timeout)
            except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError, ValueError, OSError) as error:
                self._refuse_if_wrong(error)
                self.was_away = True
                if left <= delay:
                    raise LibraryError(
                        f"Milvus at {self.place.shown} does not answer ({told(error)}); see that it runs and can be "
                        "reached, and try again: nothing that was acknowledged is lost"
                    ) from error
            time.sleep(delay * random.uniform(0.7, 1.3))  # noqa: S311
            delay = min(2 * delay, 2.0)

    def _refuse_if_wrong(self, error: Exception) -> None:
        code, words = getattr(error, "code", None), str(error).lower()
        if code == NO_COLLECTION or "collection not found" in words or "does not exist" in words:
            raise NoCollection(f"Milvus at {self.place.shown} has lost a collection ({told(error)})") from error
        if code in WRONG or any(word in words for word in WRONG_WORDS):
            raise LibraryError(f"Milvus at {self.place.shown} refuses ({told(error)})") from error
        if isinstance(error, ValueError) and "closed channel" not in words:
            raise error

    def ping(self, collection: str) -> None:
        """Returns when a collection can be read at once; LibraryError when not."""
        self.call(lambda client, timeout: client.query(collection, ids=[""], timeout=timeout), PING)

    @property
    def version(self) -> str:
        """What the engine says of itself, such as "v2.3.5-lite" or "milvus_lite-3.2.2"."""
        return str(self.call(lambda client, timeout: client.get_server_version(timeout=timeout)))

    def write_out(self, collections: Sequence[str], patience: float | None = None) -> None:
        """Have what is only in the engine's log written to its storage, which takes it a second or two.

        After a crash Milvus may show nothing of what it read back from its log, though it has all:
        https://github.com/milvus-io/milvus/issues/46851. What it has written it shows.
        """
        for collection in collections:
            with suppress(NoCollection):
                self.call(lambda client, timeout, own=collection: client.flush(own, timeout=timeout), patience)  # type: ignore[misc]

    # -- rows ------------------------------------------------------------------------------------------

    def get(self, collection: str, keys: Sequence[str] | Sequence[int], fields: Sequence[str], level: str) -> list[Row]:
        """The rows with these primary keys, in any order; those that aren't there are left out."""
        out: list[Row] = []
        for first in range(0, len(keys), BATCH):
            some = list(keys[first : first + BATCH])
            out += self.call(
                lambda client, timeout, some=some: client.query(  # type: ignore[misc]
                    collection, ids=some, output_fields=list(fields), timeout=timeout, consistency_level=level
                )
            )
        return out

    def select(self, collection: str, condition: str, fields: Sequence[str], level: str = SESSION) -> list[Row]:
        """All rows for which a condition holds, in any order."""

        def ask(client: Any, timeout: float) -> list[Row]:
            settings = {"output_fields": list(fields), "timeout": timeout, "consistency_level": level}
            found = client.query(collection, filter=condition, limit=MOST, **settings)
            if len(found) < MOST:  # seen at one moment
                return list(found)
            iterator, out = client.query_iterator(collection, filter=condition, batch_size=BATCH, **settings), []
            try:
                while some := iterator.next():
                    out += some
            finally:
                iterator.close()
            return out

        return self.call(ask)

    def count(self, collection: str, condition: str = "", level: str = SESSION) -> int:
        """How many rows there are for which a condition holds."""
        found = self.call(
            lambda client, timeout: client.query(
                collection, filter=condition, output_fields=["count(*)"], timeout=timeout, consistency_level=level
            )
        )
        return int(found[0]["count(*)"])

    def search(
        self, collection: str, field: str, data: Rows | list[str], limit: int, condition: str, fields: Sequence[str]
    ) -> list[list[Row]]:
        """For each query up to ``limit`` rows {primary key, "distance", fields}, best first."""
        asked = data if isinstance(data, list) else [row.tolist() for row in data]
        found = self.call(
            lambda client, timeout: client.search(
                collection,
                data=asked,
                anns_field=field,
                limit=min(limit, MOST),
                filter=condition,
                output_fields=list(fields),
                timeout=timeout,
                consistency_level=STRONG,
            )
        )
        return [[hit["entity"] | {"distance": hit["distance"]} for hit in hits] for hits in found]

    def upsert(self, collection: str, rows: Iterable[Row]) -> None:
        """Write rows under their primary keys, in requests of bounded size."""
        for some in requests(rows):
            self.call(lambda client, timeout, some=some: client.upsert(collection, some, timeout=timeout))  # type: ignore[misc]

    def upsert_at_once(self, collection: str, rows: Sequence[Row]) -> None:
        """Write rows in one request: readers see all of them or none."""
        if rows:
            self.call(lambda client, timeout: client.upsert(collection, list(rows), timeout=timeout))

    def delete(self, collection: str, keys: Sequence[str] | Sequence[int]) -> None:
        """Delete rows by their primary keys; unknown ones are passed over."""
        for first in range(0, len(keys), BATCH):
            some = list(keys[first : first + BATCH])
            self.call(lambda client, timeout, some=some: client.delete(collection, ids=some, timeout=timeout))  # type: ignore[misc]


def requests(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in lists of bounded length and size."""
    some: list[Row] = []
    size = 0
    for row in rows:
        weight = sum(len(value) * 4 if hasattr(value, "__len__") else 8 for value in row.values())
        if some and (len(some) >= BATCH or size + weight > REQUEST):
            yield some
            some, size = [], 0
        some.append(row)
        size += weight
    if some:
        yield some


def told(error: Exception) -> str:
    """An error of pymilvus or gRPC in one line."""
    import grpc

    if isinstance(error, grpc.RpcError) and callable(getattr(error, "details", None)):
        return str(error.details())
    return " ".join(str(getattr(error, "message", "") or error or type(error).__name__).split())[:300]
