import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from doubles import WordEncoder, WordReader
from making import zipped

from index.places import open_library
from qa import cli
from qa.calibration import Calibration
from qa.commands import copying, options, upkeep
from qa.config import library_place
from qa.pipeline import Pipeline, load


@pytest.fixture
def kutip(tmp_path, monkeypatch):
    def load(library, encoder, reader, check=True):
        return Pipeline(open_library(library_place(library), WordEncoder(), check=check), WordReader(), Calibration())

    for module in (copying, options, upkeep):
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


def test_where_no_terminal_is_it_is_said_now_and_then_how_far_an_add_a_copy_and_a_reindex_are(
    kutip, article, tmp_path, monkeypatch
):
    for number in range(70):
        (tmp_path / f"{number}.txt").write_text(f"Harga beras naik {number} persen.")
    assert kutip("add", str(article)).stderr == ""
    monkeypatch.setattr("qa.commands.terminal.EVERY", 0.0)
    files = [str(path) for path in tmp_path.glob("*.txt")]
    told = [line for line in kutip("add", *files).stderr.split("\n") if line.startswith("articles:")]
    assert "64/71" in told[-2]
    assert "71/71" in told[-1]
    assert "71/71" in kutip("copy", str(tmp_path / "library"), str(tmp_path / "other")).stderr
    assert "encoding: 72 sentences" in kutip("reindex").stderr


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


def test_what_comes_on_standard_input_is_added_and_what_cannot_be_read_there_is_told(kutip, article, tmp_path):
    def piped(data, *arguments):
        return CliRunner().invoke(cli.main, ["--library", str(tmp_path / "library"), *arguments], input=data)

    assert "added 1" in piped("Harga beras naik.", "add", "-").output
    assert "added 2" in piped(b'{"text": "Satu."}\n{"text": "Dua."}\n', "add", "-").output
    done = piped(bytes(range(32)) * 9, "add", "-", str(article))
    assert done.exit_code == 1
    assert "added 1" in done.stdout
    assert "standard input: is no text" in done.stderr
    assert len(json.loads(kutip("list", "--json").stdout)) == 4


def test_what_cannot_be_read_of_an_archive_on_standard_input_does_not_stop_the_rest(kutip, tmp_path):
    sent = zipped(**{"a.txt": "Harga naik.", "b.pdf": b"%PDF no"})
    done = CliRunner().invoke(cli.main, ["--library", str(tmp_path / "library"), "add", "-"], input=sent)
    assert done.exit_code == 1
    assert "added 1, replaced 0, unchanged 0, failed 1" in done.stdout
    assert "not read: standard input: !/b.pdf is damaged" in done.stderr


@pytest.mark.parametrize("command", ["add", "sync"])
def test_what_lies_in_a_folder_and_is_not_read_is_told_by_its_kind(kutip, tmp_path, command):
    folder = tmp_path / "kabar"
    folder.mkdir()
    done = kutip(command, str(folder))
    assert (done.exit_code, done.stderr) == (0, f"there is nothing to read in {folder}\n")
    for name in ("a.doc", "b.doc", "c.jpg", "d"):
        (folder / name).write_text("x")
    done = kutip(command, str(folder))
    told = "2 .doc, 1 .jpg, 1 without an ending"
    assert done.stderr == f"passed over in {folder}, of no kind that is read: {told}\n"
    for at, kind in enumerate("jklmn"):
        (folder / f"e.{kind * (at + 1)}").write_text("x")
    (folder / "f.txt").write_text("Rapat di Bandung.")
    done = kutip(command, str(folder), "--json")
    assert (done.exit_code, len(json.loads(done.stdout)["added"])) == (0, 1)
    assert done.stderr.endswith(", …\n")


def test_a_name_with_a_line_end_in_it_is_told_in_one_line(kutip, tmp_path):
    (tmp_path / "a\nadded 5, replaced 0.pdf").write_bytes(b"%PDF no")
    done = kutip("add", *map(str, tmp_path.glob("a*")))
    assert done.stderr.startswith(f"not read: {tmp_path}/a added 5, replaced 0.pdf is damaged")
    for lost in ("b\nadded 5.txt", "c\tadded 5.txt"):
        for command in (("add",), ("ask", "Siapa?", "--article"), ("sync",), ("restore",)):
            told = [line for line in kutip(*command, str(tmp_path / lost)).stderr.split("\n") if "added 5" in line]
            assert all("Error" in line for line in told)
            assert len(told) == 1


def test_a_folder_without_articles_cannot_be_asked(kutip, tmp_path):
    (tmp_path / "kosong").mkdir()
    done = kutip("ask", "Siapa?", "--article", str(tmp_path / "kosong"))
    assert done.exit_code == 1
    assert f"there is no article in {tmp_path / 'kosong'}" in done.stderr


def test_an_empty_library_is_named_and_that_the_sample_is_asked_is_told(kutip, tmp_path):
    assert f"{tmp_path / 'library'} is empty; add articles" in kutip("list").stderr
    assert f"{tmp_path / 'library'} is empty: the sample article is asked" in kutip("ask", "Who?").stderr
    (tmp_path / "a.txt").write_text("Rapat di Bandung.")
    assert "sample" not in kutip("ask", "Siapa?", "--article", str(tmp_path / "a.txt")).stderr


def test_web_addresses_are_read_only_where_that_is_said(kutip, article, monkeypatch):
    from index.article import Article, Document, Failure

    read = []

    def fetch(url, refused):
        read.append(url)
        refused += [Failure(f"{url}!/b.pdf", "b.pdf is damaged")] if url.endswith("2") else []
        return [Document(Article.from_text("Harga beras naik.", source=url))]

    monkeypatch.setattr("index.fetch.fetch", fetch)
    refused = kutip("add", "https://x.test/1", str(article))
    assert refused.exit_code == 1
    assert "--allow-urls" in refused.stderr
    assert read == []
    assert "--allow-urls" in kutip("add", "HTTPS://X.test/1").stderr
    assert "added 2" in kutip("add", "--allow-urls", "https://x.test/1", str(article)).stdout
    assert "kutip add --allow-urls" in kutip("ask", "Siapa?", "--article", "https://x.test/1").stderr
    assert read == ["https://x.test/1"]
    done = kutip("add", "--allow-urls", "https://x.test/2")
    assert (done.exit_code, "unchanged 1, failed 1" in done.stdout) == (1, True)
    assert "b.pdf is damaged" in done.stderr


def test_damage_is_told_by_info_and_its_exit_code(kutip, article, tmp_path):
    import sqlite3

    kutip("add", str(article))
    assert kutip("info", "--check").exit_code == 0
    with sqlite3.connect(tmp_path / "library" / "library.sqlite3") as other:
        other.execute("UPDATE articles SET text = replace(text, 'Sari', 'Budi')")
    other.close()
    done = kutip("info", "--check")
    assert done.exit_code == 1
    assert "not the one that was added" in done.stdout
    assert "kutip restore" in done.stderr


HOSTILE = "=cmd|' /C calc'!A0 \x1b]0;judul\x07 \x9b31m \u202egnirts <script>alert(1)</script>"


def test_what_articles_hold_steers_neither_the_terminal_nor_a_program_behind_it(kutip, tmp_path):
    path = tmp_path / "\x1b[31m\u202e.txt"
    path.write_text(f"{HOSTILE}\nKetua bernama Sari \x1b[2J.", encoding="utf-8")
    outputs = [kutip("add", str(path)), kutip("add", str(path) + "x"), kutip("list"), kutip("search", "ketua")]
    outputs += [kutip("ask", "Siapa bernama?"), kutip("list", "--json"), kutip("search", "ketua", "--json")]
    outputs += [kutip("ask", "Siapa bernama?", "--json"), kutip("remove", "\x1b[31m"), kutip("ask", "\x1b" * 900)]
    for done in outputs:
        for steering in "\x1b\x9b\x07\u202e":
            assert steering not in done.stdout + done.stderr, done.output
    (listed,) = json.loads(outputs[5].stdout)
    assert listed["title"] == " ".join(HOSTILE.split())  # as JSON it is what it was
    assert listed["source"] == str(path)


def test_a_library_is_copied_to_milvus_and_asked_there(kutip, tmp_path):
    (tmp_path / "a.txt").write_text("Ketua rapat bernama Sari.")
    kutip("add", str(tmp_path / "a.txt"))
    place = f"milvus-lite:{tmp_path}/copy.db"
    done = kutip("copy", str(tmp_path / "library"), place, "--json")
    assert json.loads(done.stdout) == {"copied": 1, "articles": 1}
    assert kutip("copy", str(tmp_path / "library"), str(tmp_path / "library")).exit_code == 1
    assert kutip("copy", str(tmp_path / "nowhere"), place).exit_code == 1
    there = CliRunner().invoke(cli.main, ["--library", place, "ask", "Siapa bernama?", "--json"])
    assert json.loads(there.stdout)["evidence"][0]["text"] == "Sari"


def test_sentences_may_be_encoded_in_processes(kutip, tmp_path):
    (tmp_path / "a.txt").write_text("Ketua rapat bernama Sari.")
    assert kutip("add", str(tmp_path / "a.txt"), "--workers", "2").exit_code == 0
    assert "Ketua rapat" in kutip("list").stdout


@pytest.mark.parametrize("arguments", [["add", ""], ["ask", "Siapa?", "--article", ""]])
def test_an_empty_path_is_not_the_present_folder(kutip, arguments):
    done = kutip(*arguments)
    assert done.exit_code == 1
    assert "a path is empty" in done.output


def test_a_library_without_a_name_is_not_the_usual_one(kutip):
    done = kutip("--library", "", "list")
    assert done.exit_code == 1
    assert "the place of the library is empty; is a variable unset?" in done.stderr


def test_filters_that_no_article_passes_are_told_as_such(kutip, article):
    kutip("add", str(article))
    for command in (("ask", "Ketua bernama"), ("search", "Ketua"), ("list",)):
        done = kutip(*command, "--source", "tempo.typo")
        assert done.exit_code == 0
        assert done.stdout == ""
        assert "no article passes these filters" in done.stderr
    assert "no article" not in kutip("ask", "Ketua bernama", "--source", "rapat").stderr
    told = kutip("ask", "Ketua bernama", "--after", "2019", "--json")
    assert json.loads(told.stdout)["status"] == "not_in_articles"
    assert "no article passes these filters" in told.stderr


@pytest.mark.parametrize("day", ["2019-13", "2019-02-31", "0000", "kemarin", "2019-2", "２０１９"])
def test_a_day_that_is_not_in_the_calendar_is_refused_in_words(kutip, day):
    done = kutip("ask", "Kapan?", "--after", day)
    assert done.exit_code == 2
    assert f"{day} is no date; write it as 2019-02-28, 2019-02 or 2019" in done.stderr.replace("\n", " ")


def test_a_chat_in_json_has_a_line_for_each_question_whatever_becomes_of_it(kutip, article):
    kutip("add", str(article))
    lines = ["Ketua rapat bernama", "a" * 600, "", "Ketua rapat bernama"]
    done = CliRunner().invoke(
        cli.main, ["--library", str(article.parent / "library"), "ask", "--json"], input="\n".join(lines)
    )
    first, refused, last = map(json.loads, done.stdout.splitlines())
    assert (first["text"], last["text"]) == ("Sari", "Sari")
    assert refused["question"] == lines[1]
    assert "600 characters" in refused["error"]


def test_processes_that_a_command_starts_take_no_module_from_the_folder_one_is_in(kutip, downloads, monkeypatch):
    load = options.load

    def starting_one(**chosen):
        subprocess.run([sys.executable, "-c", "import pickle"], check=True)
        return load(**chosen)

    monkeypatch.setattr(options, "load", starting_one)
    assert kutip("list").exit_code == 0
    assert not (downloads / "trace").exists()


def test_an_empty_folder_is_synced_only_when_that_is_meant(kutip, tmp_path):
    folder = tmp_path / "kabar"
    folder.mkdir()
    (folder / "a.txt").write_text("Rapat di Bandung.")
    kutip("sync", str(folder))
    (folder / "a.txt").unlink()
    refused = kutip("sync", str(folder))
    assert refused.exit_code == 1
    assert "--allow-empty" in refused.stderr
    assert len(json.loads(kutip("list", "--json").stdout)) == 1
    assert "removed 1" in kutip("sync", str(folder), "--allow-empty").stdout


def test_after_an_upgrade_a_library_is_backed_up_before_it_is_reindexed(kutip, article, tmp_path, monkeypatch):
    backup, new = str(tmp_path / "b"), ("--library", str(tmp_path / "new"))
    kutip("add", str(article))
    monkeypatch.setattr("index.indexing.SPLITTER_VERSION", 99)
    refused = kutip("ask", "Siapa bernama?")
    assert refused.exit_code == 1
    assert "kutip reindex" in refused.stderr
    assert "Sari" in kutip("ask", "Siapa bernama?", "--article", str(article)).stdout
    for command in (["backup", backup], ["list"], ["info"], [*new, "restore", backup], [*new, "list"]):
        done = kutip(*command)
        assert done.exit_code == 0, command
        assert "now 99 is used" in done.stderr
        assert "kutip reindex" in done.stderr
    assert "Rapat" in kutip(*new, "list").stdout
    assert json.loads(kutip("info", "--json").stdout)["up_to_date"] is False
    assert kutip(*new, "reindex").exit_code == 0
    assert "Sari" in kutip(*new, "ask", "Siapa bernama?").stdout
    assert "reindex" not in kutip(*new, "list").stderr
    assert json.loads(kutip(*new, "info", "--json").stdout)["up_to_date"] is True


def test_what_needs_no_model_is_done_where_the_models_are_gone(kutip, article, tmp_path):
    def gone(*arguments):
        models = ("--encoder", str(tmp_path / "no-encoder"), "--reader", str(tmp_path / "no-reader"))
        return CliRunner().invoke(cli.main, ["--library", str(tmp_path / "library"), *models, *arguments])

    kutip("add", str(article))
    (listed,) = json.loads(kutip("list", "--json").stdout)
    backup = str(tmp_path / "b")
    with pytest.MonkeyPatch.context() as patch:
        for module in (copying, options, upkeep):
            patch.setattr(module, "load", load)
        for command in (["list"], ["backup", backup], ["remove", listed["id"]], ["restore", backup], ["info"]):
            done = gone(*command)
            assert done.exit_code == 0, (command, done.stderr)
        assert json.loads(gone("info", "--json").stdout) | {"version": "", "library": ""} == {
            "version": "",
            "library": "",
            "articles": 1,
            "sentences": 2,
            "index": "exact",
            "encoder": str(tmp_path / "no-encoder"),
            "encoder_fingerprint": "",
            "up_to_date": False,
            "reader": str(tmp_path / "no-reader"),
        }
        assert "there is no folder" in gone("info").stderr
        for command in (["ask", "Siapa?"], ["search", "rapat"], ["add", str(article)], ["reindex"], ["serve"]):
            refused = gone(*command)
            assert refused.exit_code == 1
            assert f"there is no folder {tmp_path / 'no-encoder'}; name a model's folder" in refused.stderr
            assert refused.stdout == ""
    assert json.loads(kutip("list", "--json").stdout) == [listed]


def test_info_asks_the_library_once_whether_it_is_up_to_date(kutip, monkeypatch):
    asked = []
    monkeypatch.setattr("index.library.Library.ping", lambda _: asked.append("ping"))
    assert kutip("info").exit_code == 0
    assert len(asked) == 1


@pytest.mark.parametrize("command", [["ask"], ["ask", "Siapa?"], ["serve", "--port=1"]])
def test_a_reader_that_is_gone_is_told_before_anything_is_asked(command, tmp_path):
    (tmp_path / "encoder").mkdir()  # would say so when it was used
    models = ["--encoder", str(tmp_path / "encoder"), "--reader", str(tmp_path / "no-reader")]
    done = CliRunner().invoke(cli.main, ["--library", str(tmp_path / "library"), *models, *command], input="Siapa?")
    assert done.exit_code == 1
    assert f"Error: there is no folder {tmp_path / 'no-reader'}; name a model's folder" in done.stderr
    assert done.stdout == ""


def test_the_page_by_its_file_takes_the_options_of_kutip_and_of_its_serve_in_one_row(tmp_path, monkeypatch):
    served = []
    monkeypatch.setattr("qa.serving.main", lambda page, chosen, *how: served.append((chosen, *how)))
    options_ = ["--reader", "r", "--port", "81", "--rate", "7", "--allowed-host", "a.test", "--auth", "a:b", "--mcp"]
    place = ["--library", str(tmp_path)]
    assert "--allowed-host" in CliRunner().invoke(cli.served, ["-h"]).output
    assert CliRunner().invoke(cli.served, [*place, *options_]).exit_code == 0
    assert CliRunner().invoke(cli.main, [*place, "--reader", "r", "serve", *options_[2:]]).exit_code == 0
    one, other = served
    assert one == other
    chosen, rules, settings, how = one
    assert chosen == {"library": str(tmp_path), "encoder": None, "reader": "r"}
    assert (rules.rate, rules.auth, "a.test" in rules.hosts, settings.mcp, settings.read_only, how.port) == (
        7,
        "a:b",
        True,
        True,
        False,
        81,
    )


@pytest.mark.parametrize("option", ["--port=0", "--port=65536", "--port=x", "--rate=0", "--rate=-1", "--port=²"])
@pytest.mark.parametrize(("command", "words"), [(cli.served, []), (cli.main, ["serve"])])
def test_a_port_or_rate_that_cannot_be_is_refused_in_words(command, words, option):
    done = CliRunner().invoke(command, [*words, option])
    assert done.exit_code == 2
    assert "is not in the range" in done.stderr or "is not a valid integer range" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("arguments", [["list", "--json"], ["--help"], ["ask", "--help"], ["--version"]])
def test_a_full_disk_under_the_output_is_one_clear_line(tmp_path, arguments):
    command = [sys.executable, "-m", "qa.cli", "--library", str(tmp_path / "library"), *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: something could not be written (No space left on device); make room")
    assert done.stderr.count("\n") == 1
