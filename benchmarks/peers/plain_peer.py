"""The plain script (benchmarks/plain.py) as a contender."""

from __future__ import annotations

import sys
from pathlib import Path

import faiss
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from plain import Plain
from serve import serve, units


class PlainPeer:
    def load(self, models: str) -> str:
        self.plain = Plain(Path(models))
        return "transformers, torch float32"

    def index(self, corpus: str, vectors: str) -> int:
        rows = np.load(vectors).astype("float32")
        _, passages = units(corpus)
        self.plain.index = faiss.IndexFlatIP(rows.shape[1])
        self.plain.index.add(rows)
        self.plain.passage_of = passages
        return len(rows)

    def ask(self, question: str) -> str | None:
        row = self.plain.encoder.encode([question], prompt_name="query", normalize_embeddings=True)
        _, found = self.plain.index.search(row, 6)
        passages = dict.fromkeys(self.plain.passage_of[number] for number in found[0] if number >= 0)
        return self.plain.read(question, list(passages)) or None

    def read(self, question: str, passages: list[str]) -> str | None:
        return self.plain.read(question, passages) or None

    def encode(self, texts: list[str]) -> int:
        return len(self.plain.encoder.encode(texts, prompt_name="document", batch_size=32, normalize_embeddings=True))


if __name__ == "__main__":
    serve(PlainPeer())
