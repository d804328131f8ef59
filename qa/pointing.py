"""The words of a question that point back to what was said before ("she", "rumahnya", "there"), and its names.

By rules, which know which of such words point nowhere ("is there a …", "terjadinya banjir") and which to a name in
the question itself ("Did Kim bring his sister?").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.names import ABBREVIATIONS
from qa.question_words import ASKED, ASKING, PREPOSITIONS, UPPER
from qa.restating_english import AUXILIARY, BASES, BE, DETERMINER
from qa.restating_indonesian import NO_VERB, VERB
from qa.retriever import STOP_WORDS

Span = tuple[int, int]

FILLERS = STOP_WORDS | frozenset(
    """
    and but so then also he she him her his they them their it its this that these those there please tell me exactly
    dan lalu terus tapi kemudian dia ia beliau mereka itu ini tersebut sana situ saja kah sih dong ya persisnya tepatnya
    about kalau bagaimana gimana nama name else lainnya
    """.split()
)
DAYS = (
    "senin|selasa|rabu|kamis|jumat|sabtu|minggu|januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|"
    "november|desember"
)
TOLD_WHEN = (
    r"(?:last|next|this) (?:week|month|year|night|time)|yesterday|today|tomorrow|now|then|recently|again|tadi|kemarin|"
    f"besok|lusa|sekarang|lagi|dulu|hari|malam|pagi|siang|sore|pekan|bulan|tahun|tanggal|pukul|jam|{DAYS}"
)
JOINTS = (  # a name before one of these may be meant by a word behind it
    "that|because|when|while|after|before|if|who|whom|which|bahwa|karena|ketika|saat|sebelum|setelah|sesudah|jika|"
    "agar|supaya|yang"
)
# What no noun begins with, so that a pronoun before it is no owner.
NO_NOUN = (
    rf"(?:{PREPOSITIONS}|{TOLD_WHEN}|{JOINTS}|and|or|but|as|than|so|too|here|there|alone|instead|publicly|where|"
    r"why|how|what|dan|atau|tapi|tetapi|kalau|itu|ini|tersebut|juga|saja|pun|soal|mengenai|terkait|secara|seperti|"
    r"sebagai|paling|sangat|lebih|begitu|apa|siapa|mana|kapan|berapa|bagaimana|mengapa|kenapa)(?![\w-])"
)
EXTRAPOSED = (
    "true|possible|likely|certain|clear|known|legal|illegal|safe|allowed|necessary|important|easy|hard|difficult|"
    "dangerous|common|normal|right|wrong"
)
MAY = "(?:has|have|had|will|would|can|could|may|might|must|should)"
EXPLETIVE = (  # "there" and "it" that point nowhere
    rf"{BE} there(?=\s+(?!{NO_NOUN})\w)|there(?:['’]s| {BE})|"
    rf"(?:what|how (?:many|much)(?: [\w'’-]+){{1,3}}) {BE} there(?=\s+\w)|"
    rf"(?:{MAY} there|there {MAY}) (?:\w+ )?(?:be|been)|"
    rf"(?:{BE} it|it (?:is|was)) (?:(?:really|still|also) )?(?:(?:{EXTRAPOSED})(?=\s+\w)|that)|"
    r"it (?:will )?(?:take|takes|took|taken)(?=\s+(?!place|part|over|effect|off)\w)|"
    r"it (?:is |was )?(?:rain|snow)(?:s|ed|ing)?|"
    r"it (?:seems|seemed|appears|appeared) that|how far is it(?=\s+(?:from|to|between))|what time is it"
)
HER_THEN = rf"\s+(?:now|then|recently)\s+(?!{NO_NOUN}|{DETERMINER}\b)\w"  # her then manager
POINTING = re.compile(
    rf"(?<!\w)(?:(?:{EXPLETIVE})|"
    rf"(?P<person>he|she|him|they|them|dia|ia|beliau|mereka|her(?!\s+\w)|"
    rf"her(?=\s+(?:{NO_NOUN}|{DETERMINER}\b))(?!{HER_THEN}))|"
    r"(?P<owner>(?:his|her|their)(?=\s+\w))|(?P<its>its)|"
    r"(?P<thing>it|(?:about|after|before) (?:this|that)(?!\s+\w)|"
    r"(?:soal|tentang|mengenai|setelah|sebelum) (?:hal )?itu)|"
    r"(?P<place>there|(?:di|ke|dari) (?:sana|situ))|"
    r"(?P<time>(?<!his )(?<!her )then|then(?!\s+\w)|saat itu|waktu itu|ketika itu)|"
    r"(?P<article>this|that|these|those|itu|tersebut|hal itu|else|lainnya|(?<=siapa )lagi|(?<=apa )lagi)|"
    r"(?P<stem>\w{3,}?)nya)(?!\w)",
    re.IGNORECASE,
)
BOUND = frozenset(("person", "owner", "its", "stem"))  # that may point to a name in the same question

# -- Indonesian -nya ---------------------------------------------------------------------------------------

ACTIVE = re.compile(  # after these, -nya is a thing that it is done to (mengatakannya, to say it), or else a person
    r"me(?!makzul|mbebas|menjara|njeblos|nyelamat|ngalah|mberhenti|nyingkir|lahir|mbesar|ncalon|mulang|nobat)\w+kan"
)
HAPPENS = re.compile(r"(?:di)?(?:terbit|rilis|tayang)(?:kan)?|terjadi|berlangsung|diadakan")  # no person does
NO_OWNER = frozenset(
    "ha ta pu berta dita mena pena persis tepat biasa akhir misal sebenar sebelum tentu umum khusus sesudah sesungguh "
    "kira rupa hendak seharus setidak sekurang selanjut berikut seluruh semua satu ada lain tampak nampak kelihatan "
    "seperti sebaik sepenuh semesti selayak pokok seandai".split()
)
# Verbs and adjectives that -nya makes nouns of, where their own noun follows: terjadinya banjir, naiknya harga.
NOMINALISED = re.compile(
    rf"(?!(?:{NO_VERB})$)(?:(?:ter|ber|di|me[lmnrwy])\w{{3,}}|naik|turun|jatuh|banyak|besar|kecil|tinggi|rendah|berat|"
    "luas|panjang|lama|jauh|dalam|cepat|lambat|mahal|murah|kuat|lemah|sulit|kurang|minim|marak|langka|gagal|bubar|"
    "runtuh|ambruk|roboh|pecah|tenggelam|hancur|rusak|tumbang|bangkit|muncul|timbul|tewas|gugur|lahir|wafat|hilang|"
    "masuk|keluar|datang|pergi|tiba|pulang|pindah|mundur|hadir|habis|selesai|mulai|usai|menang|kalah|bocor|padam|longsor)"
)
OWN_NOUN = re.compile(rf"\s+(?!(?i:{NO_NOUN})|{VERB})[^\W\d]")
OWN_NAME = re.compile(rf"\s+(?!(?i:{NO_NOUN}))[{UPPER}]")
RELATIVE = re.compile(r"(?<!\w)yang\s+$", re.IGNORECASE)
# Whom something is done to or by is seldom the one who is named before as its subject: Trump memecatnya.
DONE_TO = re.compile(
    rf"(?!(?:{NO_VERB})$)(?:di|me[lmnrwy])\w{{3,}}|dengan|pada|kepada|untuk|oleh|bagi|dari|terhadap|tentang",
    re.IGNORECASE,
)
OBJECT = re.compile(r"him|her|them", re.IGNORECASE)
SUBJECT = re.compile(r"ia|he|she|they", re.IGNORECASE)
AT_REST = re.compile(rf"\s*(?:[?!.,]|$|{NO_NOUN})", re.IGNORECASE)
JOINT = re.compile(rf"(?<!\w)(?:{JOINTS}|he|she|they|his|her|their)(?!\w)", re.IGNORECASE)

# -- names -------------------------------------------------------------------------------------------------

STRESSED = sorted({word.upper() for word in STOP_WORDS} - ABBREVIATIONS)  # no names
CAPITAL = rf"(?!(?:{'|'.join(STRESSED)})(?![\w'’-]))[{UPPER}][\w'’-]*"
NAME = re.compile(rf"\b{CAPITAL}(?:\s+(?:of|bin|van|de|{CAPITAL}))*")
KAH = "benar|betul|ada|bisa|akan|harus|boleh|sudah|pernah|mampu|dapat|masih|bukan|tidak"
BESIDES = "besides|except|than|selain|kecuali"
TELLING = "sebutkan|jelaskan|ceritakan|tell|name|list|give|describe|explain"
WHEN = "on|in|at|as|during|throughout|pada|selama|dalam|sebagai|hingga|last|next|this|early|late|mid"
SINCE = "after|before|since|until|till|when|while|once|setelah|sesudah|sebelum|sejak|sampai|ketika|saat|usai|pasca"
# Will Smith, Can Yaman and May, told from what asks by their verb: no auxiliary stands before one in the past.
PAST = rf"(?:{BE}|has|had|did|{'|'.join(BASES)}|\w+(?<!e)ed)"
NAMESAKE = rf"(?!(?:will|can|may)(?-i:\s+[{UPPER}][\w'’-]*)*\s+{PAST}(?!\w))"
LEADING = re.compile(  # what stands before a name at the beginning, with a capital of its own
    rf"(?:(?:(?:{ASKING}|{'|'.join(sorted(FILLERS))}|{PREPOSITIONS}|{JOINTS}|{BESIDES}|{TELLING}|{WHEN}|{SINCE})(?:kah)?|"
    rf"(?:{KAH})kah|(?:{ASKING})['’]s)(?!['’\w])\s*)*"
    rf"(?:{NAMESAKE}{AUXILIARY}(?!\w)\s*)?",
    re.IGNORECASE,
)
NOUN = re.compile(r"\w+ (?:apa|mana|siapa|yang)(?:kah)?(?!\w)", re.IGNORECASE)  # "Lagu apa …": no name
GENITIVE = re.compile(r"['’]s?$")
EVENT = re.compile(  # what happened is called by where it did: gempa Palu
    r"(?<!\w)(?:banjir|gempa(?: bumi)?|tsunami|longsor|erupsi|letusan|kebakaran|kecelakaan|ledakan|bom|kerusuhan|kasus|"
    r"skandal|konser|tragedi)\s+$",
    re.IGNORECASE,
)
WHERE = re.compile(rf"(?<!\w)(?:in|at|on|near|to|from|di|ke|dari|pada|{BESIDES})\s+$", re.IGNORECASE)
TOGETHER = re.compile(r"(?:,|(?<!\w)(?:and|dan))\s+$", re.IGNORECASE)

# -- names of whom no pronoun is about ---------------------------------------------------------------------

TIMES = re.compile(
    rf"(?:(?:{DAYS}|january|february|march|june|july|august|october|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"(?:\W+|$))+",
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
    r"\b(?:congress|parliament|senate|kongres|parlemen|senat|house|court|ministry|police|army|bank|university|party|union|nations|council|"
    r"committee|commission|agency|election|cup|league|war|mahkamah|partai|komisi|kementerian|badan|dewan|pemprov|pemkot|"
    r"pemkab|istana|gedung|universitas|pengadilan|kejaksaan|kejagung|polisi|polri|polda|polres|bawaslu|majelis|pemilu|"
    r"pilpres|pilkada|piala|liga|perang)\b|"
    r"(?:american|british|english|french|german|dutch|russian|chinese|japanese|korean|indian|indonesian|malaysian|"
    r"australian|european|asian|african|arab|israeli|palestinian|iranian|iraqi|turkish|italian|spanish|swiss|greek|"
    r"saudi|thai|vietnamese|filipino|ukrainian|canadian|mexican|brazilian|muslim)$",
    re.IGNORECASE,
)


def pointing(question: str, *, own_names: bool = True) -> list[re.Match[str]]:
    """The words that point back out of a question; the name of the group that each fills tells how.

    Without ``own_names`` also those that may mean a name in the question itself.

    >>> [found.group() for found in pointing("Is there a law that she broke in his house?")]
    ['that', 'she', 'his']
    >>> pointing("Apa penyebab terjadinya banjir?"), pointing("Why did Trump say he would resign?")
    ([], [])
    >>> [found.group() for found in pointing("Why did Trump say he would resign?", own_names=False)]
    ['he']
    """
    names = names_in(question) if own_names else []
    names = [name for name in names if name[0] or " " in question[: name[1]]]  # a first word may be any
    names = [name for name in names if not placed(question, name)]
    persons = [name for name in names if personal(question, name)]
    return [
        found
        for found in POINTING.finditer(question)
        if found.lastgroup
        and (found.lastgroup != "stem" or owning(found))
        and not bound(found, names if found.lastgroup == "its" else persons)
    ]


def owning(found: re.Match[str]) -> bool:
    """Whether a word's -nya means somebody or something, and not what stands behind it.

    >>> [owning(POINTING.search(put)) for put in ("rumahnya?", "naiknya?", "naiknya harga", "istrinya Budi")]
    [True, True, False, False]
    """
    stem, question, end = found["stem"], found.string, found.end()
    if stem.lower() in NO_OWNER:
        return False
    if not question.isupper() and (OWN_NAME.match(question, end) or (found.start() and stem[0].isupper())):
        return False  # "istrinya Budi", or a name such as Netanya
    own = NOMINALISED.fullmatch(stem.lower()) and OWN_NOUN.match(question, end)
    return not own or RELATIVE.search(before(question, found.start())) is not None


def vague(found: re.Match[str]) -> bool:
    """Whether a word may also point to what the same question tells: "that day", "perundingan itu", "menolaknya".

    >>> [vague(found) for found in pointing("Siapa yang mengatakannya di rumahnya itu?")]
    [True, False, True]
    """
    return found.lastgroup == "article" or thing_of(found)


def thing_of(found: re.Match[str]) -> bool:
    """Whether a word's -nya means a thing: "meresmikannya", "terbitnya"."""
    stem = (found["stem"] or "").lower()
    return (ACTIVE.fullmatch(stem) or HAPPENS.fullmatch(stem)) is not None


def bound(found: re.Match[str], names: Sequence[Span]) -> bool:
    """Whether a word points to one of the names before it in the same question.

    A pronoun that is an object does so only behind two names or in a clause of its own.
    """
    earlier = [name for name in names if name[1] <= found.start()]
    if found.lastgroup not in BOUND or not earlier:
        return False
    subjects = [name for name in earlier if not TOGETHER.search(before(found.string, name[0]))]
    apart = len(subjects) == 1 and object_like(found)
    return not apart or JOINT.search(found.string, earlier[-1][1], found.start()) is not None


def object_like(found: re.Match[str]) -> bool:
    """Whether a word stands for whom something is done to or by, or whom it is about."""
    if found.lastgroup == "stem":
        return DONE_TO.fullmatch(found["stem"]) is not None
    if found.lastgroup != "person" or SUBJECT.fullmatch(found.group()):
        return False
    return OBJECT.fullmatch(found.group()) is not None or AT_REST.match(found.string, found.end()) is not None


def names_in(question: str) -> list[Span]:
    """The places of names: capitalised words without what asks before them; none where all is in capitals.

    >>> put = "Did Trump's friend Łukasz meet Kim?"
    >>> [put[start:end] for start, end in names_in(put)], names_in("SIAPA DIA?")
    (['Trump', 'Łukasz', 'Kim'], [])
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
    return WHERE.search(before(question, name[0])) is not None


def timed(question: str, name: Span) -> bool:
    """Whether a name is that of a month or of a day of the week.

    >>> timed("Sejak Januari?", (6, 13)), timed("On 12 May?", (6, 9)), timed("Did May resign?", (4, 7))
    (True, True, False)
    """
    if TIMES.fullmatch(question, *name):
        return True
    beside = re.search(r"\d\s+$", before(question, name[0])) or re.match(r"\s+\d", question[name[1] : name[1] + 5])
    return question[slice(*name)] == "May" and (beside or SET_IN.search(before(question, name[0]))) is not None


def personal(question: str, name: Span) -> bool:
    """Whether a name may be a person's, and not that of an office or a time, or of what something happened in.

    >>> put = "Setelah Pemilu 2019, mengapa KPK dan Polri memeriksa Budi?"
    >>> [put[slice(*name)] for name in names_in(put) if personal(put, name)]
    ['Budi']
    """
    words, led = question[slice(*name)], before(question, name[0])
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
    event = EVENT.search(led := before(question, name[0]))
    return led[event.start() :] + question[slice(*name)] if event else question[slice(*name)]


def before(question: str, at: int) -> str:
    """The last characters before a place, enough for a word."""
    return question[max(0, at - 20) : at]
