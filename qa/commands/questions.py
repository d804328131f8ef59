"""`kutip ask` and `kutip search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa import Filters, KutipError
from qa.commands.options import json_option, with_filters, with_pipeline
from qa.commands.terminal import in_json, in_text, printable

if TYPE_CHECKING:
    from qa.pipeline import Pipeline


@click.command()
@click.argument("question", required=False)
@click.option("--article", "articles", multiple=True, metavar="FILE", help="Ask only this file; store nothing.")
@with_filters
@json_option
@with_pipeline
def ask(
    pipeline: Pipeline, question: str | None, articles: tuple[str, ...], filters: Filters | None, as_json: bool
) -> None:
    """Ask a question, or without one begin a chat that understands follow-ups.

    While the library is empty, the sample article is asked.
    """
    if question is None:
        chat(pipeline, articles, filters, as_json)
        return
    from qa.pipeline import sample_articles

    chosen: Any = articles or (None if len(pipeline.library) else sample_articles())
    answer = pipeline.answer(question, chosen, filters=filters)
    click.echo(in_json(answer.to_dict()) if as_json else in_text(answer))


def chat(pipeline: Pipeline, articles: tuple[str, ...], filters: Filters | None, as_json: bool) -> None:
    """Questions in a row, until an empty line or the end of the input."""
    from index.library import Library
    from qa.conversation import Conversation
    from qa.pipeline import Pipeline as Over
    from qa.pipeline import as_articles, sample_articles

    with Library.in_memory(pipeline.library.encoder) as passing:
        if articles or not len(pipeline.library):
            passing.add(as_articles([Path(path) for path in articles]) if articles else sample_articles())
            pipeline = Over(passing, pipeline.reader, pipeline.calibration)
        conversation = Conversation(pipeline)
        while True:
            try:
                question = click.prompt("?", prompt_suffix=" ", default="", show_default=False, err=as_json)
            except click.Abort:
                return
            if not question.strip():
                return
            try:
                answer = conversation.ask(question, filters)
            except KutipError as error:
                click.echo(printable(str(error)), err=True)
                continue
            if as_json:
                click.echo(in_json(answer.to_dict(), None))
                continue
            if answer.asked_as != " ".join(question.split()):
                click.echo(printable(f"  asked as: {answer.asked_as}"))
            click.echo(in_text(answer) + "\n")


@click.command()
@click.argument("query")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100))
@with_filters
@json_option
@with_pipeline
def search(pipeline: Pipeline, query: str, limit: int, filters: Filters | None, as_json: bool) -> None:
    """Find the passages nearest to a question, without reading them."""
    passages = pipeline.search(query, limit, filters=filters)
    if as_json:
        click.echo(in_json([passage.to_dict() for passage in passages]))
    else:
        for passage in passages:
            shown = " ".join(passage.text.split())
            click.echo(printable(f"{passage.similarity:+.2f}  {passage.article.title}\n       {shown}\n"))
