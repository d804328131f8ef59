"""From bytes to text: the encoding by marks, by what the bytes look like, or by what they say of themselves."""

from __future__ import annotations

import codecs
import re

from index.errors import ArticleError

TEXT_BYTES = 20_000_000  # of a text, page or document
# Only names that are encodings of text, and read in linear time: Python knows others.
CHARSET = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?"
    rb"(iso-?8859-(?:[2-9]|1[03456])|windows-125[0-8]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr))\b",
    re.IGNORECASE,
)


def decode(data: bytes) -> str:
    """Text from bytes: by the byte-order mark, else UTF-16 by its zero bytes, else UTF-8, else as HTML or XML says of
    itself, else Windows-1252.

    >>> decode("Hanoï".encode("cp1252")), decode("Hanoi".encode("utf-16-le"))
    ('Hanoï', 'Hanoi')
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    sample = data[:4096]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros and zeros.count(0) > 0.6 * len(zeros):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = CHARSET.search(data[:2048])
        return data.decode(declared[1].decode() if declared else "cp1252", errors="replace")


def text_of(data: bytes, name: str) -> str:
    """Text from bytes that should be text. Raises ArticleError for bytes that are not."""
    text = decode(data)
    strange = sum(character < " " and character not in "\t\n\r\f\v" for character in text[:20_000])
    if strange > 0.05 * len(text[:20_000]) + 4:
        raise ArticleError(f"{name} is no text; give text, Markdown, HTML, PDF, DOCX, CSV, JSON lines, a feed or a ZIP")
    return text
