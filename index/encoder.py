"""From text to unit vectors, comparable across languages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Protocol

import numpy as np

from index.errors import ModelError
from index.languages import (
    MEANS_FILE,
    Means,
    Role,
    Rows,
    measure_means,
    read_means,
    reference,
    reference_name,
    remove_means,
    unit,
    write_means,
)
from index.shipped import shipped

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Progress = Callable[[int], object]

PROMPTS = {"query": "query: ", "document": "passage: "}
BATCH = 32
CHUNK = 256


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


class SentenceEncoder:
    """Any sentence-transformers model, by folder or by name; loaded at first use."""

    def __init__(self, model: str | Path | None = None, *, means: Means | None = None) -> None:
        """``model``: None is the shipped encoder.

        ``means``: None takes those that lie in the model's folder, or measures them once on the reference text;
        {} removes none.
        """
        self.model = str(shipped("models/encoder") if model is None else model)
        self.folder = Path(self.model) if Path(self.model).is_dir() else None
        self._given = (
            means if means is not None or self.folder is None else read_means(self.folder / MEANS_FILE) or None
        )
        self._lock = RLock()

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
        """Vectors of questions."""
        return self._encode(texts, "query")

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Vectors of sentences; ``progress`` is told the number of each batch that is done."""
        return self._encode(texts, "document", progress)

    def _encode(self, texts: Sequence[str], role: Role, progress: Progress | None = None) -> Encoded:
        rows = self._plain(texts, role, progress)
        return Encoded(*remove_means(rows, self.means, role)) if len(rows) else Encoded(rows, ())

    def _plain(self, texts: Sequence[str], role: Role, progress: Progress | None = None) -> Rows:
        """Unit rows as the model gives them."""
        model = self.load()
        prompt = None if role in model.prompts else ""
        blocks = []
        for first in range(0, len(texts), CHUNK):
            block = list(texts[first : first + CHUNK])
            rows = model.encode(block, prompt_name=role if prompt is None else None, prompt=prompt, batch_size=BATCH)
            blocks.append(unit(np.asarray(rows, dtype=np.float32)))
            if progress is not None:
                progress(len(block))
        if not blocks:
            return np.zeros((0, model.get_embedding_dimension() or 0), dtype=np.float32)
        return np.concatenate(blocks)

    def load(self) -> SentenceTransformer:
        """The sentence-transformers model itself, loaded once. Raises ModelError when it can't be."""
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(
                self.model,
                device="cpu",
                local_files_only=self.folder is not None,
                trust_remote_code=False,
                model_kwargs={"dtype": "float32", "use_safetensors": True},
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"the encoder {self.model!r} cannot be loaded ({error}); "
                "name a sentence-transformers folder with safetensors weights, or a model that the hub has"
            ) from error


def cache_folder() -> Path:
    """Where what can be made again is kept between runs."""
    from platformdirs import user_cache_path

    return user_cache_path("kutip", appauthor=False)


def hash_folder(folder: Path) -> str:
    """The first 16 hexadecimal digits of a hash over the names and contents of a model folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".json", ".txt", ".model") and path.name != "checks.json":
            digest.update(str(path.relative_to(folder)).encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
