"""The body of a request as it comes in: bounded in bytes, by itself and beside all others, in time, and in what it
unfolds to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope

from qa.refusals import TOO_BUSY, Problem, Refused

T = TypeVar("T")

PATIENCE = 60.0  # seconds that the server waits for a body in which nothing comes
SLOWEST = 10_000  # bytes a second that a body has to come with from then on
SMALL = 100_000  # bytes of a body that is always taken: a client's questions do not wait for its uploads
MOST_QUOTES = 400  # around the names and texts of flat JSON, two each
MOST_BETWEEN = 10_000  # bytes of flat JSON outside of these


# A body stopped coming, or hardly comes: what has come of it is not held any longer.
TOO_SLOW = Problem(408, "the rest of the request did not come in time; send it again", key="stalled")
# More of all bodies together came than is held at once.
TOO_MUCH = Problem(503, "too many files are coming in at once; send it again in a moment", TOO_BUSY, key="busy")


@dataclass(slots=True)
class Held:
    """Bytes of the bodies of requests that are not answered yet: ``most`` of all, half as many of one client."""

    most: int
    total: int = 0
    clients: Counter[str] = field(default_factory=Counter)

    def add(self, client: str, count: int) -> None:
        """So many more came; or went, when it is negative."""
        self.total += count
        self.clients[client] += count
        if not self.clients[client]:
            del self.clients[client]

    def full(self, client: str, own: int) -> bool:
        """Whether a request of which ``own`` bytes came is one too many. One alone is always taken."""
        if own <= SMALL:
            return False
        return self.total > max(self.most, own) or self.clients[client] > max(self.most // 2, own)


class Body:
    """Stands for a request's ``receive``. Raises `Refused`; `let_go` when it is answered."""

    def __init__(self, scope: Scope, receive: Receive, held: Held, client: str, most: int) -> None:
        """``most`` is in bytes."""
        self._receive = receive
        self._held = held
        self._client = client
        self._most = most
        self._read = 0
        self._left = PATIENCE  # what came fast earlier gives no right to a longer silence
        self._whole = scope["type"] != "http"  # of sockets, the application's own rules hold

    async def __call__(self) -> MutableMapping[str, Any]:
        """The next message."""
        if self._whole:  # what follows tells that the client has gone, whenever that is
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError as error:
            raise Refused(TOO_SLOW) from error
        if message["type"] == "http.disconnect":  # nobody is there any more to be told
            raise Refused(TOO_SLOW)
        self._whole = not message.get("more_body")
        more = len(message.get("body", b""))
        self._left = min(PATIENCE, self._left - (time.monotonic() - began) + more / SLOWEST)
        self._read += more
        self._held.add(self._client, more)
        if self._read > self._most:
            raise Refused(too_large(self._most))
        if self._held.full(self._client, self._read):
            raise Refused(TOO_MUCH)
        return message

    def let_go(self) -> None:
        """The request is answered."""
        self._held.add(self._client, -self._read)
        self._read = 0


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What comes of the work, which is given up as soon as the client goes: nobody waits for it in a queue."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    doing, leaving = asyncio.create_task(work), asyncio.create_task(gone())
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise Refused(TOO_SLOW)  # nobody is there any more to be told
        return doing.result()
    finally:
        doing.cancel()
        leaving.cancel()


def too_large(most: int) -> Problem:
    """That a body of more than ``most`` bytes is not taken.

    >>> too_large(1_000_000).detail, too_large(40_000_000).detail
    ('at most 1 MB is taken here; send less at once', 'at most 40 MB are taken here; send less at once')
    """
    size, verb = f"{most / 1_000_000:g}", "is" if most == 1_000_000 else "are"
    return Problem(
        413, f"at most {size} MB {verb} taken here; send less at once", key="too_large", values={"most": size}
    )


def is_flat(body: bytes) -> bool:
    """Whether JSON is a few texts and little else, so that it takes no more memory than its bytes.

    Lists in lists and the like take 25 times as much.

    >>> is_flat(rb'{"text": "[[],[],[]] \"[[],[]]"}'), is_flat(b'{"text": [' + b"[]," * 5000)
    (True, False)
    """
    if b"\0" in body:  # UTF-16, which Python reads, too: half a letter of it may look like a quote
        return False
    pieces = body.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"', MOST_QUOTES + 1)
    return len(pieces) <= MOST_QUOTES + 1 and sum(map(len, pieces[::2])) <= MOST_BETWEEN


class Flat(Request):
    """A request whose JSON is looked at before it is unfolded."""

    async def json(self) -> Any:
        """What was sent. Raises HTTPException 422 for more than an object of texts."""
        if not is_flat(await self.body()):
            raise HTTPException(422, "an article is sent as one object of texts, in UTF-8; /docs tells which")
        return await super().json()


class FlatRoute(APIRoute):
    """A route that takes flat JSON only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own, with a request of ours."""
        handle = super().get_route_handler()

        async def flat(request: Request) -> Response:
            return await handle(Flat(request.scope, request.receive))

        return flat
