"""From text to unit vectors, with the pull of the language itself taken out.

A multilingual encoder places texts of one language together, so that a question finds text in its own
language before the right text in the other. Subtracting the mean vector of each language (and bringing
the rows back to unit length) removes most of that. The means lie beside the weights, one for each role
(query, document) and language, taken from parallel text; a vector's own language is that of the nearer mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.shipped import shipped

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Rows = npt.NDArray[np.float32]
Role = Literal["query", "document"]
Means = Mapping[str, Rows]
Progress = Callable[[int], None]

PROMPTS = {"query": "query: ", "document": "passage: "}
MEANS_FILE = "language_means.safetensors"
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
        """``model``: None is the shipped encoder. ``means``: None reads the model folder's own; {} removes none."""
        self.model = str(shipped("models/encoder") if model is None else model)
        self.folder = Path(self.model) if Path(self.model).is_dir() else None
        self.means = read_means(self.folder) if means is None else means
        self._lock = Lock()

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the model folder's content; the name itself for a model taken by name."""
        name = hash_folder(self.folder) if self.folder else self.model
        return name if self.means else f"{name}/plain"

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions."""
        return self._encode(texts, "query", None)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Vectors of sentences; ``progress`` is told the number of each batch that is done."""
        return self._encode(texts, "document", progress)

    def _encode(self, texts: Sequence[str], role: Role, progress: Progress | None) -> Encoded:
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
            return Encoded(np.zeros((0, model.get_embedding_dimension() or 0), dtype=np.float32), ())
        return remove_means(np.concatenate(blocks), self.means, role)

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


def unit(rows: Rows) -> Rows:
    """The rows (n, d) brought to length 1; a row of zeros stays.

    >>> unit(np.array([[3.0, 4.0]], dtype=np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.asarray(rows / lengths, dtype=np.float32)


def remove_means(rows: Rows, means: Means, role: Role) -> Encoded:
    """Tell each row's language by the nearer mean of its role, subtract that mean, go back to unit length.

    ``means`` maps ``"query.en"`` and the like to vectors (d,); without any, the rows stay as they are.
    """
    languages = sorted(name.split(".")[1] for name in means if name.startswith(f"{role}."))
    if not languages:
        return Encoded(rows, ("",) * len(rows))
    centres = np.stack([means[f"{role}.{language}"] for language in languages])
    distances = (centres**2).sum(axis=1) - 2 * rows @ centres.T
    nearest = distances.argmin(axis=1)
    return Encoded(unit(rows - centres[nearest]), tuple(languages[i] for i in nearest))


def read_means(folder: Path | None) -> Means:
    """The language means that lie in a model folder; {} when it has none."""
    if folder is None or not (folder / MEANS_FILE).exists():
        return {}
    from safetensors.numpy import load_file

    means: dict[str, Rows] = load_file(folder / MEANS_FILE)
    return means


def hash_folder(folder: Path) -> str:
    """The first 16 hexadecimal digits of a hash over the names and contents of a model folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".json", ".txt", ".model") and path.name != "checks.json":
            digest.update(str(path.relative_to(folder)).encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
