"""What a server does with questions, whichever way they come in: wait, answer, count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.article import encodable
from index.filters import Filters
from qa.answers import Answer, Passage
from qa.antecedents import Turn
from qa.conversation import ask
from qa.desk import Desk
from qa.gathering import Gathering
from qa.pipeline import Pipeline
from qa.telemetry import Telemetry


@dataclass(slots=True)
class Asking:
    """One pipeline behind one bounded queue, for REST, MCP and Gradio's own interface.

    Besides KutipErrors its methods raise the queue's `Refused` 503 and 504.
    """

    pipeline: Pipeline
    desk: Desk = field(default_factory=Desk)
    telemetry: Telemetry = field(default_factory=Telemetry)
    gathering: Gathering = field(init=False)

    def __post_init__(self) -> None:
        self.gathering = Gathering(self.pipeline)

    async def answer(self, question: str, turns: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """Answer one question, which may lean on earlier turns."""
        if turns:
            found = await self.desk.run(lambda: ask(self.pipeline, question, turns, filters))
        else:
            waiting = self.gathering.join(encodable(question), filters)
            try:
                found = await self.desk.run(lambda: self.gathering.work(waiting))
            finally:
                self.gathering.leave(waiting)
        self.telemetry.answer(found)
        return found

    async def answer_batch(self, questions: Sequence[str], filters: Filters | None = None) -> list[Answer]:
        """Answer several questions in their order."""
        found = await self.desk.run(lambda: self.pipeline.answer_batch(questions, filters=filters))
        for answer in found:
            self.telemetry.answer(answer)
        return found

    async def search(self, query: str, limit: int, filters: Filters | None = None) -> tuple[Passage, ...]:
        """The passages nearest to a query, without reading them."""
        return await self.desk.run(lambda: self.pipeline.search(query, limit, filters=filters))
