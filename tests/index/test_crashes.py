"""Killed at any moment, the library opens by itself and holds what was reported done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from doubles import WordEncoder
from killed import AFTER, ORDER, look

from index.errors import ManifestMismatch
from index.library import Library

POINTS = 150
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")


def holds(library):
    return {article.source.rsplit("/", 1)[-1]: article.text for article in library.articles()}


def between(done, after):
    """The states that may be there: of the last step that was reported, of the next one, and, while that consists of
    several steps by design (files one after another), those in between."""
    following = ORDER[min(ORDER.index(done) + 1, len(ORDER) - 1)]
    states = [AFTER[done], AFTER[following]]
    if following == "backup":
        states.append(AFTER["sync"])
    return after in states


def test_killed_at_any_step_nothing_reported_is_lost_and_nothing_is_half(tmp_path):
    script = Path(__file__).parents[1] / "killed.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path, "0", str(POINTS)], capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 400  # as many steps there are to be killed at
    reached = set()
    for number in range(1, POINTS + 1):
        folder = tmp_path / str(number)
        lines = (folder / "log").read_text().split()
        last = next((line for line in reversed(lines) if line in AFTER), "")
        reached.add(last)
        try:
            library = Library.open(folder / "library", WordEncoder())
        except ManifestMismatch:  # reindexed already
            library = Library.open(folder / "library", WordEncoder("words-2"))
        with library:
            assert library.check() == []
            assert between(last, holds(library)), (number, last, holds(library))
            look(library)
            (hits,) = library.nearest(library.encoder.encode_queries(["satu"]).rows, 99)
            assert len(hits) == library.database.count()[1]
            library.add(library.articles())
        left = [path.name for path in (folder / "library").iterdir() if path.suffix == ".new"]
        assert [name for name in left if not name.startswith("vectors.faiss.")] == [] or last != "reindex"
    assert reached >= {"open", "add", "replace", "remove", "ingest", "sync", "restore"}
