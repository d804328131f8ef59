"""The question before, asked with another question word: "Kapan?" after "Siapa yang menang?".

What was asked for is put in where the answer told it ("Kapan Budi menang?"), else what can stand for it ("that", "hal
itu"), so that a whole clause stands behind the question word. By rules, which know the grammar of the two languages
and few of their words.
"""

from __future__ import annotations

import re

from qa import restating_english, restating_indonesian
from qa.question_words import CIRCUMSTANCES, PREPOSITIONS, THINGS, translated

POLITE = re.compile(
    r"^(?:(?:please|tolong) )?(?:do you know|(?:can|could) you tell me|tell me|sebutkan|tahukah (?:kamu|anda)|"
    r"apakah (?:kamu|anda) tahu),? ",
    re.IGNORECASE,
)
CONTRACTED = re.compile(r"^(who|what|where|when|why|how)['’]s(?!\w)", re.IGNORECASE)
ENGLISH = re.compile(
    rf"(?:(?:{PREPOSITIONS}) )?(?:who|whom|whose|what|when|where|why|how|which)(?!\w)|{restating_english.AUXILIARY} ",
    re.IGNORECASE,
)
OF_OTHER = {  # what asks in the other language, which has no word of its own for it here
    "en": re.compile(r"(?<!\w)(?:siapa|apa|mana|(?:se)?berapa)(?:kah)?(?!\w)", re.IGNORECASE),
    "id": re.compile(r"(?<!\w)(?:which|what|how|whom?)(?!\w)", re.IGNORECASE),
}
INDONESIAN = re.compile(rf"(?<!\w)(?:{CIRCUMSTANCES}|{THINGS}|apa|benar|betul)(?:kah)?(?!\w)", re.IGNORECASE)


def asked_anew(asking: str, before: str, answer: str | None = None) -> str | None:
    """The question before with another question word, in its own language; None where the two make no question.

    >>> asked_anew("When", "Siapa yang merilis lagu itu?", "Katy Perry")
    'Kapan Katy Perry merilis lagu itu?'
    >>> asked_anew("When", "Who released the song?", "Katy Perry")
    'When was it that Katy Perry released the song?'
    >>> asked_anew("Siapa", "Mengapa harga beras naik?"), asked_anew("Di kota mana", "Who won?")
    (None, None)
    """
    plain = before.lower() if before.isupper() else before  # where all are capitals, they tell no names
    before = CONTRACTED.sub(r"\1 is", POLITE.sub("", " ".join(plain.split()))).rstrip(" ?.!")
    language = "en" if ENGLISH.match(before) else "id" if INDONESIAN.search(before) else ""
    if not language:
        return f"{asking} {before}?" if before else None
    asking = translated(asking, language)
    if OF_OTHER[language].search(asking):
        return None
    if language == "en":
        return restating_english.asked_anew(asking, before, answer)
    return restating_indonesian.asked_anew(asking, before, answer)
