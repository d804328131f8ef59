"""The records of a library on Milvus as values: commit rows, and texts in compressed pieces. Pure functions."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Article, Span
from index.milvus_engine import Row
from index.milvus_schema import LOWERED, digest
from index.records import Entry, Indexed

LEAVING = "leaving"  # the kind of a commit row that counts no more
PIECE = 60_000  # characters of base64 in one row
ARTICLE_PART, ORIGINAL_PART, PLAN_PART = "article", "original", "plan"
NAMES = ("kind", "article", "token", "owner", "language", "published", "low", "value")
EMPTY: dict[str, Any] = dict.fromkeys(NAMES, "") | {"moment": 0}


@dataclass(frozen=True, slots=True)
class Head:
    """The commit row of an article: under which token its parts are, and what a list shows of it.

    ``moment`` (µs) orders articles by when they were added; ``sketch`` is hexadecimal; ``original`` its media type, or
    "". ``leaving`` is the token of the write that has replaced or removed it and is not done with that, or "".
    """

    id: str
    token: str
    moment: int
    language: str
    published: str
    title: str
    source: str
    author: str
    sentences: int
    characters: int
    sketch: str
    original: str
    leaving: str = ""

    def row(self) -> Row:
        """As it is stored."""
        names = ("title", "source", "author", "sentences", "characters", "sketch", "original")
        value = json.dumps({name: getattr(self, name) for name in names}, ensure_ascii=False)
        return record(
            f"a/{self.id}",
            LEAVING if self.leaving else "article",
            value,
            owner=self.leaving,
            low=lowered(self.source),
            article=self.id,
            token=self.token,
            language=self.language,
            published=self.published,
            moment=self.moment,
        )

    def entry(self, sources: Sequence[str]) -> Entry:
        """As a list shows it."""
        return Entry(
            self.id,
            self.title,
            self.source,
            self.language,
            self.author,
            self.published,
            self.sentences,
            self.characters,
            tuple(sources),
        )


def record(key: str, kind: str, value: str, **fields: Any) -> Row:
    """A row of the collection of records."""
    return EMPTY | {"key": key, "kind": kind, "value": value, "nothing": [1.0, 0.0]} | fields


def head_of(row: Row) -> Head:
    """A commit row as it was read."""
    value = json.loads(row["value"])
    return Head(
        id=row["article"],
        token=row["token"],
        moment=row["moment"],
        language=row["language"],
        published=row["published"],
        leaving=row["owner"],
        **value,
    )


def newest(heads: Iterable[Head]) -> dict[str, Head]:
    """Of articles from one source the one that was added last, oldest first: two writers may replace it at once."""
    order = sorted(heads, key=lambda head: (head.moment, head.id))
    last = {head.source: head.id for head in order if head.source}
    return {head.id: head for head in order if last.get(head.source, head.id) == head.id}


def new_head(item: Indexed, token: str, moment: int) -> Head:
    """The commit row of a document that is written under a token."""
    article, original = item.document.article, item.document.original
    return Head(
        id=article.id,
        token=token,
        moment=moment,
        source=article.source,
        sentences=len(item.sentences),
        characters=len(article.text),
        sketch=item.sketch.hex(),
        original=original.media_type if original is not None else "",
        **told_of(article),
    )


def told_of(article: Article) -> dict[str, str]:
    """What a commit row tells of an article, as much as it takes."""
    return {
        "title": article.title,
        "author": article.author[:2000],
        "published": article.published[:500],
        "language": article.language[:500],
    }


# -- pieces ------------------------------------------------------------------------------------------------


def chunk_key(token: str, article_id: str, part: str, piece: int) -> str:
    """The key of one piece of one part of an article."""
    return f"c/{token}/{article_id}/{part}/{piece}"


def chunks(content: bytes, token: str, article_id: str, part: str) -> Iterator[Row]:
    """The rows that hold some bytes; ``moment`` tells how many there are."""
    text = base64.b64encode(zlib.compress(content, 6)).decode("ascii")
    count = max(1, -(-len(text) // PIECE))
    for piece in range(count):
        yield record(
            chunk_key(token, article_id, part, piece),
            "chunk",
            text[piece * PIECE : (piece + 1) * PIECE],
            article=article_id,
            token=token,
            owner=part,
            moment=count,
        )


def joined(pieces: Sequence[str]) -> bytes:
    """The bytes that were cut into pieces."""
    return zlib.decompress(base64.b64decode("".join(pieces)))


def pack_article(article: Article) -> bytes:
    """An article as bytes, all of it."""
    values = {name: getattr(article, name) for name in Article.__dataclass_fields__}
    return json.dumps(values, ensure_ascii=False).encode()


def unpack_article(content: bytes) -> Article:
    """The article of bytes."""
    values = json.loads(content)
    return Article(**values | {"pages": tuple(values["pages"])})


def spans_part(collection: str) -> str:
    """The name of the part with the spans of an article's sentences in a collection of sentences."""
    return f"spans-{collection.rsplit('_', 1)[-1]}"


def pack_spans(spans: Sequence[Span], languages: Sequence[str]) -> bytes:
    """Spans of sentences and their languages as bytes."""
    return json.dumps([[s.start, s.end, language] for s, language in zip(spans, languages, strict=True)]).encode()


def unpack_spans(content: bytes) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """The spans and languages of bytes."""
    rows = json.loads(content)
    return tuple(Span(start, end) for start, end, _ in rows), tuple(language for _, _, language in rows)


# -- sources and files -------------------------------------------------------------------------------------


def itself(article_id: str) -> str:
    """What stands for the source of an article that was given without one: nothing else keeps it."""
    return f"\0{article_id}"


def public(source: str) -> str:
    """A source as it is shown: "" for `itself`."""
    return "" if source.startswith("\0") else source


def named(sources: Iterable[str]) -> list[str]:
    """Those of the sources that are shown.

    >>> named([itself("1"), "a.txt"])
    ['a.txt']
    """
    return [source for source in sources if public(source)]


def shown_holding(source: str, file: str, held: str) -> tuple[str, str, str]:
    """What holds an article as other libraries take it, see `index.records.Stored`."""
    return (source, file, held) if public(source) else ("", "", "")


def shown(sources: Iterable[str], present: str) -> str:
    """The source with which an article is shown: the present one while it has that, else its first one."""
    names = named(sources)
    return present if present in names else next(iter(names), "")


def source_row(source: str, article_id: str, moment: int) -> Row:
    """That a source has an article."""
    return record(
        f"s/{digest(source)}",
        "source",
        json.dumps([source], ensure_ascii=False),
        article=article_id,
        low=lowered(public(source)),
        moment=moment,
    )


def source_of(row: Row) -> str:
    """The source in a row of a source or an article."""
    value = json.loads(row["value"])
    return str(value["source"] if row["kind"] == "article" else value[0])


def lowered(source: str) -> str:
    """A source as filters compare it, as much of it as a row takes.

    >>> lowered("https://Tempo.co/a")
    'https://tempo.co/a'
    """
    return source.lower().encode()[:LOWERED].decode("utf-8", "ignore")


def holder_key(source: str, file: str) -> str:
    """The key of the row that says that a file holds a source."""
    return f"h/{digest(source, file)}"


def holder_row(source: str, file: str, article_id: str, moment: int) -> Row:
    """That a file ("" for none) holds a source, and what article it had there when it was read."""
    value = json.dumps([source, file], ensure_ascii=False)
    return record(
        holder_key(source, file),
        "holder",
        value,
        article=article_id,
        owner=digest(file) if file else "",
        token=digest(source),
        moment=moment,
    )


def file_row(folder: str, path: str, stamp: str) -> Row:
    """The stamp of a file that was synced with a folder."""
    value = json.dumps([folder, path, stamp], ensure_ascii=False)
    return record(f"f/{digest(folder, path)}", "file", value, owner=digest(folder), token=digest(path))
