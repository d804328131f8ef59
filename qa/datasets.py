"""Questions with known answers, and articles to search among, from files: JSON lines, gzipped or not, or SQuAD's."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Article, Span
from qa.errors import DataError


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one context. ``answers`` are spans of the context; none means that it does not say."""

    id: str
    question: str
    context: str
    answers: tuple[Span, ...] = ()

    @property
    def golds(self) -> list[str]:
        """The gold answers' texts."""
        return [span.cut(self.context) for span in self.answers]


def read_examples(path: Path) -> list[Example]:
    """The questions of a file: JSON lines ``{id, question, context, answers: [{text, start}]}`` or SQuAD's JSON.

    Raises DataError, naming the place, for what is neither and for an answer that does not stand where it says.
    """
    try:
        with open_text(path) as file:
            text = file.read()
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    rows = squad_rows(whole) if isinstance(whole, dict) and "data" in whole else line_rows(path, text)
    examples = [example_of(path, place, row) for place, row in rows]
    if not examples:
        raise DataError(
            f"{path} holds no questions; JSON lines with question, context and answers are read, or SQuAD's JSON"
        )
    return examples


def line_rows(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """(place, row) of JSON lines."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number} is not JSON: {error}") from error


def squad_rows(whole: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(place, row) of SQuAD's nested JSON."""
    for article in whole["data"]:
        for paragraph in article.get("paragraphs", ()):
            for asked in paragraph.get("qas", ()):
                answers = [] if asked.get("is_impossible") else asked.get("answers", ())
                answers = [{"text": a["text"], "start": a["answer_start"]} for a in answers]
                yield f"question {asked.get('id')}", {**asked, "context": paragraph["context"], "answers": answers}


def example_of(path: Path, place: str, row: Any) -> Example:
    """One checked example."""
    try:
        answers = tuple(Span(a["start"], a["start"] + len(a["text"])) for a in row["answers"])
        example = Example(str(row.get("id", place)), row["question"].strip(), row["context"], answers)
        wrong = [a["text"] for a, gold in zip(row["answers"], example.golds, strict=True) if a["text"] != gold]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(
            f"{path}, {place}: question, context and answers with text and start are needed ({error})"
        ) from error
    if wrong:
        raise DataError(f"{path}, {place}: the answer {wrong[0]!r} does not stand where it says")
    return example


def read_corpus(path: Path) -> list[Article]:
    """Articles of JSON lines ``{id, title, text}``."""
    try:
        with open_text(path) as file:
            rows = [row for _, row in line_rows(path, file.read())]
        return [Article.from_text(row["text"], title=row.get("title") or None) for row in rows if row["text"].strip()]
    except (OSError, KeyError, TypeError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} is no corpus of JSON lines with a text each ({error})") from error


def open_text(path: Path) -> Any:
    """A text file, gzipped or not."""
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
