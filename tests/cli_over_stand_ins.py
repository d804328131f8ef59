"""The command line over stand-ins for the models: python cli_over_stand_ins.py ARGUMENT…"""

from pathlib import Path
from typing import Any

from doubles import WordEncoder, WordReader

from index.places import open_library
from qa.calibration import Calibration
from qa.cli import main
from qa.commands import copying, options, upkeep
from qa.config import library_place
from qa.pipeline import Pipeline


def load(library: Path | None, check: bool = True, **_models: Any) -> Pipeline:
    opened = open_library(library_place(library), WordEncoder(), check=check)
    return Pipeline(opened, WordReader(), Calibration())


if __name__ == "__main__":
    options.load = upkeep.load = copying.load = load  # type: ignore[assignment]
    main(prog_name="kutip")
