"""txtai's embeddings with its FAISS index, and its question pipeline, with our weights."""

from __future__ import annotations

import numpy as np
from serve import serve, units
from txtai import Embeddings
from txtai.pipeline import Questions
from txtai.vectors import VectorsFactory


class Txtai:
    def load(self, models: str) -> str:
        self.models = models
        self.questions = Questions(f"{models}/reader", gpu=False)
        self.questions.model.float()
        return "txtai, torch float32"

    def index(self, corpus: str, vectors: str) -> int:
        rows = np.load(vectors).astype("float32")
        _, self.passages = units(corpus)
        settings = {"path": f"{self.models}/encoder", "method": "transformers", "pooling": "meanpooling", "gpu": False}
        encoder = VectorsFactory.create(settings, None)
        ready = {f"\0{number}": row for number, row in enumerate(rows)}

        def transform(inputs: list[str]) -> np.ndarray:
            """Sentences by their number, as they were encoded before; questions by txtai's own encoder."""
            if all(text in ready for text in inputs):
                return np.stack([ready[text] for text in inputs])
            return np.asarray(encoder.encode([f"query: {text}" for text in inputs]), dtype="float32")

        self.embeddings = Embeddings(method="external", transform=transform, content=False)
        self.embeddings.index([(number, text, None) for number, text in enumerate(ready)])
        return len(rows)

    def ask(self, question: str) -> str | None:
        found = self.embeddings.search(question, 6)
        return self.read(question, [self.passages[int(number)] for number, _ in found])

    def read(self, question: str, passages: list[str]) -> str | None:
        said = None
        for passage in passages:
            try:
                (answer,) = self.questions([question], [passage])
            except TypeError:  # it stumbles where the model says "no answer"
                continue
            said = said or answer
        return said


if __name__ == "__main__":
    serve(Txtai())
