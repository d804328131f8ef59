"""What a terminal is shown."""

from __future__ import annotations

import json
import re
from typing import Any

from qa.answers import Answer, Status


def in_text(answer: Answer) -> str:
    """An answer for a terminal."""
    if answer.text is None:
        return "The articles do not say."
    best = answer.evidence[0]
    hedge = "Not sure; this comes nearest: " if answer.status is Status.UNSURE else ""
    where = [best.article_title, best.published, f"page {best.page}" if best.page else ""]
    lines = [f"{hedge}{best.text}", "", f"  {best.sentence_text}", "  — " + " · ".join(filter(None, where))]
    lines += [f"  — also in {place.article_title}, {place.source}" for place in best.also_in]
    return printable("\n".join([*lines, f"  confidence {answer.confidence:.0%}"]))


def printable(text: str) -> str:
    """Text of articles without the control characters that would steer a terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() or c == "\u00a0" else "\ufffd" for c in text)


def in_json(value: Any, indent: int | None = 2) -> str:
    """JSON that means the same, in which whatever could steer a terminal stands as an escape.

    >>> in_json({"a": "é\\x9b\\u202e"}, None)
    '{"a": "é\\\\u009b\\\\u202e"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub(r"[^ -~\n]", lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text)
