"""Make why-questions from Indonesian news that states its reasons.

Why-questions are few in the data, and a reader trained on those quotes the event back instead of its
reason. Indonesian makes the question from the statement by putting *Mengapa* before it, so a sentence
"A karena B" asks *Mengapa A?* with the answer B; and "A. Pasalnya, B." does so where the reason stands
in the next sentence, which is how the news is mostly written. Where nothing marks the reason, a reader
takes the event for it; so each of them is also made without the mark ("A. B."), and with the event alone,
which says nothing of the reason.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

from training.data import REASONS, UNMARKED, Example
from training.windows import sentence_spans

NEXT = re.compile(
    r"[\"“ ]*((?:pasalnya|sebab|alasannya|penyebabnya|soalnya)\b,?(?: adalah| ialah| karena)?|"
    r"(?:hal (?:ini|itu|tersebut)|ini|itu) "
    r"(?:karena|disebabkan|dikarenakan|lantaran|terjadi karena|akibat)(?: oleh)?) +",
    re.IGNORECASE,
)
WITHIN = re.compile(r",? (?:karena|lantaran|disebabkan(?: oleh)?|dikarenakan|akibat) ")
LEAD = re.compile(
    r"^(?:(?:menurut|sebelumnya|namun|tapi|tetapi|selain itu|dan|apalagi|sementara(?: itu)?|bahkan|pada|dalam|meski)\b"
    r"[^,]{0,60},|"
    r"(?:namun|tapi|tetapi|dan|bahkan|apalagi|sebab)\b)\s*",
    re.IGNORECASE,
)
SAYS = re.compile(
    r"^.{0,60}\b(?:mengatakan|menuturkan|menjelaskan|mengungkapkan|menyebut(?:kan)?|menilai|mengaku)(?: bahwa)? "
)
MARKS = re.compile(r"[\"“”:;()?!]")
LONGEST_ANSWER = 170


def question_of(statement: str, common: Counter[str], rng: random.Random) -> str | None:
    """*Mengapa …?* of a statement, or None where it would not read as a question."""
    statement = SAYS.sub("", LEAD.sub("", statement.strip(' .,”"“'))).strip(" .,")
    words = statement.split()
    if not 3 <= len(words) <= 18 or MARKS.search(statement):
        return None
    if len(words) > 9 and rng.random() < 0.5:  # people ask in fewer words than the news tells
        words = words[: rng.randrange(6, len(words))]
    if common[words[0].lower()] > common[words[0]]:
        words[0] = words[0].lower()
    return rng.choice(("Mengapa ", "Mengapa ", "Kenapa ", "Apa alasan ")) + " ".join(words).strip(" ,") + "?"


def reason_examples(articles: Sequence[str], seed: int) -> list[Example]:
    """Why-questions over a few sentences of an article each; the same seed makes the same ones."""
    rng = random.Random(seed)
    common = Counter(word for article in articles for word in article.split())
    out: list[Example] = []
    for number, article in enumerate(articles):
        spans = sentence_spans(article)
        for i, (start, end) in enumerate(spans):
            sentence = article[start:end].rstrip()
            after = NEXT.match(sentence)
            within = None if after else WITHIN.search(sentence)
            if after and i:
                question, first, cut = question_of(article[slice(*spans[i - 1])], common, rng), i - 1, after.end()
            elif within:
                question, first, cut = question_of(sentence[: within.start()], common, rng), i, within.end()
            else:
                continue
            reason = re.split(r"[”\"]|, (?:kata|ujar|ungkap|jelas|tutur|tambah|ucap|tegas)", sentence[cut:])[0]
            reason = reason.rstrip(" .,;")
            if question is None or not 8 <= len(reason) <= LONGEST_ANSWER:
                continue
            first, last = max(0, first - rng.randrange(3)), min(len(spans) - 1, i + rng.randrange(4))
            context = article[spans[first][0] : spans[last][1]]
            at = start + cut - spans[first][0]
            out.append(Example(f"reason-{number}-{i}", REASONS, question, context, ((at, at + len(reason)),)))
    return out


def unmarked_examples(articles: Sequence[str], seed: int) -> list[Example]:
    """The same questions where nothing marks the reason, and where it is not there; the same seed makes the same ones.

    Not of the same sentences around as in `reason_examples`, as these are drawn at random, too.
    """
    rng = random.Random(seed)
    out: list[Example] = []
    for example in reason_examples(articles, seed):
        ((at, end),) = example.answers
        before, reason, after = example.context[:at], example.context[at:end], example.context[end:]
        marked = list(re.finditer(f"(?:{NEXT.pattern}|{WITHIN.pattern})$", before, re.IGNORECASE))
        if not marked:
            continue
        event = before[: marked[0].start()].rstrip(' ,"“')
        event += "" if event.endswith((".", "!", "?")) else "."
        following = [after[a:b].strip() for a, b in sentence_spans(after)][1:]  # the first is the rest of the reason's
        plain = reason[0].upper() + reason[1:] + "."
        between = following[:1] if following and rng.random() < 0.3 else []
        first = " ".join([event, *between]) + " "
        rest = " ".join(["", *following[len(between) :]])
        answer = (len(first), len(first) + len(reason))
        out.append(Example(f"{example.id}-plain", UNMARKED, example.question, f"{first}{plain}{rest}", (answer,)))
        out.append(Example(f"{example.id}-absent", UNMARKED, example.question, f"{first.rstrip()}{rest}", ()))
    return out
