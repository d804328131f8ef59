"""Where things are kept, unless told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

LIBRARY_VARIABLE = "KUTIP_LIBRARY"
ENCODER_VARIABLE = "KUTIP_ENCODER"
READER_VARIABLE = "KUTIP_READER"
TRANSLATOR_VARIABLE = "KUTIP_TRANSLATOR"


def library_folder(given: str | Path | None = None) -> Path:
    """The library's folder: as given, else $KUTIP_LIBRARY, else the user's data folder by the platform's rules."""
    if given is not None:
        return Path(given).expanduser()
    named = os.environ.get(LIBRARY_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("kutip", appauthor=False) / "library"


def model_name(given: str | Path | None, variable: str) -> str | Path | None:
    """The model as given, else by the environment's ``variable``; None is the shipped one."""
    return given if given is not None else os.environ.get(variable) or None
