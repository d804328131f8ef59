"""Questions for a reason: what is asked for is the cause, not the event itself.

A reader trained on factoid questions likes to quote the event back. For a why-question, sentences that
name a cause in so many words get a head start, in logits; it was chosen on the dev files' why-questions
(docs/decisions.md).
"""

from __future__ import annotations

import re

from qa.words import MONTHS, WEEKDAYS

HEAD_START = 7.0  # logits

WHY = re.compile(
    r"\b(?:why|how come|mengapa|kenapa|apa(?:kah)? (?:(?:yang )?(?:(?:men)?jadi )?(?:sebab|alasan|penyebab)\w*|"
    r"(?:yang )?(?:menyebabkan|mengakibatkan|memicu))|what (?:caused|led to|reasons?)|"
    r"what(?:['’]s| is| was| are| were) the (?:\w+ )?(?:reason|cause)s?)\b",
    re.IGNORECASE,
)
# "Since 2011", "since the 1990s", "since last week" tell a time.
TIME = (
    rf"(?:\d|the \d|(?:last|then|early|mid|late|yesterday|decades|years|{WEEKDAYS}|"
    rf"{MONTHS}|may|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b)"
)
CAUSE = re.compile(
    r"\b(?:karena|sebab|penyebab\w*|(?:me|di)(?:nye|se)babkan|dikarenakan|akibat\w*|(?:meng|di)akibatkan|lantaran|"
    r"pasalnya|gara-gara|alasan\w*|(?:peng)?hambat\w*|menghambat|kendala\w*|dipicu|memicu|pemicu|berkat|demi|supaya|"
    rf"agar|sehingga|because|due to|since(?! {TIME})|caused?|causes|reasons?|result of|as a result|"
    r"result(?:s|ed|ing)? (?:from|in)|owing|obstacles?|thanks to|led to|in order to|so that|therefore|blam\w+)\b",
    re.IGNORECASE,
)


def asks_why(question: str) -> bool:
    """Whether a question asks for a reason."""
    return WHY.search(question) is not None


def head_start(question: str, sentence: str) -> float:
    """Logits added to answers in ``sentence``: `HEAD_START` where a why-question meets a named cause, else 0.

    >>> head_start("Why did the talks fail?", "Sanksi menjadi hambatan."), head_start("Who?", "Karena sanksi.")
    (7.0, 0.0)
    >>> head_start("What was the reason for it?", "Since it rained."), head_start("Why did it rain?", "Since 2011.")
    (7.0, 0.0)
    """
    return HEAD_START if asks_why(question) and CAUSE.search(sentence) else 0.0
