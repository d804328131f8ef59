"""The command line: the library's twin. Results go to stdout, all else to stderr."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Any

import click

from index.settings import (
    DEVICE_VARIABLE,
    DEVICES,
    ENGINE_VARIABLE,
    ENGINES,
    PRECISION_VARIABLE,
    PRECISIONS,
    safe_path,
)
from qa.commands.articles import add, list_, remove, sync
from qa.commands.copying import copy_
from qa.commands.examples import epilog
from qa.commands.measuring import evaluate
from qa.commands.questions import ask, search
from qa.commands.serving import serve
from qa.commands.upkeep import backup, info, reindex, restore
from qa.config import LIBRARY_VARIABLE


class Whole(click.Group):
    """Says all of what it says, whatever the encoding of stdout lacks (Latin-1, or cp1252 in a pipe on Windows)."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """As click does, once stdout puts "?" for letters that it lacks."""
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:  # there may be none, or one of a program around us
            reconfigure(errors="replace")
        return super().main(*args, **kwargs)


@click.group(cls=Whole, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--library",
    metavar="PLACE",
    envvar=LIBRARY_VARIABLE,
    help="The library's folder, or milvus://HOST:PORT/NAME. Default: in the user's data folder.",
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
@click.option(
    "--device", type=click.Choice(DEVICES), envvar=DEVICE_VARIABLE, help="cuda: torch in half precision on a GPU."
)
@click.version_option(version("kutip"), prog_name="kutip")
@click.pass_context
def main(
    context: click.Context,
    library: str | None,
    encoder: str | None,
    reader: str | None,
    engine: str | None,
    precision: str | None,
    device: str | None,
) -> None:
    """Ask your articles a question and get the verbatim answer, with its place and an honest confidence."""
    context.with_resource(safe_path())  # what tqdm needs of multiprocessing starts a process, on macOS at least
    for variable, value in ((ENGINE_VARIABLE, engine), (PRECISION_VARIABLE, precision), (DEVICE_VARIABLE, device)):
        if value is not None:
            os.environ[variable] = value  # read where a model is loaded
    context.obj = {"library": library, "encoder": encoder, "reader": reader}


for command in (ask, search, add, sync, list_, remove, backup, restore, copy_, reindex, info, evaluate, serve):
    command.epilog = epilog(command.name or "")
    main.add_command(command)


@click.pass_context
def _serve(context: click.Context, /, **given: Any) -> None:
    shared = {option.name: given.pop(option.name) for option in main.params if option.name in given}
    for command, own in ((main, shared), (serve, given)):
        context.invoke(command.callback, **own)  # type: ignore[arg-type]  # both have one


served = click.Command(
    "kutip serve",
    context_settings=main.context_settings,
    params=[*main.params, *serve.params],
    callback=_serve,
    help=serve.help,
    epilog=serve.epilog,
)
"""`python app.py`: what `kutip serve` does, the options of both in one row."""

if __name__ == "__main__":
    main()
