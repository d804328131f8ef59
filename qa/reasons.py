"""Questions for a reason: what is asked for is the cause, not the event itself.

A reader trained on factoid questions likes to quote the event back. For a why-question, sentences that
name a cause in so many words get a head start, in logits; it was chosen on the dev files' why-questions
(docs/decisions.md).
"""

from __future__ import annotations

import re

HEAD_START = 7.0  # logits

WHY = re.compile(
    r"\b(?:why|mengapa|kenapa|apa (?:sebab|alasan|penyebab)\w*|what (?:caused|reason)|(?:for )?what reason)\b",
    re.IGNORECASE,
)
CAUSE = re.compile(
    r"\b(?:karena|sebab|penyebab\w*|disebabkan|dikarenakan|akibat\w*|lantaran|gara-gara|alasan\w*|(?:peng)?hambat\w*|"
    r"menghambat|kendala\w*|dipicu|pemicu|berkat|demi|supaya|agar|sehingga|because|due to|since|caused?|causes|"
    r"reasons?|result\w*|owing|obstacles?|thanks to|led to|in order to|so that|therefore|blam\w+)\b",
    re.IGNORECASE,
)


def asks_why(question: str) -> bool:
    """Whether a question asks for a reason."""
    return WHY.search(question) is not None


def head_start(question: str, sentence: str) -> float:
    """Logits added to answers in ``sentence``: `HEAD_START` where a why-question meets a named cause, else 0.

    >>> head_start("Why did the talks fail?", "Sanksi menjadi hambatan."), head_start("Who?", "Karena sanksi.")
    (7.0, 0.0)
    """
    return HEAD_START if asks_why(question) and CAUSE.search(sentence) else 0.0
