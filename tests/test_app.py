import asyncio
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import build_app, only, render
from qa import Answer, Evidence, Filters, QuestionError, Span, Status

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


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("status", Status)
def test_nothing_from_an_article_becomes_markup(nasty, status):
    html = render(answer(*[evidence(nasty, 0, len(nasty), nasty, nasty)] * 3, status=status))
    page = Page(html)
    ours = {"div", "p", "blockquote", "bdi", "mark", "details", "summary", "strong", "button"}
    assert {tag for tag, _ in page.tags} <= ours
    assert not any(name.startswith("on") or name in ("src", "href") for _, a in page.tags for name in a)
    assert page.marks[0] == nasty


@given(st.text(min_size=1), st.data())
def test_the_shown_sentence_is_the_sentence(sentence, data):
    start = data.draw(st.integers(0, len(sentence) - 1))
    end = data.draw(st.integers(start + 1, len(sentence)))
    page = Page(render(answer(evidence(sentence, start, end))))
    assert page.sentences[0] == sentence.replace("\r\n", "\n").replace("\r", "\n") or page.sentences[0] == sentence
    assert page.marks[0] == sentence[start:end]


def test_each_state_says_what_it_is():
    one = evidence("Ketua bernama Sari.", 14, 18)
    assert "blockquote" in render(answer(one))
    assert "90%" in render(answer(one))
    unsure = render(answer(one, one, status=Status.UNSURE, confidence=0.3))
    assert "not sure" in unsure
    assert "Other candidates" in unsure
    absent = render(answer(one, status=Status.NOT_IN_ARTICLES, confidence=0.1))
    assert "do not say" in absent
    assert "blockquote" not in absent
    assert "nearest sentences" in absent
    assert "do not say" in render(answer(status=Status.NOT_IN_ARTICLES, confidence=0))


def test_a_button_tells_which_article_and_where():
    best, near = evidence("Ketua bernama Sari.", 14, 18), evidence("Wakilnya Budi.", 9, 13, offset=40)
    (first, second) = [dict(a) for tag, a in Page(render(answer(best, near))).tags if tag == "button"]
    assert first["data-article"] == "1"
    assert json.loads(first["data-spans"]) == [[21, 25], [49, 53]]
    assert json.loads(second["data-spans"]) == [[49, 53]]


@pytest.mark.parametrize("chosen", ["", "[]", "{", "7", '{"a": 1}'])
def test_without_chosen_articles_all_are_asked(chosen):
    assert only(chosen) is None
    assert only('["a", "b"]').articles == ("a", "b")


def test_the_pages_filters_are_those_of_the_library_and_a_wrong_date_is_told():
    filters = only("", " tempo ", "2019-02", "2019-03-01", "id")
    assert filters == Filters(("tempo",), "2019-02", "2019-03-01", ("id",))
    with pytest.raises(QuestionError, match="2019-02-28"):
        only("", "", "28/2/2019")


def test_a_file_path_is_shown_by_its_name_alone():
    html = render(answer(evidence("Ketua bernama Sari.", 14, 18, source="/home/me/rahasia/a.txt")))
    assert "a.txt" in html
    assert "rahasia" not in html


def test_a_completed_follow_up_says_how_it_was_put_and_can_be_asked_literally():
    one = answer(evidence("Ketua bernama Sari.", 14, 18))
    assert "asked as" not in render(replace(one, question="Siapa?", asked_as="Siapa?"))
    html = render(replace(one, question="<b>Kapan</b>?", asked_as="Kapan rapat <i>itu</i>?"))
    assert "&lt;i&gt;itu" in html
    (button, *_) = [dict(a) for tag, a in Page(html).tags if tag == "button"]
    assert button["data-literal"] == "<b>Kapan</b>?"


class FakePipeline:
    def answer(self, question, filters=None):
        if not question.strip():
            raise QuestionError("the question is <b>blank</b>")
        if question == "crash":
            raise RuntimeError("secret path /root/x")
        return answer(evidence("Ketua bernama Sari.", 14, 18))


def functions():
    page = build_app(FakePipeline())
    return {fn.api_name: fn.fn for fn in page.fns.values()}


def test_the_api_gives_the_answers_schema():
    assert asyncio.run(functions()["answer"]("Siapa?")) == FakePipeline().answer("Siapa?").to_dict()


def test_an_error_is_told_in_words_and_without_the_servers_inside(caplog):
    import app

    made = []
    original = app.gr.ChatInterface
    app.gr.ChatInterface = lambda fn, **more: made.append(fn) or original(fn, **more)
    try:
        build_app(FakePipeline())
    finally:
        app.gr.ChatInterface = original
    (reply,) = made
    assert "&lt;b&gt;blank" in reply(" ", [])[0].value
    assert "secret" not in reply("crash", [])[0].value
    assert "secret" in caplog.text
    assert "Sari" in reply("Siapa?", [])[0].value
