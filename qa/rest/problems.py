"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from qa.errors import ArticleGone, KutipError, LibraryError, ManifestMismatch, ModelError
from qa.guard import QUESTION
from qa.incoming import too_large
from qa.public import public_values, without_paths
from qa.refusals import Problem, Refused

logger = logging.getLogger("kutip")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
Responses = dict[int | str, dict[str, Any]]

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "key": {"type": "string", "description": "names the page's words that say the same in either language"},
        "values": {"type": "object", "description": "what is put into them"},
    },
}
PROBLEMS: Responses = {
    status: {
        "description": "a problem document (RFC 9457)",
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
    for status in (400, 401, 403, 404, 405, 408, 413, 415, 421, 422, 429, 500, 503, 504)
}

# Where questions and other small things are sent.
SMALL_PROBLEMS: Responses = PROBLEMS | {
    413: PROBLEMS[413] | {"description": f"{too_large(QUESTION).detail} (RFC 9457)"}
}

REBUILT = {
    "encoder": "the library is now built with another encoder than this server uses; restart the server with that "
    "encoder, its log names both",
    "splitter": "the library is now built by another kutip, which splits sentences otherwise than this server; restart "
    "the server with that kutip, its log names both splitters",
    "format": "the library now has another format than this server reads; restart the server with the kutip that made "
    "it, its log names the format",
}
NO_JSON = "the body is no JSON in UTF-8; send it as such"
BROKEN = Problem(500, "something went wrong here; the server's log says what", key="broken")


def explained(error: KutipError | Refused) -> Problem:
    """What is told of an error of ours.

    What is wrong with the library or a model stays in the log.
    """
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, ManifestMismatch):
        logger.error("the library: %s", error)
        return Problem(503, REBUILT[error.changed], f"Another {error.changed}", key="rebuilt")
    if isinstance(error, ArticleGone):
        return Problem(404, without_paths(str(error)), key="gone")
    if isinstance(error, LibraryError):
        logger.error("the library: %s", error)
        return Problem(503, "the library cannot be used now; the server's log says why", "No library", key="no_library")
    if isinstance(error, ModelError):
        logger.error("a model: %s", error)
        return Problem(503, "a model cannot be used now; the server's log says why", "No model", key="no_model")
    return Problem(422, without_paths(str(error)), key=error.key, values=public_values(error.values))


def in_words(wrong: Iterable[tuple[Sequence[str | int], str]]) -> str:
    """The first five things that are wrong with what was sent: where, and what pydantic says of it.

    >>> in_words([(("filters", "after"), "Value error, 2019-2 is no date"), (("limit",), "Field required")])
    'filters.after: 2019-2 is no date; limit: Field required'
    """
    return "; ".join(
        f"{'.'.join(map(str, where))}: {what.removeprefix('Value error, ')}" for where, what in islice(wrong, 5)
    )


def as_reply(problem: Problem) -> JSONResponse:
    """A problem document as a reply."""
    return JSONResponse(problem.document(), problem.status, media_type="application/problem+json")


@dataclass(frozen=True, slots=True)
class Nothing:
    """Stands for all addresses where there is nothing, or where another method is meant. Raises HTTPException."""

    known: Sequence[BaseRoute]

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:  # noqa: D102  # ASGI
        done = [m for m in METHODS if any(r.matches({**scope, "method": m})[0] is Match.FULL for r in self.known)]
        if done:
            raise HTTPException(405, f"only {', '.join(done)} is done here", {"allow": ", ".join(done)})
        raise HTTPException(404, "there is nothing here; /docs tells what there is")


def refuse_the_rest(api: FastAPI) -> None:
    """Below `/v1` there is nothing but the routes that were added before; a page that is mounted is not asked."""
    nothing = Nothing(list(api.router.routes))
    for path in ("/v1", "/v1/{rest:path}"):
        api.router.routes.append(Route(path, nothing, include_in_schema=False))


def tell_problems(api: FastAPI) -> None:
    """Make every error of the application a problem document."""

    @api.exception_handler(KutipError)
    async def kutip_error(_request: Request, error: KutipError) -> JSONResponse:
        return as_reply(explained(error))

    @api.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        known = error.problem if isinstance(error, Refused) else None
        detail = NO_JSON if error.status_code == 400 else str(error.detail)  # FastAPI has 400 for what is no text
        reply = as_reply(known or Problem(error.status_code, detail))
        reply.headers.update(error.headers or {})
        return reply

    @api.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        if any(item["loc"] == ("body",) and isinstance(item["input"], bytes) for item in error.errors()):
            why = "the body is not taken for JSON; send it with the header content-type: application/json"
            return as_reply(Problem(422, why))
        for item in error.errors():
            if item["type"] == "json_invalid":
                return as_reply(Problem(422, f"{NO_JSON} (character {item['loc'][1]}: {item['ctx']['error']})"))
        return as_reply(Problem(422, in_words((item["loc"][1:] or ("body",), item["msg"]) for item in error.errors())))

    @api.exception_handler(Exception)
    async def broken(_request: Request, error: Exception) -> JSONResponse:
        logger.error("a request could not be answered", exc_info=error)
        return as_reply(BROKEN)
