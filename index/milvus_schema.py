"""What a library is made of on Milvus: two collections.

``NAME_records`` holds all that is looked up by key, of these kinds:

    manifest   m                     what the vectors depend on
    article    a/ID                  the commit row: an article is there when this is, with all of its ``token``
    leaving    a/ID                  the same of an article that counts no more, for the write ``owner`` to clear up
    chunk      c/TOKEN/ID/PART/N     article, sentence spans, original or plan of a write, compressed, in pieces
    source     s/HASH                what article a source has, as long as something holds the source
    holder     h/HASH                that a file holds a source, and which article it had there when it was read;
                                     ``token`` is the hash of the source, ``owner`` that of the file
    file       f/HASH                a synced file's stamp; ``owner`` is the hash of the folder, ``token`` of the path
    write      w/TOKEN               a write that is under way; ``moment`` is the writer's last sign of life
    mark       x/TOKEN               that write was taken for cut off
    doomed     d/TOKEN/ID            an article that the write removes, until all of it is gone

``NAME_sentences_SUFFIX`` holds the vectors; a reindex makes a new one beside it. Sentences of a token that no
commit row names are invisible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from index.milvus_engine import Engine, NoCollection
from index.places import MilvusPlace

FORMAT = "3"
OLDER = "2"  # what `index.milvus_upgrade` brings up to date
LONGEST = 65_535  # bytes of a VARCHAR
LOWERED = 4096  # bytes of a source that filters see
WORDS = "words"  # the field of Milvus' full-text search
ANALYZER = {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]}
MANIFEST = "m"


def records_of(name: str) -> str:
    """The collection of a library's records."""
    return f"{name}_records"


def sentences_of(name: str, manifest: Mapping[str, str]) -> str:
    """The collection of the sentences that an encoder and a splitter make."""
    return f"{name}_sentences_{digest(*manifest.values())[:8]}"


def digest(*values: str) -> str:
    """A name of fixed length for values of any length."""
    return hashlib.sha256("\0".join(values).encode()).hexdigest()[:32]


def number_of(token: str, article_id: str, position: int) -> int:
    """The number of a sentence, 0..2⁶³−1: the same whenever the same write is tried again, and no other one's."""
    return int.from_bytes(hashlib.sha256(f"{token}/{article_id}/{position}".encode()).digest()[:8], "big") >> 1


def has_words(version: str) -> bool:
    """Whether an engine of this version has full-text search: Milvus since 2.5, milvus-lite since 3.

    >>> has_words("v2.3.5-lite"), has_words("2.5.4"), has_words("milvus_lite-3.2.2")
    (False, True, True)
    """
    lite, digits = "milvus_lite-" in version, version.removeprefix("milvus_lite-").lstrip("v").split(".")
    numbers = [int(digit) if digit.isdigit() else 0 for digit in digits[:2]]
    return numbers >= ([3, 0] if lite else [2, 5])


def make_records(engine: Engine, name: str) -> None:
    """Make the collection of records unless it is there."""
    from pymilvus import DataType

    text = [("kind", 16), ("article", 64), ("token", 64), ("owner", 64), ("language", 2048), ("published", 2048)]
    text.append(("low", LOWERED))  # a source in small letters, for filters
    fields: list[dict[str, Any]] = [
        {"field_name": "key", "datatype": DataType.VARCHAR, "max_length": 256, "is_primary": True},
        *({"field_name": own, "datatype": DataType.VARCHAR, "max_length": length} for own, length in text),
        {"field_name": "moment", "datatype": DataType.INT64},
        {"field_name": "value", "datatype": DataType.VARCHAR, "max_length": LONGEST},
        {"field_name": "nothing", "datatype": DataType.FLOAT_VECTOR, "dim": 2},  # a collection needs a vector
    ]
    low = "INVERTED" if has_words(engine.version) else "Trie"
    create(engine, records_of(name), fields, {"nothing": ("FLAT", "IP"), "low": (low, "")})


def make_sentences(engine: Engine, collection: str, dimension: int) -> None:
    """Make a collection of sentences unless it is there."""
    from pymilvus import DataType

    words = has_words(engine.version)
    fields: list[dict[str, Any]] = [
        {"field_name": "number", "datatype": DataType.INT64, "is_primary": True},
        {"field_name": "article", "datatype": DataType.VARCHAR, "max_length": 64},
        {"field_name": "token", "datatype": DataType.VARCHAR, "max_length": 64},
        *({"field_name": own, "datatype": DataType.INT64} for own in ("position", "start", "end")),
        {"field_name": "language", "datatype": DataType.VARCHAR, "max_length": 64},
        {"field_name": "article_language", "datatype": DataType.VARCHAR, "max_length": 2048},
        {"field_name": "published", "datatype": DataType.VARCHAR, "max_length": 2048},
        {"field_name": "vector", "datatype": DataType.FLOAT_VECTOR, "dim": dimension},
    ]
    indexes = {"vector": ("AUTOINDEX", "IP")}
    if words:
        fields += [
            {
                "field_name": "text",
                "datatype": DataType.VARCHAR,
                "max_length": LONGEST,
                "enable_analyzer": True,
                "analyzer_params": ANALYZER,
            },
            {"field_name": WORDS, "datatype": DataType.SPARSE_FLOAT_VECTOR},
        ]
        indexes[WORDS] = ("SPARSE_INVERTED_INDEX", "BM25")
    create(engine, collection, fields, indexes, words=words)


def create(
    engine: Engine,
    collection: str,
    fields: Sequence[dict[str, Any]],
    indexes: Mapping[str, tuple[str, str]],
    *,
    words: bool = False,
) -> None:
    """Make and load a collection; harmless when it is there, or another process makes it meanwhile."""
    from pymilvus import Function, FunctionType
    from pymilvus.client.types import LoadState
    from pymilvus.exceptions import MilvusException

    def make(client: Any, timeout: float) -> None:
        there = client.has_collection(collection, timeout=timeout)
        if there and client.get_load_state(collection, timeout=timeout)["state"] == LoadState.Loaded:
            return
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        for field in fields:
            schema.add_field(**field)
        if words:
            schema.add_function(
                Function(
                    name="bm25",
                    input_field_names=["text"],
                    output_field_names=[WORDS],
                    function_type=FunctionType.BM25,
                )
            )
        wanted = client.prepare_index_params()
        for field_name, (kind, metric) in indexes.items():
            wanted.add_index(field_name, index_type=kind, **({"metric_type": metric} if metric else {}))
        try:
            if not there:
                client.create_collection(
                    collection, schema=schema, index_params=wanted, consistency_level="Session", timeout=60
                )
                return
        except Exception:
            if not client.has_collection(collection, timeout=timeout):
                raise
        # Another one is making it, or was cut off before it was indexed and loaded. milvus-lite refuses what is there.
        for index in wanted:
            try:
                client.create_index(collection, type(wanted)([index]), timeout=60)
            except MilvusException as error:
                if "already exist" not in str(error).lower():
                    raise
        client.load_collection(collection, timeout=60)

    engine.call(make)


def has_words_field(engine: Engine, collection: str) -> bool:
    """Whether a collection was made with full-text search; False when it is not there."""
    try:
        found = engine.call(lambda client, timeout: client.describe_collection(collection, timeout=timeout))
    except NoCollection:
        return False
    return any(field["name"] == WORDS for field in found["fields"])


def drop(place: MilvusPlace) -> None:
    """Delete a library with all that is in it. There is no way back."""
    engine = Engine(place)
    try:
        for collection in engine.call(lambda client, timeout: client.list_collections(timeout=timeout)):
            if collection == records_of(place.name) or collection.startswith(f"{place.name}_sentences_"):
                engine.call(lambda client, timeout, own=collection: client.drop_collection(own, timeout=timeout))  # type: ignore[misc]
    finally:
        engine.close()
