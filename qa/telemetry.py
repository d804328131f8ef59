"""What the server counts, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.answers import Answer
from qa.desk import Desk

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)


class Telemetry:
    """Counters of one server."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._requests = Counter("kutip_requests_total", "requests", ["route", "status"], registry=registry)
        self._request_seconds = Histogram(
            "kutip_request_seconds", "time of a request", ["route"], buckets=SECONDS, registry=registry
        )
        self._answers = Counter("kutip_answers_total", "answers by their status", ["status"], registry=registry)
        self._stages = Histogram(
            "kutip_stage_seconds", "time of a question by stage", ["stage"], buckets=SECONDS, registry=registry
        )
        self._articles = Gauge("kutip_articles", "articles in the library", registry=registry)
        self._sentences = Gauge("kutip_sentences", "sentences in the library", registry=registry)
        self._queue = Gauge("kutip_queue", "work that waits or is being done", ["work"], registry=registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def answer(self, answer: Answer) -> None:
        """A question was answered."""
        self._answers.labels(str(answer.status)).inc()
        for stage, seconds in answer.timings.items():
            self._stages.labels(stage).observe(seconds)

    def library(self, articles: int, sentences: int) -> None:
        """What the library holds now."""
        self._articles.set(articles)
        self._sentences.set(sentences)

    def watch(self, work: str, desk: Desk) -> None:
        """Tell from now on how much of a kind of work there is at a desk."""
        self._queue.labels(work).set_function(lambda: desk.present)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts and times every request on its way to an ASGI application."""

    app: ASGIApp
    telemetry: Telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            path = getattr(scope.get("route"), "path", "page")  # never what a stranger made up
            self.telemetry.request(path or "page", status, time.perf_counter() - began)
