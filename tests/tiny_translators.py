"""Real translation models of a few thousand weights that have learnt a handful of sentences by heart."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    NllbTokenizer,
)

INDONESIAN, ENGLISH = "Ketua rapat bernama Sari.", "The head of the meeting is called Sari."
SECOND, SECOND_IN_ENGLISH = "Rapat digelar di Bandung.", "The meeting was held in Bandung."
TO_ENGLISH = [(INDONESIAN, ENGLISH), (SECOND, SECOND_IN_ENGLISH)]
SIZE = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "encoder_layerdrop": 0.0,
    "decoder_layerdrop": 0.0,
}


def pieces(folder: Path, *names: str) -> list[str]:
    """Write a sentencepiece model under each name; its pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text for pair in TO_ENGLISH for text in pair] * 5),
        model_writer=writer,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    for name in names:
        (folder / name).write_bytes(writer.getvalue())
    made = sentencepiece.SentencePieceProcessor(model_proto=writer.getvalue())
    return [made.id_to_piece(i) for i in range(3, made.get_piece_size())]


def learn(model: Any, examples: list[dict[str, torch.Tensor]]) -> None:
    """Teach the examples by heart."""
    torch.manual_seed(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(400):
        loss = sum(model(**example).loss for example in examples) / len(examples)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss.item() < 0.01:
            break
    model.eval()


def marian(folder: Path, codes: tuple[str, ...] = (), **stated: str) -> Path:
    """A Marian model from Indonesian to English; with ``codes`` (">>eng<<") one that must be told the target.

    ``stated`` are source_lang and target_lang.
    """
    words = ["</s>", "<unk>", *pieces(folder, "source.spm", "target.spm"), *codes, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    paths = [str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")]
    tokenizer = MarianTokenizer(*paths, **stated)
    pad = words.index("<pad>")
    config = MarianConfig(
        vocab_size=len(words),
        pad_token_id=pad,
        decoder_start_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        **SIZE,
    )
    torch.manual_seed(0)
    model = MarianMTModel(config)
    # What a model with several targets says depends on the code: here the text goes over as it is for the other one.
    targets = [(f"{code} ", code.startswith((">>en", ">>eng"))) for code in codes] or [("", True)]
    pairs = [(prefix + a, b if english else a) for a, b in TO_ENGLISH for prefix, english in targets]
    learn(model, [dict(tokenizer(a, text_target=b, return_tensors="pt")) for a, b in pairs])
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def many_to_many(folder: Path, kind: str) -> Path:
    """An "nllb" or "m2m100" model that goes both ways between Indonesian and English."""
    if kind == "nllb":
        folder.mkdir(parents=True, exist_ok=True)
        trained = Tokenizer(models.BPE(unk_token="<unk>"))
        trained.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=["<s>", "<pad>", "</s>", "<unk>"])
        trained.train_from_iterator([text for pair in TO_ENGLISH for text in pair], trainer)
        bpe = json.loads(trained.to_str())["model"]
        tokenizer: Any = NllbTokenizer(
            vocab=bpe["vocab"],
            merges=[tuple(merge) for merge in bpe["merges"]],
            extra_special_tokens=["eng_Latn", "ind_Latn", "fra_Latn"],
        )
        indonesian, english = "ind_Latn", "eng_Latn"
        size = len(tokenizer)
    else:
        words = ["<s>", "<pad>", "</s>", "<unk>", *pieces(folder, "sentencepiece.bpe.model")]
        (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
        tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
        indonesian, english = "id", "en"
        size = tokenizer.vocab_size + 200
    torch.manual_seed(0)
    model = M2M100ForConditionalGeneration(M2M100Config(vocab_size=size, decoder_start_token_id=2, **SIZE))
    examples = []
    for first, second in TO_ENGLISH:
        for source, target, a, b in ((indonesian, english, first, second), (english, indonesian, second, first)):
            tokenizer.src_lang, tokenizer.tgt_lang = source, target
            examples.append(dict(tokenizer(a, text_target=b, return_tensors="pt")))
    learn(model, examples)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder
