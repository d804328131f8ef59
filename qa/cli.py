"""The command line: the library's twin. Results go to stdout, all else to stderr."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
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


class Whole(click.Command):
    """Says all of what it says, whatever the encoding of stdout lacks (Latin-1, or cp1252 in a pipe on Windows), and a
    full disk beneath that in one clear line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """As click does, once there are streams, and stdout puts "?" for letters that it lacks."""
        open_streams()
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:  # it may be one of a program around us
            reconfigure(errors="replace")
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            give_up_output()
            why = f"something could not be written ({error.strerror}); make room there, then run this again"
            click.ClickException(why).show()
            raise SystemExit(1) from error


class Commands(Whole, click.Group):
    """Several of them."""


def open_streams() -> None:
    """Read from and write to nowhere in place of streams that were closed (`<&-`, `>&-`).

    What is opened next, such as the library, would have the number of theirs.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # as long as the program


def give_up_output() -> None:
    """Send what is still to be printed nowhere: Python tries again at its end, and complains."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:  # of what is no file
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--library",
    metavar="PLACE",
    envvar=LIBRARY_VARIABLE,
    help="The library's folder, milvus://HOST:PORT/NAME or milvus-lite:FILE.db. Default: in the user's data folder.",
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


served = Whole(
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
