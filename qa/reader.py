"""The model that reads passages: any extractive question-answering model of transformers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Protocol

import numpy as np

from index.batching import alike, padded
from index.capitals import in_small_letters
from index.compiled import Array, Compiled, compiled, positions_of, read_json, traceable
from index.errors import ModelError
from index.hub import Named
from index.settings import cache_folder, usable_device, use_threads, wanted_device, wanted_engine
from index.shipped import shipped
from index.tokenizing import tokenizer_of
from qa.decoding import WindowLogits
from qa.errors import QuestionError

WINDOW = 256  # tokens, question included; fewer where the model takes fewer
STRIDE = 64  # tokens that neighbouring windows of one long passage share
BATCH = 8
AHEAD_ON_A_GPU = 4  # windows that are read at once where one alone would take as long
STEP = 16  # tokens; windows are padded to a multiple of it: few shapes are prepared, only once each
LONGEST_QUESTION = 128  # tokens


Asked = tuple[str, Sequence[str]]  # a question and the passages to be read for it


class Forward(Protocol):
    """A model that takes batches of inputs, and the number of batches that it works on at once."""

    streams: int

    def __call__(self, batches: Sequence[Mapping[str, Array]]) -> Iterable[list[Array]]:
        """Start and end logits (n, t) of each batch."""


class Reader(Protocol):
    """What the pipeline needs of a reader."""

    @property
    def at_once(self) -> int:
        """How many windows it reads in the time of one."""

    def read(self, question: str, passages: Sequence[str]) -> list[WindowLogits]:
        """Logits for every window of every passage."""

    def read_many(self, asked: Sequence[Asked]) -> list[list[WindowLogits]]:
        """The same for several questions at once."""


class TransformersReader(Named):
    """A model for `AutoModelForQuestionAnswering`, by folder or by name; loaded at first use.

    Runs compiled where that can be had (`index.compiled`), else with torch.
    """

    def __init__(self, model: str | Path | None = None) -> None:
        """``model``: None is the shipped reader. Reading raises ModelError for a path at which there is no folder."""
        super().__init__(shipped("models/reader") if model is None else model)
        self.window, self.padding = WINDOW, 0  # as the model has it, once it is loaded
        self._lock = Lock()
        self._callers = 0  # that are reading

    def load(self) -> tuple[Any, Forward]:
        """The tokenizer, cutting windows, and the model, loaded once. Raises ModelError when they can't be."""
        with self._lock:
            return self._loaded

    def load_beside(self) -> None:
        """Begin to load in a thread of its own, while the caller does something else. What goes wrong is told at use.

        Only what is compiled: torch and transformers do not bear being imported by two threads at once.
        """
        if "_loaded" in self.__dict__ or self._lock.locked() or wanted_engine() == "torch" or wanted_device() != "cpu":
            return
        if find_spec("openvino") is not None:
            Thread(target=self._load_quietly, name="kutip-load", daemon=True).start()

    def _load_quietly(self) -> None:
        with suppress(Exception):
            self.load()

    @cached_property
    def _loaded(self) -> tuple[Any, Forward]:
        quick = self._compiled()
        if quick is not None and self.folder is not None:
            config = read_json(self.folder / "config.json")
            most = read_json(self.folder / "tokenizer_config.json").get("model_max_length") or WINDOW
            return self._cutting(tokenizer_of(self.folder), config, most), quick
        tokenizer, model = self._with_torch()
        backend, config = tokenizer.backend_tokenizer, model.config.to_dict()
        forward = TorchForward(model, tuple(tokenizer.model_input_names))
        return self._cutting(backend, config, tokenizer.model_max_length), forward

    def _compiled(self) -> Compiled | None:
        if self.folder is None or not (self.folder / "tokenizer.json").is_file():
            return None
        architectures = read_json(self.folder / "config.json").get("architectures") or [""]
        if not architectures[0].endswith("ForQuestionAnswering"):
            return None  # torch says what is wrong with it

        def export() -> tuple[Any, Mapping[str, Any]]:
            from transformers import AutoModelForQuestionAnswering

            self._with_torch()  # refuses a model that can't do the job
            return traceable(AutoModelForQuestionAnswering, self.model, ("start_logits", "end_logits"))

        return compiled(self.folder, "reader", export, cache_folder())

    def _with_torch(self) -> tuple[Any, Any]:
        """Tokenizer and model of transformers."""
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        use_threads()
        device = usable_device()

        def load(local: bool) -> tuple[Any, Any, Any]:
            tokenizer = AutoTokenizer.from_pretrained(self.model, local_files_only=local, trust_remote_code=False)
            model, report = AutoModelForQuestionAnswering.from_pretrained(
                self.model,
                dtype=torch.float32,
                local_files_only=local,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
            return tokenizer, model, report

        try:
            tokenizer, model, report = self.local_first(load)
        except Exception as error:  # what the libraries below raise for damaged files has no base of its own
            raise ModelError(
                f"the reader {self.model!r} cannot be loaded ({error}); name a folder with safetensors weights of "
                "an extractive question-answering model, or one that the hub has"
            ) from error
        if any("qa_outputs" in name for name in report["missing_keys"]):
            raise ModelError(f"{self.model!r} was never trained to answer questions; name a question-answering model")
        if not tokenizer.is_fast:
            raise ModelError(f"the tokenizer of {self.model!r} gives no offsets; name a model with a fast tokenizer")
        return tokenizer, (model.half() if device == "cuda" else model).to(device).eval()

    def _cutting(self, tokenizer: Any, config: Mapping[str, Any], most: int) -> Any:
        """The tokenizer, made to cut windows of the width that the model takes."""
        fits = int(min(WINDOW, positions_of(config, WINDOW), most))
        self.window = max(1, fits // STEP) * STEP  # what it is padded to must fit as well
        self.padding = int(config.get("pad_token_id") or 0)
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.window, stride=min(STRIDE, self.window // 4), strategy="only_second")
        return tokenizer

    @property
    def at_once(self) -> int:
        """How many windows it reads in the time of one: one for each group of cores that no other caller uses now."""
        streams = self.load()[1].streams
        return AHEAD_ON_A_GPU if wanted_device() == "cuda" else max(1, streams // (1 + self._callers))

    def read(self, question: str, passages: Sequence[str]) -> list[WindowLogits]:
        """Logits for every window of every passage, for one question."""
        return self.read_many([(question, passages)])[0]

    def read_many(self, asked: Sequence[Asked]) -> list[list[WindowLogits]]:
        """For each question the logits for every window of every passage; long ones are read in overlapping windows.

        Windows of all questions share batches. Raises QuestionError when a question leaves no room for a passage.
        """
        with self._lock:
            tokenizer, forward = self._loaded
            self._callers += 1
        try:
            return self._read(tokenizer, forward, asked)
        finally:
            with self._lock:
                self._callers -= 1

    def _read(self, tokenizer: Any, forward: Forward, asked: Sequence[Asked]) -> list[list[WindowLogits]]:
        cut = [self._cut(tokenizer, question, passages) if passages else [] for question, passages in asked]
        windows = [window for own in cut for _, window in own]
        batches = alike([len(window.ids) for window in windows], STEP, BATCH, forward.streams)
        outputs = forward([self._inputs([windows[row] for row in batch]) for batch in batches])
        logits: dict[int, tuple[Array, Array]] = {}
        for batch, (start, end) in zip(batches, outputs, strict=True):
            logits |= {row: (start[at], end[at]) for at, row in enumerate(batch)}
        rows = iter(range(len(windows)))
        return [[window_logits(number, window, *logits[next(rows)]) for number, window in own] for own in cut]

    def _inputs(self, windows: Sequence[Any]) -> dict[str, Array]:
        """A batch as the model takes it, each (n, t)."""
        return {
            "input_ids": padded([window.ids for window in windows], self.padding, STEP),
            "attention_mask": padded([window.attention_mask for window in windows], 0, STEP),
            "token_type_ids": padded([window.type_ids for window in windows], 0, STEP),
        }

    def _cut(self, tokenizer: Any, question: str, passages: Sequence[str]) -> list[tuple[int, Any]]:
        """The windows of all passages, each with its passage's number, as `tokenizers.Encoding`."""
        longest = min(LONGEST_QUESTION, self.window // 2)
        question, passages = in_small_letters(question), list(map(in_small_letters, passages))
        question = question[:1].upper() + question[1:]  # as nearly all are that it has learnt from
        # Told apart before it stands with a passage: with no room left, tokenizers does not raise an error, it panics.
        try:
            tokens = len(tokenizer.encode(question, add_special_tokens=False).ids)
        except Exception as error:  # it raises nothing more exact when the question alone fills a window
            raise QuestionError("the question is too long to be read; ask it in fewer words", "too_much") from error
        if tokens > longest:
            raise QuestionError(
                f"the question has {tokens} tokens, at most {longest} can be read; ask it in fewer words", "too_much"
            )
        encoded = tokenizer.encode_batch([(question, passage) for passage in passages])
        return [(number, window) for number, first in enumerate(encoded) for window in (first, *first.overflowing)]


class TorchForward:
    """A question-answering model of transformers, on the device where it lies."""

    streams = 1

    def __init__(self, model: Any, inputs: Sequence[str]) -> None:
        self.model = model
        self.inputs = inputs

    def __call__(self, batches: Sequence[Mapping[str, Array]]) -> list[list[Array]]:
        """Start and end logits (n, t) of each batch, float32."""
        import torch

        out = []
        for batch in batches:
            named = {name: torch.from_numpy(batch[name]).to(self.model.device) for name in self.inputs if name in batch}
            with torch.inference_mode():
                output = self.model(**named)
            out.append([values.float().cpu().numpy() for values in (output.start_logits, output.end_logits)])
        return out


def window_logits(passage: int, window: Any, start: Array, end: Array) -> WindowLogits:
    """What the model said about a window, without the padding, relative to its first token."""
    length = len(window.ids)
    return WindowLogits(
        passage=passage,
        start=(start[:length] - start[0]).astype(np.float32),
        end=(end[:length] - end[0]).astype(np.float32),
        offsets=np.array(window.offsets, dtype=np.int64).reshape(length, 2),
        context=np.array([sequence == 1 for sequence in window.sequence_ids], dtype=np.bool_),
    )
