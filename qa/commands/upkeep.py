"""`kutip backup`, `restore`, `reindex` and `info`."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa import ModelError, load
from qa.commands.options import json_option, outdated, with_clear_errors, with_rows
from qa.commands.terminal import bar, in_json, printable

if TYPE_CHECKING:
    from qa.pipeline import Pipeline


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@with_rows
def backup(pipeline: Pipeline, file: Path, as_json: bool) -> None:
    """Write a copy of the library to a file, also while a server uses it. An older backup there is replaced.

    What readers said of answers is not in it: that lies beside the library, in its folder `feedback`.
    """
    pipeline.library.backup(file)
    articles = len(pipeline.library)
    click.echo(in_json({"articles": articles, "file": str(file)}) if as_json else f"{articles} articles are in {file}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@with_rows
def restore(pipeline: Pipeline, file: Path, as_json: bool) -> None:
    """Put the content of a backup in the place of the library's, also while a server uses it.

    One that another encoder or an older kutip made has to be reindexed then, which is said.
    """
    pipeline.library.restore(file)
    articles = len(pipeline.library)
    click.echo(in_json({"articles": articles}) if as_json else f"restored: {articles} articles")


@click.command()
@json_option
@click.pass_obj
@with_clear_errors
def reindex(chosen: dict[str, Any], /, as_json: bool) -> None:
    """Bring a library that another encoder or kutip built up to date; the old index answers until it is done."""
    with load(**chosen, check=False) as pipeline, bar("encoding", " sentences") as told:
        count = pipeline.library.reindex(told.update)
    click.echo(in_json({"sentences": count}) if as_json else f"{count} sentences are indexed anew")


@click.command()
@click.option("--compile", "compile_", is_flag=True, help="Compile the models for this CPU, if that was not done yet.")
@click.option("--check", is_flag=True, help="Look whether everything stored is whole; exit code 1 if not.")
@json_option
@click.pass_obj
@with_clear_errors
def info(chosen: dict[str, Any], /, check: bool, compile_: bool, as_json: bool) -> None:
    """Tell where the library is, what is in it, and which models are used."""
    with load(**chosen, check=False) as pipeline:
        damage = pipeline.library.check() if check else None
        if compile_:
            pipeline.warm_up()
        why = outdated(pipeline)
        rows = facts(pipeline) | {"up_to_date": not why, "reader": getattr(pipeline.reader, "model", "")}
    if damage is not None:
        rows["damage"] = damage
    if as_json:
        click.echo(in_json(rows))
    else:
        for key, value in rows.items():
            click.echo(printable(f"{key.replace('_', ' ')}: {value if value != [] else 'none'}"))
    if why:
        click.echo(printable(why), err=True)
    if damage:
        click.echo("restore a backup with `kutip restore FILE`, or add the articles to a new library", err=True)
        raise SystemExit(1)


def facts(pipeline: Pipeline) -> dict[str, Any]:
    """What there is to tell of a library and its encoder, whose fingerprint is "" when it is gone."""
    articles, sentences = pipeline.library.count()
    encoder = pipeline.library.encoder
    try:
        fingerprint = encoder.fingerprint
    except ModelError:
        fingerprint = ""
    return {
        "version": version("kutip"),
        "library": pipeline.library.place,
        "articles": articles,
        "sentences": sentences,
        "index": getattr(pipeline.library, "index_kind", ""),
        "encoder": getattr(encoder, "model", ""),
        "encoder_fingerprint": fingerprint,
    }
