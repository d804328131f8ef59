"""Where things are kept, unless told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from index.errors import LibraryError
from index.places import is_milvus

LIBRARY_VARIABLE = "KUTIP_LIBRARY"
ENCODER_VARIABLE = "KUTIP_ENCODER"
READER_VARIABLE = "KUTIP_READER"
TRANSLATOR_VARIABLE = "KUTIP_TRANSLATOR"


def library_place(given: str | Path | None = None) -> str | Path:
    """Where the library is: as given, else $KUTIP_LIBRARY, else the user's data folder by the platform's rules.

    A folder, or the address of a library on Milvus as it stands (`index.places`). Raises LibraryError for "".
    """
    if given == "":
        raise LibraryError("the place of the library is empty; is a variable unset?")
    named = given if given is not None else os.environ.get(LIBRARY_VARIABLE)
    if named:
        return str(named) if is_milvus(named) else Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("kutip", appauthor=False) / "library"


def model_name(given: str | Path | None, variable: str) -> str | Path | None:
    """The model as given, else by the environment's ``variable``; None is the shipped one."""
    return given if given is not None else os.environ.get(variable) or None
