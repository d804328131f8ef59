"""What a terminal is shown, and the chat in a real one."""

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from index.article import Article, Span
from qa.answers import Answer, Evidence, Place, Status
from qa.commands.chat import Chat
from qa.commands.terminal import in_line, marked, printable, show_answer, show_place
from qa.conversation import Conversation

TESTS = Path(__file__).parents[1]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def evidence(text="Ketua rapat bernama Sari.", start=20, end=24, title="Rapat"):
    whole = Span(0, len(text))
    quote = Span(start, end)
    return Evidence("1", title, "a.txt", "id", quote, whole, whole, quote.cut(text), text, 3.0, published="2019-02-28")


def answer(*items, status=Status.ANSWERED):
    text = items[0].text if items and status is not Status.NOT_IN_ARTICLES else None
    return Answer("q", text, 0.87, status, items)


def written(reply, *, width=80, terminal=False, **more):
    colours = "standard" if terminal else None
    out = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, color_system=colours, markup=False, highlight=False
    )
    show_answer(out, reply, **more)
    return out.file.getvalue()


def test_control_characters_of_an_article_do_not_reach_the_terminal():
    assert printable("a\x1b[31mb\nc\u202e") == "a\ufffd[31mb\nc\ufffd"


def test_spaces_of_every_kind_are_spaces_and_what_only_parts_or_joins_letters_stays():
    assert in_line("10\u2009km kata\u00adkata 5\u202f%\u2028\x85\r") == "10 km kata\u00adkata 5 %   "
    assert printable("10\u2009km\u00a0👩\u200d👧 می\u200cخواهم") == "10\u2009km\u00a0👩\u200d👧 می\u200cخواهم"
    assert in_line("a\u200eb\u2068c\u2066") == "a\ufffdb\ufffdc\ufffd"


@given(st.text(), st.booleans())
def test_no_text_steers_a_terminal_or_becomes_markup(text, plain):
    shown = marked(text, Span(0, len(text)), plain=plain).plain
    assert not any(c in shown for c in "\x1b\x07\x9b\r\n\t\u202e\u2066")
    assert shown == (f"[{in_line(text)}]" if plain else in_line(text))
    assert len(in_line(text)) == len(text)


def test_nothing_of_an_answer_steers_a_terminal():
    nasty = "\x1b[2J\x1b]0;x\x07[red]a\u202e\nb"
    one = evidence(nasty, 0, len(nasty), title=nasty)
    one = replace(one, published="\x1b[1m", also_in=(Place("2", nasty, nasty, "", one.answer),))
    for status in Status:
        shown = written(answer(one, one, status=status), gloss=nasty)
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
        assert "[red]a" in shown


def test_quotes_that_are_nearly_as_likely_are_shown_beneath_an_answer_and_can_be_chosen():
    best = evidence("Korbannya 12 orang.", 10, 18)
    rival = replace(evidence("Korbannya menjadi 17 orang.", 18, 26), score=best.score - 1.2)
    weak = replace(evidence("Apinya 20 meter.", 7, 15), score=best.score - 2.1)
    shown = written(answer(best, rival, weak))
    assert "Others are nearly as likely:" in shown
    assert "[17 orang]" in shown
    assert "[20 meter]" not in shown
    assert "nearly" not in written(answer(best, weak))


def test_elsewhere_than_in_a_terminal_the_quote_stands_in_brackets_and_lines_stay_whole():
    shown = written(answer(evidence(f"{'Lalu ' * 40}ketua bernama Sari.", 214, 218)), width=100_000)
    lines = shown.splitlines()
    assert lines[0] == "Sari"
    assert lines[2] == f"  {'Lalu ' * 40}ketua bernama [Sari]."
    assert lines[3] == "  — Rapat · 2019-02-28"
    assert lines[4] == "  confidence 87%"
    assert not any(line.endswith(" ") for line in lines)


def test_copies_are_told_apart_by_their_date_and_source():
    one = evidence()
    copies = (Place("2", "Rapat", "tempo.txt", "2019-03-01", one.answer), Place("3", "Rapat", "", "", one.answer))
    shown = written(answer(replace(one, also_in=copies)))
    assert "— also in Rapat · 2019-03-01 · tempo.txt\n" in shown
    assert "— also in Rapat\n" in shown


def test_in_a_terminal_the_quote_is_marked_by_its_look():
    shown = written(answer(evidence()), terminal=True)
    assert re.search(r"bernama \x1b\[[0-9;]+mSari\x1b\[0m\.", shown)
    assert "[Sari]" not in ESCAPE.sub("", shown)


def test_in_a_terminal_that_has_no_looks_the_quote_stands_in_brackets_too():
    out = Console(file=io.StringIO(), width=80, force_terminal=True, _environ={"TERM": "dumb"})
    one = evidence()
    show_answer(out, answer(one))
    show_place(out, one, one.sentence_text)
    assert out.file.getvalue().count("bernama [Sari].") == 2
    assert "\x1b" not in out.file.getvalue()


@pytest.mark.parametrize("width", [10, 20, 37])
@pytest.mark.parametrize("status", Status)
def test_a_narrow_terminal_is_not_overrun(width, status):
    long = evidence(f"Ketua {'sangat' * 10} panjang bernama Sari.", 82, 86, title="Judul " * 12)
    shown = ESCAPE.sub("", written(answer(long, long, status=status), width=width, terminal=True))
    assert max(map(len, shown.splitlines())) <= width


def test_each_state_says_what_it_is():
    unsure = written(answer(evidence(), evidence("Wakilnya Budi.", 9, 13), status=Status.UNSURE))
    assert "Not sure" in unsure
    assert re.search(r"1  Wakilnya \[Budi\]", unsure)
    absent = written(answer(evidence(), status=Status.NOT_IN_ARTICLES))
    assert absent.startswith("The articles do not say.\nThe nearest sentences, which are no answer:\n  1  Ketua")
    assert written(answer(status=Status.NOT_IN_ARTICLES)) == "The articles do not say.\n"


def test_a_translation_stands_beneath_the_sentence_and_says_so():
    shown = written(answer(evidence()), gloss="The head is called Sari. (machine translation, opus)")
    lines = shown.splitlines()
    assert lines[2:4] == ["  Ketua rapat bernama [Sari].", "  = The head is called Sari. (machine translation, opus)"]


# -- the chat ------------------------------------------------------------------------------------------


@pytest.fixture
def talk(pipeline):
    """Says lines to a chat; gives what was written."""
    pipeline.add([Article.from_text("Ketua panitia bernama Dewi. Rumah Dewi di Bandung.", source="a")])
    chat = Chat(Conversation(pipeline), out=Console(file=io.StringIO(), width=200, markup=False, highlight=False))

    def say(*lines):
        begin = len(chat.out.file.getvalue())
        for line in lines:
            assert chat.take(line)
        return chat.out.file.getvalue()[begin:]

    say.chat = chat
    return say


def test_follow_ups_are_completed_and_can_be_asked_literally(talk):
    assert "[Dewi]" in talk("Siapa ketua panitia bernama?")
    assert "asked as: Di mana rumah Dewi?" in talk("Di mana rumahnya?")
    assert "asked as" not in talk("/literal")
    assert [turn.question for turn in talk.chat.conversation.turns] == [
        "Siapa ketua panitia bernama?",
        "Di mana rumahnya?",
    ]
    assert "asked as" not in talk("/literal Di mana rumahnya?")


def test_reset_forgets(talk):
    talk("Siapa ketua panitia bernama?")
    assert "Forgotten" in talk("/reset")
    assert "asked as" not in talk("Di mana rumahnya?")
    assert "Nothing was asked" in talk("/reset", "/literal")


def test_a_number_shows_a_candidate_in_its_place(talk, pipeline, monkeypatch):
    found = pipeline.answer("Siapa ketua panitia bernama?")
    unsure = replace(found, status=Status.UNSURE, evidence=found.evidence[:1] * 2)
    monkeypatch.setattr(pipeline, "answer", lambda *_, **__: unsure)
    assert "1  Ketua panitia bernama [Dewi]." in talk("Siapa?")
    assert "Ketua panitia bernama [Dewi]. Rumah Dewi di Bandung." in talk("1")
    assert "There are candidates 1 to 1" in talk("99")


def test_help_names_every_command_and_others_are_refused(talk):
    shown = talk("/help")
    assert all(command in shown for command in ("/literal", "/reset", "/help", "/quit", "NUMBER"))
    assert "There is no /what" in talk("/what")
    assert talk("") == ""
    assert not talk.chat.take("/quit")


def over_stand_ins(library, *arguments):
    command = [sys.executable, str(TESTS / "cli_over_stand_ins.py"), "--library", str(library), *arguments]
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    return command, {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | {"PYTHONPATH": path}


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "rapat.txt"
    path.write_text("Ketua panitia bernama Dewi\x1b[31m. Rumah Dewi di Bandung.", encoding="utf-8")
    command, environment = over_stand_ins(tmp_path / "library", "add", str(path))
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return tmp_path / "library"


def test_a_piped_chat_has_no_prompt_and_no_codes_and_json_a_line_each(stored):
    lines = "Siapa ketua panitia bernama?\n\nDi mana rumahnya?\n?\n/quit\nnever\n"
    command, environment = over_stand_ins(stored, "ask")
    done = subprocess.run(command, env=environment, input=lines, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Dewi\n")
    assert "asked as: Di mana rumah Dewi?" in done.stdout
    assert "\x1b" not in done.stdout
    assert "? " not in done.stdout.replace("asked as: Di mana rumah Dewi? ", "")
    assert "the question is blank" in done.stdout
    done = subprocess.run(
        [*command, "--json"], env=environment, input=lines, capture_output=True, text=True, check=True
    )
    answered, followed, refused = map(json.loads, done.stdout.splitlines())
    assert (answered["text"], followed["asked_as"]) == ("Dewi", "Di mana rumah Dewi?")
    assert (refused["question"], refused["error"][:21]) == ("?", "the question is blank")
    assert "the question is blank" in done.stderr


def test_questions_in_another_encoding_do_not_end_a_piped_chat(stored):
    command, environment = over_stand_ins(stored, "ask", "--json")
    lines = "Caf\xe9?\nSiapa ketua panitia bernama?\n".encode("latin-1")
    done = subprocess.run(command, env=environment, input=lines, capture_output=True, check=True)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [None, "Dewi"]


def test_letters_that_the_encoding_of_stdout_lacks_end_no_command_and_are_whole_in_json(tmp_path):
    path = tmp_path / "東京.txt"
    path.write_text("Ketua panitia bernama Café東京😀. Rumahnya di Bandung.", encoding="utf-8")
    question = "Siapa ketua panitia bernama?"

    def said(*arguments):
        command, environment = over_stand_ins(tmp_path / "library", *arguments)
        latin = environment | {"PYTHONIOENCODING": "latin-1"}
        done = subprocess.run(command, env=latin, check=True, capture_output=True)
        return done.stdout.decode("latin-1")

    assert "|-?" in said("add", "--help")
    said("add", str(path))
    assert said("ask", question).startswith("Café??\n")
    assert "Café???" in said("list")
    assert "Café???" in said("search", "ketua")
    assert json.loads(said("ask", question, "--json"))["text"] == "Café東京"
    (listed,) = json.loads(said("list", "--json"))
    assert listed["source"] == str(path)


@pytest.mark.parametrize(
    ("arguments", "closed", "code", "told"),
    [
        (("ask",), "<&-", 0, ""),
        (("ask", "--json"), "<&-", 0, ""),
        (("add", "-"), "<&-", 1, "not read: standard input: the article has no text; give one with at least a word\n"),
        (("ask", "Siapa ketua panitia bernama?"), ">&-", 0, ""),
        (("ask", "?"), ">&-", 1, "Error: the question is blank; ask something with at least one word\n"),
        (("add", "gone.txt"), "<&- >&- 2>&-", 1, ""),
    ],
)
def test_a_command_whose_streams_were_closed_does_what_it_can_without_a_traceback(
    stored, arguments, closed, code, told
):
    command, environment = over_stand_ins(stored, *arguments)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (code, told)


class Terminal:
    """A real terminal of a given width, with a program in it."""

    def __init__(self, command, environment, columns=60):
        import fcntl
        import struct
        import termios

        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        environment = environment | {"TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def until(self, wanted, seconds=240):
        """Read until a pattern was written; all that was written since the last time."""
        deadline = time.monotonic() + seconds
        while not re.search(wanted, ESCAPE.sub("", self.seen), re.DOTALL):
            assert time.monotonic() < deadline, self.seen
            if select.select([self.ours], [], [], 0.2)[0]:
                self.seen += os.read(self.ours, 65536).decode("utf-8", "replace")
        got, self.seen = self.seen, ""
        return got

    def say(self, line):
        os.write(self.ours, line.encode())

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.mark.parametrize("colours", [True, False])
def test_a_chat_in_a_real_terminal(stored, colours):
    command, environment = over_stand_ins(stored, "ask")
    terminal = Terminal(command, environment | ({} if colours else {"NO_COLOR": "1"}))
    try:
        terminal.until(r"leaves\..*\? $")
        terminal.say("Siapa ketua panitia bernama?\n")
        shown = terminal.until(r"confidence.*\? $")
        assert "Dewi" in shown
        assert "\x1b[31m" not in shown  # the article's
        coloured = re.search(r"\x1b\[[0-9;]*(?:3[0-7]|4[0-7])[0-9;]*mDewi", shown)
        assert bool(coloured) is colours
        assert re.search(r"\x1b\[1[0-9;]*mDewi", shown)
        terminal.say("Di mana rumahnya?\n")
        terminal.until(r"asked as: Di mana rumah Dewi\?.*confidence.*\? $")
        terminal.say("\x04")
        assert terminal.process.wait(120) == 0
    finally:
        terminal.close()
