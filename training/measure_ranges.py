"""Measure between which values each linear layer's inputs lie, so that the model can run in eight bits.

    python -m training.measure_ranges reader models/reader DATA --apart '\\d.output.dense'
    python -m training.measure_ranges encoder models/encoder DATA

Writes ``activation_ranges.safetensors`` into the model's folder (read by `index.quantized`): for each layer (2, d), the
least and the greatest value of each input channel over texts of the training split; a third row for layers that keep
their largest channels in full, 1 for those.
"""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import AutoModel, AutoModelForQuestionAnswering

from index.encoder import PROMPTS
from index.quantized import RANGES_FILE
from index.splitter import split_sentences
from training.data import read_split

TEXTS = 30  # of each source
APART = 1.5  # times the 99th of 100 channels, from which one is kept in full
Given = tuple[str, str] | str


def texts(kind: str, data: Path, seed: int) -> list[Given]:
    """What the model will be given: questions with their passages, or questions and sentences."""
    rng = random.Random(seed)
    chosen = [e for rows in read_split(data, "train").values() for e in rng.sample(rows, min(TEXTS, len(rows)))]
    if kind == "reader":
        return [(example.question, example.context) for example in chosen]
    sentences = [rng.choice(split_sentences(example.context)).cut(example.context) for example in chosen]
    return [PROMPTS["query"] + example.question for example in chosen] + [PROMPTS["document"] + s for s in sentences]


def measured(
    model: torch.nn.Module, tokenizer: Tokenizer, given: list[Given], narrowest: int = 64
) -> dict[str, npt.NDArray[np.float32]]:
    """The least and greatest input of each channel, (2, d), of every linear layer of ``narrowest`` outputs or more."""
    bounds: dict[str, torch.Tensor] = {}

    def watch(name: str) -> None:
        def note(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            flat = inputs[0].reshape(-1, inputs[0].shape[-1])
            new = torch.stack([flat.amin(dim=0), flat.amax(dim=0)])
            if name in bounds:
                new = torch.stack([torch.minimum(bounds[name][0], new[0]), torch.maximum(bounds[name][1], new[1])])
            bounds[name] = new

        model.get_submodule(name).register_forward_pre_hook(note)

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and module.out_features >= narrowest and "pooler" not in name:
            watch(name)
    with torch.inference_mode():
        for one in given:
            encoding = tokenizer.encode(*one) if isinstance(one, tuple) else tokenizer.encode(one)
            ids = torch.tensor([encoding.ids])
            model(input_ids=ids, attention_mask=torch.ones_like(ids))
    return {name: rows.numpy() for name, rows in bounds.items()}


def with_apart(bounds: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Bounds (2, d) with a third row: 1 for the channels that lie far beyond the others."""
    size = np.abs(bounds).max(axis=0)
    return np.vstack([bounds, size > APART * np.quantile(size, 0.99, method="lower")])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["reader", "encoder"])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--apart", default="$^", help="regular expression of layers that keep their largest channels in full"
    )
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256, strategy="only_second" if arguments.kind == "reader" else "longest_first")
    auto = AutoModelForQuestionAnswering if arguments.kind == "reader" else AutoModel
    model = auto.from_pretrained(arguments.model, dtype=torch.float32).eval()
    bounds = measured(model, tokenizer, texts(arguments.kind, arguments.data, arguments.seed))
    bounds |= {name: with_apart(rows) for name, rows in bounds.items() if re.search(arguments.apart, name)}
    save_file({name: rows.astype(np.float16) for name, rows in bounds.items()}, arguments.model / RANGES_FILE)
    print(
        f"{len(bounds)} layers, inputs between {min(r[0].min() for r in bounds.values()):.1f} and "
        f"{max(r[1].max() for r in bounds.values()):.1f}"
    )


if __name__ == "__main__":
    main()
