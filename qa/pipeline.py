"""The whole way from a question to an answer, over one library."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from index.any_library import AnyLibrary
from index.article import Article, Document, encodable, is_address
from index.cache import LRUCache
from index.encoder import Progress, SentenceEncoder
from index.filters import Filters
from index.hub import Named, folder_of
from index.ingest import Report, sync
from index.library import Added
from index.loaders import find_articles, path_of, read_documents
from index.places import open_library
from index.shipped import shipped
from qa.answers import Answer, Passage, Status
from qa.calibration import Calibration
from qa.config import ENCODER_VARIABLE, READER_VARIABLE, library_place, model_name
from qa.decoding import Candidate
from qa.errors import ArticleError, QuestionError
from qa.passing import Passing
from qa.ranking import evidence_of, features_of
from qa.reader import Reader, TransformersReader
from qa.reading import read_enough
from qa.retriever import Retrieved, retrieve
from qa.words import asks_nothing

LONGEST_QUESTION = 500  # characters
EVIDENCE = 5
REMEMBERED = 256  # answers
TOGETHER = 16  # questions of a batch that are read together
# Hyphens, spaces and directions that nobody sees.
UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
ADDED_ADDRESS = "web addresses are not read unless you say allow_urls=True"
ASKED_ADDRESS = (
    "what stands at a web address has to be added before it is asked: kutip add --allow-urls ADDRESS, or in Python "
    "pipeline.add([ADDRESS], allow_urls=True)"
)
NO_TIME = {"retrieve": 0.0, "read": 0.0, "decode": 0.0}


class Pipeline:
    """Answers questions from one library. Takes ready parts; `load` makes the usual ones."""

    def __init__(self, library: AnyLibrary, reader: Reader, calibration: Calibration) -> None:
        self.library = library
        self.reader = reader
        self.calibration = calibration
        self.remembered: LRUCache[tuple[str, str, str], Answer] = LRUCache(REMEMBERED)
        self._passing = Passing(library.encoder)

    def close(self) -> None:
        """Close the library."""
        self._passing.close()
        self.library.close()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def find_models(self) -> None:
        """Raises ModelError for the path of a model at which there is no folder: told before the first question."""
        for model in (self.library.encoder, self.reader):
            if isinstance(model, Named):
                folder_of(model.named)

    def warm_up(self) -> None:
        """Load the models and run each once, so that the first question does not wait."""
        self._load_reader_beside()
        self.library.encoder.encode_queries(["?"])
        self.reader.read("?", ["."])

    # -- articles --------------------------------------------------------------------------------------

    def add(
        self,
        articles: Iterable[Article | Document | str | Path],
        progress: Progress | None = None,
        *,
        allow_urls: bool = False,
    ) -> Added:
        """Add articles, files, folders of them or, with ``allow_urls``, web addresses: all, or none when one fails."""
        return self.library.add(as_articles(articles, allow_urls), progress)

    def sync(self, folder: str | Path, *, allow_empty: bool = False) -> Report:
        """Make the library hold what a folder holds: adds what is new, replaces what changed, removes what is gone.

        Raises ArticleError when nothing is left of what was there, unless ``allow_empty`` says that this is meant.
        """
        return sync(self.library, path_of(folder), allow_empty=allow_empty)

    def remove(self, *article_ids: str) -> tuple[str, ...]:
        """Remove articles by id; returns the ids of those that were there."""
        return self.library.remove(article_ids)

    def ensure_sample(self) -> bool:
        """Add the shipped sample article to an empty library; whether that was done."""
        return not len(self.library) and bool(self.library.add(sample_articles()).added)

    # -- questions -------------------------------------------------------------------------------------

    def search(self, query: str, limit: int = 10, *, filters: Filters | None = None) -> tuple[Passage, ...]:
        """The passages around the ``limit`` nearest sentences, best first."""
        return retrieve(self.library, [checked(query)], limit, filters)[0].passages

    def answer(
        self,
        question: str,
        articles: Iterable[Article | str | Path] | None = None,
        *,
        filters: Filters | None = None,
    ) -> Answer:
        """Answer one question from the library's articles that pass, or from ``articles`` alone (nothing is stored)."""
        return self.answer_batch([question], articles, filters=filters)[0]

    def answer_batch(
        self,
        questions: Iterable[str],
        articles: Iterable[Article | str | Path] | None = None,
        *,
        filters: Filters | None = None,
    ) -> list[Answer]:
        """Answer several questions, read together. Raises QuestionError for one that is blank or too long, or no list.

        The last answers are remembered until the library changes; the timings of such a one are those of looking it up.
        """
        if isinstance(questions, str):  # a sequence of letters
            raise QuestionError("one question is no batch; give a list of questions, or use answer()")
        questions = list(questions)
        asked = all_checked(questions)
        if articles is not None:
            with self._passing.over(as_articles(articles, asked=True)) as passing:
                return Pipeline(passing, self.reader, self.calibration).answer_batch(questions, filters=filters)
        began = time.perf_counter()
        # Thousands of articles may be named, so their digest is kept: a hundred and more keys stay small.
        state, which = self.library.state, hashlib.sha256(repr(filters or None).encode("utf-8", "replace")).hexdigest()
        keys = {put: (state, which, put) for put in asked}
        known = {put: found for put, key in keys.items() if (found := self.remembered.get(key)) is not None}
        looked_up = time.perf_counter() - began
        known = {put: replace(found, timings=NO_TIME | {"total": looked_up}) for put, found in known.items()}
        new = [put for put in keys if put not in known]
        for put, answer in zip(new, self._answer_many(new, filters), strict=True):
            known[put] = answer
            if state:
                self.remembered[keys[put]] = answer
        return [replace(known[put], question=encodable(own)) for own, put in zip(questions, asked, strict=True)]

    def answer_with_passages(self, question: str) -> tuple[Answer, tuple[Passage, ...]]:
        """One answer together with the passages that were found for it, nearest first."""
        ((answer, passages),) = self._answer([checked(question)], None)
        return replace(answer, question=encodable(question)), passages

    def _answer_many(self, asked: Sequence[str], filters: Filters | None) -> list[Answer]:
        """The answer to each question; of many, some are ranked while others are read."""
        if not asked:
            return []
        parts = [asked[first : first + TOGETHER] for first in range(0, len(asked), TOGETHER)]
        if len(parts) == 1:
            return [answer for answer, _ in self._answer(asked, filters)]
        with ThreadPoolExecutor(2, thread_name_prefix="kutip-part") as two:
            return [answer for part in two.map(lambda own: self._answer(own, filters), parts) for answer, _ in part]

    def _answer(self, asked: Sequence[str], filters: Filters | None) -> list[tuple[Answer, tuple[Passage, ...]]]:
        """The answer to each question with the passages that were found for it; all are read together."""
        began = time.perf_counter()
        self._load_reader_beside()
        retrieved = retrieve(self.library, asked, filters=filters)
        articles = self.library.size(filters)
        found = time.perf_counter()
        to_read = [(put, () if asks_nothing(put) else own.passages) for put, own in zip(asked, retrieved, strict=True)]
        candidates = read_enough(self.reader, to_read)
        read = time.perf_counter()
        shares = {"retrieve": (found - began) / len(asked), "read": (read - found) / len(asked)}
        return [
            (self._decode(put, own, quotes, articles, shares), own.passages)
            for put, own, quotes in zip(asked, retrieved, candidates, strict=True)
        ]

    def _load_reader_beside(self) -> None:
        """Begin to load the reader, the first time, while the question is encoded."""
        if isinstance(self.reader, TransformersReader):
            self.reader.load_beside()

    def _decode(
        self, asked: str, retrieved: Retrieved, candidates: Sequence[Candidate], articles: int, shares: dict[str, float]
    ) -> Answer:
        """The answer from what the reader found; ``shares`` are the seconds that the question took before."""
        began = time.perf_counter()
        passages = retrieved.passages
        features = features_of(asked, candidates, retrieved, articles)
        confidence = self.calibration.confidence(features) if features is not None else 0.0
        status = self.calibration.status(confidence) if features is not None else Status.NOT_IN_ARTICLES
        evidence = tuple(evidence_of(candidate, passages) for candidate in candidates[:EVIDENCE])
        text = evidence[0].text if evidence and status is not Status.NOT_IN_ARTICLES else None
        timings = shares | {"decode": time.perf_counter() - began}
        timings["total"] = sum(timings.values())
        return Answer(asked, text, confidence, status, evidence, asked, timings)


def load(
    library: str | Path | None = None,
    *,
    encoder: str | Path | None = None,
    reader: str | Path | None = None,
    check: bool = True,
) -> Pipeline:
    """The pipeline over a stored library; models load at the first question, which raises ModelError where they can't.

    ``library``: a folder, made when missing, or an address such as milvus://host:19530/name; None is the user's data
    folder (or $KUTIP_LIBRARY).
    ``encoder``, ``reader``: a model folder or name; None is $KUTIP_ENCODER and $KUTIP_READER, or the shipped one.
    ``check`` False opens a library that another encoder built, only to reindex it or to read its rows.
    """
    chosen = TransformersReader(model_name(reader, READER_VARIABLE))
    stored = open_library(library_place(library), SentenceEncoder(model_name(encoder, ENCODER_VARIABLE)), check=check)
    return Pipeline(stored, chosen, Calibration.of_model(chosen.model))


def spaced(question: str) -> str:
    r"""The question without the white space around it, lone surrogates, and what is pasted along without being seen.

    >>> spaced("\ufeff Siapa Du\u00adar\u200bte?\n")
    'Siapa Duarte?'
    """
    return " ".join(UNSEEN.sub("", encodable(question)).replace("\0", " ").split())


def unquoted(question: str) -> str | None:
    """What stands in quotation marks, if that is the whole question.

    >>> unquoted('"Siapa dia?"'), unquoted('Who said "no"?'), unquoted("“Roar” atau “Firework”")
    ('Siapa dia?', None, None)
    """
    found = re.fullmatch(r'\s*(?:"([^"]+)"|“([^“”]+)”)\s*', question)
    return found and (found[1] or found[2])


def checked(question: str) -> str:
    """The question `spaced`, out of its quotation marks. Raises QuestionError for one that can't be asked."""
    asked = spaced(question)
    while (inner := unquoted(asked)) is not None:
        asked = spaced(inner)
    if not any(character.isalnum() for character in asked):
        raise QuestionError("the question is blank; ask something with at least one word", "blank")
    if len(asked) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(asked)} characters, at most {LONGEST_QUESTION} can be read; ask it in fewer words",
            "long",
            number=len(asked),
            most=LONGEST_QUESTION,
        )
    return asked


def all_checked(questions: Sequence[str]) -> list[str]:
    """All questions `checked`. Raises QuestionError that tells which one of several can't be asked."""
    asked = []
    for number, question in enumerate(questions, start=1):
        try:
            asked.append(checked(question))
        except QuestionError as error:
            if len(questions) == 1:
                raise
            raise QuestionError(f"question {number} of {len(questions)}: {error}", error.key, **error.values) from error
    return asked


def as_articles(
    given: Iterable[Article | Document | str | Path], allow_urls: bool = False, *, asked: bool = False
) -> list[Article | Document]:
    """Articles as they are, files read, folders searched, web addresses where they are allowed.

    ``asked`` tells that they are to be asked and not kept. Raises ArticleError for what can't be read.
    """
    if isinstance(given, (str, Path, Article, Document)):
        given = [given]
    out: list[Article | Document] = []
    for item in given:
        if isinstance(item, (Article, Document)):
            out.append(item)
        elif isinstance(item, str) and is_address(item):
            if not allow_urls:
                raise ArticleError(ASKED_ADDRESS if asked else ADDED_ADDRESS)
            from index.fetch import fetch

            out += fetch(item)
        else:
            out += [document for path in find_articles([path_of(item)]) for document in read_documents(path)]
    return out


def sample_articles() -> list[Article]:
    """The articles that come with kutip, whose source is their file's name."""
    files = find_articles([shipped("seeds")])
    return [Article.from_text(path.read_text(encoding="utf-8"), source=path.name) for path in files]
