"""Several processes on one Milvus server, as several machines would be. Needs `make test-milvus`, which starts it."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from adding_process import numbered
from doubles import WordEncoder
from milvus_places import SERVER, a_place
from replacing_process import SOURCES, version
from serving import until

from index import milvus_finishing
from index.filters import Filters
from index.places import open_library
from qa.retriever import retrieve

pytestmark = pytest.mark.skipif(SERVER not in os.environ, reason="only on the real server: make test-milvus")

TESTS = Path(__file__).parent


@contextmanager
def a_python(script: str, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A script of these tests in an interpreter of its own, with the lines that it has printed; killed afterwards."""
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, str(TESTS / script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
    ) as process:
        assert process.stdout is not None
        listener = threading.Thread(target=lambda: lines.extend(line.strip() for line in process.stdout))
        listener.start()
        try:
            yield process, lines
        finally:
            process.kill()
            listener.join()


def test_of_processes_that_add_the_same_at_once_one_may_be_killed_and_nothing_is_lost_or_doubled(tmp_path, monkeypatch):
    ranges = [(0, 14), (1, 15), (13, 500)]  # overlapping; the last one does not come to its end
    with a_place(tmp_path) as place, open_library(place, WordEncoder()) as library:
        with (
            a_python("adding_process.py", place, *ranges[0]) as one,
            a_python("adding_process.py", place, *ranges[1]) as two,
            a_python("adding_process.py", place, *ranges[2]) as three,
        ):
            processes = [process for process, _ in (one, two, three)]
            until(lambda: all(lines for _, lines in (one, two, three)), 120)
            for process in processes:
                process.stdin.write("go\n")
                process.stdin.flush()
            own = {numbered(number).id for number in range(15, 500)}  # what only the third one adds
            until(lambda: stopped_half_way(processes[2], library, own), 120)
            assert [process.poll() for process in processes[:2]] == [None, None]
            processes[2].send_signal(signal.SIGKILL)
            assert processes[2].wait(30) == -signal.SIGKILL
            assert [process.wait(240) for process in processes[:2]] == [0, 0]
        said = [{int(line) for line in lines if line.isdigit()} for _, lines in (one, two, three)]
        assert said[:2] == [set(range(*own)) for own in ranges[:2]]
        acknowledged = set.union(*said)
        entries = library.entries()
        assert set(Counter(entry.source for entry in entries).values()) == {1}
        assert {entry.id for entry in entries} == {numbered(number).id for number in acknowledged}
        monkeypatch.setattr(milvus_finishing.Finishing.recover, "__defaults__", (-1.0,))
        library.add([numbered(1000)])
        entries = library.entries()
        assert library.count() == (len(entries), 20 * len(entries))
        assert library.engine.count(library.reading.sentences, 'token != ""', "Strong") == 20 * len(entries)
        assert library.engine.count(library.reading.records, 'kind in ["write", "leaving", "doomed"]', "Strong") == 0
        assert library.engine.count(library.reading.records, 'kind == "chunk"', "Strong") == 2 * len(entries)
        assert library.check() == []


def stopped_half_way(process, library, articles: set[str]) -> bool:
    """Stop a process and look: whether it has written sentences of one of the articles and not committed it."""
    process.send_signal(signal.SIGSTOP)
    rows = library.engine.select(library.reading.records, 'kind == "write"', ("token",), "Strong")
    for token in (row["token"] for row in rows):
        written = library.engine.select(library.reading.sentences, f'token == "{token}"', ("article",), "Strong")
        half = {row["article"] for row in written} & articles
        if half and not library.reading.committed(half, "Strong"):
            return True
    process.send_signal(signal.SIGCONT)
    return False


def test_a_reader_sees_an_article_or_the_one_that_replaced_it_and_never_both_or_neither(tmp_path):
    with a_place(tmp_path) as place, open_library(place, WordEncoder()) as library:
        library.add([version(source, 0) for source in SOURCES])
        versions = set()
        with a_python("replacing_process.py", place, 12) as (process, lines):
            until(lambda: bool(lines), 120)
            looks = 0
            while process.poll() is None:
                seen = [library.entries(), library.entries(Filters(sources=("A.TXT", "b.txt", "c.t*")))]
                for entries in seen:
                    assert sorted(entry.source for entry in entries) == list(SOURCES)
                    assert len({entry.title.split()[1] for entry in entries}) == 1  # all of one write
                versions.add(seen[0][0].title.split()[1])
                for filters in (None, Filters(sources=SOURCES)):
                    (found,) = retrieve(library, ["Isi versi naik"], filters=filters)
                    assert sorted(passage.article.source for passage in found.passages) == list(SOURCES)
                    assert len({passage.article.text.split()[1] for passage in found.passages}) == 1
                looks += 1
            assert process.returncode == 0
        assert looks > 5
        assert len(versions) > 3  # it was looked at while it changed
        assert library.count() == (3, 9)
        assert library.check() == []
