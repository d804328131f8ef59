"""From the command line's words to a running server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from qa.asking import Asking
from qa.errors import KutipError, ManifestMismatch
from qa.guard import Rules
from qa.late_page import LatePage
from qa.listening import serve
from qa.pipeline import Pipeline, load
from qa.reindexing import Reindexing
from qa.rest.settings import Settings
from qa.server import create_api
from qa.serving_options import options, rules_of, settings_of

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


def main(page: Page, arguments: Sequence[str] | None = None) -> None:
    """Serve until it is stopped; ``arguments`` as on the command line."""
    chosen = options().parse_args(arguments)
    try:
        rules, settings = rules_of(chosen), settings_of(chosen)
        with ExitStack() as ended:
            try:
                pipeline, outdated = load(chosen.library, encoder=chosen.encoder, reader=chosen.reader), False
            except ManifestMismatch:
                if not chosen.reindex:
                    raise
                pipeline = load(chosen.library, encoder=chosen.encoder, reader=chosen.reader, check=False)
                outdated = True
            ended.enter_context(pipeline)
            if pipeline.ensure_sample():
                print("the library was empty: the sample article is in it now", file=sys.stderr)  # noqa: T201
            warm = ended.enter_context(ThreadPoolExecutor(1)).submit(pipeline.warm_up)  # meanwhile
            reindexing: Reindexing | None = None
            if outdated:
                print("the library is being reindexed; /readyz tells how far it is", file=sys.stderr)  # noqa: T201
                reindexing = ended.enter_context(Reindexing(pipeline.library))
            app = create_app(pipeline, rules, settings, page, reindexing)
            warm.result()
            serve(app, chosen.host, chosen.port, chosen.open)
    except KutipError as error:
        raise SystemExit(f"Error: {error}") from error
