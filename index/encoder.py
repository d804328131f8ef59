"""From text to unit vectors, comparable across languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from index.batching import alike, padded
from index.cache import LRUCache
from index.capitals import in_small_letters
from index.compiled import Array, Compiled, compiled, positions_of, read_json, traceable
from index.errors import ModelError
from index.hashes import file_digest
from index.hub import Named
from index.languages import (
    MEANS_FILE,
    Means,
    Role,
    Rows,
    asked_in,
    measure_means,
    read_means,
    reference,
    reference_name,
    remove_means,
    unit,
    write_means,
)
from index.settings import asked_threads, cache_folder, usable_device, use_threads
from index.shipped import shipped
from index.tokenizing import tokenizer_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Progress = Callable[[int], object]

PROMPTS = {"query": "query: ", "document": "passage: "}
BATCH = 32  # by sentence-transformers
COMPILED_BATCH = 32  # by a compiled model
STEP = 8  # tokens; sentences are padded to a multiple of it
CHUNK = 512  # sentences that are sorted by length together
REMEMBERED = 256  # questions whose vectors are kept


@dataclass(frozen=True, slots=True)
class Encoded:
    """Vectors (n, d), float32 and of unit length, and the language of each: ISO 639-1, "" when unknown."""

    rows: Rows
    languages: tuple[str, ...]


class Encoder(Protocol):
    """What the library needs of an encoder."""

    @property
    def fingerprint(self) -> str:
        """A name that changes whenever the vectors could."""

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Vectors of sentences; ``progress`` is told the number of each batch that is done."""


class SentenceEncoder(Named):
    """Any sentence-transformers model, by folder or by name; loaded at first use."""

    def __init__(self, model: str | Path | None = None, *, means: Means | None = None) -> None:
        """``model``: None is the shipped encoder.

        ``means``: None takes those that lie in the model's folder, or measures them once on the reference text;
        {} removes none.

        Whatever needs the model raises ModelError for a path at which there is no folder.
        """
        super().__init__(shipped("models/encoder") if model is None else model)
        self._stated = means
        self._lock = RLock()
        self.remembered: LRUCache[str, tuple[Rows, str]] = LRUCache(REMEMBERED)

    @cached_property
    def _given(self) -> Means | None:
        """The means that need not be measured."""
        if self._stated is not None or self.folder is None:
            return self._stated
        return read_means(self.folder / MEANS_FILE) or None

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the model folder's content; the name itself for a model taken by name."""
        name = hash_folder(self.folder) if self.folder else self.model
        if self._given is None:
            return f"{name}/{reference_name()}"
        return name if self._given else f"{name}/plain"

    @property
    def means(self) -> Means:
        """The language means that are taken away; measured at first use where the model brings none."""
        with self._lock:
            return self._means

    @cached_property
    def _means(self) -> Means:
        if self._given is not None:
            return self._given
        kept = (
            cache_folder()
            / "language_means"
            / f"{hashlib.sha256(self.fingerprint.encode()).hexdigest()[:24]}.safetensors"
        )
        means = read_means(kept)
        if not means:
            means = measure_means(self._plain, reference())
            write_means(means, kept)
        return means

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions; those of the last ones are remembered."""
        known = {text: found for text in texts if (found := self.remembered.get(text)) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new or not texts:
            encoded = self._encode(new, "query")
            if not texts:
                return encoded
            for text, row, language in zip(new, encoded.rows, encoded.languages, strict=True):
                known[text] = self.remembered[text] = (row, language)
        return Encoded(np.stack([known[text][0] for text in texts]), tuple(known[text][1] for text in texts))

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Vectors of sentences; ``progress`` is told the number of each batch that is done."""
        return self._encode(texts, "document", progress)

    def _encode(self, texts: Sequence[str], role: Role, progress: Progress | None = None) -> Encoded:
        texts = list(map(in_small_letters, texts))
        rows = self._plain(texts, role, progress)
        if not len(rows):
            return Encoded(rows, ())
        known = tuple(map(asked_in, texts)) if role == "query" else ()
        return Encoded(*remove_means(rows, self.means, role, known))

    def _plain(self, texts: Sequence[str], role: Role, progress: Progress | None = None) -> Rows:
        """Unit rows as the model gives them."""
        with self._lock:
            quick = self._quick
        if quick is not None:
            return quick.encode(texts, role, progress)
        model = self.load()
        encode = model.encode_query if role == "query" else model.encode_document
        blocks = []
        for first in range(0, len(texts), CHUNK):
            block = list(texts[first : first + CHUNK])
            blocks.append(unit(np.asarray(encode(block, batch_size=BATCH), dtype=np.float32)))
            if progress is not None:
                progress(len(block))
        if not blocks:
            return np.zeros((0, model.get_embedding_dimension() or 0), dtype=np.float32)
        return np.concatenate(blocks)

    @cached_property
    def _quick(self) -> CompiledEncoder | None:
        """The compiled model, where it can be had."""
        if self.folder is None or not CompiledEncoder.fits(self.folder):
            return None
        model = compiled(self.folder, "encoder", self._export, cache_folder())
        return None if model is None else CompiledEncoder(self.folder, model)

    def _export(self) -> tuple[Any, Mapping[str, Any]]:
        """The transformer of the model, for compiling; pooling is done outside."""
        from transformers import AutoModel

        return traceable(AutoModel, self.model, ("last_hidden_state",))

    def load(self) -> SentenceTransformer:
        """The sentence-transformers model itself, loaded once. Raises ModelError when it can't be."""
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer

        device = usable_device()
        if asked_threads():  # else torch's own number: batches of sentences keep all cores busy
            use_threads()

        def load(local: bool) -> SentenceTransformer:
            return SentenceTransformer(
                self.model,
                device=device,
                local_files_only=local,
                trust_remote_code=False,
                model_kwargs={"dtype": "float16" if device == "cuda" else "float32", "use_safetensors": True},
            )

        try:
            return self.local_first(load) if self.folder is not None or self._is_cached() else load(False)
        except Exception as error:  # what the libraries below raise for damaged files has no base of its own
            raise ModelError(
                f"the encoder {self.model!r} cannot be loaded ({error}); "
                "name a sentence-transformers folder with safetensors weights, or a model that the hub has"
            ) from error

    def _is_cached(self) -> bool:
        """Whether the local cache has more of the model than its transformer.

        From that alone sentence-transformers would make another encoder, without the model's prompts and pooling.
        """
        from huggingface_hub import try_to_load_from_cache

        name = self.model if "/" in self.model else f"sentence-transformers/{self.model}"
        return isinstance(try_to_load_from_cache(name, "modules.json"), str)


class CompiledEncoder:
    """A compiled sentence-transformers model with mean pooling, its prompts and its tokenizer."""

    def __init__(self, folder: Path, model: Compiled) -> None:
        self.model = model
        about = read_json(folder / "config_sentence_transformers.json")
        self.prompts = about.get("prompts") or {}
        self.config = read_json(folder / "config.json")
        self.kept = about.get("truncate_dim")  # of Matryoshka models the first so many numbers of a row; None: all
        self.tokenizer = tokenizer_of(folder)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.longest(folder))

    @staticmethod
    def fits(folder: Path) -> bool:
        """Whether the model is of the usual kind: a transformer, mean pooling, unit length."""
        modules_file, pooling = folder / "modules.json", read_json(folder / "1_Pooling" / "config.json")
        if not modules_file.is_file() or not (folder / "tokenizer.json").is_file():
            return False
        try:
            kinds = [module["type"].rsplit(".", 1)[-1] for module in json.loads(modules_file.read_text("utf-8"))]
        except (ValueError, TypeError, KeyError):
            return False  # sentence-transformers says what is wrong with it
        modes = {key for key, value in pooling.items() if key.startswith("pooling_mode_") and value}
        mean = pooling.get("pooling_mode") == "mean" or modes == {"pooling_mode_mean_tokens"}
        lowered = transformer_config(folder).get("do_lower_case")
        usual = kinds[:2] == ["Transformer", "Pooling"] and set(kinds[2:]) <= {"Normalize"}
        return usual and mean and pooling.get("include_prompt", True) and not lowered

    @staticmethod
    def longest(folder: Path) -> int:
        """The tokens that are read of a text."""
        asked = transformer_config(folder).get("max_seq_length")
        known = read_json(folder / "tokenizer_config.json").get("model_max_length")
        positions = positions_of(read_json(folder / "config.json"), 512)
        return int(min(number for number in (asked, known, max(1, positions // STEP) * STEP) if number))

    def encode(self, texts: Sequence[str], role: Role, progress: Progress | None = None) -> Rows:
        """Unit rows (n, d) of texts under the prompt of their role."""
        prompt = self.prompts.get(role, "")
        out: list[Rows] = []
        for first in range(0, len(texts), CHUNK):
            block = self.tokenizer.encode_batch([prompt + text for text in texts[first : first + CHUNK]])
            batches = alike([len(one.ids) for one in block], STEP, COMPILED_BATCH, self.model.streams)
            inputs = [self.inputs([block[at].ids for at in batch]) for batch in batches]
            rows: dict[int, Rows] = {}
            for batch, given, (hidden,) in zip(batches, inputs, self.model(inputs), strict=True):
                weights = given["attention_mask"][:, None, :].astype(np.float32)
                means = (weights @ hidden)[:, 0, : self.kept] / weights.sum(axis=2)
                rows |= zip(batch, unit(means), strict=True)
            out.append(np.stack([rows[at] for at in range(len(block))]))
            if progress is not None:
                progress(len(block))
        width = int(self.config.get("hidden_size", 0))
        return np.concatenate(out) if out else np.zeros((0, width), dtype=np.float32)[:, : self.kept]

    def inputs(self, ids: Sequence[Sequence[int]]) -> dict[str, Array]:
        """A batch of token ids as the model takes it, each (n, t)."""
        mask = padded([[1] * len(own) for own in ids], 0, STEP)
        tokens = padded(ids, self.config.get("pad_token_id") or 0, STEP)
        return {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}


def transformer_config(folder: Path) -> dict[str, Any]:
    """What sentence-transformers keeps of a model's transformer; older models name the file by its kind."""
    kinds = ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
    return next(filter(None, (read_json(folder / f"sentence_{kind}_config.json") for kind in kinds)), {})


def hash_folder(folder: Path) -> str:
    """The first 16 hexadecimal digits of a hash over the names and contents of a model folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".json", ".txt", ".model") and path.name != "checks.json":
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(file_digest(path))
    return digest.hexdigest()[:16]
