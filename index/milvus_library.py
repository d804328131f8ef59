"""A library on the Milvus engine: many machines may read it and add to it at once, and none keeps anything of it.

`index.milvus_reading` tells what is seen, `index.milvus_writing` how changes come whole or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from index.article import Article, Document
from index.encoder import Encoder, Progress
from index.errors import LibraryError
from index.indexing import index_documents, manifest_of
from index.library import Added
from index.milvus_asked import Asked
from index.milvus_engine import STRONG, Engine
from index.milvus_identity import Identity
from index.milvus_plans import Plan
from index.milvus_reading import Reading
from index.milvus_records import Head, itself, shown, told_of
from index.milvus_schema import (
    digest,
    has_words,
    make_records,
    make_sentences,
    records_of,
    sentences_of,
)
from index.milvus_upgrade import upgrade
from index.milvus_writing import Writing
from index.places import MilvusPlace
from index.records import Holding, Indexed, Stored

TRIES = 3
PATIENCE = 75  # seconds for a writer to get done; LEASE is shorter
TOGETHER = 1000  # articles that go by one write: their commit rows, of a kB or two each, change in one request


class MilvusLibrary(Asked):
    """Articles with their sentences' vectors, on Milvus. Use `open`."""

    def __init__(self, engine: Engine, encoder: Encoder, *, check: bool = True) -> None:
        """``check`` False opens a library that another encoder built, only to `reindex` it or to read its rows."""
        self.engine = engine
        self.encoder = encoder
        self._lock = RLock()
        self._name = engine.place.name
        self._checked = check
        make_records(engine, self._name)
        self.identity = Identity(engine, self._name)
        upgrade(self.identity)
        # What is only read needs no encoder, which may be gone.
        kept = self.identity.built() if not check and self.identity.has_articles() else None
        built = kept or self.identity.settled(self.manifest)
        if check:
            self.identity.refuse(self.manifest, built)
        self._use(built)

    def _use(self, manifest: dict[str, str]) -> None:
        self._built = manifest
        self.reading = Reading(self.engine, records_of(self._name), sentences_of(self._name, manifest))
        self.writing = Writing(self.engine, self.reading, self._refuse_others)

    @classmethod
    def open(cls, place: MilvusPlace, encoder: Encoder, *, check: bool = True) -> MilvusLibrary:
        """Open the library at a place, or make an empty one there.

        Raises LibraryError when Milvus can't be reached, ManifestMismatch when another encoder built the library.
        """
        engine = Engine(place)
        try:
            import pymilvus  # noqa: F401
        except ImportError as error:
            raise LibraryError(
                f"{place.shown} needs Milvus' client; install it with `pip install 'kutip[milvus]'`"
            ) from error
        try:
            return cls(engine, encoder, check=check)
        except BaseException:
            engine.close()
            raise

    # -- what it is ------------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """Where it is kept, as `--library` takes it."""
        return self.engine.place.shown

    @property
    def folder(self) -> Path | None:
        """A folder of this machine's user for files that belong to the library."""
        from platformdirs import user_data_path

        return user_data_path("kutip", appauthor=False) / "milvus" / digest(self.place)

    @property
    def has_words(self) -> bool:
        """Whether the engine searches words, too; without that, only what is meant is searched."""
        return self.reading.has_words or (not self.identity.has_articles() and has_words(self.engine.version))

    @property
    def index_kind(self) -> str:
        """How sentences are found, in words."""
        words = "" if self.has_words else ", without its full-text search (Milvus 2.5 and later have it)"
        return f"Milvus {self.engine.version}{words}"

    @property
    def state(self) -> str:
        """Always "": other machines change the library at any time."""
        return ""

    @property
    def manifest(self) -> dict[str, str]:
        """What vectors depend on: a library keeps to it."""
        return manifest_of(self.encoder)

    def _refuse_others(self) -> None:
        """Another machine may have built the library anew with another encoder."""
        self.identity.refuse(self.manifest, self.identity.settled(self.manifest))

    def close(self) -> None:
        """Let go of the connection."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- changing --------------------------------------------------------------------------------------

    def add(self, articles: Iterable[Article | Document], progress: Progress | None = None) -> Added:
        """Add articles: all of them or, when something fails, none; adding them again changes nothing."""
        return self.replace((), articles, progress)

    def replace(
        self,
        gone: Sequence[Holding],
        articles: Iterable[Article | Document],
        progress: Progress | None = None,
        files: Sequence[tuple[str, str, str]] = (),
        forgotten: Sequence[str] = (),
    ) -> Added:
        """Note that files hold the sources ``gone`` no longer and add articles.

        ``files`` are the (folder, path, stamp) of synced files to note, ``forgotten`` the paths of those to forget.
        Where more than a thousand sources go it is done in several steps: what is added comes with the first ones, and
        the files are noted and forgotten with the last ones, so that who was cut off finds them as they were.
        """
        given = [item if isinstance(item, Document) else Document(item) for item in articles]
        has = self._linked(document.article.source for document in given if document.article.source)
        documents = self._newest(given, has)
        ids = list(dict.fromkeys(document.article.id for document in documents))
        indexed: dict[str, Indexed] = {}
        added: dict[str, None] = {}
        went: dict[str, None] = {}
        changed: dict[str, None] = {}
        links = [(d.article.source or itself(d.article.id), d.file, d.article.id) for d in documents]
        # The articles that lose a source to another one.
        last = {source: own for source, _, own in links}
        each = [*has.items(), *((source, own) for source, _, own in links)]
        overtaken = {own for source, own in each if last.get(source, own) != own}
        shown_next = self._shown_next(links, gone)
        told = {(document.article.id, document.article.source) for document in documents}
        again = {before: now for own, (before, now) in shown_next.items() if now and (own, now) not in told}
        away = frozenset(forgotten)  # which may only have been renamed
        files = (*files, *self._to_be_read_again(again, [pair for pair in gone if pair[1] in away]))
        for _ in range(TRIES):
            known = self.reading.heads(ids, STRONG)
            next_heads = {own: replace(known[own], source=now) for own, (_, now) in shown_next.items() if own in known}
            anew = told_anew(documents, known | next_heads)
            first = {d.article.id: d for d in reversed(documents) if d.article.id not in known} | anew
            missing = [document for own, document in first.items() if own not in indexed]
            indexed |= {item.document.article.id: item for item in index_documents(self.encoder, missing, progress)}
            new = [indexed[own] for own in ids if own in first]
            went |= dict.fromkeys(self.keep(new, links, gone, files, forgotten))
            changed |= dict.fromkeys(anew)
            added |= {own: None for own in ids if own in first and own not in changed}
            # What was known may have been removed by another writer before it was linked.
            there = set(self.reading.heads(ids, STRONG))
            if set(ids) - set(went) <= there:
                break
        return Added(
            tuple(own for own in added if own in there),
            (
                *(own for own in went if own not in added and own in overtaken),
                *(own for own in changed if own not in went),
            ),
            tuple(own for own in ids if own not in added and own not in went and own not in changed),
            tuple(own for own in went if own not in added and own not in overtaken),
        )

    def keep(
        self,
        items: Sequence[Indexed],
        links: Sequence[tuple[str, str, str]] = (),
        gone: Sequence[Holding] = (),
        files: Sequence[tuple[str, str, str]] = (),
        forgotten: Sequence[str] = (),
        held: Sequence[tuple[str, str, str]] = (),
    ) -> tuple[str, ...]:
        """Store what is indexed already, with (source, file, article id); returns the ids of articles that went."""
        went: tuple[str, ...] = ()
        while len(gone) > TOGETHER:
            went += self.keep(items, links, gone[:TOGETHER], held=held)
            items, links, gone, held = (), (), gone[TOGETHER:], ()
        bare, stale = self._unheld(gone, links)
        stamps = {(folder, path): stamp for folder, path, stamp in files}  # of each file one: the last
        stamps |= {(folder, path): "" for folder, path, _ in self.reading.files_at(stale)}
        plan = Plan(
            tuple((item.document.article.id, len(item.sentences)) for item in items),
            tuple(links),
            bare,
            files=tuple((folder, path, stamp) for (folder, path), stamp in stamps.items()),
            forgotten=tuple(forgotten),
            released=tuple(gone),
            held=tuple(held),
        )
        if plan == Plan():
            return went
        with self._lock:
            self._refuse_others()
            rows = next((item.rows for item in items if len(item.sentences)), None)
            if rows is not None:
                make_sentences(self.engine, self.reading.sentences, rows.shape[1])
            return went + self.writing.write(plan, items)

    def _linked(self, sources: Iterable[str]) -> dict[str, str]:
        """The article of each source that has one."""
        return {source: row["article"] for source, row in self.reading.linked(sources).items()}

    def _newest(self, documents: Sequence[Document], has: dict[str, str]) -> list[Document]:
        """Without those that are what their file had before, where another one has a newer text for the same source.

        ``has`` are the articles of the sources.
        """
        holders = self.reading.holders(has)

        def superseded(document: Document) -> bool:
            source, own = document.article.source, document.article.id
            files = {file: held for file, (held, _) in holders.get(source, {}).items()}
            return files.get(document.file) == own != has[source] and has[source] in files.values()

        return [document for document in documents if not superseded(document)]

    def _unheld(
        self, gone: Sequence[Holding], links: Sequence[tuple[str, str, str]]
    ) -> tuple[tuple[str, ...], list[str]]:
        """The sources that nothing holds once ``gone`` is, and the files whose own article of a source counts again."""
        sources = dict.fromkeys(source for source, _ in gone)
        if not sources:
            return (), []
        holders = {
            source: {file: held for file, (held, _) in files.items()}
            for source, files in self.reading.holders(sources).items()
        }
        has = self._linked(sources)
        for source, file, own in links:
            if source in sources:
                holders[source][file] = has[source] = own
        for source, file in gone:
            holders[source].pop(file, None)
        replaced = [source for source in sources if has.get(source) not in holders[source].values()]
        return (
            tuple(source for source in sources if not holders[source]),
            [file for source in replaced for file in holders[source] if file],
        )

    def _shown_next(self, links: Sequence[tuple[str, str, str]], gone: Sequence[Holding]) -> dict[str, tuple[str, str]]:
        """The articles that lose the source that they are shown with, by id: that one and the next one, "" for none."""
        last = {source: own for source, _, own in links}
        bare, _ = self._unheld(gone, links)
        has = self._linked([*last, *bare])
        lost = {(own, source) for source, own in has.items() if source in bare or last.get(source, own) != own}
        heads = self.reading.heads([own for own, _ in lost], STRONG) if lost else {}
        before = {own: head.source for own, head in heads.items() if (own, head.source) in lost}
        sources = self.reading.sources(list(before), STRONG) if before else {}
        for source, own in last.items():
            if own in sources and source not in bare:
                sources[own].append(source)
        return {
            own: (source, shown((name for name in sources[own] if (own, name) not in lost), ""))
            for own, source in before.items()
        }

    def _to_be_read_again(self, shown_next: Mapping[str, str], away: Sequence[Holding]) -> list[tuple[str, str, str]]:
        """The files, without a stamp, that hold the next sources {before: now} of articles; see `Database.read_again`.

        ``away`` is what files held that are gone.
        """
        if not shown_next:
            return []
        holders = self.reading.holders(shown_next.values())
        had: dict[str, set[str]] = {}
        for source, file in away:
            had.setdefault(source, set()).add(file)
        stored = self.reading.files_at({file for files in (*holders.values(), *had.values()) for file in files if file})
        stamps = {path: stamp for _, path, stamp in stored}
        again = {
            file
            for before, now in shown_next.items()
            for file in holders[now]
            if stamps.get(file) not in {stamps.get(other) for other in had.get(before, ())}
        }
        return [(folder, path, "") for folder, path, _ in stored if path in again]

    def stored(self, article_ids: Sequence[str]) -> tuple[Stored, ...]:
        """Articles with all that belongs to them, for another library; those that are gone are left out.

        ManifestMismatch when another encoder built the library meanwhile; LibraryError when a writer that has added
        some of them does not get done.
        """
        for _ in range(PATIENCE):
            found = super().stored(article_ids)
            if self._checked:
                self.identity.refuse_changed(self.manifest)
            elif self.identity.built() != self._built:
                raise LibraryError(f"the library {self.place} was reindexed meanwhile; try again")
            if all(item.held for item in found):
                return found
            self.writing.finishing.recover()  # what holds them is written last
            time.sleep(1)
        raise LibraryError("articles are being added by a writer that does not get done; try again in a minute")

    def keep_stored(self, items: Sequence[Stored], files: Sequence[tuple[str, str, str]] = ()) -> None:
        """Store what another library holds: articles that aren't there yet, sources of those that are."""
        known = self.known([item.indexed.document.article.id for item in items])
        new = [item.indexed for item in items if item.indexed.document.article.id not in known]
        links, other = [], []
        for item in items:
            own = item.indexed.document.article.id
            for source, file, held in item.held:
                links.append((source or itself(own), file, own))
                if source and held != own:
                    other.append((source, file, held))
        self.keep(new, links, files=files, held=other)

    def remove(self, article_ids: Iterable[str]) -> tuple[str, ...]:
        """Remove articles, a thousand at once; returns the ids of those that were there."""
        with self._lock:
            known = tuple(self.reading.heads(article_ids, STRONG))
            some = (known[first : first + TOGETHER] for first in range(0, len(known), TOGETHER))
            return tuple(own for plan in some for own in self.writing.write(Plan(remove=plan), ()))

    # -- while others change it ------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside belongs together; ArticleGone is raised for an article that vanished meanwhile."""
        self.reading.show_all()
        with self.reading.look.at_once():
            if self._checked:
                self.identity.refuse_changed(self.manifest)
            yield

    def ping(self) -> None:
        """Returns when the engine answers at once; LibraryError when not.

        ManifestMismatch when another encoder built what the library holds by now.
        """
        self.engine.ping(records_of(self._name))
        built = self.identity.built()
        if built != self.manifest and self.identity.has_articles():
            self.identity.refuse(self.manifest, built)

    # -- mending ---------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What is wrong with what is stored, in words; [] when all is well."""
        from index.milvus_upkeep import check

        return check(self.reading)

    def reindex(self, progress: Progress | None = None) -> int:
        """Split and encode every article anew with the present encoder; returns the number of sentences.

        The old index answers until the new one is whole. Stopped half-way, it goes on where it was.
        """
        from index.milvus_upkeep import reindex

        def switch() -> None:
            self.identity.store(self.manifest)

        with self._lock:
            count = reindex(self.engine, self._name, self.reading, self.encoder, switch, progress)
            self._use(self.manifest)
            self._checked = True
            return count

    def backup(self, target: Path) -> None:
        """Write a copy of the library to a file of this machine, as the backup of an embedded library."""
        from index.copying import backup

        backup(self, target, self._built)

    def restore(self, backup: Path) -> None:
        """Put a backup's content in place of this library's, article by article."""
        from index.copying import restore

        restore(self, backup)


def told_anew(documents: Sequence[Document], known: Mapping[str, Head]) -> dict[str, Document]:
    """Of the known articles those of which the source that they are shown with tells something else now, by id.

    They are written once more, as their sentences have their dates and languages. A language that is not told stays.
    """
    last = {(document.article.id, document.article.source): document for document in documents}
    out = {}
    for (own, source), document in last.items():
        if own in known and known[own].source == source:
            article = replace(document.article, language=document.article.language or known[own].language)
            if replace(known[own], **told_of(article)) != known[own]:  # type: ignore[arg-type]  # all of these are texts
                out[own] = replace(document, article=article)
    return out
