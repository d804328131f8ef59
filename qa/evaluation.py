"""Measure a reader, a retriever, or the whole way, on files of questions with known answers.

All three modes give one `Report` a file. ``reader`` reads the given context alone; ``retrieval`` pools the
file's contexts with the corpus and looks for the gold answer's place; ``end-to-end`` asks that pool.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from index.any_library import AnyLibrary
from index.article import Article, Span, normalize
from index.encoder import SentenceEncoder
from index.library import Library
from index.splitter import split_sentences
from qa.answers import Answer, Passage, Status
from qa.calibration import Calibration
from qa.config import ENCODER_VARIABLE, READER_VARIABLE, model_name
from qa.datasets import Example, read_corpus, read_examples
from qa.decoding import Candidate, merge, quotes_in
from qa.errors import QuestionError
from qa.judging import Mode, Prediction, Report, judged, judged_ranking
from qa.pipeline import Pipeline
from qa.ranking import places_in
from qa.readable import readable
from qa.reader import Reader, TransformersReader
from qa.reasons import head_start
from qa.retriever import retrieve
from qa.second_look import Reading, look_again

DEPTH = 20  # passages looked at in retrieval mode
BATCH = 32
NOTHING = -99.0  # the margin where there is no candidate at all

Tick = Callable[[int], object]


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
    ``threshold`` None is the one that was chosen for the reader on its dev files. Raises DataError before any model is
    loaded.
    """
    read = [(path, read_examples(path)[:limit]) for path in files]
    articles = read_corpus(corpus)[:distractors] if corpus is not None and mode != Mode.READER else []
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


def evaluate_reader(
    name: str, reader: Reader, examples: Sequence[Example], tick: Tick, threshold: float = 0.0
) -> Report:
    """Each question on its own context, answered where the margin over "no answer" is above ``threshold``."""
    predictions = [replace(p, answered=p.margin > threshold) for p in read_contexts(reader, examples, tick)]
    return Report(name, Mode.READER, len(examples), **judged(predictions))


def reason_prior(question: str, _passage: int, sentence: str) -> float:
    """What `merge` adds for a sentence; there is one passage only, so that similarity tells nothing."""
    return head_start(question, sentence)


def read_context(reader: Reader, question: str, context: str) -> list[Candidate]:
    """The candidates of one text, best first, read as the product reads passages."""
    own = readable(context, Span(0, len(context)), split_sentences(context), question)
    texts, prior = [context], partial(reason_prior, question)
    windows = [own.placed(window) for window in reader.read(question, [own.to_read])]
    quotes = quotes_in(windows, texts, [own.units])
    reading = Reading(question, [own], windows, quotes)
    (both,) = look_again(reader, [reading], [merge(quotes, texts, prior)])
    return merge(both, texts, prior)


def read_contexts(reader: Reader, examples: Sequence[Example], tick: Tick) -> list[Prediction]:
    """The best quote of each example's own context; ``confidence`` is the reader's own, the logistic of its margin.

    A question of too many tokens, which only the reader can count, is not answered.
    """
    predictions = []
    for example in examples:
        found: list[Candidate] = []
        with suppress(QuestionError):
            found = read_context(reader, example.question, example.context)
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
        found = retrieve(library, [example.question for example in batch], DEPTH)
        ranks += [rank_of(example, one.passages) for example, one in zip(batch, found, strict=True)]
        tick(len(batch))
    tick(len(examples) - len(asked))
    return Report(name, Mode.RETRIEVAL, len(asked), **judged_ranking(ranks, (1, 5, 20)))


def evaluate_end_to_end(name: str, pipeline: Pipeline, examples: Sequence[Example], tick: Tick) -> Report:
    """All questions put to a pipeline whose library holds their contexts already.

    A question is answered where the pipeline says so (`Status.ANSWERED`), not where it is unsure.
    """
    predictions, ranks, seconds = [], [], []
    for example in examples:
        answer, passages = answered(pipeline, example.question)
        quote = answer.evidence[0].text if answer.evidence else ""
        margin = answer.evidence[0].score if answer.evidence else NOTHING
        given = answer.status is Status.ANSWERED
        predictions.append(Prediction(example, quote, margin, answer.confidence, given))
        if example.answers:
            ranks.append(rank_of(example, passages))
        seconds.append(answer.timings["total"])
        tick(1)
    p50, p95 = (float(np.percentile(seconds, q)) * 1000 for q in (50, 95))
    found = judged(predictions) | judged_ranking(ranks, (1, 5))
    return Report(name, Mode.END_TO_END, len(examples), **found, p50_ms=p50, p95_ms=p95)


def answered(pipeline: Pipeline, question: str) -> tuple[Answer, tuple[Passage, ...]]:
    """The answer with the passages that were found; neither to a question of too many tokens."""
    began = time.perf_counter()
    try:
        return pipeline.answer_with_passages(question)
    except QuestionError:
        timings = {"total": time.perf_counter() - began}
        return Answer(question, None, 0.0, Status.NOT_IN_ARTICLES, (), question, timings), ()


def pooled(examples: Iterable[Example]) -> list[Article]:
    """The examples' contexts as articles, each once."""
    articles = (Article.from_text(context) for context in dict.fromkeys(e.context for e in examples))
    return list({article.id: article for article in articles}.values())


def rank_of(example: Example, passages: Sequence[Passage]) -> int | None:
    """The rank, from 1, of the first passage that holds a gold answer at its place; None when none does."""
    article = Article.from_text(example.context)
    golds = [place_in(article.text, example.context, span) for span in example.answers]
    return next((rank for rank, passage in enumerate(passages, start=1) if holds(passage, article, golds)), None)


def holds(passage: Passage, article: Article, golds: Sequence[Span]) -> bool:
    """Whether a passage holds one of an article's gold answers.

    A near-duplicate's passage does where the same is said of it there: the article's own one was left out for it.
    """
    if passage.article.id == article.id:
        return any(passage.span.contains(gold) for gold in golds)
    if article.id not in {copy.id for copy in passage.copies}:
        return False
    read = replace(passage.article, text=passage.text)
    return any(True for gold in golds for _ in places_in(read, gold, sentences_around(gold, article), article))


def sentences_around(span: Span, article: Article) -> Span:
    """From the beginning of the sentence where a span begins to the end of that where it ends."""
    around = [span, *(sentence for sentence in split_sentences(article.text) if sentence.overlaps(span))]
    return Span(min(own.start for own in around), max(own.end for own in around))


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
