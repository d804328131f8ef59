"""Cut the vocabulary down to what Indonesian and English text uses.

    python -m training.trim_vocabulary build/e5-small DATA build/e5-small-id-en --rows 60000

A Unigram tokenizer takes the best-scoring path through its pieces, so removing pieces that a text's
best path does not use leaves that path the best: tokenization stays the same wherever all its pieces
were kept. Kept are the special tokens, every piece seen in the id/en texts at hand, every single
character (so that no letter becomes unknown; of the large scripts below only those seen), and then the
most probable other pieces in ASCII, the alphabet of both languages, until ``--rows`` are full.
"""

from __future__ import annotations

import argparse
import json
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from training.data import read_articles, read_parallel, read_split

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
# Ten thousand of the single characters are of these scripts: they would cost a sixth of all rows.
LARGE_SCRIPTS = ("CJK UNIFIED", "CJK COMPATIBILITY", "HANGUL SYLLABLE", "ETHIOPIC")
BATCH = 4096


def texts_at_hand(data: Path) -> list[str]:
    texts = read_articles(data)
    for pair in read_parallel(data):
        texts.extend(pair)
    for examples in read_split(data, "train").values():
        texts.extend({example.context for example in examples})
        texts.extend(example.question for example in examples)
    return texts


def count_tokens(tokenizer_file: Path, texts: list[str]) -> Counter[str]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    counts: Counter[str] = Counter()
    for start in range(0, len(texts), BATCH):
        for encoding in tokenizer.encode_batch(texts[start : start + BATCH], add_special_tokens=False):
            counts.update(encoding.tokens)
    return counts


def is_small_character(piece: str) -> bool:
    """Whether a piece is one character, with or without the space mark, and not of a large script.

    >>> is_small_character("▁ß"), is_small_character("ber"), is_small_character("漢")
    (True, False, False)
    """
    character = piece.removeprefix("▁")
    return len(character) <= 1 and not unicodedata.name(character or "▁", "").startswith(LARGE_SCRIPTS)


def choose_pieces(pieces: list[tuple[str, float]], seen: Iterable[str], rows: int) -> list[int]:
    """Indices of the pieces to keep, in their old order: at most ``rows`` of them.

    Raises ValueError when what must be kept is already more.
    """
    must = set(seen) | set(SPECIAL)
    keep = {i for i, (piece, _) in enumerate(pieces) if piece in must or is_small_character(piece)}
    if len(keep) > rows:
        raise ValueError(f"{len(keep)} pieces must be kept, more than the {rows} rows asked for")
    others = (i for i, (piece, _) in enumerate(pieces) if i not in keep and piece.removeprefix("▁").isascii())
    rest = sorted(others, key=lambda i: -pieces[i][1])
    keep.update(rest[: rows - len(keep)])
    return sorted(keep)


def trim(source: Path, data: Path, target: Path, rows: int) -> dict[str, float]:
    """Write the trimmed model folder; returns its figures."""
    import torch
    from transformers import AutoModel

    specification = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = [(piece, score) for piece, score in specification["model"]["vocab"]]
    counts = count_tokens(source / "tokenizer.json", texts_at_hand(data))
    kept = choose_pieces(pieces, counts, rows - 1)  # one row is <mask>, which stands behind the pieces

    mask = next(token for token in specification["added_tokens"] if token["content"] == "<mask>")
    old_rows = [*kept, mask["id"]]
    mask["id"] = len(kept)
    specification["model"]["vocab"] = [list(pieces[i]) for i in kept]

    target.mkdir(parents=True, exist_ok=True)
    (target / "tokenizer.json").write_text(json.dumps(specification, ensure_ascii=False), encoding="utf-8")
    shutil.copy(source / "tokenizer_config.json", target / "tokenizer_config.json")
    model = AutoModel.from_pretrained(source, dtype=torch.float32, add_pooling_layer=False)
    words = model.embeddings.word_embeddings.weight.data[torch.tensor(old_rows)]
    model.resize_token_embeddings(len(old_rows), mean_resizing=False)
    model.embeddings.word_embeddings.weight.data.copy_(words)
    model.save_pretrained(target)

    dev = [text for examples in read_split(data, "dev").values() for e in examples for text in (e.question, e.context)]
    return {
        "rows": len(old_rows),
        "distinct_pieces_seen": len(counts),
        "tokens_counted": counts.total(),
        "same_tokens_on_dev": same_tokens(source / "tokenizer.json", target / "tokenizer.json", dev),
    }


def same_tokens(old_file: Path, new_file: Path, texts: list[str]) -> float:
    """The share of ``texts``' tokens, by the old tokenizer, that stand in a text both tokenize alike."""
    from tokenizers import Tokenizer

    old, new = Tokenizer.from_file(str(old_file)), Tokenizer.from_file(str(new_file))
    total = same = 0
    for text in set(texts):
        before, after = old.encode(text), new.encode(text)
        here = set(zip(before.tokens, before.offsets, strict=True))
        total += len(before.tokens)
        same += sum(token in here for token in zip(after.tokens, after.offsets, strict=True))
    return same / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the unpacked base model")
    parser.add_argument("data", type=Path, help="the data folder")
    parser.add_argument("target", type=Path, help="folder to write")
    parser.add_argument("--rows", type=int, default=64_000)
    arguments = parser.parse_args()
    print(json.dumps(trim(arguments.source, arguments.data, arguments.target, arguments.rows)))


if __name__ == "__main__":
    main()
