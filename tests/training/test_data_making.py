import random
from collections import Counter

import pytest

from training import calibrate, choose_threshold
from training.data import TABLES, Example, as_printed
from training.reasons import question_of, reason_examples, unmarked_examples
from training.tables import table_examples
from training.windows import GroupMaker, in_small, mistyped, sentence_spans

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


@pytest.mark.parametrize(
    ("news", "event", "reason"),
    [
        (NEWS, "Tim itu kalah di kandang sendiri.", "Dua pemain inti cedera parah"),
        ("Harga beras naik karena kemarau panjang. Petani menunggu hujan.", "Harga beras naik.", "Kemarau panjang"),
    ],
)
def test_reasons_without_a_mark_and_events_without_a_reason_are_made_too(news, event, reason):
    for seed in range(20):
        plain, absent = unmarked_examples([news], seed)
        ((start, end),) = plain.answers
        assert plain.context[start:end] == reason
        assert event in plain.context
        assert plain.context.index(event) < start
        assert absent.answers == ()
        assert absent.question == plain.question
        assert event in absent.context
        assert reason not in absent.context
        for context in (plain.context, absent.context):
            assert not any(mark in context.lower() for mark in ("pasalnya", "karena", "  ", ". ."))


def test_the_same_seed_makes_the_same_questions():
    assert reason_examples([NEWS] * 3, seed=5) == reason_examples([NEWS] * 3, seed=5)


def test_what_would_not_read_as_a_question_is_left_out():
    rng = random.Random(1)
    assert question_of("Ya", Counter(), rng) is None
    assert question_of('Ia berkata "tidak akan pernah"', Counter(), rng) is None
    question = question_of("Ketua mengatakan bahwa rapat batal digelar", Counter(), rng)
    assert question is not None
    assert question.endswith("rapat batal digelar?")


def test_windows_of_one_sentence_hold_the_answer_or_none():
    context = "Rapat digelar Selasa pagi di Bandung. Ketua rapat bernama Sari dari Bogor. Hujan turun lagi di sana."
    at = context.index("Sari")
    example = Example("facqa_id", "1", "Siapa nama ketua rapat?", context, ((at, at + 4),))
    train = {"facqa_id": [example]} | {
        name: [] for name in ("squad_id_mt", "squad2_en", "cross_en_question_id_text", "cross_id_question_en_text")
    }
    train["squad2_en"].append(Example("squad2_en", "2", "Who chairs it?", "Rain fell again. Rice became dearer.", ()))
    maker = GroupMaker(train, ["Harga beras naik lagi. Petani menunggu hujan."], {}, seed=1, alone=1.0)
    groups = [group for _ in range(60) for group in maker.epoch()]
    assert len(groups) > 30
    for window, span in (window for group in groups for window in group.windows):
        assert len(sentence_spans(window)) == 1 or span is None
        assert ("Sari" in window) == (span is not None)
        assert span is None or window[slice(*span)] == "Sari"
    assert any(span is None for group in groups for _, span in group.windows)


@pytest.mark.parametrize(("script", "more"), [(calibrate, ["--seen", "seen.jsonl"]), (choose_threshold, [])])
def test_a_folder_without_dev_questions_is_named(script, more, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["script", "data", "reader", *more])
    with pytest.raises(SystemExit, match="there is no data/dev"):
        script.main()


LEADS = ["Hujan deras turun di wilayah itu sejak Senin malam."], ["Heavy rain has fallen in the area since Monday."]


def test_questions_over_tables_are_answered_by_whole_cells_or_not_at_all():
    made = table_examples(*LEADS, seed=3, tables=120)
    assert list(made) == list(TABLES)
    rows = [example for own in made.values() for example in own]
    assert made == table_examples(*LEADS, seed=3, tables=120)
    assert 0.6 < sum(bool(example.answers) for example in rows) / len(rows) < 0.8
    for example in rows:
        for start, end in example.answers:  # behind the name of its column, or as what the sentence is about
            assert example.context[end] in ".,"
            assert example.context[:start].endswith((": ", " ", "\n"))


def test_a_mistake_changes_one_word_of_a_question_by_one_letter_or_two():
    asked, rng = "Berapa harga cabai rawit pekan ini?", random.Random(1)
    for _ in range(50):
        words = [(a, b) for a, b in zip(asked.split(), mistyped(asked, rng).split(), strict=True) if a != b]
        assert len(words) <= 1
        assert all(abs(len(a) - len(b)) <= 1 and a[0] == b[0] for a, b in words)
    assert mistyped("who is it?", rng) == "who is it?"


def test_windows_in_small_letters_keep_their_answers():
    windows = (("Rapat di Hanoi.", (9, 14)), ("İstanbul sunyi.", None))
    assert in_small(windows) == (("rapat di hanoi.", (9, 14)), ("İstanbul sunyi.", None))
