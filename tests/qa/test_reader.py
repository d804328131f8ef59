import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForQuestionAnswering, BertModel, PreTrainedTokenizerFast

from index.errors import ModelError
from qa import QuestionError
from qa.reader import TransformersReader

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "siapa", "nama", "dia", "Sari", "bernama", "."]


@pytest.fixture(scope="session")
def tiny_reader_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=10, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_logits_are_relative_to_the_first_token_and_offsets_point_into_the_passage(tiny_reader_folder):
    passage = "dia bernama Sari ."
    (window,) = TransformersReader(tiny_reader_folder).read("siapa nama dia", [passage])
    assert window.start[0] == window.end[0] == 0
    assert window.start.shape == window.end.shape == window.context.shape == (10,)
    assert [passage[a:b] for a, b in window.offsets[window.context]] == passage.split()


def test_padding_and_company_change_no_logit(tiny_reader_folder):
    reader = TransformersReader(tiny_reader_folder)
    short, long = "dia Sari .", "dia bernama Sari . " * 9
    alone = reader.read("siapa", [short])[0]
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


def test_a_folder_without_a_model_and_an_untrained_head_are_refused(tiny_reader_folder, tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        TransformersReader(tmp_path).read("siapa", ["dia"])
    BertModel.from_pretrained(tiny_reader_folder).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"never trained|cannot be loaded"):
        TransformersReader(tmp_path).read("siapa", ["dia"])
