"""The command line: the library's twin. Results go to stdout, all else to stderr."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from index.shipped import shipped
from qa import KutipError, load
from qa.answers import Answer, Status
from qa.config import LIBRARY_VARIABLE, library_folder

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--library",
    metavar="PATH",
    envvar=LIBRARY_VARIABLE,
    type=click.Path(file_okay=False, path_type=Path),
    help="The library's folder. Default: in the user's data folder.",
)
@click.option("--encoder", metavar="MODEL", help="A sentence-transformers folder or name. Default: the shipped one.")
@click.option("--reader", metavar="MODEL", help="A question-answering model. Default: the shipped one.")
@click.version_option(version("kutip"), prog_name="kutip")
@click.pass_context
def main(context: click.Context, library: Path | None, encoder: str | None, reader: str | None) -> None:
    """Ask your articles a question and get the verbatim answer, with its place and an honest confidence."""
    context.obj = {"library": library, "encoder": encoder, "reader": reader}


def with_clear_errors(command: Callable[P, R]) -> Callable[P, R]:
    """KutipErrors become one clear line, and the libraries below keep quiet."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            quieten()
            return command(*args, **kwargs)
        except KutipError as error:
            raise click.ClickException(str(error)) from error

    return run


def with_pipeline(command: Callable[P, R]) -> Callable[..., R]:
    """Give the command a pipeline on the chosen library, and clear errors."""

    @wraps(command)
    @click.pass_context
    @with_clear_errors
    def run(context: click.Context, /, *args: Any, **kwargs: Any) -> R:
        with load(**context.obj) as pipeline:
            return command(pipeline, *args, **kwargs)  # type: ignore[arg-type]  # the pipeline comes first

    return run


def quieten() -> None:
    """No progress bars of the libraries below between our own lines."""
    import os

    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


@main.command()
@click.argument("question")
@click.option("--article", "articles", multiple=True, metavar="FILE", help="Ask only this file; store nothing.")
@json_option
@with_pipeline
def ask(pipeline: Pipeline, question: str, articles: tuple[str, ...], as_json: bool) -> None:
    """Ask a question. While the library is empty, the sample article is asked."""
    from qa.pipeline import sample_articles

    chosen: Any = articles or (None if len(pipeline.library) else sample_articles())
    answer = pipeline.answer(question, chosen)
    click.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if as_json else in_text(answer))


def in_text(answer: Answer) -> str:
    """An answer for a terminal."""
    if answer.text is None:
        return "The articles do not say."
    best = answer.evidence[0]
    hedge = "Not sure; this comes nearest: " if answer.status is Status.UNSURE else ""
    lines = [f"{hedge}{best.text}", "", f"  {best.sentence_text}", f"  — {best.article_title}"]
    return printable("\n".join([*lines, f"  confidence {answer.confidence:.0%}"]))


def printable(text: str) -> str:
    """Text of articles without the control characters that would steer a terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() or c == "\u00a0" else "\ufffd" for c in text)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@json_option
@with_pipeline
def add(pipeline: Pipeline, paths: tuple[Path, ...], as_json: bool) -> None:
    """Add text files, or folders of them: all or nothing. A file that changed replaces its article."""
    from tqdm import tqdm

    with tqdm(desc="indexing", unit=" sentences", file=sys.stderr, disable=None) as bar:
        done = pipeline.add(paths, bar.update)  # type: ignore[arg-type]  # what it returns is not used
    if as_json:
        result = {"added": done.added, "replaced": done.replaced, "unchanged": done.unchanged}
        click.echo(json.dumps(result))
    else:
        click.echo(f"added {len(done.added)}, replaced {len(done.replaced)}, unchanged {len(done.unchanged)}")


@main.command("list")
@json_option
@with_pipeline
def list_(pipeline: Pipeline, as_json: bool) -> None:
    """List the library's articles."""
    articles = pipeline.library.articles()
    if as_json:
        keys = ("id", "title", "source", "language")
        rows = [{key: getattr(article, key) for key in keys} for article in articles]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for article in articles:
            click.echo(printable(f"{article.id}  {article.language or '--'}  {article.title}"))
        if not articles:
            click.echo("the library is empty; add articles with `kutip add FILE`", err=True)


@main.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID…")
@json_option
@with_pipeline
def remove(pipeline: Pipeline, article_ids: tuple[str, ...], as_json: bool) -> None:
    """Remove articles by their ids, as `kutip list` shows them."""
    unknown = [article_id for article_id in article_ids if pipeline.library.database.article(article_id) is None]
    if unknown:
        raise click.ClickException(
            f"no such article: {', '.join(unknown)}; `kutip list` shows the ids. Nothing removed"
        )
    removed = pipeline.remove(*article_ids)
    click.echo(json.dumps({"removed": removed}) if as_json else f"removed {len(removed)}")


@main.command()
@click.argument("query")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100))
@json_option
@with_pipeline
def search(pipeline: Pipeline, query: str, limit: int, as_json: bool) -> None:
    """Find the passages nearest to a question, without reading them."""
    passages = pipeline.search(query, limit)
    if as_json:
        click.echo(json.dumps([passage.to_dict() for passage in passages], ensure_ascii=False, indent=2))
    else:
        for passage in passages:
            shown = " ".join(passage.text.split())
            click.echo(printable(f"{passage.similarity:+.2f}  {passage.article.title}\n       {shown}\n"))


@main.command()
@json_option
@with_pipeline
def info(pipeline: Pipeline, as_json: bool) -> None:
    """Tell where the library is, what is in it, and which models are used."""
    articles, sentences = pipeline.library.database.count()
    rows = {
        "version": version("kutip"),
        "library": str(pipeline.library.database.path.parent) if pipeline.library.database.path else "",
        "articles": articles,
        "sentences": sentences,
        "encoder": getattr(pipeline.library.encoder, "model", ""),
        "encoder_fingerprint": pipeline.library.encoder.fingerprint,
        "reader": getattr(pipeline.reader, "model", ""),
    }
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for key, value in rows.items():
            click.echo(f"{key.replace('_', ' ')}: {value}")


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--mode",
    default="reader",
    show_default=True,
    type=click.Choice(["reader", "retrieval", "end-to-end"]),
    help="reader: each question on its own context. retrieval: is the answer's place found among all contexts of "
    "the file and the corpus? end-to-end: found, read, and answered or not.",
)
@click.option(
    "--corpus", metavar="FILE", type=click.Path(exists=True, path_type=Path), help="Articles to search among."
)
@click.option("--distractors", metavar="N", type=click.IntRange(0), help="Only so many articles of the corpus.")
@click.option("--reader", metavar="MODEL", help="In place of the shipped reader.")
@click.option("--encoder", metavar="MODEL", help="In place of the shipped encoder.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Only so many questions of each file.")
@click.option("--threshold", type=float, help="Reader mode: logits over “no answer” from which a quote is given.")
@json_option
@click.pass_obj
@with_clear_errors
def evaluate(chosen: dict[str, Any], /, files: tuple[Path, ...], as_json: bool, **settings: Any) -> None:
    """Measure the models on questions with known answers: JSON lines (also .gz) or SQuAD's JSON.

    Prints one JSON object a file with --json. Matches, accuracies and recalls are percentages.
    """
    from qa.evaluation import in_words, reports

    models = {name: settings.pop(name) or chosen[name] for name in ("encoder", "reader")}
    for report in reports(files, **models, **settings):
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False) if as_json else in_words(report))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.pass_obj
def serve(chosen: dict[str, Any], host: str, port: int, open_browser: bool) -> None:
    """Start the web chat. An empty library gets the sample article."""
    quieten()
    # The page lies above this layer, so it is run by its file and never imported.
    page = runpy.run_path(str(shipped("app.py")), run_name="kutip_page")
    arguments = [f"--library={library_folder(chosen['library'])}", f"--host={host}", f"--port={port}"]
    arguments += [f"--{name}={chosen[name]}" for name in ("encoder", "reader") if chosen[name]]
    page["main"]([*arguments, *(["--open"] if open_browser else [])])
