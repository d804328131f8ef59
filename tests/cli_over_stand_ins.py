"""The command line over stand-ins for the models: python cli_over_stand_ins.py ARGUMENT…"""

from pathlib import Path
from typing import Any

from doubles import WordEncoder, WordReader

from index.library import Library
from qa.calibration import Calibration
from qa.cli import main
from qa.commands import options, upkeep
from qa.config import library_folder
from qa.pipeline import Pipeline


def load(library: Path | None, check: bool = True, **_models: Any) -> Pipeline:
    opened = Library.open(library_folder(library), WordEncoder(), check=check)
    return Pipeline(opened, WordReader(), Calibration())


if __name__ == "__main__":
    options.load = upkeep.load = load  # type: ignore[assignment]
    main(prog_name="kutip")
