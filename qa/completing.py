"""Follow-up questions, understood without a language model.

A question that leans on the one before it (a pronoun, a bare "And when?", "What about Kim?") is completed from that
question and its answer, by rules in Indonesian and English; `restating` has those for bare question words, `pointing`
those for pronouns, `antecedents` tells whom and what these mean. Whatever stands on its
own is left as it is: a new topic drags nothing along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import normalize

from qa.antecedents import LOOKED_BACK, WORD, Turn, antecedents, name_words, places_in
from qa.naming import (
    CALENDAR,
    FILLERS,
    GENITIVE,
    MEN,
    PAST,
    PERSONS,
    SEX,
    THE,
    WOMEN,
    just_before,
    names_in,
    timed,
)
from qa.pipeline import LONGEST_QUESTION, spaced
from qa.pointing import NO_NOUN, NO_OWNER, pointing, thing_of, vague
from qa.question_words import ASKED, CIRCUMSTANCES, LEAD, PREPOSITIONS, alone, phrase, without_lead
from qa.restating import ENGLISH, asked_anew
from qa.restating_english import AUXILIARY, BE, DETERMINER, NAME, PARTICIPLE, PRONOUN
from qa.restating_indonesian import ABSTRACT, HOW_MANY, NO_VERB, TOLD, VERB
from qa.words import asks_nothing

LONGEST_PHRASE = 3  # words with a preposition, which are all of a follow-up
CONTEXT_WORDS = 12  # of the question before, where nothing in it can be put in the place of a pronoun

JOINING = re.compile(r"(?<!\w)(?:and|but|so|then|also|dan|lalu|terus|tapi|tetapi|kemudian)(?!\w)", re.IGNORECASE)
AND = re.compile(r"(?<!\w)(?:and|dan|lalu|terus)(?!\w)", re.IGNORECASE)
ABOUT = re.compile(
    r"^(?:(?:and|dan|lalu|terus|no|sorry|bukan|tidak|maaf)[\s,]+)*"
    r"(?:what about|how about|i meant?|bagaimana dengan|gimana dengan|kalau|bagaimana kalau|maksud ?(?:saya|ku))"
    r"\s+(.+)$",
    re.IGNORECASE,
)
MONTH = rf"(?<!\w)(?:{CALENDAR}|(?-i:May))(?!\w)"
YEAR = r"(?<![\w.,/-])(?:1[5-9]|20)\d\d(?:-?an|s)?(?!\w|[.,/-]\d)"
DATE = rf"(?:\d{{1,2}} {MONTH}|{MONTH}(?: \d{{1,2}}(?!\w|[.,/-]\d))?)"
TIME = re.compile(  # a year or a day, as all that a follow-up asks about: "in 2019", "tahun 2019", "6 May"
    rf"(?:(?P<led>{PREPOSITIONS}) )?(?:(?:tahun|tanggal|bulan|hari) )?"
    rf"(?P<time>(?:the )?{YEAR}|{DATE},? {YEAR}|\d{{1,2}} {MONTH}|{MONTH} \d{{1,2}})",
    re.IGNORECASE,
)
UNSAID = re.compile(  # of whom, of what or of how many?
    rf"(?P<how>{CIRCUMSTANCES}) (?P<what>(?:akan |sudah |telah )?"
    r"(?:di\w{4,}|terjadi|terbit|berlangsung|berakhir|bermula|naik|turun|meningkat|menurun|melemah|menguat|gagal|batal|"
    r"(?P<lived>lahir|meninggal|wafat|tewas|menikah|bercerai|pensiun|mundur|menang|kalah)))|"
    rf"berapa(?:kah)?(?: orang)? yang \w+|how many(?: of them)? {PAST}(?: \w+)?",
    re.IGNORECASE,
)
# Another country or firm is put behind an office that is asked for, and a person in the place of who holds it.
OFFICE = re.compile(rf"(?:(?P<short>(?-i:[A-Z]{{2,}}))|{PERSONS.pattern}) of ", re.IGNORECASE)
WHO_IS = re.compile(rf"(?:.* )?(?i:who(?:['’]s| {BE})) (?:the )?(?:\w+ )?")
OWNED = re.compile(r"(?:his|her|their|its)(?: [\w'’-]+){1,3}|(?:[\w-]+ ){0,2}\w{3,}nya", re.IGNORECASE)
KIN = re.compile(
    rf"\b(?:{MEN}|{WOMEN}|child|children|kids|parents|siblings|anak|cucu|putra|putri|kakak|adik|orang ?tua)\b",
    re.IGNORECASE,
)
OF_PERSONS = re.compile(rf"(?:{KIN.pattern}|kata|ujar)", re.IGNORECASE)
WHAT_IS = rf"(?i:who|what|how [a-z]+)(?:['’]s| {BE})"
BERAPA = r"(?i:berapa|siapa|apa)(?:kah)?(?: nama)?"
PLAIN_NOUN = r"[a-z][\w-]*(?: [a-z][\w-]*){0,2}"
# A question for how much, or what, something is; and a word for what was done.
MEASURED = (
    "harga|tarif|biaya|ongkos|upah|gaji|kurs|jumlah|banyak|luas|tinggi|berat|panjang|umur|usia|lama|kadar|produksi|ekspor|"
    "impor|stok|nilai|denda|pajak|orang|itu|arti|penyebab"
)
OF_WHAT = re.compile(
    rf"(?P<ask>(?:{WHAT_IS} |{BERAPA} (?:{MEASURED}) )"
    r"(?:(?:the |an? )?(?:price|cost|value|number|amount|weight|size|height|length|area|age|cause|meaning)s? of )?)"
    rf"(?P<what>(?:the |an? )?{PLAIN_NOUN}?)(?P<tail>\W*|\W+(?:{PREPOSITIONS}) .*)"
)
# Who or what holds an office or a part of what is named: "the governor of Bali", "Bali's governor", "gubernur Bali".
HELD = re.compile(
    rf"{WHAT_IS} (?:the |{NAME}['’]s? )"
    r"(?P<what>(?!(?:first|last|price|cost|value|number|weight|size|height|length|age)\b)[\w-]+(?: [\w-]+){0,2}?)"
    rf"(?:\W*|\W+(?:{PREPOSITIONS}) .*)"
)
ASPECT = re.compile(rf"(?P<ask>{BERAPA} )(?P<noun>(?!yang\b)[a-z][\w-]*) (?P<thing>[a-z].*)")
PLACED = re.compile(
    rf"(?i:how [a-z]+|where|when)(?:['’]s| {BE}) (?:(?P<done>the {PLAIN_NOUN}?) (?:\w+ing(?!\w)|{PARTICIPLE}).*|"
    rf"(?P<what>the {PLAIN_NOUN}?|{NAME})(?:\W*|\W+(?:{PREPOSITIONS}) .*))"
)
HELD_BY = re.compile(rf"(?i:siapa(?:kah)?(?: nama)?) (?P<what>{PLAIN_NOUN})(?= (?-i:[A-Z]))")
DONE = re.compile(rf"(?<![\w-])(?:(?!(?:{NO_VERB})\b)(?:di|ter)[a-z]{{4,}}|[a-z]+(?<!e)ed)(?![\w-])")
NO_THING = re.compile(rf"{NO_NOUN}|(?:nanti|kini|later|finally|still|yang|the)(?!\w)", re.IGNORECASE)
PREPOSITION = re.compile(rf"(?:{PREPOSITIONS}) ", re.IGNORECASE)
ONLY_NAME = re.compile(rf"(?:(?:{PREPOSITIONS}) )?(?:the )?{NAME}")
JUST_PREPOSITION = re.compile(rf"(?<!\w)(?:{PREPOSITIONS}) (?:the )?$", re.IGNORECASE)
# What a verb, and what a subject and its verb stand behind.
MAY = rf"(?<!\w)(?!{BE}(?!\w)){AUXILIARY}"
SUBJECT = re.compile(
    rf"(?:(?<!\w)(?i:who|what|(?:which|how many) \w+)|{MAY} (?:{PRONOUN}|{NAME}|{DETERMINER} (?:{NAME} )?[\w'’-]+)) $"
)
DOING = re.compile(rf"{MAY} (?:{DETERMINER} )?$")
ENDS = re.compile(rf"\s*(?:[?.!,]|$|(?:{PREPOSITIONS})(?!\w))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Completed:
    """A question with what it leaves out. Not ``sure``: a name of its own may be who is meant, as it stands."""

    question: str
    sure: bool = True


def content(question: str) -> list[str]:
    """The words of a question that say something by themselves, lower-cased.

    >>> content("And when?"), content("Siapa namanya?"), content("Why did the talks fail?")
    ([], [], ['talks', 'fail'])
    """
    if alone(LEAD.sub("", question.strip())):
        return []
    words = []
    for word in WORD.findall(ASKED.sub(" ", question).lower()):
        stem = word[:-3] if word.endswith("nya") and word[:-3] not in NO_OWNER else word
        if word not in FILLERS and stem not in FILLERS:
            words.append(word)
    return words


def complete(question: str, turns: Sequence[Turn]) -> Completed | None:
    """A follow-up with what it leaves out, or None when it stands on its own (or nothing went before).

    >>> complete("And when?", [Turn("Where did Trump and Kim meet?", "Hanoi")])
    Completed(question='when did Trump and Kim meet?', sure=True)
    >>> complete("What did she say?", [Turn("Who is the spokesperson?", "Sarah Sanders")])
    Completed(question='What did Sarah Sanders say?', sure=True)
    >>> complete("Did Pelosi say she was ill?", [Turn("Who is the spokesperson?", "Sarah Sanders")])
    Completed(question='Did Pelosi say Sarah Sanders was ill?', sure=False)
    """
    if not turns or len(spaced(question)) > LONGEST_QUESTION:
        return None
    question = normalize("NFC", question)
    turns = [turn.composed() for turn in turns if not asks_nothing(turn.question)][-LOOKED_BACK:]
    if not turns:
        return None
    last, before = turns[-1], without_lead(turns[-1].question)
    topic = another(question)
    whose = topic or belonging(question)
    owned = resolved(whose, pointing(whose), turns) if whose else None
    put = of_owner(whose, owned, before) if owned else of_thing(whose, before)
    if put or topic:
        return Completed(put or about_another(owned or topic, before, alike=owned is None))
    if put := another_thing(question, before):
        return Completed(put)
    own = content(question)
    bare = LEAD.sub("", question.strip())
    unsaid = UNSAID.fullmatch(bare.rstrip(" ?"))
    if unsaid and unsaid["lived"]:
        bare = f"{unsaid['how']} dia {unsaid['what']}?"
    back = pointing(bare)
    asked = alone(bare) or (None if own or back else phrase(bare))
    if asked:
        return Completed(asked_anew(asked, before, last.answer) or beside(asked, before))
    if len(own) > 1 and all(map(vague, back)):
        # "perundingan itu", "that day" may be about what only this question tells
        put = resolved(bare, pointing(bare, own_names=False), turns)
        return Completed(put, sure=False) if put else None
    if back or unsaid:
        return Completed(resolved(bare, back, turns) or beside(bare, before))
    return None


def another(question: str) -> str:
    """Whom, what or when a follow-up asks the question before about, if it does; else "".

    >>> another("What about Kim?"), another("And in 2019?"), another("Dan Kim?"), another("And did Kim resign?")
    ('Kim', 'in 2019', 'Kim', '')
    >>> another("di Surabaya?"), another("for children?"), another("di mana?")
    ('di Surabaya', 'for children', '')
    """
    plain = question.strip()
    about, lead = ABOUT.match(plain), LEAD.match(plain)
    topic = (about[1] if about else plain[lead.end() if lead else 0 :]).strip(" ?")
    if len(content(topic)) > 4 or ASKED.search(topic):
        return ""
    joined = lead and JOINING.search(lead.group()) and ONLY_NAME.fullmatch(topic)
    led = PREPOSITION.match(topic) and len(topic.split()) <= LONGEST_PHRASE
    return topic if about or joined or led or TIME.fullmatch(topic) else ""


def another_thing(question: str, before: str) -> str | None:
    """The question before, asked about another thing or deed that is all a follow-up says; else None.

    >>> another_thing("Dan gula?", "Berapa harga telur ayam?"), another_thing("And rice?", "What is the price of eggs?")
    ('Berapa harga gula?', 'What is the price of rice?')
    >>> another_thing("And injured?", "How many were killed in Alor?"), another_thing("Dan dibuka?", "Kapan VOC bubar?")
    ('How many were injured in Alor?', None)
    >>> another_thing("Dan besok?", "Berapa harga telur?"), another_thing("And rice?", "Why did the talks fail?")
    (None, None)
    >>> another_thing("And the king?", "Who is the Minister for Fiji?"), another_thing("Dan kapten?", "Siapa bek PSM?")
    ('Who is the king for Fiji?', 'Siapa kapten PSM?')
    >>> another_thing("And the zoo?", "When was the museum built?"), another_thing("And the zoo?", "Is Rome old?")
    ('When was the zoo built?', None)
    """
    lead = LEAD.match(question.strip())
    if not lead or not AND.search(lead.group()):
        return None
    topic = question.strip()[lead.end() :].strip(" ?").removeprefix("yang ")
    if re.fullmatch(r"[a-z][\w-]* (?:\d+|[IVX]+|[A-Z])", topic) and (place := of_its_kind(topic, before)):
        return before[: place[0]] + topic + before[place[1] :]  # "sesi II" for "sesi I"
    if topic.startswith("the ") and (found := HELD.fullmatch(before) or PLACED.fullmatch(before)):
        noun = topic.removeprefix("the ")
        fits = re.fullmatch(PLAIN_NOUN, noun) and content(noun) and not ASKED.search(noun) and not pointing(noun)
        start, end = found.span("what" if found["what"] else "done")
        return before[:start] + (topic if found.re is PLACED else noun) + before[end:] if fits else None
    if not re.fullmatch(PLAIN_NOUN, topic) or ASKED.search(topic) or not content(topic) or pointing(topic):
        return None
    done = list(DONE.finditer(before)) if DONE.fullmatch(topic) else []
    if len(done) == 1:
        return before[: done[0].start()] + topic + before[done[0].end() :]
    if NO_THING.match(topic):
        return None
    start, end = of_its_kind(topic, before) or of_what(before) or of_whom(before) or (0, 0)
    return before[:start] + topic + before[end:] if end else None


def of_what(before: str) -> tuple[int, int] | None:
    """The place of the thing that a question asks for the price, the size, the head … of.

    >>> of_what("Berapa harga telur ayam?"), of_what("Berapa harga telur naik?"), of_what("How much are eggs in Alor?")
    ((13, 23), None, (13, 17))
    """
    found = OF_WHAT.fullmatch(before)
    words = found["what"].split() if found else []
    filled = not content(found["what"]) if found else True
    verbs = len(words) > 1 and any(re.match(VERB, word) for word in words)
    return None if found is None or filled or verbs else found.span("what")


def of_whom(before: str) -> tuple[int, int] | None:
    """The place of what somebody is to whom or what is named, where an Indonesian question asks who that is.

    >>> of_whom("Siapa pelatih Persija?"), of_whom("Siapa yang melatih Persija?"), of_whom("Siapa menteri di Bali?")
    ((6, 13), None, None)
    """
    found = HELD_BY.match(before)
    words = found["what"].split() if found else []
    held = words and not any(word in FILLERS or re.match(rf"{VERB}|{NO_NOUN}", word) for word in words)
    return found.span("what") if found and held else None


def belonging(question: str) -> str:
    """What a follow-up asks for of somebody whom it does not name, if that is all it says; else "".

    >>> belonging("And his wife?"), belonging("Laba bersihnya?"), belonging("Dan akhirnya?"), belonging("His wife?")
    ('his wife', 'laba bersihnya', '', '')
    """
    plain = question.strip()
    lead = LEAD.match(plain)
    topic = plain[lead.end() if lead else 0 :].strip(" ?")
    if not lead and topic.endswith("nya"):
        topic = topic[:1].lower() + topic[1:]
    elif not lead or not JOINING.search(lead.group()):
        return ""
    owned = OWNED.fullmatch(topic) and not ASKED.search(topic)
    return topic if owned and any(found.lastgroup in ("owner", "its", "stem") for found in pointing(topic)) else ""


def of_owner(whose: str, owned: str, before: str) -> str | None:
    """The question before, asked about what is ``owned`` by the same one; None where that has no place in it.

    A relative is put for the owner, all else for what was asked of him.

    >>> of_owner("his wife", "Kim's wife", "How old is Kim?"), of_owner("dendanya", "denda Ali", "Berapa vonis Ali?")
    ("How old is Kim's wife?", 'Berapa denda Ali?')
    >>> of_owner("his fine", "Ali's fine", "What is Ali's age?"), of_owner("his fine", "Ali's fine", "Did Ali go?")
    ("What is Ali's fine?", None)
    >>> of_owner("anaknya", "anak Kim", "Kapan istri Kim lahir?"), of_owner("istrinya", "istri Kim", "Di mana Kimi?")
    ('Kapan anak Kim lahir?', None)
    >>> of_owner("stoknya", "stok Palu", "Berapa harga beras di Palu?"), of_owner("artinya", "arti A", "Siapa bek A?")
    ('Berapa stok beras di Palu?', 'Apa arti A?')
    """
    if not OWNED.fullmatch(whose):
        return None
    if not whose.endswith("nya"):
        noun = whose.partition(" ")[2]
        known = re.escape(owned.removesuffix(f"'s {noun}"))
        asked = rf"(?P<ask>{WHAT_IS} ){known}['’]s? (?P<noun>{PLAIN_NOUN})(?P<tail>\W*|\W+(?:{PREPOSITIONS}) .*)"
    else:
        noun = whose.removesuffix("nya")
        known = re.escape(owned.removeprefix(f"{noun} "))
        asked = rf"(?P<ask>{BERAPA} )(?P<noun>{PLAIN_NOUN}?) (?P<whom>(?:(?:{PREPOSITIONS}) )?{known})(?P<tail>\W.*|)"
    found, kin = re.fullmatch(asked, before), KIN.search(noun) is not None
    if found and (not kin or KIN.search(found["noun"])):
        put = owned
        if whose.endswith("nya") and not found["whom"].startswith(owned.removeprefix(f"{noun} ")):
            of_it = found["noun"].partition(" ")[2] if " " not in noun and re.match(TOLD, found["noun"]) else ""
            put = " ".join(filter(None, (noun, of_it, found["whom"])))  # "stok beras di Palu" for "harga beras di Palu"
        return f"{asking_for(noun) or found['ask']}{put}{found['tail']}"
    place = re.search(rf"(?<!\w)(?:{KIN.pattern} )?{known}(?:['’]s? {KIN.pattern}|(?!\w))", before) if kin else None
    return before[: place.start()] + owned + before[place.end() :] if place else None


def of_thing(whose: str, before: str) -> str | None:
    """The question before, asked about another side of the plain thing that it asks about; None where it has none.

    >>> of_thing("kedalamannya", "Berapa magnitudo gempa itu?"), of_thing("penyebabnya", "Berapa korban banjir?")
    ('Berapa kedalaman gempa itu?', 'Apa penyebab banjir?')
    >>> of_thing("penyebabnya", "Apa yang terjadi?"), of_thing("dampaknya", "Mengapa harga naik?")
    (None, None)
    """
    found = ASPECT.fullmatch(before) if whose.endswith("nya") and OWNED.fullmatch(whose) else None
    if (
        found is None
        or KIN.search(whose)
        or any(re.match(rf"{VERB}|{NO_NOUN}", found[one]) for one in ("noun", "thing"))
    ):
        return None
    noun = whose.removesuffix("nya")
    return f"{asking_for(noun) or found['ask']}{noun} {found['thing']}"


def asking_for(noun: str) -> str:
    """What asks for an Indonesian noun, where it tells; "" else.

    >>> asking_for("penyebab"), asking_for("umur"), asking_for("istri")
    ('Apa ', 'Berapa ', '')
    """
    return "Apa " if re.match(ABSTRACT, noun) else "Berapa " if re.match(TOLD, noun) else ""


def about_another(topic: str, before: str, *, alike: bool = True) -> str:
    """The question before, put about another one, which may be ``alike`` in one of two words.

    >>> about_another("Kim", "Why did Trump resign?"), about_another("harga bawang", "Mengapa harga cabai naik?")
    ('Why did Kim resign?', 'Mengapa harga bawang naik?')
    >>> [about_another("Brazil", put) for put in ("Who is the President of France?", "Why did the King of Spain go?")]
    ['Who is the President of Brazil?', 'Why did Brazil go?']
    >>> about_another("istri Jokowi", "Berapa umur Jokowi?", alike=False)
    'Berapa umur istri Jokowi?'
    >>> about_another("in palu", "Who died in Alor?"), about_another("for children", "How much is it in Padang?")
    ('Who died in palu?', 'How much is it in Padang for children?')
    >>> about_another("Dalam rupiah", "Berapa harga Kopi Senja?")
    'Berapa harga Kopi Senja dalam rupiah?'
    """
    topic = topic[0].lower() + topic[1:] if PREPOSITION.match(topic) else topic
    if time := TIME.fullmatch(topic):
        return at_another_time(time, before)
    if place := of_its_kind(topic, before) if alike else None:
        start, end = place
    else:
        names, led = names_in(before), PREPOSITION.match(topic)
        of_time = timed(topic, (led.end() if led else 0, len(topic)))
        same = [name for name in names if timed(before, name) == of_time] or names
        same = (led and [name for name in same if JUST_PREPOSITION.search(just_before(before, name[0]))]) or same
        if led and topic.islower():  # "for children" tells no other place than "in Padang" does
            same = [name for name in same if just_before(before, name[0]).endswith(led.group())]
        if not same and not led and re.fullmatch(PLAIN_NOUN, topic) and (thing := of_what(before)):
            return before[: thing[0]] + topic + before[thing[1] :]
        if not same:
            return f"{before.rstrip(' ?')} {topic}?"
        akin = [name for name in same if name_words(topic) & name_words(before[slice(*name)])]
        start, end = (akin or same)[-1]
        office = OFFICE.match(before, start, end)
        if office and (office["short"] or WHO_IS.fullmatch(before, 0, start)):
            start = office.end()
        elif PERSONS.search(before, start, end) and (article := THE.search(before, max(0, start - 20), start)):
            start = article.start()  # "the President"
        elif topic.startswith("the ") and (article := THE.search(before, max(0, start - 20), start)):
            start = article.start()
    if before[end : end + 1] in ("'", "’"):
        topic = GENITIVE.sub("", topic)  # "And Spain's?" for "Japan's coach"
    if PREPOSITION.match(topic) and (doubled := JUST_PREPOSITION.search(just_before(before, start))):
        start -= len(doubled.group())  # "in Padang" for "in Aceh"
    return before[:start] + topic + before[end:]


def at_another_time(time: re.Match[str], before: str) -> str:
    """The question before, asked about another year or day than it names, if any.

    >>> put = "Berapa inflasi pada Maret 2018?"
    >>> [at_another_time(TIME.fullmatch(time), put) for time in ("tahun 2019", "April 2019")]
    ['Berapa inflasi pada Maret 2019?', 'Berapa inflasi pada April 2019?']
    >>> [at_another_time(TIME.fullmatch(time), "Who won?") for time in ("2019", "May 6")]
    ['Who won in 2019?', 'Who won on May 6?']
    """
    put = time["time"]
    year, day = re.search(YEAR, put), re.search(DATE, put, re.IGNORECASE)
    wanted = [rf"{DATE},? {YEAR}", YEAR, DATE] if year and day else [YEAR] if year else [DATE]
    found = next((own for one in wanted if (own := list(re.finditer(one, before, re.IGNORECASE)))), None)
    if found:
        return before[: found[-1].start()] + put + before[found[-1].end() :]
    led = "" if time["led"] else ("on " if day and not year else "in ") if ENGLISH.match(before) else "pada "
    return f"{before.rstrip(' ?')} {led}{time.group()}?"


def of_its_kind(topic: str, before: str) -> tuple[int, int] | None:
    """The place of two words of which one is also in a topic of two: "President Xi" after "President Trump".

    Of a plain noun of the topic that stands alone ("prices" before "oil prices") that of this one.

    >>> of_its_kind("onion prices", "Why did chili prices rise?"), of_its_kind("oil prices", "Why do prices rise?")
    ((8, 20), (7, 13))
    >>> of_its_kind("Kim", "Why did Trump resign?"), of_its_kind("Trump Jr.", "Did Trump resign?")
    (None, None)
    """
    kind = topic.split()
    if len(kind) != 2:
        return None
    words = list(WORD.finditer(before))
    for one, other in pairwise(words):
        pair = one.group(), other.group()
        shared = [said.lower() == meant.lower() for said, meant in zip(pair, kind, strict=True)]
        cased = all(said[0].isupper() == meant[0].isupper() for said, meant in zip(pair, kind, strict=True))
        filled = any(word.lower() in FILLERS for word in pair)
        if any(shared) and cased and not filled and not with_verb(before, one.start(), other.end()):
            return one.start(), other.end()
    nouns = {word for word in kind if topic.islower() and word not in FILLERS}
    return next((word.span() for word in words if word.group() in nouns), None)


def with_verb(before: str, start: int, end: int) -> bool:
    """Whether one of two words is the verb of their question, or may be.

    >>> with_verb("Did Trump lower prices?", 10, 22), with_verb("Did Trump lower rice prices?", 16, 27)
    (True, False)
    >>> with_verb("Kapan harga naik?", 6, 16), with_verb("Kapan harga cabai naik?", 6, 17)
    (True, False)
    """
    if not ENGLISH.match(before):
        counted = HOW_MANY.match(before)  # "Berapa korban tewas" asks for no more than that
        return not counted and any(re.match(VERB, word) for word in before[start:end].split())
    led = before[max(0, start - 60) : start]
    return SUBJECT.search(led) is not None or (DOING.search(led) is not None and ENDS.match(before, end) is not None)


def beside(question: str, before: str) -> str:
    """A question with the words of the one before behind it, where that has any.

    A name that tells where something was keeps what says so.

    >>> beside("Who?", "Why did the talks fail?"), beside("Siapa?", "Apa itu?"), beside("Why?", "Who died in Alor?")
    ('Who (talks fail)?', 'Siapa?', 'Why (died in Alor)?')
    >>> beside("Siapa?", "Pasal berapa (denda Budi)?")
    'Siapa (pasal denda Budi)?'
    """
    places = {name[0] for name in places_in(before)}
    asked = WORD.finditer(ASKED.sub(lambda found: " " * len(found.group()), before))
    first = 0 if all(name[0] for name in names_in(before)) else -1  # a capital there is that of a question
    told = [
        word.group().lower() if word.start() == first else word.group()
        for word in asked
        if word.group().lower() not in FILLERS or word.end() + 1 in places
    ]
    words = told[:CONTEXT_WORDS]
    return " ".join([question.rstrip(" ?"), *([f"({' '.join(words)})"] if words else [])]) + "?"


def resolved(question: str, back: Sequence[re.Match[str]], turns: Sequence[Turn]) -> str | None:
    """A question with the words that point back replaced; None where it is not known by what."""
    known: dict[str, tuple[str, str, str]] = {}
    out = question
    for found in reversed(back):
        sex = SEX.get(found.group().lower(), "any" if OF_PERSONS.fullmatch(found["stem"] or "") else "")
        if sex not in known:
            known[sex] = antecedents(turns, question, sex)
        if put := in_place_of(found, *known[sex]):
            out = out[: found.start()] + put + out[found.end() :]
    return out if out != question else None


def in_place_of(found: re.Match[str], person: str, place: str, time: str) -> str:
    """What a word that points back stands for; "" when that is not known.

    >>> [in_place_of(found, "Dewi", "Hanoi", "") for found in pointing("Was her son there then?")]
    ["Dewi's", 'in Hanoi', '']
    """
    match found.lastgroup:
        case "person":
            return person
        case "owner":
            return person and f"{person}'s"
        case "stem":
            return "" if thing_of(found) else person and f"{found['stem']} {person}"
        case "place":
            preposition, _, indonesian = found.group().partition(" ")
            return place and f"{preposition if indonesian else 'in'} {place}"
        case "time":
            return time
    return ""
