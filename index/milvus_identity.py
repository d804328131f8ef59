"""With what a library on Milvus was built: its manifest, which writers and readers on other machines may change."""

from __future__ import annotations

import json
from collections.abc import Mapping

from index.errors import ManifestMismatch
from index.milvus_engine import SESSION, STRONG, Engine
from index.milvus_records import record
from index.milvus_schema import FORMAT, MANIFEST, records_of

Manifest = Mapping[str, str]


class Identity:
    """The stored manifest of the library that is called ``name``."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.place = engine.place.shown
        self.records = records_of(name)

    def built(self) -> dict[str, str] | None:
        """With what the library was built; None for one that is new. ManifestMismatch for another format."""
        rows = self.engine.get(self.records, [MANIFEST], ("value",), STRONG)
        if not rows:
            return None
        stored: dict[str, str] = json.loads(rows[0]["value"])
        if stored.pop("format", None) != FORMAT:
            raise ManifestMismatch(
                f"the library {self.place} has another format than this kutip reads ({FORMAT}); use the kutip that "
                "made it, or add the articles to a new library"
            )
        return stored

    def store(self, manifest: Manifest) -> None:
        """From now on the library is built with this."""
        value = json.dumps({"format": FORMAT, **manifest})
        self.engine.upsert(self.records, [record(MANIFEST, "manifest", value)])

    def has_articles(self) -> bool:
        """Whether anything was built: an empty library takes any manifest."""
        return self.engine.count(self.records, 'kind == "article"', STRONG) > 0

    def settled(self, wanted: Manifest) -> dict[str, str]:
        """With what the library is built; the wanted manifest, now stored, for one that has no articles."""
        built = self.built()
        if built is None or (built != wanted and not self.has_articles()):
            self.store(wanted)
            return dict(wanted)
        return built

    def refuse(self, wanted: Manifest, built: Manifest | None) -> None:
        """Raises ManifestMismatch when a library was built with something else than is wanted."""
        for key, value in wanted.items():
            if built is not None and built.get(key) != value:
                raise ManifestMismatch.of(self.place, key, built.get(key), value, "`kutip reindex`")

    def refuse_changed(self, wanted: Manifest) -> None:
        """The same of what a reader sees by now, without waiting for the last moment."""
        rows = self.engine.get(self.records, [MANIFEST], ("value",), SESSION)
        if rows:  # the row may be on its way for a moment
            stored = json.loads(rows[0]["value"])
            self.refuse(wanted, {key: value for key, value in stored.items() if key != "format"})
