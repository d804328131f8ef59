"""Articles that are asked by themselves are embedded once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from doubles import WordEncoder

from index.article import Article
from qa import passing as module
from qa.passing import Passing

ANI, BUDI = Article.from_text("Ia bernama Ani."), Article.from_text("Ia bernama Budi.")


class CountingEncoder(WordEncoder):
    def __init__(self):
        super().__init__()
        self.texts = []

    def encode_documents(self, texts, progress=None):
        self.texts += texts
        return super().encode_documents(texts, progress)


@pytest.fixture
def encoder():
    return CountingEncoder()


@pytest.fixture
def passing(encoder):
    made = Passing(encoder)
    yield made
    made.close()


def test_the_same_articles_are_embedded_once_and_others_take_their_place(passing, encoder):
    for given in ([ANI], [ANI], [BUDI], [ANI]):
        with passing.over(given) as library:
            assert {article.id for article in library.articles()} == {given[0].id}
    assert encoder.texts == [ANI.text, BUDI.text, ANI.text]


def test_articles_that_say_the_same_under_another_title_are_others(passing):
    other = Article.from_text(ANI.text, title="Lain")
    for given in (ANI, other):
        with passing.over([given]) as library:
            assert library.article(given.id).title == given.title


def test_what_is_too_large_to_be_kept_is_not(passing, encoder, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 10)
    for _ in range(2):
        with passing.over([ANI]):
            pass
    assert encoder.texts == [ANI.text] * 2


def test_after_a_fault_nothing_half_made_is_asked(passing, encoder, monkeypatch):
    def fail(*_):
        raise OSError("no memory")

    with monkeypatch.context() as during:
        during.setattr(encoder, "encode_documents", fail)
        with pytest.raises(OSError, match="no memory"), passing.over([ANI]):
            pass
    with passing.over([ANI]) as library:
        assert len(library) == 1


def test_several_threads_each_see_their_own_articles(passing):
    def ask(given):
        with passing.over([given]) as library:
            return library.article(given.id).text

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, [ANI, BUDI] * 20)) == [ANI.text, BUDI.text] * 20


def test_a_pipeline_embeds_given_articles_once(pipeline, monkeypatch):
    asked = []
    own = pipeline.library.encoder.encode_documents
    monkeypatch.setattr(
        pipeline.library.encoder, "encode_documents", lambda texts, *more: asked.extend(texts) or own(texts, *more)
    )
    for _ in range(3):
        assert pipeline.answer("Siapa gubernur bernama?", [ANI]).text == "Ani"
    assert asked == [ANI.text]
