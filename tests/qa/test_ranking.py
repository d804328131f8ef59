"""What ranks quotes beside the reader's logits."""

import pytest

from index.article import Article, Span
from index.splitter import split_sentences
from qa.answers import Passage
from qa.decoding import Candidate, Quote
from qa.ranking import ASKING_LOGITS, SIMILARITY_LOGITS, features_of, ranked
from qa.reasons import HEAD_START
from qa.retriever import Retrieved

EVENT, CAUSE = "Rapat itu ditunda kemarin.", "Hujan deras menjadi penyebab semua itu."


def quoted(texts_and_similarities, scores):
    """Passages of one sentence each with one quote of it, their first two words."""
    passages = [
        Passage(Article.from_text(text), Span(0, len(text)), similarity, tuple(split_sentences(text)), "id")
        for text, similarity in texts_and_similarities
    ]
    quotes = [
        Quote(at, Span(0, len(" ".join(text.split()[:2]))), Span(0, len(text)), score)
        for at, ((text, _), score) in enumerate(zip(texts_and_similarities, scores, strict=True))
    ]
    return quotes, passages


@pytest.mark.parametrize("question", ["Kapan rapat ditunda?", "Mengapa rapat ditunda?"])
def test_of_equal_quotes_that_from_the_more_similar_passage_goes_first(question):
    quotes, passages = quoted([("Bola bundar sekali.", 0.5), (EVENT, 0.7)], [2.0, 2.0])
    first, second = ranked(quotes, passages, question)
    assert (first.passage, second.passage) == (1, 0)
    assert first.score - second.score == pytest.approx(0.2 * SIMILARITY_LOGITS, abs=0.1)


@pytest.mark.parametrize("asking", ["T: Kapan rapat itu ditunda?", "“Kapan sidang ditunda?”"])
def test_a_sentence_that_asks_itself_falls_behind_one_that_tells(asking):
    quotes, passages = quoted([(asking, 0.7), (EVENT, 0.7)], [4.0, 2.0])
    first, second = ranked(quotes, passages, "Kapan rapat ditunda?")
    assert (first.passage, second.passage) == (1, 0)
    assert first.score - second.score == pytest.approx(ASKING_LOGITS - 2.0, abs=0.3)


def test_a_named_cause_has_a_head_start_where_a_reason_is_asked_for():
    quotes, passages = quoted([(EVENT, 0.7), (CAUSE, 0.7)], [2.0, 2.0 - HEAD_START / 2])
    assert ranked(quotes, passages, "Kapan rapat ditunda?")[0].passage == 0
    assert ranked(quotes, passages, "Mengapa rapat ditunda?")[0].passage == 1


@pytest.mark.parametrize(
    ("question", "named", "said"),
    [
        ("Kapan rapat di Bandung ditunda?", 1.0, 2 / 3),  # Bandung is named in another sentence
        ("What was postponed in Bandung?", 1.0, 0.0),
        ("Kapan itu?", 1.0, 1.0),  # nothing is asked for in words of its own
    ],
)
def test_what_the_quotes_own_sentence_says_of_the_question_is_weighed_beside_what_its_article_names(
    question, named, said
):
    text = "Rapat itu ditunda kemarin. Mereka tinggal di Bandung."
    passage = Passage(Article.from_text(text), Span(0, len(text)), 0.6, tuple(split_sentences(text)), "id")
    best = Candidate(0, Span(18, 25), 3.0)
    features = features_of(question, [best], Retrieved((passage,), "id"), 1)
    assert (features.named, features.said) == (named, pytest.approx(said))
