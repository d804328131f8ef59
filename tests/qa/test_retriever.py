from index.article import Article
from index.library import Library
from qa.retriever import BACK, FORWARD, ROOM, ArticleCache, Hit, fuse, in_their_articles, lexical_scores, retrieve
from qa.words import content_words


def test_a_hit_is_widened_further_forward_than_back(library):
    text = " ".join(f"Kalimat {word} saja." for word in ["nol", "esa", "dua", "tiga", "empat", "lima", "enam", "tujuh"])
    library.add([Article.from_text(text)])
    (found,) = retrieve(library, ["dua"], hits=1)
    (passage,) = found.passages
    said = [f"Kalimat {word} saja." for word in ["esa", "dua", "tiga", "empat", "lima"]]
    assert passage.text == " ".join(said)
    assert len(passage.sentences) == BACK + 1 + FORWARD
    assert passage.span.cut(passage.article.text) == passage.text
    assert -1 <= passage.similarity <= 1


def test_of_long_sentences_a_passage_has_fewer_but_always_the_one_that_was_hit(library):
    filler = " kata" * (ROOM // 10)
    text = " ".join(f"Kalimat {word} saja{filler}." for word in ["nol", "esa", "dua", "tiga"])
    library.add([Article.from_text(text)])
    (found,) = retrieve(library, ["dua"], hits=1)
    (passage,) = found.passages
    assert "dua" in passage.text
    assert len(passage.sentences) == BACK + 1
    library.add([Article.from_text(f"Bapak esa{filler * 3}. Ibu enam.")])
    assert "enam" in retrieve(library, ["ibu enam"], hits=1)[0].passages[0].text


def test_passages_of_one_article_are_whole_sentences_and_none_lies_within_another(library, news):
    library.add(news)
    (found,) = retrieve(library, ["rapat sore di Bandung"])
    for passage in found.passages:
        assert passage.span.start == passage.sentences[0].start
        assert passage.span.end == passage.sentences[-1].end
        others = [p for p in found.passages if p is not passage and p.article == passage.article]
        assert not any(other.span.contains(passage.span) for other in others)


def test_lexical_hits_count_only_within_the_questions_language():
    assert fuse({1: 0.5, 2: 0.45}, {}) == {1: 0.5, 2: 0.45}
    assert fuse({1: 0.5, 2: 0.45}, {2: 1.0})[2] > 0.5


def test_one_word_of_many_counts_little_though_it_be_the_best_match():
    words = ["presiden", "korea", "utara", "hanoi"]
    alone = lexical_scores(words, [(1, 6.0, "Presiden Brasil datang.")])
    assert alone == {1: 1 / 16}
    both = lexical_scores(words, [(1, 6.0, "Presiden Korea Utara tiba di Hanoi."), (2, 3.0, "Presiden Brasil datang.")])
    assert both == {1: 1.0, 2: 0.5 / 16}
    assert lexical_scores([], []) == {}


def ordered(library, question, *told):
    """The languages of like hits, each on the last sentence of its article (text, language), in their order."""
    articles = [Article.from_text(text) for text, _ in told]
    library.add(articles)
    hits = []
    for article, (_, language) in zip(articles, told, strict=True):
        spans = library.sentences(article.id)
        hits.append(Hit(article.id, len(spans) - 1, spans[-1], language, 0.5, 0.5))
    found = in_their_articles(ArticleCache(library), question, "id", hits)
    return [next(at for at, article in enumerate(articles) if article.id == hit.article_id) for hit in found]


def test_of_like_sentences_the_one_comes_first_whose_article_has_the_name(library):
    news = [f"Hujan turun di {place}. Rapat digelar. {'Ada acara. ' * 9}Ketuanya Sari." for place in ("Ambon", "Medan")]
    told = [(text, "id") for text in news]
    assert ordered(library, "Siapa ketuanya di Medan?", *told) == [1, 0]
    assert ordered(library, "Siapa ketuanya di Ambon?", *told) == [0, 1]
    assert ordered(library, "siapa ketuanya di medan?", *told) == [1, 0]  # by its words, where case tells no names


def test_an_article_in_the_other_language_may_have_other_words_but_not_other_names(library):
    own, foreign = ("Hujan turun di Ambon. Ketuanya Budi.", "id"), ("Rain fell in Medan. The chair was Sari.", "en")
    assert ordered(library, "Siapa ketuanya di Medan?", own, foreign) == [1, 0]
    assert ordered(library, "Siapa ketuanya di Ambon?", own, foreign) == [0, 1]
    assert ordered(library, "Kapan gempa dan banjir terjadi?", own, foreign) == [1, 0]  # its own has none of the words


def test_an_empty_library_gives_no_passage(library):
    assert retrieve(library, ["apa"])[0].passages == ()
    assert retrieve(library, []) == []


def test_question_words_are_not_looked_up():
    assert content_words("Siapa yang memenangkan Piala Dunia?") == ["memenangkan", "piala", "dunia"]
    assert content_words("Siapakah dan berapakah? Dimanakah sekolah?") == ["sekolah"]
    assert content_words("?!") == []


def test_the_library_is_the_same_in_memory(encoder, news):
    with Library.in_memory(encoder) as library:
        library.add(news)
        assert retrieve(library, ["beras"])[0].passages[0].article == news[1].__class__(
            **{name: getattr(news[1], name) for name in ("id", "title", "text", "source")}, language="id"
        )
