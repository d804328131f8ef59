"""From rules and settings to a running server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from qa.asking import Asking
from qa.errors import ManifestMismatch
from qa.guard import Rules
from qa.late_page import LatePage
from qa.listening import serve
from qa.pipeline import Pipeline, load
from qa.reindexing import Reindexing
from qa.rest.settings import Settings
from qa.server import create_api

Page = Callable[[Pipeline, Settings, Asking], FastAPI]  # builds the page, as `app.mounted` does


def create_app(
    pipeline: Pipeline, rules: Rules, settings: Settings, page: Page, reindexing: Reindexing | None = None
) -> FastAPI:
    """The page and the REST interface as one application, refusing until ``reindexing`` is done.

    The page is built in the background once the server has started; requests to it wait.
    """
    api = create_api(pipeline, rules, settings, reindexing=reindexing)
    late = LatePage(lambda: page(pipeline, settings, api.state.asking))
    outer = api.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with late.lifespan(), outer(app) as state:  # work ends first, the page is waited for then
            yield state

    api.router.lifespan_context = lifespan
    api.mount("/", late)
    return api


@dataclass(frozen=True, slots=True)
class Start:
    """Where the server listens, and what it does first: open the page in a browser, embed an outdated library anew."""

    host: str = "127.0.0.1"
    port: int = 7860
    open_browser: bool = False
    reindex: bool = False


def main(page: Page, chosen: Mapping[str, Any], rules: Rules, settings: Settings, start: Start) -> None:
    """Serve the ``chosen`` library with the chosen models, as `load` takes them, until it is stopped.

    Raises KutipError when that cannot be.
    """
    with ExitStack() as ended:
        try:
            pipeline, changed = load(**chosen), ""
        except ManifestMismatch as error:
            if not start.reindex:
                raise
            pipeline, changed = load(**chosen, check=False), error.changed
        ended.enter_context(pipeline)
        pipeline.find_models()
        if pipeline.ensure_sample():
            print("the library was empty: the sample article is in it now", file=sys.stderr)  # noqa: T201
        warm = ended.enter_context(ThreadPoolExecutor(1)).submit(pipeline.warm_up)  # meanwhile
        reindexing: Reindexing | None = None
        if changed:
            print("the library is being reindexed; /readyz tells how far it is", file=sys.stderr)  # noqa: T201
            reindexing = ended.enter_context(Reindexing(pipeline.library, changed))
        app = create_app(pipeline, rules, settings, page, reindexing)
        warm.result()
        serve(app, start.host, start.port, start.open_browser)
