"""What a write to a library on Milvus is to do, as the writer leaves it for whoever has to finish it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from index.milvus_engine import Row
from index.milvus_records import record
from index.records import Holding

OPEN, COMMITTED = "open", "committed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write is to do. ``new``: (article id, sentences); ``links``: (source, file, article id); ``held``: the
    same of files that have another text for a source than its article; ``unlink``: the sources that nothing holds once
    ``released``, (source, file), don't; ``files``: (folder, path, stamp)."""

    new: tuple[tuple[str, int], ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    unlink: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    forgotten: tuple[str, ...] = ()
    released: tuple[Holding, ...] = ()
    held: tuple[tuple[str, str, str], ...] = ()


def pack_plan(plan: Plan) -> bytes:
    """A plan as bytes."""
    return json.dumps(asdict(plan), ensure_ascii=False).encode()


def unpack_plan(content: bytes) -> Plan:
    """The plan of bytes."""
    values: dict[str, Any] = json.loads(content)
    for key, own in values.items():
        values[key] = tuple(tuple(value) if isinstance(value, list) else value for value in own)
    return Plan(**values)


def write_row(token: str, moment: int, state: str) -> Row:
    """That a write is under way, and when the writer last gave a sign of life (µs)."""
    return record(f"w/{token}", "write", state, token=token, moment=moment)
