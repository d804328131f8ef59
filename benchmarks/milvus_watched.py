"""What a Milvus server on this machine uses, seen from outside: CPU, memory, disk, and in what state its rows are."""

from __future__ import annotations

import os
import re
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

METRICS = "http://127.0.0.1:9091/metrics"
ROWS = re.compile(r'milvus_querynode_entity_num\{collection_id="(\d+)",indexed_field_count="(\d)".*"(\w+)"\} (\S+)')


@dataclass(frozen=True)
class Use:
    """CPU seconds since it began, resident bytes, and bytes on disk by what they hold."""

    cpu: float
    memory: float
    disk: dict[str, int]


def cpu_of(process: int) -> float:
    """CPU seconds of a process and all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server() -> int:
    """The id of the process called milvus with this process' network. Raises LookupError when there is none."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            here = (process / "ns" / "net").readlink() == Path("/proc/self/ns/net").readlink()
            if here and (process / "comm").read_text().strip() == "milvus":
                return int(process.name)
        except OSError:
            continue
    raise LookupError(
        "no process called milvus runs on this machine; `python tests/milvus_server.py COMMAND…` starts it"
    )


def used(process: int, data: Path) -> Use:
    """What a server with its data in a folder uses by now."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    disk: Counter[str] = Counter()
    for path in data.rglob("*"):
        try:
            if path.is_file():
                disk[path.relative_to(data).parts[0]] += path.stat().st_blocks * 512
        except OSError:
            continue  # gone meanwhile
    return Use(cpu_of(process), pages * os.sysconf("SC_PAGE_SIZE"), dict(disk))


def states(collection: int) -> dict[str, int]:
    """How many rows of a collection are "growing", "sealed" without an index, and "indexed"."""
    out = {"growing": 0, "sealed": 0, "indexed": 0}
    with urllib.request.urlopen(METRICS, timeout=10) as reply:
        for own, indexes, state, count in ROWS.findall(reply.read().decode()):
            if int(own) == collection:
                name = "growing" if state == "Growing" else "indexed" if int(indexes) else "sealed"
                out[name] += int(float(count))
    return out
