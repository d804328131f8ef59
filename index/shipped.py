"""Where the files that come with kutip lie: the models, the sample article, the page.

In a checkout they stand beside the packages, in an installed wheel inside `index/_shipped`.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The path of a shipped file or folder such as ``"models/reader"``; FileNotFoundError if it is missing."""
    places = (HERE / "_shipped" / name, HERE.parent / name)
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(
        f"{name} came with kutip but is at neither {places[0]} nor {places[1]}; install kutip again"
    )
