"""A child process that reads files nobody has vouched for: bounded in time and memory, free to die.

The parent sends a name and bytes, the child sends back articles as JSON; both with their lengths in front. No pickle:
a child that a file has taken over can say nothing but text. Its death costs the file that caused it, nothing else.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from index.article import Article, Document, Failure, Original
from index.errors import ArticleError
from index.formats import BY_SUFFIX, Format, parse

SECONDS = 60.0  # for one file
GRACE = 2.0  # seconds more, after which the child ends by itself
MEMORY = 1_500_000_000  # bytes of address space
REPLY = 600_000_000  # bytes
HEADER = struct.Struct(">II")
BROKE = "needed too much memory, or broke"
SMALLER = "split it, or save it as text"
HOME = Path(__file__).resolve().parents[1]  # where this package lies: a checkout, or where it was installed


class Sandbox:
    """Reads files in a child that is started at the first one and again whenever it has died."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        atexit.register(self.stop)

    def parse(self, data: bytes, name: str, form: Format, refused: list[Failure] | None = None) -> list[Document]:
        """What `formats.parse` gives. ArticleError also when the file takes too long, or too much memory."""
        with self._lock:
            child = self._running()
            assert child.stdin is not None  # noqa: S101  # it was started with pipes
            assert child.stdout is not None  # noqa: S101
            overdue = threading.Event()

            def kill() -> None:
                overdue.set()
                child.kill()

            timer = threading.Timer(self.seconds, kill)
            timer.start()
            try:
                write_frame(child.stdin, f"{form.suffixes[0]} {name}".encode("utf-8", "replace"), data)
                _, body = read_frame(child.stdout)
            except (OSError, EOFError, ValueError) as error:
                self.stop()
                raise too_hard(name, f"took longer than {self.seconds:.0f} s" if overdue.is_set() else BROKE) from error
            except BaseException:  # interrupted: what the child has still to say would pass for the next file's
                self.stop()
                raise
            finally:
                timer.cancel()
        try:  # while others have their files read: a reply may be of hundreds of megabytes
            documents, failures = told(json.loads(body))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            with self._lock:
                if self._child is child:  # it is no longer itself, whatever it says to others meanwhile
                    self.stop()
            raise too_hard(name, BROKE) from error
        if refused is None and failures:
            raise failures[0].error()
        if refused is not None:
            refused += failures
        return documents

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.stop()
            # Only what Python needs: no keys, proxies or paths of ours for a file to find.
            kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LANG") if key in os.environ}
            # -P and another folder to be in: a zipfile.py among the files that are read must not be taken for Python's.
            self._child = subprocess.Popen(  # noqa: S603
                [
                    sys.executable,
                    "-P",
                    "-c",
                    "from index.sandbox import serve; serve()",
                    str(self.memory),
                    str(self.seconds),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=kept | {"PYTHONPATH": os.pathsep.join(import_path()), "PYTHONUTF8": "1"},
                cwd=HOME.anchor,
                start_new_session=True,
            )
        return self._child

    def stop(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def too_hard(name: str, why: str) -> ArticleError:
    """That the reading of a file came to nothing."""
    return ArticleError(f"{name} could not be read: its reading {why}; {SMALLER}", "too_hard", name=name)


def import_path() -> list[str]:
    """Where the child finds what we find, without the "" that stands for whatever folder one is in.

    Where we were found by that alone (a console in a checkout), our own folder is named instead.
    """
    return list(dict.fromkeys([*(str(Path(entry).absolute()) for entry in sys.path if entry), str(HOME)]))


def serve() -> None:
    """The child: limit ourselves, then answer until the parent is gone."""
    limit(int(sys.argv[1]))
    alarm = getattr(signal, "setitimer", lambda *_: None)  # not on Windows
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # whatever a library prints must not get between the frames
    while True:
        try:
            about, data = read_frame(incoming)
        except (EOFError, OSError):
            return
        suffix, _, name = about.decode().partition(" ")
        alarm(0, float(sys.argv[2]) + GRACE)  # which ends us where the parent no longer can
        reply = json.dumps(answer(data, name, BY_SUFFIX[suffix])).encode("utf-8", "replace")
        alarm(0, 0)
        write_frame(outgoing, b"", reply)


def answer(data: bytes, name: str, form: Format) -> dict[str, Any]:
    """The reply to one file."""
    try:
        refused: list[Failure] = []
        documents = [plain(document) for document in parse(data, name, form, refused)]
        return {"documents": documents, "refused": [asdict(failure) for failure in refused]}
    except ArticleError as error:
        return {"error": str(error), "key": error.key, "values": error.values}
    except MemoryError:
        why = f"{name} could not be read: it needs too much memory; {SMALLER}"
        return {"error": why, "key": "too_hard", "values": {"name": name}}
    except Exception as error:  # whatever the libraries below may throw at a file that was made to hurt
        why = f"{name} could not be read ({type(error).__name__}); it may be damaged"
        return {"error": why, "key": "damaged", "values": {"name": name}}


def limit(memory: int) -> None:
    """Bound memory, files and processes; where the system has no such limits (Windows), time alone is bounded."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def plain(document: Document) -> dict[str, Any]:
    """A document as JSON takes it."""
    original = document.original
    kept = None if original is None else [original.media_type, base64.b64encode(original.content).decode()]
    return {"article": asdict(document.article), "original": kept, "window": document.window}


def told(reply: dict[str, Any]) -> tuple[list[Document], list[Failure]]:
    """What the child tells that it read, and what it could not. Raises ArticleError where it tells that of all.

    A child that a file has taken over may tell anything, which raises what it happens to.
    """
    if "error" in reply:
        raise ArticleError(str(reply["error"]), str(reply["key"]), **texts(reply["values"]))
    failures = [
        Failure(str(one["source"]), str(one["reason"]), str(one["key"]), texts(one["values"]))
        for one in reply["refused"]
    ]
    return [document_of(item) for item in reply["documents"]], failures


def texts(values: dict[str, Any]) -> dict[str, str]:
    """What is put into words, as texts."""
    return {str(name): str(value) for name, value in values.items()}


def document_of(item: dict[str, Any]) -> Document:
    """A document from the child's reply, made anew here, so that its id is the hash of its text whatever was said."""
    given = item["article"]
    article = Article.from_text(
        str(given["text"]),
        **{key: str(given[key]) for key in ("title", "source", "language", "author", "published")},
        pages=tuple(int(page) for page in given["pages"]),
    )
    kept = item["original"]
    original = None if kept is None else Original(str(kept[0]), base64.b64decode(kept[1]))
    return Document(article, original, window=bool(item["window"]))


def write_frame(stream: IO[bytes], name: bytes, data: bytes) -> None:
    """Send two pieces with their lengths."""
    stream.write(HEADER.pack(len(name), len(data)) + name)
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Receive two pieces. EOFError when the other side is gone, ValueError when it sends too much."""
    name, data = HEADER.unpack(exactly(stream, HEADER.size))
    if name + data > REPLY:
        raise ValueError("too much")
    return exactly(stream, name), exactly(stream, data)


def exactly(stream: IO[bytes], size: int) -> bytes:
    """So many bytes, or EOFError."""
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
