"""Read only as many passages as the answer needs: the nearest first, the others where those leave a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.answers import Passage
from qa.decoding import Candidate
from qa.ranking import quotes_of, ranked, sentences_of, texts_of
from qa.reader import Reader
from qa.reasons import asks_why
from qa.second_look import Reading, look_again

FIRST = 2  # passages that are always read
SETTLED = 6.0  # logits over "no answer" from which no other passage changes the answer; measured, docs/decisions.md


def settled(asked: str, candidates: Sequence[Candidate]) -> bool:
    """Whether the best candidate of the first passages is the answer whatever the others say.

    Never for a why-question: what is nearest to it is the event, and its reason may stand further down.
    """
    return bool(candidates) and candidates[0].score >= SETTLED and not asks_why(asked)


def read_enough(reader: Reader, asked: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[Candidate]]:
    """The candidates in each question's passages, best first; in the first ones alone where these settle it.

    Passages come best first. All questions are read together, three times at the most: the first passages, the others,
    and the likeliest sentences once more (`qa.second_look`).
    """
    windows = reader.read_many([(question, texts_of(passages[:FIRST])) for question, passages in asked])
    quotes = [quotes_of(own, passages) for own, (_, passages) in zip(windows, asked, strict=True)]
    candidates = [ranked(own, passages, put) for own, (put, passages) in zip(quotes, asked, strict=True)]
    open_ones = [
        at
        for at, (question, passages) in enumerate(asked)
        if len(passages) > FIRST and not settled(question, candidates[at])
    ]
    rest = [(asked[at][0], texts_of(asked[at][1][FIRST:])) for at in open_ones]
    further = reader.read_many(rest) if rest else []
    for at, more in zip(open_ones, further, strict=True):
        question, passages = asked[at]
        behind = [replace(window, passage=window.passage + FIRST) for window in more]
        windows[at] = [*windows[at], *behind]
        quotes[at] = [*quotes[at], *quotes_of(behind, passages)]
        candidates[at] = ranked(quotes[at], passages, question)
    readings = [
        Reading(question, texts_of(passages), [sentences_of(passage) for passage in passages], own, found)
        for (question, passages), own, found in zip(asked, windows, quotes, strict=True)
    ]
    again = look_again(reader, readings, candidates)
    return [
        before if own is reading.quotes else ranked(own, passages, question)
        for before, own, reading, (question, passages) in zip(candidates, again, readings, asked, strict=True)
    ]
