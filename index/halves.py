"""Files and folders that are written beside their place and take it once they are whole: half of one is never there."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

STALE = 3600.0  # seconds; half of one that is that old belongs to a process that was killed


def half_of(path: Path, *, folder: bool = False) -> Path:
    """Where this process writes what is to become ``path``, a file or a ``folder``. What killed ones have left of it is
    cleared away."""
    half = re.compile(rf"{re.escape(path.name)}\.\d+\.new(?:-journal)?")  # the last one is SQLite's
    with suppress(OSError):  # told by who writes there
        for left in path.parent.iterdir():
            if half.fullmatch(left.name) and left.stat().st_mtime < time.time() - STALE and left.is_dir() == folder:
                shutil.rmtree(left) if folder else left.unlink(missing_ok=True)
    return path.with_name(f"{path.name}.{os.getpid()}.new")
