import asyncio
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import build_app
from qa import Answer, Evidence, QuestionError, Span, Status
from qa.answers import Place
from qa.asking import Asking
from qa.desk import Desk
from qa.errors import DataError, LibraryError, ManifestMismatch, ModelError
from qa.page import restored
from qa.pipeline import checked
from qa.public import public_answer
from qa.rendering import STATIC, render, words

NASTY = [
    "<script>alert(1)</script>",
    "<img src=http://example.com/x onerror=alert(1)>",
    '"><b>x</b>',
    "&lt;b&gt;",
    "**tebal** [x](javascript:alert(1)) `kode` $x$",
    "\u202egnirts",
]


class Page(HTMLParser):
    """The text of each sentence and mark, and all tags."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.sentences, self.marks, self.open = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append((tag, dict(attributes).get("class")))
        if tag == "mark":
            self.marks.append("")
        if dict(attributes).get("class") == "kutip-sentence":
            self.sentences.append("")

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if any(kind == "kutip-sentence" for _, kind in self.open):
            self.sentences[-1] += data
        if any(tag == "mark" for tag, _ in self.open):
            self.marks[-1] += data


def evidence(sentence, start, end, title="Judul", source="a.txt", offset=7):
    return Evidence(
        article_id="1",
        article_title=title,
        source=source,
        language="id",
        answer=Span(offset + start, offset + end),
        sentence=Span(offset, offset + len(sentence)),
        passage=Span(0, offset + len(sentence)),
        text=sentence[start:end],
        sentence_text=sentence,
        score=3.0,
    )


def answer(*items, status=Status.ANSWERED, confidence=0.9):
    text = items[0].text if items and status is not Status.NOT_IN_ARTICLES else None
    return Answer("q", text, confidence, status, tuple(items))


@pytest.mark.parametrize(("start", "end"), [(0, 4), (5, 9), (10, 15), (0, 15)])
def test_the_mark_stands_at_the_quotes_characters(start, end):
    sentence = "Satu dua. tiga!"
    page = Page(render(answer(evidence(sentence, start, end))))
    assert page.sentences == [sentence]
    assert page.marks == [sentence[start:end]]


def test_an_answer_that_another_quote_contests_shows_both():
    best, other = evidence("Korbannya 12 orang.", 10, 18), evidence("Korbannya menjadi 17 orang.", 18, 26)
    for lead, contested in ((1.2, True), (2.1, False)):
        far = replace(evidence("Apinya 20 meter.", 7, 15), score=best.score - 9)
        html = render(answer(best, replace(other, score=best.score - lead), far))
        assert ("<details open>" in html) == ('data-t="contested"' in html) == contested
        further = html[html.index('data-t="further"') :]
        assert ("17 orang" in further) == (not contested)
        assert "20 meter" in further
        assert {"17 orang", "20 meter"} <= set(Page(html).marks)


@pytest.mark.parametrize("lead", [1.85, 1.2])
def test_what_a_quote_owes_to_a_word_of_the_best_one_contests_nothing(lead):
    best, other = evidence("Inflasi 3,8 persen.", 8, 18), evidence("Pengangguran 5,2 persen.", 13, 23)
    other = replace(other, article_id="2", score=best.score - lead)
    assert bool(answer(best, other).rivals) == (lead < 1.5)


def test_more_or_less_of_the_same_in_another_article_contests_no_answer():
    best = evidence("Wayan Sudarta hadir.", 0, 13)
    more = replace(evidence("Ketua Wayan Sudarta pergi.", 0, 19), article_id="2")
    former = replace(evidence("mantan ketua Wayan Sudarta pergi.", 0, 26), article_id="3")
    assert answer(best, more, former).rivals == (replace(former, contests=True),)
    assert [own["contests"] for own in answer(best, more, former).to_dict()["evidence"]] == [False, False, True]
    html = render(answer(best, more))
    assert 'data-t="contested"' not in html
    assert "Ketua Wayan Sudarta" in Page(html).marks


@pytest.mark.parametrize(
    ("sentence", "best", "other", "contested"),
    [
        ("It lay 10 kilometers (6.2 miles) deep.", "10 kilometers", "6.2 miles", False),
        ("It hurt at least 150 people.", "150 people", "at least", False),
        ("It hurt 150 people and killed 12 of them.", "150 people", "12", True),
    ],
)
def test_what_stands_right_beside_a_quote_contests_it_only_behind_other_words(sentence, best, other, contested):
    found = [(sentence.index(text), sentence.index(text) + len(text)) for text in (best, other)]
    assert bool(answer(*(evidence(sentence, *own) for own in found)).rivals) == contested


@pytest.mark.parametrize(
    ("text", "contested"),
    [("Senin, 21 November 2022", False), ("November 2022", False), ("2021", True), ("2022 dan 2023", True)],
)
def test_a_year_is_contested_by_another_one_and_not_by_its_day(text, contested):
    best, other = evidence("Sejak 2022.", 6, 10), replace(evidence(text, 0, len(text)), article_id="2")
    assert bool(answer(best, other).rivals) == contested


@pytest.mark.parametrize(
    ("best", "other", "contested"),
    [
        ("12 orang", "12 people", False),
        ("12 orang", "13 people", True),
        ("tiga orang", "3 orang", False),
        ("dua belas orang", "12 people", False),
        ("dua puluh lima orang", "twenty-five people", False),
        ("7 Februari 2025", "Friday, February 7, 2025", False),
        ("7 Februari 2025", "February 8, 2025", True),
        ("pada 7 Februari", "on February 7", False),
        ("pada 7 Februari", "on March 7", True),
        ("Rp1,2 triliun", "Rp 1.2 trillion", False),
        ("Rp1,2 triliun", "1.2 billion rupiah", True),
        ("tiga provinsi", "three provinces", False),
        ("2-1", "1-2", True),
        ("tidak sampai 5 km", "5 kilometers", True),
        ("Budi", "Sari", True),
    ],
)
def test_what_the_other_language_or_digits_say_alike_contests_no_answer(best, other, contested):
    ours = evidence(best, 0, len(best))
    theirs = replace(evidence(other, 0, len(other)), article_id="2", language="en")
    assert bool(answer(ours, theirs).rivals) == contested


def test_more_or_less_of_the_same_words_contests_no_answer():
    best, part = evidence("Ketua bernama Wayan Sudarta.", 14, 27), evidence("Ketua bernama Wayan Sudarta.", 6, 19)
    other = evidence("Ketuanya Budi.", 9, 13, offset=60)
    answered = answer(best, part, other)
    assert answered.rivals == (replace(other, contests=True),)
    near, further = render(answered).split('data-t="further"')
    assert "<strong><bdi>Budi" in re.sub(' lang="id"', "", near)
    assert "<strong><bdi>bernama Wayan" in re.sub(' lang="id"', "", further)
    assert [button["data-pick"] for button in buttons(near + further) if "data-pick" in button] == ["2", "1"]


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("status", Status)
def test_nothing_from_an_article_becomes_markup(nasty, status):
    html = render(answer(*[evidence(nasty, 0, len(nasty), nasty, nasty)] * 3, status=status))
    page = Page(html)
    ours = set("article p blockquote bdi mark details summary strong button span ul li svg path".split())
    assert {tag for tag, _ in page.tags} <= ours
    assert not any(name.startswith("on") or name in ("src", "href") for _, a in page.tags for name in a)
    assert page.marks[0] == nasty
    (card,) = [dict(a) for tag, a in page.tags if tag == "article"]
    assert json.loads(card["data-answer"])["evidence"][0]["text"] == nasty


@given(st.text(min_size=1), st.data())
def test_the_shown_sentence_is_the_sentence(sentence, data):
    start = data.draw(st.integers(0, len(sentence) - 1))
    end = data.draw(st.integers(start + 1, len(sentence)))
    page = Page(render(answer(evidence(sentence, start, end))))
    assert page.sentences[0] == sentence.replace("\r\n", "\n").replace("\r", "\n") or page.sentences[0] == sentence
    assert page.marks[0] == sentence[start:end]


def test_each_state_says_what_it_is():
    one = evidence("Ketua bernama Sari.", 14, 18)
    answered = render(answer(one))
    assert "blockquote" in answered
    assert "90% " in answered
    assert "Very likely right" in answered
    unsure = render(answer(one, one, status=Status.UNSURE, confidence=0.3))
    assert "not sure" in unsure
    assert "Other candidates" in unsure
    assert "<details open>" in unsure
    absent = render(answer(one, status=Status.NOT_IN_ARTICLES, confidence=0.1))
    assert "do not say" in absent
    assert "blockquote" not in absent
    assert "which are no answer" in absent
    assert "do not say" in render(answer(status=Status.NOT_IN_ARTICLES, confidence=0))


def buttons(html):
    return [dict(a) for tag, a in Page(html).tags if tag == "button"]


def test_a_button_tells_which_article_and_where():
    best, near = evidence("Ketua bernama Sari.", 14, 18), evidence("Wakilnya Budi.", 9, 13, offset=40)
    first, copy, candidate, pick, copy_other, *opinion = buttons(render(answer(best, near)))
    assert first["data-article"] == candidate["data-article"] == "1"
    assert json.loads(first["data-spans"]) == [[21, 25], [49, 53]]
    assert json.loads(first["data-passage"]) == [0, 26]
    assert json.loads(candidate["data-spans"]) == [[49, 53]]
    assert pick["data-pick"] == "1"
    assert (copy["data-copy"], copy_other["data-copy"]) == ("0", "1")
    assert [button.get("data-verdict") for button in opinion] == ["right", "wrong", None]


def test_who_may_not_change_anything_is_not_asked_for_an_opinion():
    card = answer(evidence("Sari.", 0, 4), evidence("Wakilnya Budi.", 9, 13, offset=40))
    asked = [button.keys() & {"data-verdict", "data-pick"} for button in buttons(render(card))]
    assert set().union(*asked) == {"data-verdict", "data-pick"}
    assert not any(button.keys() & {"data-verdict", "data-pick"} for button in buttons(render(card, feedback=False)))


def test_the_words_of_the_page_are_there_in_both_languages():
    english, indonesian = words()["en"], words()["id"]
    assert english.keys() == indonesian.keys()
    assert all(english.values())
    assert all(indonesian.values())
    used = set(re.findall(r'\b(?:t|counted)\("(\w+)"[,)]', "".join(path.read_text() for path in STATIC.glob("*.js"))))
    assert used <= english.keys()


def test_a_file_path_is_shown_by_its_name_alone():
    html = render(answer(evidence("Ketua bernama Sari.", 14, 18, source="/home/me/rahasia/a.txt")))
    assert "a.txt" in html
    assert "rahasia" not in html


def test_a_page_number_and_a_chance_are_told_in_the_pages_language():
    html = render(answer(replace(evidence("Ketua bernama Sari.", 14, 18), page=3), confidence=0.6))
    said = {a["data-t"]: json.loads(a["data-values"]) for _, a in Page(html).tags if "data-values" in a}
    put = {language: [own[key].format(**values) for key, values in said.items()] for language, own in words().items()}
    assert put == {"en": ["p. 3", "60% chance of being right"], "id": ["hlm. 3", "peluang benar 60%"]}


def test_a_copy_shows_its_date_and_the_name_of_its_source_like_the_quote_itself():
    copy = Place("2", "Judul", "/home/me/rahasia/<b>.txt", "2019-03-01", Span(0, 4))
    html = render(answer(replace(evidence("Ketua bernama Sari.", 14, 18, title="Judul"), also_in=(copy,))))
    assert '= <bdi>Judul</bdi> · <bdi>2019-03-01</bdi> · <bdi class="kutip-address">&lt;b&gt;.txt</bdi>' in html
    assert "rahasia" not in html


def test_a_completed_follow_up_says_how_it_was_put_and_can_be_asked_literally():
    one = answer(evidence("Ketua bernama Sari.", 14, 18))
    assert "asked as" not in render(replace(one, question="Siapa?", asked_as="Siapa?"))
    html = render(replace(one, question="<b>Kapan</b>?", asked_as="Kapan rapat <i>itu</i>?"))
    assert "&lt;i&gt;itu" in html
    (button, *_) = buttons(html)
    assert button["data-literal"] == "<b>Kapan</b>?"


class FakePipeline:
    def answer(self, question, filters=None):
        if not question.strip():
            raise QuestionError("the question is <b>blank</b>")
        if question == "crash":
            raise RuntimeError("secret path /root/x")
        return answer(evidence("Ketua bernama Sari.", 14, 18))


def functions(**more):
    page = build_app(FakePipeline(), **more)
    return {fn.name: fn.fn for fn in page.fns.values()}


def test_the_api_gives_the_answers_schema():
    assert asyncio.run(functions()["answer"]("Siapa?")) == FakePipeline().answer("Siapa?").to_dict()


def said(functions, question):
    history, turns = asyncio.run(functions["reply"](question, [], []))
    return history[0]["content"].value, turns


def test_an_error_is_told_in_words_and_without_the_servers_inside(caplog):
    page = functions()
    assert "&lt;b&gt;blank" in said(page, " \n")[0]
    assert "secret" not in said(page, "crash")[0]
    assert "secret" in caplog.text
    html, turns = said(page, "Siapa?")
    assert "Sari" in html
    assert [turn.answer for turn in turns] == ["Sari"]


REFUSED = [
    ("?", "", "blank", {}),
    ("a" * 501, "", "long", {"number": 501, "most": 500}),
    ("Siapa?", "<b>28/2", "no_date", {"day": "<b>28/2"}),
]


@pytest.mark.parametrize(("question", "after", "key", "values"), REFUSED)
def test_what_cannot_be_asked_is_told_in_words_of_the_page_and_not_kept(question, after, key, values):
    class Checking(FakePipeline):
        def answer(self, question, filters=None):
            checked(question)
            return super().answer(question)

    page = build_app(Checking())
    reply = {fn.name: fn.fn for fn in page.fns.values()}["reply"]
    history, turns = asyncio.run(reply(question, [], [], "", "", after))
    page = Page(history[0]["content"].value)
    (said,) = [dict(a) for tag, a in page.tags if tag == "span"]
    assert said["data-t"] == key
    assert json.loads(said.get("data-values", "{}")) == values
    assert "b" not in {tag for tag, _ in page.tags}
    for own in words().values():
        assert set(re.findall(r"{(\w+)}", own[key])) == values.keys()
    assert turns == []


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (LibraryError("/secret/l.db is locked"), "no_library"),
        (ManifestMismatch("another splitter", "splitter"), "rebuilt"),
        (ModelError("/secret/reader is gone"), "no_model"),
    ],
)
def test_what_is_wrong_with_the_library_or_a_model_is_told_in_words_of_the_page(error, key):
    class Broken(FakePipeline):
        def answer(self, question, filters=None):
            raise error

    html, turns = said({fn.name: fn.fn for fn in build_app(Broken()).fns.values()}, "Siapa?")
    assert f'data-t="{key}"' in html
    assert "secret" not in html
    assert turns == []


@pytest.mark.parametrize(
    ("source", "passing", "key"), [("x", 0, "none_pass"), ("x", 1, "absent"), ("", 0, "empty"), ("", 1, "absent")]
)
def test_where_there_is_no_article_or_none_passes_the_filters_it_is_not_said_that_the_articles_do_not_say(
    source, passing, key
):
    class Silent(FakePipeline):
        library = SimpleNamespace(size=lambda filters: passing)

        def answer(self, question, filters=None):
            return answer(status=Status.NOT_IN_ARTICLES, confidence=0)

    reply = {fn.name: fn.fn for fn in build_app(Silent()).fns.values()}["reply"]
    history, turns = asyncio.run(reply("Siapa?", [], [], "", source))
    assert f'data-t="{key}"' in history[0]["content"].value
    assert len(turns) == (key == "absent")


def test_a_full_queue_says_so():
    html, turns = said(functions(asking=Asking(FakePipeline(), Desk(at_once=1, waiting=-1))), "Siapa?")
    assert words()["en"]["busy"] in html
    assert turns == []


def test_a_kept_conversation_is_shown_again_and_can_be_gone_on_with():
    page = functions()
    kept = [public_answer(answer(evidence("Ketua bernama Sari.", 14, 18))) for _ in range(2)]
    sent = json.dumps({"token": "<1>", "answers": kept})
    history, turns, shown = page["restore"](sent, restored("", 0))
    assert [message["role"] for message in history] == ["user", "assistant"] * 2
    assert "Sari" in history[1]["content"].value
    assert len(turns) == 2
    assert shown == restored("<1>", 2)
    assert page["restore"](sent + " ", shown) == (gr.skip(),) * 3  # with what was asked since
    for broken in ("", "[]", "{", "[1]", '[{"question": "q"}]', '{"a": 1}', "7"):
        assert page["restore"](broken, shown) == ([], [], restored("", 0))
    for broken in ('{"token": "2", "answers": 7}', '{"token": "2", "answers": [{"question": "q"}]}'):
        assert page["restore"](broken, shown) == ([], [], restored("2", 0))


@pytest.mark.parametrize("status", Status)
def test_an_answer_goes_through_json_and_back(status):
    one = answer(evidence("Ketua bernama Sari.", 14, 18), evidence("Wakilnya Budi.", 9, 13), status=status)
    assert Answer.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert len({one, Answer.from_dict(one.to_dict())}) == 1  # it is one of a set, too
    with pytest.raises(DataError, match="no answer as kutip gives one"):
        Answer.from_dict({"question": "q"})
