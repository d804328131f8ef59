"""From bytes to text: the encoding by marks, by what the bytes look like, or by what they say of themselves."""

from __future__ import annotations

import codecs
import re

from index.errors import ArticleError
from index.parsers.unread import refuse_unread_text

TEXT_BYTES = 20_000_000  # of a text, page or document
# Only names that are encodings of text, and read in linear time: Python knows others.
ENCODINGS = (
    r"(?:iso-?8859-(?:[1-9]|1[03456])|latin-?1|us-ascii|windows-125[0-8]|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr))"
)
NAMED = re.compile(ENCODINGS, re.IGNORECASE)
CHARSET = re.compile(
    rf"<(?:meta|\?xml)\b[^>]{{0,300}}?(?:charset|encoding)\s*=\s*[\"']?({ENCODINGS})\b".encode(), re.IGNORECASE
)
LATIN = re.compile(r"iso-?8859-1|latin-?1|us-ascii", re.IGNORECASE)  # on the web names of Windows-1252
HIGH = bytes(range(128, 256))


def decode(data: bytes, declared: str = "") -> str:
    """Text from bytes: by the byte-order mark, else UTF-16 by its zero bytes, else UTF-8 if most of what is no ASCII is
    that, else as it is ``declared`` beside the text (by a server), as HTML or XML says of itself, or as Windows-1252.

    >>> decode("Hanoï".encode("cp1252")), decode("Hanoi".encode("utf-16-le")), decode("“Hanoï”".encode()[:-1])
    ('Hanoï', 'Hanoi', '“Hanoï�')
    >>> decode("Ханой".encode("koi8-r"), declared="koi8-r")
    'Ханой'
    """
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8-sig", errors="replace")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    sample = data[:4096]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros and zeros.count(0) > 0.6 * len(zeros):
            return data.decode(encoding, errors="replace")
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd") - data.count("\ufffd".encode())
    right = len(text) - len(data.translate(None, HIGH)) - wrong
    # No other encoding gives that many sequences of UTF-8, not even Chinese ones, whatever is declared: where most are
    # right, a wrong byte costs one character; where most are wrong, a text only says that it is UTF-8.
    return text if 2 * wrong <= right else data.decode(encoding_of(data, declared), errors="replace")


def encoding_of(data: bytes, declared: str) -> str:
    """The encoding that is declared for bytes that are no UTF-8: beside them, else by themselves."""
    own = CHARSET.search(data[:2048])
    named = declared if NAMED.fullmatch(declared) else own[1].decode() if own else "cp1252"
    return "cp1252" if LATIN.fullmatch(named) else named


def marked(data: bytes, declared: str) -> bytes:
    """The bytes of a text so that they tell by themselves what is declared beside them: where they would be read
    otherwise without that, as UTF-8 with a byte-order mark.

    >>> marked("Ханой".encode("koi8-r"), "koi8-r") == codecs.BOM_UTF8 + "Ханой".encode()
    True
    """
    text = decode(data, declared)
    return data if text == decode(data) else codecs.BOM_UTF8 + text.encode("utf-8", "replace")


def text_of(data: bytes, name: str) -> str:
    """Text from bytes that should be text. Raises ArticleError for bytes that are not."""
    refuse_unread_text(data, name)
    text = decode(data)
    strange = sum(character < " " and character not in "\t\n\r\f\v" for character in text[:20_000])
    if strange > 0.05 * len(text[:20_000]) + 4:
        raise ArticleError(
            f"{name} is no text; give text, Markdown, HTML, PDF, DOCX, CSV, JSON lines, a feed, a mail or a ZIP",
            "no_plain_text",
            name=name,
        )
    return text
