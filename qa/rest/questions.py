"""Routes that ask and search."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request

from qa.answers import Answer
from qa.antecedents import Turn
from qa.asking import Asking
from qa.incoming import while_there
from qa.public import public, public_answer
from qa.rest.bodies import Question, Search, filters_of
from qa.rest.problems import SMALL_PROBLEMS
from qa.rest.replies import Answers, Passages


def question_routes(asking: Asking) -> APIRouter:
    """`/v1/answer` and `/v1/search`."""
    routes = APIRouter(prefix="/v1", responses=SMALL_PROBLEMS, tags=["questions"])

    @routes.post("/answer", response_model=Answer | Answers)
    async def answer(body: Question, request: Request) -> dict[str, Any]:
        """The verbatim answer with its evidence; with `questions`, `{"answers": […]}` in their order.

        A `history` belongs to one `question`.
        """
        if (body.question is None) == (body.questions is None):
            raise HTTPException(422, "give either question or questions")
        if body.questions is not None and body.history:
            raise HTTPException(422, "questions are answered without history; ask follow-ups one by one, as question")
        filters = filters_of(body.filters)
        if body.question is not None:
            turns = [Turn(turn.question, turn.answer) for turn in body.history]
            return public_answer(await while_there(request, asking.answer(body.question, turns, filters)))
        answers = await while_there(request, asking.answer_batch(list(body.questions or []), filters))
        return {"answers": [public_answer(one) for one in answers]}

    @routes.post("/search", response_model=Passages)
    async def search(body: Search, request: Request) -> dict[str, Any]:
        """The passages nearest to a query, without reading them."""
        found = await while_there(request, asking.search(body.query, body.limit, filters_of(body.filters)))
        return {"passages": [public(passage.to_dict()) for passage in found]}

    return routes
