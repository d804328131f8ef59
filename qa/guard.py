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
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from qa.errors import KutipError
from qa.incoming import Body, Held, too_large
from qa.refusals import Problem, Refused
from qa.rendering import render_alone, words

OPEN = ("/healthz",)  # tells nothing but that it lives
SAFE = ("GET", "HEAD", "OPTIONS")
CLIENTS = 10_000  # of which the rate is remembered
READS = 20  # requests that only read, for each that changes or asks
GUESSES = 30  # wrong passwords a minute
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# What is told at these is out of date at once, and nothing of the articles is to lie in a cache.
UNKEPT, NO_STORE = ("/v1", "/healthz", "/readyz", "/metrics"), (b"cache-control", b"no-store")
FILES, ARTICLES = "/v1/articles/file", "/v1/articles"  # where articles come in
CHANGES = (ARTICLES, "/v1/feedback")  # what lies below is not changed on a read-only server
READ_ONLY = Problem(403, "this server was started with --read-only", key="read_only")
FOREIGN = Problem(403, "requests of other sites' pages are not taken", key="foreign")
# Bytes of JSON with one article: its text has at most 20 million characters. Twice as many hold it as most clients send
# it, in UTF-8 or with the letters beyond ASCII as \u201c; a text of such letters alone is sent in UTF-8 or as a file.
ARTICLE = 40_000_000
QUESTION = 1_000_000  # bytes of any other JSON: 64 questions, or one with its history and 10,000 articles by their ids
CONVERSATION = 8_000_000  # bytes of a body anywhere else; a page's whole conversation is one


@dataclass(frozen=True, slots=True)
class Rules:
    """``auth`` is "name:password", "" for none; ``hosts`` are the names by which the server may be called, () for
    any; with ``numbers`` so are all IP addresses, which no DNS rebinding goes by; ``body`` is in bytes, ``held`` those
    of all bodies at once; ``rate`` is how many changing or asking requests a client may make a minute."""

    auth: str = ""
    hosts: tuple[str, ...] = ()
    numbers: bool = False
    body: int = 200_000_000
    held: int = 600_000_000
    rate: int = 240

    @classmethod
    def of(
        cls, host: str, auth: str = "", insecure: bool = False, names: tuple[str, ...] = (), rate: int = 240
    ) -> Rules:
        """The rules for a server at ``host``. Raises KutipError for one that anybody could use without a password."""
        name, _, password = auth.partition(":")
        if auth and not (name and password):
            raise KutipError(
                "--auth wants a name and a password, neither of them empty: --auth NAME:PASSWORD; is a variable unset?"
            )
        local = is_loopback(host)
        if not local and not auth and not insecure:
            raise KutipError(
                f"{host} can be reached by others: choose a password with --auth NAME:PASSWORD, "
                "or say --insecure if that is what you want"
            )
        known = {bare_name(name) for name in names}
        if local:
            known |= {"localhost", "127.0.0.1", "::1", host}
        elif known or not auth:  # without names any will do: no password is sent along with what a rebound one asks for
            known |= {"localhost", socket.gethostname().lower(), host.lower()}
        return cls(auth=auth, rate=rate, hosts=tuple(known), numbers=bool(known) and not local)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at ``host``.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_number(name: str) -> bool:
    """Whether a host is called by its IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def client_of(address: str) -> str:
    """Whose requests are counted together: an IPv4 address, a whole /64 network of IPv6.

    >>> client_of("192.0.2.7"), client_of("2001:db8::1:2:3"), client_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return address


@dataclass(slots=True)
class Bucket:
    """Requests that a client may still make; filled up as time goes by."""

    left: float
    at: float


@dataclass(slots=True)
class Guard:
    """Wraps an ASGI application; refuses in RFC 9457 problem documents. ``read_only``: also what changes articles."""

    app: ASGIApp
    rules: Rules
    read_only: bool = False
    clock: Callable[[], float] = time.monotonic
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    held: Held = field(init=False)

    def __post_init__(self) -> None:
        self.held = Held(self.rules.held)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self.refusal(scope, headers)
        if refusal is not None:
            await refuse(scope, send, refusal)
            return
        body = Body(scope, receive, self.held, client_of((scope.get("client") or ("",))[0]), self.most(scope))
        sent = False

        async def marked(message: MutableMapping[str, Any]) -> None:
            nonlocal sent
            if message["type"] == "http.response.start":
                sent = True
                present = {name.lower() for name, _ in message.get("headers", ())}
                wanted = (*HEADERS, NO_STORE) if scope["path"].startswith(UNKEPT) else HEADERS
                added = [header for header in wanted if header[0] not in present]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        try:
            await self.app(scope, body, marked)
        except Refused as error:
            if not sent:
                await refuse(scope, send, error.problem)
        finally:
            body.let_go()

    def most(self, scope: Scope) -> int:
        """How many bytes of a body are taken: only files are large, and JSON is read whole before it is checked."""
        usual = QUESTION if scope["path"].startswith("/v1/") else CONVERSATION
        return min(self.rules.body, {FILES: self.rules.body, ARTICLES: ARTICLE}.get(scope["path"], usual))

    def refusal(self, scope: Scope, headers: dict[str, str]) -> Problem | None:
        """What a request is refused with that goes no further."""
        client = client_of((scope.get("client") or ("",))[0])
        called = headers.get("host", "")
        name = host_name(called)
        if self.rules.hosts and name not in self.rules.hosts and not (self.rules.numbers and is_number(name)):
            return Problem(421, "this server is not called so; name it with --allowed-host", key="no_host")
        unsafe = scope["type"] == "websocket" or scope["method"] not in SAFE
        if unsafe:
            origin = headers.get("origin")
            if origin is not None and origin_of(origin) != called.lower():
                return FOREIGN
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return FOREIGN
        if scope["path"] not in OPEN and self.rules.auth:
            given = headers.get("authorization", "")
            if self.bucket(f"{client} password", GUESSES).left < 1:
                return too_often(f"{GUESSES} wrong passwords")
            if not self.known(given):
                if given:
                    self.bucket(f"{client} password", GUESSES).left -= 1
                return Problem(401, "name and password are wanted", key="password")
        rate = self.rules.rate if unsafe else self.rules.rate * READS
        if not self.allowed(client if unsafe else f"{client} reads", rate):
            return too_often(f"{rate} requests")
        if self.read_only and unsafe and scope["path"].startswith(CHANGES):
            return READ_ONLY
        length, most = headers.get("content-length", "0"), self.most(scope)
        if not length.isdigit() or int(length) > most:
            return too_large(most)
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
            name = self.rules.auth.partition(":")[0]
            # The bytes as they came: headers are read as Latin-1, whatever letters they hold.
            given = name.encode() + b":" + value.strip().encode("latin-1")
        return hmac.compare_digest(given, self.rules.auth.encode())

    def allowed(self, client: str, rate: int) -> bool:
        """Whether a client has a request left: ``rate`` at once, as many a minute in the long run."""
        bucket = self.bucket(client, rate)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def bucket(self, name: str, rate: int) -> Bucket:
        """A client's bucket as it is now."""
        now = self.clock()
        bucket = self.buckets.pop(name, None) or Bucket(rate, now)
        bucket.left = min(float(rate), bucket.left + (now - bucket.at) * rate / 60)
        bucket.at = now
        self.buckets[name] = bucket
        while len(self.buckets) > CLIENTS:
            self.buckets.popitem(last=False)
        return bucket


def host_name(called: str) -> str:
    """The name in a Host header, without port and brackets.

    >>> host_name("localhost:7860"), host_name("[::1]:7860"), host_name("A.test")
    ('localhost', '::1', 'a.test')
    """
    try:
        return urlsplit(f"//{called}").hostname or ""
    except ValueError:
        return ""


def origin_of(sent: str) -> str:
    """Host and port in an Origin header; "" where it is none."""
    try:
        return urlsplit(sent).netloc.lower()
    except ValueError:
        return ""


def bare_name(given: str) -> str:
    """The name as `host_name` finds it in requests, of what was typed. Raises KutipError where there is none.

    >>> bare_name("Kutip.Example:8443"), bare_name("::1"), bare_name("[::1]:80")
    ('kutip.example', '::1', '::1')
    """
    name = host_name(f"[{given}]" if given.count(":") > 1 and not given.startswith("[") else given)
    if not name:
        raise KutipError(f"{given!r} is no name of a server; --allowed-host wants one like news.example")
    return name


def too_often(most: str) -> Problem:
    """That a client makes more than so many requests of a kind."""
    return Problem(429, f"at most {most} a minute are taken of one client; wait a little", key="often")


def is_reader(scope: Scope) -> bool:
    """Whether a request is that of a browser whose user opens an address."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["method"] in ("GET", "HEAD") and b"text/html" in accepted


async def refuse(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer with a problem document, to who opens an address in words of the page if it has any, or close a socket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    if problem.key in words()["en"] and is_reader(scope):
        kind, body = b"text/html; charset=utf-8", render_alone(problem.key, problem.values)
    else:
        kind, body = b"application/problem+json", json.dumps(problem.document())
    headers = [(b"content-type", kind), NO_STORE, *HEADERS]
    if problem.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="kutip", charset="UTF-8"'))
    if problem.status == 429:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
