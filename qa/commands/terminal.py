"""What a terminal is shown: quotes marked in their sentences, and nothing of an article that would steer it."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any
from unicodedata import category

import click

from index.article import Span
from qa.answers import Answer, Evidence, Place, Status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text
    from tqdm import tqdm

QUOTE, MARK, ASIDE = "bold", "bold black on yellow", "dim"
UNWRAPPED = 100_000  # columns, where no terminal is
EVERY = 30.0  # seconds after which it is said there, too, how far a work is
JOINERS = "\u00ad\u200c\u200d"  # where a word may be parted, and which letters and pictures join


def printable(text: str) -> str:
    """Text of articles without the control characters that would steer a terminal; no character is added or lost."""
    return "".join(
        c if c.isprintable() or c in "\n\t" or c in JOINERS or category(c) == "Zs" else "\ufffd" for c in text
    )


def in_json(value: Any, indent: int | None = 2) -> str:
    """JSON that means the same, in which whatever could steer a terminal, or stdout cannot say, stands as an escape.

    >>> in_json({"a": "é\\x9b\\u202e"}, None)
    '{"a": "é\\\\u009b\\\\u202e"}'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    text = json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf"), indent=indent)
    return re.sub(r"[^ -~\n]", lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text)


def in_line(text: str) -> str:
    """The same for one line: white space of every kind becomes a space, character by character.

    >>> in_line("a\\tb\\nc\\u2009d\\x1b[1m")
    'a b c d\ufffd[1m'
    """
    return printable("".join(" " if c.isspace() else c for c in text))


def bar(desc: str, unit: str = "", position: int | None = None) -> tqdm[Any]:
    """How much of a work is done, how fast, and how long still: a bar in a terminal, elsewhere a line now and then."""
    from tqdm import tqdm

    if sys.stderr is None or sys.stderr.isatty():
        return tqdm(desc=desc, unit=unit, file=sys.stderr, disable=None, position=position)
    return tqdm(desc=desc, unit=unit, file=Lines(), leave=False, mininterval=EVERY, miniters=1, ncols=0, position=0)


class Lines:
    """What a bar is written to where no terminal is."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def write(self, shown: str) -> None:
        """Tell what a bar shows, unless something was told just now."""
        if shown.strip() and time.monotonic() >= self.last + EVERY:
            self.last = time.monotonic()
            click.echo(shown.strip(), err=True)

    def flush(self) -> None:
        """Nothing waits."""


def console(*, stderr: bool = False) -> Console:
    """Where to write. In a terminal lines are wrapped at words; elsewhere they stay whole and plain."""
    from rich.console import Console

    file = sys.stderr if stderr else sys.stdout
    width = None if file.isatty() else UNWRAPPED
    return Console(file=file, width=width, markup=False, highlight=False, emoji=False)


def marked(text: str, span: Span, *, plain: bool) -> Text:
    """One line of text with a span of it marked: by its look, or where there is none by brackets."""
    from rich.text import Text

    before, quote, after = text[: span.start], text[span.start : span.end], text[span.end :]
    if plain:
        quote = f"[{quote}]"
    return Text.assemble(in_line(before), (in_line(quote), MARK), in_line(after))


def show_answer(out: Console, answer: Answer, gloss: str = "") -> list[Evidence]:
    """Write an answer; ``gloss`` is its sentence's translation. Returns what was numbered, in order."""
    from rich.padding import Padding
    from rich.text import Text

    best, others = (answer.evidence[0], answer.evidence[1:]) if answer.evidence else (None, ())
    if answer.text is None or best is None:
        out.print(Text("The articles do not say."))
        return numbered(out, answer.evidence[:3], "The nearest sentences, which are no answer:")
    unsure = answer.status is Status.UNSURE
    if unsure:
        out.print(Text("Not sure; this comes nearest:", ASIDE))
    out.print(Text(in_line(best.text), QUOTE))
    out.print()
    out.print(Padding(sentence(out, best), (0, 0, 0, 2), expand=False))
    if gloss:
        out.print(Padding(Text(f"= {in_line(gloss)}", "italic"), (0, 0, 0, 2), expand=False))
    lines = [f"— {place_of(best)}"]
    lines += [f"— also in {' · '.join(filter(None, [place_of(place), place.source]))}" for place in best.also_in]
    lines += [f"confidence {answer.confidence:.0%}"]
    for line in lines:
        out.print(Padding(Text(in_line(line), ASIDE), (0, 0, 0, 2), expand=False))
    if unsure:
        return numbered(out, others[:3], "Other candidates:")
    return numbered(out, answer.rivals[:3], "Others are nearly as likely:")


def numbered(out: Console, items: tuple[Evidence, ...], title: str) -> list[Evidence]:
    """Write sentences with their quotes under a title, numbered from 1."""
    from rich.padding import Padding
    from rich.text import Text

    if items:
        out.print(Text(title, ASIDE))
    for number, item in enumerate(items, 1):
        line = Text.assemble((f"{number}  ", QUOTE), sentence(out, item))
        out.print(Padding(line, (0, 0, 0, 2), expand=False))
    return list(items)


def show_place(out: Console, evidence: Evidence, text: str) -> None:
    """Write a candidate in its passage; ``text`` is that of its article."""
    from rich.padding import Padding
    from rich.text import Text

    passage = evidence.passage
    inside = Span(evidence.answer.start - passage.start, evidence.answer.end - passage.start)
    out.print(Padding(marked(passage.cut(text), inside, plain=out.color_system is None), (0, 0, 0, 2), expand=False))
    out.print(Padding(Text(in_line(f"— {place_of(evidence)}"), ASIDE), (0, 0, 0, 2), expand=False))


def sentence(out: Console, evidence: Evidence) -> Text:
    """A quote's sentence with the quote marked."""
    inside = Span(evidence.answer.start - evidence.sentence.start, evidence.answer.end - evidence.sentence.start)
    return marked(evidence.sentence_text, inside, plain=out.color_system is None)


def place_of(place: Evidence | Place) -> str:
    """Title, date and page of a quote, and the column of a table that it stands in, where they are known."""
    page = f"page {place.page}" if isinstance(place, Evidence) and place.page else ""
    column = f"column “{place.column}”" if isinstance(place, Evidence) and place.column else ""
    return " · ".join(filter(None, [place.article_title, place.published, page, column]))
