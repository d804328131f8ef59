import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Document, Span
from index.capitals import in_small_letters
from index.indexing import known_sentences
from index.records import Indexed

WORDS = ["PT", "BANK", "RAKYAT", "Dia", "yang", "İSTANBUL", "ÉTAT", "МОСКВА", "14", "A", "-", "\n"]


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_letters_stay_where_they_are(text):
    changed = in_small_letters(text)
    assert list(map(str.lower, changed)) == list(map(str.lower, text))
    assert all(new in (old, old.lower()) for old, new in zip(text, changed, strict=True))


def test_what_has_no_small_letter_goes_into_small_letters_in_any_script():
    assert in_small_letters("ГДЕ ВСТРЕТИЛИСЬ ЛИДЕРЫ?") == "где встретились лидеры?"


def test_small_words_with_capitals_show_that_capitals_say_nothing_of_a_text():
    assert in_small_letters("Di Mana Ka'bah Berada?") == "di mana ka'bah berada?"
    for told in ("Siapa Joko Widodo?", "Di Mana?", "Where is The Hague?", "Bank Dunia Untung"):
        assert in_small_letters(told) == told


def test_sentences_in_capitals_are_not_known_since_older_versions_encoded_them_as_they_stand():
    document = Document(Article.from_text("GEMPA GUNCANG LOMBOK.\nRumah rusak."))
    indexed = Indexed(document, (Span(0, 21), Span(22, 34)), np.eye(2, dtype=np.float32), ("id", "id"))
    assert list(known_sentences([indexed])) == ["Rumah rusak."]
