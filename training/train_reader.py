"""Fine-tune the base encoder into an extractive reader that can say "the articles do not say".

    python -m training.train_reader build/e5-small-id-en DATA build/reader --steps 1400

Every token's start and end logits are taken relative to the ``<s>`` logit of their own window, which
makes windows comparable; all windows of one question then share one softmax with one "no answer" of
score 0 (the shared-norm objective of Clark & Gardner 2018, arXiv:1710.10723). A question with a single
window is the ordinary SQuAD 2.0 loss. Checkpoints are written every ``--save-every`` steps; running the
same command again goes on from the last one.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import time
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from training.data import REASONS, TABLES, UNMARKED, read_articles, read_split
from training.loop import Run, bf16_helps
from training.reasons import reason_examples, unmarked_examples
from training.tables import table_examples
from training.windows import WHY, Group, GroupMaker

WEIGHTS = {
    "facqa_id": 2.0,
    "idk_mrc_id": 1.0,
    "squad_id_mt": 0.5,
    "tydiqa_en": 1.2,
    "squad2_en": 1.3,
    "squadshifts_new_wiki_en": 0.5,
    "squadshifts_reddit_en": 0.12,
    "squadshifts_amazon_reviews_en": 0.12,
    "cross_en_question_id_text": 1.5,
    "cross_id_question_en_text": 1.5,
    REASONS: 0.5,
    UNMARKED: 0.0,
    TABLES[0]: 0.0,
    TABLES[1]: 0.0,
}
MAX_TOKENS = 256
PAD = 1


def encode(tokenizer: Tokenizer, group: Group) -> list[dict[str, Any]] | None:
    """Rows of token ids with the gold tokens of each window; None when the gold span was cut off."""
    rows = []
    for text, span in group.windows:
        encoding = tokenizer.encode(group.question, text)
        row: dict[str, Any] = {"ids": encoding.ids, "context": [s == 1 for s in encoding.sequence_ids], "gold": None}
        row["held"] = WHY.search(group.question) is None
        if span is not None:
            inside = [
                i
                for i, (sequence, (a, b)) in enumerate(zip(encoding.sequence_ids, encoding.offsets, strict=True))
                if sequence == 1 and a < span[1] and b > span[0]
            ]
            if not inside or encoding.offsets[inside[-1]][1] < span[1]:
                return None
            row["gold"] = (inside[0], inside[-1])
        rows.append(row)
    return rows


def batches(groups: list[list[dict[str, Any]]], rows: int, rng: random.Random) -> list[list[list[dict[str, Any]]]]:
    """Batches of about ``rows`` rows, groups of like length together."""
    out = []
    for chunk_start in range(0, len(groups), 60 * rows):
        chunk = groups[chunk_start : chunk_start + 60 * rows]
        chunk.sort(key=lambda g: max(len(r["ids"]) for r in g))
        batch: list[list[dict[str, Any]]] = []
        for group in chunk:
            batch.append(group)
            if sum(map(len, batch)) >= rows:
                out.append(batch)
                batch = []
    rng.shuffle(out)
    return out


def collate(batch: list[list[dict[str, Any]]]) -> dict[str, Tensor]:
    rows = [row for group in batch for row in group]
    length = -(-max(len(row["ids"]) for row in rows) // 32) * 32
    ids = torch.full((len(rows), length), PAD)
    context = torch.zeros((len(rows), length), dtype=torch.bool)
    gold = torch.full((len(rows), 2), -1)
    for i, row in enumerate(rows):
        ids[i, : len(row["ids"])] = torch.tensor(row["ids"])
        context[i, : len(row["ids"])] = torch.tensor(row["context"])
        if row["gold"]:
            gold[i] = torch.tensor(row["gold"])
    group_of = torch.tensor([g for g, group in enumerate(batch) for _ in group])
    held = torch.tensor([row["held"] for row in rows])
    return {"ids": ids, "context": context, "gold": gold, "group": group_of, "held": held}


def shared_norm_loss(logits: Tensor, context: Tensor, gold: Tensor, group: Tensor) -> Tensor:
    """Mean over groups of −log p(gold), for one end of the span.

    ``logits`` (rows, tokens) float; ``context`` (rows, tokens) bool: tokens that may be answers; ``gold``
    (rows,) token index or −1; ``group`` (rows,) index of the question.
    """
    relative = logits - logits[:, :1]
    row_mass = relative.masked_fill(~context, float("-inf")).logsumexp(dim=1)
    groups = int(group.max()) + 1
    top = torch.zeros(groups).scatter_reduce(0, group, row_mass.detach(), "amax")  # ≥ 0, the null's score
    mass = torch.exp(-top).index_add(0, group, torch.exp(row_mass - top[group]))
    partition = top + mass.log()
    held = gold >= 0
    numerator = torch.zeros(groups).index_add(0, group[held], relative[held, gold[held]])
    return (partition - numerator).mean()


def held_loss(logits: Tensor, before: Tensor, context: Tensor, held: Tensor) -> Tensor:
    """Mean over the rows that are ``held`` of the Kullback–Leibler divergence from the reader that was begun with.

    ``logits``, ``before`` (rows, tokens) float; ``context`` (rows, tokens) bool; ``held`` (rows,) bool. The first
    token, "no answer", counts as well. (Learning without forgetting, Li & Hoiem 2016, arXiv:1606.09282.)
    """
    if not held.any():
        return logits.new_zeros(())
    counted = context[held].clone()
    counted[:, 0] = True
    now, then = (own[held].masked_fill(~counted, -1e4).log_softmax(dim=1) for own in (logits, before))
    return (then.exp() * (then - now)).sum(dim=1).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--rows", type=int, default=24, help="windows a step")
    parser.add_argument("--learning-rate", type=float, default=1.5e-4)
    parser.add_argument("--warm-up", type=int, default=80)
    parser.add_argument("--freeze-layers", type=int, default=0, help="lowest layers left as they are")
    parser.add_argument("--layer-decay", type=float, default=0.95, help="each layer's rate over that of the one above")
    parser.add_argument(
        "--mine", action=argparse.BooleanOptionalAction, default=True, help="near misses by the encoder"
    )
    parser.add_argument("--dropout", type=float, default=0.0, help="of the hidden states")
    parser.add_argument("--alone", type=float, default=0.0, help="share of questions read on single sentences")
    parser.add_argument("--careless", type=float, default=0.0, help="share of questions with a mistake in a word")
    parser.add_argument(
        "--hold",
        type=float,
        default=0.0,
        help="weight of staying with the base's answers to all but why- and how-questions",
    )
    parser.add_argument("--save-every", type=int, default=100)
    parser.add_argument(
        "--reasons", type=int, default=3, help="how many times as often why- and how-questions are drawn"
    )
    parser.add_argument("--weight", action="append", default=[], metavar="SOURCE=TIMES", help="draw a source so often")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--draw", type=int, help="seed of what is drawn from the same pools, so that what was mined serves several runs"
    )
    arguments = parser.parse_args()
    draw = arguments.seed if arguments.draw is None else arguments.draw
    torch.manual_seed(draw)
    rng = random.Random(draw)

    tokenizer = Tokenizer.from_file(str(arguments.base / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    weights = WEIGHTS | {
        source: float(weight) for source, _, weight in (text.partition("=") for text in arguments.weight)
    }
    articles = read_articles(arguments.data)
    train = read_split(arguments.data, "train")
    train |= {
        REASONS: reason_examples(articles, arguments.seed),
        UNMARKED: unmarked_examples(articles, arguments.seed) if weights[UNMARKED] else [],
    }
    if weights[TABLES[0]]:
        train |= table_examples(articles, [e.context for e in train["squad2_en"]], arguments.seed)
    mined = arguments.target if arguments.mine else None
    maker = GroupMaker(
        train, articles, weights, arguments.seed, arguments.reasons, mined, arguments.alone, arguments.careless
    )
    if arguments.draw is not None:
        maker.rng = random.Random(draw)

    model = AutoModelForQuestionAnswering.from_pretrained(
        arguments.base,
        dtype=torch.float32,
        attn_implementation="eager",
        hidden_dropout_prob=arguments.dropout,
        attention_probs_dropout_prob=0.0,
    )
    model.bert.embeddings.requires_grad_(False)
    for layer in model.bert.encoder.layer[: arguments.freeze_layers]:
        layer.requires_grad_(False)
    # Lower layers, which know the languages already, move less.
    depth = len(model.bert.encoder.layer)
    groups = [
        {"params": list(layer.parameters()), "lr": arguments.learning_rate * arguments.layer_decay ** (depth - 1 - i)}
        for i, layer in enumerate(model.bert.encoder.layer)
        if i >= arguments.freeze_layers
    ]
    groups.append({"params": list(model.qa_outputs.parameters()), "lr": arguments.learning_rate})
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    bf16 = bf16_helps()
    before = copy.deepcopy(model).eval() if arguments.hold else None
    run = Run(model, optimizer, arguments.target, arguments.steps, arguments.warm_up, arguments.save_every)
    run.start()
    step = 0
    while step < arguments.steps:
        groups = [rows for group in maker.epoch() if (rows := encode(tokenizer, group)) is not None]
        epoch = batches(groups, arguments.rows, rng)
        print(f"an epoch has {len(epoch)} steps, {sum(map(len, groups))} windows", flush=True)
        for batch in epoch:
            if step >= arguments.steps:
                break
            step += 1
            if step <= run.done:
                continue
            inputs = collate(batch)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                output = model(input_ids=inputs["ids"], attention_mask=(inputs["ids"] != PAD).long())
            ends = zip((output.start_logits.float(), output.end_logits.float()), inputs["gold"].T, strict=True)
            loss = sum(shared_norm_loss(logits, inputs["context"], gold, inputs["group"]) for logits, gold in ends) / 2
            if before is not None:
                with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                    earlier = before(input_ids=inputs["ids"], attention_mask=(inputs["ids"] != PAD).long())
                pairs = ((output.start_logits, earlier.start_logits), (output.end_logits, earlier.end_logits))
                loss = loss + arguments.hold * sum(
                    held_loss(own.float(), other.float(), inputs["context"], inputs["held"]) / 2 for own, other in pairs
                )
            run.learn(loss, step, arguments.rows, "windows")

    model.save_pretrained(arguments.target)
    AutoTokenizer.from_pretrained(arguments.base).save_pretrained(arguments.target)
    settings = {key: str(value) for key, value in vars(arguments).items()} | {
        "minutes": round((time.monotonic() - run.began) / 60)
    }
    (arguments.target / "training.json").write_text(json.dumps(settings, indent=2))


if __name__ == "__main__":
    main()
