"""One tokenizer's tables for all models that have the same."""

from pathlib import Path

import pytest
from tiny_models import make
from tokenizers import AddedToken, Tokenizer, models

from index.tokenizing import tokenizer_of, twin_of

SHIPPED = Path(__file__).parents[2] / "models"
TEXT, OTHER = "Ketua rapat di Bandung bernama Sari, 28/2.", "Wer? 何 é"


def memory():
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
def test_a_twin_is_the_same_and_its_settings_are_its_own(tmp_path, kind):
    folder = make(kind, tmp_path / kind, reader=True)
    one, other = tokenizer_of(folder), tokenizer_of(folder)
    whole = Tokenizer.from_file(str(folder / "tokenizer.json"))
    whole.no_truncation()
    whole.no_padding()
    assert one.to_str() == whole.to_str()
    one.enable_truncation(4)
    assert len(one.encode(TEXT).ids) == 4
    assert other.encode(TEXT, OTHER).ids == whole.encode(TEXT, OTHER).ids


def test_the_shipped_models_share_their_tables():
    encoder = tokenizer_of(SHIPPED / "encoder")
    before = memory()
    reader = tokenizer_of(SHIPPED / "reader")
    assert memory() - before < 10  # by itself it takes fifty
    whole = Tokenizer.from_file(str(SHIPPED / "reader" / "tokenizer.json"))
    for text in (TEXT, OTHER, "", "a <mask> b </s>"):
        assert reader.encode(text, OTHER).ids == encoder.encode(text, OTHER).ids == whole.encode(text, OTHER).ids


def test_tokens_that_the_vocabulary_lacks_keep_their_numbers_in_a_twin():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "satu": 1}, unk_token="[UNK]"))
    for token in (AddedToken("<x>", special=True), AddedToken("dua"), AddedToken("<y>", special=True)):
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    twin = twin_of(tokenizer)
    assert [twin.token_to_id(token) for token in ("<x>", "dua", "<y>")] == [2, 3, 4]
    assert twin.encode("dua<y>").ids == tokenizer.encode("dua<y>").ids == [3, 4]
