import json
import shutil

import numpy as np
import pytest
import tiny_models

from index import encoder as encoder_module
from index.encoder import SentenceEncoder
from index.errors import ModelError
from index.languages import unit

QUESTIONS, SENTENCES = ["siapa nama dia"], ["dia bernama Sari .", "satu dua tiga . " * 20]


def make_encoder(kind, folder, positions=514, routes=False, **settings):
    """A real sentence-transformers folder of random weights; with ``routes`` questions have another way."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import (
        Normalize,
        Pooling,
        Router,
        StaticEmbedding,
        Transformer,
    )

    body = Transformer(str(tiny_models.make(kind, folder / "body", reader=False, positions=positions)))
    modules = [body, Pooling(16), Normalize()]
    if routes:
        modules = [Router.for_query_document([StaticEmbedding(body.tokenizer, embedding_dim=16)], modules)]
    model = SentenceTransformer(modules=modules, device="cpu", **settings)
    model.save(str(folder / "st"), create_model_card=False)
    return folder / "st"


@pytest.fixture(scope="session", params=tiny_models.KINDS)
def tiny_encoder_folder(request, tmp_path_factory):
    return make_encoder(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(autouse=True)
def shared(models_cache, monkeypatch):
    monkeypatch.setattr(encoder_module, "cache_folder", lambda: models_cache)


@pytest.fixture
def cache(tmp_path, models_cache, monkeypatch):
    """One where nothing was measured yet."""
    own = tmp_path / "cache"
    own.mkdir()
    (own / "openvino").symlink_to(models_cache / "openvino")
    monkeypatch.setattr(encoder_module, "cache_folder", lambda: own)
    return own


def test_rows_are_float32_of_unit_length_in_the_order_of_the_texts(tiny_encoder_folder):
    encoder = SentenceEncoder(tiny_encoder_folder, means={})
    told = []
    both = encoder.encode_documents(["satu dua tiga dua", "dua"], told.append)
    assert both.rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(both.rows, axis=1), 1, atol=1e-5)
    assert np.allclose(both.rows[1], encoder.encode_documents(["dua"]).rows[0], atol=1e-5)
    assert both.languages == ("", "")
    assert told == [2]


@pytest.mark.parametrize("kind", tiny_models.KINDS)
@pytest.mark.parametrize("positions", [77, 80])
def test_a_text_longer_than_the_models_positions_is_cut_to_what_fits(kind, positions, tmp_path):
    encoder = SentenceEncoder(make_encoder(kind, tmp_path, positions), means={})
    rows = encoder.encode_documents(["satu " * 200, "satu " * 300, "dua"]).rows
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows[0], rows[1], atol=1e-5)


@pytest.mark.parametrize("asked", [1, 3])
def test_under_torch_it_takes_as_many_threads_as_are_asked_for(asked, tmp_path, monkeypatch):
    import torch

    monkeypatch.setenv("KUTIP_ENGINE", "torch")
    monkeypatch.setenv("KUTIP_THREADS", str(asked))
    before = torch.get_num_threads()
    try:
        SentenceEncoder(make_encoder("bert", tmp_path), means={}).encode_documents(["satu"])
        assert torch.get_num_threads() == asked
    finally:
        torch.set_num_threads(before)


def test_no_texts_give_no_rows(tiny_encoder_folder):
    assert SentenceEncoder(tiny_encoder_folder).encode_queries([]).rows.shape == (0, 16)


def test_the_fingerprint_follows_the_folders_content(tiny_encoder_folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(tiny_encoder_folder, copy)
    assert SentenceEncoder(copy).fingerprint == SentenceEncoder(tiny_encoder_folder).fingerprint
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"note": 1}))
    assert SentenceEncoder(copy).fingerprint != SentenceEncoder(tiny_encoder_folder).fingerprint


def test_a_folder_that_is_no_model_is_refused_in_words(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceEncoder(tmp_path).encode_queries(["x"])


def theirs(folder):
    """What sentence-transformers itself makes of a question and of sentences."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return unit(model.encode_query(QUESTIONS)), unit(model.encode_document(SENTENCES))


def older_names(folder):
    """As sentence-transformers once wrote it for RoBERTa."""
    (folder / "sentence_bert_config.json").unlink()
    (folder / "sentence_roberta_config.json").write_text('{"max_seq_length": 16, "do_lower_case": false}')


@pytest.mark.parametrize("engine", ["auto", "torch"])
@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({}, lambda _: None),
        ({"prompts": {"query": "query : ", "document": "passage : "}}, lambda _: None),
        ({"truncate_dim": 8}, lambda _: None),  # Matryoshka
        ({"routes": True}, lambda _: None),
        ({}, older_names),
    ],
    ids=["plain", "prompts", "matryoshka", "routes", "older names"],
)
def test_vectors_are_those_of_sentence_transformers(settings, change, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    monkeypatch.setenv("KUTIP_PRECISION", "f32")
    folder = make_encoder("roberta", tmp_path, **settings)
    change(folder)
    encoder = SentenceEncoder(folder, means={})
    both = (encoder.encode_queries(QUESTIONS).rows, encoder.encode_documents(SENTENCES).rows)
    for ours, wanted in zip(both, theirs(folder), strict=True):
        assert ours.shape == wanted.shape
        assert np.allclose(ours, wanted, atol=1e-3)  # weights are kept in half precision
    assert encoder.encode_documents([]).rows.shape == (0, both[1].shape[1])


DAMAGED = ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "modules.json"]
DAMAGED += ["1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json"]


@pytest.mark.parametrize("engine", ["auto", "torch"])
@pytest.mark.parametrize("file", DAMAGED)
def test_a_file_that_was_cut_off_is_told_in_words(file, engine, tiny_encoder_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    folder = shutil.copytree(tiny_encoder_folder, tmp_path / "copy")
    (folder / file).write_bytes((folder / file).read_bytes()[:-20])
    with pytest.raises(ModelError, match=str(folder)):
        SentenceEncoder(folder, means={}).encode_queries(["x"])


def test_any_encoder_gets_language_means_measured_once_on_fixed_text(tiny_encoder_folder, cache, monkeypatch):
    first = SentenceEncoder(tiny_encoder_folder)
    rows = first.encode_documents(["satu dua"])
    assert set(rows.languages) <= {"en", "id"}
    assert set(first.means) == {f"{role}.{language}" for role in ("query", "document") for language in ("en", "id")}
    assert len(list(cache.rglob("*.safetensors"))) == 1
    monkeypatch.setattr(encoder_module, "measure_means", None)  # a second process reads what the first one kept
    second = SentenceEncoder(tiny_encoder_folder)
    assert np.array_equal(second.encode_documents(["satu dua"]).rows, rows.rows)
    assert len({first.fingerprint, SentenceEncoder(tiny_encoder_folder, means={}).fingerprint}) == 2


def test_means_that_were_damaged_in_the_cache_are_measured_again(tiny_encoder_folder, cache):
    rows = SentenceEncoder(tiny_encoder_folder).encode_queries(["satu"]).rows
    (kept,) = cache.rglob("*.safetensors")
    kept.write_bytes(b"broken")
    assert np.array_equal(SentenceEncoder(tiny_encoder_folder).encode_queries(["satu"]).rows, rows)


@pytest.mark.models
def test_a_sentence_finds_its_translation_first(shipped_encoder):
    english = ["The talks ended without agreement.", "The price of rice has risen.", "Rain fell all night."]
    indonesian = ["Perundingan berakhir tanpa kesepakatan.", "Harga beras telah naik.", "Hujan turun semalaman."]
    queries, documents = shipped_encoder.encode_queries(english), shipped_encoder.encode_documents(indonesian)
    assert (queries.rows @ documents.rows.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert queries.languages == ("en",) * 3
    assert documents.languages == ("id",) * 3


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_text_in_capitals_has_the_vector_of_small_letters(engine, tiny_encoder_folder, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    encoder = SentenceEncoder(tiny_encoder_folder, means={})
    loud, small = encoder.encode_documents(["DIA BERNAMA SARI ."]), encoder.encode_documents(["dia bernama sari ."])
    assert np.array_equal(loud.rows, small.rows)
    asked = encoder.encode_queries(["SIAPA NAMA DIA", "siapa nama dia"])
    assert np.allclose(asked.rows[0], asked.rows[1], atol=1e-6)


@pytest.mark.models
def test_the_language_of_a_question_in_capitals_is_told_by_its_small_words(shipped_encoder):
    asked = ["WHERE WAS THE SUMMIT OF TRUMP AND KIM?", "DI MANA KTT TRUMP DAN KIM?", "SIAPA DUARTE?"]
    assert shipped_encoder.encode_queries(asked).languages == ("en", "id", "id")
