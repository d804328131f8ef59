"""Shared pieces: libraries and pipelines over stand-ins, and the shipped models, loaded once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_WAIT_POLICY"] = "passive"  # before faiss: its threads spin while they wait, also for each other's core

import pytest
from doubles import WordEncoder, WordReader
from hypothesis import HealthCheck, settings

from index.article import Article
from index.encoder import SentenceEncoder
from index.library import Library
from qa.calibration import Calibration
from qa.pipeline import Pipeline
from qa.reader import TransformersReader

# How long an example takes depends on what else runs on the machine: no fault of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def models_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests of one process keep the tiny models that they compile: each is compiled once."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "openvino").mkdir()
    return folder


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def library(tmp_path: Path, encoder: WordEncoder) -> Iterator[Library]:
    with Library.open(tmp_path / "library", encoder) as opened:
        yield opened


@pytest.fixture
def pipeline(library: Library) -> Pipeline:
    return Pipeline(library, WordReader(), Calibration())


@pytest.fixture
def news() -> list[Article]:
    return [
        Article.from_text("Rapat digelar di Bandung. Ketua rapat bernama Sari. Rapat selesai sore.", source="a.txt"),
        Article.from_text("Harga beras naik. Penyebabnya kemarau panjang. Petani menunggu hujan.", source="b.txt"),
    ]


@pytest.fixture(scope="session")
def shipped_encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="session")
def shipped_pipeline(shipped_encoder: SentenceEncoder) -> Iterator[Pipeline]:
    """The shipped models over the sample article, in memory."""
    reader = TransformersReader()
    with Pipeline(Library.in_memory(shipped_encoder), reader, Calibration.of_model(reader.model)) as ready:
        ready.ensure_sample()
        yield ready


@pytest.fixture(scope="session")
def library_in_memory() -> Iterator[Library]:
    """One small library that tests only read."""
    with Library.in_memory(WordEncoder()) as made:
        made.add([Article.from_text("Rapat digelar di Bandung. Ketua rapat bernama Sari.", source="a.txt")])
        yield made


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder one is in, with modules that leave a file `trace` there when they are imported."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in ("index", "zipfile", "csv", "struct", "pickle", "socket", "multiprocessing"):
        (folder / f"{name}.py").write_text(f"open({str(folder / 'trace')!r}, 'a').write({name!r})")
    monkeypatch.chdir(folder)
    return folder
