"""How a server is to behave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """May articles be changed, and web addresses be read?"""

    read_only: bool = False
    allow_urls: bool = False
