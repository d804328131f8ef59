"""From a file to an article."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.article import Article
from index.errors import ArticleError

SUFFIXES = (".txt", ".md", ".markdown", ".text")
LARGEST = 20_000_000  # bytes


def read_article(path: Path) -> Article:
    """The article in a text file. Raises ArticleError when it can't be read as text."""
    if path.suffix.lower() not in SUFFIXES:
        raise ArticleError(f"{path} is not a text file that can be read; use one of {', '.join(SUFFIXES)}")
    try:
        if path.stat().st_size > LARGEST:
            raise ArticleError(f"{path} is larger than {LARGEST // 1_000_000} MB; split it into articles")
        data = path.read_bytes()
    except OSError as error:
        raise ArticleError(f"{path} cannot be read ({error.strerror}); check its name and its permissions") from error
    return Article.from_text(decode(data), source=str(path.resolve()))


def decode(data: bytes) -> str:
    """Text from bytes: by the byte-order mark, else UTF-8, else Windows-1252.

    >>> decode("Hanoï".encode("cp1252"))
    'Hanoï'
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def find_articles(paths: Iterable[Path]) -> Iterator[Path]:
    """The text files among ``paths``; folders are searched, in the order of names. A README is no article."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.is_file() and file.suffix.lower() in SUFFIXES and file.stem.upper() != "README"
            )
        else:
            yield path
