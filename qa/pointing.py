"""The words of a question that point back to what was said before ("she", "rumahnya", "there").

By rules, which know which of such words point nowhere ("is there a …", "terjadinya banjir") and which to a name in
the question itself ("Did Kim bring his sister?").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.naming import DAYS, JOINTS, Span, just_before, names_in, personal, placed
from qa.question_words import PREPOSITIONS, UPPER
from qa.restating_english import BE, DETERMINER
from qa.restating_indonesian import NO_VERB, VERB

TOLD_WHEN = (
    r"(?:last|next|this) (?:week|month|year|night|time)|yesterday|today|tomorrow|now|then|recently|again|tadi|kemarin|"
    f"besok|lusa|sekarang|lagi|dulu|hari|malam|pagi|siang|sore|pekan|bulan|tahun|tanggal|pukul|jam|{DAYS}"
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
    r"(?P<article>this|that|these|those|itu|tersebut|hal itu|else|lainnya|"
    r"(?:(?<=apa )|(?<=mana )|(?<=ada ))lagi)|"
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
TOGETHER = re.compile(r"(?:,|(?<!\w)(?:and|dan))\s+$", re.IGNORECASE)
JOINT = re.compile(rf"(?<!\w)(?:{JOINTS}|he|she|they|his|her|their)(?!\w)", re.IGNORECASE)


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
    return not own or RELATIVE.search(just_before(question, found.start())) is not None


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
    subjects = [name for name in earlier if not TOGETHER.search(just_before(found.string, name[0]))]
    apart = len(subjects) == 1 and object_like(found)
    return not apart or JOINT.search(found.string, earlier[-1][1], found.start()) is not None


def object_like(found: re.Match[str]) -> bool:
    """Whether a word stands for whom something is done to or by, or whom it is about."""
    if found.lastgroup == "stem":
        return DONE_TO.fullmatch(found["stem"]) is not None
    if found.lastgroup != "person" or SUBJECT.fullmatch(found.group()):
        return False
    return OBJECT.fullmatch(found.group()) is not None or AT_REST.match(found.string, found.end()) is not None
