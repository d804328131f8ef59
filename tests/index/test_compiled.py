import logging
import os
import shutil
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_models
import torch

from index import compiled as module
from index.errors import ModelError
from index.settings import threads
from qa.reader import TransformersReader

QUESTION, PASSAGES = "siapa nama dia", ["dia bernama Sari .", "satu dua tiga . " * 30]


@pytest.fixture(autouse=True)
def shared(models_cache, monkeypatch):
    monkeypatch.setattr("qa.reader.cache_folder", lambda: models_cache)
    monkeypatch.setenv("KUTIP_PRECISION", "f32")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """One where nothing was compiled yet."""
    monkeypatch.setattr("qa.reader.cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def read(folder, engine, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    return TransformersReader(folder).read(QUESTION, PASSAGES)


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_both_engines_read_the_same(kind, tmp_path, monkeypatch):
    folder = tiny_models.make(kind, tmp_path / kind, reader=True, positions=70)
    ours, theirs = (read(folder, engine, monkeypatch) for engine in ("openvino", "torch"))
    assert len(ours) == len(theirs) > 2
    for one, other in zip(ours, theirs, strict=True):
        assert one.passage == other.passage
        assert np.array_equal(one.offsets, other.offsets)
        assert np.allclose(one.start, other.start, atol=2e-3)  # weights are kept in half precision
        assert np.allclose(one.end, other.end, atol=2e-3)


@pytest.mark.parametrize(("asked", "streams"), [(1, 1), (2, 1), (4, 1), (7, 1), (8, 2)])
def test_up_to_seven_threads_share_each_batch_and_eight_are_two_groups(asked, streams, tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_THREADS", str(asked))
    monkeypatch.setenv("KUTIP_ENGINE", "openvino")
    reader = TransformersReader(tiny_models.make("bert", tmp_path / "m", reader=True))
    assert (
        reader.at_once == streams or os.cpu_count() < asked
    )  # OpenVINO does not make more groups than there are cores
    assert reader.at_once == reader.load()[1].streams


def test_no_more_threads_are_used_than_the_process_may_run_on(monkeypatch):
    monkeypatch.delenv("KUTIP_THREADS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3, 5, 6}, raising=False)
    assert threads() == 3
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    assert threads() == 8


def test_a_model_is_compiled_once_and_again_when_it_changed(tmp_path, monkeypatch, cache, caplog):
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            read(folder, "auto", monkeypatch)
    assert len([r for r in caplog.records if "once" in r.message]) == 1
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace('"hidden_act": "gelu"', '"hidden_act": "relu"'))
    read(folder, "auto", monkeypatch)
    assert len(list((cache / "openvino").glob("*-reader-*"))) == 2


def test_what_cannot_be_compiled_is_read_by_torch_with_one_clear_line(tmp_path, monkeypatch, cache, caplog):
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    monkeypatch.setattr(module, "exported", lambda *_: 1 / 0)
    with caplog.at_level(logging.WARNING):
        assert read(folder, "auto", monkeypatch)
    assert ["torch is used" in record.message for record in caplog.records] == [True]
    with pytest.raises(ModelError, match="--engine torch"):
        read(folder, "openvino", monkeypatch)


def test_where_compiled_models_cannot_be_kept_it_is_told_at_once_and_what_to_do(tmp_path, monkeypatch, cache, caplog):
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    cache.write_text("no folder")
    monkeypatch.setattr(module, "converted", lambda *_: pytest.fail("time is taken for nothing"))
    assert read(folder, "auto", monkeypatch)
    (told,) = [record.message for record in caplog.records]
    assert f"{cache} cannot be written" in told
    assert "XDG_CACHE_HOME" in told
    assert "torch is used" in told


@pytest.mark.parametrize("file", ["model.bin", "model.xml"])
def test_a_compiled_model_that_was_damaged_is_made_again(file, tmp_path, monkeypatch, cache):
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    read(folder, "openvino", monkeypatch)
    (kept,) = (cache / "openvino").glob(f"*-reader-*/{file}")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    shutil.rmtree(cache / "openvino" / "prepared")
    read(folder, "openvino", monkeypatch)
    assert kept.stat().st_size > 0.9 * len(whole)


def test_what_a_full_disk_leaves_of_a_compiled_model_is_taken_away(tmp_path, monkeypatch, cache):
    def full(_, path, **__):
        path.with_suffix(".bin").write_bytes(b"half")
        raise RuntimeError("basic_ios::clear: iostream error")

    monkeypatch.setattr(module.runtime(), "save_model", full)
    assert read(tiny_models.make("bert", tmp_path / "m", reader=True), "auto", monkeypatch)
    assert not list((cache / "openvino").iterdir())


def test_half_of_a_compiled_model_that_a_killed_process_left_is_taken_away(tmp_path, monkeypatch, cache):
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    read(folder, "openvino", monkeypatch)
    (made,) = (cache / "openvino").glob("*-reader-*")
    old, young = (made.with_name(f"{made.name}.{pid}.new") for pid in (1, 2))
    for half in (old, young):
        shutil.copytree(made, half)
    os.utime(old, (0, 0))
    read(folder, "openvino", monkeypatch)
    assert {path.name for path in (cache / "openvino").glob("*-reader-*")} == {made.name, young.name}


class Fixed(torch.nn.Module):
    """What it is traced with becomes a part of it, as the padding of Longformer does."""

    inner = SimpleNamespace(config=SimpleNamespace(to_dict=dict))

    def forward(self, input_ids, attention_mask):
        return (input_ids.float() * attention_mask + int(input_ids.shape[1]),)


def test_a_model_that_says_something_else_compiled_is_left_to_torch():
    ids = torch.ones((2, 8), dtype=torch.long)
    with pytest.raises(ModelError, match="something else"):
        module.converted(lambda: (Fixed(), {"input_ids": ids, "attention_mask": ids}))


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A user's folder in which two processes have compiled one model at once, and what they said; whom they call is
    written to a file."""
    home = tmp_path_factory.mktemp("twice")
    folder = tiny_models.make("bert", home / "m", reader=True)
    code = (
        "import socket, sys\n"
        "def told(name, *_, **__):\n"
        f"    open({str(home / 'told')!r}, 'a').write(f'{{name}}\\n')\n"  # also from another process
        "    raise OSError\n"
        "socket.getaddrinfo = socket.socket.connect = told\n"
        f"from qa.reader import TransformersReader as R; print(len(R({str(folder)!r}).read('siapa', ['dia Sari .'])))"
    )
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "CI": "", "KUTIP_ENGINE": "openvino"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    return home, [process.communicate(timeout=240) for process in started]


def test_two_processes_that_compile_at_once_both_succeed(twice):
    home, said = twice
    assert [out.strip() for out, _ in said] == [b"1", b"1"], said
    assert len(list((home / "cache").glob("kutip/openvino/*-reader-*"))) == 1


def test_compiling_tells_nobody(twice):
    home, said = twice
    assert list((home / "cache").glob("kutip/openvino/*-reader-*")), said
    assert not (home / "told").exists()
    assert {path.name for path in home.iterdir()} == {"m", "cache"}


@pytest.mark.parametrize("variable", ["KUTIP_ENGINE", "KUTIP_PRECISION"])
def test_an_unknown_engine_or_precision_is_named(variable, tmp_path, monkeypatch):
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    monkeypatch.setenv(variable, "abacus")
    with pytest.raises(ModelError, match="abacus"):
        TransformersReader(folder).read(QUESTION, PASSAGES)


@pytest.mark.models
def test_a_compiled_model_needs_neither_torch_nor_transformers(tmp_path):
    code = (
        "import sys; from qa.reader import TransformersReader; TransformersReader().read('Siapa?', ['Dia Sari.'])\n"
        "from index.encoder import SentenceEncoder; SentenceEncoder().encode_queries(['Siapa?'])\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio', 'openvino.tools.ovc'}\n"
        "sys.exit(str(heavy & set(sys.modules) or ''))"
    )
    for _ in range(2):  # the first one may have to compile
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or done.stderr.strip() == ""
    assert "torch" not in done.stderr


def test_openvino_can_still_convert_models_once_kutip_has_loaded_it():
    code = (
        "import sys; from index.compiled import runtime; own = runtime(); import openvino\n"
        "assert own is openvino is runtime() and 'openvino.tools.ovc' not in sys.modules\n"
        "assert openvino.convert_model.__module__.startswith('openvino.tools.ovc') and not hasattr(openvino, 'nothing')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def kutip_threads():
    return [thread for thread in threading.enumerate() if thread.name == "kutip-load"]


def test_a_reader_loads_beside_what_its_caller_does(tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", "openvino")
    reader = TransformersReader(tiny_models.make("bert", tmp_path / "m", reader=True))
    reader.load_beside()
    (thread,) = kutip_threads()
    thread.join()
    loaded = reader.__dict__["_loaded"]
    reader.load_beside()  # nothing is left to load
    assert not kutip_threads()
    assert reader.load() is loaded
    assert reader.read(QUESTION, PASSAGES)


def test_what_goes_wrong_beside_is_told_at_use(tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", "openvino")
    reader = TransformersReader(tiny_models.make("bert", tmp_path / "m", reader=False))  # never learnt to answer
    reader.load_beside()
    for thread in kutip_threads():
        thread.join()
    with pytest.raises(ModelError, match="never trained to answer"):
        reader.read(QUESTION, PASSAGES)


def test_torch_is_never_imported_by_two_threads(tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", "torch")
    TransformersReader(tiny_models.make("bert", tmp_path / "m", reader=True)).load_beside()
    assert not kutip_threads()


def test_two_threads_that_use_openvino_first_at_once_both_come_back():
    code = (
        "import os, threading; from index.compiled import runtime; openvino = runtime()\n"
        "import numpy as np; from openvino import opset13 as ops\n"
        "given = ops.parameter([-1, -1], np.int64)\n"
        "model = openvino.Model([ops.add(given, ops.constant(np.int64(1)))], [given])\n"
        "ready = openvino.Core().compile_model(model, 'CPU', {'NUM_STREAMS': 2})\n"
        "run = lambda: ready.create_infer_request().infer([np.ones((1, 4), dtype=np.int64)])\n"
        "both = [threading.Thread(target=run, daemon=True) for _ in range(2)]\n"
        "[one.start() for one in both]; [one.join(60) for one in both]\n"
        "os._exit(any(one.is_alive() for one in both))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
