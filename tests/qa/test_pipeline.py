import json
from contextlib import suppress

import pytest
from doubles import WordEncoder, WordReader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article, Document
from index.errors import ArticleError
from index.library import Library
from qa import KutipError, QuestionError, Status
from qa.calibration import Calibration
from qa.pipeline import LONGEST_QUESTION, Pipeline, checked


def test_the_quote_its_sentence_and_passage_are_slices_of_the_article(pipeline, news):
    pipeline.add(news)
    answer = pipeline.answer("Siapa ketua rapat bernama?")
    assert answer.text == "Sari"
    assert answer.status is Status.ANSWERED
    best = answer.evidence[0]
    text = pipeline.library.article(best.article_id).text
    assert best.answer.cut(text) == best.text == answer.text
    assert best.sentence.cut(text) == best.sentence_text == "Ketua rapat bernama Sari."
    assert best.passage.contains(best.sentence)
    assert (best.article_title, best.source) == (news[0].title, "a.txt")
    assert set(answer.timings) == {"retrieve", "read", "decode", "total"}


def test_what_no_article_says_is_not_answered(pipeline, news):
    pipeline.add(news)
    answer = pipeline.answer("Siapa presiden?")
    assert answer.text is None
    assert answer.status is Status.NOT_IN_ARTICLES
    assert answer.confidence < 0.25


def test_an_empty_library_says_that_the_articles_do_not_say(pipeline):
    answer = pipeline.answer("Siapa?")
    assert (answer.text, answer.evidence, answer.confidence) == (None, (), 0.0)


@pytest.mark.parametrize("question", ["", "  ", "\n", "?!", "a" * (LONGEST_QUESTION + 1)])
def test_a_question_that_is_none_is_refused_in_words(pipeline, news, question):
    pipeline.add(news)
    with pytest.raises(QuestionError, match="ask"):
        pipeline.answer(question)


@pytest.mark.parametrize("asked", ['"Ketua rapat bernama?"', " “Ketua rapat bernama?”\n"])
def test_a_question_in_quotation_marks_is_asked_without_them(pipeline, news, asked):
    pipeline.add(news)
    answer = pipeline.answer(asked)
    assert (answer.question, answer.asked_as, answer.text) == (asked, "Ketua rapat bernama?", "Sari")
    assert pipeline.answer_with_passages(asked)[0].asked_as == "Ketua rapat bernama?"


@pytest.mark.parametrize("asked", ["“Roar” atau “Firework”", '"Roar" atau "Firework"?', 'Siapa berkata "tidak"'])
def test_quotation_marks_around_parts_of_a_question_stay(asked):
    assert checked(asked) == asked


def test_quotation_marks_within_those_around_the_whole_stay():
    assert checked('"Siapa berkata “tidak”?"') == "Siapa berkata “tidak”?"
    assert checked('“Siapa berkata "tidak"?”') == 'Siapa berkata "tidak"?'


@given(st.text(alphabet='"“” a?\n'))
def test_what_was_checked_is_asked_as_it_is(text):
    with suppress(QuestionError):
        assert checked(checked(text)) == checked(text)


def test_given_articles_alone_are_read_and_nothing_is_stored(pipeline, news, tmp_path):
    pipeline.add(news[:1])
    path = tmp_path / "lain.txt"
    path.write_text("Gubernur bernama Tono.", encoding="utf-8")
    assert pipeline.answer("Siapa gubernur bernama?", [path]).text == "Tono"
    assert pipeline.answer("Siapa gubernur bernama?", str(path)).text == "Tono"
    assert pipeline.answer("Siapa gubernur bernama?", [Article.from_text("Ia bernama Ani.")]).text == "Ani"
    assert len(pipeline.library) == 1


@pytest.mark.parametrize("text", ["Gubernur bernama Tono. " * 20, "Gubernur\0bernama Tono."])
def test_a_text_given_for_a_path_is_told_how_texts_are_given(pipeline, text):
    for articles in (text, [text]):
        with pytest.raises(ArticleError, match=r"Article\.from_text"):
            pipeline.answer("Siapa gubernur bernama?", articles)


def test_questions_may_come_from_anywhere(pipeline, news):
    pipeline.add(news)
    asked = ["Siapa ketua rapat?", "Kapan rapat?"]
    assert [answer.question for answer in pipeline.answer_batch(iter(asked))] == asked


@pytest.mark.parametrize("said", ["thanks!", "OK, thank you very much", "Terima kasih banyak", "Halo", "Selamat pagi"])
def test_who_only_greets_or_thanks_gets_no_quote(pipeline, news, said):
    pipeline.add([*news, Article.from_text(f"{said} {said} {said}")])
    answer = pipeline.answer(said)
    assert (answer.text, answer.evidence, answer.status) == (None, (), Status.NOT_IN_ARTICLES)


def test_what_is_not_seen_parts_no_words_of_a_question(pipeline, news):
    pipeline.add(news)
    assert pipeline.answer("\ufeffKetua ra\u200bpat ber\u00adnama?").asked_as == "Ketua rapat bernama?"


def test_one_question_is_no_batch(pipeline, news):
    pipeline.add(news)
    with pytest.raises(QuestionError, match="give a list"):
        pipeline.answer_batch("Siapa ketua rapat bernama?")


def test_of_a_batch_it_is_told_which_question_cannot_be_asked(pipeline, news):
    pipeline.add(news)
    with pytest.raises(QuestionError, match=r"^question 2 of 3: the question is blank") as refused:
        pipeline.answer_batch(["Siapa ketua?", " ? ", "Berapa harga?"])
    assert refused.value.key == "blank"


def test_a_batch_answers_as_single_questions_do(pipeline, news):
    pipeline.add(news)
    questions = ["Siapa ketua rapat bernama?", "Berapa harga?", "Apa penyebabnya?"]
    singles = [pipeline.answer(question) for question in questions]
    for one, other in zip(pipeline.answer_batch(questions), singles, strict=True):
        assert (one.text, one.evidence, one.confidence) == (other.text, other.evidence, other.confidence)
    assert pipeline.answer_batch([]) == []


def test_an_answer_is_json(pipeline, news):
    pipeline.add(news)
    plain = pipeline.answer("Siapa ketua rapat bernama?").to_dict()
    again = json.loads(json.dumps(plain))
    assert again["status"] == "answered"
    assert again["evidence"][0]["answer"].keys() == {"start", "end"}


@pytest.mark.parametrize(
    "text",
    [
        "Satu",
        "😀 bernama 😀 Sari 👩‍👩‍👧",
        "Ia bernama\r\n\r\nSari",
        "Ia\u00a0bernama\u00a0Sari.",
        "e\u0301 bernama Sari\u0301.",
        "bernama " * 10_000,
    ],
)
def test_odd_texts_are_answered_with_true_offsets(text):
    with Library.in_memory(WordEncoder()) as library:
        pipeline = Pipeline(library, WordReader(), Calibration())
        pipeline.add([Article.from_text(text)])
        for evidence in pipeline.answer("Siapa bernama?").evidence:
            whole = library.article(evidence.article_id).text
            assert evidence.answer.cut(whole) == evidence.text
            assert evidence.sentence.contains(evidence.answer)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=80))
def test_any_text_and_any_question_give_true_offsets_or_a_clear_error(text, question):
    with Library.in_memory(WordEncoder()) as library:
        pipeline = Pipeline(library, WordReader(), Calibration())
        with suppress(KutipError):
            pipeline.add([Article.from_text(text)])
            answer = pipeline.answer(question)
            (article,) = library.articles()
            for evidence in answer.evidence:
                assert article.text[evidence.answer.start : evidence.answer.end] == evidence.text


def test_the_sample_is_added_to_an_empty_library_only(pipeline):
    assert pipeline.ensure_sample()
    assert not pipeline.ensure_sample()
    assert len(pipeline.library) == 1


def test_python_reads_web_addresses_where_that_is_said_and_keeps_folders_in_step(pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr("index.fetch.fetch", lambda url: [Document(Article.from_text("Harga naik.", source=url))])
    with pytest.raises(ArticleError, match="allow_urls"):
        pipeline.add("Https://x.test/1")
    with pytest.raises(ArticleError, match="kutip add --allow-urls"):  # to ask has no such option
        pipeline.answer("Harga naik?", ["https://x.test/1"])
    assert pipeline.add("https://x.test/1", allow_urls=True).added
    (tmp_path / "a.txt").write_text("Isi a.")
    assert pipeline.sync(tmp_path).added
    (tmp_path / "a.txt").unlink()
    assert pipeline.sync(tmp_path, allow_empty=True).removed
    assert [article.text for article in pipeline.library.articles()] == ["Harga naik."]


@pytest.mark.parametrize("given", ["Perundingan di Hanoi gagal. " * 20, ""])
def test_what_can_be_no_folder_is_refused_in_words(pipeline, given):
    with pytest.raises(ArticleError, match=r"no file that can be read|is empty"):
        pipeline.sync(given)


def test_two_articles_that_contradict_each_other_are_both_quoted_and_neither_is_believed_as_much(pipeline):
    pipeline.add([Article.from_text("Ketua rapat bernama Sari.", source="a.txt")])
    alone = pipeline.answer("Ketua rapat bernama")
    pipeline.add([Article.from_text("Ketua rapat bernama Budi.", source="b.txt")])
    both = pipeline.answer("Ketua rapat bernama")
    assert alone.text == "Sari"
    assert {found.text for found in both.evidence} == {"Sari", "Budi"}
    assert both.confidence < alone.confidence
