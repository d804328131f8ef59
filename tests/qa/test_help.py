"""What the help and the README say of the commands is what the commands are."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from qa.cli import main
from qa.commands.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command_lines(text):
    """Each `kutip …` of a text, without comments and what stands around it."""
    for line in text.splitlines():
        for part in re.split(" · | \\| ", re.sub(r"\s+(#|\().*", "", line.strip())):
            if part.strip().startswith("kutip "):
                yield part.strip()


def check(line):
    """Parse a command line as click would, without doing anything; fails for what there is not."""
    words = shlex.split(line)[1:]
    context = click.Context(main)
    _, rest, _ = main.make_parser(context).parse_args(words)
    name, *arguments = rest
    assert name in main.commands, line
    command = main.commands[name]
    command.make_parser(click.Context(command, parent=context)).parse_args(arguments)
    return name


SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
INLINE = re.findall(r"`(kutip [^`]*)`", README.replace("\n", " "))


@pytest.mark.parametrize("line", [line for line in command_lines(SHELL) if "…" not in line])
def test_the_readmes_commands_are_the_real_ones(line):
    check(line)


@pytest.mark.parametrize("line", INLINE)
def test_the_commands_in_the_readmes_text_are_real_ones(line):
    words = [word.replace("…", "").partition("|")[0] for word in shlex.split(line)]
    check(shlex.join(filter(None, words)))


def test_the_readme_shows_every_command():
    assert {check(line) for line in command_lines(SHELL)} >= set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_tells_itself_in_a_line_and_by_examples(name):
    command = main.commands[name]
    short = command.get_short_help_str(limit=120)
    assert len(short) > 10
    assert not short.endswith("...")
    shown = CliRunner().invoke(main, [name, "--help"]).output
    for example in EXAMPLES[name]:
        assert f"  {example}" in shown
    assert name in {check(line) for line in command_lines("\n".join(EXAMPLES[name]))}


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_option_is_explained(name):
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.show_default, f"{name} {parameter.opts[0]}"


@pytest.mark.parametrize("name", sorted(set(main.commands) - {"serve"}))
def test_every_command_with_a_result_gives_it_as_json(name):
    assert any("--json" in parameter.opts for parameter in main.commands[name].params)


def test_there_are_no_examples_of_commands_that_are_gone():
    assert set(EXAMPLES) == set(main.commands)
