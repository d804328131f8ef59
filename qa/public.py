"""Answers, articles and errors as visitors of a server may see them: without paths of this machine."""

from __future__ import annotations

from typing import Any

from index.filters import source_name
from index.ingest import Report
from index.library import Added
from qa.answers import Answer


def public(plain: dict[str, Any]) -> dict[str, Any]:
    """A plain article, passage or piece of evidence without this machine's paths."""
    out = dict(plain)
    if "source" in out:
        out["source"] = source_name(out["source"])
    if "sources" in out:
        out["sources"] = [source_name(source) for source in out["sources"]]
    if "also_in" in out:
        out["also_in"] = [public(place) for place in out["also_in"]]
    return out


def public_answer(answer: Answer) -> dict[str, Any]:
    """The answer's schema without this machine's paths."""
    plain = answer.to_dict()
    return plain | {"evidence": [public(item) for item in plain["evidence"]]}


def public_report(report: Added) -> dict[str, Any]:
    """What an add did, and what it could not read."""
    failed = report.failed if isinstance(report, Report) else ()
    return {name: list(getattr(report, name)) for name in ("added", "replaced", "unchanged", "removed")} | {
        "failed": [{"source": source_name(f.source), "reason": without_paths(f.reason)} for f in failed]
    }


def without_paths(message: str) -> str:
    """A message without folders of this machine in it."""
    return " ".join(source_name(word) if word.startswith(("/", "upload/")) else word for word in message.split(" "))
