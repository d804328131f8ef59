"""Measure a reader, a retriever, or the whole way, on files of questions with known answers.

All three modes give one `Report` a file. ``reader`` reads the given context alone; ``retrieval`` pools the
file's contexts with the corpus and looks for the gold answer's place; ``end-to-end`` asks that pool.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from index.any_library import AnyLibrary
from index.article import Article, Span, normalize
from index.encoder import SentenceEncoder
from index.library import Library
from index.splitter import split_sentences
from qa.answers import Passage, Status
from qa.calibration import Calibration
from qa.config import ENCODER_VARIABLE, READER_VARIABLE, model_name
from qa.decoding import decode
from qa.errors import DataError
from qa.metrics import (
    ReliabilityBin,
    auroc,
    exact_match,
    expected_calibration_error,
    f1,
    mean_reciprocal_rank,
    recall_at,
    reliability,
    risk_coverage,
)
from qa.pipeline import Pipeline, checked
from qa.reader import Reader, TransformersReader, use_threads
from qa.reasons import head_start
from qa.retriever import retrieve

DEPTH = 20  # passages looked at in retrieval mode
RIGHT_FROM = 0.5  # token F1 from which a quote counts as right, as in the calibration
THRESHOLDS = np.arange(-8, 8.25, 0.25)  # logits, for the best threshold of a file
BATCH = 32
NOTHING = -99.0  # the margin where there is no candidate at all

Tick = Callable[[int], object]


class Mode(StrEnum):
    """What is measured."""

    READER = "reader"
    RETRIEVAL = "retrieval"
    END_TO_END = "end-to-end"


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one context. ``answers`` are spans of the context; none means that it does not say."""

    id: str
    question: str
    context: str
    answers: tuple[Span, ...] = ()

    @property
    def golds(self) -> list[str]:
        """The gold answers' texts."""
        return [span.cut(self.context) for span in self.answers]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best quote for one example whatever its chance, "" without any; whether it was given as the answer."""

    example: Example
    quote: str
    margin: float
    confidence: float
    answered: bool

    @property
    def right(self) -> bool:
        """Whether the quote is a gold answer, or near enough to one."""
        return bool(self.example.answers) and self.span_f1 >= RIGHT_FROM

    @property
    def span_f1(self) -> float:
        """Token F1 of the quote, whether it was given or not."""
        return f1(self.quote, self.example.golds, language_of(self.example.context))


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured on one file; None for what the mode does not measure.

    Matches, accuracies and recalls are percentages; ``auroc``, ``ece`` and ``mrr_at_10`` are 0..1.
    ``span_*`` judge the best quote of the answerable questions, given as the answer or not; ``best_*`` hold at
    the file's own best threshold on the margin.
    """

    file: str
    mode: Mode
    n: int
    exact_match: float | None = None
    f1: float | None = None
    has_answer_f1: float | None = None
    no_answer_accuracy: float | None = None
    auroc: float | None = None
    ece: float | None = None
    recall_at_1: float | None = None
    recall_at_5: float | None = None
    recall_at_20: float | None = None
    mrr_at_10: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    span_exact_match: float | None = None
    span_f1: float | None = None
    best_threshold: float | None = None
    best_exact_match: float | None = None
    best_f1: float | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    risk_coverage: tuple[tuple[float, float], ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers of four decimals, ready for JSON."""
        return {key: rounded(value) for key, value in asdict(self).items()}


def rounded(value: Any) -> Any:
    """Floats to four decimals, however deep they lie."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, (tuple, list)):
        return [rounded(item) for item in value]
    return {key: rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


@cache
def language_of(text: str) -> str:
    """The language, "en" or "id", that a text looks more like."""
    import py3langid

    py3langid.set_languages(["en", "id"])
    return str(py3langid.classify(text)[0])


# -- files ---------------------------------------------------------------------------------------------


def open_text(path: Path) -> Any:
    """A text file, gzipped or not."""
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def read_examples(path: Path) -> list[Example]:
    """The questions of a file: JSON lines ``{id, question, context, answers: [{text, start}]}`` or SQuAD's JSON.

    Raises DataError, naming the place, for what is neither and for an answer that does not stand where it says.
    """
    try:
        with open_text(path) as file:
            text = file.read()
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    rows = squad_rows(whole) if isinstance(whole, dict) and "data" in whole else line_rows(path, text)
    examples = [example_of(path, place, row) for place, row in rows]
    if not examples:
        raise DataError(
            f"{path} holds no questions; JSON lines with question, context and answers are read, or SQuAD's JSON"
        )
    return examples


def line_rows(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """(place, row) of JSON lines."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number} is not JSON: {error}") from error


def squad_rows(whole: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(place, row) of SQuAD's nested JSON."""
    for article in whole["data"]:
        for paragraph in article.get("paragraphs", ()):
            for asked in paragraph.get("qas", ()):
                answers = [] if asked.get("is_impossible") else asked.get("answers", ())
                answers = [{"text": a["text"], "start": a["answer_start"]} for a in answers]
                yield f"question {asked.get('id')}", {**asked, "context": paragraph["context"], "answers": answers}


def example_of(path: Path, place: str, row: Any) -> Example:
    """One checked example."""
    try:
        answers = tuple(Span(a["start"], a["start"] + len(a["text"])) for a in row["answers"])
        example = Example(str(row.get("id", place)), row["question"].strip(), row["context"], answers)
        wrong = [a["text"] for a, gold in zip(row["answers"], example.golds, strict=True) if a["text"] != gold]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(
            f"{path}, {place}: question, context and answers with text and start are needed ({error})"
        ) from error
    if wrong:
        raise DataError(f"{path}, {place}: the answer {wrong[0]!r} does not stand where it says")
    return example


def read_corpus(path: Path) -> list[Article]:
    """Articles of JSON lines ``{id, title, text}``."""
    try:
        with open_text(path) as file:
            rows = [row for _, row in line_rows(path, file.read())]
        return [Article.from_text(row["text"], title=row.get("title") or None) for row in rows if row["text"].strip()]
    except (OSError, KeyError, TypeError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} is no corpus of JSON lines with a text each ({error})") from error


# -- the command's work --------------------------------------------------------------------------------


def reports(
    files: Sequence[Path],
    *,
    mode: str = Mode.READER,
    corpus: Path | None = None,
    distractors: int | None = None,
    encoder: str | Path | None = None,
    reader: str | Path | None = None,
    limit: int | None = None,
    threshold: float | None = None,
) -> Iterator[Report]:
    """The reports of several files, one after the other, with progress bars on stderr where that is a terminal.

    The corpus' first ``distractors`` articles (None: all) are indexed once; each file's contexts only for itself.
    ``threshold`` None is the one that was chosen for the reader on its dev files. All cores are used, unless
    $KUTIP_THREADS says otherwise. Raises DataError before any model is loaded.
    """
    read = [(path, read_examples(path)[:limit]) for path in files]
    articles = read_corpus(corpus)[:distractors] if corpus is not None and mode != Mode.READER else []
    use_threads(None if os.environ.get("KUTIP_THREADS") else os.cpu_count())
    chosen = TransformersReader(model_name(reader, READER_VARIABLE))
    calibration = Calibration.of_model(chosen.model)
    null = calibration.null_threshold if threshold is None else threshold
    if mode == Mode.READER:
        for path, examples in read:
            with bar(path.name, len(examples), "questions") as shown:
                yield evaluate_reader(path.name, chosen, examples, shown.update, null)
        return
    with Library.in_memory(SentenceEncoder(model_name(encoder, ENCODER_VARIABLE))) as library:
        pipeline = Pipeline(library, chosen, calibration)
        add_with_bar(library, articles, "corpus")
        for path, examples in read:
            added = add_with_bar(library, pooled(examples), path.name)
            with bar(path.name, len(examples), "questions") as shown:
                if mode == Mode.RETRIEVAL:
                    yield evaluate_retrieval(path.name, library, examples, shown.update)
                else:
                    yield evaluate_end_to_end(path.name, pipeline, examples, shown.update)
            library.remove(added)


def bar(name: str, total: int, unit: str) -> Any:
    """A progress bar."""
    return tqdm(total=total, desc=name, unit=f" {unit}", file=sys.stderr, disable=None)


def add_with_bar(library: AnyLibrary, articles: Sequence[Article], name: str) -> tuple[str, ...]:
    """Index articles; returns the ids of those that were not there before."""
    with bar(name, sum(len(split_sentences(article.text)) for article in articles), "sentences") as shown:
        return library.add(articles, shown.update).added


def in_words(report: Report) -> str:
    """A report for a terminal, with its reliability curve."""
    plain = report.to_dict()
    curve, coverage = plain.pop("reliability"), plain.pop("risk_coverage")
    lines = [f"{plain.pop('file')} ({plain.pop('mode')}, {plain.pop('n')} questions)"]
    lines += [f"  {key.replace('_', ' '):<20}{value:>9}" for key, value in plain.items() if value is not None]
    if curve:
        lines.append("  confidence   right   questions")
        for point in curve:
            shown = "█" * round(20 * point["accuracy"])
            lines.append(f"  {point['confidence']:>10.0%} {point['accuracy']:>7.0%} {point['count']:>11}  {shown}")
        lines.append("  wrong among the surest: " + ", ".join(f"{c:.0%} {risk:.0%}" for c, risk in coverage))
    return "\n".join(lines)


# -- modes ---------------------------------------------------------------------------------------------


def evaluate_reader(
    name: str, reader: Reader, examples: Sequence[Example], tick: Tick, threshold: float = 0.0
) -> Report:
    """Each question on its own context, answered where the margin over "no answer" is above ``threshold``."""
    predictions = [replace(p, answered=p.margin > threshold) for p in read_contexts(reader, examples, tick)]
    return Report(name, Mode.READER, len(examples), **judged(predictions))


def reason_prior(question: str, _passage: int, sentence: str) -> float:
    """What `decode` adds for a sentence; there is one passage only, so that similarity tells nothing."""
    return head_start(question, sentence)


def read_contexts(reader: Reader, examples: Sequence[Example], tick: Tick) -> list[Prediction]:
    """The best quote of each example's own context; ``confidence`` is the reader's own, the logistic of its margin."""
    predictions = []
    for example in examples:
        windows = reader.read(checked(example.question), [example.context])
        sentences = [split_sentences(example.context)]
        found = decode(windows, [example.context], sentences, partial(reason_prior, example.question))
        margin = found[0].score if found else NOTHING
        quote = found[0].span.cut(example.context) if found else ""
        predictions.append(Prediction(example, quote, margin, logistic(margin), margin > 0))
        tick(1)
    return predictions


def evaluate_retrieval(name: str, library: AnyLibrary, examples: Sequence[Example], tick: Tick) -> Report:
    """The answerable questions put to a library that holds their contexts already."""
    asked = [example for example in examples if example.answers]
    ranks: list[int | None] = []
    for first in range(0, len(asked), BATCH):
        batch = asked[first : first + BATCH]
        found = retrieve(library, [checked(example.question) for example in batch], DEPTH)
        ranks += [rank_of(example, one.passages) for example, one in zip(batch, found, strict=True)]
        tick(len(batch))
    tick(len(examples) - len(asked))
    return Report(name, Mode.RETRIEVAL, len(asked), **ranked(ranks, (1, 5, 20)))


def evaluate_end_to_end(name: str, pipeline: Pipeline, examples: Sequence[Example], tick: Tick) -> Report:
    """All questions put to a pipeline whose library holds their contexts already.

    A question is answered where the pipeline says so (`Status.ANSWERED`), not where it is unsure.
    """
    predictions, ranks, seconds = [], [], []
    for example in examples:
        answer, passages = pipeline.answer_with_passages(example.question)
        quote = answer.evidence[0].text if answer.evidence else ""
        margin = answer.evidence[0].score if answer.evidence else NOTHING
        given = answer.status is Status.ANSWERED
        predictions.append(Prediction(example, quote, margin, answer.confidence, given))
        if example.answers:
            ranks.append(rank_of(example, passages))
        seconds.append(answer.timings["total"])
        tick(1)
    p50, p95 = (float(np.percentile(seconds, q)) * 1000 for q in (50, 95))
    found = ranked(ranks, (1, 5)) if ranks else {}
    return Report(name, Mode.END_TO_END, len(examples), **judged(predictions), **found, p50_ms=p50, p95_ms=p95)


def pooled(examples: Iterable[Example]) -> list[Article]:
    """The examples' contexts as articles, each once."""
    articles = (Article.from_text(context) for context in dict.fromkeys(e.context for e in examples))
    return list({article.id: article for article in articles}.values())


def rank_of(example: Example, passages: Sequence[Passage]) -> int | None:
    """The rank, from 1, of the first passage that holds a gold answer at its place; None when none does."""
    article = Article.from_text(example.context)
    golds = [place_in(article.text, example.context, span) for span in example.answers]
    for rank, passage in enumerate(passages, start=1):
        if passage.article.id == article.id and any(passage.span.contains(gold) for gold in golds):
            return rank
    return None


def place_in(text: str, context: str, span: Span) -> Span:
    """Where a span of a context stands in the article's normalised text."""
    if text == context:
        return span
    before, wanted = len(normalize(context[: span.start])), normalize(span.cut(context)).strip()
    places = [at for at in range(len(text)) if text.startswith(wanted, at)] or [min(before, len(text))]
    start = min(places, key=lambda at: abs(at - before))
    return Span(start, min(len(text), start + len(wanted)))


def logistic(x: float) -> float:
    """From log-odds to a chance."""
    return float(1 / (1 + np.exp(-np.clip(x, -30, 30))))


def ranked(ranks: Sequence[int | None], depths: Sequence[int]) -> dict[str, Any]:
    """The ranking's part of a report."""
    recalls = {f"recall_at_{k}": 100 * recall_at(ranks, k) for k in depths}
    return {**recalls, "mrr_at_10": mean_reciprocal_rank(ranks, 10)}


def judged(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """The quotes' part of a report."""
    answerable = np.array([bool(p.example.answers) for p in predictions])
    margins = np.array([p.margin for p in predictions])
    span = np.array(
        [
            (exact_match(p.quote, p.example.golds, language_of(p.example.context)), p.span_f1) if gold else (0.0, 0.0)
            for p, gold in zip(predictions, answerable, strict=True)
        ]
    )

    def scored(given: Any) -> Any:
        """(n, 2) exact match and F1 when the quotes are given where ``given`` says so."""
        return np.where(answerable[:, None], span * given[:, None], ~given[:, None])

    given = np.array([p.answered for p in predictions])
    at = scored(given)
    by_threshold = np.array([scored(margins > t).mean(axis=0) for t in THRESHOLDS])  # (t, 2)
    best = int(by_threshold.sum(axis=1).argmax())
    chances, right = [p.confidence for p in predictions], [p.right for p in predictions]
    return {
        "exact_match": 100 * float(at[:, 0].mean()),
        "f1": 100 * float(at[:, 1].mean()),
        "has_answer_f1": 100 * float(at[answerable, 1].mean()) if answerable.any() else None,
        "no_answer_accuracy": 100 * float(at[~answerable, 0].mean()) if not answerable.all() else None,
        "auroc": auroc(margins.tolist(), answerable.tolist()),
        "ece": expected_calibration_error(chances, right),
        "span_exact_match": 100 * float(span[answerable, 0].mean()) if answerable.any() else None,
        "span_f1": 100 * float(span[answerable, 1].mean()) if answerable.any() else None,
        "best_threshold": float(THRESHOLDS[best]),
        "best_exact_match": 100 * float(by_threshold[best, 0]),
        "best_f1": 100 * float(by_threshold[best, 1]),
        "reliability": tuple(reliability(chances, right)),
        "risk_coverage": tuple(risk_coverage(chances, right)),
    }
