"""Sentences with true offsets, for Indonesian and English.

Rules and an abbreviation list: a stop ends a sentence unless it belongs to an abbreviation, an initial or
a list number, or stands in a quotation or a bracket whose sentence goes on behind it. Every character that is not white
space lies in exactly one span; nothing is changed or searched for again. Runs in linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from index.article import Span

SPLITTER_VERSION = 8  # raise it whenever a text could be split otherwise, or its sentences be encoded so
LONGEST = 600  # characters; a sentence is one vector and must fit into a reader's window
QUOTATION = 600  # characters; how far a quotation is followed to see whether its sentence goes on
BRACKET = 120  # characters; so far one bracket

# Stand before a name or a number: never the end of a sentence.
TITLES = frozenset(
    """
    jl jln dr drs dra prof ir h hj kh k.h tn ny sdr mr mrs ms st pt cv ust gov capt lt
    sgt maj cpl adm messrs hon rev fig vol hlm pp tgl kec kab kel ds cf vs approx ca e.g i.e viz
    telp letda lettu letkol mayjen brigjen letjen jend irjen komjen inf kombes akbp kompol iptu ipda aiptu bripka m.r
    mgr msgr drg sdri alm muh moh mohd abd prov kep tgk gn gd gg kav det insp supt cmdr brig pvt atty kapt yth pte pty
    """.split()
)
# So only as they are written here: "Roe v. Wade", "Pdt. Gomar", but "1523 PDT. The fire", "temuan BPK. Padahal".
SO_WRITTEN = frozenset("v jo pkl Pkl Mt Ft Pdt Bpk Kp Dsn Sdn Rt".split())
# So only with a capital: else they are words.
RANKS = frozenset("kol sen rep gen col pol".split())
# So with a capital, or before what is counted by: "hal. 5", "no. B/12", but "beberapa hal. Pertama".
COUNTED = frozenset("no nomor hal".split())
# So only before a number: "Rp. 5.000", "Ketua RT. 05", but "kata Ketua RT. Yayat pergi."
BEFORE_NUMBERS = frozenset("rp rt rw skt sek gbr ps hub rek maks max ext".split())
COUNT = re.compile(r"\d|(?:[IVXLCDM]+|[ivxlcdm]+)\b|[A-Z]+[-/.\d]")
# May stand inside a sentence or at its end: the next word decides.
ABBREVIATIONS = frozenset(
    """
    dll dsb dst dkk tbk inc corp ltd bhd co jr sr etc u.s u.k u.n a.m p.m jan feb mar apr jun jul aug agu agt sep
    sept oct okt nov dec des mon tue wed thu fri sat sun est dept univ ave blvd rd bros a.s s.d d.a a.n u.p d.c
    """.split()
)
# So only with a capital: American states before or behind a name, as the agencies shorten them.
STATES = frozenset("Ala Ariz Calif Colo Conn Fla Ill Kan Mich Minn Neb Nev Okla Tenn Tex Wis Wyo".split())
# End what they stand behind: a sentence goes on behind them with a small letter or a bracket.
LAST = frozenset("wib wita wit sdm sdt tbsp tsp cent".split())
STARTERS = frozenset(
    """
    the a an this that these those it he she they we i you in on at for from after before but and however when
    while as his her their its our there here if by with according ia dia mereka kami kita saya anda aku itu ini
    hal para namun tetapi tapi sementara sedangkan selain menurut pada di dari dalam untuk dengan setelah
    sebelum ketika saat karena jika bila meski adapun hingga sejak seorang sebuah beberapa banyak semua kedua
    yang tidak not nothing never
    """.split()
)

# Where a sentence that is too long is best cut; a comma within a number is no such place.
PLACES = (re.compile(r";(?=\s)"), re.compile(r",(?=\s)"), re.compile(" "), re.compile(r"\n"))
LINE = re.compile(r"[^\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A run of stops is looked at from its first one only: from each of them would take its square.
STOP = re.compile(
    r"(?<![.!?…؟।])(?P<mark>[.!?…؟।]+)(?P<closers>[\"”’»)\]']*)(?:\[(?:\d{1,3}|[a-z])\]|[¹²³⁰⁴-⁹])*(?=\s|$)|"
    r"(?P<wide>[。！？]+[」』”]*)"
)
BULLET = re.compile(r"\s*(?:[-*•–—·]|\(?\d{1,3}[.)]|\(?(?:[a-uw-z]|[ivx]{2,4})[.)]|#{1,6})\s")  # none: Roe v. Wade
LIST_NUMBER = re.compile(r"\W*(?:\d{1,3}|[A-Za-z])")
ITEM_NUMBER = re.compile(r"(?<![\w.,/-])\d{1,2}$")
LAST_WORD = re.compile(r"[\w.]+$")
ANSWERED_NO = re.compile(r"(?:\A|[:\"“]\s*)No$")  # "A: No. We did not."
DOTTED = re.compile(r"(?:[^\W\d_]{1,4}\.)+[^\W\d_]{1,4}")
WORD = re.compile(r"\w+")
ENDED = re.compile(r"[.!?…:;。！？][\"”’»)\]']*$")
CUT_WORD = re.compile(r"[^\W\d_]-$")  # at a line's end
CLOSING = {"“": "”", "«": "»"}
# A letter that is no initial: a degree, an era ("400 M", "1445 H", "1445 H/2024 M"), a sum ("Rp 1,5 M").
NO_INITIAL = re.compile(
    r"°[A-Z]$|\b[Rr]p\.?\s?\d[\d.,]*\s[MT]$|\b1[34]\d\d\sH$|\bH\s?/\s?\d{3,4}\sM$|"
    r"\b(?:[Aa]bad|[Tt]ahun|[Ss]ekitar|[Pp]ada|[Ss]ejak|[Hh]ingga|[Ss]ampai)\s(?:ke-?)?(?:\d{1,3}|1[0-4]\d\d)\sM$"
)
MEASURE = re.compile(r"\d-(?:in|ft|oz|lb|mi|yd|sq|hr|min|gal)$")  # 14-in. LED screens
IN_BRACKETS = re.compile(r"\S\s+\([^\W\d_]{2,5}$")  # an abbreviation that is all of a bracket: (Purn.)


def split_sentences(text: str) -> tuple[Span, ...]:
    """The sentences of a text as spans of characters, in order, without white space around them.

    >>> text = 'Ia tinggal di Jl. Melati. "Apa? Tidak," katanya.'
    >>> [span.cut(text) for span in split_sentences(text)]
    ['Ia tinggal di Jl. Melati.', '"Apa? Tidak," katanya.']
    """
    spans = []
    for start, end in paragraphs(text):
        for first, last in sentences(text, start, end):
            spans += [Span(a, b) for a, b in in_parts(text, first, last)]
    return tuple(spans)


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Lines, those joined that a fixed width has broken in the middle of a sentence."""
    start = end = -1
    for match in LINE.finditer(text):
        line = match.group()
        if not line.strip():
            continue
        if (
            start >= 0
            and text.count("\n", end, match.start()) == 1
            and goes_on(text[max(start, end - 200) : end], line)
        ):
            end = match.end()
            continue
        if start >= 0:
            yield start, end
        start, end = match.span()
    if start >= 0:
        yield start, end


def goes_on(before: str, line: str) -> bool:
    """Whether ``line`` continues the sentence of the line before it."""
    last = before.rsplit("\n", 1)[-1].rstrip()
    if BULLET.match(line) or last.lstrip().startswith("#") or ("|" in last and "|" in line):  # rows of a table
        return False
    if ENDED.search(last):
        word = LAST_WORD.search(last)
        return word is not None and word[0].endswith(".") and leads_up(word[0].strip("."))
    if line.lstrip()[:1].islower() or CUT_WORD.search(last):
        return True
    return 55 <= len(last) <= 110 and last[-1:] in ",-–—"


def leads_up(word: str) -> bool:
    """Whether the abbreviation stands before a name or a number wherever it stands.

    >>> leads_up("Prof"), leads_up("Gen"), leads_up("gen"), leads_up("No")
    (True, True, False, False)
    """
    small = word.lower()
    return small in TITLES or word in SO_WRITTEN or (small in RANKS and word[0].isupper())


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one paragraph, ``text[start:end]``. Items that are numbered in it begin one each."""
    first, counted, straight, item = start, start, 0, 0
    begins = next_character(text, start, end)  # the sentence's first character that is not white space
    for match in STOP.finditer(text, start, end):
        straight += text.count('"', counted, match.start())
        counted = match.start()
        cut = match.end()
        following = next_character(text, cut, end)
        if straight % 2 and '"' not in (match["closers"] or "") and text[following : following + 1] == '"':
            spaced_quote = following + 1 >= end or text[following + 1].isspace()
            if spaced_quote:  # a closing mark set off by a space, as in tokenised text
                cut, following = following + 1, next_character(text, following + 1, end)
        if following < end and not match["wide"]:
            number = None if straight % 2 else item_number(text, first, begins, match, item)
            if number is not None:
                yield from stripped(text, first, number.start())
                first, counted, straight, item = number.start(), match.start(), 0, int(number[0])
                begins = first
                continue
            if belongs_to_word(text, first, match, following):
                continue
            if quotation_goes_on(text, first, match, end, bool(straight % 2)) or in_bracket(text, first, match, end):
                continue
            if continues_small(text, match, following, cut):
                continue
        yield from stripped(text, first, cut)
        first, counted, straight, begins = cut, cut, 0, following
    yield from stripped(text, first, end)


def next_character(text: str, position: int, end: int) -> int:
    """The place of the next character that is not white space, or ``end``."""
    while position < end and text[position].isspace():
        position += 1
    return position


def item_number(text: str, first: int, begins: int, match: re.Match[str], item: int) -> re.Match[str] | None:
    """The number before a stop, if it is that of an item: it ``begins`` the sentence, or it is the first one's behind a
    colon, or one more than ``item``, that of the item before ("Hasil: 1. Rosberg 1:32,431 2. Hamilton 1:32,602")."""
    if match["mark"] != "." or match["closers"]:
        return None
    found = ITEM_NUMBER.search(text, max(first, match.start() - 2), match.start())
    if found is None:
        return None
    opens = int(found[0]) == 1 and behind_colon(text, first, found.start())
    return found if begins == found.start() or opens or 0 < item == int(found[0]) - 1 else None


def behind_colon(text: str, first: int, at: int) -> bool:
    """Whether a colon stands before a number, in ``text[first:at]``, and no digit right before that: "2:1".

    >>> behind_colon("Hasil: 1", 0, 7), behind_colon("Skor 2:1", 0, 7), behind_colon("Hasil 1", 0, 6)
    (True, False, False)
    """
    end = at
    while end > first and text[end - 1].isspace():
        end -= 1
    return end > first and text[end - 1] == ":" and (end < at or end == 1 or not text[end - 2].isdecimal())


def belongs_to_word(text: str, first: int, match: re.Match[str], following: int) -> bool:
    """Whether the stop belongs to an abbreviation, an initial or a list number."""
    if match["mark"] != ".":
        return False
    before = text[max(first, match.start() - 40) : match.start()].rstrip()
    if match.start() - first < 12 and LIST_NUMBER.fullmatch(text[first : match.start()].strip()):
        return True
    found = LAST_WORD.search(before)
    if found is None:
        return False
    word = found.group().strip(".")
    small = word.lower()
    next_word = WORD.match(text, following)
    starts = next_word is not None and next_word[0].lower() in STARTERS
    if not match["closers"] and (
        (leads_up(word) and not (small == "st" and starts))  # "St. Louis", "on Main St. They left"
        or (next_word is not None and len(next_word[0]) > 1 and next_word[0].isupper() and MEASURE.search(before))
        or (small in COUNTED and word[0].isupper() and not answered_no(text, first, match.start(), following))
        or (small in COUNTED and COUNT.match(text, following))
        or (small in BEFORE_NUMBERS and text[following].isdigit())
        or (small == "al" and before.lower().endswith("et al"))
    ):
        return True
    if small in LAST:
        return text[following] == "(" or text[following].islower()
    initial = len(word) == 1 and word.isalpha() and word.isupper() and not NO_INITIAL.search(before)
    if not (initial or small in ABBREVIATIONS or word in STATES or DOTTED.fullmatch(word)):
        return False
    dateline = text[following] in "–—" and (small in ABBREVIATIONS or word in STATES)
    return dateline or text[following] == "(" or text[following].islower() or (next_word is not None and not starts)


def answered_no(text: str, first: int, stop: int, following: int) -> bool:
    """Whether the "No" before a stop answers a question: "A: No. We did not."; that of "No. 1 seed" counts.

    >>> answered_no("A: No. We did", 0, 5, 7), answered_no("No. Telp", 0, 2, 4), answered_no("UU No. I", 0, 5, 7)
    (True, False, False)
    """
    word = WORD.match(text, following)
    return (
        word is not None
        and word[0].lower() in STARTERS
        and ANSWERED_NO.search(text[max(first, stop - 40) : stop]) is not None
    )


def quotation_goes_on(text: str, first: int, match: re.Match[str], end: int, straight_open: bool) -> bool:
    """Whether the stop stands in a quotation behind whose closing mark the sentence goes on."""
    inside = text[max(first, match.start() - QUOTATION) : match.start()]
    closing = '"' if straight_open else ""
    for opening, mark in CLOSING.items():
        if inside.rfind(opening) > inside.rfind(mark):
            closing = mark
    if not closing or closing in match["closers"]:
        return False
    close = text.find(closing, match.end(), min(end, match.end() + QUOTATION))
    if close < 0:
        return False
    last = text[match.end() : close].rstrip()[-1:]
    following = next_character(text, close + 1, end)
    if following >= end:
        return False
    return last == "," or text[following] == "," or (last not in ".…" and text[following].islower())


def in_bracket(text: str, first: int, match: re.Match[str], end: int) -> bool:
    """Whether the stop stands in a bracket within a sentence: "San Isidro (pop. 2,300)", "Letjen (Purn.) Budi"."""
    before = text[max(first, match.start() - BRACKET) : match.start()]
    if match["closers"] == ")":
        return match["mark"] == "." and IN_BRACKETS.search(before) is not None
    opened = before.rfind("(")
    if opened <= before.rfind(")") or not before[:opened].strip():
        return False
    close = text.find(")", match.end(), min(end, match.end() + BRACKET))
    return close >= 0 and "(" not in text[match.end() : close]


def continues_small(text: str, match: re.Match[str], following: int, cut: int) -> bool:
    """Whether a small letter, or a bar, shows that the sentence goes on: ``"Apa?" tanya dia``, ``Yahoo! is``."""
    character = text[following]
    if not character.islower():
        return character in ",;|" or (character in "–—-" and match["mark"] != ".")
    if match["mark"] != "." or any(mark in text[match.end("mark") : cut] for mark in '"”»’'):
        return True
    if text[following + 1 : following + 2].isupper():  # iPhone
        return False
    word = LAST_WORD.search(text[max(0, match.start() - 40) : match.start()].rstrip())
    return word is None or len(word.group()) < 3 or not word.group().islower()


def stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range without the white space around it, if anything is left."""
    start = next_character(text, start, end)
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def last(place: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Behind the last match in a range; 0 without any."""
    return max((match.end() for match in place.finditer(text, start, end)), default=0)


def in_parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentence, cut at the best places when it is longer than `LONGEST`."""
    while end - start > LONGEST:
        half, limit = start + LONGEST // 2, start + LONGEST
        cut = next((at for place in PLACES if (at := last(place, text, half, limit))), limit)
        while cut > half and (unicodedata.combining(text[cut]) or "\u200d" in text[cut - 1 : cut + 1]):
            cut -= 1
        yield from stripped(text, start, cut)
        start = next_character(text, cut, end)
    yield from stripped(text, start, end)
