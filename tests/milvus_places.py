"""Libraries on Milvus for tests: on the server that `make test-milvus` starts, else in a file of milvus-lite."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.milvus_schema import drop
from index.places import milvus_place

SERVER = "KUTIP_TEST_MILVUS"  # host:port


@contextmanager
def a_place(folder: Path) -> Iterator[str]:
    """The address of a library of its own, deleted afterwards."""
    server = os.environ.get(SERVER)
    if not server:
        yield f"milvus-lite:{folder}/library.db"
        return
    place = f"milvus://{server}/test_{uuid.uuid4().hex[:12]}"
    try:
        yield place
    finally:
        drop(milvus_place(place))
