"""The REST interface: the same answers as everywhere, and the articles, over HTTP.

Errors are RFC 9457 problem documents. No reply holds a path of this machine. Imported by the page, not by `qa`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteError

from index.article import Article, Document
from index.fetch import fetch
from index.ingest import Report, store_documents
from index.loaders import documents_of
from qa.answers import Answer
from qa.conversation import KEPT, Turn, ask
from qa.errors import KutipError, LibraryError
from qa.guard import Guard, Rules, problem
from qa.pipeline import Pipeline
from qa.telemetry import Counting, Telemetry

logger = logging.getLogger("kutip")
T = TypeVar("T")

AT_ONCE = 2  # questions that are worked on; more only wait for each other
WAITING = 64  # questions in the queue
SECONDS = 60.0  # until a question is given up
MOST_QUESTIONS = 64  # in one request
Text = Annotated[str, Field(max_length=20_000_000)]
Short = Annotated[str, Field(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is to behave: may articles be changed, and web addresses be read?"""

    read_only: bool = False
    allow_urls: bool = False


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid")


class FiltersBody(Strict):
    """Which articles are asked; all that are given must hold."""

    sources: list[Short] = Field(default=[], max_length=100, description="parts of the source, or patterns with *")
    after: str = Field(default="", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$", description="ISO date, included")
    before: str = Field(default="", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$", description="ISO date, included")
    languages: list[Short] = Field(default=[], max_length=100, description="ISO 639-1 codes")
    articles: list[Short] = Field(default=[], max_length=10_000, description="ids")


class EarlierTurn(Strict):
    """What was asked before (an answer's `asked_as`), and the answer's text, null for none."""

    question: str = Field(max_length=10_000)
    answer: Short | None = None


class Question(Strict):
    """One question, or several at once."""

    question: str | None = Field(default=None, max_length=10_000, examples=["Why did the talks fail?"])
    questions: list[Annotated[str, Field(max_length=10_000)]] | None = Field(default=None, max_length=MOST_QUESTIONS)
    history: list[EarlierTurn] = Field(default=[], max_length=KEPT, description="turns before a follow-up question")
    filters: FiltersBody | None = None


class Search(Strict):
    """What to look for."""

    query: str = Field(max_length=10_000)
    limit: int = Field(default=10, ge=1, le=100)
    filters: FiltersBody | None = None


class NewArticle(Strict):
    """An article's text and what is known about it, or the web address where it stands."""

    text: Text | None = None
    url: Short | None = None
    title: Short = ""
    source: Short = ""
    author: Short = ""
    published: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    language: str = Field(default="", pattern=r"^([a-z]{2})?$")


class Desk:
    """Where questions wait for their turn: a bounded queue before the models."""

    def __init__(self, pipeline: Pipeline, telemetry: Telemetry) -> None:
        self.pipeline = pipeline
        self.telemetry = telemetry
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread when its turn comes.

        HTTPException 503 when too many wait, 504 when it takes too long.
        """
        if self._waiting >= WAITING:
            raise HTTPException(503, "too many questions are waiting; ask again in a moment")
        self._waiting += 1
        self.telemetry.waiting(self._waiting)
        try:
            async with asyncio.timeout(SECONDS):
                async with self._turns:
                    return await asyncio.to_thread(work)
        except TimeoutError as error:
            raise HTTPException(504, f"no answer within {SECONDS:.0f} s; ask again later") from error
        finally:
            self._waiting -= 1
            self.telemetry.waiting(self._waiting)


def create_api(pipeline: Pipeline, rules: Rules, settings: Settings | None = None) -> FastAPI:
    """The application with all routes, guarded; a page may be mounted on it."""
    settings = settings or Settings()
    telemetry = Telemetry()
    desk = Desk(pipeline, telemetry)
    library = pipeline.library
    api = FastAPI(
        title="kutip",
        version=version("kutip"),
        description="Ask articles a question, get the verbatim answer with its place and an honest confidence.",
        docs_url=None,
        redoc_url=None,
    )
    api.state.telemetry = telemetry
    api.add_middleware(Counting, telemetry=telemetry)
    api.add_middleware(Guard, rules=rules)
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": "a problem document (RFC 9457)", "content": {"application/problem+json": {}}}
        for status in (400, 401, 403, 404, 405, 413, 415, 421, 422, 429, 500, 503, 504)
    }

    @api.exception_handler(KutipError)
    async def kutip_error(_request: Request, error: KutipError) -> JSONResponse:
        status = 404 if isinstance(error, LibraryError) and "there is no article" in str(error) else 422
        if isinstance(error, LibraryError) and status != 404:
            logger.error("the library: %s", error)
            return as_problem(503, "the library cannot be used now; the server's log says why")
        return as_problem(status, without_paths(str(error)))

    @api.exception_handler(StarletteError)
    async def http_error(_request: Request, error: StarletteError) -> JSONResponse:
        reply = as_problem(error.status_code, str(error.detail))
        reply.headers.update(error.headers or {})
        return reply

    @api.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        found = "; ".join(
            f"{'.'.join(map(str, item['loc'][1:])) or 'body'}: {item['msg']}" for item in error.errors()[:5]
        )
        return as_problem(422, found)

    @api.exception_handler(Exception)
    async def broken(_request: Request, error: Exception) -> JSONResponse:
        logger.error("a request could not be answered", exc_info=error)
        return as_problem(500, "something went wrong here; the server's log says what")

    # -- questions -------------------------------------------------------------------------------------

    @api.post("/v1/answer", responses=problems, tags=["questions"])
    async def answer(body: Question) -> dict[str, Any]:
        """The verbatim answer with its evidence; with `questions`, `{"answers": […]}` in their order."""
        if (body.question is None) == (body.questions is None):
            raise HTTPException(422, "give either question or questions")
        filters = filters_of(body.filters)
        turns = [Turn(turn.question, turn.answer) for turn in body.history]
        if body.question is not None:
            question = body.question
            answers = [await desk.run(lambda: ask(pipeline, question, turns, filters))]
        else:
            asked = list(body.questions or [])
            answers = await desk.run(lambda: pipeline.answer_batch(asked, filters=filters))
        for one in answers:
            telemetry.answer(one)
        plain = [public_answer(one) for one in answers]
        return plain[0] if body.question is not None else {"answers": plain}

    @api.post("/v1/search", responses=problems, tags=["questions"])
    async def search(body: Search) -> dict[str, Any]:
        """The passages nearest to a query, without reading them."""
        found = await desk.run(lambda: pipeline.search(body.query, body.limit, filters=filters_of(body.filters)))
        return {"passages": [public(passage.to_dict()) for passage in found]}

    # -- articles --------------------------------------------------------------------------------------

    @api.get("/v1/articles", responses=problems, tags=["articles"])
    def list_articles(
        containing: Annotated[str, Query(max_length=500, description="in the title or the source")] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**12)] = 0,
    ) -> dict[str, Any]:
        """The articles without their texts, oldest first."""
        found = library.entries(containing=containing, limit=limit, offset=offset)
        return {"articles": [public(asdict(entry)) for entry in found], "total": len(library)}

    @api.get("/v1/articles/{article_id}", responses=problems, tags=["articles"])
    def read_article(article_id: str) -> dict[str, Any]:
        """One article with its text and the spans of its sentences."""
        article = library.article(article_id)
        return public(asdict(article)) | {"sentences": [asdict(span) for span in library.sentences(article_id)]}

    @api.get(
        "/v1/articles/{article_id}/original",
        responses={**problems, 200: {"content": {"application/octet-stream": {}}}},
        response_class=Response,
        tags=["articles"],
    )
    def read_original(article_id: str) -> Response:
        """What the article was read from, as a download: it is never shown as a page of ours."""
        original = library.original(article_id)
        if original is None:
            raise HTTPException(404, "only the text of this article was given")
        return Response(
            original.content,
            media_type="application/octet-stream",
            headers={"content-disposition": "attachment", "content-security-policy": "sandbox; default-src 'none'"},
        )

    def refuse_changes() -> None:
        if settings.read_only:
            raise HTTPException(403, "this server was started with --read-only")

    @api.post("/v1/articles", status_code=201, responses=problems, tags=["articles"])
    async def add_article(body: NewArticle) -> dict[str, Any]:
        """Add a text, or where the server allows it what stands at a web address."""
        refuse_changes()
        if (body.text is None) == (body.url is None):
            raise HTTPException(422, "give either text or url")
        if body.url is not None:
            if not settings.allow_urls:
                raise HTTPException(403, "web addresses are not read here; the server was started without --allow-urls")
            documents = await asyncio.to_thread(fetch, body.url)
        else:
            given = body.model_dump(exclude={"url", "text"})
            documents = [Document(Article.from_text(body.text or "", **given))]
        return public_report(await asyncio.to_thread(store_documents, library, documents))

    @api.post(
        "/v1/articles/file",
        status_code=201,
        responses=problems,
        tags=["articles"],
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def add_file(
        request: Request, name: Annotated[str, Query(min_length=1, max_length=300, description="the file's name")]
    ) -> dict[str, Any]:
        """Add the articles of a file: its bytes are the body, its name tells the format."""
        refuse_changes()
        data = await request.body()
        documents = await asyncio.to_thread(uploaded, data, name)
        return public_report(await asyncio.to_thread(store_documents, library, documents))

    @api.delete("/v1/articles/{article_id}", responses=problems, tags=["articles"])
    def remove_article(article_id: str) -> dict[str, Any]:
        """Remove an article."""
        refuse_changes()
        removed = pipeline.remove(article_id)
        if not removed:
            raise HTTPException(404, "there is no such article")
        return {"removed": list(removed)}

    # -- the server itself -----------------------------------------------------------------------------

    @api.get("/healthz", tags=["server"])
    def healthy() -> dict[str, str]:
        """Whether the server lives."""
        return {"status": "ok"}

    @api.get("/readyz", responses=problems, tags=["server"])
    def ready() -> dict[str, Any]:
        """Whether the library can be read; HTTP 503 if not."""
        articles, sentences = library.database.count()
        return {"status": "ready", "articles": articles, "sentences": sentences}

    @api.get("/metrics", response_class=PlainTextResponse, tags=["server"])
    def metrics() -> Response:
        """Counts and times for Prometheus."""
        telemetry.library(*library.database.count())
        return Response(telemetry.text(), media_type="text/plain; version=0.0.4")

    @api.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    def docs() -> str:
        """This interface in words, without anything from elsewhere."""
        return docs_page(api.openapi())

    return api


def uploaded(data: bytes, name: str) -> list[Document]:
    """The documents of an uploaded file, under a source of its own: two of one name never replace each other."""
    safe = PurePosixPath(name.replace("\\", "/")).name or "file"
    source = f"upload/{hashlib.sha256(data).hexdigest()[:12]}/{safe}"
    return documents_of(data, source)


def filters_of(body: FiltersBody | None) -> Any:
    """The library's filters; None when all pass."""
    from index.filters import Filters

    if body is None:
        return None
    given = Filters(tuple(body.sources), body.after, body.before, tuple(body.languages), tuple(body.articles))
    return given if given else None


def public_source(source: str) -> str:
    """A source as others may see it: a web address as it is, of a file the name alone.

    >>> public_source("/home/me/news/a.txt"), public_source("upload/1f/a.zip!/b.txt"), public_source("https://x.test/1")
    ('a.txt', 'a.zip!/b.txt', 'https://x.test/1')
    """
    if source.startswith(("http://", "https://")):
        return source
    outer, mark, inner = source.partition("!/")
    return outer.replace("\\", "/").rsplit("/", 1)[-1] + mark + inner


def public(plain: dict[str, Any]) -> dict[str, Any]:
    """A plain article, passage or piece of evidence without this machine's paths."""
    out = dict(plain)
    if "source" in out:
        out["source"] = public_source(out["source"])
    if "sources" in out:
        out["sources"] = [public_source(source) for source in out["sources"]]
    if "also_in" in out:
        out["also_in"] = [public(place) for place in out["also_in"]]
    return out


def public_answer(answer: Answer) -> dict[str, Any]:
    """The answer's schema without this machine's paths."""
    plain = answer.to_dict()
    return plain | {"evidence": [public(item) for item in plain["evidence"]]}


def public_report(report: Report) -> dict[str, Any]:
    """What an add did."""
    return {name: list(getattr(report, name)) for name in ("added", "replaced", "unchanged")}


def without_paths(message: str) -> str:
    """A message without folders of this machine in it."""
    return " ".join(public_source(word) if word.startswith(("/", "upload/")) else word for word in message.split(" "))


def as_problem(status: int, detail: str) -> JSONResponse:
    """A problem document as a reply."""
    return JSONResponse(problem(status, detail), status, media_type="application/problem+json")


def docs_page(schema: dict[str, Any]) -> str:
    """The interface as a plain page."""
    rows = []
    for path, methods in schema["paths"].items():
        for method, about in methods.items():
            text = escape(about.get("description") or about.get("summary", ""))
            rows.append(
                f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td><td>{text}</td></tr>"
            )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>kutip: REST</title><style>body{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.3rem .8rem .3rem 0;vertical-align:top}:root{color-scheme:light dark}</style></head><body>"
        f"<h1>kutip {escape(schema['info']['version'])}</h1><p>{escape(schema['info']['description'])}</p>"
        f"<table>{''.join(rows)}</table>"
        '<p>The full description is at <a href="openapi.json">openapi.json</a>. Try:</p><pre>'
        "curl -s localhost:7860/v1/answer -H 'content-type: application/json' "
        '-d \'{"question": "Why did the talks fail?"}\'</pre></body></html>'
    )
