"""Answers, articles and errors as visitors of a server may see them: without paths of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.article import Failure
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
    done = {name: list(getattr(report, name)) for name in ("added", "replaced", "unchanged", "removed")}
    return done | {"failed": [public_failure(one) for one in failed]}


def public_failure(failure: Failure) -> dict[str, Any]:
    """What could not be read, and why; with the key of the page's words that say the same, where there are such."""
    named = {"key": failure.key, "values": public_values(failure.values)} if failure.key else {}
    return {"source": source_name(failure.source), "reason": without_paths(failure.reason)} | named


def public_values(values: Mapping[str, str | int]) -> dict[str, str | int]:
    """What is put into words, without folders of this machine in it."""
    return {name: without_paths(value) if isinstance(value, str) else value for name, value in values.items()}


def without_paths(message: str) -> str:
    """A message without folders of this machine in it."""
    return " ".join(source_name(word) if word.startswith(("/", "upload/")) else word for word in message.split(" "))
