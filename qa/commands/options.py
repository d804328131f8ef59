"""What commands share: options, the pipeline, errors in one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from qa import Filters, KutipError, ManifestMismatch, ModelError, load
from qa.commands.terminal import in_line, printable
from qa.config import TRANSLATOR_VARIABLE

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
urls_option = click.option("--allow-urls", is_flag=True, help="Read web addresses, too: only public ones.")

translator_option = click.option(
    "--translator",
    metavar="MODEL",
    envvar=TRANSLATOR_VARIABLE,
    help="Translate a quote's sentence by this model: a Marian, NLLB or M2M100 folder or name.",
)


def with_clear_errors(command: Callable[P, R]) -> Callable[P, R]:
    """KutipErrors become one clear line, and the libraries below keep quiet."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            quieten()
            return command(*args, **kwargs)
        except KutipError as error:
            raise click.ClickException(in_line(str(error))) from error

    return run


def with_pipeline(command: Callable[P, R]) -> Callable[..., R]:
    """Give the command a pipeline on the chosen library, and clear errors.

    Where files are asked in the library's place, it matters not what built that.
    """

    @wraps(command)
    @click.pass_context
    @with_clear_errors
    def run(context: click.Context, /, *args: Any, **kwargs: Any) -> R:
        with load(**context.obj, check=not kwargs.get("articles")) as pipeline:
            return command(pipeline, *args, **kwargs)  # type: ignore[arg-type]  # the pipeline comes first

    return run


def with_rows(command: Callable[P, R]) -> Callable[..., R]:
    """The same for a command that needs no vectors: over a library, too, that has to be reindexed, or without the
    encoder, which it says then.

    So one can make a backup before that, and have one restored that is older.
    """

    @wraps(command)
    @click.pass_context
    @with_clear_errors
    def run(context: click.Context, /, *args: Any, **kwargs: Any) -> R:
        with load(**context.obj, check=False) as pipeline:
            done = command(pipeline, *args, **kwargs)  # type: ignore[arg-type]  # the pipeline comes first
            if why := outdated(pipeline):
                click.echo(printable(why), err=True)
            return done

    return run


def outdated(pipeline: Pipeline) -> str:
    """Why the library can't be asked as it is, in words: it has to be reindexed, or the encoder is gone; "" if not."""
    try:
        pipeline.library.ping()
    except (ManifestMismatch, ModelError) as error:
        return str(error)
    return ""


def quieten() -> None:
    """No progress bars of the libraries below between our own lines."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


def with_filters(command: Callable[P, R]) -> Callable[..., R]:
    """Options that say which articles are asked; the command gets them as ``filters``."""

    @click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="TEXT",
        help="Only articles with this in their source. Give it again for more.",
    )
    @click.option("--after", metavar="DATE", default="", help="Only articles of this day or later (2019-02-28).")
    @click.option("--before", metavar="DATE", default="", help="Only articles of this day or earlier.")
    @click.option(
        "--language",
        "languages",
        multiple=True,
        metavar="CODE",
        help="Only articles in this language (id). Give it again for more.",
    )
    @click.option("--id", "ids", multiple=True, metavar="ID", help="Only this article. Give it again for more.")
    @wraps(command)
    def run(
        *args: Any,
        sources: tuple[str, ...],
        after: str,
        before: str,
        languages: tuple[str, ...],
        ids: tuple[str, ...],
        **more: Any,
    ) -> R:
        try:
            filters = Filters(sources, after, before, languages, ids)
        except KutipError as error:
            raise click.BadParameter(printable(str(error))) from error
        return command(*args, filters=filters if filters else None, **more)  # type: ignore[arg-type]

    return run


def none_passes(pipeline: Pipeline, filters: Filters | None) -> bool:
    """Whether the filters leave no article of a library that has some; says so."""
    if not filters or not len(pipeline.library) or pipeline.library.size(filters):
        return False
    click.echo("no article passes these filters; `kutip list` shows all", err=True)
    return True
