import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from index.encoder import SentenceEncoder, remove_means, unit
from index.errors import ModelError


@pytest.fixture(scope="session")
def tiny_encoder_folder(tmp_path_factory):
    """A real sentence-transformers folder of random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "satu", "dua", "tiga"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder / "bert")
    torch.manual_seed(0)
    config = BertConfig(vocab_size=10, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(config).save_pretrained(folder / "bert")
    body = Transformer(str(folder / "bert"))
    model = SentenceTransformer(modules=[body, Pooling(16), Normalize()], device="cpu")
    model.save(str(folder / "st"), create_model_card=False)
    return folder / "st"


def test_rows_are_float32_of_unit_length_in_the_order_of_the_texts(tiny_encoder_folder):
    encoder = SentenceEncoder(tiny_encoder_folder)
    told = []
    both = encoder.encode_documents(["satu dua tiga dua", "dua"], told.append)
    assert both.rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(both.rows, axis=1), 1, atol=1e-5)
    assert np.allclose(both.rows[1], encoder.encode_documents(["dua"]).rows[0], atol=1e-5)
    assert both.languages == ("", "")
    assert told == [2]


def test_no_texts_give_no_rows(tiny_encoder_folder):
    assert SentenceEncoder(tiny_encoder_folder).encode_queries([]).rows.shape == (0, 16)


def test_the_fingerprint_follows_the_folders_content(tiny_encoder_folder, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(tiny_encoder_folder, copy)
    assert SentenceEncoder(copy).fingerprint == SentenceEncoder(tiny_encoder_folder).fingerprint
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"note": 1}))
    assert SentenceEncoder(copy).fingerprint != SentenceEncoder(tiny_encoder_folder).fingerprint


def test_a_folder_that_is_no_model_is_refused_in_words(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceEncoder(tmp_path).encode_queries(["x"])


def test_the_nearer_mean_is_taken_away():
    # Two languages lie at (±1, 0) apart from what is meant, (0, ±1): without the means only that is left.
    means = {"query.en": np.array([1.0, 0.0], np.float32), "query.id": np.array([-1.0, 0.0], np.float32)}
    done = remove_means(np.array([[0.9, 0.4], [-0.9, 0.4]], np.float32), means, "query")
    assert done.languages == ("en", "id")
    assert (done.rows[:, 1] > 0.9).all()
    assert remove_means(done.rows, means, "document").languages == ("", "")


def test_a_row_of_zeros_stays_zero():
    assert unit(np.zeros((1, 3), np.float32)).tolist() == [[0, 0, 0]]


@pytest.mark.models
def test_a_sentence_finds_its_translation_first(shipped_encoder):
    english = ["The talks ended without agreement.", "The price of rice has risen.", "Rain fell all night."]
    indonesian = ["Perundingan berakhir tanpa kesepakatan.", "Harga beras telah naik.", "Hujan turun semalaman."]
    queries, documents = shipped_encoder.encode_queries(english), shipped_encoder.encode_documents(indonesian)
    assert (queries.rows @ documents.rows.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert queries.languages == ("en",) * 3
    assert documents.languages == ("id",) * 3
