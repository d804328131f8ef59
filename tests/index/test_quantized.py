"""Eight bits on tiny models: near what float32 says, where it is known how, and only there."""

from functools import partial

import numpy as np
import pytest
import tiny_models
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from index import quantized, settings
from index.compiled import converted, runtime, traceable
from index.quantized import RANGES_FILE, levels, quantize, read_ranges, rounded
from qa.reader import TransformersReader

QUESTION, PASSAGES = "siapa nama dia", ["dia bernama Sari .", "satu dua tiga . " * 30]
VNNI = settings.multiplies_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A tiny reader with its ranges measured."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    from training.measure_ranges import measured

    monkeypatch.setattr("qa.reader.cache_folder", lambda: tmp_path / "cache")
    folder = tiny_models.make("bert", tmp_path / "m", reader=True)
    model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    bounds = measured(model, tokenizer, [(QUESTION, passage) for passage in PASSAGES], narrowest=8)
    save_file(bounds, folder / RANGES_FILE)
    return folder


def logits(folder, monkeypatch, engine, precision):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    monkeypatch.setenv("KUTIP_PRECISION", precision)
    return [np.stack([window.start, window.end]) for window in TransformersReader(folder).read(QUESTION, PASSAGES)]


@pytest.mark.skipif(not VNNI, reason="without VNNI sums of products of bytes saturate")
def test_a_reader_in_eight_bits_says_nearly_what_it_says_in_float32(folder, monkeypatch, tmp_path):
    exact = logits(folder, monkeypatch, "torch", "f32")
    near = logits(folder, monkeypatch, "openvino", "int8")
    assert list((tmp_path / "cache" / "openvino").glob("*-int8*/model.xml"))
    spread = np.concatenate([rows.ravel() for rows in exact]).std()
    error = np.concatenate([(one - other).ravel() for one, other in zip(exact, near, strict=True)])
    assert 0 < np.abs(error).mean() < 0.1 * spread


def test_every_linear_layer_of_known_ranges_is_replaced_and_no_other(folder):
    from transformers import AutoModelForQuestionAnswering

    ranges = read_ranges(folder)
    model = converted(lambda: traceable(AutoModelForQuestionAnswering, str(folder), ("start_logits", "end_logits")))
    assert quantize(model, {}) == 0
    assert quantize(model, ranges) == len(ranges) > 0
    kinds = [node.get_type_name() for node in model.get_ops()]
    assert 0 < kinds.count("FakeQuantize") < len(ranges)  # query, key and value share theirs


@pytest.mark.skipif(not VNNI, reason="without VNNI sums of products of bytes saturate")
def test_a_channel_kept_apart_does_not_cost_the_others_their_precision(folder, monkeypatch):
    import torch
    from transformers import AutoModelForQuestionAnswering

    from training.measure_ranges import measured, with_apart

    model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()
    layer = model.bert.encoder.layer[0]
    with torch.no_grad():
        layer.intermediate.dense.weight *= 30  # so that what this layer says is heard
        layer.output.dense.weight *= 30
        layer.intermediate.dense.weight[0] *= 300  # one channel far beyond the others
        layer.output.dense.weight[:, 0] /= 300
    model.save_pretrained(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    bounds = measured(model, tokenizer, [(QUESTION, passage) for passage in PASSAGES], narrowest=8)
    exact = np.concatenate([rows.ravel() for rows in logits(folder, monkeypatch, "torch", "f32")])
    monkeypatch.setattr(quantized, "smoothing", lambda low, high, weights: np.ones_like(low))  # would even it out
    errors: list[float] = []
    name = "bert.encoder.layer.0.output.dense"
    for rows in (bounds[name], with_apart(bounds[name])):
        save_file({name: rows}, folder / RANGES_FILE)
        monkeypatch.setattr("qa.reader.cache_folder", partial(folder.joinpath, f"cache{len(errors)}"))
        near = np.concatenate([rows.ravel() for rows in logits(folder, monkeypatch, "openvino", "int8")])
        errors.append(np.abs(near - exact).mean())
    apart = read_ranges(folder)[name].apart
    assert apart.tolist() == [0]
    assert errors[1] < errors[0] / 2


def test_large_tables_of_embeddings_are_kept_in_bytes(folder, monkeypatch, tmp_path):
    exact = logits(folder, monkeypatch, "torch", "f32")
    monkeypatch.setattr(quantized, "LARGE_TABLE", 12)
    near = logits(folder, monkeypatch, "openvino", "int8")
    (path,) = (tmp_path / "cache" / "openvino").glob("*/model.xml")
    constants = [node for node in runtime().Core().read_model(path).get_ops() if node.get_type_name() == "Constant"]
    in_bytes = [
        tuple(one.get_output_shape(0)) for one in constants if one.get_output_element_type(0).to_string() == "i8"
    ]
    assert (514, 16) in in_bytes  # the positions; no layer has so many rows
    spread = np.concatenate([rows.ravel() for rows in exact]).std()
    for one, other in zip(exact, near, strict=True):
        assert np.abs(one - other).mean() < 0.1 * spread


def test_precision_in_the_environment_decides_and_a_cpu_that_gains_by_it(folder, monkeypatch, tmp_path):
    cache = tmp_path / "cache" / "openvino"
    monkeypatch.setattr(settings, "CPU_FILE", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("flags\t: fpu avx2 fma\n")
    logits(folder, monkeypatch, "openvino", "auto")
    assert not list(cache.glob("*-int8*"))
    (tmp_path / "cpuinfo").write_text("flags\t: fpu avx2 avx_vnni fma\n")
    logits(folder, monkeypatch, "openvino", "f32")
    assert not list(cache.glob("*-int8*"))
    logits(folder, monkeypatch, "openvino", "auto")
    assert list(cache.glob("*-int8*"))


def test_where_the_cpu_cannot_be_asked_it_is_not_counted_on(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "CPU_FILE", tmp_path / "nothing")
    assert not settings.multiplies_bytes()


@pytest.mark.parametrize(
    ("about", "slow"),
    [
        ("vendor_id : GenuineIntel\nflags : avx512f avx512_bf16 avx512_vnni", True),
        ("vendor_id : GenuineIntel\nflags : avx512f avx512_bf16 amx_bf16", False),
        ("vendor_id : AuthenticAMD\nflags : avx512f avx512_bf16", False),
        ("vendor_id : GenuineIntel\nflags : avx2", False),
    ],
)
def test_bf16_is_left_where_the_cpu_gains_nothing_by_it(about, slow, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "CPU_FILE", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(about)
    assert settings.slow_in_bf16() == slow


def test_a_model_without_ranges_runs_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("qa.reader.cache_folder", lambda: tmp_path / "cache")
    folder = tiny_models.make("bert", tmp_path / "plain", reader=True)
    assert read_ranges(folder) == {}
    exact = logits(folder, monkeypatch, "torch", "f32")
    same = logits(folder, monkeypatch, "openvino", "int8")
    assert not list((tmp_path / "cache" / "openvino").glob("*-int8*"))
    for one, other in zip(exact, same, strict=True):
        assert np.allclose(one, other, atol=0.05)  # bf16 where the CPU has it


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_nothing_is_one_of_the_levels_and_the_range_hardly_moves(one, other):
    low, high = levels(min(one, other), max(one, other))
    step = (high - low) / 255
    assert abs(low / step - round(low / step)) < 1e-6
    assert low <= 0 <= high
    assert low <= min(one, other) + step
    assert high >= max(one, other) - step


@given(st.lists(st.lists(st.floats(-50, 50, width=32), min_size=3, max_size=3), min_size=1, max_size=4))
def test_rounded_weights_are_half_a_step_off_at_the_most(rows):
    weights = np.array(rows, dtype=np.float32)
    whole, step = rounded(weights)
    assert np.abs(whole * step - weights).max() <= step.max() * 0.5001 + 1e-6
