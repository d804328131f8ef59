"""How a server is to behave."""

from __future__ import annotations

from dataclasses import dataclass

from qa.errors import KutipError


@dataclass(frozen=True, slots=True)
class Settings:
    """May articles be changed, and web addresses be read? Which model translates ("" for none)? Are there tools over
    MCP, also ones that change articles?

    Raises KutipError for tools that may change what nobody may.
    """

    read_only: bool = False
    allow_urls: bool = False
    translator: str = ""
    mcp: bool = False
    mcp_write: bool = False

    def __post_init__(self) -> None:
        if self.mcp_write and self.read_only:
            raise KutipError("--mcp-write lets tools change articles, --read-only nobody; choose one of them")
        if self.mcp_write and not self.mcp:
            raise KutipError("--mcp-write is about the tools of --mcp; say both")
