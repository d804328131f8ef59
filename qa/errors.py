"""The errors of the upper layer, beside those of `index.errors`.

KutipError
└── QuestionError     a question that cannot be asked: blank, or too long
"""

from __future__ import annotations

from index.errors import ArticleError, KutipError, LibraryError, ManifestMismatch, ModelError

__all__ = ["ArticleError", "KutipError", "LibraryError", "ManifestMismatch", "ModelError", "QuestionError"]


class QuestionError(KutipError):
    """A question cannot be asked as it is."""
