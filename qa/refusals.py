"""What a request is refused with: an RFC 9457 problem document.

The page says the same in its own language, where the problem names words of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import HTTPException

TOO_BUSY = "Too busy"
TITLES = {
    400: "Cannot be read",
    401: "Password wanted",
    403: "Not from there",
    404: "Not found",
    405: "Not done here",
    408: "Too slow",
    413: "Too large",
    415: "Of another kind",
    421: "Not this host",
    422: "Cannot be read",
    429: "Too often",
    500: "Something went wrong",
    503: "Not possible now",
    504: "Too slow",
    507: "No room left",
}


class Problem(NamedTuple):
    """``title`` is "" where the status alone says what is wrong; ``key`` and ``values`` are those of `KutipError`."""

    status: int
    detail: str
    title: str = ""
    key: str = ""
    values: Mapping[str, str | int] = {}

    def document(self) -> dict[str, Any]:
        """The problem as JSON takes it, with ``key`` and ``values`` where it names words of the page."""
        named = {"key": self.key, "values": dict(self.values)} if self.key else {}
        title = self.title or TITLES.get(self.status, "Error")
        return {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail} | named


class Refused(HTTPException):
    """A request is refused. FastAPI makes 400 of any other kind of exception while it reads JSON."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.status, problem.detail, headers)
        self.problem = problem
