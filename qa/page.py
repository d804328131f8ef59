"""What the page is told: the filters that people chose on it, its script with its words, what the server lets it do.

And what of it browsers may keep.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from html import escape
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from index.any_library import AnyLibrary
from index.filters import Filters, checked_day
from qa.errors import FilterError, QuestionError
from qa.pipeline import sample_articles
from qa.rendering import STATIC, words
from qa.rest.settings import Settings

ASSETS = "/assets/"  # Gradio's scripts and styles, whose names change with what is in them
KEPT = (b"cache-control", b"max-age=31536000, immutable")
SCRIPTS = ("base", "panel", "articles", "cards", "asking", "conversations", "start")  # each stands on those before it


def only(chosen: str, source: str = "", after: str = "", before: str = "", language: str = "") -> Filters | None:
    """The filters of the page: ``chosen`` is a JSON list of article ids. None when all articles are asked.

    Raises QuestionError for what is no date.
    """
    try:
        ids = json.loads(chosen or "[]")
    except ValueError:
        ids = []
    days = [(day or "").strip() for day in (after, before)]
    for day in filter(None, days):
        try:
            checked_day(day)
        except FilterError as error:
            raise QuestionError(str(error), "no_date", day=day) from error
    named = tuple(str(item) for item in ids[:10_000]) if isinstance(ids, list) else ()
    sources = (source.strip(),) if source and source.strip() else ()
    filters = Filters(sources, days[0], days[1], (language,) if language else (), named, by_name=True)
    return filters if filters else None


def check_some_pass(library: AnyLibrary, filters: Filters | None) -> None:
    """Raise QuestionError where there is no article, or filters let none pass: then it is not them that do not say."""
    if library.size(filters):
        return
    if filters:
        raise QuestionError("no article passes these filters; change them, or ask all articles", "none_pass")
    raise QuestionError("there are no articles yet; add one", "empty")


def attributes(settings: Settings) -> str:
    """What the page's script must know of the server."""
    known = {"change": not settings.read_only, "urls": settings.allow_urls, "translator": bool(settings.translator)}
    said = {name: "yes" if value else "no" for name, value in known.items()} | {"sample": sample_articles()[0].source}
    return "".join(f' data-{name}="{escape(value)}"' for name, value in said.items())


def restored(token: str, answers: int) -> str:
    """Tells the page's script what the chat shows: the conversation that it sent with a token, so many answers."""
    return f'<span id="kutip-restored" data-token="{escape(token)}" data-answers="{answers}"></span>'


def script() -> str:
    """The page's own script, with its words."""
    said = json.dumps(words(), ensure_ascii=False).replace("<", "\\u003c")
    parts = [(STATIC / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return f'(() => {{\n"use strict";\nconst WORDS = {said};\n{"".join(parts)}\n}})();'


@dataclass(frozen=True, slots=True)
class Lasting:
    """Wraps the page's ASGI application: browsers keep its scripts and styles, and need not ask for them again."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        async def marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message = {**message, "headers": [*message.get("headers", ()), KEPT]}
            await send(message)

        lasting = scope["type"] == "http" and scope["path"].startswith(ASSETS)
        await self.app(scope, receive, marked if lasting else send)
