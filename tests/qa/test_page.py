import pytest

from index.filters import Filters
from qa.errors import QuestionError
from qa.page import only


@pytest.mark.parametrize("chosen", ["", "[]", "{", "7", '{"a": 1}'])
def test_without_chosen_articles_all_are_asked(chosen):
    assert only(chosen) is None
    assert only('["a", "b"]').articles == ("a", "b")


def test_the_pages_filters_are_those_of_the_library_and_a_wrong_date_is_told():
    filters = only("", " tempo ", "2019-02", "2019-03-01", "id")
    assert filters == Filters(("tempo",), "2019-02", "2019-03-01", ("id",), by_name=True)
    with pytest.raises(QuestionError, match="2019-02-28"):
        only("", "", "28/2/2019")
