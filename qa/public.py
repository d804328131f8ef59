"""Answers, articles and errors as visitors of a server may see them: without paths of this machine."""

from __future__ import annotations

from typing import Any

from index.ingest import Report
from index.library import Added
from qa.answers import Answer


def public_source(source: str) -> str:
    """A source as others may see it: a web address as it is, of a file the name alone.

    >>> public_source("/home/me/news/a.txt"), public_source("upload/1f/a.zip!/b.txt"), public_source("https://x.test/1")
    ('a.txt', 'a.zip!/b.txt', 'https://x.test/1')
    """
    if source.startswith(("http://", "https://")):
        return source
    outer, mark, inner = source.partition("!/")
    return outer.replace("\\", "/").rsplit("/", 1)[-1] + mark + inner


def public(plain: dict[str, Any]) -> dict[str, Any]:
    """A plain article, passage or piece of evidence without this machine's paths."""
    out = dict(plain)
    if "source" in out:
        out["source"] = public_source(out["source"])
    if "sources" in out:
        out["sources"] = [public_source(source) for source in out["sources"]]
    if "also_in" in out:
        out["also_in"] = [public(place) for place in out["also_in"]]
    return out


def public_answer(answer: Answer) -> dict[str, Any]:
    """The answer's schema without this machine's paths."""
    plain = answer.to_dict()
    return plain | {"evidence": [public(item) for item in plain["evidence"]]}


def public_report(report: Report | Added) -> dict[str, Any]:
    """What an add did."""
    return {name: list(getattr(report, name)) for name in ("added", "replaced", "unchanged")}


def without_paths(message: str) -> str:
    """A message without folders of this machine in it."""
    return " ".join(public_source(word) if word.startswith(("/", "upload/")) else word for word in message.split(" "))
