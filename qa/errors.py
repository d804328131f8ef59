"""The errors of the upper layer, beside those of `index.errors`.

KutipError
├── QuestionError     a question that cannot be asked: blank, too long, or of no article
├── TranslationError  a text that the translator cannot translate into the wanted language
└── DataError         a file of questions or articles to evaluate on that cannot be read
"""

from __future__ import annotations

from index.errors import (
    ArticleError,
    ArticleGone,
    FilterError,
    KutipError,
    LibraryError,
    ManifestMismatch,
    ModelError,
)

__all__ = [
    "ArticleError",
    "ArticleGone",
    "DataError",
    "FilterError",
    "KutipError",
    "LibraryError",
    "ManifestMismatch",
    "ModelError",
    "QuestionError",
    "TranslationError",
]


class QuestionError(KutipError):
    """A question cannot be asked as it is."""


class TranslationError(KutipError):
    """A text cannot be translated into the wanted language."""


class DataError(KutipError):
    """A file of questions or of articles to evaluate on cannot be read."""
