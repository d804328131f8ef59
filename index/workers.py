"""Sentences encoded by several processes at once: more of the machine's cores than one model makes use of."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from types import TracebackType
from typing import Self

import numpy as np

from index.encoder import Encoded, Encoder, Progress
from index.errors import ModelError
from index.languages import Rows
from index.settings import THREADS_VARIABLE, safe_path, threads

BLOCK = 128  # sentences that a process is given at once

_own: Encoder  # of a worker process


class ParallelEncoder:
    """An encoder that encodes sentences in ``workers`` processes, and questions in this one.

    ``make`` makes the encoder of a process; it is called there, so it must be a picklable function.
    """

    def __init__(self, encoder: Encoder, make: Callable[[], Encoder], workers: int) -> None:
        self.encoder = encoder
        initargs = (make, max(1, threads() // workers))
        with safe_path():
            self._pool = ProcessPoolExecutor(workers, get_context("spawn"), begin, initargs)

    @property
    def fingerprint(self) -> str:
        """The encoder's: its vectors are the same."""
        return self.encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions."""
        return self.encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Vectors of sentences, in their order. Raises ModelError when a process is killed."""
        if not texts:
            return self.encoder.encode_documents(texts, progress)
        with safe_path(), deaf():  # processes are started as there is something to do
            waiting = [self._pool.submit(encode, list(texts[at : at + BLOCK])) for at in range(0, len(texts), BLOCK)]
        rows: list[Rows] = []
        languages: list[str] = []
        try:
            for block in waiting:
                done = block.result()
                rows.append(done.rows)
                languages += done.languages
                if progress is not None:
                    progress(len(done.rows))
        except BrokenProcessPool as error:
            raise ModelError(
                "a process that encodes sentences was ended, perhaps for want of memory; add again with fewer --workers"
            ) from error
        finally:
            for block in waiting:
                block.cancel()
        return Encoded(np.concatenate(rows), tuple(languages))

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def deaf() -> Iterator[None]:
    """Processes that are started inside hear no Ctrl-C, which a terminal sends to all, until they have begun."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin(make: Callable[[], Encoder], own_threads: int) -> None:
    """Make the encoder of this process, which Ctrl-C ends without a word: who started it has one."""
    global _own
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ[THREADS_VARIABLE] = str(own_threads)
    _own = make()


def encode(texts: list[str]) -> Encoded:
    """Encode a block in this process."""
    return _own.encode_documents(texts)
