"""Read only the passages that may hold a better answer than those read before: the nearest first.

A passage far from the question is not only slow to read, it misleads: each one more is one more chance for a near miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa.answers import Passage
from qa.decoding import Candidate, Contest, Quote, WindowLogits, quotes_in
from qa.ranking import prior_of, ranked, texts_of
from qa.readable import Readable, readable
from qa.reader import Reader
from qa.reasons import asks_why
from qa.second_look import Reading, look_again

SETTLED = 6.0  # logits over "no answer" from which no other passage is read for a better one; docs/decisions.md
RIVALS, RIVAL = 2, 0.05  # so many other articles are heard all the same, whose cosine lacks less: they may contradict
FAR = 0.08  # what a passage's cosine may lack of the nearest one's
FAR_FROM_WHY = 0.15  # for a why-question: what is nearest is the event, and its reason may stand further off
TRIED, GIVEN_UP = 2, -6.0  # after so many passages so far below "no answer" no other one is read


@dataclass(slots=True)
class Question:
    """A question, its passages, best first, and what was read of them so far."""

    asked: str
    passages: Sequence[Passage]
    windows: list[WindowLogits] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    ahead: int = 0  # the first passage that was not looked at yet
    # Stays so: what supports a quote may fall behind, but nothing that was passed over comes back.
    settled: bool = False
    hopeless: bool = False  # so far
    texts: list[str] = field(init=False)
    read: list[Readable] = field(init=False)
    contest: Contest = field(init=False)

    def __post_init__(self) -> None:
        self.texts = texts_of(self.passages)
        self.contest = Contest(self.texts, prior_of(self.passages, self.asked))
        self.read = [readable(own.article.text, own.span, own.sentences, self.asked) for own in self.passages]

    def next(self, most: int) -> list[int]:
        """The next ``most`` passages that are worth reading as far as is known now."""
        return [at for at in range(self.ahead, len(self.passages)) if self.may_win(at)][:most]

    def may_win(self, at: int) -> bool:
        """Whether a passage may hold a better answer than the best so far, or another article a different one."""
        if not self.quotes:
            return True
        heard = {window.passage for window in self.windows}
        if len(heard) >= TRIED and self.hopeless:
            return False
        lacks = max(passage.similarity for passage in self.passages) - self.passages[at].similarity
        if self.settled:
            return lacks < RIVAL and self.is_rival(at, sorted(heard))
        return lacks < (FAR_FROM_WHY if asks_why(self.asked) else FAR)

    def is_rival(self, at: int, read: Sequence[int]) -> bool:
        """Whether a passage is of an article that was not heard, and not too many other stories were."""
        heard = {self.passages[own].article.id for own in read}
        told: set[str] = set()  # copies of what was heard: they count as one story, and are heard where they differ
        stories = 0
        for own in read:
            stories += self.passages[own].article.id not in told
            told |= {self.passages[own].article.id, *(copy.id for copy in self.passages[own].copies)}
        return stories <= RIVALS and len(heard) <= 2 * RIVALS and self.passages[at].article.id not in heard

    def take(self, chosen: Sequence[int], windows: Sequence[WindowLogits]) -> None:
        """What was read of the ``chosen`` passages, but not of those that the ones before them have made needless."""
        own = [replace(self.read[at].placed(w), passage=at) for w in windows for at in (chosen[w.passage],)]
        for at in chosen:
            if self.may_win(at):
                self.rank([window for window in own if window.passage == at])
        self.ahead = chosen[-1] + 1

    def rank(self, windows: list[WindowLogits]) -> None:
        """The quotes of further windows among the others."""
        self.windows += windows
        new = quotes_in(windows, self.texts, [own.units for own in self.read])
        self.quotes += new
        self.contest.add(new)
        self.settled = self.settled or self.contest.reaches(SETTLED)
        self.hopeless = not self.contest.reaches(GIVEN_UP)


def read_enough(reader: Reader, asked: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[Candidate]]:
    """The candidates in those of each question's passages that had to be read, best first.

    Passages come best first. All questions are read together, a passage of each at a time, and the likeliest sentences
    once more at the end (`qa.second_look`). Where fewer questions are left than the reader reads windows at once,
    the passages behind are read as well: they cost hardly any time then. They count only if they would have been read
    anyway, so that company does not change an answer.
    """
    questions = [Question(put, passages) for put, passages in asked]
    while still_open := [own for own in questions if own.next(1)]:
        most = max(1, reader.at_once // len(still_open))
        chosen = [own.next(most) for own in still_open]
        read = reader.read_many(
            [(own.asked, [own.read[at].to_read for at in which]) for own, which in zip(still_open, chosen, strict=True)]
        )
        for own, which, windows in zip(still_open, chosen, read, strict=True):
            own.take(which, windows)
    readings = [Reading(own.asked, own.read, own.windows, own.quotes) for own in questions]
    candidates = [own.contest.answers() for own in questions]
    again = look_again(reader, readings, candidates)
    return [
        before if quotes is own.quotes else ranked(quotes, own.passages, own.asked)
        for own, before, quotes in zip(questions, candidates, again, strict=True)
    ]
