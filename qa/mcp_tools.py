"""The tools that language models are given over the Model Context Protocol: the same answers as everywhere.

Parameters are described where they stand, for the model that fills them in. Replies are those of the REST interface.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field

from index.filters import Filters
from qa.antecedents import Turn
from qa.asking import Asking
from qa.conversation import KEPT
from qa.desk import Desk
from qa.pipeline import LONGEST_QUESTION
from qa.public import public, public_answer, public_report
from qa.rest.articles import documents_sent, store
from qa.rest.bodies import EarlierTurn, FiltersBody, NewArticle, WholeDay, filters_of

LONGEST_READ = 20_000  # characters of an article in one reply
LONGEST_ADDED = 1_000_000  # characters of an article that a tool adds

Query = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
ArticleId = Annotated[str, Field(max_length=200, description="an article's id, as list_articles and answers give it")]
Which = Annotated[FiltersBody | None, Field(description="ask only these articles; all that is given must hold")]


@dataclass(frozen=True, slots=True)
class Tools:
    """One library's tools. Each method is a tool; its docstring is what the model reads about it."""

    asking: Asking
    adding: Desk

    async def answer(
        self,
        question: Annotated[Query, Field(description="one question in Indonesian or English, about any article")],
        history: Annotated[
            list[EarlierTurn],
            Field(max_length=KEPT, description="earlier questions of this conversation, oldest first; for follow-ups"),
        ] = [],  # noqa: B006  # never changed; a list is what the schema shows
        filters: Which = None,
    ) -> dict[str, Any]:
        """Answer a question with a verbatim quote from the articles, or say that they do not say.

        `text` is the quote (null: the articles do not say), `confidence` the calibrated chance (0 to 1) that it is
        right, `status` answered, unsure or not_in_articles. `evidence` gives quotes, best first: each with its
        sentence, article and spans (characters of the article's text, end excluded), `contests` where it is nearly as
        likely as the best one and says something else: then tell both. Quote `text` as it is and name the article.
        """
        turns = [Turn(turn.question, turn.answer) for turn in history]
        return public_answer(await self.asking.answer(question, turns, filters_of(filters)))

    async def search(
        self,
        query: Annotated[Query, Field(description="what the passages should be about, in Indonesian or English")],
        limit: Annotated[int, Field(ge=1, le=100, description="at most so many passages")] = 10,
        filters: Which = None,
    ) -> dict[str, Any]:
        """Find the passages nearest to a query, best first, without looking for an answer in them."""
        found = await self.asking.search(query, limit, filters_of(filters))
        return {"passages": [public(passage.to_dict()) for passage in found]}

    async def list_articles(
        self,
        containing: Annotated[str, Field(max_length=500, description="only with this in the title or source")] = "",
        limit: Annotated[int, Field(ge=1, le=1000, description="at most so many articles")] = 50,
        offset: Annotated[int, Field(ge=0, le=10**12, description="leave out so many from the beginning")] = 0,
    ) -> dict[str, Any]:
        """List the articles without their texts, oldest first; `total` counts all articles of the library."""
        library = self.asking.pipeline.library
        named = Filters(by_name=True)
        found = await asyncio.to_thread(library.entries, named, containing=containing, limit=limit, offset=offset)
        return {"articles": [public(asdict(entry)) for entry in found], "total": len(library)}

    async def read_article(
        self,
        article_id: ArticleId,
        start: Annotated[int, Field(ge=0, le=10**9, description="the first character to read, counted from 0")] = 0,
        length: Annotated[int, Field(ge=1, le=LONGEST_READ, description="at most so many characters")] = 4_000,
    ) -> dict[str, Any]:
        """Read an article's text from `start` to `end` (excluded); `next_start` is where to go on, null at the end."""
        article = await asyncio.to_thread(self.asking.pipeline.library.article, article_id)
        first, end = min(start, len(article.text)), min(start + length, len(article.text))
        known = {key: value for key, value in asdict(article).items() if key not in ("text", "pages")}
        return public(known) | {
            "text": article.text[first:end],
            "start": first,
            "end": end,
            "characters": len(article.text),
            "next_start": end if end < len(article.text) else None,
        }

    async def add_article(
        self,
        text: Annotated[str, Field(min_length=1, max_length=LONGEST_ADDED, description="the whole article as text")],
        title: Annotated[str, Field(max_length=2_000, description="its title; the first line if left out")] = "",
        source: Annotated[str, Field(max_length=2_000, description="where it is from, such as a web address")] = "",
        author: Annotated[str, Field(max_length=2_000, description="who wrote it")] = "",
        published: Annotated[WholeDay, Field(description="its date, as 2019-02-28")] = "",
        language: Annotated[str, Field(pattern=r"^([a-z]{2})?$", description="ISO 639-1 code, such as id")] = "",
    ) -> dict[str, Any]:
        """Add an article; one of the same source is replaced. Gives the ids added, replaced and unchanged."""
        body = NewArticle(text=text, title=title, source=source, author=author, published=published, language=language)
        library = self.asking.pipeline.library
        return public_report(await self.adding.run(lambda: store(library, documents_sent(body, []), self.adding)))

    async def remove_article(self, article_id: ArticleId) -> dict[str, Any]:
        """Remove an article for good; `removed` is empty where there was none."""
        return {"removed": list(await asyncio.to_thread(self.asking.pipeline.remove, article_id))}

    def reading(self) -> tuple[Callable[..., Awaitable[dict[str, Any]]], ...]:
        """The tools that change nothing."""
        return self.answer, self.search, self.list_articles, self.read_article

    def changing(self) -> tuple[Callable[..., Awaitable[dict[str, Any]]], ...]:
        """The tools that change the library."""
        return self.add_article, self.remove_article
