"""A contender in a process of its own: one JSON object a line on standard input, one back on standard output.

{"op": "ask", "question": …} calls the contender's method of that name and answers
{"result": …, "seconds": …}, the seconds measured here, or {"error": …}.
"""

from __future__ import annotations

import json
import os
import sys
import time


def serve(contender: object) -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print goes to stderr
    for line in sys.stdin:
        given = json.loads(line)
        operation = given.pop("op")
        try:
            began = time.perf_counter()
            result = getattr(contender, operation)(**given)
            reply = {"result": result, "seconds": time.perf_counter() - began}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"[:500]}
        out.write(json.dumps(reply, ensure_ascii=False) + "\n")
        out.flush()


def units(path: str) -> tuple[list[str], list[str]]:
    """The sentences of a corpus, and the passage around each."""
    sentences, passages = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            sentences.append(row["sentence"])
            passages.append(row["passage"])
    return sentences, passages
