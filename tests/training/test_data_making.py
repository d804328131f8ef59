import random
from collections import Counter

import pytest

from training.data import as_printed
from training.reasons import question_of, reason_examples

NEWS = "Tim itu kalah di kandang sendiri. Pasalnya, dua pemain inti cedera parah. Laga berikut digelar Minggu."


@pytest.mark.parametrize(
    ("tokenised", "printed"),
    [
        ("Jakarta , CNN - Harga naik .", "Jakarta, CNN - Harga naik."),
        ("Kata dia , “ kami siap ” .", "Kata dia, “kami siap”."),
        ('Ia berkata " ya " lalu pergi ( cepat ) .', 'Ia berkata "ya" lalu pergi (cepat).'),
        ("Tidak ada yang berubah.", "Tidak ada yang berubah."),
    ],
)
def test_tokenised_news_is_spaced_as_printed(tokenised, printed):
    assert as_printed(tokenised) == printed


def test_a_reason_in_the_next_sentence_answers_why_the_first_one_is_so():
    (made,) = reason_examples([NEWS], seed=1)
    ((start, end),) = made.answers
    assert made.context[start:end] == "dua pemain inti cedera parah"
    assert made.question.split(" ", 1)[1].rstrip("?").split()[:2] == ["Tim", "itu"] or "tim itu" in made.question
    assert "Tim itu kalah" in made.context


def test_a_reason_within_the_sentence_answers_its_main_clause():
    (made,) = reason_examples(["Harga beras naik karena kemarau panjang."], seed=1)
    ((start, end),) = made.answers
    assert made.context[start:end] == "kemarau panjang"
    assert "beras naik?" in made.question


def test_the_same_seed_makes_the_same_questions():
    assert reason_examples([NEWS] * 3, seed=5) == reason_examples([NEWS] * 3, seed=5)


def test_what_would_not_read_as_a_question_is_left_out():
    rng = random.Random(1)
    assert question_of("Ya", Counter(), rng) is None
    assert question_of('Ia berkata "tidak akan pernah"', Counter(), rng) is None
    question = question_of("Ketua mengatakan bahwa rapat batal digelar", Counter(), rng)
    assert question is not None
    assert question.endswith("rapat batal digelar?")
