import json
import math

import pytest
from click.testing import CliRunner
from doubles import WordEncoder, WordReader
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span
from qa import cli, evaluation
from qa.answers import Passage
from qa.calibration import Calibration
from qa.datasets import Example
from qa.errors import QuestionError
from qa.evaluation import (
    evaluate_end_to_end,
    evaluate_reader,
    evaluate_retrieval,
    place_in,
    pooled,
    rank_of,
)
from qa.pipeline import Pipeline

CONTEXT = "Rapat digelar di Bandung. Ketua rapat bernama Sari."
KEYS = {
    "exact_match", "f1", "has_answer_f1", "no_answer_accuracy", "auroc", "ece", "recall_at_1", "recall_at_5",
    "recall_at_20", "mrr_at_10", "p50_ms", "p95_ms", "n",
}  # fmt: skip


def ignore(_count):
    return None


def example(question, context=CONTEXT, answer=None):
    start = context.index(answer) if answer else 0
    return Example("1", question, context, (Span(start, start + len(answer)),) if answer else ())


@pytest.fixture
def asked():
    """WordReader quotes the word after the question's last one: right, wrong, rightly silent, wrongly answered."""
    return [
        example("Siapa bernama?", answer="Sari"),
        example("Siapa ketua?", answer="Sari"),
        example("Berapa harga?"),
        example("Kapan ketua?"),
    ]


def test_reader_mode_counts_what_was_worked_out_by_hand(asked):
    report = evaluate_reader("f", WordReader(), asked, ignore)
    assert (report.n, report.exact_match, report.f1) == (4, 50.0, 50.0)
    assert report.has_answer_f1 == 50.0
    assert report.no_answer_accuracy == 50.0
    # margins 8, 8 and −15, 8, a trifle more where variants lie on both sides of the word: the silent one loses to both,
    # the answered one ties with the wrong quote and wins over the right one, which ends its sentence
    assert report.auroc == (1 + 1 + 0.5 + 0) / 4
    # three at about 1.0, of which one is right; one at about 0.0
    assert math.isclose(report.ece, 0.75 * (1 / (1 + math.exp(-8)) - 1 / 3), abs_tol=1e-3)
    assert report.recall_at_5 is None


def test_the_threshold_decides_what_is_answered_but_not_the_best_quote(asked):
    report = evaluate_reader("f", WordReader(), asked, ignore, threshold=9.0)
    assert (report.has_answer_f1, report.no_answer_accuracy) == (0.0, 100.0)
    assert report.span_exact_match == 50.0


def test_retrieval_mode_looks_for_the_answers_own_place(asked, library):
    library.add([*pooled(asked), Article.from_text("Harga beras naik.")])
    report = evaluate_retrieval("f", library, asked, ignore)
    assert (report.n, report.recall_at_1, report.mrr_at_10) == (2, 100.0, 1.0)
    assert report.exact_match is None


def test_without_an_answer_to_be_found_no_recall_is_told(library):
    library.add(pooled([example("Berapa harga?")]))
    report = evaluate_retrieval("f", library, [example("Berapa harga?")], ignore)
    assert (report.n, report.recall_at_1, report.recall_at_20, report.mrr_at_10) == (0, None, None, None)


def test_end_to_end_measures_answers_ranking_and_time(asked, library):
    library.add(pooled(asked))
    pipeline = Pipeline(library, WordReader(), Calibration())
    report = evaluate_end_to_end("f", pipeline, asked, ignore)
    assert (report.n, report.exact_match, report.no_answer_accuracy) == (4, 50.0, 50.0)
    assert report.recall_at_5 == 100.0
    assert 0 < report.p50_ms <= report.p95_ms


class ShortReader(WordReader):
    """Reads questions of two words only."""

    def read(self, question, passages):
        if len(question.split()) > 2:
            raise QuestionError("too long")
        return super().read(question, passages)


def test_a_question_of_too_many_tokens_counts_as_not_answered(asked, library):
    library.add(pooled(asked))
    asked = [*asked, example("Siapa yang bernama?", answer="Sari"), example("Kapan rapat digelar?")]
    read = evaluate_reader("f", ShortReader(), asked, ignore)
    assert (read.n, read.has_answer_f1, read.no_answer_accuracy) == (6, pytest.approx(100 / 3), pytest.approx(200 / 3))
    whole = evaluate_end_to_end("f", Pipeline(library, ShortReader(), Calibration()), asked, ignore)
    assert (whole.n, whole.no_answer_accuracy) == (6, pytest.approx(200 / 3))
    assert whole.recall_at_5 == pytest.approx(200 / 3)


def test_the_same_words_elsewhere_are_no_hit():
    right, twin = Article.from_text(CONTEXT), Article.from_text("Sari makan. " + CONTEXT)
    asked = example("Siapa?", answer="Sari")
    passages = [Passage(twin, Span(0, 11), 0.9), Passage(right, Span(0, 25), 0.8), Passage(right, Span(26, 51), 0.7)]
    assert rank_of(asked, passages) == 3
    assert rank_of(asked, passages[:2]) is None


NEWS = "Rapat kerja itu digelar pagi di Bandung. Ketua rapat kerja itu bernama Sari."


def test_a_passage_whose_copy_is_the_gold_article_counts_where_it_holds_the_answer():
    gold, twin = Article.from_text(NEWS), Article.from_text("BANDUNG - " + NEWS)
    first, second = Span(0, 50), Span(51, 86)
    assert second.cut(twin.text) == "Ketua rapat kerja itu bernama Sari."
    asked = example("Siapa?", NEWS, "Sari")
    assert rank_of(asked, [Passage(twin, first, 0.9, copies=(gold,)), Passage(twin, second, 0.8, copies=(gold,))]) == 2
    assert rank_of(asked, [Passage(twin, first, 0.9, copies=(gold,))]) is None
    assert rank_of(asked, [Passage(twin, second, 0.9)]) is None
    two = example("Siapa?", NEWS, "Bandung. Ketua rapat kerja itu bernama Sari")
    assert rank_of(two, [Passage(twin, Span(0, 86), 0.9, copies=(gold,))]) == 1
    corrected = Article.from_text(NEWS.replace("Sari", "Budi"))
    assert rank_of(asked, [Passage(corrected, Span(41, 76), 0.9, copies=(gold,))]) is None


def test_a_gold_article_that_was_folded_into_its_near_duplicate_is_found(library):
    said = [f"Pasal {number} rancangan itu dibahas wakil fraksi." for number in range(40)]
    gold = " ".join([*said[:20], "Ketua rapat bernama Sari.", *said[20:]])
    twin = "BANDUNG - " + gold
    library.add(pooled([example("Siapa ketua?", text) for text in (twin, gold)]))
    for context in (gold, twin):
        report = evaluate_retrieval("f", library, [example("Siapa ketua rapat bernama?", context, "Sari")], ignore)
        assert report.recall_at_5 == 100.0


@given(st.text(alphabet="ab\r\n\0\ufeff "), st.text(alphabet="ab", min_size=1), st.text(alphabet="ab\r\n "))
def test_a_gold_answer_keeps_its_place_through_normalisation(before, answer, after):
    context = before + answer + after
    text = Article.from_text(context).text
    place = place_in(text, context, Span(len(before), len(before) + len(answer)))
    assert place.cut(text) == answer


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "TransformersReader", lambda model: WordReader())
    monkeypatch.setattr(evaluation, "SentenceEncoder", lambda model: WordEncoder())
    monkeypatch.setattr(evaluation.Calibration, "of_model", lambda folder: Calibration())
    monkeypatch.setattr(WordReader, "model", "words", raising=False)
    path = tmp_path / "asked.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"question": q, "context": CONTEXT, "answers": answers})
            for q, answers in [("Siapa bernama?", [{"text": "Sari", "start": 46}]), ("Berapa harga?", [])]
        )
    )
    (tmp_path / "corpus.jsonl").write_text('{"title": "Beras", "text": "Harga beras naik."}')
    return path


@pytest.mark.parametrize("mode", ["reader", "retrieval", "end-to-end"])
def test_the_command_prints_one_json_object_a_file(data, mode):
    corpus = str(data.parent / "corpus.jsonl")
    arguments = ["evaluate", str(data), str(data), "--mode", mode, "--corpus", corpus, "--json"]
    done = CliRunner().invoke(cli.main, arguments)
    assert done.exit_code == 0, done.output
    first, second = map(json.loads, done.stdout.splitlines())
    assert set(first) >= KEYS
    assert {k: v for k, v in first.items() if not k.endswith("ms")} == {
        k: v for k, v in second.items() if not k.endswith("ms")
    }
    assert first["n"] == (1 if mode == "retrieval" else 2)


def test_the_command_shows_words_and_the_reliability_curve(data):
    shown = CliRunner().invoke(cli.main, ["evaluate", str(data), "--limit", "1"]).stdout
    assert "asked.jsonl (reader, 1 questions)" in shown
    assert "exact match" in shown
    assert "confidence   right   questions" in shown


def test_the_command_names_the_broken_line(data):
    data.write_text("{")
    done = CliRunner().invoke(cli.main, ["evaluate", str(data)])
    assert done.exit_code == 1
    assert "line 1: not JSON" in done.stderr


def test_the_command_names_a_question_that_cannot_be_asked_before_any_model_is_loaded(data, monkeypatch):
    monkeypatch.setattr(evaluation, "TransformersReader", None)
    with data.open("a") as out:
        out.write("\n" + json.dumps({"question": "?", "context": CONTEXT, "answers": []}))
    done = CliRunner().invoke(cli.main, ["evaluate", str(data)])
    assert done.exit_code == 1
    assert "asked.jsonl: line 3: the question is blank" in done.stderr
