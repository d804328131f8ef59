from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span, normalize
from index.errors import ArticleError


def test_a_span_is_half_open():
    assert Span(2, 5).cut("verbatim") == "rba"
    assert len(Span(2, 5)) == 3


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_a_span_that_runs_backwards_is_refused(start, end):
    with pytest.raises(ValueError, match="start"):
        Span(start, end)


def test_spans_that_touch_do_not_overlap():
    assert not Span(0, 3).overlaps(Span(3, 5))
    assert Span(0, 4).overlaps(Span(3, 5))


@pytest.mark.parametrize("published", ["28 Feb 2019", "yesterday", "20190228", date(2019, 2, 28)])
def test_a_date_that_no_filter_could_compare_is_refused(published):
    with pytest.raises(ArticleError, match="write it as 2019-02-28"):
        Article.from_text("Harga naik.", published=published)
    assert Article.from_text("Harga naik.", published="2019-02-28T06:00").published == "2019-02-28T06:00"


@given(st.text())
def test_normalizing_twice_changes_nothing_more_and_leaves_no_carriage_return(text):
    once = normalize(text)
    assert "\r" not in once
    assert "\0" not in once
    assert normalize(once.removeprefix("\ufeff")) == once.removeprefix("\ufeff")


def test_the_id_depends_on_the_text_alone():
    first = Article.from_text("Isi.\r\nDua.", title="A", source="x")
    second = Article.from_text("Isi.\nDua.", title="B", source="y")
    assert first.id == second.id
    assert first.id != Article.from_text("Isi lain.").id


@pytest.mark.parametrize("text", ["", "  \n\t ", "\ufeff", "\0"])
def test_a_text_without_a_letter_is_refused_with_its_name(text):
    with pytest.raises(ArticleError, match=r"kosong\.txt"):
        Article.from_text(text, source="kosong.txt")


def test_a_long_first_line_is_a_title_cut_at_a_word():
    title = Article.from_text("kata " * 50).title
    assert len(title) <= 90
    assert title.endswith("kata…")


def test_a_lone_surrogate_can_be_hashed():
    assert Article.from_text("a \ud800 b").id
