"""From where a reader's tokens begin and end to what a reader of the text would quote. Pure strings."""

from __future__ import annotations

import re
import unicodedata

from index.article import Span
from index.parsers.metadata import MONTHS
from index.splitter import ABBREVIATIONS, TITLES

EDGES = " \t\n\u00a0,;:|"
HYPHENS = "-–—"
JOINING = HYPHENS + "/'’"
DASHES = HYPHENS + "•*"  # that begin an item of a list or stand between words
BRACKETS = {"(": ")", "[": "]", "“": "”", "«": "»"}
PAIRS = BRACKETS | {'"': '"'}
# A mark in a number (15.000, 4,7, 19:30, 18/2/2018, IV/2024; a hyphen as in 2-1 or 2015-2019 stands between two), in a
# currency (US$), in a temperature (33°C), in a power (10^3), in an abbreviation (U.S., Ph.D., S&P), in a site's name
# (detik.com), in a word (Ma'ruf, don't; but that of "Kim's" stands behind one) or in one that a line's end parts, and
# the one that begins a number (.5).
WITHIN = re.compile(
    r"(?<=\d)[.,:](?=\d)|(?<=[A-Z\d])/(?=\d)|(?<=[A-Z])\$|(?:(?<=\d)|(?<=\d[ \u00a0]))°(?=[CF]\b)|(?<=\d)\^(?=\d)|"
    r"(?<=[A-Z])&(?=[A-Z])|(?<=[^\W\d_]{2})\.(?=[a-z]{2})|(?:(?<=\b[^\W\d_])|(?<=\b[A-Z][a-z]))\.(?=[^\W\d_])|"
    r"(?<=[^\W\d_])['’](?![sS]\b)(?=[^\W\d_])|(?<=[^\W\d_])-(?=\n[^\W\d_])|(?<=[^\W\d_]-)\n(?=[^\W\d_])"
)
# An abbreviation of several, but for its last stop.
DOTTED = re.compile(r"(?<![\w.])(?:(?:[^\W\d_]|[A-Z][a-z])\.)+(?:[A-Z]?[^\W\d_]|[A-Z][A-Za-z]{1,3})$")
REPEATED = re.compile(r"([^\W\d_]{3,})-\1", re.IGNORECASE)  # one word: bukti-bukti, berlari-lari
ADDRESS = re.compile(r"(?:https?://|www\.)\S*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)[@#][^\W\d]\w*")
ADDRESSED = ("@", "://", "www.", "#")  # one of these is in each
FOOTNOTE = re.compile(r"(?:\[(?:\d{1,3}|[a-z])\])+$|(?<=[.!?])[¹²³⁰⁴-⁹]+$")
LONGEST_FOOTNOTE = 20  # characters
SPEAKER = re.compile(r"[A-Z]: +(?=\S)")  # "A: In the autumn"
FRACTION = re.compile(r"(?<![^\s(])\.(?=\d)")
JOINER, SKIN_COLOURS = "\u200d", "🏻🏼🏽🏾🏿"  # of emoji that are shown as one
UNSEEN = "\u00ad\u200c\u2060"  # in words: a hyphen that is shown at a line's end only, and joiners
MARKS = re.compile("[" + re.escape("".join(PAIRS) + "".join(PAIRS.values())) + "]")
SINGLE = re.compile("['‘’]")  # that may be apostrophes
OPENS = re.compile(r"(?<![^\W_])['‘](?=\w)")
CLOSES = re.compile(r"(?<![\s'‘])['’](?!\w)")
NEARBY, NEAR = 8, 24  # characters, which hold the accents of one, and a word
REACH = 80  # characters; how far a span may grow to close a bracket or quotation

BRACKETED = "(["
NAME_OR_WORD = re.compile(r"(?:(?<!\S)[^\W\d_a-z][\w.'’-]*\s+)*(?<!\S)[\w.'’%+-]+\s*$")  # a name's words, or one
LAST_WORD = re.compile(r"\b[A-Z]\w*$")
SHORT_WORD = re.compile(r"(?<!\w)[^\W\d_]{1,4}$")
GOES_ON = re.compile(r"\.(?=[,;]|\s+(?:\(|[a-z](?![A-Z])))")  # the sentence, behind a stop that does not end it
TITLED = re.compile(r"\.(?: (?:[A-Z]\w*\.(?= [A-Z])|[^\W\d_a-z]\w+))+")

CURRENCY = re.compile(r"(?<!\w)(?:[Rr][Pp]\.?|IDR|RM|USD|EUR|[A-Z]{0,3}[$€£¥])[ \u00a0]?$")
BEFORE_AMOUNT = re.compile(rf"{CURRENCY.pattern}|(?<!\w)No$")
LONGEST_CURRENCY, LONGEST_DOTTED, LONGEST_NUMBER, LONGEST_SIGN = 5, 12, 20, 4  # characters
SIGN = re.compile(r"(?:\A\+|(?:[(|]|(?<![\d\s])[ \u00a0])[+−–-])$")  # no dash that begins an item
MONTH = r"[A-Z][a-z]{2,8}(?!\w)"
DAY_BEFORE, DAY_LAST = re.compile(r"(?<![\w.,:/–-])\d{1,2} $"), re.compile(r"(?<![\w.,:/])\d{1,2}$")
MONTH_FIRST, MONTH_BEHIND = re.compile(MONTH), re.compile(rf" ({MONTH})(?: (?:19|20)\d\d(?!\w))?")
LED_UP = re.compile(r"(?:\bon|\bfrom|,) $")  # to "June 18", but "in June 18 people died"
MONTH_AHEAD, LONGEST_MONTH = re.compile(r"(?<!\w)([A-Z][a-z]{2,8})(\.?) $"), 11
DAY_BEHIND = re.compile(r"\.? \d{1,2}(?![\w.,:/%]*\d|\w)")
AMOUNT = re.compile(r"\.?[ \u00a0]?\d+(?:[.,]\d+)*")
POWER = re.compile(r"[ \u00a0]?[×x·*][ \u00a0]?10(?:\^[-−]?\d+|[⁻⁰¹²³⁴-⁹]+)")
FACTOR = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)*[ \u00a0]?[×x·*][ \u00a0]?$")
COUNTED = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)*[ \u00a0]$")
FRACTIONS = "½⅓⅔¼¾⅛⅜⅝⅞"
HALF = re.compile(rf"[ \u00a0](?:\d/\d(?![\d/])|[{FRACTIONS}])")  # 1 1/2
WHOLE = re.compile(r"(?<![\w.,:/–-])\d{1,2}$")
LONGER = r"(?:tahun|years?|bulan|months?|minggu|pekan|weeks?|hari|days?|jam|hours?|menit|minutes?)"
REST = re.compile(
    r"[ \u00a0]\d{1,2}[ \u00a0](?:bulan|months?|minggu|weeks?|hari|days?|jam|hours?|menit|minutes?|detik|seconds?)\b",
    re.IGNORECASE,
)
LED_BY_LONGER = re.compile(rf"(?<![\w.,:/–-])\d{{1,3}}[ \u00a0]{LONGER}$", re.IGNORECASE)  # 7 tahun 6 bulan
LONGEST_LONGER = 11  # characters
MAGNITUDES = "ribu|juta|miliar|milyar|triliun|thousand|million|billion|trillion"
MEASURE = re.compile(
    rf"(?:(?:{MAGNITUDES}|persen|percent|km|kilometers?|m|meters?|cm|mm|kg|kilogram|tons?)\b|°)", re.IGNORECASE
)
NUMBER = re.compile(
    rf"(?:\d[\d.,]*|[{FRACTIONS}]|(?<!\w)(?:se(?:puluh|belas|ratus|ribu|juta)|satu|dua|tiga|empat|lima|enam|tujuh|"
    r"delapan|sembilan|belas|puluh|ratus|ribu|juta|miliar|triliun|one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|twenty|thirty|forty|fifty|hundred|thousand|million|billion|trillion)+)$",
    re.IGNORECASE,
)
UNIT = re.compile(
    rf"\s*(?:%|° ?[CF]\b)|\s+(?:persen|percent|per cent|{MAGNITUDES}|hari|jam|"
    r"menit|detik|minggu|pekan|bulan|tahun(?! (?:1[5-9]|20)\d\d(?!\d))|abad|"
    r"days?|hours?|minutes?|seconds?|weeks?|months?|years?|km|kilometer|"
    r"kilometers?|meter|meters?|miles?|cm|mm|kg|kilogram|ton|tons|hektare?|dolar|dollars?|rupiah|euros?|orang|"
    r"k?m[²³]|[µμ]m|ppm|lit(?:er|re)s?|people|WIB|WITA|WIT|(?-i:SM|BCE?|CE|AD))\b",
    re.IGNORECASE,
)
UP_TO = re.compile(
    rf"[–-]\d+(?:[.,]\d+)*(?=(?:{UNIT.pattern})|[ \u00a0]?{MEASURE.pattern})(?!\s*(?:WI[BT]|SM|BC|CE|AD))",
    re.IGNORECASE,
)
FROM = re.compile(r"(?<![\w.,:/–-])\d+(?:[.,]\d+)*[–-]$")


# No answer by themselves: four of 74,000 answers of the data are.
SMALL = (
    "the|an?|of|in|on|at|to|for|from|by|with|and|or|that|which|about|as|than|but|into|upon|"
    "yang|di|ke|dari|dan|atau|pada|untuk|dengan|oleh|dalam|bahwa|sebagai|tentang|serta|para"
)
ONLY_SMALL = re.compile(rf"(?:{SMALL})(?:\s+(?:{SMALL}))*", re.IGNORECASE)


def tidy(text: str, span: Span, sentence: Span) -> Span | None:
    """The span as a reader would quote it: trimmed, with balanced marks, a number with its unit.

    None when nothing but punctuation or small words is left. Stays within ``sentence``.

    >>> text = 'Pada Selasa (26/2/2019) malam selama dua hari'
    >>> tidy(text, Span(5, 22), Span(0, 45)).cut(text), tidy(text, Span(37, 40), Span(0, 45)).cut(text)
    ('Selasa (26/2/2019)', 'dua hari')
    """
    start, end = whole_words(text, max(span.start, sentence.start), min(span.end, sentence.end), sentence)
    if any(text.find(mark, sentence.start, sentence.end) >= 0 for mark in ADDRESSED):
        start, end = whole_addresses(text, start, end, sentence)
    start, end = trim(text, start, end)
    if start == sentence.start and (speaker := SPEAKER.match(text, start, end)):
        start = speaker.end()
    if footnote := FOOTNOTE.search(text, max(start, end - LONGEST_FOOTNOTE), end):
        end = footnote.start()
    if MARKS.search(text, start, end):
        start, end = balance(text, *unwrapped(text, start, end), sentence)
    if SINGLE.search(text, max(sentence.start, start - 1), end):
        start, end = of_single_marks(text, start, end, sentence)
    start, end = trim(text, start, end)
    if not any(map(str.isalnum, text[start:end])):
        return None
    if ONLY_SMALL.fullmatch(text, start, end) and not text[start:end].isupper():
        return None
    if text[start] in BRACKETED:
        start = with_word_before(text, start, sentence)
    if end < sentence.end and (dotted(text, end) or abbreviated(text, end, sentence)):
        end += 1
    end = with_titled(text, start, end, sentence)
    start, end = whole_date(text, *whole_sum(text, start, end, sentence), sentence)
    start, end = whole_range(text, *whole_fraction(text, start, end, sentence), sentence)
    unit = UNIT.match(text, end, sentence.end)
    if unit and NUMBER.search(text[start:end].rsplit(None, 1)[-1]):
        end = unit.end()
    return Span(*whole_duration(text, start, end, sentence))


def whole_words(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range grown to the ends of the words, numbers and characters that it cuts: tokens are pieces of them."""
    while sentence.start < start < end and belongs_together(text, start):
        start -= 1
    while start < end < sentence.end and belongs_together(text, end):
        end += 1
    return start, end


def whole_addresses(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range grown to the ends of the web or mail addresses and the names of accounts that it cuts.

    >>> text, sentence = "Surel: cs@kcn.example, situs https://kcn.example/a?id=7.", Span(0, 56)
    >>> whole_addresses(text, 10, 21, sentence), whole_addresses(text, 29, 48, sentence)
    ((7, 21), (29, 55))
    """
    for found in ADDRESS.finditer(text, sentence.start, sentence.end):
        start = found.start() if found.start() < start < found.end() else start
        end = found.end() if found.start() < end < found.end() else end
    return start, end


def belongs_together(text: str, at: int) -> bool:
    """Whether a cut before the character ``at`` would go through a word, a number or what is shown as one character.

    >>> [belongs_together("Rp15.000 di 17/2.", at) for at in (2, 4, 5, 8, 14, 15, 16)]
    [True, True, True, False, True, True, False]
    >>> [belongs_together("Ma'ruf, Kim's .5", at) for at in (2, 3, 11, 12, 14, 15)]
    [True, True, False, False, False, True]
    """
    before, after = text[at - 1], text[at]
    if before.isalnum() and after.isalnum():
        return True
    if (before == " " and after.isalnum()) or (after == " " and before.isalnum()):
        return False  # so are most; nothing below says otherwise
    if "-" in (before, after) and repeated(text, at):
        return True
    if WITHIN.match(text, at - 1) or WITHIN.match(text, at) or FRACTION.match(text, at - 1):
        return True
    if JOINER in (before, after) or after in SKIN_COLOURS or unicodedata.category(after).startswith("M"):
        return True
    if not (hidden(before) or after in UNSEEN):
        return False
    return in_word(text[max(0, at - NEARBY) : at][::-1]) and in_word(text[at : at + NEARBY])


def repeated(text: str, at: int) -> bool:
    """Whether a cut before the character ``at`` would go through a word that says its own twice.

    >>> repeated("bukti-buktinya", 5), repeated("Siti-Arman", 4)
    (True, False)
    """
    first = max(0, at - NEAR)
    return any(first + own.start() < at < first + own.end() for own in REPEATED.finditer(text[first : at + NEAR]))


def hidden(character: str) -> bool:
    """Whether a character is no more than an accent of the one before it, or is not shown."""
    return character in UNSEEN or unicodedata.category(character).startswith("M")


def in_word(beside: str) -> bool:
    """Whether a letter or digit is the first that is shown by itself of the characters on one side of a cut.

    >>> in_word("\\u0301ebac"), in_word("\\u00adbersama"), in_word("\\u00ad bersama")
    (True, True, False)
    """
    return next((character.isalnum() for character in beside if not hidden(character)), False)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space and punctuation that belongs to the sentence around it."""
    if start < end and text[start].isalnum() and text[end - 1].isalnum():
        return start, end
    if 0 < start < end and text[start] in HYPHENS + "/" and text[start - 1].isalnum():
        start += 1  # the hyphen of "ke-60", no minus
    if start < end < len(text) and text[end - 1] in JOINING and text[end].isalnum():
        end -= 1  # the hyphen of "24-seat", the mark of "Kim's", that of "Rp9.000/kg"
    while start < end and (stands_between(text, start) or text[start] in ".!?…") and not FRACTION.match(text, start):
        start += 1
    end = without_edges(text, start, end)
    stopped = end > start and text[end - 1] in ".!?"
    if stopped and not dotted(text, end - 1) and text[end - 2 : end] != "..":
        end = without_edges(text, start, end - 1)
    return start, end


def dotted(text: str, end: int) -> bool:
    """Whether the stop that is at ``end`` belongs to an abbreviation that has others: "p.m.", but not "Inc."."""
    return text[end : end + 1] == "." and DOTTED.search(text, max(0, end - LONGEST_DOTTED), end) is not None


def abbreviated(text: str, end: int, sentence: Span) -> bool:
    """Whether the stop that is at ``end`` belongs to an abbreviation, as the sentence goes on: "Halden & Co., plus".

    >>> abbreviated("PT Bank Tbk. dan", 11, Span(0, 16)), abbreviated("dari PT Bank Tbk.", 16, Span(0, 17))
    (True, False)
    """
    if end + 1 >= sentence.end or text[end] != ".":
        return False
    last = SHORT_WORD.search(text, max(sentence.start, end - LONGEST_DOTTED), end)
    if last is None:
        return False
    known = last.group().lower() in ABBREVIATIONS and text[end + 1].isspace()
    return known or GOES_ON.match(text, end) is not None


def without_edges(text: str, start: int, end: int) -> int:
    """The range's end before white space and marks that stand between words."""
    while end > start and stands_between(text, end - 1):
        end -= 1
    return end


def stands_between(text: str, at: int) -> bool:
    """Whether a character is white space, or a mark that stands between words, cells or the items of a list.

    >>> [stands_between("- AA- | -5 –", at) for at in (0, 4, 6, 8, 11)]
    [True, False, True, False, True]
    """
    if text[at] not in DASHES:
        return text[at].isspace() or text[at] in EDGES
    before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
    return (not before or before.isspace()) and (not after or after.isspace())


def with_word_before(text: str, start: int, sentence: Span) -> int:
    """The start with the word, or the name, to which the bracket there belongs.

    >>> with_word_before("kata Kim Jong Un (35), pemimpin", 17, Span(0, 31)), with_word_before("(a)", 0, Span(0, 3))
    (5, 0)
    """
    first = max(sentence.start, start - REACH)
    before = NAME_OR_WORD.search(text[first:start])
    return first + before.start() if before else start


def with_titled(text: str, start: int, end: int, sentence: Span) -> int:
    """The end with the name of whose title it has cut the stop: "Sgt" of "Sgt. Munro".

    >>> with_titled("oleh Ir. H. Budi Susilo, M.T.", 5, 10, Span(0, 29)), with_titled("Dr. No", 0, 6, Span(0, 6))
    (23, 6)
    """
    titled = TITLED.match(text, end, sentence.end)
    last = LAST_WORD.search(text, max(start, end - LONGEST_DOTTED), end) if titled else None
    return titled.end() if titled and last and last.group().lower() in TITLES else end


def whole_sum(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range with the number, currency and sign of the sum that it begins with, and the sum whose currency ends it.

    >>> text, sentence = "dari Rp 2,75 miliar", Span(0, 19)
    >>> whole_sum(text, 8, 12, sentence), whole_sum(text, 5, 7, sentence), whole_sum(text, 13, 19, sentence)
    ((5, 12), (5, 12), (5, 19))
    """
    if start > sentence.start + 1 and text[start - 2].isdigit() and MEASURE.match(text, start):
        number = COUNTED.search(text, max(sentence.start, start - LONGEST_NUMBER), start)
        start = number.start() if number else start
    if text.startswith("10", start) and POWER.match("×" + text[start : start + LONGEST_NUMBER]):
        factor = FACTOR.search(text, max(sentence.start, start - LONGEST_NUMBER), start)
        start = factor.start() if factor else start
    if text[end - 1].isdigit() and (power := POWER.match(text, end, sentence.end)):
        end = power.end()  # 14.4 × 10^3
    if text[start].isdigit():
        before = CURRENCY.search(text, max(sentence.start, start - LONGEST_CURRENCY), start)
        start = before.start() if before else start
        start -= SIGN.search(text[max(sentence.start, start - LONGEST_SIGN) : start]) is not None
    amount = AMOUNT.match(text, end, sentence.end)
    if amount and BEFORE_AMOUNT.search(text, max(start, end - LONGEST_CURRENCY), end):
        end = amount.end()
    return start, end


def whole_fraction(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range with both parts of the mixed number that it begins or ends with: "1 1/2".

    >>> text, sentence = "1 1/2 liter", Span(0, 11)
    >>> whole_fraction(text, 0, 1, sentence), whole_fraction(text, 2, 11, sentence)
    ((0, 5), (0, 11))
    """
    if start > sentence.start + 1 and HALF.match(text, start - 1, sentence.end):
        whole = WHOLE.search(text, max(sentence.start, start - 3), start - 1)
        start = whole.start() if whole else start
    if text[end - 1].isdecimal() and (half := HALF.match(text, end, sentence.end)):
        end = half.end() if WHOLE.search(text, max(start, end - 2), end) else end
    return start, end


def whole_range(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range of text with both numbers of the one that it begins or ends with, where what they count stands behind.

    >>> text, sentence = "suhu 25–29 °C dan 2-1", Span(0, 21)
    >>> whole_range(text, 0, 7, sentence), whole_range(text, 8, 13, sentence), whole_range(text, 20, 21, sentence)
    ((0, 10), (5, 13), (20, 21))
    """
    if text[end - 1].isdigit() and (up_to := UP_TO.match(text, end, sentence.end)):
        end = up_to.end()
    if text[start].isdigit() and start > sentence.start and text[start - 1] in "–-":
        second = UP_TO.match(text, start - 1, sentence.end)
        first = FROM.search(text, max(sentence.start, start - LONGEST_NUMBER), start) if second else None
        start = first.start() if first else start
    return start, end


def whole_duration(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range with the hours to its minutes, and the minutes to its hours: "7 tahun 6 bulan".

    >>> text, sentence = "vonis 7 tahun 6 bulan penjara", Span(0, 29)
    >>> whole_duration(text, 6, 13, sentence), whole_duration(text, 14, 21, sentence)
    ((6, 21), (6, 21))
    """
    if text[end - 1].isalpha() and (rest := REST.match(text, end, sentence.end)):
        longer = LED_BY_LONGER.search(text, max(start, end - LONGEST_LONGER), end)
        end = rest.end() if longer else end
    if text[start].isdigit() and start > sentence.start and REST.match(text, start - 1, sentence.end):
        longer = LED_BY_LONGER.search(text, max(sentence.start, start - 1 - LONGEST_LONGER), start - 1)
        start = longer.start() if longer else start
    return start, end


def whole_date(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range with the day of the month that it begins with, and with the month of the day that begins or ends it.

    >>> text, sentence = "on June 18 or 7 Mei 2025", Span(0, 24)
    >>> whole_date(text, 16, 24, sentence), whole_date(text, 14, 15, sentence), whole_date(text, 3, 7, sentence)
    ((14, 24), (14, 24), (3, 10))
    >>> whole_date(text, 8, 10, sentence), whole_date("paid Dec. 15 to", 10, 12, Span(0, 15))
    ((3, 10), (5, 12))
    """
    first = MONTH_FIRST.match(text, start, sentence.end) if text[start].isupper() else None
    if first and first.group().lower() in MONTHS:
        day = DAY_BEFORE.search(text, max(sentence.start, start - 3), start)
        led = LED_UP.search(text, max(sentence.start, start - 6), start)
        behind = DAY_BEHIND.match(text, first.end(), sentence.end) if led else None
        start = day.start() if day else start
        end = max(end, behind.end()) if behind else end
        return start, end
    if text[start].isdigit() and DAY_BEHIND.match(text, start - 1, sentence.end):
        month = MONTH_AHEAD.search(text, max(sentence.start, start - LONGEST_MONTH), start)
        if month and month[1].lower() in MONTHS:
            dated = month[2] or LED_UP.search(text, max(sentence.start, month.start() - 6), month.start())
            return month.start() if dated else start, end
    if text[end - 1].isdigit() and DAY_LAST.search(text, max(start, end - 2), end):
        month = MONTH_BEHIND.match(text, end, sentence.end)
        end = month.end() if month and month[1].lower() in MONTHS else end
    return start, end


def unwrapped(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the pairs of marks that hold all of it.

    >>> unwrapped("(27/3)", 0, 6), unwrapped("(a) dan (b)", 0, 11), unwrapped('("ya")', 0, 6)
    ((1, 5), (0, 11), (2, 4))
    """
    while end - start > 2 and PAIRS.get(text[start]) == text[end - 1]:
        if any(mark in text[start + 1 : end - 1] for mark in (text[start], text[end - 1])):
            break
        start, end = start + 1, end - 1
    return start, end


def balance(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """Grow the range over a near closing mark, or shrink it away from a mark whose partner stays outside."""
    for opening, closing in BRACKETS.items():
        at = text.find(closing, start, end)
        depth = text.count(opening, start, end) - text.count(closing, start, end)
        if depth < 0 or (at >= 0 and text.find(opening, start, at) < 0):
            before = text.rfind(opening, max(sentence.start, start - REACH), start)
            if before >= 0 and closing not in text[before:start] and at < end - 1:
                start = before
            else:
                start, end = longer_part(start, end, at)
        if text.count(opening, start, end) > text.count(closing, start, end):
            start, end = close(text, start, end, text.rfind(opening, start, end), closing, sentence)
    if text.count('"', start, end) % 2:
        at = text.find('"', start, end)
        opens = text.count('"', sentence.start, at) % 2 == 0
        if opens:
            start, end = close(text, start, end, text.rfind('"', start, end), '"', sentence)
        else:
            start, end = longer_part(start, end, at)
    return start, end


def of_single_marks(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """The range without a single mark at its edge whose partner stays outside, or with it where it is beside the range.

    >>> text, sentence = "I said, 'We won't go,' and left.", Span(0, 32)
    >>> of_single_marks(text, 8, 22, sentence), of_single_marks(text, 8, 15, sentence)
    ((9, 21), (9, 15))
    >>> of_single_marks(text, 9, 31, sentence), of_single_marks("the talks' end", 4, 10, Span(0, 14))
    ((8, 31), (4, 10))
    """
    closing = CLOSES.search(text, start, end)
    if OPENS.match(text, start):
        if closing and closing.end() == end:
            return start + 1, end - 1
        return (start, end) if closing or not CLOSES.search(text, end, sentence.end) else (start + 1, end)
    if closing is None or OPENS.search(text, start, closing.start()):
        return start, end
    if closing.start() == start:
        return start + 1, end
    led = start > sentence.start and OPENS.match(text, start - 1)
    spoken = text[closing.start() - 1] in ".!?,"  # no apostrophe
    if closing.end() == end:
        return start, end - bool(led or spoken)
    if spoken and not led:
        before = [mark.start() for mark in SINGLE.finditer(text, max(sentence.start, start - REACH), start)]
        return (before[-1] if before and OPENS.match(text, before[-1]) else start), end
    return start - bool(led), end


def close(text: str, start: int, end: int, at: int, closing: str, sentence: Span) -> tuple[int, int]:
    """Drop an open mark at the range's edge; reach for the partner of one in its middle."""
    if at == start:
        return start + 1, end
    partner = text.find(closing, end, min(sentence.end, end + REACH))
    return (start, partner + 1) if partner >= 0 else longer_part(start, end, at)


def longer_part(start: int, end: int, at: int) -> tuple[int, int]:
    """The longer side of the range, cut at the character ``at``."""
    return (start, at) if at - start >= end - at - 1 else (at + 1, end)
