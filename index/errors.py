"""The errors of the lower layer. Every message says what was found, what was wanted, and what to do.

KutipError
├── ArticleError      an input that cannot become an article
├── LibraryError      the stored library cannot be opened, read or changed
│   ├── ArticleGone        it has no such article, or none any more
│   └── ManifestMismatch   it was built with another encoder, splitter or format
└── ModelError        a model cannot be found, loaded or used for its job
"""

from __future__ import annotations


class KutipError(Exception):
    """The base of all errors that kutip raises on purpose."""


class ArticleError(KutipError):
    """An input cannot become an article."""


class LibraryError(KutipError):
    """The stored library cannot be opened, read or changed."""


class ArticleGone(LibraryError):
    """The library has no such article, or none any more."""


class ManifestMismatch(LibraryError):
    """The library was built with another encoder, splitter or format than is used now."""


class ModelError(KutipError):
    """A model cannot be found, loaded or used for its job."""
