"""The chat in the terminal: questions in a row, follow-ups understood."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa import KutipError
from qa.commands.terminal import console, in_json, in_line, printable, show_answer, show_place

if TYPE_CHECKING:
    from rich.console import Console

    from index.filters import Filters
    from qa.answers import Answer, Evidence
    from qa.conversation import Conversation

HELP = """\
Ask in English or Indonesian; follow-ups such as "And when?" lean on the question before.
  NUMBER     show a numbered candidate in its place
  /literal   ask the last question as it stands; /literal QUESTION asks another one so
  /reset     forget what was said
  /help      this
  /quit      leave (also Ctrl-D)"""


@dataclass(slots=True)
class Chat:
    """One conversation at a terminal. ``gloss`` gives the translation of an answer's sentence, "" for none."""

    conversation: Conversation
    filters: Filters | None = None
    as_json: bool = False
    gloss: Callable[[Answer], str] = lambda _: ""
    out: Console = field(default_factory=console)
    candidates: list[Evidence] = field(default_factory=list)
    last: str = ""

    def run(self) -> None:
        """Read lines until /quit, Ctrl-D or Ctrl-C."""
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # a file of questions in another encoding is no reason to end
        if self.out.is_terminal and not self.as_json:
            self.say("Ask the articles. /help tells what else there is, /quit leaves.", "dim")
        while (line := self.read()) is not None:
            try:
                if not self.take(line.strip()):
                    return
            except KutipError as error:
                if self.as_json:  # a line for each question, whatever becomes of it
                    print(in_json({"question": line.strip(), "error": str(error)}, None), flush=True)  # noqa: T201
                self.say(str(error))

    def read(self) -> str | None:
        """A line; None at the end. Asked for only where somebody sees it."""
        shown = sys.stdin.isatty() and not self.as_json
        if shown:
            with suppress(ImportError):  # not on Windows, whose own terminal does it
                import readline  # noqa: F401  # lets `input` edit the line and go back to earlier ones
        try:
            return input("? " if shown else "")
        except (EOFError, KeyboardInterrupt):
            if shown:
                self.out.print()
            return None

    def take(self, line: str) -> bool:
        """Do what a line says; whether the chat goes on."""
        command, _, rest = line.partition(" ")
        if not line:
            return True
        if command in ("/quit", "/q", "/exit"):
            return False
        if command == "/help":
            self.say(HELP)
        elif command == "/reset":
            self.conversation.reset()
            self.last, self.candidates = "", []
            self.say("Forgotten.")
        elif command == "/literal":
            self.ask_literally(rest.strip())
        elif command.startswith("/"):
            self.say(f"There is no {in_line(command)}; /help tells what there is.")
        elif re.fullmatch(r"\d{1,2}", line) and self.candidates:
            self.show_candidate(int(line))
        else:
            self.ask(line)
        return True

    def ask_literally(self, question: str) -> None:
        """Ask a question as it stands; without one the last, whose other reading is forgotten."""
        if not question and not self.last:
            self.say("Nothing was asked yet; say /literal QUESTION.")
            return
        if not question and self.conversation.turns:
            self.conversation.turns.pop()
        self.ask(question or self.last, literal=True)

    def ask(self, question: str, *, literal: bool = False) -> None:
        """Ask, and show the answer."""
        waiting = self.out.status("reading…") if self.out.is_terminal and not self.as_json else nullcontext()
        with waiting:
            answer = self.conversation.ask(question, self.filters, literal=literal)
            gloss = "" if self.as_json else self.gloss(answer)
        self.last = question
        if self.as_json:
            print(in_json(answer.to_dict(), None), flush=True)  # noqa: T201
            return
        if answer.asked_as != " ".join(question.split()):
            self.say(f"  asked as: {in_line(answer.asked_as)}", "dim")
        self.candidates = show_answer(self.out, answer, gloss)
        self.out.print()

    def show_candidate(self, number: int) -> None:
        """Show one of the numbered sentences where it stands."""
        if not 1 <= number <= len(self.candidates):
            self.say(f"There are candidates 1 to {len(self.candidates)}.")
            return
        chosen = self.candidates[number - 1]
        show_place(self.out, chosen, self.conversation.pipeline.library.article(chosen.article_id).text)
        self.out.print()

    def say(self, text: str, style: str = "") -> None:
        """Write words of our own; where answers are JSON, beside them."""
        from rich.text import Text

        (console(stderr=True) if self.as_json else self.out).print(Text(printable(text), style))
