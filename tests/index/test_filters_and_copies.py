import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span
from index.duplicates import resemblance, sketch
from index.errors import FilterError
from index.filters import Filters
from qa.ranking import in_context, places_in
from qa.tidying import tidy

STORY = " ".join(f"Kalimat ke {i} dari kantor berita tentang harga beras di pasar {i * 7}." for i in range(20))


@pytest.fixture
def dated(library):
    library.add(
        [
            Article.from_text("Harga beras naik.", source="/berita/kompas.html", published="2019-02-27", language="id"),
            Article.from_text("Harga gula naik.", source="https://tempo.co/a", published="2019-03-01", language="id"),
            Article.from_text("Harga rice rises.", source="/berita/post.txt", language="en"),
        ]
    )
    return library


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {"beras", "gula", "rice"}),
        (Filters(sources=("TEMPO",)), {"gula"}),
        (Filters(sources=("*.html", "*.txt")), {"beras", "rice"}),
        (Filters(after="2019-02-28"), {"gula"}),
        (Filters(before="2019-02"), {"beras"}),
        (Filters(after="2019", before="2019-03"), {"beras", "gula"}),
        (Filters(languages=("en",)), {"rice"}),
        (Filters(languages=("id",), sources=("berita",)), {"beras"}),
        (Filters(articles=(Article.from_text("Harga gula naik.").id,)), {"gula"}),
        (Filters(sources=("nowhere",)), set()),
        (Filters(sources=("%", "' OR 1 --")), set()),
    ],
)
def test_filters_hold_for_both_searches_the_list_and_the_count(dated, filters, found):
    (hits,) = dated.nearest(dated.encoder.encode_queries(["harga"]).rows, 9, filters)
    by_meaning = [dated.lookup([n])[n].sentence.article_id for n, _ in hits]
    by_word = [dated.lookup([n])[n].sentence.article_id for n, _, _ in dated.matching(["harga"], 9, filters)]
    for ids in (by_meaning, by_word, [entry.id for entry in dated.entries(filters)]):
        assert {dated.article(i).text.split()[1] for i in ids} == found
    assert dated.count(filters)[0] == dated.size(filters) == len(found)


def test_the_list_is_searched_and_paged(dated):
    assert [entry.title for entry in dated.entries(containing="GULA")] == ["Harga gula naik."]
    assert [entry.sentences for entry in dated.entries(limit=2, offset=1)] == [1, 1]


@pytest.mark.parametrize("wanted", ["évian", "ÉVIAN", "*évian-BERITA*"])
def test_letters_beyond_ascii_are_found_whatever_their_case(dated, wanted):
    dated.add([Article.from_text("Wali kota datang.", title="ÜBER MÜNCHEN", source="/x/Évian-Berita.txt")])
    assert [entry.title for entry in dated.entries(Filters(sources=(wanted,)))] == ["ÜBER MÜNCHEN"]
    assert [entry.title for entry in dated.entries(containing="über münchen")] == ["ÜBER MÜNCHEN"]


def test_one_text_is_one_filter_and_not_its_letters(dated):
    assert Filters(sources="tempo").sources == ("tempo",)
    assert [entry.title for entry in dated.entries(Filters(sources="tempo"))] == ["Harga gula naik."]
    assert Filters(languages=["id"], sources=None) == Filters(languages=("id",))
    with pytest.raises(FilterError):
        Filters(after=2019)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_month_and_year_of_the_calendar_is_a_date_and_no_other(day):
    for text in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]):
        assert Filters(after=text, before=text).after == text
    for wrong in (f"{day.year}-13", f"{day.year}-02-30", f"{day.isoformat()} ", f"{day.year}-"):
        with pytest.raises(FilterError, match="is no date"):
            Filters(before=wrong)


def test_an_edited_wire_story_resembles_itself_and_another_one_does_not():
    edited = STORY.replace("Kalimat ke 3", "Paragraf ke 3") + " Baca juga: harga gula."
    other = " ".join(f"Pertandingan nomor {i} berakhir {i}-{i + 1} di stadion utama kota." for i in range(20))
    assert resemblance(sketch(STORY), sketch(edited)) > 0.8
    assert resemblance(sketch(STORY), sketch(other)) < 0.2


def test_the_sketch_estimates_the_share_of_common_runs_of_words():
    words = [f"kata{i}" for i in range(2000)]
    half = resemblance(sketch(" ".join(words)), sketch(" ".join(words[:1000] + words[2000:])))
    assert abs(half - 0.5) < 0.2


@given(st.text(), st.text())
def test_a_sketch_is_of_any_text_and_alike_for_the_same(one, other):
    assert resemblance(sketch(one), sketch(other)) == resemblance(sketch(other), sketch(one))
    assert resemblance(sketch(one), sketch(one)) == (1.0 if sketch(one) else 0.0)


def test_the_same_wire_story_twice_is_one_answer_with_two_sources(pipeline):
    story = "Rapat digelar di Bandung. Ketua rapat bernama Sari. Rapat itu selesai pada sore hari kemarin juga."
    copy = story + " Baca juga berita lain."
    pipeline.add([Article.from_text(story, source="kompas"), Article.from_text(copy, source="tempo", title="Salinan")])
    answer = pipeline.answer("Ketua bernama")
    best = answer.evidence[0]
    assert answer.text == "Sari"
    (place,) = best.also_in
    sources = {best.source, place.source}
    assert sources == {"kompas", "tempo"}
    twin = pipeline.library.article(place.article_id)
    assert place.answer.cut(twin.text) == "Sari"
    assert answer.to_dict()["evidence"][0]["also_in"][0]["article_id"] == place.article_id


def test_a_copy_that_says_something_else_at_the_quotes_place_is_not_told_as_a_place_of_it(pipeline):
    rest = " ".join(f"Kalimat ke {i} tentang kecelakaan pesawat itu di laut." for i in range(20))
    story = f"Pesawat jatuh di laut. Pilotnya bernama Budi. {rest}"
    correction = f"Pesawat jatuh di laut. Pilotnya bernama Joko. Penyidik Budiman hadir. {rest}"
    pipeline.add([Article.from_text(story, source="kompas"), Article.from_text(correction, source="ralat")])
    answer = pipeline.answer("Pilotnya bernama")
    assert answer.text in ("Budi", "Joko")
    assert answer.evidence[0].also_in == ()
    assert {"Budi", "Joko"} <= {found.text for found in answer.evidence}


def test_a_copy_with_another_dateline_is_a_further_place(pipeline):
    rest = " ".join(f"Kalimat ke {i} tentang rapat kerja itu di gedung dewan." for i in range(20))
    told = "Ketua rapat dewan bernama Sari dari kota Bandung yang sejuk itu."
    for first, second in (("", "JAKARTA, Kompas - "), ("BANDUNG, Antara - ", "JAKARTA, Kompas - ")):
        one, other = f"{first}{told} {rest}", f"{second}{told} {rest} (ant)"
        pipeline.add([Article.from_text(one, source="satu"), Article.from_text(other, source="dua")])
        best = pipeline.answer("Ketua rapat dewan bernama").evidence[0]
        (place,) = best.also_in
        assert {best.source, place.source} == {"satu", "dua"}
        assert place.answer.cut(pipeline.library.article(place.article_id).text) == best.text == "Sari"


SAID = [  # the article's sentence, the quote, what a near-duplicate says, whether that is the same
    ("12 orang tewas.", "12 orang", "Sebanyak 112 orang tewas.", False),
    ("Sari memimpin rapat itu.", "Sari", "Wakil Sari memimpin rapat itu.", False),
    ("Budi menang.", "Budi", "Tidak benar Budi menang.", False),
    ("Budi menang.", "Budi", "JAKARTA - Budi menang.", True),
    ("Pemenangnya adalah Budi.", "Budi", "Pemenangnya adalah Sari. Yang kalah: Budi.", False),
    ("Korban tewas 12.", "12", "Korban tewas 13 (luka: 12).", False),
    ("Skor akhir 1.", "1", "Skor akhir 2-1.", False),
    ("Ketua bernama Joko Widodo.", "Joko Widodo", "Ketua bernama Joko\nWidodo.", False),
    (
        "Rapat yang lama itu digelar di Bandung, kata Sari.",
        "Bandung",
        "Rapat lama itu digelar di Bandung, kata Sari.",
        True,
    ),
]


@pytest.mark.parametrize(("told", "quote", "elsewhere", "same"), SAID)
def test_a_quote_has_a_further_place_only_where_the_same_is_said_of_it(told, quote, elsewhere, same):
    article, copy = Article.from_text(f"Awal. {told} Akhir."), Article.from_text(f"Mula. {elsewhere} Tamat.")
    start, first = article.text.index(told), article.text.index(quote)
    places = list(places_in(copy, Span(first, first + len(quote)), Span(start, start + len(told)), article))
    assert bool(places) == same
    assert all(place.answer.cut(copy.text) == quote for place in places)


def test_a_copy_of_mostly_white_space_is_searched_in_linear_time():
    told = "Rapat digelar di Bandung, kata Sari."
    article = Article.from_text(told)
    copy = Article.from_text("Mula." + "\n" * 100_000 + ". " * 50_000 + "\n" + told)
    began = time.process_time()
    (place,) = places_in(copy, Span(17, 24), Span(0, len(told)), article)
    assert place.answer.cut(copy.text) == "Bandung"
    assert not list(places_in(copy, Span(17, 24), Span(17, 24), article))
    assert time.process_time() - began < 2


@given(
    st.lists(st.sampled_from(["rapat", "Sari", "12", "-", "(ant)", "."]), min_size=1, max_size=9),
    st.data(),
)
def test_a_quote_is_found_again_in_its_own_article(words, data):
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    answer = tidy(text, Span(start, end), Span(0, len(text)))
    if answer is not None:
        found = in_context(text, answer, Span(0, len(text))).search(text)
        assert found["quote"] == answer.cut(text)


def test_filters_reach_the_answer(pipeline, news):
    pipeline.add(news)
    assert pipeline.answer("Ketua rapat bernama").text == "Sari"
    assert pipeline.answer("Ketua rapat bernama", filters=Filters(sources=("b.txt",))).text is None
