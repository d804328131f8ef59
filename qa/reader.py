"""The model that reads passages: any extractive question-answering model of transformers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np

from index.errors import ModelError
from index.shipped import shipped
from qa.decoding import WindowLogits
from qa.errors import QuestionError

WINDOW = 256  # tokens, question included; fewer where the model takes fewer
STRIDE = 64  # tokens that neighbouring windows of one long passage share
PADDING = 32  # lengths are padded to multiples of it: few shapes are prepared only once each
BATCH = 8
LONGEST_QUESTION = 128  # tokens


class Reader(Protocol):
    """What the pipeline needs of a reader."""

    def read(self, question: str, passages: Sequence[str]) -> list[WindowLogits]:
        """Logits for every window of every passage."""


class TransformersReader:
    """A model for `AutoModelForQuestionAnswering`, by folder or by name; loaded at first use."""

    def __init__(self, model: str | Path | None = None) -> None:
        """``model``: None is the shipped reader."""
        self.model = str(shipped("models/reader") if model is None else model)
        self._lock = Lock()

    def load(self) -> tuple[Any, Any]:
        """Tokenizer and model, loaded once. Raises ModelError when they can't be."""
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        local = Path(self.model).is_dir()
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.model, local_files_only=local, trust_remote_code=False)
            model, report = AutoModelForQuestionAnswering.from_pretrained(
                self.model,
                dtype=torch.float32,
                local_files_only=local,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"the reader {self.model!r} cannot be loaded ({error}); name a folder with safetensors weights of "
                "an extractive question-answering model, or one that the hub has"
            ) from error
        if any("qa_outputs" in name for name in report["missing_keys"]):
            raise ModelError(f"{self.model!r} was never trained to answer questions; name a question-answering model")
        if not tokenizer.is_fast:
            raise ModelError(f"the tokenizer of {self.model!r} gives no offsets; name a model with a fast tokenizer")
        return tokenizer, model.eval()

    @cached_property
    def window(self) -> int:
        """The tokens that are read at once."""
        tokenizer, model = self.load()
        config = model.config
        positions = getattr(config, "max_position_embeddings", None) or WINDOW
        if config.model_type in ("roberta", "xlm-roberta", "camembert", "xlm-roberta-xl"):
            positions -= (config.pad_token_id or 0) + 1  # their positions are counted from behind the padding's
        fits = int(min(WINDOW, positions, tokenizer.model_max_length))
        return max(1, fits // PADDING) * PADDING  # what it is padded to must fit as well

    def read(self, question: str, passages: Sequence[str]) -> list[WindowLogits]:
        """Logits for every window of every passage; long passages are read in overlapping windows.

        Raises QuestionError when the question leaves no room for a passage.
        """
        import torch

        tokenizer, model = self.load()
        if not passages:
            return []
        asked = len(tokenizer(question, add_special_tokens=False)["input_ids"])
        longest = min(LONGEST_QUESTION, self.window // 2)
        if asked > longest:
            raise QuestionError(
                f"the question has {asked} tokens, at most {longest} can be read; ask it in fewer words"
            )
        encoded = tokenizer(
            [question] * len(passages),
            list(passages),
            max_length=self.window,
            truncation="only_second",
            stride=min(STRIDE, self.window // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        rows = len(encoded["input_ids"])
        order = sorted(range(rows), key=lambda row: -len(encoded["input_ids"][row]))
        names = [name for name in tokenizer.model_input_names if name in encoded]
        logits: dict[int, tuple[Any, Any]] = {}
        for first in range(0, rows, BATCH):
            batch = order[first : first + BATCH]
            inputs = tokenizer.pad(
                {name: [encoded[name][row] for row in batch] for name in names},
                padding=True,
                pad_to_multiple_of=PADDING,
                return_tensors="pt",
            )
            with torch.inference_mode():
                output = model(**inputs)
            for at, row in enumerate(batch):
                logits[row] = (output.start_logits[at].numpy(), output.end_logits[at].numpy())
        windows = []
        for row in range(rows):
            length = len(encoded["input_ids"][row])
            start, end = (values[:length] - values[0] for values in logits[row])
            windows.append(
                WindowLogits(
                    passage=encoded["overflow_to_sample_mapping"][row],
                    start=start.astype(np.float32),
                    end=end.astype(np.float32),
                    offsets=np.array(encoded["offset_mapping"][row], dtype=np.int64).reshape(length, 2),
                    context=np.array([sequence == 1 for sequence in encoded.sequence_ids(row)], dtype=np.bool_),
                )
            )
        return windows


def use_threads(count: int | None = None) -> None:
    """Let torch use ``count`` threads; None: half of the cores, 1 to 4, as more only wait for each other."""
    import torch

    asked = os.environ.get("KUTIP_THREADS", "")
    chosen = count if count is not None else int(asked) if asked.isdigit() and int(asked) else 0
    torch.set_num_threads(chosen or max(1, min(4, (os.cpu_count() or 2) // 2)))
