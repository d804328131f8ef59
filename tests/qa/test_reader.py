import shutil
from contextlib import suppress

import numpy as np
import pytest
import tiny_models

from index.batching import alike
from index.errors import ModelError
from qa import QuestionError
from qa.reader import BATCH, STEP, TransformersReader


@pytest.fixture(scope="session", params=tiny_models.KINDS)
def tiny_reader_folder(request, tmp_path_factory):
    return tiny_models.make(request.param, tmp_path_factory.mktemp(request.param), reader=True)


def test_logits_are_relative_to_the_first_token_and_offsets_point_into_the_passage(tiny_reader_folder):
    passage = "dia bernama Sari ."
    (window,) = TransformersReader(tiny_reader_folder).read("siapa nama dia", [passage])
    assert window.start[0] == window.end[0] == 0
    assert window.start.shape == window.end.shape == window.context.shape
    assert [passage[a:b] for a, b in window.offsets[window.context]] == passage.split()


def test_text_in_capitals_is_read_as_in_small_letters_and_pointed_into_as_it_stands(tiny_reader_folder):
    reader, passage = TransformersReader(tiny_reader_folder), "DIA BERNAMA SARI ."
    (loud,) = reader.read("SIAPA NAMA DIA", [passage])
    (small,) = reader.read("siapa nama dia", [passage.lower()])
    assert np.array_equal(loud.start, small.start)
    assert np.array_equal(loud.offsets, small.offsets)
    assert [passage[a:b] for a, b in loud.offsets[loud.context]] == passage.split()


def test_a_question_begins_with_a_capital_however_it_is_typed(tiny_reader_folder):
    reader = TransformersReader(tiny_reader_folder)
    (typed,), (printed,) = (reader.read(question, ["dia bernama Sari ."]) for question in ("siapa dia", "Siapa dia"))
    assert np.array_equal(typed.start, printed.start)


def test_padding_and_company_change_no_logit(tiny_reader_folder):
    reader = TransformersReader(tiny_reader_folder)
    short, long = "dia Sari .", "dia bernama Sari . " * 6
    alone, longer = reader.read("siapa", [short])[0], reader.read("siapa", [long])[0]
    lengths = [len(longer.start), len(alone.start)]
    assert alike(lengths, STEP, BATCH) == [[0, 1]]  # they share a batch, in which one is padded
    assert lengths[1] <= STEP < lengths[0]
    beside = reader.read("siapa", [long, short])[1]
    assert beside.passage == 1
    assert np.allclose(alone.start, beside.start, atol=1e-5)


def test_every_character_of_a_long_passage_is_read(tiny_reader_folder):
    passage = "dia bernama Sari . " * 200
    windows = TransformersReader(tiny_reader_folder).read("siapa", [passage])
    assert len(windows) > 2
    seen = {int(start) for w in windows for start, _ in w.offsets[w.context]}
    assert seen == {i for i in range(len(passage)) if passage[i] != " " and (i == 0 or passage[i - 1] == " ")}


def test_no_passage_needs_no_forward_pass(tiny_reader_folder):
    assert TransformersReader(tiny_reader_folder).read("siapa", []) == []


def test_a_question_of_too_many_tokens_is_refused(tiny_reader_folder):
    with pytest.raises(QuestionError, match="tokens"):
        TransformersReader(tiny_reader_folder).read("siapa " * 200, ["dia"])


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_model_of_few_positions_is_read_in_windows_that_fit(kind, tmp_path):
    reader = TransformersReader(tiny_models.make(kind, tmp_path, reader=True, positions=40))
    windows = reader.read("siapa", ["dia bernama Sari . " * 40])
    assert max(len(window.start) for window in windows) == reader.window == 32


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_folder_without_a_model_and_an_untrained_head_are_refused(kind, tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        TransformersReader(tmp_path).read("siapa", ["dia"])
    tiny_models.make(kind, tmp_path, reader=False)
    with pytest.raises(ModelError, match=r"never trained|cannot be loaded"):
        TransformersReader(tmp_path).read("siapa", ["dia"])


@pytest.mark.parametrize("engine", ["auto", "torch"])
@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_file_that_was_cut_off_is_told_in_words(file, engine, tiny_reader_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    folder = shutil.copytree(tiny_reader_folder, tmp_path / "copy")
    (folder / file).write_bytes((folder / file).read_bytes()[:-20])
    with pytest.raises(ModelError, match=str(folder)):
        TransformersReader(folder).read("siapa", ["dia"])


@pytest.mark.models
@pytest.mark.parametrize("character", ["\U000e0041", "é́", "日", "💥", "x "])
def test_a_question_of_any_length_in_tokens_is_read_or_refused_in_words(character):
    # tokenizers panics, which no `except Exception` catches, when a question leaves less room than windows overlap
    from tokenizers import Tokenizer

    from index.shipped import shipped
    from qa.reader import TransformersReader

    reader = TransformersReader()
    tokenizer = Tokenizer.from_file(str(shipped("models/reader") / "tokenizer.json"))
    cutting = reader._cutting(tokenizer, {"max_position_embeddings": 512}, 512)
    for length in range(1, 300, 3):
        with suppress(QuestionError):
            assert reader._cut(cutting, character * length, ["Harga beras naik. " * 40])
