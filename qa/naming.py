"""The names in a question: where they stand, and whether they may be a person's.

By rules: a name is capitalised words, without those that ask or lead up to it.
"""

from __future__ import annotations

import re

from qa.names import ABBREVIATIONS
from qa.question_words import ASKED, ASKING, LED, PREPOSITIONS, UPPER
from qa.restating_english import AUXILIARY, BASES, BE
from qa.words import MONTHS, STOP_WORDS, WEEKDAYS

Span = tuple[int, int]

FILLERS = STOP_WORDS | frozenset(
    """
    and but so then also he she him her his they them their it its this that these those there please tell me exactly
    dan lalu terus tapi kemudian dia ia beliau mereka itu ini tersebut sana situ saja kah sih dong ya persisnya tepatnya
    about kalau bagaimana gimana nama name else lainnya lagi
    """.split()
)
DAYS = (
    "senin|selasa|rabu|kamis|jumat|sabtu|minggu|januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|"
    "november|desember"
)
CALENDAR = f"{DAYS}|{MONTHS}|{WEEKDAYS}"
JOINTS = (  # a name before one of these may be meant by a word behind it
    "that|because|when|while|after|before|if|who|whom|which|bahwa|karena|ketika|saat|sebelum|setelah|sesudah|jika|"
    "agar|supaya|yang"
)

STRESSED = sorted({word.upper() for word in STOP_WORDS} - ABBREVIATIONS)  # no names
CAPITAL = rf"(?!(?:{'|'.join(STRESSED)})(?![\w'’-]))[{UPPER}][\w'’-]*"
NAME = re.compile(rf"\b{LED}{CAPITAL}(?:\s+(?:(?:of|bin|van|de)(?![\w'’-])|{LED}{CAPITAL}))*")
KAH = "benar|betul|ada|bisa|akan|harus|boleh|sudah|pernah|mampu|dapat|masih|bukan|tidak"
BESIDES = "besides|except|than|selain|kecuali"
TELLING = "ada|tolong|sebutkan|jelaskan|ceritakan|tell|name|list|give|describe|explain"
WHEN = "on|in|at|as|during|throughout|pada|selama|dalam|sebagai|hingga|last|next|this|early|late|mid"
SINCE = "after|before|since|until|till|when|while|once|setelah|sesudah|sebelum|sejak|sampai|ketika|saat|usai|pasca"
# Will Smith, Can Yaman and May, told from what asks by their verb: no auxiliary stands before one in the past.
PAST = rf"(?:{BE}|has|had|did|{'|'.join(BASES)}|\w+(?<!e)ed)"
NAMESAKE = rf"(?!(?:will|can|may)(?-i:\s+[{UPPER}][\w'’-]*)*\s+{PAST}(?!\w))"
LEADING = re.compile(  # what stands before a name at the beginning, with a capital of its own
    rf"(?:(?:(?:{ASKING}|{'|'.join(sorted(FILLERS))}|{PREPOSITIONS}|{JOINTS}|{BESIDES}|{TELLING}|{WHEN}|{SINCE})"
    rf"(?:kah)?|(?:{KAH})kah|(?:{ASKING})['’]s)(?!['’\w])\s*)*"
    rf"(?:{NAMESAKE}{AUXILIARY}(?!\w)\s*)?",
    re.IGNORECASE,
)
# "Lagu apa …", "Gol ke berapa …", "Penyebabnya?": no name
NOUN = re.compile(
    r"\w+ (?:(?:yang )?ke[- ]?berapa|apa|mana|siapa|berapa|yang)(?:kah)?(?!\w)|\w{3,}nya\s*(?:[(?]|$)", re.IGNORECASE
)
GENITIVE = re.compile(r"['’]s?$")
EVENT = re.compile(  # what happened is called by where it did: gempa Palu
    r"(?<!\w)(?:banjir|gempa(?: bumi)?|tsunami|longsor|erupsi|letusan|kebakaran|kecelakaan|ledakan|bom|kerusuhan|kasus|"
    r"skandal|konser|tragedi)\s+$",
    re.IGNORECASE,
)
WHERE = re.compile(rf"(?<!\w)(?:in|at|on|near|to|from|di|ke|dari|pada|{BESIDES})\s+$", re.IGNORECASE)

# -- names of whom no pronoun is about ---------------------------------------------------------------------

TIMES = re.compile(
    rf"(?:(?:{CALENDAR})(?:\W+|$))+",
    re.IGNORECASE,
)
SET_IN = re.compile(rf"(?:(?<!\w)(?:{WHEN}|{BESIDES})|\b\d+)\s+$", re.IGNORECASE)
SINCE_THEN = re.compile(rf"(?<!\w)(?:{SINCE})\s+$", re.IGNORECASE)
CLAUSE = re.compile(rf"\s+(?!(?:{ASKING}|do|did|does)\b)[^\W\d]", re.IGNORECASE)  # after Trump *left*
THE = re.compile(r"(?<!\w)the\s+$", re.IGNORECASE)
PERSONS = re.compile(  # whom "the" may name, and whose name may have that of an office in it
    r"\b(?:president|minister|pope|king|queen|prince|princess|emperor|sultan|chancellor|governor|mayor|secretary|chief|"
    r"speaker|senator|judge|presiden|wapres|menteri|paus|raja|ratu|pangeran|kaisar|gubernur|bupati|wali ?kota|ketua|"
    r"kepala|kapolri|panglima|jenderal|direktur|hakim|jaksa|sby|ahy|jk|jfk|rfk|fdr|lbj|aoc|mbs)\b",
    re.IGNORECASE,
)
NOBODY = re.compile(
    r"\b(?:congress|parliament|senate|kongres|parlemen|senat|house|court|ministry|police|army|bank|university|party|"
    "union|nations|council|committee|commission|agency|election|cup|league|war|mahkamah|partai|komisi|"
    "kementerian|badan|dewan|pemprov|pemkot|pemkab|istana|gedung|universitas|pengadilan|kejaksaan|kejagung|"
    r"polisi|polri|polda|polres|bawaslu|majelis|pemilu|pilpres|pilkada|piala|liga|perang|"
    "gp|street|avenue|boulevard|bridge|airport|stadium|hospital|jalan|jembatan|bandara|stadion|pasar|gunung|sungai|danau|"
    r"kota|kabupaten|kecamatan|desa|provinsi)\b|"
    r"(?:american|british|english|french|german|dutch|russian|chinese|japanese|korean|indian|indonesian|malaysian|"
    r"australian|european|asian|african|arab|israeli|palestinian|iranian|iraqi|turkish|italian|spanish|swiss|greek|"
    r"saudi|thai|vietnamese|filipino|ukrainian|canadian|mexican|brazilian|muslim)$",
    re.IGNORECASE,
)

# -- men and women -----------------------------------------------------------------------------------------

# What pronouns tell of a person.
SEX = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she"} | dict.fromkeys(("dia", "ia", "beliau"), "any")
MEN = "husband|father|brother|son|uncle|nephew|grandfather|grandson|boyfriend|suami|ayah|bapak|paman|kakek"
WOMEN = (
    "wife|mother|sister|daughter|aunt|niece|grandmother|granddaughter|girlfriend|istri|isteri|ibu(?! ?kota)|bibi|nenek"
)
RELATIVE = re.compile(  # whom a question asks for that tells this
    rf"(?:(?:who|what)(?:['’]s| {BE}) (?:[^?]* )?|siapa(?:kah)?(?: nama)? )(?:(?P<he>{MEN})|(?P<she>{WOMEN}))"
    rf"(?= of | (?-i:[{UPPER}])|['’]s name|\W*$)",
    re.IGNORECASE,
)
SPOUSE = re.compile(r"\b(?:husband|wife|suami|istri|isteri)$", re.IGNORECASE)


def names_in(question: str) -> list[Span]:
    """The places of names: capitalised words without what asks before them; none where all is in capitals.

    >>> put = "Did Trump's friend Łukasz meet Kim?"
    >>> [put[start:end] for start, end in names_in(put)], names_in("SIAPA DIA?")
    (['Trump', 'Łukasz', 'Kim'], [])
    >>> put = "Why did Sanders defend Trump?"
    >>> [put[start:end] for start, end in names_in(put)]
    ['Sanders', 'Trump']
    """
    if question.isupper():
        return []
    found = [name_of(question, *found.span()) for found in NAME.finditer(question)]
    names = [(start, end) for start, end in found if question[start:end][:1].isupper() and question[start:end] != "I"]
    return names[1:] if names and not names[0][0] and NOUN.match(question) else names


def name_of(question: str, start: int, end: int) -> Span:
    """Where a name begins and ends in words with capitals: behind what asks, before a genitive's ending."""
    asking = (ASKED if start else LEADING).match(question, start)
    if asking and not (start and asking.group() in ABBREVIATIONS):
        start = asking.end()
        start += len(question[start:end]) - len(question[start:end].lstrip())
    genitive = GENITIVE.search(question, start, end)
    return start, genitive.start() if genitive else end


def placed(question: str, name: Span) -> bool:
    """Whether a name tells where something was, or who is left out.

    >>> placed("Who sang in Hanoi?", (12, 17)), placed("Who met Kim?", (8, 11))
    (True, False)
    """
    return WHERE.search(just_before(question, name[0])) is not None


def timed(question: str, name: Span) -> bool:
    """Whether a name is that of a month or of a day of the week.

    >>> timed("Sejak Januari?", (6, 13)), timed("On 12 May?", (6, 9)), timed("Did May resign?", (4, 7))
    (True, True, False)
    """
    if TIMES.fullmatch(question, *name):
        return True
    beside = re.search(r"\d\s+$", just_before(question, name[0])) or re.match(r"\s+\d", question[name[1] : name[1] + 5])
    return question[slice(*name)] == "May" and (beside or SET_IN.search(just_before(question, name[0]))) is not None


def personal(question: str, name: Span) -> bool:
    """Whether a name may be a person's, and not that of an office or a time, or of what something happened in.

    >>> put = "Setelah Pemilu 2019, mengapa KPK dan Polri memeriksa Budi?"
    >>> [put[slice(*name)] for name in names_in(put) if personal(put, name)]
    ['Budi']
    """
    words, led = question[slice(*name)], just_before(question, name[0])
    if timed(question, name) or SET_IN.search(led) or (SINCE_THEN.search(led) and not CLAUSE.match(question, name[1])):
        return False
    if PERSONS.search(words):
        return True
    return not (THE.search(led) or NOBODY.search(words) or (len(words) > 1 and words.isupper()))


def whole(question: str, name: Span) -> str:
    """A name with the event that it is the name of.

    >>> whole("Kapan gempa Palu terjadi?", (12, 16)), whole("Kapan Trump tiba?", (6, 11))
    ('gempa Palu', 'Trump')
    """
    event = EVENT.search(led := just_before(question, name[0]))
    return led[event.start() :] + question[slice(*name)] if event else question[slice(*name)]


def just_before(question: str, at: int) -> str:
    """The last characters before a place, enough for a word."""
    return question[max(0, at - 20) : at]
