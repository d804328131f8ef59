"""`kutip add`, `sync`, `list` and `remove`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa import Filters, KutipError
from qa.commands.options import json_option, none_passes, urls_option, with_filters, with_pipeline, with_rows
from qa.commands.terminal import bar, in_json, in_line, printable

if TYPE_CHECKING:
    from index.any_library import AnyLibrary
    from index.ingest import Progress, Report
    from qa.pipeline import Pipeline

KINDS = 5  # of files that are not read are named


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH|URL|-…")
@urls_option
@click.option(
    "--workers", metavar="N", type=click.IntRange(1, 64), default=1, help="Encode sentences in so many processes."
)
@json_option
@with_pipeline
def add(pipeline: Pipeline, paths: tuple[str, ...], allow_urls: bool, workers: int, as_json: bool) -> None:
    """Add files, folders, web addresses, or what comes on standard input (-).

    Text, Markdown, HTML (.mhtml, too), PDF, DOCX, CSV, TSV, JSON, JSON lines, RSS, Atom and JSON feeds, mails (.eml,
    .mbox), and ZIP of any of these. Each article is added whole or not at all; a file that changed replaces its
    article, and what a feed no longer lists is kept. Stopped half-way, the same command goes on where it was.
    """
    from index.article import Failure, is_address
    from index.ingest import Report, ingest, store_documents
    from index.loaders import path_of

    urls = [path for path in paths if is_address(path)]
    if urls and not allow_urls:
        raise click.ClickException("web addresses are not read unless you say --allow-urls")
    files = [path_of(path) for path in paths if path not in urls and path != "-"]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        raise click.ClickException(in_line(f"there is no {', '.join(missing)}; nothing was added"))
    with encoding_in(workers, pipeline.library), told() as progress:
        report = ingest(pipeline.library, files, progress)
        for url in urls:
            from index.fetch import fetch

            refused: list[Failure] = []
            try:
                documents = fetch(url, refused=refused)
                report += store_documents(pipeline.library, documents, progress, refused)
            except KutipError as error:
                report += Report(failed=(Failure.of(url, error),))
        if "-" in paths:
            report += piped(pipeline.library, progress)
    tell_passed_over(files)
    show(report, as_json)


def piped(library: AnyLibrary, progress: Progress) -> Report:
    """Add what comes on standard input."""
    from index.article import Failure
    from index.ingest import Report, store_documents
    from index.loaders import LARGEST, documents_of

    refused: list[Failure] = []
    done = Report()
    try:
        data = sys.stdin.buffer.read(LARGEST + 1)
        done += store_documents(library, documents_of(data, "", refused=refused), progress)
    except KutipError as error:
        refused.append(Failure.of("", error))
    return done + Report(
        failed=tuple(replace(own, source="-", reason=f"standard input: {own.reason.strip()}") for own in refused)
    )


def tell_passed_over(folders: Iterable[Path]) -> None:
    """Say what lies in folders and is of no kind that is read: who adds a folder of old Word files would wonder."""
    from index.loaders import inside, passed_over

    for folder in folders:
        if not folder.is_dir():
            continue
        found = passed_over(folder)
        kinds = [f"{count:,} {kind or 'without an ending'}" for kind, count in found.most_common(KINDS)]
        if kinds:
            more = ", …" if len(found) > KINDS else ""
            click.echo(in_line(f"passed over in {folder}, of no kind that is read: {', '.join(kinds)}{more}"), err=True)
        elif not any(inside(folder, [])):
            click.echo(in_line(f"there is nothing to read in {folder}"), err=True)


@contextmanager
def encoding_in(workers: int, library: AnyLibrary) -> Iterator[None]:
    """Sentences that are added to the library inside are encoded in so many processes."""
    if workers == 1:
        yield
        return
    from index.encoder import SentenceEncoder
    from index.workers import ParallelEncoder

    own = library.encoder
    make = partial(SentenceEncoder, own.model) if isinstance(own, SentenceEncoder) else type(own)
    with ParallelEncoder(own, make, workers) as library.encoder:
        try:
            yield
        finally:
            library.encoder = own


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--allow-empty", is_flag=True, help="Remove all that came from the folder when nothing is left in it.")
@json_option
@with_pipeline
def sync(pipeline: Pipeline, folder: Path, allow_empty: bool, as_json: bool) -> None:
    """Keep the library in step with a folder: add what is new, replace what changed, remove what is gone."""
    from index.ingest import sync as sync_folder

    with told() as progress:
        report = sync_folder(pipeline.library, folder, progress, allow_empty=allow_empty)
    tell_passed_over([folder])
    show(report, as_json)


@click.command("list")
@with_filters
@json_option
@with_rows
def list_(pipeline: Pipeline, filters: Filters | None, as_json: bool) -> None:
    """List the library's articles."""
    articles = pipeline.library.entries(filters)
    if as_json:
        click.echo(in_json([asdict(article) for article in articles]))
    else:
        for article in articles:
            day = article.published or "----------"
            click.echo(printable(f"{article.id}  {article.language or '--'}  {day}  {article.title}"))
        if not articles and not none_passes(pipeline, filters):
            click.echo(in_line(f"{pipeline.library.place} is empty; add articles with `kutip add FILE`"), err=True)


@click.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID…")
@json_option
@with_rows
def remove(pipeline: Pipeline, article_ids: tuple[str, ...], as_json: bool) -> None:
    """Remove articles by their ids, as `kutip list` shows them."""
    known = pipeline.library.known(article_ids)
    unknown = [article_id for article_id in article_ids if article_id not in known]
    if unknown:
        raise click.ClickException(
            f"no such article: {', '.join(unknown)}; `kutip list` shows the ids. Nothing removed"
        )
    removed = pipeline.remove(*article_ids)
    click.echo(in_json({"removed": removed}, None) if as_json else f"removed {len(removed)}")


@contextmanager
def told() -> Iterator[Progress]:
    """Two bars, of the articles and of their sentences."""
    from index.ingest import Progress

    with bar("articles", position=0) as articles, bar("sentences", position=1) as sentences:

        def total(count: int) -> None:
            articles.total = (articles.total or 0) + count
            if count:  # told of every file, most of which hold one article
                articles.refresh()

        yield Progress(articles.update, sentences.update, total)


def show(report: Report, as_json: bool) -> None:
    """Say what was done; the exit code is 1 when something could not be read."""
    for failure in report.failed:
        click.echo(in_line(f"not read: {failure.reason}"), err=True)
    if as_json:
        click.echo(in_json(asdict(report), None))
    else:
        counts = {name: len(getattr(report, name)) for name in ("added", "replaced", "unchanged", "removed", "failed")}
        always = ("added", "replaced", "unchanged")
        click.echo(", ".join(f"{name} {n}" for name, n in counts.items() if n or name in always))
    if report.failed:
        raise SystemExit(1)
