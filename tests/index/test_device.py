"""The way to a GPU, with the device itself mocked away: what is asked of torch, in which precision."""

import pytest
import tiny_models
import torch

from index.encoder import SentenceEncoder
from index.errors import ModelError
from qa.reader import TransformersReader


@pytest.fixture
def moved(monkeypatch):
    """As if there were a CUDA device; what is moved there stays, and is noted."""
    seen = []
    own = torch.nn.Module.to

    def to(self, *given, **named):
        if "cuda" in map(str, given):
            seen.append(next(self.parameters()).dtype)
            return self
        return own(self, *given, **named)

    monkeypatch.setenv("KUTIP_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.nn.Module, "to", to)
    return seen


def test_a_reader_runs_with_torch_in_half_precision_on_the_gpu(tmp_path, moved):
    folder = tiny_models.make("bert", tmp_path, reader=True)
    (window,) = TransformersReader(folder).read("siapa nama dia", ["dia bernama Sari ."])
    assert moved == [torch.float16]
    assert window.start.dtype == "float32"


def test_an_encoder_is_asked_for_there_in_half_precision(tmp_path, moved, monkeypatch):
    asked = {}
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", lambda *_, **given: asked.update(given))
    SentenceEncoder(tiny_models.make("bert", tmp_path, reader=False)).load()
    assert (asked["device"], asked["model_kwargs"]["dtype"]) == ("cuda", "float16")


def test_a_gpu_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="no CUDA device"):
        TransformersReader(tiny_models.make("bert", tmp_path, reader=True)).read("siapa", ["dia"])


def test_openvino_on_a_gpu_and_an_unknown_device_are_refused(tmp_path, monkeypatch):
    reader = TransformersReader(tiny_models.make("bert", tmp_path, reader=True))
    monkeypatch.setenv("KUTIP_DEVICE", "cuda")
    monkeypatch.setenv("KUTIP_ENGINE", "openvino")
    with pytest.raises(ModelError, match="runs on the CPU"):
        reader.read("siapa", ["dia"])
    monkeypatch.setenv("KUTIP_DEVICE", "abacus")
    with pytest.raises(ModelError, match="abacus"):
        reader.read("siapa", ["dia"])
