"""`kutip ask` and `kutip search`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from qa import Filters
from qa.commands.options import json_option, none_passes, translator_option, with_filters, with_pipeline
from qa.commands.terminal import console, in_json, in_line, printable, show_answer
from qa.errors import ArticleError, TranslationError

if TYPE_CHECKING:
    from qa.answers import Answer
    from qa.pipeline import Pipeline


@click.command()
@click.argument("question", required=False)
@click.option(
    "--article",
    "articles",
    multiple=True,
    metavar="FILE",
    help="Ask only this file or folder; store nothing. Give it again for more.",
)
@with_filters
@translator_option
@json_option
@with_pipeline
def ask(
    pipeline: Pipeline,
    question: str | None,
    articles: tuple[str, ...],
    filters: Filters | None,
    translator: str | None,
    as_json: bool,
) -> None:
    """Ask a question, or without one begin a chat that understands follow-ups.

    While the library is empty, the sample article is asked.
    """
    pipeline.find_models()
    with asked(pipeline, articles) as over:
        gloss = glosses(over, translator)
        nothing = none_passes(over, filters)
        if question is None:
            from qa.commands.chat import Chat
            from qa.conversation import Conversation

            Chat(Conversation(over), filters, as_json, gloss).run()
            return
        answer = over.answer(question, filters=filters)
        if as_json:
            click.echo(in_json(answer.to_dict()))
        elif not nothing:
            show_answer(console(), answer, gloss(answer))


@contextmanager
def asked(pipeline: Pipeline, articles: tuple[str, ...]) -> Iterator[Pipeline]:
    """The pipeline over its library, or over the named files or the sample article alone."""
    from index.library import Library
    from qa.pipeline import Pipeline as Over
    from qa.pipeline import as_articles, sample_articles

    if not articles and len(pipeline.library):
        yield pipeline
        return
    given = as_articles(articles, asked=True) if articles else sample_articles()
    if not given:
        raise ArticleError(f"there is no article in {', '.join(articles)}")
    if not articles:
        click.echo(in_line(f"{pipeline.library.place} is empty: the sample article is asked"), err=True)
    with Library.in_memory(pipeline.library.encoder) as passing:
        passing.add(given)
        yield Over(passing, pipeline.reader, pipeline.calibration)


def glosses(pipeline: Pipeline, model: str | None) -> Callable[[Answer], str]:
    """What gives the translation of an answer's sentence into the question's language; "" where it is in it already."""
    if not model:
        return lambda _: ""
    from qa.translator import Translator

    translator = Translator(model)

    def gloss(answer: Answer) -> str:
        if answer.text is None:
            return ""
        best = answer.evidence[0]
        target = pipeline.library.encoder.encode_queries([answer.asked_as]).languages[0]
        if best.language == target or not target:
            return ""
        try:
            made = translator.translate(best.sentence_text, best.language, target)
        except TranslationError as error:
            return f"({error})"
        return f"{made} (machine translation, {translator.name})"

    return gloss


@click.command()
@click.argument("query")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100))
@with_filters
@json_option
@with_pipeline
def search(pipeline: Pipeline, query: str, limit: int, filters: Filters | None, as_json: bool) -> None:
    """Find the passages nearest to a question, without reading them."""
    none_passes(pipeline, filters)
    passages = pipeline.search(query, limit, filters=filters)
    if as_json:
        click.echo(in_json([passage.to_dict() for passage in passages]))
    else:
        for passage in passages:
            shown = " ".join(passage.text.split())
            click.echo(printable(f"{passage.similarity:+.2f}  {passage.article.title}\n       {shown}\n"))
