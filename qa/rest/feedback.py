"""The route that keeps what readers say about answers."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from pydantic import Field

from index.article import Span
from qa.feedback import Feedback, FeedbackFull, Verdict
from qa.guard import READ_ONLY
from qa.pipeline import Pipeline, checked
from qa.refusals import Problem, Refused
from qa.rest.bodies import Short, Strict
from qa.rest.problems import PROBLEMS, SMALL_PROBLEMS
from qa.rest.settings import Settings


class Place(Strict):
    """Characters (code points) of an article's text, half-open."""

    start: int = Field(ge=0, le=20_000_000)
    end: int = Field(ge=0, le=20_000_000)


class Opinion(Strict):
    """What a reader says about an answer; without a place: that the article does not say."""

    question: str = Field(max_length=10_000)
    verdict: Verdict
    article_id: Short
    answer: Place | None = Field(default=None, description="where the quote stands; none: the article does not say")


def feedback_routes(pipeline: Pipeline, settings: Settings) -> APIRouter:
    """`/v1/feedback`."""
    routes = APIRouter(prefix="/v1", responses=SMALL_PROBLEMS, tags=["questions"])
    folder = pipeline.library.folder
    feedback = Feedback(folder / "feedback" if folder is not None else None)

    @routes.post("/feedback", status_code=201, responses={507: PROBLEMS[503]})
    def give_feedback(body: Opinion) -> dict[str, str]:
        """Keep what a reader calls right (as gold for `kutip evaluate`) or wrong; the place says which quote."""
        if settings.read_only:
            raise Refused(READ_ONLY)
        article = pipeline.library.article(body.article_id)
        if body.answer is not None and body.answer.end < body.answer.start:
            raise HTTPException(422, "the answer ends before it begins")
        span = Span(body.answer.start, body.answer.end) if body.answer is not None else None
        try:
            return {"id": feedback.keep(checked(body.question), article, span, body.verdict)}
        except FeedbackFull as error:
            raise Refused(Problem(507, str(error), key="no_room")) from error

    return routes
