"""What stands before every route of the server: who asks, from where, how much, and how often.

One ASGI layer around everything, so that the page, its files, Gradio's own routes and the REST interface are
guarded alike.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from qa.errors import KutipError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = ("/healthz",)  # tells nothing but that it lives
SAFE = ("GET", "HEAD", "OPTIONS")
CLIENTS = 10_000  # of which the rate is remembered
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
TITLES = {
    401: "Password wanted",
    403: "Not from there",
    404: "Not found",
    413: "Too large",
    421: "Not this host",
    422: "Cannot be read",
    429: "Too often",
    500: "Something went wrong",
    503: "Too busy",
    504: "Too slow",
    507: "No room left",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """``auth`` is "name:password", "" for none; ``hosts`` are the names by which the server may be called, () for
    any; ``body`` is in bytes; ``rate`` is how many changing or asking requests a client may make a minute."""

    auth: str = ""
    hosts: tuple[str, ...] = ()
    body: int = 200_000_000
    rate: int = 240

    @classmethod
    def of(
        cls, host: str, auth: str = "", insecure: bool = False, names: tuple[str, ...] = (), rate: int = 240
    ) -> Rules:
        """The rules for a server at ``host``. Raises KutipError for one that anybody could use without a password."""
        if auth and ":" not in auth:
            raise KutipError("--auth wants a name and a password: --auth NAME:PASSWORD")
        local = is_loopback(host)
        if not local and not auth and not insecure:
            raise KutipError(
                f"{host} can be reached by others: choose a password with --auth NAME:PASSWORD, "
                "or say --insecure if that is what you want"
            )
        known = ("localhost", "127.0.0.1", "::1") if local else ()
        return cls(
            auth=auth, rate=rate, hosts=tuple({*known, *([host] if local else []), *names}) if local or names else ()
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at ``host``.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(slots=True)
class Bucket:
    """Requests that a client may still make; filled up as time goes by."""

    left: float
    at: float


@dataclass(slots=True)
class Guard:
    """Wraps an ASGI application; refuses in RFC 9457 problem documents."""

    app: ASGI
    rules: Rules
    clock: Callable[[], float] = time.monotonic
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self.refusal(scope, headers)
        if refusal is not None:
            await refuse(scope, send, *refusal)
            return
        read = 0
        sent = False

        async def bounded() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.rules.body:
                raise TooLarge
            return message

        async def marked(message: MutableMapping[str, Any]) -> None:
            nonlocal sent
            if message["type"] == "http.response.start":
                sent = True
                present = {name.lower() for name, _ in message.get("headers", ())}
                added = [header for header in HEADERS if header[0] not in present]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        try:
            await self.app(scope, bounded, marked)
        except TooLarge:
            if not sent:
                await refuse(scope, send, 413, f"at most {self.rules.body // 1_000_000} MB are taken")

    def refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Status and reason for a request that goes no further."""
        called = headers.get("host", "")
        name = host_name(called)
        if self.rules.hosts and name not in self.rules.hosts:
            return 421, "this server is not called so; name it with --allowed-host"
        unsafe = scope["type"] == "websocket" or scope["method"] not in SAFE
        if unsafe:
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc.lower() != called.lower():
                return 403, "requests of other sites' pages are not taken"
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return 403, "requests of other sites' pages are not taken"
        if scope["path"] not in OPEN and not self.known(headers.get("authorization", "")):
            return 401, "name and password are wanted"
        if unsafe and not self.allowed((scope.get("client") or ("",))[0]):
            return 429, f"at most {self.rules.rate} requests a minute are taken of one client; wait a little"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.rules.body:
            return 413, f"at most {self.rules.body // 1_000_000} MB are taken"
        return None

    def known(self, authorization: str) -> bool:
        """Whether the right name and password were given (Basic), or the password alone (Bearer), in constant time."""
        if not self.rules.auth:
            return True
        kind, _, value = authorization.partition(" ")
        given = b""
        if kind.lower() == "basic":
            try:
                given = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                given = b""
        elif kind.lower() == "bearer":
            given = f"{self.rules.auth.partition(':')[0]}:{value.strip()}".encode()
        return hmac.compare_digest(given, self.rules.auth.encode())

    def allowed(self, client: str) -> bool:
        """Whether a client has a request left: ``rate`` at once, as many a minute in the long run."""
        now = self.clock()
        bucket = self.buckets.pop(client, None) or Bucket(self.rules.rate, now)
        bucket.left = min(float(self.rules.rate), bucket.left + (now - bucket.at) * self.rules.rate / 60)
        bucket.at = now
        self.buckets[client] = bucket
        while len(self.buckets) > CLIENTS:
            self.buckets.popitem(last=False)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True


class TooLarge(Exception):
    """More of a body came than is taken."""


def host_name(called: str) -> str:
    """The name in a Host header, without port and brackets.

    >>> host_name("localhost:7860"), host_name("[::1]:7860"), host_name("A.test")
    ('localhost', '::1', 'a.test')
    """
    try:
        return urlsplit(f"//{called}").hostname or ""
    except ValueError:
        return ""


def problem(status: int, detail: str) -> dict[str, Any]:
    """An RFC 9457 problem document."""
    return {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}


async def refuse(scope: Scope, send: Send, status: int, detail: str) -> None:
    """Answer with a problem document, or close a socket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/problem+json"), *HEADERS]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="kutip", charset="UTF-8"'))
    if status == 429:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem(status, detail)).encode()})
