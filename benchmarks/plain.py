"""Question answering as most people would write it: sentence-transformers, FAISS and transformers, with our weights."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import faiss
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModelForQuestionAnswering, AutoTokenizer


class Plain:
    """Every sentence embedded; the six nearest with their neighbours read one after another."""

    def __init__(self, models: Path) -> None:
        self.encoder = SentenceTransformer(
            str(models / "encoder"), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32}
        )
        self.tokenizer = AutoTokenizer.from_pretrained(models / "reader", local_files_only=True)
        self.reader = AutoModelForQuestionAnswering.from_pretrained(
            models / "reader", dtype=torch.float32, local_files_only=True
        ).eval()
        self.sentences: list[tuple[int, int]] = []
        self.articles: list[list[str]] = []

    def add(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.articles.append([s for s in re.split(r"(?<=[.!?])\s+", text) if s.strip()])
        self.sentences = [(a, s) for a, own in enumerate(self.articles) for s in range(len(own))]
        flat = [self.articles[a][s] for a, s in self.sentences]
        rows = self.encoder.encode(flat, prompt_name="document", batch_size=32, normalize_embeddings=True)
        self.index = faiss.IndexFlatIP(rows.shape[1])
        self.index.add(rows)

    def passages(self, question: str) -> list[str]:
        row = self.encoder.encode([question], prompt_name="query", normalize_embeddings=True)
        _, found = self.index.search(row, 6)
        out = []
        for number in found[0]:
            if number >= 0:
                article, at = self.sentences[number]
                out.append(" ".join(self.articles[article][max(0, at - 1) : at + 4]))
        return out

    def read(self, question: str, passages: Sequence[str]) -> str:
        best = (float("-inf"), "")
        for passage in passages:
            encoded = self.tokenizer(
                question,
                passage,
                return_tensors="pt",
                truncation="only_second",
                max_length=256,
                return_offsets_mapping=True,
            )
            offsets, kinds = encoded.pop("offset_mapping")[0], encoded.sequence_ids(0)
            with torch.inference_mode():
                output = self.reader(**encoded)
            start, end = output.start_logits[0], output.end_logits[0]
            for first in start.topk(min(10, len(start))).indices.tolist():
                for last in end.topk(min(10, len(end))).indices.tolist():
                    if first <= last < first + 40 and kinds[first] == kinds[last] == 1:
                        score = float(start[first] + end[last] - start[0] - end[0])
                        best = max(best, (score, passage[offsets[first][0] : offsets[last][1]]))
        return best[1] if best[0] > 0 else ""

    def answer(self, question: str) -> str:
        return self.read(question, self.passages(question))


if __name__ == "__main__":
    plain = Plain(Path(__file__).parents[1] / "models")
    plain.add([path.read_text(encoding="utf-8") for path in sorted(Path(sys.argv[1]).glob("*.txt"))])
    print(plain.answer(sys.argv[2]))
