"""Whole libraries on Milvus: built anew with another encoder, looked through for damage, given to another library."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

from index.article import Document, article_id
from index.encoder import Encoder, Progress
from index.errors import ArticleGone
from index.indexing import index_documents, manifest_of
from index.milvus_engine import STRONG, Engine, NoCollection
from index.milvus_filters import text
from index.milvus_reading import Reading
from index.milvus_records import Head, chunk_key, chunks, pack_spans, shown_holding, source_of, spans_part
from index.milvus_schema import make_sentences, number_of, sentences_of
from index.milvus_writing import sentence_rows
from index.records import Indexed, Stored

BATCH = 16  # articles
SHOWN = 30.0  # seconds for what was written out to be shown


def check(reading: Reading) -> list[str]:
    """What is wrong with what is stored, in words; what a server that was killed does not show is brought back."""
    found = faults(reading)
    if found and not reading.engine.place.lite:
        reading.engine.write_out((reading.records, reading.sentences))
        until = time.monotonic() + SHOWN
        while (found := faults(reading)) and time.monotonic() < until:
            time.sleep(1)
    return found


def faults(reading: Reading) -> list[str]:
    """What is wrong with what is seen now, in words."""
    found = []
    for head in reading.all_heads():
        try:
            article, spans = reading.article(head), reading.spans(head)[0]
        except ArticleGone as error:
            if head.id in reading.heads([head.id], STRONG):
                found.append(str(error))
            continue
        if article_id(article.text) != head.id:
            found.append(f"the text of article {head.id} is not the one that was added")
        numbers = [number_of(head.token, head.id, at) for at in range(head.sentences)]
        try:
            there = len(reading.engine.get(reading.sentences, numbers, ("number",), STRONG))
        except NoCollection:
            there = 0
        if not len(spans) == there == head.sentences:
            found.append(f"article {head.id} has {there} of its {head.sentences} sentences")
        if any(span.end > len(article.text) for span in spans):
            found.append(f"a sentence of article {head.id} ends behind its text")
    return [*found, *unheld(reading)]


def unheld(reading: Reading) -> list[str]:
    """What is there though nothing holds it, in words; nothing is told while somebody writes."""
    kinds = {
        kind: reading.engine.select(reading.records, f'kind == "{kind}"', ("kind", "article", "value"), STRONG)
        for kind in ("article", "source", "holder", "write")
    }
    if kinds["write"]:
        return []
    sources = {source_of(row): row["article"] for row in kinds["source"]}
    held = {source_of(row) for row in kinds["holder"]}
    bare = {row["article"] for row in kinds["article"]} - set(sources.values())
    count = len(bare) + len(sources.keys() ^ held)
    return [f"{count} articles or sources are held by nothing"] if count else []


def reindex(
    engine: Engine,
    name: str,
    reading: Reading,
    encoder: Encoder,
    switch: Callable[[], None],
    progress: Progress | None,
) -> int:
    """Split and encode every article into a collection of its own, then ``switch`` to it; returns its sentences.

    What was done already when it was stopped is found by the spans, which are written after an article's sentences.
    """
    new = Reading(engine, reading.records, sentences_of(name, manifest_of(encoder)))
    again = new.sentences == reading.sentences
    switched = False
    done: set[str] = set()
    while True:
        heads = [head for head in reading.all_heads() if head.token not in done]
        waiting = heads if again else unstaged(new, heads)
        done |= {head.token for head in heads} - {head.token for head in waiting}
        for first in range(0, len(waiting), BATCH):
            some = waiting[first : first + BATCH]
            stage(engine, new, some, reading, encoder, progress)
            done |= {head.token for head in some}
        if waiting:
            continue
        if switched:
            break
        switch()
        switched = True  # once more: an article may have been added just before
    if not again:
        for old in engine.call(lambda client, timeout: client.list_collections(timeout=timeout)):
            if old.startswith(f"{name}_sentences_") and old != new.sentences:
                engine.call(lambda client, timeout, own=old: client.drop_collection(own, timeout=timeout))  # type: ignore[misc]
                where = f'kind == "chunk" and owner == {text(spans_part(old))}'
                engine.delete(new.records, [row["key"] for row in engine.select(new.records, where, ("key",))])
    return sum(head.sentences for head in new.all_heads())


def unstaged(new: Reading, heads: Sequence[Head]) -> list[Head]:
    """The articles whose sentences are not in the new collection yet."""
    keys = {chunk_key(head.token, head.id, spans_part(new.sentences), 0): head for head in heads}
    there = {row["key"] for row in new.engine.get(new.records, list(keys), ("key",), STRONG)}
    return [head for key, head in keys.items() if key not in there]


def stage(
    engine: Engine, new: Reading, heads: Sequence[Head], reading: Reading, encoder: Encoder, progress: Progress | None
) -> None:
    """Encode articles into the new collection."""
    articles = []
    for head in heads:
        with suppress(ArticleGone):
            articles.append((head, reading.article(head)))
    indexed = index_documents(encoder, [Document(article) for _, article in articles], progress)
    for (head, _), item in zip(articles, indexed, strict=True):
        if len(item.sentences):
            make_sentences(engine, new.sentences, item.rows.shape[1])
        engine.upsert(new.sentences, sentence_rows(item, head.token, words=new.has_words))
        part = spans_part(new.sentences)
        engine.upsert(new.records, chunks(pack_spans(item.sentences, item.languages), head.token, head.id, part))


def stored(reading: Reading, article_ids: Sequence[str]) -> tuple[Stored, ...]:
    """Articles with all that belongs to them; those that are gone are left out."""
    heads, sources = reading.heads(article_ids, STRONG), reading.sources(article_ids, STRONG)
    holders = reading.holders(source for own in sources.values() for source in own)
    out = []
    for own in article_ids:
        if own not in heads:
            continue
        head = heads[own]
        with suppress(ArticleGone):
            article, (spans, languages) = reading.article(head), reading.spans(head)
            numbers = [number_of(head.token, own, at) for at in range(len(spans))]
            vectors = reading.vectors(numbers)
            if len(vectors) < len(numbers):
                continue  # removed meanwhile
            rows = np.stack([vectors[number] for number in numbers]) if numbers else np.zeros((0, 0), np.float32)
            held = [
                shown_holding(source, file, there)
                for source in sources[own]
                for file, (there, _) in holders[source].items()
            ]
            file = next((file for source, file, _ in held if source == article.source), "")
            document = Document(article, reading.original(head), file)
            indexed = Indexed(document, spans, rows, languages, bytes.fromhex(head.sketch))
            out.append(Stored(indexed, tuple(held)))
    return tuple(out)
