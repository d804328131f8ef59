"""Listening on a port until somebody says stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import signal
import socket
import threading
import time
import webbrowser
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import Scope

from qa.errors import KutipError


def free(host: str, port: int) -> bool:
    """Whether the port can be taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise KutipError(
                f"{host}:{port} cannot be taken ({error.strerror}); choose others with --host, --port"
            ) from error
    return True


def address(host: str, port: int) -> str:
    """Where the server is found.

    >>> address("localhost", 7860), address("::1", 80)
    ('http://localhost:7860', 'http://[::1]:80')
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_fault(record: logging.LogRecord) -> bool:
    """Whether what uvicorn logs is one: that a page still listens when the server ends, and is cut off, is none."""
    cut_off = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut_off and not str(record.msg).startswith("Cancel %s running task(s)")


SILENCE = 30.0  # seconds in which a request has to begin, and its head to come
LISTENING = re.compile(r"GET (/gradio_api/heartbeat/.+|/mcp)")


def only_listens(scope: Scope | None) -> bool:
    """Whether a connection is one over which nothing comes that anybody waits for: an open page's, or a tool's.

    >>> only_listens({"type": "http", "method": "GET", "path": "/mcp"}), only_listens(None)
    (True, False)
    """
    return scope is not None and LISTENING.fullmatch(f"{scope.get('method')} {scope['path']}") is not None


def asks_nothing(connection: Any) -> bool:
    """Whether no request has wholly come over a connection that was not answered."""
    scope, cycle = getattr(connection, "scope", None), getattr(connection, "cycle", None)
    return (scope or {}).get("type") != "websocket" and (cycle is None or cycle.response_complete)


class Server(uvicorn.Server):
    """Says when it is ready, gives up connections over which nothing is asked, and waits at its end for those alone
    who wait for something."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.silent: dict[tuple[Any, Any], float] = {}  # since when, by connection and its last request

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say where. Where that cannot be, stop in good order: torn down, all parts would tell of it."""
        await super().startup(sockets)
        if not self.started:
            return
        try:
            print(f"kutip answers at {address(self.config.host, self.config.port)} (Ctrl-C stops it)", flush=True)  # noqa: T201
        except OSError:
            await self.shutdown(sockets)
            raise

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % 10 == 0:
            self.give_up_silent()
        return await super().on_tick(counter)

    def give_up_silent(self) -> None:
        """Close what would be open for ever: each takes a file, and without one nobody else gets in."""
        now = time.monotonic()
        found = [(one, getattr(one, "cycle", None)) for one in self.server_state.connections if asks_nothing(one)]
        self.silent = {one: self.silent.get(one, now) for one in found}
        for (connection, _), since in self.silent.items():
            if now - since > SILENCE and connection.transport is not None:
                connection.transport.close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of who only listens, then stop."""
        for connection in list(self.server_state.connections):
            if only_listens(getattr(connection, "scope", None)) and connection.transport is not None:
                connection.transport.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, host: str, port: int, open_browser: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM; says when it is ready."""
    if not free(host, port):
        raise KutipError(f"port {port} is in use; choose another one with --port")
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address(host, port)]).start()
    # uvicorn hands a signal on once it has stopped: to be asked to stop is no fault.
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: None)
    config = uvicorn.Config(
        app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=5, server_header=False
    )
    logging.getLogger("uvicorn.error").addFilter(is_fault)
    try:
        Server(config).run()
    finally:
        # What still runs ends at its next step, or at the next signal: the library is whole at any moment.
        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, signal.SIG_DFL)
