"""kutip as a contender. Remembered answers and question vectors are forgotten before each question."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from serve import serve

from index.encoder import SentenceEncoder
from qa import load


class Remembering:
    """A model that notes what it is given."""

    def __init__(self, model, calls: list) -> None:
        self.model, self.calls, self.streams = model, calls, model.streams

    def __call__(self, batches):
        self.calls.append((self.model, batches))
        return self.model(batches)


class Kutip:
    def load(self, models: str) -> str:
        self.encoder = SentenceEncoder(f"{models}/encoder")
        self.models = models
        self.pipeline = None
        return "kutip"

    def open(self, library: str) -> int:
        if self.pipeline is not None:
            self.pipeline.close()
        self.pipeline = load(library, encoder=f"{self.models}/encoder", reader=f"{self.models}/reader")
        self.pipeline.warm_up()
        return self.pipeline.library.count()[1]

    def forget(self) -> None:
        self.pipeline.remembered.clear()
        self.pipeline.library.encoder.remembered.clear()

    def ask(self, question: str) -> str | None:
        self.forget()
        return self.pipeline.answer(question).text

    def batch(self, questions: list[str]) -> list[str | None]:
        self.forget()
        return [answer.text for answer in self.pipeline.answer_batch(questions)]

    def passages(self, question: str) -> list[str]:
        return [passage.text for passage in self.pipeline.search(question, 6)]

    def read(self, question: str, passages: list[str]) -> int:
        return len(self.pipeline.reader.read(question, passages))

    def prepare(self, question: str) -> int:
        """Remember the forward passes that a question's answer makes, to be run again without all else."""
        reader, self.calls = self.pipeline.reader, []
        tokenizer, forward = reader.load()
        quick = self.pipeline.library.encoder._quick
        reader._loaded, encode = (tokenizer, Remembering(forward, self.calls)), quick.model
        quick.model = Remembering(encode, self.calls)
        try:
            self.ask(question)
        finally:
            reader._loaded, quick.model = (tokenizer, forward), encode
        return sum(len(batch["input_ids"]) for _, batches in self.calls for batch in batches)

    def bare(self) -> None:
        for model, batches in self.calls:
            list(model(batches))  # comes as it is made

    def encode(self, texts: list[str]) -> int:
        return len(self.encoder.encode_documents(texts).rows)


if __name__ == "__main__":
    serve(Kutip())
