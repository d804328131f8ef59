"""Turn questions into groups of (question, window) rows, as the product will meet them.

A group is one question with one or more windows. At most one window holds the gold answer; the others
are near misses: other windows of the same context, the best BM25 passages of other articles, or news
drawn at random. A crossed question's near misses are found through its twin in the context's language.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from training.data import REASONS, TABLES, UNMARKED, Example
from training.mine import nearest

BOUNDARY = re.compile(r"(?<=[.!?\"”])\s+(?=[\"“(A-Z0-9])")
WORD = re.compile(r"\w+")
WINDOW_CHARACTERS = 620
LONG_CHARACTERS = 1000  # about 256 tokens, the longest window that the reader reads
ONE_SENTENCE = 0  # a limit that lets no window grow: the second look reads sentences alone
WHY = re.compile(
    r"\b(why|mengapa|kenapa|how(?! (many|much|old|long|far|tall|often|big|large))|bagaimana|"
    r"apa (sebab|alasan|penyebab)|what (caused|reason))\b",
    re.IGNORECASE,
)

Window = tuple[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Group:
    """One question, its windows, and the gold span (start, end) in at most one of them."""

    question: str
    windows: tuple[Window, ...]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Rough sentence spans, good enough to cut training windows."""
    cuts = [0, *(match.end() for match in BOUNDARY.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if a < b]


def grow(spans: Sequence[tuple[int, int]], first: int, last: int, limit: int, rng: random.Random) -> tuple[int, int]:
    """Widen the sentences ``first..last`` at random, mostly forward, while they fit into ``limit`` characters."""
    back, forward = rng.choice((0, 1, 1, 2)), rng.choice((1, 2, 3, 3, 4))
    for _ in range(back + forward):
        ahead = rng.random() < forward / (back + forward)
        if ahead and last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= limit:
            last += 1
        elif not ahead and first > 0 and spans[last][1] - spans[first - 1][0] <= limit:
            first -= 1
    return spans[first][0], spans[last][1]


def answer_window(context: str, answer: tuple[int, int], limit: int, rng: random.Random) -> Window:
    """A window of whole sentences around the answer; the context itself where that is asked for and fits."""
    if limit == LONG_CHARACTERS and len(context) <= limit:
        return context, answer
    spans = sentence_spans(context)
    first = max(i for i, (a, _) in enumerate(spans) if a <= answer[0])
    last = min(i for i, (_, b) in enumerate(spans) if b >= answer[1])
    start, end = grow(spans, first, max(first, last), limit, rng)
    return context[start:end], (answer[0] - start, answer[1] - start)


def miss_window(context: str, question: str, taboo: Sequence[str], limit: int, rng: random.Random) -> Window | None:
    """A window without any of the ``taboo`` answers, by preference one that shares words with the question."""
    if limit == LONG_CHARACTERS and len(context) <= limit and not any(a.lower() in context.lower() for a in taboo):
        return context, None
    spans = sentence_spans(context)
    words = set(WORD.findall(question.lower()))
    shared = [len(words & set(WORD.findall(context[a:b].lower()))) + rng.random() for a, b in spans]
    for i in sorted(range(len(spans)), key=lambda i: -shared[i])[:4]:
        start, end = grow(spans, i, i, limit, rng)
        window = context[start:end][: 2 * (limit or WINDOW_CHARACTERS)]
        if not any(answer.lower() in window.lower() for answer in taboo):
            return window, None
    return None


class Bm25:
    """BM25 over a fixed list of passages (k1 = 1.2, b = 0.75), as a sparse matrix."""

    def __init__(self, passages: Sequence[str]) -> None:
        self.vocabulary: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        counts: list[int] = []
        lengths: list[int] = []
        for row, passage in enumerate(passages):
            terms: dict[int, int] = defaultdict(int)
            for word in WORD.findall(passage.lower()):
                terms[self.vocabulary.setdefault(word, len(self.vocabulary))] += 1
            rows += [row] * len(terms)
            columns += terms.keys()
            counts += terms.values()
            lengths.append(sum(terms.values()))
        shape = (len(passages), len(self.vocabulary))
        tf = np.array(counts, dtype=np.float32)
        length = np.array(lengths, dtype=np.float32)[rows] / max(1.0, float(np.mean(lengths)))
        present = np.bincount(columns, minlength=shape[1])
        idf = np.log(1 + (shape[0] - present + 0.5) / (present + 0.5)).astype(np.float32)
        weight = idf[columns] * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length))
        self.matrix = csr_matrix((weight, (rows, columns)), shape=shape).tocsc()

    def top(self, question: str, k: int) -> list[int]:
        """Indices of the k best passages for a question, best first."""
        columns = [self.vocabulary[w] for w in set(WORD.findall(question.lower())) if w in self.vocabulary]
        if not columns:
            return []
        scores = np.asarray(self.matrix[:, columns].sum(axis=1)).ravel()
        best = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
        return [int(i) for i in best[np.argsort(-scores[best])] if scores[i] > 0]


def as_people_type(question: str, rng: random.Random) -> str:
    """Sometimes lower-cased, without its question mark, or with two letters swapped."""
    if rng.random() < 0.15:
        question = question.lower()
    if rng.random() < 0.2:
        question = question.rstrip("? ")
    if rng.random() < 0.04 and len(question) > 12:
        i = rng.randrange(3, len(question) - 3)
        question = question[:i] + question[i + 1] + question[i] + question[i + 2 :]
    return question


def mistyped(question: str, rng: random.Random) -> str:
    """A question with a mistake in one of its words: a letter lost, doubled, another one, or two swapped."""
    words = [word for word in WORD.finditer(question) if len(word[0]) > 3 and word[0].isalpha()]
    if not words:
        return question
    word = rng.choice(words)
    at, kind = word.start() + rng.randrange(1, len(word[0]) - 1), rng.random()
    one, other = question[at], question[at + 1]
    wrong = one * 2 + other if kind < 0.2 else other if kind < 0.5 else other + one if kind < 0.75 else None
    return question[:at] + (wrong or rng.choice("aiueonrstklm") + other) + question[at + 2 :]


def in_small(windows: Sequence[Window]) -> tuple[Window, ...]:
    """The windows in small letters, where these are as many."""
    return tuple((low if len(low := text.lower()) == len(text) else text, span) for text, span in windows)


LANGUAGES = {
    "squad_id_mt": "id",
    "facqa_id": "id",
    "idk_mrc_id": "id",
    "cross_en_question_id_text": "id",
    REASONS: "id",
    UNMARKED: "id",
    TABLES[0]: "id",
}


class GroupMaker:
    """Draws training groups from the data; the same seed draws the same groups."""

    def __init__(
        self,
        train: dict[str, list[Example]],
        articles: Sequence[str],
        weights: dict[str, float],
        seed: int,
        reasons: int = 3,
        mined: Path | None = None,
        alone: float = 0.0,
        careless: float = 0.0,
    ) -> None:
        """``alone``: the share of questions whose windows are single sentences; ``careless``: of those with a mistake
        in a word; the windows of half as many are in small letters throughout."""
        self.reasons = reasons
        self.alone = alone
        self.careless = careless
        self.rng = random.Random(seed)
        self.articles = articles
        self.weights = weights
        self.train = train
        self.pools: dict[str, list[str]] = {}
        for language in ("id", "en"):
            contexts = {e.context for s, rows in train.items() if LANGUAGES.get(s, "en") == language for e in rows}
            self.pools[language] = sorted(contexts)
        self.pools["id"] += [self.cut_article(article) for article in articles]
        self.mined = {} if mined is None else self.mine(mined)
        self.bm25 = {language: Bm25(pool) for language, pool in self.pools.items()}
        # English questions → Indonesian twins and back, for mining across languages.
        self.twins: dict[tuple[str, str], str] = {}
        for crossed, plain in (
            ("cross_en_question_id_text", "squad_id_mt"),
            ("cross_id_question_en_text", "squad2_en"),
        ):
            by_id = {example.id: example.question for example in train[plain]}
            for example in train[crossed]:
                twin = by_id.get(example.id.split(":", 1)[1])
                if twin:
                    self.twins[crossed, example.id] = twin

    def mine(self, folder: Path) -> dict[tuple[str, str], list[str]]:
        """The passages of the context's language that the encoder finds for each question."""
        out: dict[tuple[str, str], list[str]] = {}
        for language, pool in self.pools.items():
            asked = [
                e
                for source, rows in self.train.items()
                if LANGUAGES.get(source, "en") == language and self.weights.get(source, 1.0) > 0
                for e in rows
                if e.answers
            ]
            rows = nearest([e.question for e in asked], pool, 8, folder / f"mined.{language}.npy")
            for example, hits in zip(asked, rows, strict=True):
                out[example.source, example.id] = [pool[i] for i in hits]
        return out

    def cut_article(self, article: str) -> str:
        spans = sentence_spans(article)
        start, end = grow(spans, i := self.rng.randrange(len(spans)), i, WINDOW_CHARACTERS, self.rng)
        return article[start:end][: 2 * WINDOW_CHARACTERS]

    def near_miss(self, example: Example, taboo: Sequence[str], limit: int) -> Window | None:
        """One of the best passages of another context, by BM25 or by the encoder, that does not hold the answer."""
        language = LANGUAGES.get(example.source, "en")
        query = self.twins.get((example.source, example.id), example.question)
        pool = self.pools[language]
        found = self.mined.get((example.source, example.id))
        if found is None or self.rng.random() < 0.4:
            found = [pool[i] for i in self.bm25[language].top(query, 6)]
        hits = [passage for passage in found if passage != example.context][:4]
        self.rng.shuffle(hits)
        for passage in hits:
            window = miss_window(passage, query, taboo, limit, self.rng)
            if window and len(window[0]) > 40:
                return window
        return None

    def group(self, example: Example) -> Group | None:
        rng = self.rng
        question = as_people_type(example.question, rng)
        texts = [example.context[a:b] for a, b in example.answers]
        alone = self.alone > 0 and rng.random() < self.alone
        limit = ONE_SENTENCE if alone else LONG_CHARACTERS if rng.random() < 0.5 else WINDOW_CHARACTERS
        beside = min(limit, WINDOW_CHARACTERS)  # of the misses that stand beside an answer
        roll = rng.random()
        if not example.answers:
            own = miss_window(example.context, example.question, (), limit, rng)
            return Group(question, (own,)) if own else None
        if roll < 0.03:  # news that has nothing to do with the question
            window = (self.cut_article(rng.choice(self.articles)), None)
            return None if any(t.lower() in window[0].lower() for t in texts) else Group(question, (window,))
        if roll < 0.15:  # a near miss alone: the right reply is that it does not say
            miss = self.near_miss(example, texts, limit)
            return Group(question, (miss,)) if miss else None
        answers = [(a, b) for a, b in example.answers if b - a <= 300]
        if not answers:
            return None
        windows = [answer_window(example.context, answers[0], limit, rng)]
        if roll < 0.32:
            miss = self.near_miss(example, texts, beside)
            windows += [miss] if miss else []
        elif roll < 0.40 and len(example.context) > len(windows[0][0]) + 200:
            miss = miss_window(example.context, example.question, texts, beside, rng)
            windows += [miss] if miss else []
        return Group(question, tuple(windows))

    def epoch(self) -> list[Group]:
        """One pass: each source taken ``weights`` times over, why- and how-questions `reasons` times as often."""
        chosen: list[Example] = []
        for source, examples in self.train.items():
            weight = self.weights.get(source, 1.0)
            for example in examples:
                causal = source not in (REASONS, UNMARKED) and example.answers and WHY.search(example.question)
                times = weight * (self.reasons if causal else 1)
                chosen += [example] * (int(times) + (self.rng.random() < times % 1))
        self.rng.shuffle(chosen)
        groups = (self.group(example) for example in chosen)
        return [self.carelessly(group) if self.careless else group for group in groups if group is not None]

    def carelessly(self, group: Group) -> Group:
        """Some groups as people type and write who do not care for letters."""
        roll = self.rng.random()
        if roll < self.careless:
            return Group(mistyped(group.question, self.rng), group.windows)
        return Group(group.question, in_small(group.windows)) if roll < 1.5 * self.careless else group
