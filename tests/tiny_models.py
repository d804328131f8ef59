"""Real transformers models of random weights and a dozen words, of the three kinds most readers and encoders are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForQuestionAnswering,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaForQuestionAnswering,
    XLMRobertaModel,
)

WORDS = ["siapa", "nama", "dia", "Sari", "bernama", ".", "satu", "dua", "tiga", "query", "passage", ":"]
KINDS: dict[str, tuple[Any, Any, Any]] = {
    "bert": (BertConfig, BertModel, BertForQuestionAnswering),
    "roberta": (RobertaConfig, RobertaModel, RobertaForQuestionAnswering),
    "xlm-roberta": (XLMRobertaConfig, XLMRobertaModel, XLMRobertaForQuestionAnswering),
}


def make(kind: str, folder: Path, *, reader: bool, positions: int = 514) -> Path:
    """Write a model of one kind, with its own special tokens, to ``folder``."""
    config_class, body, answering = KINDS[kind]
    special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"] if kind == "bert" else ["<s>", "<pad>", "</s>", "<unk>"]
    first, pad, last, unknown = special
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(special + WORDS)}, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    between = f" {last} {last} " if kind != "bert" else f" {last} "
    tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A{between}$B {last}", special_tokens=[(first, 0), (last, 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token=unknown,
        pad_token=pad,
        cls_token=first,
        sep_token=last,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = config_class(
        vocab_size=len(special) + len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=positions,
        pad_token_id=1,
    )
    (answering if reader else body)(config).save_pretrained(folder)
    return folder
