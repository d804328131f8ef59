"""Fine-tune the encoder to find the sentence with the answer, in the question's language or the other.

    python -m training.train_encoder models/encoder DATA build/encoder --steps 700

One step takes questions with the sentence that holds their answer, a near miss each (another sentence of
the same text, or the best BM25 sentence of another text; with ``--mine`` also what ``base`` itself puts next to
the question, Xiong et al. 2021), and pairs of translated sentences. Every question
is to find its own sentence among all of the batch (in-batch negatives, van den Oord et al. 2018), whose
sentences are of both languages, so that language itself does not pay. Vectors are compared as the product
compares them: with their language's mean removed. Resumable as the reader's training is.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import AutoModel

from index.encoder import PROMPTS
from index.languages import MEANS_FILE
from index.splitter import split_sentences
from training.data import read_articles, read_split, split_parallel
from training.loop import Run, bf16_helps
from training.mine import nearest
from training.windows import LANGUAGES, Bm25, as_people_type

WEIGHTS = {
    "facqa_id": 2.0,
    "squad_id_mt": 0.5,
    "squadshifts_new_wiki_en": 0.3,
    "squadshifts_reddit_en": 0.05,
    "squadshifts_amazon_reviews_en": 0.05,
    "cross_en_question_id_text": 2.0,
    "cross_id_question_en_text": 2.0,
}
USUAL = 0.3  # the least weight of a source whose sentences serve as near misses, and for which they are mined
LONGEST = 96  # tokens of a sentence
TEMPERATURE = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the sentence that answers it and one that does not, with their languages."""

    question: str
    asked_in: str
    positive: str
    negative: str | None
    language: str


def make_pairs(data: Path, seed: int, mined_by: Path | None = None, cache: Path | None = None) -> list[Pair]:
    """All pairs of one epoch; ``mined_by`` is an encoder whose own near misses are taken, too, kept in ``cache``."""
    rng = random.Random(seed)
    train = read_split(data, "train")
    sentences: dict[str, list[str]] = {}  # of each context
    pool: dict[str, list[str]] = defaultdict(list)
    for source, rows in train.items():
        language = LANGUAGES.get(source, "en")
        for context in dict.fromkeys(e.context for e in rows):
            if context not in sentences:
                sentences[context] = [s.cut(context) for s in split_sentences(context)]
                if WEIGHTS.get(source, 1.0) >= USUAL:
                    pool[language] += sentences[context]
    for article in rng.sample(read_articles(data), 1500):
        pool["id"] += [s.cut(article) for s in split_sentences(article)]
    bm25 = {language: Bm25(texts) for language, texts in pool.items()}
    twins = {("en", e.id): e.question for e in train["squad2_en"]} | {
        ("id", e.id): e.question for e in train["squad_id_mt"]
    }
    mined: dict[tuple[str, str], list[str]] = {}  # by language of the texts and question
    if mined_by is not None and cache is not None:
        for language, texts in pool.items():
            asked = list(
                dict.fromkeys(
                    e.question
                    for source, rows in train.items()
                    for e in rows
                    if LANGUAGES.get(source, "en") == language and e.answers and WEIGHTS.get(source, 1.0) >= USUAL
                )
            )
            best = nearest(asked, texts, 12, cache / f"mined.{language}.npy", mined_by)
            mined |= {(language, question): [texts[i] for i in row] for question, row in zip(asked, best, strict=True)}
    out = []
    for source, rows in train.items():
        language = LANGUAGES.get(source, "en")
        crossed = source.startswith("cross")
        asked_in = ("en" if language == "id" else "id") if crossed else language
        for example in rows:
            times = WEIGHTS.get(source, 1.0)
            if not example.answers:
                continue
            start, end = example.answers[0]
            spans = split_sentences(example.context)
            holds = [i for i, s in enumerate(spans) if s.start <= start < s.end]
            if not holds:
                continue
            answer = example.context[start:end].lower()
            others = [t for t in sentences[example.context] if answer not in t.lower()]
            query = (
                twins.get((language, example.id.split(":", 1)[-1]), example.question) if crossed else example.question
            )
            found = [pool[language][i] for i in bm25[language].top(query, 8) if answer not in pool[language][i].lower()]
            near = [t for t in mined.get((language, example.question), []) if answer not in t.lower()][:6]
            for _ in range(int(times) + (rng.random() < times % 1)):
                choice = others if others and rng.random() < 0.4 else near if near and rng.random() < 0.6 else found[:6]
                miss = rng.choice(choice) if choice else None
                question = as_people_type(example.question, rng)
                out.append(Pair(question, asked_in, spans[holds[0]].cut(example.context), miss, language))
    for english, indonesian in rng.sample(split_parallel(data)[0], 5000):
        way = rng.random() < 0.5
        out.append(Pair(english, "en", indonesian, None, "id") if way else Pair(indonesian, "id", english, None, "en"))
    rng.shuffle(out)
    return out


class Vectors:
    """Encode texts as the product does, with gradients."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(LONGEST)
        self.model = AutoModel.from_pretrained(
            folder,
            dtype=torch.float32,
            attn_implementation="eager",
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.means = load_file(folder / MEANS_FILE)
        self.bf16 = bf16_helps()

    def __call__(self, texts: list[str], role: str, languages: list[str]) -> Tensor:
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch([PROMPTS[role] + text for text in texts])]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        parts = []
        for first in range(0, len(order), 32):  # of like length: less padding
            chosen = order[first : first + 32]
            length = -(-max(len(rows[i]) for i in chosen) // 16) * 16
            ids = torch.full((len(chosen), length), 1)
            for at, i in enumerate(chosen):
                ids[at, : len(rows[i])] = torch.tensor(rows[i])
            mask = (ids != 1).long()
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
                hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(-1).float()
            parts.append((hidden.float() * weight).sum(dim=1) / weight.sum(dim=1))
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        unit = functional.normalize(torch.cat(parts)[back], dim=1)
        means = torch.stack([self.means[f"{role}.{language}"].float() for language in languages])
        return functional.normalize(unit - means, dim=1)


def loss_of(vectors: Vectors, batch: list[Pair]) -> Tensor:
    """Cross-entropy of each question's own sentence among all of the batch."""
    texts = [pair.positive for pair in batch]
    languages = [pair.language for pair in batch]
    for pair in batch:
        if pair.negative is not None:
            texts.append(pair.negative)
            languages.append(pair.language)
    asked = vectors([pair.question for pair in batch], "query", [pair.asked_in for pair in batch])
    similar = asked @ vectors(texts, "document", languages).T / TEMPERATURE
    same = torch.tensor([[text == pair.positive for text in texts] for pair in batch])
    same[torch.arange(len(batch)), torch.arange(len(batch))] = False
    return functional.cross_entropy(similar.masked_fill(same, float("-inf")), torch.arange(len(batch)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path, help="a folder as training.make_encoder writes it")
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--pairs", type=int, default=48, help="pairs a step")
    parser.add_argument("--learning-rate", type=float, default=4e-5)
    parser.add_argument("--warm-up", type=int, default=50)
    parser.add_argument("--save-every", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--mine", action="store_true", help="take near misses of the base encoder, too")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    vectors = Vectors(arguments.base)
    model = vectors.model
    model.embeddings.requires_grad_(False)
    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=arguments.learning_rate, weight_decay=0.01)
    run = Run(model, optimizer, arguments.target, arguments.steps, arguments.warm_up, arguments.save_every)
    pairs = make_pairs(arguments.data, arguments.seed, arguments.base if arguments.mine else None, arguments.target)
    per_epoch = len(pairs) // arguments.pairs
    print(f"{len(pairs)} pairs, {per_epoch} steps an epoch", flush=True)
    run.start()
    for step in range(run.done + 1, arguments.steps + 1):
        epoch, at = divmod(step - 1, per_epoch)
        if at == 0 or step == run.done + 1:
            order = list(range(len(pairs)))
            random.Random(arguments.seed + epoch).shuffle(order)
        batch = [pairs[i] for i in order[at * arguments.pairs : (at + 1) * arguments.pairs]]
        run.learn(loss_of(vectors, batch), step, arguments.pairs, "pairs")
    model.save_pretrained(arguments.target)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (arguments.target / name).write_bytes((arguments.base / name).read_bytes())
    settings = {key: str(value) for key, value in vars(arguments).items()}
    (arguments.target / "training.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
