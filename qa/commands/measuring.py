"""`kutip evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from qa.commands.options import json_option, with_clear_errors
from qa.commands.terminal import in_json


@click.command()
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
    "--corpus",
    metavar="FILE",
    type=click.Path(exists=True, path_type=Path),
    help="Articles to search among: JSON lines with title and text.",
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
    from qa.evaluation import reports
    from qa.judging import in_words

    models = {name: settings.pop(name) or chosen[name] for name in ("encoder", "reader")}
    for report in reports(files, **models, **settings):
        click.echo(in_json(report.to_dict(), None) if as_json else in_words(report))
