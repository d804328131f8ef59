"""Where work waits for its turn: a bounded queue before threads of its own.

Questions and added articles have a desk each, so that nobody waits for another one's upload.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from qa.refusals import TOO_BUSY, Problem, Refused

T = TypeVar("T")

AT_ONCE = 2  # pieces of work that are done; more only wait for each other
WAITING = 64  # in the queue
SECONDS = 60.0  # until a question is given up
ADD_SECONDS = 600.0  # until an add is given up: all sentences of a large file are embedded
RETRY_AFTER = {"retry-after": "5"}
ENDS = Problem(503, "the server ends; send it again once it is there again", key="ends")
FULL = Problem(503, "too many are waiting; try again in a moment", TOO_BUSY, key="busy")


class Desk:
    """``at_once`` pieces of work are done, ``waiting`` more may wait, each for at most ``seconds``.

    ``present`` is how many wait or are worked on.
    """

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING, seconds: float = SECONDS) -> None:
        self.present = 0
        self._closed = False
        self._most = at_once + waiting
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="kutip-desk")

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread when its turn comes.

        `Refused` with 503 when too many wait, 504 when it takes too long; both say when to come back.
        """
        if self._closed:
            raise Refused(ENDS, RETRY_AFTER)
        if self.present >= self._most:
            raise Refused(FULL, RETRY_AFTER)
        self.present += 1
        try:
            async with asyncio.timeout(self._seconds):
                # What is given up while it waits is never begun; what runs, runs on and keeps its thread.
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError as error:
            late = Problem(504, f"not done within {self._seconds:.0f} s; try again later", key="slow")
            raise Refused(late, RETRY_AFTER) from error
        finally:
            self.present -= 1

    def go_on(self, _done: int = 0) -> None:
        """For work that takes long, called now and then: raises `Refused` once this is closed."""
        if self._closed:
            raise Refused(ENDS, RETRY_AFTER)

    def close(self) -> None:
        """Take no more; what waits is dropped, and what runs ends when it calls `go_on` next."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
