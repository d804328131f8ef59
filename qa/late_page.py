"""A page that is built while the server already answers: importing Gradio alone takes longer than all else together."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from threading import Lock

from fastapi import FastAPI, HTTPException
from starlette.types import Receive, Scope, Send

logger = logging.getLogger("kutip")

IN_TURN = 0.0005  # seconds; a thread that imports holds Python's lock, and who answers meanwhile must get it sooner


class LatePage:
    """Requests to it wait until ``build`` has made the application that they are for, once, in a thread of its own."""

    def __init__(self, build: Callable[[], FastAPI]) -> None:
        self._build = build
        self._built: Future[FastAPI] | None = None
        self._lock = Lock()

    def begin(self) -> Future[FastAPI]:
        """Build it, unless that was begun before."""
        with self._lock:
            if self._built is None:
                thread = ThreadPoolExecutor(1, thread_name_prefix="kutip-page")
                self._built = thread.submit(self._logged)
                thread.shutdown(wait=False)
            return self._built

    def _logged(self) -> FastAPI:
        waiting = sys.getswitchinterval()
        sys.setswitchinterval(IN_TURN)
        try:
            return self._build()
        except Exception:
            logger.exception("the page could not be built")
            raise
        finally:
            sys.setswitchinterval(waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        try:
            page = await asyncio.shield(asyncio.wrap_future(self.begin()))
        except Exception as error:
            raise HTTPException(500, "the page could not be built, and the server's log says why") from error
        await page(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Of the application that it is mounted on: the page's own begins once it is built, and ends with the other."""
        ended = asyncio.Event()
        running = asyncio.create_task(self._live(ended))
        try:
            yield
        finally:
            ended.set()
            await running

    async def _live(self, ended: asyncio.Event) -> None:
        try:
            page = await asyncio.wrap_future(self.begin())
        except Exception:
            return  # told in the log, and to who asks for it
        async with page.router.lifespan_context(page):
            await ended.wait()
