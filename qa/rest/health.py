"""Routes by which the server tells of itself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from index.any_library import AnyLibrary
from qa.rest.docs import docs_page
from qa.rest.problems import PROBLEMS
from qa.telemetry import Telemetry


def health_routes(library: AnyLibrary, telemetry: Telemetry) -> APIRouter:
    """`/healthz`, `/readyz`, `/metrics` and `/docs`."""
    routes = APIRouter(tags=["server"])

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz")
    def healthy() -> dict[str, str]:
        """Whether the server lives."""
        return {"status": "ok"}

    @routes.head("/readyz", include_in_schema=False)
    @routes.get("/readyz", responses=PROBLEMS)
    def ready() -> dict[str, Any]:
        """Whether the library can be read and its sentences compared with questions; HTTP 503 if not."""
        library.ping()
        articles, sentences = library.count()
        return {"status": "ready", "articles": articles, "sentences": sentences}

    @routes.head("/metrics", include_in_schema=False)
    @routes.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """Counts and times for Prometheus."""
        telemetry.library(*library.count())
        return Response(telemetry.text(), media_type="text/plain; version=0.0.4")

    @routes.api_route("/docs", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False)
    def docs(request: Request) -> str:
        """This interface in words, without anything from elsewhere."""
        return docs_page(request.app.openapi())

    return routes
