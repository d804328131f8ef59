"""An English question with another question word: "When?" after "Who is chosen?" is "When is Budi chosen?"."""

from __future__ import annotations

import re

from qa.question_words import LED, PREPOSITIONS, UPPER, behind, circumstance, counted, named, short

NAME = rf"{LED}[{UPPER}][\w'’-]*(?: (?:(?:of|and|of the|bin|van|de) )?{LED}[{UPPER}0-9][\w'’-]*)*"
DO = r"(?i:do|does|did|don['’]t|doesn['’]t|didn['’]t)"
BE = "(?i:is|are|was|were|am|isn['’]t|aren['’]t|wasn['’]t|weren['’]t)"
AUXILIARY = rf"(?:{DO}|{BE}|(?i:has|have|had|will|would|can|could|may|might|must|should|won['’]t|can['’]t))"
PRONOUN = "(?i:he|she|it|they|we|you|i)"
DETERMINER = "(?i:the|a|an|this|that|these|those|his|her|their|its)"
PARTICIPLE = (
    r"(?:\w+ed|held|built|made|found|written|chosen|given|taken|born|won|lost|shot|sold|sent|paid|told|beaten|hit|led|"
    r"said|seen|known|stolen|driven|brought|bought|caught|taught|left|set|put|cut)(?!\w)"
)
BASES = dict(
    pair.split("-")
    for pair in (
        "won-win said-say made-make took-take wrote-write led-lead found-find built-build sang-sing met-meet gave-give "
        "got-get became-become began-begin bought-buy brought-bring came-come went-go lost-lose left-leave held-hold "
        "paid-pay sold-sell sent-send told-tell saw-see ran-run spoke-speak stole-steal shot-shoot fell-fall "
        "broke-break drove-drive did-do happened-happen died-die"
    ).split()
)  # of verbs that are often asked about; all others stand in "was it that …", as they are

WHETHER = re.compile(rf"{AUXILIARY} .+")
HOW = re.compile(
    rf"(?i:(?:{PREPOSITIONS}) (?:wh\w+|how)\b.*?|how many (?:times|days|weeks|months|years|hours|minutes)|"
    rf"(?:when|where|why|how(?! (?:many|much)\b))\b.*?|what time|(?:what|which) (?:year|day|date|month)) "
    rf"(?P<clause>{AUXILIARY} .+)"
)
HOW_TOLD = re.compile(r"(?i:when|where|why|how come|how(?! (?:many|much)\b)) (?P<clause>.+)")
ASKED = r"(?i:(?P<asked>which one|whom|whose|who|what|which|how many|how much))"
THING = re.compile(
    rf"{ASKED}(?P<noun>(?: (?!(?:{AUXILIARY}|{DETERMINER}|(?i:who|which|to|in|on|at|for))\b)[\w'’-]+){{0,3}}) "
    rf"(?P<auxiliary>{AUXILIARY}) (?P<rest>.+)"
)
DONE = re.compile(rf"{ASKED} (?P<verb>(?!(?i:{PREPOSITIONS})\b).+)")
NO_MORE = re.compile(rf"{BE} (?:{DETERMINER} [\w'’-]+(?: [{UPPER}][\w'’-]*)*|{NAME})")
WHO_OR_WHAT = ("who", "whom", "what", "which one")
OWN_SUBJECT = re.compile(
    rf"(?P<subject>(?:{DETERMINER} )?(?!{DETERMINER} )(?:{NAME}|[a-z]\w*)"
    rf"(?: (?!(?:{PREPOSITIONS})\b)[a-z]\w*){{0,3}}?) "
    rf"(?P<verb>(?!(?:{PREPOSITIONS})\b)[a-z]\w*)(?P<tail>(?: (?!of\b)(?:(?:{PREPOSITIONS})\b|[{UPPER}0-9]).*)?)"
)
DEFINITE = re.compile(rf"(?:{DETERMINER}|{PRONOUN}|[{UPPER}][\w'’-]*)(?: .*)?")
NAMED = re.compile(rf"(?P<auxiliary>{AUXILIARY}) (?:{NAME}|{PRONOUN}) (?P<rest>(?!that\b).+)")
# No object stands behind these, or one that is changed by a sum; and none is a time.
BESIDE = (
    rf"{PREPOSITIONS}|after|before|over|despite|between|among|across|around|through|throughout|within|without|beyond|"
    "above|below|near|off|via|per|since|than|as|and|or|but|when|while|because|if|though|"
    "(?:raise|lift|increase|boost|hike|cut|lower|reduce|decrease|slash|drop|widen|narrow|expand)(?:e?d|s)?"
)
SPAN = (
    r"(?:(?:last|past|next|previous|coming|current|same|whole|first) )?(?:[\w-]+ )?"
    r"(?:year|quarter|month|week|weekend|day|decade|century|season|summer|winter|morning|night|time)s?(?!['’\w])"
)
WITH_OBJECT = re.compile(  # a verb with what it is done to, which leaves no "how much" to ask
    rf"{AUXILIARY} .*\b(?!(?:{BESIDE})\b)\w+ {DETERMINER} (?!{SPAN}).+"
)
HAVE = {"has": "does", "have": "do", "had": "did"}
PRESENT = re.compile(r"(?P<verb>\w*[^\Ws])s")
PASSIVE = re.compile(rf"{BE} (?!(?:there|it that)\b|.* by\b).*(?<!\w){PARTICIPLE}")


def asked_anew(asking: str, before: str, answer: str | None = None) -> str | None:
    """The question before, which ends without its mark, with another question word; None where none fits.

    >>> asked_anew("Why", "Which company is owned by Budi"), asked_anew("Who", "Why did the talks fail")
    ('Why is the company owned by Budi?', None)
    """
    if not circumstance(asking):
        return asked_of(asking, before)
    told = clause(before, answer)
    if told and NO_MORE.fullmatch(told) and asking.split()[0].lower() not in ("when", "where", "how"):
        return None  # "Where is the tower?" gives no reason to ask for
    if told and asking.lower() == "how much" and WITH_OBJECT.fullmatch(told):
        return None
    return told and f"{asking} {told}?"


def clause(before: str, answer: str | None) -> str | None:
    """What a question says, as it stands behind a question word, with what it asked for in its place; None for none.

    >>> clause("Did Trump meet Kim", None), clause("Who won it", "Katy"), clause("What did Kim say in Hanoi", None)
    ('did Trump meet Kim', 'did Katy win it', 'did Kim say that in Hanoi')
    """
    if WHETHER.fullmatch(before):
        return before[0].lower() + before[1:]
    if found := HOW.fullmatch(before):
        return found["clause"]
    if found := THING.fullmatch(before):
        return of_auxiliary(found, answer)
    if found := DONE.fullmatch(before):
        return of_verb(found["asked"].lower(), found["verb"], answer)
    if found := HOW_TOLD.fullmatch(before):
        return found["clause"] if found["clause"].startswith("(") else f"was it that {found['clause']}"
    return None


def thing_asked(asked: str, noun: str, answer: str | None) -> str:
    """What stands for what was asked for; "" where nothing does.

    >>> thing_asked("who", "", "Katy"), thing_asked("whose", "house", None), thing_asked("how many", "people", "12")
    ('Katy', 'the house', '12 people')
    """
    if asked in ("who", "whom"):
        return short(answer) or "someone"
    if asked == "whose":
        return noun and (f"{short(answer)}'s {noun}" if short(answer) else f"the {noun}")
    if asked == "how many":
        return counted(noun, answer)
    if not noun:
        return "that much" if asked == "how much" else named(answer) or "that"
    return named(answer) or (f"one {noun}" if noun.startswith("of ") else f"the {noun}")


def of_auxiliary(found: re.Match[str], answer: str | None) -> str | None:
    """What "Who is …", "Which song did …", "How many people were …" say."""
    asked, noun, auxiliary, rest = found["asked"].lower(), found["noun"].strip(), found["auxiliary"], found["rest"]
    thing, being, own = thing_asked(asked, noun, answer), re.fullmatch(BE, auxiliary), OWN_SUBJECT.fullmatch(rest)
    doing = re.fullmatch(DO, auxiliary)
    if not thing or rest.startswith("("):
        return thing and f"{auxiliary} {rest}"
    if auxiliary.lower() in HAVE and re.match(rf"{DETERMINER} ", rest) and not (own and perfect(own)):
        return f"{HAVE[auxiliary.lower()]} {thing} have {rest}"
    if doing or (own and DEFINITE.fullmatch(rest) and (not being or own["verb"].endswith("ing"))):
        return f"{auxiliary} {with_object(own, thing)}" if own else None
    if rest.startswith("there "):
        return f"{auxiliary} there {thing}{rest.removeprefix('there')}"
    said = of_being(asked, rest, thing, short(answer)) if being and not noun else f"{thing} {rest}"
    return said and f"{auxiliary} {said}"


def of_being(asked: str, rest: str, thing: str, known: str) -> str | None:
    """Who or what something is, behind the verb.

    >>> of_being("who", "the spokesperson", "Sarah", "Sarah"), of_being("who", "Sarah", "chief", "chief")
    ('Sarah the spokesperson', 'Sarah chief')
    """
    if asked == "how much":
        return f"{rest} {thing}"
    by_itself = re.fullmatch(NAME, rest) or not re.search(rf" |{PARTICIPLE}", rest)
    if by_itself or (asked == "who" and not known and DEFINITE.fullmatch(rest)):
        return f"{rest} {known}" if known and by_itself else None
    return f"{thing} {rest}"


def perfect(own: re.Match[str]) -> bool:
    """Whether a subject's verb is one that stands behind "has": "the president said", not "the best team"."""
    return re.fullmatch(PARTICIPLE, own["verb"]) is not None


def with_object(own: re.Match[str], thing: str) -> str:
    """A subject and its verb, with what was done: "Kim promise that in Hanoi", "Kim talk about that"."""
    stranded = re.fullmatch(rf" (?:{PREPOSITIONS})", own["tail"])
    if stranded:
        return f"{own['subject']} {own['verb']}{own['tail']} {thing}"
    return f"{own['subject']} {own['verb']} {thing}{own['tail']}"


def of_verb(asked: str, said: str, answer: str | None) -> str | None:
    """What "Who won the race?", "Which team won?", "How many people died?" say.

    >>> of_verb("who", "owns the house", "Budi"), of_verb("how many", "people died", "12")
    ('does Budi own the house', 'did 12 people die')
    >>> of_verb("which", "football team plays here", None)
    'was it that the football team plays here'
    """
    if said.startswith("("):  # the words of a question that could not be completed
        return said
    noun, _, done = ("", "", said) if asked in WHO_OR_WHAT else said.partition(" ")
    verb, _, tail = done.partition(" ")
    if not noun or verb in BASES or verb.endswith("ed"):
        thing = thing_asked(asked, noun, answer)
        if verb in BASES:
            return f"did {thing} {BASES[verb]} {tail}".strip()
        if present := PRESENT.fullmatch(verb):
            return f"does {thing} {base(present['verb'])} {tail}".strip()
        return f"was it that {'this' if thing == 'that' else thing} {done}"
    # Where the noun ends is not seen.
    return f"was it that {thing_asked(asked, said, answer if asked in ('how many', 'whose') else None)}"


def base(verb: str) -> str:
    """A verb without the rest of the ending that its -s has.

    >>> base("own"), base("teache"), base("carrie"), base("use")
    ('own', 'teach', 'carry', 'use')
    """
    if verb.endswith("ie"):
        return f"{verb[:-2]}y"
    return verb[:-1] if re.search(r"(?:sh|ch|ss|x|o)e$", verb) else verb


def asked_of(asking: str, before: str) -> str | None:
    """The question before, asking who, what, which or how many.

    >>> asked_of("What", "Who won the race"), asked_of("Who", "How many people died"), asked_of("Who", "Is Budi ill")
    ('What won the race?', 'Who died?', 'Who is ill?')
    """
    word = asking.split()[0].lower()
    if word == "whose":
        return None
    if found := HOW.fullmatch(before):
        return of_clause(asking, found["clause"])
    if found := THING.fullmatch(before):
        if word == "who" and found["asked"].lower() == "what" and not found["noun"] and PASSIVE.match(before[5:]):
            return of_clause(asking, f"{found['auxiliary']} it {found['rest']}")
        swapped = re.fullmatch(DO, found["auxiliary"]) is None and (not found["noun"] or word == "who")
        return f"{asking} {found['auxiliary']} {found['rest']}?" if swapped else None
    if found := DONE.fullmatch(before):
        plain = found["asked"].lower() in WHO_OR_WHAT
        verb = found["verb"] if plain else found["verb"].partition(" ")[2]
        return f"{asking} {verb}?" if verb and (plain or word == "who") else None
    if WHETHER.fullmatch(before):
        return of_clause(asking, before[0].lower() + before[1:], whether=True)
    return None


def of_clause(asking: str, told: str, *, whether: bool = False) -> str | None:
    """Who or what it was, or with or by whom, in a clause as it stands behind a question word; None for no place.

    Who it was is asked where the question before was whether somebody was: else that was known.

    >>> of_clause("Who", "was the summit held"), of_clause("What", "did Trump say"), of_clause("Who", "did she go")
    ('By whom was the summit held?', 'What did Trump say?', 'With whom did she go?')
    """
    who, what = (asking.split()[0].lower() == word for word in ("who", "what"))
    if what and re.match(rf"{DO} ", told):
        return f"{asking} {told}?"
    if not who:
        return None
    if PASSIVE.match(told):
        return f"{behind('by', asking)} {told}?"
    found = NAMED.fullmatch(told)
    if not found or not whether:
        return f"{behind('with', asking)} {told}?" if found else None
    return None if re.fullmatch(DO, found["auxiliary"]) else f"{asking} {found['auxiliary']} {found['rest']}?"
