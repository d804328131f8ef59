"""Articles from the web, where that is allowed: only http(s), only public addresses, bounded in size and time.

Every connection is made to an address that was looked at, so a name that is public when it is checked and private
when it is used (DNS rebinding) is no way in, and neither is a redirect. The time counts for all of it together, names,
headers and redirects too; what is packed is unpacked in steps, so that a bomb is noticed before it has gone off.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from threading import Thread
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import Request

from index.article import Document, Failure
from index.errors import ArticleError
from index.formats import format_of, format_of_type
from index.loaders import documents_of
from index.parsers.charset import marked

LARGEST = 20_000_000  # bytes
SECONDS = 30.0
REDIRECTS = 5
PORTS = (80, 443)  # of those that need a privilege to serve
MOVED = (301, 302, 303, 307, 308)
ASKED_WITH = {"User-Agent": "kutip", "Accept": "*/*", "Accept-Encoding": "gzip"}
PATIENCE = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), 10.0)}

Allowed = Callable[[str], bool]
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also looking into the IPv6 forms of IPv4.

    >>> public("93.184.216.34"), public("127.0.0.1"), public("::ffff:10.0.0.1"), public("169.254.169.254")
    (True, False, False, False)
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return public(str(inner)) and (ip.ipv4_mapped is not None or ip.is_global)
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def fetch(url: str, allowed: Allowed = public, refused: list[Failure] | None = None) -> list[Document]:
    """The articles at a web address. Raises ArticleError when it may not or can't be read.

    ``allowed`` tells which IP addresses may be connected to. ``refused``: see `documents_of`.
    """
    data, final, media_type, charset = download(url, allowed)
    parts = urlsplit(final.partition("#")[0])
    source = parts._replace(netloc=parts.netloc.lower()).geturl()  # capitals in a name make no other address
    # A page called …/article.php is still a page: the type that the server tells counts, else the name, else the bytes.
    form = format_of_type(media_type) or format_of(urlsplit(source).path, data)
    return documents_of(data if form.binary else marked(data, charset), source, form, refused)


def download(url: str, allowed: Allowed = public) -> tuple[bytes, str, str, str]:
    """The content of a web address, the address after redirects, the media type and the encoding, "" if not told."""
    import httpcore
    import httpx

    until = time.monotonic() + SECONDS
    network: Any = GuardedBackend(allowed, httpcore.SyncBackend(), until)  # as httpcore's own, which loads only now
    cookies = fresh_cookies()
    try:
        with httpcore.ConnectionPool(network_backend=network) as pool:
            for _ in range(REDIRECTS + 1):
                check_address(url)
                # httpx spells names and letters beyond ASCII; its own client has no place for a network of ours.
                asked = httpx.Request("GET", url, headers=ASKED_WITH, cookies=cookies)
                # As httpx took it apart: httpcore, given it whole, would leave out what stands behind a semicolon.
                address = httpcore.URL(
                    scheme=asked.url.raw_scheme, host=asked.url.raw_host, port=asked.url.port, target=asked.url.raw_path
                )
                with pool.stream("GET", address, headers=asked.headers.raw, extensions=PATIENCE) as reply:
                    headers = httpx.Headers(reply.headers)
                    if reply.status in MOVED and "location" in headers:
                        told = httpx.Response(reply.status, headers=headers, request=asked)
                        httpx.Cookies(cookies).extract_cookies(told)
                        url = urljoin(url, headers["location"])
                        continue
                    if reply.status != 200:
                        why = f"{url} cannot be read: the server says {reply.status}"
                        raise ArticleError(why, "web_status", url=url, status=reply.status)
                    body = bytearray()
                    for piece in unpacked(reply.iter_stream(), headers.get("content-encoding", ""), url):
                        body += piece
                        if len(body) > LARGEST:
                            most = LARGEST // 1_000_000
                            raise ArticleError(f"{url} is larger than {most} MB", "file_large", name=url, most=most)
                    media_type = headers.get("content-type", "").split(";")[0].strip().lower()
                    return bytes(body), url, media_type, httpx.Response(200, headers=headers).charset_encoding or ""
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
        httpx.InvalidURL,
        OSError,
        ValueError,
        zlib.error,
    ) as error:
        if time.monotonic() >= until:
            raise ArticleError(f"{url} took longer than {SECONDS:.0f} s", "web_slow", url=url) from error
        key = "web_private" if isinstance(error, NotPublic) else "web_failed"
        raise ArticleError(f"{url} cannot be read ({error or type(error).__name__})", key, url=url) from error
    raise ArticleError(f"{url} redirects more than {REDIRECTS} times", "web_failed", url=url)


def fresh_cookies() -> CookieJar:
    """Where a fetch keeps the cookies of its redirects: sites let in only who brings back the one that they just set.

    A cookie goes to the host that set it alone, unless it names a domain around it.
    """
    return CookieJar(Sendable(strict_domain=True, strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain))


class Sendable(DefaultCookiePolicy):
    """Takes no cookie with letters beyond ASCII: it could not be sent back."""

    def set_ok(self, cookie: Cookie, request: Request) -> bool:  # noqa: D102  # the library's
        return f"{cookie.name}{cookie.value}{cookie.path}".isascii() and super().set_ok(cookie, request)


def unpacked(pieces: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The content of a reply, at most 64 KB at a time.

    Raises ArticleError for any encoding but gzip, and for what ends before it says so.
    """
    if encoding.strip().lower() in ("", "identity"):
        yield from pieces
        return
    if encoding.strip().lower() != "gzip":
        raise ArticleError(f"{url} is encoded as {encoding!r}, which was not asked for", "web_failed", url=url)
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for packed in pieces:
        waiting = packed
        while waiting and not unpacking.eof:
            yield unpacking.decompress(waiting, 65536)
            waiting = unpacking.unconsumed_tail
    if not unpacking.eof:
        raise ArticleError(f"{url} cannot be read (the reply was cut off)", "web_failed", url=url)


def check_address(url: str) -> None:
    """Raises ArticleError unless it is a plain http(s) address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ArticleError(f"{url} is no web address ({error})", "no_address", url=url) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ArticleError(f"{url} is no web address; only http:// and https:// are read", "no_address", url=url)
    if parts.username or parts.password:
        raise ArticleError("an address with a password in it is not read", "web_private", url=parts.hostname)
    if port is not None and port < 1024 and port not in PORTS:
        raise ArticleError(f"port {port} of {parts.hostname} is not one of the web", "web_private", url=url)


class NotPublic(OSError):
    """A name leads to an address that may not be connected to."""


def left(until: float, timeout: float | None = None) -> float:
    """The seconds that a step may take. Raises OSError when none are left."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise OSError("it took too long")
    return seconds if timeout is None else min(seconds, timeout)


def addresses_of(host: str, port: int, seconds: float) -> set[str]:
    """A host's IP addresses. Raises OSError. A look-up can't be stopped: it is left behind when its time is over."""
    found: Future[set[str]] = Future()

    def look_up() -> None:
        try:
            found.set_result({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
        except Exception as error:  # a name may be no name, too
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    return found.result(seconds)


class GuardedBackend:
    """httpcore's network, but for connections to addresses that may not be reached."""

    def __init__(self, allowed: Allowed, network: Any, until: float) -> None:
        """``until``: the moment, by time.monotonic, from which on nothing is read."""
        self.allowed = allowed
        self.network = network
        self.until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Any:
        """Connect to the first of the host's addresses; refuse a host with any that is not allowed."""
        found = addresses_of(host, port, left(self.until))
        if not found or not all(self.allowed(address) for address in found):
            raise NotPublic(f"{host} is not on the open internet")
        address = sorted(found, key=lambda item: ":" in item)[0]
        stream = self.network.connect_tcp(address, port, left(self.until, timeout), local_address, socket_options)
        return HurriedStream(stream, self.until)

    def connect_unix_socket(self, *_arguments: Any, **_more: Any) -> Any:
        """Never."""
        raise OSError("no sockets of this machine")

    def sleep(self, seconds: float) -> None:
        """Between retries, of which there are none."""
        self.network.sleep(seconds)


class HurriedStream:
    """A connection that is given up when the time for all of it is over, however busily it drips."""

    def __init__(self, stream: Any, until: float) -> None:
        self.stream = stream
        self.until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to ``max_bytes`` bytes."""
        data: bytes = self.stream.read(max_bytes, left(self.until, timeout))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self.stream.write(buffer, left(self.until, timeout))

    def close(self) -> None:
        """End the connection."""
        self.stream.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Any:
        """The same connection, encrypted."""
        return HurriedStream(self.stream.start_tls(ssl_context, server_hostname, left(self.until, timeout)), self.until)

    def get_extra_info(self, info: str) -> Any:
        """What is known about the connection."""
        return self.stream.get_extra_info(info)
