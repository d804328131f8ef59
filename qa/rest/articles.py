"""Routes that list, show, add and remove articles."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from index.any_library import AnyLibrary
from index.article import Article, Document, Failure
from index.fetch import fetch
from index.filters import Filters
from index.formats import BY_SUFFIX, FORMATS
from index.ingest import Progress, Report, store_documents
from index.loaders import documents_of
from qa.desk import Desk
from qa.guard import READ_ONLY
from qa.incoming import FlatRoute
from qa.pipeline import Pipeline, sample_articles
from qa.public import public, public_report
from qa.refusals import Problem, Refused
from qa.rest.bodies import NewArticle
from qa.rest.problems import PROBLEMS
from qa.rest.replies import WholeArticle
from qa.rest.settings import Settings

NO_URLS = Problem(403, "web addresses are not read here; the server was started without --allow-urls", key="no_urls")
# A row of a table and a line of JSON lines are kept as JSON.
ENDINGS = {form.media_type: form.suffixes for form in FORMATS} | {"application/json": (".json",)}


def article_routes(pipeline: Pipeline, settings: Settings, adding: Desk) -> APIRouter:
    """All below `/v1/articles`."""
    routes = APIRouter(prefix="/v1/articles", responses=PROBLEMS, tags=["articles"], route_class=FlatRoute)
    library = pipeline.library

    @routes.head("", include_in_schema=False)
    @routes.get("")
    def list_articles(
        containing: Annotated[str, Query(max_length=500, description="in the title or the source")] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**12)] = 0,
    ) -> dict[str, Any]:
        """The articles without their texts, oldest first; `total` counts all of the library."""
        found = library.entries(Filters(by_name=True), containing=containing, limit=limit, offset=offset)
        return {"articles": [public(asdict(entry)) for entry in found], "total": len(library)}

    @routes.head("/{article_id}", include_in_schema=False)
    @routes.get("/{article_id}", response_model=WholeArticle)
    def read_article(article_id: str) -> dict[str, Any]:
        """One article with its text, the spans of its sentences, and whether there is an original to download."""
        article = library.article(article_id)
        return public(asdict(article)) | {
            "sentences": library.sentences(article_id),
            "original": library.has_original(article_id),
        }

    @routes.head("/{article_id}/original", include_in_schema=False)
    @routes.get(
        "/{article_id}/original",
        responses={200: {"content": {"application/octet-stream": {}}}},
        response_class=Response,
    )
    def read_original(article_id: str) -> Response:
        """What the article was read from, as a download: it is never shown as a page of ours."""
        original = library.original(article_id)
        if original is None:
            raise HTTPException(404, "only the text of this article was given")
        name = quote(file_name(library.article(article_id).source, original.media_type), safe="", errors="replace")
        return Response(
            original.content,
            media_type="application/octet-stream",
            headers={
                "content-disposition": f"attachment; filename*=UTF-8''{name}",
                "content-security-policy": "sandbox; default-src 'none'",
            },
        )

    def refuse_changes() -> None:
        """The guard does so before anything is read; this holds also where another application puts its own before."""
        if settings.read_only:
            raise Refused(READ_ONLY)

    async def add(documents: Callable[[list[Failure]], list[Document]]) -> dict[str, Any]:
        refused: list[Failure] = []
        return public_report(await adding.run(lambda: store(library, documents(refused), adding, refused)))

    @routes.post("", status_code=201)
    async def add_article(body: NewArticle) -> dict[str, Any]:
        """Add a text, or where the server allows it what stands at a web address."""
        refuse_changes()
        if (body.text is None) == (body.url is None):
            raise HTTPException(422, "give either text or url")
        if body.url is not None and not settings.allow_urls:
            raise Refused(NO_URLS)
        return await add(lambda refused: documents_sent(body, refused))

    @routes.post(
        "/file",
        status_code=201,
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
        """Add the articles of a file: its bytes are the body, its name tells the format.

        `failed` tells what could not be read of an archive or a table.
        """
        refuse_changes()
        if request.headers.get("content-type", "").startswith("multipart/"):  # its frame would be read as text
            raise HTTPException(415, "send the file's bytes as the body (curl --data-binary @FILE), not in a form")
        data = await request.body()
        return await add(lambda refused: uploaded(data, name, refused))

    @routes.post("/sample", status_code=201)
    async def add_sample() -> dict[str, Any]:
        """Add the article that comes with kutip, to try it."""
        refuse_changes()
        return public_report(await adding.run(lambda: library.add(sample_articles(), adding.go_on)))

    @routes.delete("/{article_id}")
    def remove_article(article_id: str) -> dict[str, Any]:
        """Remove an article."""
        refuse_changes()
        removed = pipeline.remove(article_id)
        if not removed:
            raise Refused(Problem(404, "there is no such article", key="gone"))
        return {"removed": list(removed)}

    return routes


def store(library: AnyLibrary, documents: list[Document], adding: Desk, refused: Sequence[Failure] = ()) -> Report:
    """Add what came in, unless the server ends before it is done; ``refused`` is what of it could not be read."""
    return store_documents(library, documents, Progress(sentences=adding.go_on), refused)


def documents_sent(body: NewArticle, refused: list[Failure]) -> list[Document]:
    """The article of a text, or the articles at a web address. What can't be read of these goes to ``refused``."""
    if body.url is not None:
        return fetch(body.url, refused=refused)
    return [Document(Article.from_text(body.text or "", **body.model_dump(exclude={"url", "text"})))]


def uploaded(data: bytes, name: str, refused: list[Failure]) -> list[Document]:
    """The documents of an uploaded file, under a source of its own: two of one name never replace each other.

    What can't be read of an archive goes to ``refused``.
    """
    safe = PurePosixPath(name.replace("\\", "/")).name or "file"
    source = f"upload/{hashlib.sha256(data).hexdigest()[:12]}/{safe}"
    return documents_of(data, source, refused=refused)


def file_name(source: str, media_type: str) -> str:
    """What a download is called: the last part of where it came from, with an ending that tells what it is.

    >>> file_name("upload/1f/data.csv#3", "application/json"), file_name("https://x.test/a?b=1", "text/html")
    ('data-3.json', 'a.html')
    """
    web = re.match("https?://", source, re.IGNORECASE)
    place = unquote(re.split("[?#]", source[web.end() :])[0]) if web else source
    name = re.split(r"[/\\]", place.rstrip("/"))[-1] or "article"
    endings = ENDINGS.get(media_type, ("",))
    if name.lower().endswith(endings):
        return name
    whole, _, part = name.partition("#")
    stem = PurePosixPath(whole).stem if PurePosixPath(whole).suffix.lower() in BY_SUFFIX else whole
    return "-".join(filter(None, (stem, part))) + endings[0]
