import json

import pytest
from click.testing import CliRunner
from doubles import WordEncoder, WordReader

from index.library import Library
from qa import cli
from qa.calibration import Calibration
from qa.commands import options, upkeep
from qa.config import library_folder
from qa.pipeline import Pipeline


@pytest.fixture
def kutip(tmp_path, monkeypatch):
    def load(library, encoder, reader, check=True):
        return Pipeline(Library.open(library_folder(library), WordEncoder(), check=check), WordReader(), Calibration())

    for module in (options, upkeep):
        monkeypatch.setattr(module, "load", load)

    def run(*arguments):
        return CliRunner().invoke(cli.main, ["--library", str(tmp_path / "library"), *arguments])

    return run


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "rapat.txt"
    path.write_text("Rapat di Bandung. Ketua rapat bernama Sari.", encoding="utf-8")
    return path


def test_the_whole_way_through_the_commands(kutip, article):
    assert kutip("add", str(article)).output.endswith("added 1, replaced 0, unchanged 0\n")
    assert "unchanged 1" in kutip("add", str(article)).output
    (listed,) = json.loads(kutip("list", "--json").stdout)
    assert listed["source"] == str(article)
    assert listed["title"] in kutip("list").output
    answer = json.loads(kutip("ask", "Siapa bernama?", "--json").stdout)
    assert answer["text"] == "Sari"
    assert set(answer) == {"question", "text", "confidence", "status", "evidence", "asked_as", "timings"}
    assert "Sari" in kutip("ask", "Siapa bernama?").stdout
    assert "do not say" in kutip("ask", "Berapa harga?").stdout
    assert json.loads(kutip("search", "rapat", "--json").stdout)[0]["article_id"] == listed["id"]
    assert "Bandung" in kutip("search", "rapat").stdout
    assert json.loads(kutip("info", "--json").stdout)["sentences"] == 2
    assert "removed 1" in kutip("remove", listed["id"]).stdout
    assert json.loads(kutip("list", "--json").stdout) == []


def test_an_unknown_id_is_named_and_nothing_removed(kutip, article):
    kutip("add", str(article))
    (listed,) = json.loads(kutip("list", "--json").stdout)
    done = kutip("remove", listed["id"], "none")
    assert done.exit_code == 1
    assert "none" in done.stderr
    assert len(json.loads(kutip("list", "--json").stdout)) == 1


@pytest.mark.parametrize("arguments", [("ask", ""), ("ask", "x" * 900), ("add", "/nowhere.txt")])
def test_what_cannot_be_done_is_one_line_without_a_traceback(kutip, arguments):
    done = kutip(*arguments)
    assert done.exit_code in (1, 2)
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_file_is_asked_without_storing_it(kutip, article):
    assert "Sari" in kutip("ask", "Siapa bernama?", "--article", str(article)).stdout
    assert json.loads(kutip("list", "--json").stdout) == []


@pytest.mark.parametrize(
    "command", [(), ("ask",), ("add",), ("list",), ("remove",), ("search",), ("info",), ("serve",)]
)
def test_every_command_explains_itself(kutip, command):
    done = CliRunner().invoke(cli.main, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output


def test_a_backup_is_restored_and_the_library_indexed_anew(kutip, article, tmp_path):
    kutip("add", str(article))
    copy = tmp_path / "copy.db"
    assert json.loads(kutip("backup", str(copy), "--json").stdout) == {"articles": 1, "file": str(copy)}
    (listed,) = json.loads(kutip("list", "--json").stdout)
    kutip("remove", listed["id"])
    assert kutip("restore", str(copy)).stdout == "restored: 1 articles\n"
    assert json.loads(kutip("list", "--json").stdout) == [listed]
    assert json.loads(kutip("reindex", "--json").stdout) == {"sentences": 2}
