"""Machine translation of a quote's sentence, for who does not read its language; never in the quote's place.

Any Marian, NLLB or M2M100 model of transformers, by folder or by name; without one nothing is translated.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from index.compiled import read_json
from index.hub import Named
from index.settings import use_threads
from index.splitter import split_sentences
from qa.errors import ModelError, TranslationError
from qa.translation_codes import covers, direction_of, spelled

KEPT = 512  # translations that are remembered
LONGEST = 512  # tokens of one sentence
KINDS = ("marian", "m2m_100")  # NLLB is of the second kind


@dataclass(frozen=True, slots=True)
class Direction:
    """What a model must be told to translate in one direction."""

    prefix: str = ""  # before the text (Marian with several targets)
    source_code: str = ""  # for the tokenizer, "" where it needs none
    first_token: int | None = None  # with which the translation must begin


class Translator(Named):
    """A model for `AutoModelForSeq2SeqLM`, loaded at first use. Several threads may ask, one at a time is served."""

    def __init__(self, model: str | Path) -> None:
        """``model``: a folder or a name. Raises ModelError for a path at which there is no translation model."""
        super().__init__(model)
        self.name = self.folder.name if self.folder else self.model  # as others may see it
        if self.folder:  # told at once, not at the first quote
            self._check(read_json(self.folder / "config.json").get("model_type"))
        self._lock = Lock()
        self._remembered = lru_cache(KEPT)(self._translate)

    def translate(self, text: str, source: str, target: str) -> str:
        """``text`` in another language; both are ISO 639-1 codes.

        Raises ModelError for a model that cannot be loaded, TranslationError for a direction that it does not know.
        """
        return self._remembered(text, source, target)

    def _translate(self, text: str, source: str, target: str) -> str:
        import torch

        sentences = [span.cut(text) for span in split_sentences(text)]
        if not sentences:
            return ""
        with self._lock:
            tokenizer, model = self._loaded
            way = self._direction(source, target)
            if way.source_code:
                tokenizer.src_lang = way.source_code
            # Marian's vocabulary is of single sentences; a code in front is read by its tokenizer only there.
            put = [way.prefix + " ".join(sentence.split()) for sentence in sentences]
            inputs = tokenizer(put, return_tensors="pt", padding=True, truncation=True, max_length=self._positions)
            with torch.inference_mode():
                tokens = model.generate(
                    **inputs,
                    do_sample=False,
                    max_length=min(self._positions, 2 * inputs["input_ids"].shape[1] + 32),
                    forced_bos_token_id=way.first_token,
                )
            # What begins each translation is the decoder's start and the target's code, which not all tokenizers skip.
            said = tokens[:, 1 if way.first_token is None else 2 :]
            return " ".join(part.strip() for part in tokenizer.batch_decode(said, skip_special_tokens=True))

    @property
    def _positions(self) -> int:
        most = getattr(self._loaded[1].config, "max_position_embeddings", LONGEST)
        return min(LONGEST, most)

    def _direction(self, source: str, target: str) -> Direction:
        """What the loaded model must be told. Raises TranslationError when it does not know the direction."""
        tokenizer = self._loaded[0]
        if hasattr(tokenizer, "src_lang"):
            codes = language_codes(tokenizer)
            known = [spelled(language, codes) for language in (source, target)]
            if None in known:
                raise self._unable(source, target)
            first, last = map(str, known)
            return Direction(source_code=first, first_token=codes[last])
        stated = (getattr(tokenizer, "source_lang", None), getattr(tokenizer, "target_lang", None))
        named = direction_of(self.name) or (None, None)
        froms, to = (said or name for said, name in zip(stated, named, strict=True))
        choices = getattr(tokenizer, "supported_language_codes", [])
        if froms is None:
            raise ModelError(
                f"{self.name!r} does not say which languages it translates; state source_lang and target_lang in its "
                "tokenizer_config.json, or name its folder like opus-mt-id-en"
            )
        if not covers(froms, source):
            raise self._unable(source, target)
        if choices:
            code = spelled(target, choices)
            if code is None:
                raise self._unable(source, target)
            return Direction(prefix=f"{code} ")
        if to is None or not covers(to, target):
            raise self._unable(source, target)
        return Direction()

    def _check(self, kind: str | None) -> None:
        if kind not in KINDS:
            raise ModelError(
                f"{self.name!r} is {f'a {kind}' if kind else 'no'} model; "
                "a translation model is wanted: Marian, NLLB or M2M100"
            )

    def _unable(self, source: str, target: str) -> TranslationError:
        return TranslationError(f"{self.name!r} does not translate from {source or 'an unknown language'} to {target}")

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

        use_threads()

        def load(local: bool) -> tuple[Any, Any]:
            wanted: dict[str, Any] = {"local_files_only": local, "trust_remote_code": False}
            self._check(AutoConfig.from_pretrained(self.model, **wanted).model_type)
            with warnings.catch_warnings():  # Marian's recommends a package even where it is of no use
                warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
                tokenizer = AutoTokenizer.from_pretrained(self.model, **wanted)
            model = AutoModelForSeq2SeqLM.from_pretrained(
                self.model, dtype=torch.float32, use_safetensors=True, **wanted
            )
            return tokenizer, model.eval()

        try:
            return self.local_first(load)
        except ModelError:
            raise
        except ImportError as error:
            raise ModelError(
                f"{self.name!r} needs packages that are not installed: pip install 'kutip[translator]'"
            ) from error
        except Exception as error:  # what the libraries below raise for damaged files has no base of its own
            raise ModelError(
                f"the translator {self.name!r} cannot be loaded ({error}); name a folder with safetensors weights of a "
                "translation model, or one that the hub has"
            ) from error


def language_codes(tokenizer: Any) -> dict[str, int]:
    """The codes by which a multilingual tokenizer names languages, and the token of each."""
    if hasattr(tokenizer, "get_lang_id"):  # M2M100: the token of id is __id__
        return {code: tokenizer.get_lang_id(code) for code in tokenizer.lang_code_to_id}
    special = (str(token) for token in tokenizer.all_special_tokens)
    return {token: tokenizer.convert_tokens_to_ids(token) for token in special if is_code(token)}


def is_code(token: str) -> bool:
    """Whether a special token names a language and its script, as ind_Latn does.

    >>> is_code("ind_Latn"), is_code("<pad>")
    (True, False)
    """
    return re.fullmatch("[a-z]{3}_[A-Z][a-z]{3}", token) is not None
