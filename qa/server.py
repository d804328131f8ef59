"""The server: the same answers as everywhere, and the articles, over HTTP.

Errors are RFC 9457 problem documents. No reply holds a path of this machine. Imported by the page, not by `qa`.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from pydantic.warnings import UnsupportedFieldAttributeWarning

from qa.asking import Asking
from qa.desk import ADD_SECONDS, Desk
from qa.guard import Guard, Rules
from qa.mcp_server import mount_mcp
from qa.mcp_tools import Tools
from qa.pipeline import Pipeline
from qa.reindexing import Reindexing, UntilReindexed
from qa.rest.articles import article_routes
from qa.rest.feedback import feedback_routes
from qa.rest.health import health_routes
from qa.rest.problems import refuse_the_rest, tell_problems
from qa.rest.questions import question_routes
from qa.rest.settings import Settings
from qa.rest.translating import translation_routes
from qa.telemetry import Counting
from qa.translator import Translator

# FastAPI and Gradio silence them for a moment, which models that are loaded in another thread meanwhile undo.
warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)
warnings.filterwarnings("ignore", "Couldn't find ffmpeg", RuntimeWarning)


def create_api(
    pipeline: Pipeline,
    rules: Rules,
    settings: Settings | None = None,
    *,
    asking: Desk | None = None,
    adding: Desk | None = None,
    reindexing: Reindexing | None = None,
) -> FastAPI:
    """The application with all routes, guarded; a page may be mounted on it.

    ``asking`` and ``adding`` are the queues before questions and new articles; None makes the usual ones. They are
    closed when the application ends, which cannot be started again.
    Until ``reindexing`` is done, requests are refused with how far it is.
    ``state.asking`` of the application is the `Asking` that its other parts share.
    """
    settings = settings or Settings()
    questions = Asking(pipeline, asking or Desk())
    adding = adding or Desk(seconds=ADD_SECONDS)
    telemetry = questions.telemetry
    translator = Translator(settings.translator) if settings.translator else None
    telemetry.watch("questions", questions.desk)
    telemetry.watch("articles", adding)
    translating = Desk(at_once=1)
    telemetry.watch("translations", translating)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:  # also at a second Ctrl-C
            for desk in (questions.desk, adding, translating):
                desk.close()

    api = FastAPI(
        lifespan=lifespan,
        title="kutip",
        version=version("kutip"),
        description="Ask articles a question, get the verbatim answer with its place and an honest confidence.",
        docs_url=None,
        redoc_url=None,
    )
    api.state.asking = questions
    if reindexing is not None:
        api.add_middleware(UntilReindexed, reindexing=reindexing)
    api.add_middleware(Counting, telemetry=telemetry)
    api.add_middleware(Guard, rules=rules, read_only=settings.read_only)
    tell_problems(api)
    api.include_router(question_routes(questions))
    api.include_router(article_routes(pipeline, settings, adding))
    api.include_router(feedback_routes(pipeline, settings))
    api.include_router(translation_routes(pipeline, translator, translating))
    api.include_router(health_routes(pipeline.library, telemetry))
    refuse_the_rest(api)
    if settings.mcp:
        mount_mcp(api, Tools(questions, adding), write=settings.mcp_write)
    return api
