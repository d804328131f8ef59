"""Tokenizers of model folders; models that have the same one share its tables, 50 MB and a fifth of a second."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from index.cache import LRUCache
from index.errors import ModelError
from index.hashes import file_digest

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_known: LRUCache[bytes, Tokenizer] = LRUCache(
    2
)  # by the hash of the file; never given out, so that nobody changes them
_loading = Lock()


def tokenizer_of(folder: Path) -> Tokenizer:
    """The tokenizer in a model's folder, without truncation or padding, which may be set.

    Raises ModelError for a damaged one.
    """
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    digest = file_digest(file)
    with _loading:  # who comes second waits for the tables of the first
        known = _known.get(digest)
        if known is None:
            try:
                known = _known[digest] = Tokenizer.from_file(str(file))
            except Exception as error:  # it raises nothing more exact
                raise ModelError(f"{file} is damaged ({error}); copy the model anew") from error
    own = twin_of(known) or Tokenizer.from_file(str(file))
    own.no_truncation()
    own.no_padding()
    return own


def twin_of(tokenizer: Tokenizer) -> Tokenizer | None:
    """Another tokenizer over the same tables; None where it would not be the same."""
    from tokenizers import Tokenizer

    twin = Tokenizer(tokenizer.model)
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        setattr(twin, part, getattr(tokenizer, part))
    added = sorted(tokenizer.get_added_tokens_decoder().items())
    for _, token in added:  # one by one: what the vocabulary lacks gets its number by its turn
        (twin.add_special_tokens if token.special else twin.add_tokens)([token])
    same = [(number, repr(token)) for number, token in sorted(twin.get_added_tokens_decoder().items())]
    return twin if same == [(number, repr(token)) for number, token in added] else None
