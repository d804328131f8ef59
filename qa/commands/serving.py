"""`kutip serve`."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

import click

from index.shipped import shipped
from qa.commands.options import translator_option, urls_option, with_clear_errors

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.asking import Asking
    from qa.pipeline import Pipeline
    from qa.rest.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=7860, show_default=True)
@click.option(
    "--auth",
    metavar="NAME:PASSWORD",
    envvar="KUTIP_AUTH",
    help="Let in only who says this. Better in $KUTIP_AUTH: who is on this machine sees its command lines.",
)
@click.option("--insecure", is_flag=True, help="Let in anybody who can reach the server.")
@click.option(
    "--allowed-host",
    multiple=True,
    metavar="NAME",
    help="Another name by which the server may be called. Give it again for more.",
)
@click.option(
    "--rate",
    type=click.IntRange(1, 10**9),
    default=240,
    show_default=True,
    help="Requests a minute that are taken of one client.",
)
@click.option("--read-only", is_flag=True, help="Articles can't be added or removed.")
@urls_option
@translator_option
@click.option("--mcp", is_flag=True, help="Give language models tools over MCP, at /mcp: pip install 'kutip[mcp]'.")
@click.option("--mcp-write", is_flag=True, help="Let these tools add and remove articles, too.")
@click.option(
    "--reindex",
    is_flag=True,
    help="Embed a library that another encoder built anew, in the background; /readyz tells how far it is, and "
    "questions are answered once it is done.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.pass_obj
@with_clear_errors
def serve(
    chosen: dict[str, Any],
    /,
    host: str,
    port: int,
    auth: str | None,
    insecure: bool,
    allowed_host: tuple[str, ...],
    rate: int,
    translator: str | None,
    reindex: bool,
    open_browser: bool,
    **allowed: bool,
) -> None:
    """Start the web chat and the REST interface. An empty library gets the sample article."""
    from qa.guard import Rules
    from qa.rest.settings import Settings
    from qa.serving import Start, main

    rules = Rules.of(host, auth or "", insecure, allowed_host, rate)
    settings = Settings(translator=translator or "", **allowed)
    main(page, chosen, rules, settings, Start(host, port, open_browser, reindex))


def page(pipeline: Pipeline, settings: Settings, asking: Asking) -> FastAPI:
    """The page. It lies above this layer, so it is loaded by its file, and only now: with it comes Gradio."""
    spec = spec_from_file_location("kutip_page", shipped("app.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"{shipped('app.py')} is no Python file")
    module = sys.modules[spec.name] = module_from_spec(spec)  # where its dataclasses look for it
    spec.loader.exec_module(module)
    app: FastAPI = module.mounted(pipeline, settings, asking)
    return app
