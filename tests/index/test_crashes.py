"""Killed at any moment, the library opens by itself and holds what was reported done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from doubles import WordEncoder
from killed import AFTER, ORDER, look

from index.article import Article
from index.errors import ManifestMismatch
from index.library import Library

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="stops forked processes")


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
    done = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, timeout=550, check=False)
    assert done.returncode == 0, done.stderr
    points, turns, states = map(int, done.stdout.split())
    assert points > 400  # as many steps there are to be killed at
    assert turns > 60  # among them so many commits and renamings, each before and after
    assert states > 50  # that differ on the disk
    reached = set()
    for number in range(states):
        folder = tmp_path / f"state-{number}"
        lines = (folder / "log").read_text().split()
        last = next((line for line in reversed(lines) if line in AFTER), "")
        reached.add(last)
        try:
            library = Library.open(folder / "library", WordEncoder())
        except ManifestMismatch:  # reindexed already
            assert last in ("restore", "reindex")
            library = Library.open(folder / "library", WordEncoder("words-2"))
        with library:
            assert library.check() == []
            assert between(last, holds(library)), (folder.name, last, holds(library))
            look(library)
            (hits,) = library.nearest(library.encoder.encode_queries(["satu"]).rows, 99)
            assert len(hits) == library.count()[1]
            assert bool(library.matching(["satu"], 9)) == bool(len(library))
            library.add(library.articles())
            library.add([Article.from_text("Sesudahnya.", source="z")])
            assert "Sesudahnya." in holds(library).values()
    assert reached >= set(ORDER)
