"""What the contenders are asked about: sentences, the passages around them, and vectors, made once for all.

Every contender searches the same sentences by vectors of the same encoder and reads the same passages, so that what
is compared is the way from a question to an answer. kutip's own library holds the same vectors with the languages'
means taken away, as always.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from index.article import Article, Span
from index.encoder import SentenceEncoder
from index.library import Library
from index.splitter import split_sentences
from qa.retriever import BACK, FORWARD, ROOM, widened

ROOT = Path(__file__).parents[1]


class Remembering(SentenceEncoder):
    """The shipped encoder, except that vectors of texts that were encoded before are looked up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.rows: dict[str, np.ndarray] = {}

    def _plain(self, texts, role, progress=None):
        if role == "document" and all(text in self.rows for text in texts) and texts:
            return np.stack([self.rows[text] for text in texts])
        return super()._plain(texts, role, progress)


def articles(data: Path, count: int) -> list[Article]:
    """The sample article and ``count`` of news."""
    sample = [
        Article.from_text(path.read_text(encoding="utf-8"), source=path.name)
        for path in sorted((ROOT / "seeds").glob("*.txt"))
    ]
    with gzip.open(data / "corpus" / "indosum_id.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for _, line in zip(range(count), file, strict=False)]
    return sample + [Article.from_text(text, source=f"indosum/{number}") for number, text in enumerate(texts)]


def corpus(data: Path, count: int, build: Path, models: Path) -> Path:
    """A folder with ``units.jsonl``, ``vectors.npy`` (n, d) float16, and kutip's ``library``."""
    encoder = Remembering(models / "encoder")
    named = hashlib.sha256(f"{encoder.fingerprint} {count} {BACK} {FORWARD} {ROOM}".encode()).hexdigest()[:12]
    folder = build / f"corpus-{count}-{named}"
    if (folder / "done").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = list({article.id: article for article in articles(data, count)}.values())
    units = []
    for article in chosen:
        spans = tuple(split_sentences(article.text))
        for at, span in enumerate(spans):
            near = widened(spans, at)
            units.append((span.cut(article.text), Span(near[0].start, near[-1].end).cut(article.text)))
    sentences = [sentence for sentence, _ in units]
    print(f"  encoding {len(sentences):,} sentences, once…", flush=True)
    told = [0]

    def progress(done: int) -> None:
        told[0] += done
        if told[0] % 5120 < 256:
            print(f"    {told[0]:,}", flush=True)

    rows = encoder._plain(sentences, "document", progress)
    with (folder / "units.jsonl").open("w", encoding="utf-8") as file:
        for sentence, passage in units:
            file.write(json.dumps({"sentence": sentence, "passage": passage}, ensure_ascii=False) + "\n")
    np.save(folder / "vectors.npy", rows.astype(np.float16))
    encoder.rows = dict(zip(sentences, rows, strict=True))
    with Library.open(folder / "library", encoder) as library:
        library.add(chosen)
        library.nearest(rows[:1], 1)  # so that its index is kept, too
    (folder / "done").touch()
    return folder
