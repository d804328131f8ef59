"""Hashes of large files, remembered: hashing both models' weights took a sixth of a cold question's time.

What is remembered belongs to the file as the file system knows it: its number, size, and the moments of its last
change, of which no program can set back the second (ctime). As git does, nothing is remembered of a file that changed
just now.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from index.halves import half_of
from index.settings import cache_folder

LARGE = 1 << 20  # bytes; smaller files are hashed quicker than looked up
SETTLED = 2_000_000_000  # nanoseconds since the last change; clocks of file systems are coarse


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file's content."""
    about = path.stat()
    known = [about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns]
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
    kept = cache_folder() / "hashes" / f"{name}.json"
    if about.st_size >= LARGE:
        with suppress(OSError, ValueError, KeyError, TypeError):
            remembered = json.loads(kept.read_bytes())
            if remembered["file"] == known:
                return bytes.fromhex(remembered["sha256"])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    if about.st_size >= LARGE and time.time_ns() - max(known[2:]) > SETTLED:
        remember(kept, {"file": known, "sha256": digest.hex()})
    return digest


def remember(kept: Path, about: dict[str, object]) -> None:
    """Write it so that nobody sees half of it; a cache that can't be written costs time, nothing else."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        passing = half_of(kept)
        passing.write_text(json.dumps(about), encoding="utf-8")
        passing.replace(kept)
