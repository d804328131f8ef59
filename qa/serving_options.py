"""The options of `kutip serve`, and the rules and settings that they stand for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from qa.config import TRANSLATOR_VARIABLE
from qa.guard import Rules
from qa.rest.settings import Settings


def between(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number of that range, both ends included."""

    def read(given: str) -> int:
        if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
            raise argparse.ArgumentTypeError(f"{given!r} is no whole number from {least} to {most}")
        return int(given)

    return read


def options() -> argparse.ArgumentParser:
    """The parser of the command line; $KUTIP_AUTH and the translator's variable are read when it is made."""
    parser = argparse.ArgumentParser(prog="kutip serve", description="Ask the articles in a web chat.")
    parser.add_argument(
        "--library", metavar="PLACE", help="folder or milvus://HOST:PORT/NAME (default: the user's data folder)"
    )
    parser.add_argument("--encoder", metavar="MODEL", help="sentence-transformers folder or name")
    parser.add_argument("--reader", metavar="MODEL", help="question-answering model folder or name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=between(1, 65_535), default=7860)
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--auth", default=os.environ.get("KUTIP_AUTH", ""), metavar="NAME:PASSWORD")
    parser.add_argument("--insecure", action="store_true", help="let anybody in who can reach the server")
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="another name of the server"
    )
    parser.add_argument(
        "--rate", type=between(1, 10**9), default=240, help="requests a minute that are taken of one client"
    )
    parser.add_argument("--read-only", action="store_true", help="articles can't be added or removed")
    parser.add_argument("--allow-urls", action="store_true", help="articles may be added by their web address")
    parser.add_argument("--translator", default=os.environ.get(TRANSLATOR_VARIABLE, ""), metavar="MODEL")
    parser.add_argument("--mcp", action="store_true", help="tools for language models over MCP, at /mcp")
    parser.add_argument("--mcp-write", action="store_true", help="tools over MCP may add and remove articles")
    parser.add_argument(
        "--reindex", action="store_true", help="embed a library of another encoder anew, then answer from it"
    )
    return parser


def rules_of(chosen: argparse.Namespace) -> Rules:
    """Who may ask, and how often. Raises KutipError for what would let strangers in unasked."""
    return Rules.of(chosen.host, chosen.auth, chosen.insecure, tuple(chosen.allowed_host), chosen.rate)


def settings_of(chosen: argparse.Namespace) -> Settings:
    """What the server allows."""
    return Settings(
        read_only=chosen.read_only,
        allow_urls=chosen.allow_urls,
        translator=chosen.translator,
        mcp=chosen.mcp,
        mcp_write=chosen.mcp_write,
    )
