"""Questions with known answers, and articles to search among, from files: JSON lines, gzipped or not, or SQuAD's."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Article, Span, encodable, normalize
from qa.errors import DataError, KutipError
from qa.pipeline import checked

Row = dict[str, Any]


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
    """The questions of a file, each checked.

    JSON lines ``{id, question, context, answers: [{text, start}]}``, or SQuAD's JSON; ``answers`` may have Hugging
    Face's form as well, ``{text: [...], answer_start: [...]}``. Raises DataError, naming the place, for what is none of
    these, for a question that cannot be asked, and for an answer that does not stand where it says.
    """
    with at(path):
        examples = [example_of(place, row) for place, row in rows_of(text_of(path))]
        if not examples:
            raise DataError(
                "it holds no questions; give JSON lines with question, context and answers, or SQuAD's JSON"
            )
    return examples


def read_corpus(path: Path) -> list[Article]:
    """Articles of JSON lines ``{title, text}``. Raises DataError, naming the place."""
    with at(path):
        return [article for place, row in line_rows(text_of(path)) for article in articles_of(place, row)]


@contextmanager
def at(place: object) -> Iterator[None]:
    """What is wrong inside is raised as a DataError that begins with the place."""
    try:
        yield
    except (KutipError, ValueError) as error:
        raise DataError(f"{place}: {error}") from error


def text_of(path: Path) -> str:
    """The text of a file, gzipped or not, without a byte-order mark."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig") as file:
            return str(file.read())
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise DataError(f"it cannot be read ({error})") from error


def rows_of(text: str) -> Iterator[tuple[str, Row]]:
    """(place, row) of each question of a file."""
    try:
        whole = parsed(text)
    except ValueError:
        whole = None
    return squad_rows(whole) if isinstance(whole, dict) and "data" in whole else line_rows(text)


def line_rows(text: str) -> Iterator[tuple[str, Row]]:
    """(place, row) of JSON lines."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            with at(place := f"line {number}"):
                row = parsed(line)
                if not isinstance(row, dict):
                    raise DataError("no object; each line is one in braces")
            yield place, row


def squad_rows(whole: Row) -> Iterator[tuple[str, Row]]:
    """(place, row) of SQuAD's nested JSON, and of Hugging Face's, where ``data`` are the questions themselves."""
    for place, article in objects("", whole, "data"):
        if "paragraphs" not in article:
            yield place, article
            continue
        for beside, paragraph in objects(place, article, "paragraphs"):
            for here, asked in objects(beside, paragraph, "qas"):
                yield here, asked | {"context": paragraph.get("context")}


def objects(place: str, holder: Row, key: str) -> Iterator[tuple[str, Row]]:
    """(place, object) of each in a list of objects; places are written as in jq: ``.data[0].paragraphs[2]``."""
    found = holder.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise DataError(f"{place}.{key} is no list of objects")
    for number, item in enumerate(found):
        yield f"{place}.{key}[{number}]", item


def parsed(text: str) -> Any:
    """What a JSON text says. Raises ValueError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from error


def example_of(place: str, row: Row) -> Example:
    """One checked example."""
    with at(place):
        question, context = checked(text_in(row, "question")), text_in(row, "context")
        if not normalize(context).strip():
            raise DataError("context is blank")
        answers = () if row.get("is_impossible") else tuple(spans_of(row.get("answers"), context))
    return Example(str(place if row.get("id") is None else row["id"]), question, context, answers)


def spans_of(answers: Any, context: str) -> Iterator[Span]:
    """The spans of an example's answers, each compared with the context."""
    if isinstance(answers, dict) and all(isinstance(column, list) for column in answers.values()):
        # Hugging Face keeps a list of objects as an object of lists.
        if len(set(map(len, answers.values()))) > 1:
            raise DataError("the lists in answers are not of one length")
        answers = [dict(zip(answers, values, strict=True)) for values in zip(*answers.values(), strict=True)]
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        raise DataError("answers is no list of objects with text and start")
    for answer in answers:
        text, start = answer.get("text"), answer.get("start", answer.get("answer_start"))
        if not isinstance(text, str) or not normalize(text).strip() or not isinstance(start, int):
            raise DataError("an answer needs its text and, as start, the character of the context at which it begins")
        span = Span(start, start + len(text))
        if span.cut(context) != encodable(text):
            raise DataError(f"the answer {text!r} does not stand where it says")
        yield span


def articles_of(place: str, row: Row) -> Iterator[Article]:
    """The article of a row; none where its text is blank."""
    with at(place):
        text, title = text_in(row, "text"), row.get("title")
        if title is not None and not isinstance(title, str):
            raise DataError("title is no text")
    if normalize(text).strip():
        yield Article.from_text(text, title=title)


def text_in(row: Row, key: str) -> str:
    """A text of a row, without half characters, which no reader takes. Raises DataError."""
    found = row.get(key)
    if not isinstance(found, str):
        raise DataError(f"{key} is {'no text' if key in row else 'missing'}")
    return encodable(found)
