"""The route that translates a stretch of an article, where the server was started with a translator."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request

from index.article import Span
from index.encoder import Encoder
from qa.desk import Desk
from qa.incoming import while_there
from qa.pipeline import Pipeline
from qa.rest.bodies import Translation
from qa.rest.problems import SMALL_PROBLEMS
from qa.translator import Translator

LONGEST = 2_000  # characters of one stretch


def translation_routes(pipeline: Pipeline, translator: Translator | None, desk: Desk) -> APIRouter:
    """`/v1/translate`."""
    routes = APIRouter(prefix="/v1", responses=SMALL_PROBLEMS, tags=["questions"])

    @routes.post("/translate")
    async def translate(body: Translation, request: Request) -> dict[str, Any]:
        """An article's characters from `start` to `end` (excluded) by machine; 404 without a translator."""
        if translator is None:
            raise HTTPException(404, "nothing is translated here; the server was started without --translator")

        def work() -> dict[str, Any]:
            article = pipeline.library.article(body.article_id)
            if not body.start < body.end <= len(article.text):
                length = len(article.text)
                raise HTTPException(422, f"start and end must be a stretch of the article's {length} characters")
            if body.end - body.start > LONGEST:
                raise HTTPException(422, f"at most {LONGEST} characters are translated at once")
            text = Span(body.start, body.end).cut(article.text)
            source = body.source or spoken(pipeline.library.encoder, text, article.language)
            if source == body.to:
                raise HTTPException(422, f"this is in {source} already")
            made = translator.translate(text, source, body.to)
            return {"text": made, "model": translator.name, "from": source, "to": body.to}

        return await while_there(request, desk.run(work))

    return routes


def spoken(encoder: Encoder, text: str, stated: str) -> str:
    """The language of a stretch of an article: as stated, but for the two that the encoder tells apart by itself."""
    if stated not in ("", "id", "en"):
        return stated
    return encoder.encode_documents([text]).languages[0] or stated
