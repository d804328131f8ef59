"""Models by name come from the Hugging Face hub; what it learns of it is the download.

`index/__init__.py` sets what its libraries read when they are imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from index.errors import ModelError

T = TypeVar("T")

NAME = re.compile(r"(\b[\w.-]+\b/)?\b[\w.-]+\b")  # as the hub takes them


def folder_of(model: str | Path) -> Path | None:
    """The folder of a model, None for a name that the hub may have.

    Raises ModelError for a path at which there is none: the hub, asked for it, would take it for somebody's name.
    """
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
