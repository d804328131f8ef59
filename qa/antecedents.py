"""Whom, where and when the turns before a question were about, as far as their words tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from index.splitter import RANKS, TITLES
from qa.naming import (
    GENITIVE,
    PERSONS,
    RELATIVE,
    SPOUSE,
    just_before,
    names_in,
    personal,
    placed,
    timed,
    whole,
)
from qa.pointing import pointing, vague
from qa.question_words import ASKED, LONGEST_ANSWER, without_lead
from qa.restating import ENGLISH
from qa.restating_english import BE, NAME
from qa.restating_indonesian import VERB

LOOKED_BACK = 4  # turns
WHO_ASKED = re.compile(rf"(?i:who(?:['’]s| {BE})|siapa(?:kah)?(?: nama)?) (?P<who>[^()?]+?)\W*")
OF_WHOM = re.compile(rf"(?i:the|an?) |{NAME}['’]s? ")  # that begins what somebody is called by
NO_NOUN = re.compile(rf"(?:yang|saja|lagi|itu|ini|pun|di|dari)\b|{VERB}", re.IGNORECASE)
LOCATED = re.compile(r"(?<!\w)(?:in|at|near|di)\s+$", re.IGNORECASE)
DOER = re.compile(r"(?<!\w)(?:do|does|did|has|have|had|yang|by|oleh|di\w{4,})\s+$", re.IGNORECASE)
WORD = re.compile(r"[\w'’-]+")


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked before, as it was really put, and what came out (None: the articles do not say)."""

    question: str
    answer: str | None = None

    def composed(self) -> Turn:
        """The same without accents that are characters of their own: to the rules they end a word."""
        return Turn(normalize("NFC", self.question), self.answer and normalize("NFC", self.answer))


def antecedents(turns: Sequence[Turn], question: str, sex: str = "") -> tuple[str, str, str]:
    """Whom, where and when the latest turns were about, but for whom the question names; "" where they tell nothing.

    With a ``sex``, "he", "she" or "any", only a person, and none of whom the turns tell that he is of the other.

    >>> turns = [Turn("Where does Kim live?", "Pyongyang"), Turn("When did Trump meet Kim?", "in May")]
    >>> antecedents(turns, "Why did he leave?"), antecedents(turns, "Why did Trump hug him?")
    (('Trump', 'Pyongyang', 'in May'), ('Kim', 'Pyongyang', 'in May'))
    >>> turns = [Turn("Who is Jokowi's wife?", "Iriana"), Turn("How old is Jokowi?", "57")]
    >>> [antecedents(turns, "Who met Kim?", sex)[0] for sex in ("", "he", "she")]
    ['Jokowi', 'Jokowi', 'Iriana']
    """
    person = place = time = ""
    known = sexes(turns) if sex else {}
    others = {name for name, own in known.items() if sex != "any" and own != sex}
    asking = [turn.question for turn in turns if sex and not capital(turn.answer or "")]
    unnamed = [who for put in asking if (who := person_described(put))]
    for turn in reversed(turns[-LOOKED_BACK:]):
        asked = " ".join(found.group().lower() for found in ASKED.finditer(turn.question))
        answer = (turn.answer or "").strip()
        short = 0 < len(answer.split()) <= 6
        name = short and capital(answer)
        if short and not place and re.search(r"where|\b(?:di|ke|dari)?mana", asked):
            place = answer
        elif short and not time and re.search(r"when|kapan|time|jam|pukul", asked):
            time = answer
        if name and not person and re.search(r"who|siapa", asked):
            called = person_called(turn.question)
            if answer in others:
                person = person_in(turn.question, question, others, sex)
            elif called and called not in others and not mentioned(called, question):
                person = called
            else:
                doer = mentioned(answer, question)
                person = person_in(turn.question, question, others, sex, doer=True) if doer else answer
        elif not person:
            told = (who for who in unnamed if who in turn.question and who not in others)
            person = next(told, "") or person_in(turn.question, question, others, sex)
        place = place or located(turn.question)
    return person, place, time


def capital(answer: str) -> bool:
    """Whether an answer begins as a name does, and has no number."""
    return answer.strip()[:1].isupper() and not any(map(str.isdigit, answer))


def asked_for(before: str) -> str:
    """The words by which a question asks for somebody; "" where it does not.

    >>> asked_for("And who is the spokesperson?"), asked_for("When?")
    ('the spokesperson', '')
    """
    found = WHO_ASKED.fullmatch(without_lead(before))
    return found["who"] if found else ""


def person_called(before: str) -> str:
    """Whom a question asks about by his name: what answers it is what he is; "" for nobody.

    >>> person_called("Who is Paulo Reis?"), person_called("Siapa Gubernur BI?"), person_called("Siapa CEO Gojek?")
    ('Paulo Reis', '', '')
    """
    who = asked_for(before)
    office = PERSONS.search(who) or any(len(word) > 1 and word.isupper() for word in who.split())
    return who if re.fullmatch(NAME, who) and not office else ""


def person_described(before: str) -> str:
    """By what a question tells the one whom it asks for; "" where it has no such words.

    >>> person_described("Who is the spokesperson?"), person_described("Siapa istri Jokowi?")
    ('the spokesperson', 'istri Jokowi')
    >>> person_described("Who is buying Halden?"), person_described("Siapa yang menang?")
    ('', '')
    """
    who = asked_for(before)
    if not who or len(who.split()) > LONGEST_ANSWER or re.fullmatch(NAME, who) or not all(map(vague, pointing(who))):
        return ""
    noun = OF_WHOM.match(who) if ENGLISH.match(without_lead(before)) else not NO_NOUN.match(who)
    return who if noun else ""


def located(before: str) -> str:
    """Where something was, of which a question tells it; "" where it does not.

    >>> located("Who died in Alor?"), located("Who died in May?"), located("Who slept in Kim's bed?")
    ('Alor', '', '')
    """
    told = (name for name in places_in(before) if before[name[1] : name[1] + 1] not in ("'", "’"))
    return next((before[slice(*name)] for name in told), "")


def places_in(before: str) -> list[tuple[int, int]]:
    """The places of the names that tell where something was."""
    names = (name for name in names_in(before) if LOCATED.search(just_before(before, name[0])))
    return [name for name in names if not timed(before, name)]


def sexes(turns: Sequence[Turn]) -> dict[str, str]:
    """Of whom the turns tell that he is a man or a woman, "he" or "she".

    >>> sexes([Turn("Who is Ines Duarte's husband?", "Tomás"), Turn("Siapa ibu Kim?", "Ko")])
    {'Tomás': 'he', "Ines Duarte's husband": 'he', 'Ines Duarte': 'she', 'Ko': 'she', 'ibu Kim': 'she'}
    """
    known: dict[str, str] = {}
    for turn in turns:
        if found := RELATIVE.match(turn.question):
            sex, other = ("he", "she") if found["he"] else ("she", "he")
            known |= {told.strip(): sex for told in (turn.answer, person_described(turn.question)) if told}
            if SPOUSE.search(found.group()):
                known |= {turn.question[slice(*name)]: other for name in names_in(turn.question)}
    return known


def person_in(before: str, question: str, others: Collection[str] = (), sex: str = "", *, doer: bool = False) -> str:
    """Whom the question before was about, as far as its names tell, but for whom the question names; "" for nobody.

    With ``doer`` only somebody of whom it asks what he did; nobody of the ``others``; with a ``sex`` only a person.

    >>> person_in("In May, what did the FBI and Trump say?", "Why?"), person_in("Kapan Trump marah?", "Mengapa Trump?")
    ('Trump', '')
    >>> [person_in(put, "Why?", doer=True) for put in ("Who did Trump fire?", "Who leads France?")]
    ['Trump', '']
    >>> [person_in("Who lit the fire in Elm Street?", "Where is it?", sex=sex) for sex in ("", "he")]
    ['Elm Street', '']
    """
    names = [name for name in names_in(before) if not timed(before, name)]
    if doer:
        names = [name for name in names if DOER.search(just_before(before, name[0]))]
    likely = [name for name in names if personal(before, name) and not placed(before, name)]
    if not sex:
        likely = likely or [name for name in names if not placed(before, name)] or names
    told = (name for name in likely if not mentioned(before[slice(*name)], question))
    return next((whole(before, name) for name in told if before[slice(*name)] not in others), "")


def mentioned(name: str, question: str) -> bool:
    """Whether a question has a name, or a part of it, titles apart; a relative has words that the name has not.

    >>> mentioned("Sarah Sanders", "Is Sanders's son ill?"), mentioned("President Xi", "As President, what did he do?")
    (True, False)
    >>> mentioned("Donald Trump", "When did he marry Melania Trump?")
    False
    """
    known = name_words(name)
    return any(own and own <= known for own in (name_words(question[slice(*span)]) for span in names_in(question)))


def name_words(name: str) -> set[str]:
    """The words of a name, without titles, initials and endings.

    >>> sorted(name_words("President Trump's")), sorted(name_words("Dr. Ir. H. Budi Susilo"))
    (['Trump'], ['Budi', 'Susilo'])
    """
    words = {GENITIVE.sub("", word) for word in WORD.findall(PERSONS.sub(" ", name))}
    return {word for word in words if len(word) > 1 and word.lower() not in TITLES | RANKS} or words
