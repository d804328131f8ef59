"""A server embeds a library anew in the background, and says how far it is until it can answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from index.any_library import AnyLibrary
from qa.guard import refuse
from qa.refusals import Problem
from qa.rendering import render_alone

logger = logging.getLogger("kutip")

PATIENCE = 30.0  # seconds that stopping waits for the batch at hand
OPEN = ("/healthz", "/metrics")  # answered all the while
REFRESH = 5  # seconds after which who opens the page meanwhile is told anew


class Stopped(Exception):
    """The server ends before the library is embedded anew."""


class Reindexing:
    """`AnyLibrary.reindex` in a thread, begun by ``with`` and stopped at its end; the next time it goes on there."""

    def __init__(self, library: AnyLibrary, changed: str = "encoder") -> None:
        """``library`` was opened without a check; ``changed`` tells what it was built with another of."""
        self._library = library
        self._changed = changed
        self._total = library.count()[1]
        self._embedded = 0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="kutip-reindex", daemon=True)
        self.problem: Problem | None = self._progress()
        """Why questions can't be answered yet; None once they can."""

    def __enter__(self) -> Reindexing:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE)

    def _progress(self) -> Problem:
        why = (
            f"the library is being reindexed for another {self._changed}, {self._embedded} of about {self._total} "
            "sentences; the server answers by itself once it is done"
        )
        return Problem(
            503,
            why,
            "Being reindexed",
            key="reindexing",
            values={"done": self._embedded, "total": self._total},
        )

    def _embedded_more(self, sentences: int) -> None:
        if self._stopping.is_set():
            raise Stopped
        self._embedded += sentences
        self.problem = self._progress()

    def _run(self) -> None:
        try:
            sentences = self._library.reindex(self._embedded_more)
        except Stopped:
            return
        except Exception:
            logger.exception("the library could not be reindexed")
            why = (
                "the library could not be reindexed, and the server's log says why; start the server again once that "
                "is mended: what is done is kept"
            )
            self.problem = Problem(503, why, "Not reindexed", key="not_reindexed")
        else:
            logger.info("the library is reindexed: %d sentences", sentences)
            self.problem = None


@dataclass(frozen=True, slots=True)
class UntilReindexed:
    """Refuses all requests but for `OPEN`, with 503 and how far it is, until the library can answer."""

    app: ASGIApp
    reindexing: Reindexing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        problem = self.reindexing.problem
        if problem is None or scope["type"] not in ("http", "websocket") or scope["path"] in OPEN:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/":
            page = render_alone(problem.key, problem.values, REFRESH)
            await HTMLResponse(page, problem.status)(scope, receive, send)
        else:
            await refuse(scope, send, problem)
