"""A process that changes a library and is killed at its n-th step into the system; run by test_crashes.py.

Every call from kutip's code into C (SQLite, FAISS, the file system) is two points: before and after it. Some of them
are seeded among all; those at which a file or a transaction becomes what it was not before (BEGIN, COMMIT, the renaming
of the index or a backup, their deletion) are all taken. The parent forks one child for each point, so that the imports
are paid for once.
"""

from __future__ import annotations

import os
import posix
import random
import signal
import sys
from pathlib import Path

from doubles import WordEncoder

from index.article import Article
from index.ingest import ingest, sync
from index.library import Library

NAMES = ("database.py", "freshness.py", "ingest.py", "library.py", "vectors.py")
OURS = tuple(str(Path(__file__).parents[1] / "index" / name) for name in NAMES)
TURNS = ("replace", "rename", "unlink", "fsync")  # what the file system is told


def steps(folder: Path, say) -> None:
    """A day in the life of a library; ``say`` is told what is done, after it is done."""
    with Library.open(folder / "library", WordEncoder()) as library:
        say("open")
        library.add([Article.from_text("Satu satu.", source="a"), Article.from_text("Dua dua. Dua lagi.", source="b")])
        say("add")
        look(library)
        library.add([Article.from_text("Satu baru. Lain.", source="a"), Article.from_text("Tiga.", source="c")])
        say("replace")
        look(library)
        library.remove([Article.from_text("Tiga.").id])
        say("remove")
        ingest(library, [folder / "more"])
        say("ingest")
        (folder / "more" / "y.txt").write_text("Enam diganti.")
        sync(library, folder / "more")
        say("sync")
        look(library)
        library.backup(folder / "backup")
        library.add([Article.from_text("Tujuh.", source="g")])
        say("backup")
        library.restore(folder / "backup")
        say("restore")
        look(library)
    with Library.open(folder / "library", WordEncoder("words-2"), check=False) as library:
        library.reindex(batch=2)
        say("reindex")
        look(library)


AFTER = {
    "": {},
    "open": {},
    "add": {"a": "Satu satu.", "b": "Dua dua. Dua lagi."},
    "replace": {"a": "Satu baru. Lain.", "b": "Dua dua. Dua lagi.", "c": "Tiga."},
    "remove": {"a": "Satu baru. Lain.", "b": "Dua dua. Dua lagi."},
}
AFTER["ingest"] = AFTER["remove"] | {"x.txt": "Lima.", "y.txt": "Enam."}
AFTER["sync"] = AFTER["ingest"] | {"y.txt": "Enam diganti."}
AFTER["backup"] = AFTER["sync"] | {"g": "Tujuh."}
AFTER["restore"] = AFTER["sync"]
AFTER["reindex"] = AFTER["sync"]
ORDER = list(AFTER)


def look(library: Library) -> None:
    library.nearest(library.encoder.encode_queries(["satu"]).rows, 3)


def prepare(folder: Path) -> None:
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "x.txt").write_text("Lima.")
    (folder / "more" / "y.txt").write_text("Enam.")


def turning(frame, called) -> bool:
    """Whether the call begins or ends a transaction, or gives a file its name."""
    if getattr(called, "__self__", None) is posix:
        return called.__name__ in TURNS
    return frame.f_code.co_name == "change" and called.__name__ == "execute"


def run(folder: Path, point: int = 0, turn: int = 0) -> tuple[int, int]:
    """Fork a child that dies at its n-th ``point`` or ``turn``; 0 lets it live. Returns how many of both it passed,
    if it lived."""
    prepare(folder)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os.close(log)
        lines = (folder / "log").read_text().split()
        return (int(lines[-2]), int(lines[-1])) if lines and lines[-1].isdigit() else (0, 0)
    points = turns = 0

    def count(frame, event, called):
        nonlocal points, turns
        if event not in ("c_call", "c_return"):
            return
        ours, turned = frame.f_code.co_filename in OURS, turning(frame, called)
        points, turns = points + ours, turns + turned
        if (ours and points == point) or (turned and turns == turn):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    try:
        steps(folder, lambda what: os.write(log, f"{what}\n".encode()))
    finally:
        sys.setprofile(None)
        os.write(log, f"{points}\n{turns}\n".encode())
        os._exit(0)


if __name__ == "__main__":
    base, wanted = Path(sys.argv[1]), int(sys.argv[2])
    points, turns = run(base / "alive")
    sys.stdout.write(f"{points} {turns}\n")
    sys.stdout.flush()  # or each child would write it again
    rng = random.Random(2019)
    for number in range(wanted):  # one in each of as many equal stretches
        run(base / f"point-{number}", point=rng.randint(1 + number * points // wanted, (number + 1) * points // wanted))
    for number in range(turns):
        run(base / f"turn-{number}", turn=number + 1)
