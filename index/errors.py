"""The errors of the lower layer. Every message says what was found, what was wanted, and what to do.

KutipError
├── ArticleError      an input that cannot become an article
├── FilterError       filters that make no sense, such as a day that is not in the calendar
├── LibraryError      the stored library cannot be opened, read or changed
│   ├── ArticleGone        it has no such article, or none any more
│   └── ManifestMismatch   it was built with another encoder, splitter or format
└── ModelError        a model cannot be found, loaded or used for its job
"""

from __future__ import annotations

from typing import Self


class KutipError(Exception):
    """The base of all errors that kutip raises on purpose.

    ``key`` names the page's words that say the same, in which the ``values`` are put; "" where it has none.
    """

    def __init__(self, message: str = "", key: str = "", /, **values: str | int) -> None:
        super().__init__(message)
        self.key, self.values = key, values


class ArticleError(KutipError):
    """An input cannot become an article."""


class FilterError(KutipError):
    """Filters make no sense."""


class LibraryError(KutipError):
    """The stored library cannot be opened, read or changed."""


class ArticleGone(LibraryError):
    """The library has no such article, or none any more."""


class ManifestMismatch(LibraryError):
    """The library was built with another encoder, splitter or format than is used now; ``changed`` names which."""

    def __init__(self, message: str, changed: str = "format") -> None:
        super().__init__(message)
        self.changed = changed

    @classmethod
    def of(cls, place: object, key: str, built: str | None, used: str, how: str) -> Self:
        """That the library at a place was built with another ``key``; ``how`` it is brought up to date."""
        return cls(
            f"the library {place} was built with the {key} {built}, now {used} is used; "
            f"use the same one again, or bring the library up to date with {how}",
            key,
        )


class ModelError(KutipError):
    """A model cannot be found, loaded or used for its job."""
