"""What is on the disk at each step of a process that changes a library; run by test_crashes.py.

A process that is killed leaves what it has written, as the system has that already. So does one that is stopped, all
its threads at once, and goes on when its files were copied: one process is killed at all of its steps that way.

Every call from kutip's code into C (SQLite, FAISS, the file system) is two points: before and after it. Those at which
a file or a transaction becomes what it was not before (BEGIN, COMMIT, the renaming of the index or a backup, their
deletion) are taken wherever the call comes from.
"""

from __future__ import annotations

import os
import posix
import shutil
import signal
import sys
from pathlib import Path
from typing import NoReturn

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


def run(folder: Path, states: Path) -> tuple[int, int, int]:
    """Fork a child that goes all the steps and stops at each point and turn; what is on the disk then is copied to a
    folder in ``states``, unless it is as at the last stop. Returns how many points, turns and copies there are."""
    prepare(folder)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    child = os.fork()
    if not child:
        stopping(folder, log)
    last: dict[Path, bytes] = {}
    copies = 0
    try:
        while os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1]):
            found = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            if found != last:
                shutil.copytree(folder, states / f"state-{copies}")
                last, copies = found, copies + 1
            os.kill(child, signal.SIGCONT)
    except BaseException:
        os.kill(child, signal.SIGKILL)  # stopped, it would stay, and hold what it writes to
        raise
    points, turns = (folder / "log").read_text().split()[-2:]
    return int(points), int(turns), copies


def stopping(folder: Path, log: int) -> NoReturn:
    points = turns = 0

    def stop(frame, event, called):
        nonlocal points, turns
        if event not in ("c_call", "c_return"):
            return
        ours, turned = frame.f_code.co_filename in OURS, turning(frame, called)
        points, turns = points + ours, turns + turned
        if ours or turned:
            os.kill(os.getpid(), signal.SIGSTOP)

    sys.setprofile(stop)
    try:
        steps(folder, lambda what: os.write(log, f"{what}\n".encode()))
    finally:
        sys.setprofile(None)
        os.write(log, f"{points}\n{turns}\n".encode())
        os._exit(0)


if __name__ == "__main__":
    base = Path(sys.argv[1])
    sys.stdout.write("{} {} {}\n".format(*run(base / "alive", base)))
