"""Make `models/encoder`: the trimmed base as an ordinary sentence-transformers folder, checked by numbers.

    python -m training.make_encoder build/e5-small-id-en DATA models/encoder

Beside the weights (half precision) stand the mean vectors of each language, taken over the parallel
corpora, once as queries and once as passages: what retrieval subtracts so that language itself does
not pay (`language_means.safetensors`, read by `index.encoder`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

from index.encoder import PROMPTS, SentenceEncoder
from index.languages import MEANS_FILE, Role, measure_means
from training.data import split_parallel

MEAN_SENTENCES = 3000


def build(source: Path, target: Path) -> None:
    """Write the folder: mean pooling, unit length, E5's prompts, float16 weights."""
    body = Transformer(str(source), max_seq_length=512, model_kwargs={"dtype": torch.float32})
    width = body.get_embedding_dimension()
    model = SentenceTransformer(modules=[body, Pooling(width, "mean"), Normalize()], prompts=PROMPTS, device="cpu")
    model.half().save(str(target), create_model_card=False, safe_serialization=True)


def means(target: Path, pairs: list[tuple[str, str]]) -> dict[str, npt.NDArray[np.float32]]:
    """The mean unit vector of each role and language, over the same meanings in both languages."""
    encoder = SentenceEncoder(target, means={})

    def plain(texts: Sequence[str], role: Role) -> npt.NDArray[np.float32]:
        return (encoder.encode_queries if role == "query" else encoder.encode_documents)(texts).rows

    return measure_means(
        plain, {"en": [english for english, _ in pairs], "id": [indonesian for _, indonesian in pairs]}
    )


def check(target: Path, pairs: list[tuple[str, str]]) -> dict[str, float]:
    """How often the translation of a sentence is its nearest neighbour, both ways, with the means removed and not."""
    rows = {}
    for name, encoder in (("plain", SentenceEncoder(target, means={})), ("means_removed", SentenceEncoder(target))):
        english = encoder.encode_documents([a for a, _ in pairs]).rows
        indonesian = encoder.encode_documents([b for _, b in pairs]).rows
        for rows_ in (english, indonesian):
            if not np.allclose(np.linalg.norm(rows_, axis=1), 1, atol=1e-4):
                raise SystemExit("the encoder's rows are not of unit length")
        similar = english @ indonesian.T
        own = np.arange(len(pairs))
        rows[f"{name}_en_to_id_first"] = float((similar.argmax(axis=1) == own).mean())
        rows[f"{name}_id_to_en_first"] = float((similar.argmax(axis=0) == own).mean())
        rows[f"{name}_same_meaning"] = float(np.diag(similar).mean())
        rows[f"{name}_unrelated"] = float(similar[~np.eye(len(pairs), dtype=bool)].mean())
    return {key: round(value, 4) for key, value in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    build(arguments.source, arguments.target)
    known, kept_back = split_parallel(arguments.data)
    save_file(means(arguments.target, known[:MEAN_SENTENCES]), arguments.target / MEANS_FILE)
    figures = check(arguments.target, kept_back) | {"pairs": len(kept_back)}
    (arguments.target / "checks.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
