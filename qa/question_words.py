"""Question words, which may be all of a follow-up ("Dengan siapa?"), and the answers that may stand in their place."""

from __future__ import annotations

import re

from index.splitter import RANKS, TITLES

LONGEST_ANSWER = 6  # words that stand in a question
UPPER = "".join(filter(str.isupper, map(chr, range(0x2000))))  # capitals of Latin, Greek and Cyrillic, for patterns
TITLE = "|".join(map(re.escape, sorted(TITLES | RANKS)))
LED = rf"(?:(?=[{UPPER}])(?i:{TITLE}|[^\W\d_])\.\s*(?=[{UPPER}]))*"  # titles and initials: "Dr. Ir. H." before "Budi"

ASKING = (
    "how many|how much|how long|how old|how far|how often|what time|which one|who|whom|whose|what|when|where|why|how|"
    "which|berapa banyak|berapa lama|berapa kali|jam berapa|pukul berapa|di mana|dimana|ke mana|kemana|dari mana|"
    "kata siapa|siapa|apa|kapan|mengapa|kenapa|bagaimana|berapa|mana"
)
LEAD = re.compile(
    r"^(?:(?:yes|yeah|ya|iya|ok|oke|okay|baiklah|thanks|thank you|thx|terima kasih|makasih|"
    r"(?:no|tidak|baik|well)(?=,)|and|but|so|then|also|dan|lalu|terus|tapi|"
    r"tetapi|kemudian|kalau begitu)"
    r"(?!\w)[\s,.!]*)+",
    re.I,
)
ASKED = re.compile(rf"(?<!\w)(?:{ASKING})(?:kah)?(?!\w)", re.IGNORECASE)

PREPOSITIONS = (
    "dengan|oleh|untuk|dari|kepada|bersama|tentang|melawan|pada|dalam|sejak|hingga|sampai|lewat|melalui|bagi|terhadap|"
    "atas|menurut|sekitar|di|ke|with|by|from|to|for|in|on|at|since|until|against|about|under|during|into|of"
)
# "Pasal berapa?", "Gol ke berapa?", "Berapa persen?" ask what number something has that was done.
NUMBER = (
    r"(?:pasal|ayat|bab|halaman|nomor|edisi|jilid|peringkat|posisi|urutan|lantai|kelas|babak|ronde|putaran|pekan|kilometer|"
    r"suhu|skala|usia|umur) berapa|[a-z][\w-]* (?:yang )?ke[- ]?berapa|"
    r"berapa (?:persen|derajat|meter|kilometer|hari|minggu|pekan|bulan|tahun|jam|menit|detik)"
)
CIRCUMSTANCES = (
    rf"(?:jam|pukul|menit|tahun|tanggal|bulan|hari|abad) (?:berapa|apa)|berapa (?:lama|kali|jauh|sering)|{NUMBER}|"
    r"di ?mana|ke ?mana|dari mana|kapan|mengapa|kenapa|kok bisa|bagaimana|gimana|seberapa \w+|(?:kata|lawan) siapa|"
    r"according to whom?|what time|(?:what|which) (?:year|day|date|month|minute|percentage)|how come|"
    r"how many (?:times|days|weeks|months|years|hours|minutes|percent)|"
    r"how (?!(?:many|come|so|about|to|the|an?|it|this|that|do|does|did|is|are|was|were|has|have|had|can|will)\b)"
    r"[a-z]\w*|when|where|why|how(?! many)"
)
THINGS = (
    "yang mana|mana|siapa|apa|berapa (?:banyak|orang|gol|poin|suara|rupiah|dolar)|berapa|which ones?|whom|whose|who|"
    "what|which|how many people|how many"
)
NICETIES = r"(?:kah)?(?: saja)?(?: (?:persisnya|tepatnya|sebenarnya|exactly|precisely))?"
PHRASE = rf"(?:(?:{PREPOSITIONS}) )?(?:{CIRCUMSTANCES}|{THINGS}){NICETIES}"
# Of a thing of some kind: "In which minute?", "Di kota mana?", "Dengan berapa suara?".
KIND = (
    rf"(?:{PREPOSITIONS}|over|within|after|per) (?:(?:which|what|how many|how much) "
    r"(?!(?:do|does|did|is|are|was|were|has|have|had|will)\b)"
    r"[\w-]+(?: [\w-]+)?|(?:[\w-]+ ){1,2}(?:mana|apa|berapa)|berapa [\w-]+)"
)
SOMEWHERE = re.compile(rf"(?<!\w){PHRASE}(?!\w)", re.IGNORECASE)
AGAIN = (  # what was just told, asked for its circumstances: "Why is that?", "Kenapa begitu?"
    r"(?: so| (?:is|was) (?:this|that)(?: so)?| did (?:it|this|that) happen|"
    r"(?: hal)? (?:itu|ini)(?: bisa)?(?: terjadi)?|(?: bisa)? (?:begitu|demikian))"
)
ALONE = re.compile(
    rf"(?P<asking>{PHRASE}|{KIND})|(?P<event>when|why|how|kapan|mengapa|kenapa|bagaimana|kata siapa){AGAIN}|"
    r"(?P<moment>when) (?:is|was) it",
    re.IGNORECASE,
)
NUMBERED = re.compile(f"{NUMBER}|kata siapa|menurut siapa", re.IGNORECASE)
CIRCUMSTANCE = re.compile(rf"(?:{CIRCUMSTANCES}){NICETIES}|(?:{PREPOSITIONS}) .+", re.IGNORECASE)
STRANDED = re.compile(rf"(who|what|where) ({PREPOSITIONS})", re.IGNORECASE)
TRANSLATED = {
    "when": "kapan",
    "where": "di mana",
    "why": "mengapa",
    "how": "bagaimana",
    "who": "siapa",
    "what": "apa",
    "how much": "berapa",
    "how many": "berapa",
    "how long": "berapa lama",
    "how often": "berapa kali",
    "since when": "sejak kapan",
    "with whom": "dengan siapa",
    "according to whom": "menurut siapa",
}
WORDS = {
    "id": TRANSLATED,
    "en": {ours: theirs for theirs, ours in TRANSLATED.items()}
    | {"kenapa": "why", "dimana": "where", "kata siapa": "according to whom"}
    | {"how come": "why"},  # of its own language, but no verb comes before the subject behind it
}
# What may stand in a question, and what begins no subject: clauses, and phrases that tell how, where and when.
PLAIN = re.compile(r"[^?!:;\"“”()\[\]{}\n]+")
NO_SUBJECT = re.compile(
    r"(?i:tidak|akan|untuk|agar|bahwa|supaya|karena|yang|dan|sudah|telah|belum|bukan|that|because|not|and|the fact|"
    rf"{PREPOSITIONS}) |(?!menteri |mereka |menantu |mertua )me(?:ng|ny|[lmnrwy])\w{{3,}} |di\w{{3,}}(?:kan|i) "
)


def phrase(question: str) -> str | None:
    """The question word of a follow-up, with what belongs to it; None when there is none.

    >>> phrase("Ya, tapi dengan siapa?"), phrase("Yes")
    ('dengan siapa', None)
    """
    found = SOMEWHERE.search(question)
    return found and found.group()


def alone(question: str) -> str | None:
    """The question word of a follow-up that is no more than that, or asks it of what was just told; else None.

    >>> alone("Tahun berapa?"), alone("Who with?"), alone("Kenapa begitu?"), alone("When did it happen?")
    ('Tahun berapa', 'With whom', 'Kenapa', 'When')
    >>> alone("Siapa itu?"), alone("When was the race?")
    (None, None)
    """
    bare = " ".join(question.split()).rstrip(" ?!.")
    stranded = STRANDED.fullmatch(bare)
    if stranded:
        return behind(stranded[2].lower(), stranded[1])
    found = ALONE.fullmatch(bare)
    return found and (found["asking"] or found["event"] or found["moment"])


def behind(preposition: str, asking: str) -> str:
    """A question word with a preposition, which is written as it was.

    >>> behind("with", "Who"), behind("oleh", "siapa saja")
    ('With whom', 'oleh siapa saja')
    """
    both = re.sub(r"\bwho\b", "whom", f"{preposition} {asking[:1].lower()}{asking[1:]}")
    return both[:1].upper() + both[1:] if asking[:1].isupper() else both


def translated(asking: str, language: str) -> str:
    """A question word in a language, "en" or "id"; as it is when it is of that language, or seldom asked.

    >>> translated("Why", "id"), translated("sejak kapan", "id"), translated("Dimana", "en")
    ('Mengapa', 'sejak kapan', 'Where')
    """
    word = WORDS[language].get(asking.lower(), asking)
    return word[:1].upper() + word[1:] if asking[:1].isupper() else word


def circumstance(asking: str) -> bool:
    """Whether a question word can stand before a whole clause: when, where, why, how, with whom.

    >>> circumstance("Kenapa"), circumstance("dengan siapa"), circumstance("Siapa saja")
    (True, True, False)
    """
    return CIRCUMSTANCE.fullmatch(asking) is not None


def short(answer: str | None) -> str:
    """An answer that can stand in a question where a noun does, else "".

    >>> short("Katy Perry"), short("tidak menguji misil"), short('kata "tidak"')
    ('Katy Perry', '', '')
    """
    words = " ".join((answer or "").split()).strip(" .,")
    fits = 0 < len(words.split()) <= LONGEST_ANSWER and PLAIN.fullmatch(words) and not NO_SUBJECT.match(f"{words} ")
    return words if fits else ""


def named(answer: str | None) -> str:
    """An answer that can stand in a question and is a name, which is alike in all languages, else "".

    >>> named("Chained to the Rhythm"), named("hujan deras")
    ('Chained to the Rhythm', '')
    """
    words = short(answer)
    return words if words[:1].isupper() else ""


def counted(noun: str, answer: str | None) -> str:
    """What was counted, with its number where the answer is one in the words of the question.

    >>> counted("orang tewas", "12 orang"), counted("people", "12"), counted("people", "12 orang")
    ('12 orang tewas', '12 people', 'people')
    """
    words = short(answer).split()
    if len(words) == 1 and words[0][0].isdigit():
        return f"{words[0]} {noun}".strip()
    if noun and 1 < len(words) <= 3 and words[-1].lower() == noun.split()[0].lower():
        return f"{' '.join(words[:-1])} {noun}"
    return noun


def without_lead(question: str) -> str:
    """A question without what joins it to the one before; but "Dan Brown" is a name.

    >>> without_lead("And who won?"), without_lead("Dan Brown menulis apa?")
    ('who won?', 'Dan Brown menulis apa?')
    """
    rest = LEAD.sub("", question.strip())
    return rest if rest[:1].islower() or ASKED.match(rest) else question
