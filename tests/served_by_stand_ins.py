"""A program that serves the page, REST and MCP over stand-ins for the models: python served_by_stand_ins.py PORT.

With more arguments it is `python app.py --port PORT ARGUMENT…`, and ``--encoder`` names the stand-in's fingerprint.
``--no-page`` leaves the page away, and with it most of the time that a start takes.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from doubles import WordEncoder, WordReader
from fastapi import FastAPI

from index.article import Article
from index.encoder import Encoded
from index.library import Library
from index.places import open_library
from qa import serving
from qa.calibration import Calibration
from qa.cli import served
from qa.commands import serving as serving_command
from qa.config import library_place
from qa.guard import Rules
from qa.listening import serve
from qa.pipeline import Pipeline
from qa.rest.settings import Settings


class SlowEncoder(WordEncoder):
    """Takes a tenth of a second for a sentence."""

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Encoded:
        for _ in texts:
            time.sleep(0.1)
            if progress is not None:
                progress(1)
        return super().encode_documents(texts)


def load(library: str | Path | None, encoder: str | None, reader: str | None, check: bool = True) -> Pipeline:
    chosen: Any = (SlowEncoder if encoder == "slow" else WordEncoder)(encoder or "words-1")
    return Pipeline(open_library(library_place(library), chosen, check=check), WordReader(), Calibration())


def no_page(*_: Any) -> FastAPI:
    return FastAPI()


if __name__ == "__main__":
    port, arguments = int(sys.argv[1]), sys.argv[2:]
    if "--no-page" in arguments:
        arguments.remove("--no-page")
        serving_command.page = no_page
    if arguments:
        serving.load = load  # type: ignore[assignment]
        served(["--port", str(port), *arguments])
    else:
        with Library.in_memory(WordEncoder()) as library:
            library.add([Article.from_text("Ketua rapat bernama Sari.")])
            pipeline = Pipeline(library, WordReader(), Calibration())
            serve(
                serving.create_app(pipeline, Rules.of("127.0.0.1"), Settings(mcp=True), serving_command.page),
                "127.0.0.1",
                port,
            )
