"""A program that serves the page, REST and MCP over stand-ins for the models: python served_by_stand_ins.py PORT."""

import sys

from doubles import WordEncoder, WordReader

from app import create_app
from index.article import Article
from index.library import Library
from qa.calibration import Calibration
from qa.guard import Rules
from qa.listening import serve
from qa.pipeline import Pipeline
from qa.rest.settings import Settings

if __name__ == "__main__":
    with Library.in_memory(WordEncoder()) as library:
        library.add([Article.from_text("Ketua rapat bernama Sari.")])
        pipeline = Pipeline(library, WordReader(), Calibration())
        serve(create_app(pipeline, Rules.of("127.0.0.1"), Settings(mcp=True)), "127.0.0.1", int(sys.argv[1]))
