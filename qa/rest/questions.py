"""Routes that ask and search."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException

from qa.conversation import Turn, ask
from qa.desk import Desk
from qa.pipeline import Pipeline
from qa.public import public, public_answer
from qa.rest.bodies import Question, Search, filters_of
from qa.rest.problems import PROBLEMS
from qa.telemetry import Telemetry


def question_routes(pipeline: Pipeline, desk: Desk, telemetry: Telemetry) -> APIRouter:
    """`/v1/answer` and `/v1/search`."""
    routes = APIRouter(prefix="/v1", responses=PROBLEMS, tags=["questions"])

    @routes.post("/answer")
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

    @routes.post("/search")
    async def search(body: Search) -> dict[str, Any]:
        """The passages nearest to a query, without reading them."""
        found = await desk.run(lambda: pipeline.search(body.query, body.limit, filters=filters_of(body.filters)))
        return {"passages": [public(passage.to_dict()) for passage in found]}

    return routes
