"""From files and folders to documents. Plain text is read here, everything else in a child process."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from index.article import Article, Document, Failure, Original, shortened
from index.errors import ArticleError
from index.formats import BY_SUFFIX, Format, format_of, parse, too_large
from index.parsers.charset import TEXT_BYTES
from index.sandbox import Sandbox

LARGEST = 200_000_000  # bytes of a file


@cache
def sandbox() -> Sandbox:
    """The one child that reads files for this process."""
    return Sandbox()


def read_documents(path: Path) -> list[Document]:
    """The articles in a file. Raises ArticleError when it can't be read."""
    return documents_of(read_bytes(path), source_of(path))


def path_of(given: str | Path) -> Path:
    """A path that was given, whether something is there or not.

    Raises ArticleError for "", which would be the present folder, and for what can be no path, as an article's text.
    """
    if given == "":
        raise ArticleError("a path is empty; is a variable unset?")
    path = Path(given)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # told by who reads it
    except (OSError, ValueError) as error:
        named, why = shortened(" ".join(str(given).split())), getattr(error, "strerror", None) or error
        raise ArticleError(
            f"{named!r} is no file that can be read ({why}); name a file, or in Python give a text as "
            "Article.from_text(…)"
        ) from error
    return path


def source_of(path: Path) -> str:
    """A file's whole path as text; bytes in it that are no UTF-8, as other systems leave them, as ``\\xff``."""
    return os.fsencode(path.resolve()).decode("utf-8", "backslashreplace")


def read_article(path: Path) -> Article:
    """The one article in a file. Raises ArticleError when it can't be read, or holds several."""
    documents = read_documents(path)
    if len(documents) > 1:
        raise ArticleError(f"{path} holds {len(documents)} articles, one is wanted here")
    return documents[0].article


def documents_of(
    data: bytes, source: str, form: Format | None = None, refused: list[Failure] | None = None
) -> list[Document]:
    """The articles in a file's bytes, with their originals; ``source`` names them and tells the ``form``.

    What can't be read of an archive goes to ``refused``. Raises ArticleError when there is no such list, or nothing
    can be read.
    """
    form = form or format_of(source, data)
    if form.plain and len(data) > TEXT_BYTES:
        raise too_large(source, TEXT_BYTES)
    read = parse if form.plain else sandbox().parse
    documents = read(data, source, form, refused)
    whole = Original(form.media_type, data)
    return [Document(d.article, d.original or whole, source, d.window) for d in told_apart(documents)]


def told_apart(documents: Iterable[Document]) -> Iterator[Document]:
    """Rows of one table may name one address for several texts, which are all kept: the second one's is ``…#2``."""
    taken: dict[str, str] = {}  # source → article id
    given: dict[tuple[str, str], str] = {}  # source and article id → source
    counts: Counter[str] = Counter()
    for document in documents:
        article = document.article
        source = given.get((article.source, article.id), article.source)
        while source and taken.setdefault(source, article.id) != article.id:
            counts[article.source] += 1
            source = f"{article.source}#{counts[article.source] + 1}"
        given[article.source, article.id] = source
        yield replace(document, article=replace(article, source=source))


def read_bytes(path: Path) -> bytes:
    """A regular file's content, in one reading. Raises ArticleError."""
    try:
        # Not blocking: to open a pipe that nobody writes to would wait for ever.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:  # noqa: PTH123
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise ArticleError(f"{path} is no file; name a file or a folder of files")
            data = file.read(LARGEST + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise ArticleError(f"{path} cannot be read ({error.strerror}); check its name and its permissions") from error
    if len(data) > LARGEST:
        raise ArticleError(f"{path} is larger than {LARGEST // 1_000_000} MB; split it into articles")
    # A file that somebody writes to is no article yet: half of it may be the old one.
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ArticleError(f"{path} changed while it was read; add it again when it is whole")
    return data


def find_articles(paths: Iterable[Path], refused: list[Failure] | None = None) -> Iterator[Path]:
    """The files among ``paths`` that may hold articles; folders are searched, in the order of names.

    A README is no article. Links in a folder are not followed: they may lead out of it. Folders that can't be listed
    go to ``refused``; ArticleError is raised for one when there is no such list.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(inside(path, refused))
        else:
            yield path


def inside(folder: Path, refused: list[Failure] | None) -> Iterator[Path]:
    """The files with articles in a folder and its folders."""
    for path in shown(folder, refused):
        if path.suffix.lower() in BY_SUFFIX and path.stem.upper() != "README":
            yield path


def passed_over(folder: Path) -> Counter[str]:
    """How many files of which endings, "" for none, lie in a folder and its folders and are of no kind that is read."""
    return Counter(kind for path in shown(folder, []) if (kind := path.suffix.lower()) not in BY_SUFFIX)


def shown(folder: Path, refused: list[Failure] | None) -> Iterator[Path]:
    """The files in a folder and its folders that are neither hidden nor links."""

    def refuse(error: OSError) -> None:
        why = f"{error.filename} cannot be listed ({error.strerror}); check its permissions"
        if refused is None:
            raise ArticleError(why) from error
        refused.append(Failure(str(error.filename), why))

    for root, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(root, name)
            # Of a file in a folder that may be listed but not entered it can't be told; to read it is refused.
            if not name.startswith(".") and not os.path.islink(path):  # noqa: PTH114  # pathlib's raises then
                yield path
