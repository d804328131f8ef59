"""kutip as a contender. Remembered answers and question vectors are forgotten before each question."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from serve import serve

from index.encoder import SentenceEncoder
from qa import load
from qa.reader import alike


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
        """The forward passes that a question needs, ready to be run."""
        tokenizer, self.forward = self.pipeline.reader.load()
        windows = [window for _, window in self.pipeline.reader._cut(tokenizer, question, self.passages(question))]
        batches = alike([len(window.ids) for window in windows], self.forward.streams)
        self.batches = [self.pipeline.reader._inputs([windows[row] for row in batch]) for batch in batches]
        self.quick = self.pipeline.library.encoder._quick
        self.query = self.quick.inputs([self.quick.tokenizer.encode(f"query: {question}").ids])
        return len(windows)

    def bare(self) -> None:
        self.quick.model([self.query])
        self.forward(self.batches)

    def encode(self, texts: list[str]) -> int:
        return len(self.encoder.encode_documents(texts).rows)


if __name__ == "__main__":
    serve(Kutip())
