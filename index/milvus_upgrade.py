"""A library on Milvus that an older kutip made, brought up to date. Cut off, it is done again from the start."""

from __future__ import annotations

import json

from index.milvus_engine import STRONG
from index.milvus_finishing import Finishing
from index.milvus_identity import Identity
from index.milvus_reading import Reading
from index.milvus_records import file_row, holder_row, itself, source_row
from index.milvus_schema import MANIFEST, OLDER, sentences_of


def upgrade(identity: Identity) -> None:
    """From format 2, in which a source knew only the last file that held it, and a file only one synced folder."""
    engine, records = identity.engine, identity.records
    rows = engine.get(records, [MANIFEST], ("value",), STRONG)
    stored = json.loads(rows[0]["value"]) if rows else {}
    if stored.pop("format", None) != OLDER:
        return
    # What an older kutip has committed is finished first: its sources are not linked until then.
    Finishing(engine, Reading(engine, records, sentences_of(engine.place.name, stored))).recover(0)
    sources = engine.select(records, 'kind == "source"', ("article", "moment", "value"), STRONG)
    # What stands for an article's own source, without a file, is from an upgrade that was cut off.
    rows = []
    for row in sources:
        source, file = [*json.loads(row["value"]), ""][:2]
        rows.append(holder_row(source, file, row["article"], row["moment"]))
    held = {row["article"] for row in sources}
    for row in engine.select(records, 'kind == "article"', ("article", "moment"), STRONG):
        own, moment = row["article"], row["moment"]
        if own not in held:
            rows += [holder_row(itself(own), "", own, moment), source_row(itself(own), own, moment)]
    # Other files that hold a source were not noted: without a stamp all are read again at the next sync.
    files = engine.select(records, 'kind == "file"', ("key", "value"), STRONG)
    renewed = [file_row(folder, path, "") for folder, path, _ in (json.loads(row["value"]) for row in files)]
    engine.upsert(records, [*rows, *renewed])
    engine.delete(records, sorted({row["key"] for row in files} - {row["key"] for row in renewed}))
    identity.store(stored)
