"""The command line: the library's twin. Results go to stdout, all else to stderr."""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from index.settings import ENGINE_VARIABLE, ENGINES, PRECISION_VARIABLE, PRECISIONS
from index.shipped import shipped
from qa import Filters, KutipError, load
from qa.answers import Answer, Status
from qa.config import LIBRARY_VARIABLE, library_folder

if TYPE_CHECKING:
    from index.ingest import Progress, Report
    from qa.pipeline import Pipeline

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
urls_option = click.option("--allow-urls", is_flag=True, help="Read web addresses, too: only public ones.")


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
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    envvar=ENGINE_VARIABLE,
    help="What runs the models: openvino (compiled for this CPU, the default where it can be had) or torch.",
)
@click.option("--precision", type=click.Choice(PRECISIONS), envvar=PRECISION_VARIABLE, help="Of the openvino engine.")
@click.version_option(version("kutip"), prog_name="kutip")
@click.pass_context
def main(
    context: click.Context,
    library: Path | None,
    encoder: str | None,
    reader: str | None,
    engine: str | None,
    precision: str | None,
) -> None:
    """Ask your articles a question and get the verbatim answer, with its place and an honest confidence."""
    for variable, value in ((ENGINE_VARIABLE, engine), (PRECISION_VARIABLE, precision)):
        if value is not None:
            os.environ[variable] = value  # read where a model is loaded
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
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


def with_filters(command: Callable[P, R]) -> Callable[..., R]:
    """Options that say which articles are asked; the command gets them as ``filters``."""

    @click.option("--source", "sources", multiple=True, metavar="TEXT", help="Only articles with this in their source.")
    @click.option("--after", metavar="DATE", default="", help="Only articles of this day or later (2019-02-28).")
    @click.option("--before", metavar="DATE", default="", help="Only articles of this day or earlier.")
    @click.option("--language", "languages", multiple=True, metavar="CODE", help="Only articles in this language (id).")
    @click.option("--id", "ids", multiple=True, metavar="ID", help="Only this article.")
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
        for day in (after, before):
            if day and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", day):
                raise click.BadParameter(f"{day} is no date; write it as 2019-02-28, 2019-02 or 2019")
        filters = Filters(sources, after, before, languages, ids)
        return command(*args, filters=filters if filters else None, **more)  # type: ignore[arg-type]

    return run


@main.command()
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
    click.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if as_json else in_text(answer))


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
                click.echo(str(error), err=True)
                continue
            if as_json:
                click.echo(json.dumps(answer.to_dict(), ensure_ascii=False))
                continue
            if answer.asked_as != " ".join(question.split()):
                click.echo(printable(f"  asked as: {answer.asked_as}"))
            click.echo(in_text(answer) + "\n")


def in_text(answer: Answer) -> str:
    """An answer for a terminal."""
    if answer.text is None:
        return "The articles do not say."
    best = answer.evidence[0]
    hedge = "Not sure; this comes nearest: " if answer.status is Status.UNSURE else ""
    where = [best.article_title, best.published, f"page {best.page}" if best.page else ""]
    lines = [f"{hedge}{best.text}", "", f"  {best.sentence_text}", "  — " + " · ".join(filter(None, where))]
    lines += [f"  — also in {place.article_title}, {place.source}" for place in best.also_in]
    return printable("\n".join([*lines, f"  confidence {answer.confidence:.0%}"]))


def printable(text: str) -> str:
    """Text of articles without the control characters that would steer a terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() or c == "\u00a0" else "\ufffd" for c in text)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH|URL|-…")
@urls_option
@json_option
@with_pipeline
def add(pipeline: Pipeline, paths: tuple[str, ...], allow_urls: bool, as_json: bool) -> None:
    """Add files, folders, web addresses, or what comes on standard input (-).

    Text, Markdown, HTML, PDF, DOCX, CSV, JSON lines, RSS and Atom, and ZIP of any of these. Each article is added whole
    or not at all; a file that changed replaces its article. Stopped half-way, the same command goes on where it was.
    """
    from index.ingest import Failure, Report, ingest, store_documents

    urls = [path for path in paths if path.startswith(("http://", "https://"))]
    if urls and not allow_urls:
        raise click.ClickException("web addresses are not read unless you say --allow-urls")
    files = [Path(path) for path in paths if path not in urls and path != "-"]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        raise click.ClickException(f"there is no {', '.join(missing)}; nothing was added")
    with told() as progress:
        report = ingest(pipeline.library, files, progress)
        for url in urls:
            from index.fetch import fetch

            try:
                report += store_documents(pipeline.library, fetch(url), progress)
            except KutipError as error:
                report += Report(failed=(Failure(url, str(error)),))
        if "-" in paths:
            from index.loaders import LARGEST, documents_of

            data = sys.stdin.buffer.read(LARGEST + 1)
            report += store_documents(pipeline.library, documents_of(data, ""), progress)
    show(report, as_json)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@with_pipeline
def sync(pipeline: Pipeline, folder: Path, as_json: bool) -> None:
    """Keep the library in step with a folder: add what is new, replace what changed, remove what is gone."""
    from index.ingest import sync as sync_folder

    with told() as progress:
        report = sync_folder(pipeline.library, folder, progress)
    show(report, as_json)


@contextmanager
def told() -> Iterator[Progress]:
    """Bars for a terminal: how many files and sentences, how fast."""
    from tqdm import tqdm

    from index.ingest import Progress

    with (
        tqdm(desc="files", unit="", file=sys.stderr, disable=None, position=0) as files,
        tqdm(desc="sentences", unit="", file=sys.stderr, disable=None, position=1) as sentences,
    ):

        def total(count: int) -> None:
            files.total = (files.total or 0) + count
            files.refresh()

        yield Progress(files.update, sentences.update, total)


def show(report: Report, as_json: bool) -> None:
    """Say what was done; the exit code is 1 when something could not be read."""
    for failure in report.failed:
        click.echo(printable(f"not read: {failure.reason}"), err=True)
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        counts = {name: len(getattr(report, name)) for name in ("added", "replaced", "unchanged", "removed", "failed")}
        always = ("added", "replaced", "unchanged")
        click.echo(", ".join(f"{name} {n}" for name, n in counts.items() if n or name in always))
    if report.failed:
        raise SystemExit(1)


@main.command("list")
@with_filters
@json_option
@with_pipeline
def list_(pipeline: Pipeline, filters: Filters | None, as_json: bool) -> None:
    """List the library's articles."""
    articles = pipeline.library.entries(filters)
    if as_json:
        click.echo(json.dumps([asdict(article) for article in articles], ensure_ascii=False, indent=2))
    else:
        for article in articles:
            day = article.published or "----------"
            click.echo(printable(f"{article.id}  {article.language or '--'}  {day}  {article.title}"))
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
@with_filters
@json_option
@with_pipeline
def search(pipeline: Pipeline, query: str, limit: int, filters: Filters | None, as_json: bool) -> None:
    """Find the passages nearest to a question, without reading them."""
    passages = pipeline.search(query, limit, filters=filters)
    if as_json:
        click.echo(json.dumps([passage.to_dict() for passage in passages], ensure_ascii=False, indent=2))
    else:
        for passage in passages:
            shown = " ".join(passage.text.split())
            click.echo(printable(f"{passage.similarity:+.2f}  {passage.article.title}\n       {shown}\n"))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_pipeline
def backup(pipeline: Pipeline, file: Path) -> None:
    """Write a copy of the library to a file, also while a server uses it."""
    pipeline.library.backup(file)
    click.echo(f"{len(pipeline.library)} articles are in {file}")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_pipeline
def restore(pipeline: Pipeline, file: Path) -> None:
    """Put the content of a backup in the place of the library's, also while a server uses it."""
    pipeline.library.restore(file)
    click.echo(f"restored: {len(pipeline.library)} articles")


@main.command()
@click.pass_obj
@with_clear_errors
def reindex(chosen: dict[str, Any], /) -> None:
    """Bring a library that another encoder or kutip built up to date; the old index answers until it is done."""
    from tqdm import tqdm

    with load(**chosen, check=False) as pipeline, tqdm(desc="encoding", unit=" sentences", disable=None) as bar:
        count = pipeline.library.reindex(bar.update)
    click.echo(f"{count} sentences are indexed anew")


@main.command()
@click.option("--compile", "compile_", is_flag=True, help="Compile the models for this CPU, if that was not done yet.")
@click.option("--check", is_flag=True, help="Look whether everything stored is whole; exit code 1 if not.")
@json_option
@with_pipeline
def info(pipeline: Pipeline, check: bool, compile_: bool, as_json: bool) -> None:
    """Tell where the library is, what is in it, and which models are used."""
    damage = pipeline.library.check() if check else None
    if compile_:
        pipeline.warm_up()
    articles, sentences = pipeline.library.database.count()
    rows: dict[str, Any] = {
        "version": version("kutip"),
        "library": str(pipeline.library.database.path.parent) if pipeline.library.database.path else "",
        "articles": articles,
        "sentences": sentences,
        "encoder": getattr(pipeline.library.encoder, "model", ""),
        "encoder_fingerprint": pipeline.library.encoder.fingerprint,
        "reader": getattr(pipeline.reader, "model", ""),
    }
    if damage is not None:
        rows["damage"] = damage
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for key, value in rows.items():
            click.echo(printable(f"{key.replace('_', ' ')}: {value if value != [] else 'none'}"))
    if damage:
        click.echo("restore a backup with `kutip restore FILE`, or add the articles to a new library", err=True)
        raise SystemExit(1)


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
@click.option("--auth", metavar="NAME:PASSWORD", envvar="KUTIP_AUTH", help="Let in only who says this.")
@click.option("--insecure", is_flag=True, help="Let in anybody who can reach the server.")
@click.option("--allowed-host", multiple=True, metavar="NAME", help="Another name by which the server may be called.")
@click.option("--rate", default=240, show_default=True, help="Requests a minute that are taken of one client.")
@click.option("--read-only", is_flag=True, help="Articles can't be added or removed.")
@urls_option
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.pass_obj
def serve(
    chosen: dict[str, Any],
    host: str,
    port: int,
    auth: str | None,
    insecure: bool,
    allowed_host: tuple[str, ...],
    rate: int,
    read_only: bool,
    allow_urls: bool,
    open_browser: bool,
) -> None:
    """Start the web chat and the REST interface. An empty library gets the sample article."""
    quieten()
    if auth:
        os.environ["KUTIP_AUTH"] = auth  # not among the arguments, which everybody on this machine can read
    # The page lies above this layer, so it is run by its file and never imported.
    page = runpy.run_path(str(shipped("app.py")), run_name="kutip_page")
    arguments = [f"--library={library_folder(chosen['library'])}", f"--host={host}", f"--port={port}", f"--rate={rate}"]
    arguments += [f"--{name}={chosen[name]}" for name in ("encoder", "reader") if chosen[name]]
    arguments += [f"--allowed-host={name}" for name in allowed_host]
    flags = {"--open": open_browser, "--insecure": insecure, "--read-only": read_only, "--allow-urls": allow_urls}
    page["main"]([*arguments, *(flag for flag, wanted in flags.items() if wanted)])
