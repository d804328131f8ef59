"""Models by name come from the Hugging Face hub; what it learns of it is the download.

`index/__init__.py` sets what its libraries read when they are imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from index.errors import ModelError

T = TypeVar("T")

NAME = re.compile(r"(\b[\w.-]+\b/)?\b[\w.-]+\b")  # as the hub takes them


class Named:
    """A model that goes by its folder or by its name at the hub. It is looked for when it is first needed: what only
    counts, lists or copies articles does not need it."""

    def __init__(self, model: str | Path) -> None:
        self.named = model
        self.model = str(Path(model).expanduser() if str(model).startswith("~") else model)

    @cached_property
    def folder(self) -> Path | None:
        """The model's folder; None for a model by name. Raises ModelError as `folder_of` does."""
        return folder_of(self.named)

    def local_first(self, load: Callable[[bool], T]) -> T:
        """What ``load`` gives, told whether to keep to this machine: always for a folder, at first for a name."""
        return load(True) if self.folder is not None else cached_first(load)


def folder_of(model: str | Path) -> Path | None:
    """The folder of a model, None for a name that the hub may have.

    Raises ModelError for "", and for a path at which there is none: the hub, asked for it, would take it for somebody's
    name.
    """
    if model == "":
        raise ModelError("the name of the model is empty; is a variable unset?")
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if isinstance(model, Path) or not NAME.fullmatch(model):
        raise ModelError(f"there is no folder {folder}; name a model's folder, or a model of the hub as owner/name")
    return None


def cached_first(load: Callable[[bool], T]) -> T:
    """What ``load`` gives, told whether to keep to the local cache: so at first, and else the hub is asked.

    A model that was downloaded stays the same: its name stands for its vectors, and no start waits for the network.
    """
    try:
        return load(True)
    except Exception:  # whatever is missing, or broken: a download mends it, or says in words what is wrong
        return load(False)
