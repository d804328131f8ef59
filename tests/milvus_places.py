"""Libraries on Milvus for tests: on the server that `make test-milvus` starts, else in a file of milvus-lite."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from doubles import WordEncoder

from index.indexing import manifest_of
from index.milvus_engine import STRONG, Engine
from index.milvus_schema import drop, records_of, sentences_of
from index.places import MilvusPlace, milvus_place

SERVER = "KUTIP_TEST_MILVUS"  # host:port


FREE: list[str] = []  # emptied ones: it takes a server seconds to make the collections of another


@contextmanager
def a_place(folder: Path) -> Iterator[str]:
    """The address of a library that holds nothing, and that nobody else has."""
    server = os.environ.get(SERVER)
    if not server:
        with unhesitating():
            yield f"milvus-lite:{folder}/library.db"
        return
    place = FREE.pop() if FREE else f"milvus://{server}/test_{uuid.uuid4().hex[:12]}"
    try:
        yield place
        empty(milvus_place(place))
    except BaseException:
        drop(milvus_place(place))
        raise
    FREE.append(place)


@contextmanager
def unhesitating() -> Iterator[None]:
    """Four times for each library pymilvus waits half a second before it asks whether an index of nothing is made."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # as `Engine` does before it imports pymilvus
    clock = SimpleNamespace(time=time.time, sleep=lambda seconds: time.sleep(min(seconds, 0.01)))
    with patch("pymilvus.client.grpc_handler.time", clock):
        yield


def empty(place: MilvusPlace) -> None:
    """Delete all that is in a library, and the sentences of all encoders but the usual one with their collections."""
    engine = Engine(place)
    usual = sentences_of(place.name, manifest_of(WordEncoder()))
    try:
        there = engine.call(lambda client, timeout: client.list_collections(timeout=timeout))
        for own in (name for name in there if name.startswith(f"{place.name}_")):
            if own not in (usual, records_of(place.name)):
                engine.call(lambda client, timeout, own=own: client.drop_collection(own, timeout=timeout))
                continue
            key, everything = ("number", "number >= 0") if own == usual else ("key", 'key != ""')
            engine.delete(own, [row[key] for row in engine.select(own, everything, (key,), STRONG)])
            assert engine.count(own, everything, STRONG) == 0
    finally:
        engine.close()
