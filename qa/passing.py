"""Articles that are asked by themselves, without being stored: embedded once, not at every question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from index.article import Article, Document
from index.encoder import Encoder
from index.library import Library

LARGEST = 1_000_000  # characters that are kept between questions, some tens of megabytes with their vectors


class Passing:
    """A library in memory over the articles that were asked last. Safe to use from several threads, one at a time."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = Lock()
        self._held: tuple[Article, ...] = ()
        self._library: Library | None = None

    @contextmanager
    def over(self, given: Sequence[Article | Document]) -> Iterator[Library]:
        """A library that holds the given articles alone, for the length of the context."""
        articles = tuple(one.article if isinstance(one, Document) else one for one in given)
        with self._lock:
            if self._library is None or articles != self._held:
                self._forget()
                library = Library.in_memory(self._encoder)
                try:
                    library.add(given)
                except BaseException:
                    library.close()
                    raise
                self._library, self._held = library, articles
            try:
                yield self._library
            finally:
                if sum(len(article.text) for article in articles) > LARGEST:
                    self._forget()

    def close(self) -> None:
        """Give the memory back; what is asked later is embedded anew."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._library is not None:
            self._library.close()
        self._library, self._held = None, ()
