import numpy as np
import pytest

from index.languages import (
    SMALL_WORDS,
    asked_in,
    identify,
    measure_means,
    read_means,
    reference,
    remove_means,
    unit,
    write_means,
)


def test_the_nearer_mean_is_taken_away():
    # Two languages lie at (±1, 0) apart from what is meant, (0, ±1): without the means only that is left.
    means = {"query.en": np.array([1.0, 0.0], np.float32), "query.id": np.array([-1.0, 0.0], np.float32)}
    rows, languages = remove_means(np.array([[0.9, 0.4], [-0.9, 0.4]], np.float32), means, "query")
    assert languages == ("en", "id")
    assert (rows[:, 1] > 0.9).all()
    assert remove_means(rows, means, "document")[1] == ("", "")


def test_a_language_that_is_known_is_not_guessed():
    means = {"query.en": np.array([1.0, 0.0], np.float32), "query.id": np.array([-1.0, 0.0], np.float32)}
    rows = np.array([[0.9, 0.4], [0.9, 0.4], [0.9, 0.4]], np.float32)
    assert remove_means(rows, means, "query", ("id", "", "fr"))[1] == ("id", "en", "en")


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who is the prime minister of Thailand?", "en"),  # nearer to Indonesian, by its names
        ("when was anwar jailed", "en"),
        ("Who is Dan Brown?", "en"),  # a name is no word
        ("Apa kata WHO tentang vaksin?", "id"),
        ("Siapakah pemeran The Raid?", "id"),
        ("Pukul berapa konferensi pers dijadwalkan?", "id"),
        ("Apa arti the fed?", ""),  # words of both
        ("Trump Kim Hanoi", ""),
        ("WHO IS HE?", ""),
        ("Qui est le président ?", ""),
        ("", ""),
    ],
)
def test_a_question_is_in_the_language_of_its_small_words(question, language):
    assert asked_in(question) == language


def test_no_small_word_is_of_both_languages():
    assert not SMALL_WORDS["en"] & SMALL_WORDS["id"]


def test_a_row_of_zeros_stays_zero():
    assert unit(np.zeros((1, 3), np.float32)).tolist() == [[0, 0, 0]]


def test_the_reference_says_the_same_in_both_languages():
    texts = reference()
    assert len(texts["en"]) == len(texts["id"]) == len(set(texts["en"])) == 160
    assert all(text.strip() == text and text for own in texts.values() for text in own)


def test_means_are_taken_by_role_and_language_and_survive_storing(tmp_path):
    def encode(texts, role):
        return np.array([[len(text), role == "query"] for text in texts], np.float32)

    means = measure_means(encode, {"en": ["a", "abc"], "id": ["ab"]})
    assert {name: row.tolist() for name, row in means.items()} == {
        "query.en": [2, 1],
        "query.id": [2, 1],
        "document.en": [2, 0],
        "document.id": [2, 0],
    }
    write_means(means, tmp_path / "new" / "means.safetensors")
    stored = read_means(tmp_path / "new" / "means.safetensors")
    assert {name: row.tolist() for name, row in stored.items()} == {name: row.tolist() for name, row in means.items()}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["means.safetensors"]


@pytest.mark.parametrize("content", [b"", b"broken", b"\x00" * 64])
def test_a_missing_or_broken_file_holds_no_means(tmp_path, content):
    assert read_means(tmp_path / "none") == {}
    (tmp_path / "broken").write_bytes(content)
    assert read_means(tmp_path / "broken") == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Presiden bertemu dengan para menteri di istana kemarin untuk membahas harga beras yang terus naik.", "id"),
        ("The president met the ministers at the palace yesterday to talk about the price of rice.", "en"),
        ("Le président a rencontré les ministres au palais hier soir pour parler du prix du riz.", "fr"),
        ("Dua kata.", "xx"),
        ("", "xx"),
    ],
)
def test_the_language_of_an_article_is_told_offline_and_guessed_where_it_says_too_little(text, language):
    assert identify(text, "xx") == language
