"""`kutip copy`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from index.places import is_milvus
from qa import load
from qa.commands.options import json_option, with_clear_errors
from qa.commands.terminal import bar, in_json
from qa.config import library_place


@click.command("copy")
@click.argument("origin", metavar="FROM")
@click.argument("target", metavar="TO")
@json_option
@click.pass_obj
@with_clear_errors
def copy_(chosen: dict[str, Any], /, origin: str, target: str, as_json: bool) -> None:
    """Copy all articles of one library into another one, a folder or on Milvus, without encoding them anew.

    What is there already is passed over: stopped half-way, the same command goes on where it was.
    """
    from index.copying import copy
    from index.ingest import is_away

    places = [library_place(place) for place in (origin, target)]
    if places[0] == places[1]:
        raise click.ClickException("both are the same library; name another one to copy to")
    if not is_milvus(places[0]) and is_away(Path(places[0])):
        raise click.ClickException(f"there is no library {places[0]}; name one that is there")
    with (
        load(**chosen | {"library": places[0]}) as one,
        load(**chosen | {"library": places[1]}) as other,
        bar("articles") as told,
    ):
        count = copy(one.library, other.library, told.reset, told.update)
        articles = len(other.library)
    said = {"copied": count, "articles": articles}
    click.echo(in_json(said) if as_json else f"copied {count} articles; {articles} are there now")
