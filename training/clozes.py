"""Make questions about names and numbers from text: a sentence with one of them taken out, and a question word before it.

Over parallel text, the question is of one language's sentence and the answer stands in the other's: people translated
both, so a name or a number that reads alike in both is the same answer. Over Indonesian news, the answer stands in
another sentence of the article that shares words with the question's, or in the same one, of which words are left out.
(Cloze questions as in Lewis et al. 2019, arXiv:1906.04980; other places of the same name as in Splinter, Ram et al. 2021.)
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from training.data import CLOZES, CLOZES_EN_ID, CLOZES_ID_EN, Example
from training.windows import sentence_spans

WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\d.,:/]*\d|\d")
FACT = re.compile(
    r"(?:Rp ?|US\$ ?|\$ ?)?(?:[A-Z][\w'’-]*\w|\d[\d.,:/]*\d|\d)(?: (?:[A-Z][\w'’-]*\w|\d[\d.,:/]*\d|\d|of (?=[A-Z])))*"
)
MONTHS = dict(
    pair.split("-")
    for pair in "January-Januari February-Februari March-Maret May-Mei June-Juni July-Juli August-Agustus October-Oktober "
    "December-Desember".split()
)
PLACE = re.compile(r"\b(?:in|at|from|to|near|di|ke|dari|dekat)$", re.IGNORECASE)
PERSON = re.compile(
    r"\s*(?:,? ?(?:said|says|told|added|mengatakan|menuturkan|menjelaskan|menyebut|menilai|mengaku|yang|who)\b)"
    r"|\s*\(\d\d\)"
)
TITLE = re.compile(
    r"\b(?:by|oleh|kata|ujar|tutur|ucap|ungkap|jelas|presiden|president|menteri|bapak|mr|mrs)\.?$", re.IGNORECASE
)
QUESTION_WORDS = {
    "en": {
        "year": ("When", "In what year", "What year"),
        "number": ("How many", "How much", "What number"),
        "place": ("Where", "Where", "In which place", "Which"),
        "person": ("Who", "Who", "Whom"),
        "name": ("Who", "What", "Which", "What is the name of"),
    },
    "id": {
        "year": ("Kapan", "Tahun berapa", "Pada tahun berapa"),
        "number": ("Berapa", "Berapa", "Berapakah", "Berapa jumlah"),
        "place": ("Di mana", "Di mana", "Dimana", "Di manakah"),
        "person": ("Siapa", "Siapa", "Siapakah"),
        "name": ("Siapa", "Apa", "Apakah nama", "Apa nama", "Mana"),
    },
}
SHORTEST, LONGEST = 4, 16  # words of a question besides its question word
SHARED = 3  # words that another sentence must share with the question


def kind_of(fact: str, before: str, after: str) -> str:
    """What a question would ask for, told by the fact and the text on both sides of it."""
    if re.fullmatch(r"(?:1[5-9]|20)\d\d", fact):
        return "year"
    if fact[0].isdigit() or fact.startswith(("Rp", "US$", "$")):
        return "number"
    if PLACE.search(before.rstrip()):
        return "place"
    return "person" if PERSON.match(after) or TITLE.search(before.rstrip()) else "name"


def cloze(sentence: str, at: int, end: int, language: str, rng: random.Random, dropped: float = 0.0) -> str | None:
    """The question that ``sentence[at:end]`` answers, or None where too little would be left to ask with."""
    before, after = WORD.findall(sentence[:at]), WORD.findall(sentence[end:])
    asked = rng.choice(QUESTION_WORDS[language][kind_of(sentence[at:end], sentence[:at], sentence[end:])])
    room = rng.randrange(SHORTEST + 2, LONGEST + 1)  # people ask in fewer words than the news tells
    behind = min(len(after), max(room - len(before), rng.randrange(room + 1)))
    before, after = before[len(before) - min(len(before), room - behind) :], after[:behind]
    before = [word for word in before if rng.random() >= dropped]
    after = [word for word in after if rng.random() >= dropped]
    if len(before) + len(after) < SHORTEST:
        return None
    if before and before[0][0].isupper() and sentence.lstrip(' "“').startswith(before[0]) and rng.random() < 0.7:
        before[0] = before[0].lower()
    if PLACE.search(" ".join(before)) and asked.lower().startswith(("where", "di ")):
        before = before[:-1]
    words = [asked, *after, *before] if rng.random() < 0.35 else [asked, *before, *after]
    if rng.random() < 0.15:
        words = [*before, asked.lower(), *after]
    return " ".join(words) + "?"


def facts(sentence: str) -> Iterator[re.Match[str]]:
    """The names and numbers of a sentence, but for the word that begins it alone."""
    for match in FACT.finditer(sentence):
        begins = not WORD.search(sentence[: match.start()])
        if not (begins and " " not in match[0] and not match[0][0].isdigit()) and len(match[0]) <= 60:
            yield match


def in_other(fact: str, language: str) -> str:
    """How the fact of a sentence in ``language`` reads in the other one."""
    if re.search(r"\d[.,]\d", fact):
        fact = fact.translate(str.maketrans(".,", ",."))
    names = MONTHS if language == "en" else {own: english for english, own in MONTHS.items()}
    return " ".join(names.get(word, word) for word in fact.split(" "))


def crossed_examples(pairs: Sequence[tuple[str, str]], seed: int) -> list[Example]:
    """Questions of one language over the other's text, of pairs in the order of their documents."""
    rng = random.Random(seed)
    out: list[Example] = []
    for number, pair in enumerate(pairs):
        for asked, told, source, language in ((0, 1, CLOZES_EN_ID, "en"), (1, 0, CLOZES_ID_EN, "id")):
            for match in facts(pair[asked]):
                answer = in_other(match[0], language)
                places = list(re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", pair[told]))
                if len(places) != 1:
                    continue
                question = cloze(pair[asked], match.start(), match.end(), language, rng)
                if question is None:
                    continue
                first, last = max(0, number - rng.randrange(3)), min(len(pairs) - 1, number + rng.randrange(4))
                before = " ".join(other[told] for other in pairs[first:number])
                context = " ".join(other[told] for other in pairs[first : last + 1])
                at = places[0].start() + len(before) + bool(before)
                answers = ((at, at + len(answer)),)
                out.append(Example(f"{source}-{number}-{match.start()}", source, question, context, answers))
    return out


def news_examples(articles: Sequence[str], seed: int, of_each: int = 4) -> list[Example]:
    """Questions over a few sentences of an article each, at most ``of_each`` of one."""
    rng = random.Random(seed)
    common = Counter(word for article in articles for word in {w.lower() for w in WORD.findall(article)})
    rare = len(articles) // 20
    out: list[Example] = []
    for number, article in enumerate(articles):
        spans = sentence_spans(article)
        sentences = [article[a:b].strip() for a, b in spans]
        telling = [{w for w in map(str.lower, WORD.findall(s)) if len(w) > 2 and common[w] < rare} for s in sentences]
        found: list[Example] = []
        for i, sentence in enumerate(sentences):
            for match in facts(sentence):
                own = telling[i] - set(WORD.findall(match[0].lower()))
                where = re.compile(rf"(?<!\w){re.escape(match[0])}(?!\w)")
                others = [
                    j for j, s in enumerate(sentences) if j != i and len(own & telling[j]) >= SHARED and where.search(s)
                ]
                if not others and rng.random() < 0.8:
                    continue
                told = rng.choice(others) if others else i
                question = cloze(sentence, match.start(), match.end(), "id", rng, 0.1 if others else 0.3)
                if question is None:
                    continue
                first, last = told, told
                for step in (-1, 1, 1):
                    near = (first if step < 0 else last) + step
                    if 0 <= near < len(spans) and near != i and rng.random() < 0.7:
                        first, last = min(first, near), max(last, near)
                start, end = spans[first][0], spans[last][1]
                context = article[start:end].rstrip()
                places = [m for m in where.finditer(context) if spans[told][0] <= m.start() + start < spans[told][1]]
                if len(places) == 1 and len(where.findall(context)) == 1:
                    answers = ((places[0].start(), places[0].end()),)
                    found.append(Example(f"cloze-{number}-{i}-{match.start()}", CLOZES, question, context, answers))
        rng.shuffle(found)
        out += found[:of_each]
    return out
