import base64
import codecs
import io
import json
import tarfile
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import docx, mail, pdf, zipped
from pypdf import PdfReader, PdfWriter

from index.article import article_id
from index.errors import ArticleError
from index.formats import BY_SUFFIX, format_of, parse
from index.loaders import documents_of
from index.parsers.charset import decode, marked
from index.parsers.metadata import MONTH_NAMES, iso_date, language_code
from index.parsers.pdf import Line, Piece, lines_of, pieces_of, put_together, unwrapped, without_running_heads
from index.parsers.web import markup_text

BODY = " ".join(["Presiden bertemu dengan para menteri di istana untuk membahas harga beras yang terus naik."] * 6)
PAGE = f"""<!doctype html><html lang="id"><head><title>Harga beras | Koran</title>
<meta property="og:title" content="Harga beras naik"><meta name="author" content="Sari Dewi">
<meta property="article:published_time" content="2019-02-28T10:00:00+07:00"></head><body>
<nav><a href="/">Beranda</a> <a href="/politik">Politik</a></nav>
<article><h1>Harga beras naik</h1><p>{BODY}</p><p>Menteri bernama Budi Santoso. {BODY}</p></article>
<footer>Hak cipta Koran. Langganan sekarang!</footer><script>alert(1)</script></body></html>"""


def one(data, name):
    (document,) = parse(data, name)
    return document.article


def test_a_page_becomes_its_article_without_what_stands_around_it():
    article = one(PAGE.encode(), "koran.html")
    assert "Budi Santoso" in article.text
    for around in ("Beranda", "Langganan", "alert"):
        assert around not in article.text
    assert article.title == "Harga beras naik"
    assert article.author == "Sari Dewi"
    assert article.published == "2019-02-28"


def test_where_the_source_of_a_page_breaks_its_lines_no_sentence_ends():
    told = "Menurut laporan\nKementerian Pertanian,\r\nPresiden <b>Joko</b>\nWidodo pergi<br>ke Bandung."
    page = f"<html><body><article><p>{told}</p><p>{BODY}</p><pre>satu\n  dua</pre></article></body></html>"
    for data, name in ((page, "a.html"), (in_parts(("text/html", page)), "a.eml")):
        first, second, *_, last, end = one(data.encode(), name).text.split("\n")
        assert first == "Menurut laporan Kementerian Pertanian, Presiden Joko Widodo pergi"
        assert (second, last, end.strip()) == ("ke Bandung.", "satu", "dua")


def dated(head="", top="", end="", body=BODY):
    """When a page with an article and these pieces was published."""
    html = f"""<!doctype html><html><head><title>Letusan</title>{head}</head><body><nav><a href="/">Beranda</a></nav>
    <article><h1>Gunung meletus lagi</h1>{top}<p>{body}</p><p>{BODY}</p></article>{end}</body></html>"""
    return one(html.encode(), "a.html").published


@pytest.mark.parametrize(
    "around",
    [
        {"end": "<footer>© 2015 Harian Uji</footer>"},
        {"end": "<footer>Copyright 2012-2016</footer>"},
        {"body": f"Letusan besar sebelumnya terjadi pada 26 Oktober 2010. {BODY}"},
        {"body": f'Letusan sebelumnya pada <time datetime="2010-10-26">26 Oktober 2010</time>. {BODY}'},
        {"end": "<aside><p>3 Mei 2017: Harga beras turun</p></aside>"},
        {"end": '<aside><time datetime="2017-05-03">3 Mei 2017</time></aside>'},
        {"top": '<aside><time datetime="2017-05-03">3 Mei 2017</time></aside>'},
        {"end": '<div>Baca juga <time datetime="2017-05-03">3 Mei 2017</time></div>'},
        {"end": '<article><h2>Lain</h2><time datetime="2017-05-03">3 Mei 2017</time></article>'},
        {"top": '<article class="komentar"><time datetime="2017-05-03"></time>Setuju!</article>'},
        {"head": '<link rel="canonical" href="https://x.test/2017/05/03/letusan">'},
        {"head": '<meta property="og:url" content="https://x.test/2017/05/03/letusan">'},
        {"head": '<meta property="article:modified_time" content="2017-05-03T10:00:00+07:00">'},
        {"head": '<meta name="date" content="0001-01-01T00:00:00"><meta name="pubdate" content="1970-01-01">'},
        {"head": '<meta itemprop="copyrightYear" content="2017">'},
        {"head": '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2017-05-03"</script>'},
        {"head": f'<script type="application/ld+json">{"[" * 100_000}</script>'},
        {
            "head": '<script type="application/ld+json">{"@type": "ItemList", "itemListElement": '
            '[{"@type": "NewsArticle", "datePublished": "2017-05-03"}]}</script>'
        },
        {"top": '<time class="updated" datetime="2017-05-03">3 Mei 2017</time>'},
        {"top": "<p>3 Mei 2017</p>"},
        {"end": '<img src="/2017/05/03/gunung.jpg">'},
    ],
)
def test_a_page_that_declares_no_date_has_none(around):
    assert dated(**around) == ""


@pytest.mark.parametrize(
    "around",
    [
        {"head": '<meta property="article:published_time" content="2018-03-01T05:30:00+07:00">'},
        {"head": '<meta property="og:published_time" content="2018-03-01T05:30:00+07:00">'},
        {"head": '<meta name="publishdate" content="2018/03/01 05:30:00">'},
        {"head": '<meta name="Content_PublishedDate" content="2018-03-01 05:30:00">'},
        {"head": '<meta name="date" content="Kamis, 1 Maret 2018 05:30 WIB">'},
        {"head": '<meta itemprop="datePublished" content="2018-03-01">'},
        {
            "head": '<meta name="date" content="2019-09-09">'
            '<meta property="article:published_time" content="2018-03-01T05:30:00+07:00">'
        },
        {
            "head": '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", '
            '"headline": "Dua\nbaris", "datePublished": "2018-03-01T05:30:00+07:00"}</script>'
        },
        {
            "head": '<script type="application/ld+json">{"@graph": [{"@type": "WebSite"}, {"@type": "WebPage", '
            '"datePublished": "2016-01-01"}, {"@type": ["NewsArticle"], "datePublished": "2018-03-01"}]}</script>'
        },
        {
            "head": '<script type="application/ld+json">[{"@type": "WebPage", "mainEntity": '
            '{"@type": "BlogPosting", "datePublished": "2018-03-01"}}]</script>'
        },
        {"top": '<time datetime="2018-03-01T05:30:00+07:00">1 Maret</time>'},
        {"top": '<p>Oleh Sari | <time datetime="2018-03-01">Kamis, 1 Maret 2018</time></p>'},
        {
            "top": '<time class="updated" datetime="2019-01-01"></time>'
            '<time class="entry-date published updated" datetime="2018-03-01"></time>'
        },
        {"top": '<time datetime="2016-01-01"></time><span itemprop="datePublished" content="2018-03-01">1/3</span>'},
        {
            "top": '<time datetime="2018-03-01"></time>',
            "end": '<article><time datetime="2017-05-03"></time>Lain</article><footer>© 2015</footer>',
        },
    ],
)
def test_a_page_is_published_on_the_day_that_it_declares(around):
    assert dated(**around) == "2018-03-01"


def test_a_page_of_several_articles_has_the_date_of_none():
    card = '<article><h2>Kabar</h2><time datetime="{}"></time><p>' + BODY + "</p></article>"
    page = "<html><body>" + card.format("2018-03-01") + card.format("2018-03-02") + "</body></html>"
    assert one(page.encode(), "a.html").published == ""


def test_microdata_outside_of_an_article_counts_if_all_of_it_says_the_same():
    stated = '<h2><abbr itemprop="datePublished" title="{}">x</abbr></h2>'
    page = f"<html><body><div><p>{BODY}</p>{{}}</div></body></html>"
    for days, published in ((("2018-03-01",), "2018-03-01"), (("2018-03-01", "2018-03-02"), "")):
        html = page.format("".join(stated.format(day) for day in days))
        assert one(html.encode(), "a.html").published == published


def test_a_page_keeps_its_language_and_is_read_in_the_encoding_that_it_has():
    for encoding in ("utf-8", "utf-16", "cp1252", "iso-8859-2", "windows-1250"):
        page = PAGE.replace('lang="id"', f'lang="id-ID" data-x="1"><meta charset="{encoding}"').replace("Budi", "Böhm")
        article = one(page.encode(encoding), "koran.html")
        assert "Menteri bernama Böhm Santoso." in article.text
        assert article.language == "id"
    russian = f'<html><meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>{"Ханой. " * 9}</p>'
    assert one(russian.encode("koi8-r"), "a.html").text.startswith("Ханой.")


CUT = "“Kami siap,” kata Sari…".encode() + "é".encode()[:1]  # as where a text is cut after so many bytes


@pytest.mark.parametrize("mark", ["", '<meta charset="utf-8">', '<meta charset="iso-8859-1">'])
def test_one_wrong_byte_costs_a_utf_8_text_no_other_character(mark):
    assert decode(mark.encode() + CUT) == f"{mark}“Kami siap,” kata Sari…\ufffd"
    assert decode(codecs.BOM_UTF8 + mark.encode() + CUT) == f"{mark}“Kami siap,” kata Sari…\ufffd"


@pytest.mark.parametrize("encoding", ["cp1252", "windows-1251", "koi8-r", "gbk", "big5", "shift_jis", "euc-kr"])
def test_text_of_another_encoding_is_not_taken_for_broken_utf_8(encoding):
    words = {"cp1252": "Café “Böhm”", "gbk": "越南河内峰会", "big5": "越南河內峰會", "shift_jis": "ハノイの首脳会談",
             "euc-kr": "하노이 정상회담"}  # fmt: skip
    text = f'<meta charset="{encoding}"><p>{words.get(encoding, "Саммит в Ханое")}'
    assert decode(text.encode(encoding)) == text


def test_a_page_of_another_encoding_that_claims_to_be_utf_8_is_read_as_it_is():
    text = '<meta charset="utf-8"><p>“Kami siap,” kata Sari. “Besok.”'
    assert decode(text.encode("cp1252")) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_utf_8_with_a_byte_that_is_wrong_keeps_all_else(text, data):
    text = "“é”" + text.replace("\0", "").replace("\ufffd", "")
    at = data.draw(st.integers(3, len(text)))
    assert decode(text[:at].encode() + b"\xff" + text[at:].encode()) == f"{text[:at]}\ufffd{text[at:]}"


@pytest.mark.parametrize(
    ("mark", "header", "encoding"),
    [
        ("", "windows-1251", "windows-1251"),
        ("", "KOI8-R", "koi8-r"),
        ('<meta charset="koi8-r">', "windows-1251", "windows-1251"),
        ('<meta charset="windows-1251">', "", "windows-1251"),
        ('<meta charset="windows-1251">', "utf-8", "windows-1251"),
        ('<meta charset="windows-1251">', "punycode", "windows-1251"),
        ("", "windows-1251", "utf-8"),
        ("", "windows-1251", "utf-8-sig"),
        ("", "windows-1251", "utf-16"),
    ],
)
def test_what_the_server_says_of_the_encoding_counts_before_what_the_page_says(mark, header, encoding):
    text = f"{mark}<p>Саммит в Ханое"
    assert decode(text.encode(encoding), header) == text


def test_a_server_that_says_latin_1_is_believed_where_a_page_says_otherwise():
    for header in ("iso-8859-1", "ISO8859-1", "latin1", "us-ascii", "windows-1252"):
        assert decode('<meta charset="koi8-r">“Café”'.encode("cp1252"), header).endswith("“Café”")


def test_bytes_keep_what_was_said_of_their_encoding_beside_them():
    page = '<meta charset="koi8-r"><p>Саммит в Ханое'
    assert decode(marked(page.encode("windows-1251"), "windows-1251")) == page
    for told in (page.encode(), page.encode("koi8-r"), page.encode("utf-16")):
        assert marked(told, "koi8-r") == told
        assert marked(told, "") == told


@pytest.mark.parametrize("name", ["punycode", "idna", "hex", "unicode_escape", "zlib", "utf-7", "undefined"])
def test_a_page_cannot_choose_an_encoding_that_is_none_of_text(name):
    assert decode(f'<meta charset="{name}"><p>Café.'.encode("cp1252")).endswith("Café.")


def test_markdown_keeps_what_stands_in_front_of_it_apart():
    front = "---\ntitle: 'Harga: naik'\ndate: 2019-02-28T10:00\nauthor: Sari\nlang: id\ntags:\n  - beras\n---\n"
    article = one((front + "# Judul lain\n\nHarga naik.").encode(), "a.md")
    assert article.text.strip() == "# Judul lain\n\nHarga naik."
    found = (article.title, article.published, article.author, article.language)
    assert found == ("Harga: naik", "2019-02-28", "Sari", "id")
    for text in ("---\nBukan: apa-apa\n---\nIsi.", "---\nsatu garis\n---\nIsi.", "Isi: satu.\n---\nDua."):
        assert one(text.encode(), "a.md").text == text


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: Harga naik\n_x: y\nauthor: [Sari, 'Budi']\ndate: 2019-02-28 10:00:00 +0700\n---\n",
        '---\ntitle: >\n  Harga\n  naik\nauthors:\n  - Sari\n  - "Budi"\ndate: 28/02/2019\n---\n',
        "---\ntitle: |-\n  Harga naik\nauthors:\n- name: Sari\n  x: 1\n- name: Budi\ndate: 2019-02-28\n---\n",
        "+++\ntitle = 'Harga naik'\nauthors = ['Sari', 'Budi']\ndate = 2019-02-28T10:00:00+07:00\nx = 1\n+++\n",
        '+++\ntitle = "Harga naik"\ndate = "2019-02-28"\n[[author]]\nname = "Sari"\n[[author]]\nname = "Budi"\n+++\n',
    ],
)
def test_the_heads_of_markdown_that_blogs_have_are_read(head):
    article = one(f"{head}Harga beras.".encode(), "a.md")
    assert (article.title, article.author, article.published) == ("Harga naik", "Sari, Budi", "2019-02-28")
    assert article.text == "Harga beras."


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ('Rani bilang "ya"', 'Rani bilang "ya"'),
        (r'"Rani bilang \"ya\": lalu pergi"', 'Rani bilang "ya": lalu pergi'),
        ("'Jum''at di pasar'  # draf", "Jum'at di pasar"),
        ("null", "Harga beras."),
        ("~", "Harga beras."),
    ],
)
@pytest.mark.parametrize("end", ["---", "..."])
def test_a_title_in_the_head_of_markdown_has_the_quotation_marks_that_are_its_own(told, title, end):
    head = f'---\ntitle: {told}\nauthor: ["Budi, S.H.", Sari]\n{end}\n'
    article = one(f"{head}Harga beras.".encode(), "a.md")
    assert (article.title, article.author, article.text) == (title, "Budi, S.H., Sari", "Harga beras.")


@pytest.mark.parametrize("text", ["+++\nBukan apa-apa\n+++\nIsi.", "+++\na = 1\n+++\nIsi.", "+++\n" + "[" * 9000])
def test_what_only_looks_like_the_head_of_a_markdown_file_is_text(text):
    assert one(text.encode(), "a.md").text == text


def test_a_page_without_an_article_gives_its_words_and_an_empty_one_is_refused():
    assert "Singkat saja." in one(b"<html><body><p>Singkat saja.</p><script>no()</script>", "a.html").text
    assert "no()" not in one(b"<html><body><p>Singkat saja.</p><script>no()</script>", "a.html").text
    with pytest.raises(ArticleError, match="no article on the page"):
        parse(b"<html><body><script>1</script>", "a.html")


def test_a_pdf_is_unwrapped_and_keeps_its_pages():
    article = one(
        pdf(["Sidang itu berlang-", "sung lama.", "", "Lalu hujan."], ["Pada halaman dua", "ada kota."]), "a.pdf"
    )
    assert "berlangsung" in article.text
    assert article.text.count("Pada halaman dua ada kota.") == 1
    assert article.page_of(article.text.index("berlangsung")) == 1
    assert article.page_of(article.text.index("kota")) == 2


def lines(text):
    return [Line(line) for line in text.split("\n")]


def texts(pages):
    return [[line.text for line in page] for page in pages]


def test_letters_that_a_pdf_prints_as_one_are_letters():
    assert one(pdf([r"E\256siensi \257uktuatif."]), "a.pdf").text == "Efisiensi fluktuatif."


def test_running_heads_and_page_numbers_are_no_text():
    pages = [f"Koran Kita {n}\nIsi halaman ini {word}.\n- {n} -" for n, word in ((1, "satu"), (2, "dua"), (3, "tiga"))]
    left = [["Isi halaman ini satu."], ["Isi halaman ini dua."], ["Isi halaman ini tiga."]]
    assert texts(without_running_heads([lines(page) for page in pages])) == left
    assert texts(without_running_heads([lines(page) for page in pages[:2]])) == left[:2]


@pytest.mark.parametrize("count", [4, 5, 8])
def test_the_heads_of_left_and_right_pages_are_no_text_though_they_differ(count):
    words = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan"][:count]
    heads = [f"{n} KORAN PAGI" if n % 2 == 0 else f"Berita dari daerah {n}" for n in range(12, 12 + count)]
    pages = [lines(f"{head}\nIsi halaman {word}.") for head, word in zip(heads, words, strict=True)]
    assert texts(without_running_heads(pages)) == [[f"Isi halaman {word}."] for word in words]
    one_side = [page if n % 2 else page[1:] for n, page in enumerate(pages[:4])]
    assert without_running_heads(one_side) == one_side  # nothing says that these are heads


def test_several_running_lines_of_two_pages_are_no_text():
    first, second = ["Gubernur meresmikan stasiun di", "Tegalluar."], ["Halaman dua: warga menuntut", "kejelasan."]
    article = one(
        pdf([*first, "Harian Uji - 12 Maret 2018", "1"], [*second, "Harian Uji - 12 Maret 2018", "2"]), "a.pdf"
    )
    assert article.text == ("Gubernur meresmikan stasiun di Tegalluar.\n\nHalaman dua: warga menuntut kejelasan.")
    assert [article.text[start:][:8] for start in article.pages] == ["Gubernur", "Halaman "]


@pytest.mark.parametrize(
    "edges",
    [
        ("Beras 10", "Beras 15"),
        ("Begitulah.", "Begitulah."),
        ("2018 naik", "2017 naik"),
        ("Pasal 1", "Pasal 2"),
        ("Harga 2018", "Harga 2019"),
        ("No Nama Suara", "No Nama Suara"),
        ("Saksi: Joko", "Saksi: Joko"),
    ],
)
def test_what_two_pages_only_seem_to_have_in_common_is_text(edges):
    pages = [lines(f"{edge}\nIsi {word}.\n{edge}") for edge, word in zip(edges, ("satu", "dua"), strict=True)]
    assert without_running_heads(pages) == pages


def test_pages_that_are_alike_altogether_and_a_title_like_the_head_are_text():
    same = [lines("Halaman kosong")] * 3
    assert without_running_heads(same) == same
    pages = [
        [Line("Laporan", 24.0), Line("Isi satu.", 12.0)],
        *([Line("Laporan", 9.0), Line(f"Isi {n}.", 12.0)] for n in "ab"),
    ]
    assert texts(without_running_heads(pages)) == [["Laporan", "Isi satu."], ["Isi a."], ["Isi b."]]


@pytest.mark.parametrize(
    "heading", [("Kereta cepat ditargetkan 2021", 20), ("Kereta cepat ditargetkan 2021", 12, "F2")]
)
def test_a_heading_is_a_paragraph_of_its_own(heading):
    lead = ["Menteri Perhubungan Budi Karya", "Sumadi menyatakan bahwa jalur kereta", "selesai pada 2021."]
    article = one(pdf([heading, *lead]), "a.pdf")
    assert article.text == f"{heading[0]}\n{' '.join(lead)}"


def test_a_heading_over_two_lines_is_one_and_a_large_initial_stays_with_its_word():
    article = one(pdf([("Kereta cepat ditargetkan", 20), ("Rampung 2021", 20), "Menteri menyatakan itu."]), "a.pdf")
    assert article.text == "Kereta cepat ditargetkan Rampung 2021\nMenteri menyatakan itu."
    assert one(pdf([("M", 40), "enteri menyatakan itu."]), "a.pdf").text == "M enteri menyatakan itu."


def test_bold_words_within_a_sentence_do_not_end_it():
    article = one(pdf(["Hal itu dikatakan", ("Menteri Budi Karya Sumadi", 12, "F2"), "kepada wartawan."]), "a.pdf")
    assert article.text == "Hal itu dikatakan Menteri Budi Karya Sumadi kepada wartawan."


def test_a_gap_ends_a_paragraph_though_no_stop_does():
    above, below = (
        ["Proyek itu menelan biaya sebesar", "Rp 78 triliun"],
        ["Gubernur Jawa Barat Ahmad", "Heryawan datang."],
    )
    assert one(pdf([*above, "", *below]), "a.pdf").text == f"{' '.join(above)}\n{' '.join(below)}"
    assert one(pdf([*above, *below]), "a.pdf").text == " ".join(above + below)
    assert one(pdf(["Satu dua", "tiga empat", "", "lima enam."]), "a.pdf").text == "Satu dua tiga empat lima enam."


def test_columns_and_wide_lines_do_not_end_a_paragraph():
    wide = ["Proyek itu dipimpin oleh", "", "Direktur Utama KCIC", "", "Chandra Dwiputra di", "", "Walini."]
    assert one(pdf(wide), "a.pdf").text == "Proyek itu dipimpin oleh Direktur Utama KCIC Chandra Dwiputra di Walini."
    heights = [700.0, 686.0, 800.0, 786.0]
    words = ["Proyek itu dipimpin", "Direktur Utama KCIC", "Chandra Dwiputra", "Widodo."]
    pieces = [Piece(f"{text}\n", 12.0, height=height) for text, height in zip(words, heights, strict=True)]
    assert unwrapped(lines_of(pieces)) == " ".join(words)


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        (("Sidang berlang-", "sung lama."), "Sidang berlangsung lama."),
        (("Kata anak-", "anaknya itu."), "Kata anak-anaknya itu."),
        (("Jalur Jakarta-", "Bandung itu."), "Jalur Jakarta-Bandung itu."),
        (("Orang ke-", "12 itu."), "Orang ke-12 itu."),
        (("Musim 2018-", "2019 usai."), "Musim 2018-2019 usai."),
        (("Tahun 1990-", "an itu."), "Tahun 1990-an itu."),
        (("Lewat e-", "mail itu."), "Lewat e-mail itu."),
        (("Ketua KPK-", "nya pergi."), "Ketua KPK-nya pergi."),
        (("Ada -", "banyak."), "Ada - banyak."),
        (("Ada di-", "dinginkan."), "Ada didinginkan."),
    ],
)
def test_a_word_that_was_cut_is_whole_again_and_one_with_a_hyphen_of_its_own_keeps_that(cut, whole):
    assert unwrapped([Line(text) for text in cut]) == whole
    assert one(pdf([cut[0]], [cut[1]]), "a.pdf").text == whole


@pytest.mark.parametrize("size", [1e308, float("inf"), float("nan"), None, "12", 10**400])
def test_a_size_that_is_no_number_tells_nothing(size):
    class Page:
        def extract_text(self, visitor_text):
            visitor_text("Satu\n", [9, 0, 0, 9, 0, 0], [9, 0, 0, 9, 0, 0], None, size)
            visitor_text("Dua", [1, 0, 0, 1, 0, 0], [], {}, 12)
            return "Satu\nDua"

    found = lines_of(pieces_of(Page()))
    assert found == [Line("Satu"), Line("Dua")]
    assert without_running_heads([found]) == [found]


def test_a_word_of_megabytes_takes_no_time():
    began = time.process_time()
    assert len(unwrapped([Line("a" * 2_000_000), Line("b")])) == 2_000_002
    assert time.process_time() - began < 5


def test_each_point_of_a_list_is_a_paragraph():
    assert unwrapped(lines("Yang dibahas:\n• Harga beras yang\nnaik\n• Panen")) == (
        "Yang dibahas:\n• Harga beras yang naik\n• Panen"
    )


def test_unwrapping_keeps_every_word():
    text = "Satu dua tiga empat lima\nenam tujuh.\nDelapan sembilan sepuluh sebelas\nduabelas."
    assert unwrapped(lines(text)).split() == text.split()


WORDS = st.lists(st.sampled_from(["Kota", "itu", "ramai.", "(12", "Maret)", "2018", "•"]), min_size=1, max_size=4)
LINES = st.lists(
    st.builds(
        Line, WORDS.map(" ".join), st.sampled_from([0.0, 9.0, 12.0]), st.sampled_from([0.0, 0.5, 1.0]), st.booleans()
    ),
    max_size=5,
)


@given(st.lists(LINES, min_size=1, max_size=5))
def test_pages_put_together_keep_every_word_on_its_page(pages):
    text, starts = put_together(pages)
    ends = [*starts[1:], len(text)]
    assert [text[start:end].split() for start, end in zip(starts, ends, strict=True)] == [
        [word for line in page for word in line.text.split()] for page in pages
    ]


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("Microsoft Word - Siaran Pers No 12.doc", "Gubernur datang."),
        ("siaran_pers.indd", "Gubernur datang."),
        ("Untitled-1", "Gubernur datang."),
        ("Harga ikan naik", "Harga ikan naik"),
    ],
)
def test_the_name_of_the_file_that_a_pdf_was_printed_from_is_no_title(told, title):
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(["Gubernur datang."])))), io.BytesIO()
    writer.add_metadata({"/Title": told})
    writer.write(out)
    assert one(out.getvalue(), "a.pdf").title == title


def test_a_pdf_that_only_forbids_to_copy_it_is_read():
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(["Gubernur datang."])))), io.BytesIO()
    writer.encrypt("", "rahasia", algorithm="AES-256")
    writer.write(out)
    assert one(out.getvalue(), "a.pdf").text == "Gubernur datang."


@pytest.mark.parametrize("data", [b"%PDF-1.4 broken", b"%PDF-1.7\n" + b"\0" * 900, pdf([""])])
def test_a_pdf_without_text_is_refused_in_words(data):
    with pytest.raises(ArticleError, match=r"damaged|OCR"):
        parse(data, "a.pdf")


@pytest.mark.parametrize(
    "page",
    [["Dipindai dengan CamScanner"], ["Scanned with CamScanner", "- 1 -"], ["Halaman 1"], ["7"]],
)
def test_what_a_scanner_prints_on_its_pictures_is_no_text_of_theirs(page):
    for pages in ([page], [page] * 3):
        with pytest.raises(ArticleError, match="OCR"):
            parse(pdf(*pages), "a.pdf")
    assert "Surat" in one(pdf(page, ["Surat kepada warga.", *page]), "a.pdf").text


@pytest.mark.parametrize("shapes", [r"3UHVLGHQ\003GDWDQJ\003NH\003SDVDU\021", "/g12/g7/g30/g4 /g5/g61/g7/g2/g9"])
def test_a_pdf_that_does_not_tell_its_letters_is_refused(shapes):
    with pytest.raises(ArticleError, match="which letters"):
        parse(pdf([shapes]), "a.pdf")
    assert one(pdf(["Baca https://x.test/a1/b2/c3 di sana."] + ["Presiden datang ke pasar."] * 9), "a.pdf").text


def test_a_word_document_gives_paragraphs_tables_and_its_title():
    article = one(docx("Rapat digelar di Bandung."), "a.docx")
    assert article.text == "Rapat digelar di Bandung.\nKetua | Sari"
    assert (article.title, article.author, article.language) == ("Risalah", "Notulis", "id")


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def word(body):
    """The text of a Word document with this markup as its body."""
    document = zipfile.ZipFile(io.BytesIO(docx()))
    members = {name: document.read(name) for name in document.namelist()}
    whole = f'<w:document xmlns:w="{W}" xmlns:mc="{MARKUP}"><w:body>{body}</w:body></w:document>'
    return one(zipped(**{**members, "word/document.xml": whole.encode()}), "a.docx").text


def test_a_word_document_without_a_body_is_damaged():
    document = zipfile.ZipFile(io.BytesIO(docx()))
    members = {name: document.read(name) for name in document.namelist()}
    for whole in (f'<w:document xmlns:w="{W}"/>', f'<w:body xmlns:w="{W}"/>', "<a/>"):
        with pytest.raises(ArticleError, match="damaged"):
            parse(zipped(**{**members, "word/document.xml": whole}), "a.docx")


def run(text):
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*pieces):
    return f"<w:p>{''.join(pieces)}</w:p>"


def control(content, properties=""):
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text))}</w:tc>"


def table(*rows):
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def test_a_word_document_gives_what_stands_in_content_controls():
    inner = paragraph(run("Anggaran "), control(run("naik")), run(" lagi."))
    text = word(paragraph(run("Satu.")) + control(inner + control(paragraph(run("Dua.")))) + paragraph(run("Tiga.")))
    assert text == "Satu.\nAnggaran naik lagi.\nDua.\nTiga."
    within = f"<w:tbl><w:tblPr/>{control('<w:tr>' + cell('Ketua') + control(cell('Sari')) + '</w:tr>')}</w:tbl>"
    assert word(within) == "Ketua | Sari"


def test_a_word_document_is_read_as_its_tracked_changes_leave_it():
    by = 'w:id="1" w:author="Sari"'
    deleted = f"<w:del {by}><w:r><w:delText>turun dua persen</w:delText></w:r></w:del>"
    changed = paragraph(run("Anggaran "), deleted, f"<w:ins {by}>{run('naik lima persen')}</w:ins>", run(" tahun ini."))
    moved = paragraph(f"<w:moveFrom {by}>{run('Dulu di sini.')}</w:moveFrom>", run("Lalu."))
    there = paragraph(f"<w:moveTo {by}>{run('Dulu di sini.')}</w:moveTo>")
    gone = f"<w:trPr><w:del {by}/></w:trPr><w:tc>{paragraph(deleted)}</w:tc>"
    assert word(changed + moved + there + table(gone, cell("Ketua"))) == (
        "Anggaran naik lima persen tahun ini.\nLalu.\nDulu di sini.\nKetua"
    )


@pytest.mark.parametrize("how", ["del", "moveFrom"])
def test_paragraphs_of_a_word_document_whose_end_was_taken_out_are_one(how):
    def unended(*pieces):
        return paragraph(f'<w:pPr><w:rPr><w:{how} w:id="1" w:author="Sari"/></w:rPr></w:pPr>', *pieces)

    deleted = '<w:del w:id="2" w:author="Sari"><w:r><w:delText>Dulu.</w:delText></w:r></w:del>'
    begun = paragraph(run("Satu.")) + unended(run("Anggaran ")) + unended(deleted) + unended(run("naik "))
    assert word(begun + paragraph(run("lagi.")) + unended(run("Di atas."))) == "Satu.\nAnggaran naik lagi.\nDi atas."
    assert word(begun + table(cell("Ketua"))) == "Satu.\nAnggaran naik \nKetua"


def test_a_word_document_gives_links_tagged_words_and_fields_in_their_place():
    link = f'<w:hyperlink w:anchor="a">{run("Hanoi")}</w:hyperlink>'
    tagged = f'<w:smartTag w:uri="u" w:element="city">{run("Bandung")}</w:smartTag>'
    field = f'<w:fldSimple w:instr="DATE">{run("2019")}</w:fldSimple>'
    code = "<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r>"
    assert word(paragraph(run("Dari "), tagged, run(" ke "), link, run(", "), field, code)) == (
        "Dari Bandung ke Hanoi, 2019\tx\ny"
    )


def test_a_word_document_gives_what_stands_in_boxes_of_text_once():
    def box(text):
        return f"<w:drawing><w:txbxContent>{paragraph(run(text))}{table(cell('Ketua'))}</w:txbxContent></w:drawing>"

    newer = f"<mc:Choice>{box('Dalam kotak.')}</mc:Choice><mc:Fallback>{box('Dalam kotak.')}</mc:Fallback>"
    both = f"<w:r><mc:AlternateContent>{newer}</mc:AlternateContent></w:r>"
    text = word(paragraph(run("Harga "), both, run("naik.")) + paragraph(f"<w:r>{box('Lama.')}</w:r>"))
    assert [line for line in text.split("\n") if line] == ["Harga naik.", "Dalam kotak.", "Ketua", "Lama.", "Ketua"]


def spanning(columns):
    return f'<w:gridSpan w:val="{columns}"/>'


FIRST, REST = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_a_cell_of_a_word_document_that_spans_columns_is_told_once_and_one_that_spans_rows_in_each():
    text = word(
        table(
            cell("Anggaran", spanning(3)),
            cell("Jakarta", FIRST) + cell("2018") + cell("5"),
            cell("", REST) + cell("2019") + cell("6"),
        )
    )
    assert text == "Anggaran\nJakarta | 2018 | 5\nJakarta | 2019 | 6"
    nested = f"<w:tc>{paragraph(run('Luar'))}{table(cell('Ketua') + cell('Sari'))}{paragraph()}</w:tc>"
    assert word(table(nested)).rstrip() == "Luar\nKetua | Sari"


def test_rows_of_a_word_document_keep_their_columns_and_lines():
    two = f"<w:tc>{paragraph(run('Simic'))}{paragraph(run('Riko'))}</w:tc>"
    text = word(
        table(
            cell("Klub") + cell("Gol") + cell("Poin"),
            cell("Grup A", spanning(3)),
            cell("Persija") + two + cell("7|8"),
            cell("Jumlah", spanning(2)) + cell("9"),
        )
    )
    assert text.split("\n") == [
        "Klub | Gol | Poin",
        "Grup A |  | ",
        r"Persija | Simic Riko | 7\|8",
        "Jumlah |  | 9",
    ]


@pytest.mark.parametrize("columns", ["9" * 5000, "-1", "dua", "", "²"])
def test_a_number_of_columns_that_is_none_does_not_hide_a_word_document(columns):
    assert word(table(cell("Ketua", spanning(columns)) + cell("Sari"))) == "Ketua | Sari"


def test_what_spans_rows_of_a_word_document_is_found_by_its_column_however_many_cells_a_row_has():
    text = word(
        table(
            cell("Jakarta", FIRST) + cell("2018", spanning(2)) + cell("Naik", FIRST),
            cell("", REST) + cell("5") + cell("6") + cell("", REST),
            cell("Bogor") + cell("7") + cell("8") + cell("", '<w:vMerge w:val="continue"/>'),
            cell("Depok", REST) + cell("9"),  # there is nothing above that it could be one with
            "<w:trPr><w:gridBefore w:val='3'/></w:trPr>" + cell("", REST),
        )
    )
    assert text == "Jakarta | 2018 |  | Naik\nJakarta | 5 | 6 | Naik\nBogor | 7 | 8 | Naik\nDepok | 9\nNaik"


def test_a_long_text_beside_several_rows_of_a_word_document_is_told_once():
    long = "Rapat digelar di Bandung. " * 20
    text = word(table(cell(long, FIRST) + cell("2018"), cell("", REST) + cell("2019")))
    assert text == f"{long} | 2018\n2019"


def test_a_cell_of_a_word_document_whose_deletion_is_tracked_is_no_text():
    deleted = '<w:cellDel w:id="1" w:author="Sari"/>'
    text = word(
        table(
            cell("Kota") + cell("Lama", deleted + FIRST) + cell("Baru"),
            cell("Bogor") + cell("", deleted + REST) + cell("6"),
        )
    )
    assert text == "Kota | Baru\nBogor | 6"


def test_a_word_documents_list_of_contents_and_empty_fields_are_no_text():
    contents = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    cover = '<w:docPartObj><w:docPartGallery w:val="Cover Pages"/></w:docPartObj>'
    text = word(
        control(paragraph(run("Risalah rapat")), cover)
        + control(paragraph(run("Bab 1 . . . 3")), contents)
        + paragraph(run("Oleh "), control(run("Click to enter text."), "<w:showingPlcHdr/>"), run("Sari"))
    )
    assert text == "Risalah rapat\nOleh Sari"
    for value, told in (("0", "Isi"), ("false", "Isi"), ("off", "Isi"), ("1", ""), ("true", "")):
        shown = control(run("Isi"), f'<w:showingPlcHdr w:val="{value}"/>')
        assert word(paragraph(run("Oleh "), shown)) == f"Oleh {told}"


def test_a_word_document_with_entities_does_not_unfold_them():
    document = zipfile.ZipFile(io.BytesIO(docx("Rapat digelar.")))
    members = {name: document.read(name) for name in document.namelist()}
    bomb = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY s SYSTEM "file:///etc/passwd">]><w:document'
    body = members["word/document.xml"].replace(b"<w:document", bomb, 1).replace(b"Rapat", b"&s;&a;Rapat")
    try:
        text = one(zipped(**{**members, "word/document.xml": body}), "a.docx").text
    except ArticleError:
        return
    assert "root:" not in text
    assert "ha" not in text


def note(kind, number, *paragraphs, properties=""):
    return f'<w:{kind} w:id="{number}" {properties}>{"".join(paragraphs)}</w:{kind}>'


def noted(body, footnotes, endnotes):
    """The text of a Word document with this body and these notes."""
    document = zipfile.ZipFile(io.BytesIO(docx()))
    members = {name: document.read(name) for name in document.namelist()}
    rels = members["word/_rels/document.xml.rels"].decode()
    for kind, notes in (("footnotes", footnotes), ("endnotes", endnotes)):
        relation = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
        told = f'<Relationship Id="{kind}" Type="{relation}" Target="{kind}.xml"/></Relationships>'
        rels = rels.replace("</Relationships>", told)
        members[f"word/{kind}.xml"] = f'<w:{kind} xmlns:w="{W}">{notes}</w:{kind}>'
    whole = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return one(zipped(**members | {"word/_rels/document.xml.rels": rels, "word/document.xml": whole}), "a.docx").text


def referred(kind, number):
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def test_the_notes_of_a_word_document_stand_behind_its_text_in_the_order_in_which_it_refers_to_them():
    separator = note("footnote", -1, paragraph("<w:r><w:separator/></w:r>"), properties='w:type="separator"')
    mark = "<w:r><w:footnoteRef/></w:r>"
    footnotes = (
        separator
        + note("footnote", 1, paragraph(mark, run(" Angka sementara.")), paragraph(run("Belum diaudit.")))
        + note("footnote", 2, paragraph(mark, run(" Harga di tingkat petani.")))
        + note("footnote", 3, paragraph(run("Catatan yang dihapus.")))
    )
    endnotes = note("endnote", 1, paragraph(run("Lihat laporan 2018.")))
    gone = f'<w:del w:id="9" w:author="Sari">{referred("footnote", 3)}</w:del>'
    text = noted(
        paragraph(run("Harga beras"), referred("footnote", 2), run(" naik."), referred("endnote", 1), gone)
        + table(f"<w:tc>{paragraph(run('Rp 12.000'), referred('footnote', 1), referred('footnote', 2))}</w:tc>")
        + paragraph(run("Stok aman."), referred("footnote", 7)),
        footnotes,
        endnotes,
    )
    assert text == (
        "Harga beras naik.\nRp 12.000\nStok aman.\n"
        "Harga di tingkat petani.\nAngka sementara.\nBelum diaudit.\nLihat laporan 2018."
    )


def test_a_word_document_whose_notes_are_damaged_is_damaged():
    with pytest.raises(ArticleError, match="damaged"):
        noted(paragraph(run("Harga naik."), referred("footnote", 1)), "<w:footnote>", "")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"Judul;Isi;Tanggal;URL\nBeras;Harga naik.;2019-02-28;https://x.test/1\nLain;Hujan turun.;;\n", "a.csv"),
        (
            (
                b'{"judul": "Beras", "isi": "Harga naik.", "tanggal": "2019-02-28", "url": "https://x.test/1"}\n'
                b'\n{"title": "Lain", "text": "Hujan turun."}\n'
            ),
            "a.jsonl",
        ),
        (
            (
                b'[{"title": "Beras", "content": "Harga naik.", "date": "2019-02-28", "link": "https://x.test/1"},'
                b'{"headline": "Lain", "body": "Hujan turun."}]'
            ),
            "a.json",
        ),
    ],
)
def test_each_row_with_named_columns_is_an_article(data, name):
    first, second = (document.article for document in parse(data, name))
    assert (first.title, first.text, first.published, first.source) == (
        "Beras",
        "Harga naik.",
        "2019-02-28",
        "https://x.test/1",
    )
    assert (second.title, second.text, second.source) == ("Lain", "Hujan turun.", f"{name}#2")


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"a,b\n1,2\n", "a.csv", "no column for the text"),
        (b"[1]", "a.json", "an object"),
        (b"{oops\n", "a.jsonl", "JSON"),
        (b'{"a": ' * 100_000, "a.jsonl", "JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "a.jsonl", "JSON"),
        (b"text\n\n", "a.csv", "nothing to read"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(data, name, message):
    with pytest.raises(ArticleError, match=message):
        parse(data, name)


@pytest.mark.parametrize(
    ("author", "told"),
    [
        ({"name": "Budi"}, "Budi"),
        ({"@type": "Person", "name": ["Budi"]}, "Budi"),
        ([{"name": "Budi"}, {"name": "Sari Dewi"}, {"url": "x"}], "Budi, Sari Dewi"),
        (["Budi Santoso", "Sari Dewi"], "Budi Santoso, Sari Dewi"),
        ({"url": "https://x.test"}, ""),
        ({"name": {"first": "Budi"}}, ""),
        ([], ""),
        (None, ""),
        (7, ""),  # as content systems number them
        ("Budi", "Budi"),
    ],
)
def test_an_author_may_be_told_as_an_object_or_several(author, told):
    article = one(json.dumps({"title": {"a": "x"}, "text": "Harga naik.", "author": author}).encode(), "a.json")
    assert (article.author, article.title) == (told, "Harga naik.")


def test_an_object_is_no_text():
    with pytest.raises(ArticleError, match="nothing to read"):
        parse(b'{"text": {"a": "b"}}', "a.json")


def test_a_field_that_tells_nothing_does_not_hide_the_next_one():
    row = {"text": {"a": "b"}, "content": " ", "body": "Harga naik.", "author": {"url": "x"}, "byline": "Budi"}
    row |= {"title": ["", {}], "headline": "Beras", "url": {"href": "x"}, "link": "https://x.test/1"}
    article = one(json.dumps(row).encode(), "a.json")
    assert (article.text, article.author, article.title) == ("Harga naik.", "Budi", "Beras")
    assert article.source == "https://x.test/1"


POST = {
    "id": 7,
    "date": "2019-03-01T05:30:00",
    "link": "https://x.test/beras",
    "title": {"rendered": "Beras &amp; jagung"},
    "content": {"rendered": "<p>Harga <b>naik.</b></p>\n<p>Lalu turun.</p><script>no()</script>", "protected": False},
    "excerpt": {"rendered": "<p>Harga naik [&hellip;]</p>"},
    "author": 5,
    "_embedded": {"author": [{"id": 5, "name": "Sari Dewi"}]},
}


@pytest.mark.parametrize("lines", [False, True])
def test_objects_that_leave_out_their_text_do_not_hide_the_others(lines):
    rows = [{"title": "Foto"}, {"title": "Beras", "text": "Harga naik."}, {}, {"text": "Hujan turun.", "tags": None}]
    data = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    texts = {document.article.source: document.article.text for document in parse(data.encode(), "a.json")}
    assert texts == {"a.json#2": "Harga naik.", "a.json#4": "Hujan turun."}
    with pytest.raises(ArticleError, match="no column for the text, only title"):
        parse(json.dumps(rows[:1] + rows[2:3]).encode(), "a.json")


def test_posts_of_wordpress_are_read_as_people_see_them():
    for posts in ([POST], POST):
        (document,) = parse(json.dumps(posts).encode(), "https://x.test/wp-json/wp/v2/posts")
        article = document.article
        assert (article.title, article.text) == ("Beras & jagung", "Harga naik.\nLalu turun.")
        assert (article.author, article.published) == ("Sari Dewi", "2019-03-01")
        assert article.source == "https://x.test/beras"
        assert document.window  # a server lists the newest ten


@pytest.mark.parametrize(
    ("changes", "text", "source"),
    [
        ({"content": {"rendered": ""}}, "Harga naik […]", "https://x.test/beras"),
        ({"content": None}, "Harga naik […]", "https://x.test/beras"),
        ({"link": None}, "Harga naik.\nLalu turun.", "a.json#7"),
    ],
)
def test_a_post_of_wordpress_may_lack_what_it_has_else(changes, text, source):
    article = one(json.dumps(POST | changes).encode(), "a.json")
    assert (article.text, article.source) == (text, source)


def test_an_article_as_schema_org_has_it_is_read():
    row = {"@type": "NewsArticle", "headline": "Beras", "articleBody": "Harga naik.", "datePublished": "2019-02-28"}
    row |= {"author": [{"@type": "Person", "name": "Sari"}], "inLanguage": "id-ID"}
    row |= {"mainEntityOfPage": {"@type": "WebPage", "@id": "https://x.test/1"}}
    article = one(json.dumps(row).encode(), "a.json")
    assert (article.title, article.text, article.published) == ("Beras", "Harga naik.", "2019-02-28")
    assert (article.author, article.language, article.source) == ("Sari", "id", "https://x.test/1")


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"source": "Kompas", "mainEntityOfPage": {"@id": "https://x.test/1"}}, "https://x.test/1"),
        ({"url": "/berita/1", "link": "https://x.test/1"}, "https://x.test/1"),
        ({"url": "https://x.test/1", "link": "https://x.test/2"}, "https://x.test/1"),
        ({"source": "Kompas"}, "a.json#1"),
        ({"url": " https://x.test/1 "}, "https://x.test/1"),
        ({"source": "Kompas", "link": "HTTPS://X.test/1"}, "HTTPS://X.test/1"),
    ],
)
def test_the_first_field_with_an_address_tells_where_an_article_is(fields, source):
    assert one(json.dumps({"text": "Harga naik."} | fields).encode(), "a.json").source == source


@pytest.mark.parametrize(
    "line", ["sep=;\r\n", "sep=;\n", '"sep=;"\n', "SEP=;\r\n", "\ufeffsep=;\n", "sep=\t\n", "sep=|\n"]
)
def test_the_line_that_tells_excel_the_separator_is_passed_over(line):
    mark = line.strip('\ufeff\r\n"')[-1]
    rows = f"judul{mark}isi{mark}tanggal\r\nBeras, jagung{mark}Harga naik, lalu turun.{mark}2019-02-28\r\n"
    article = one((line + rows).encode(), "a.csv")
    assert (article.title, article.text, article.published, article.source) == (
        "Beras, jagung",
        "Harga naik, lalu turun.",
        "2019-02-28",
        "a.csv#1",
    )


@pytest.mark.parametrize("above", ["", "\n", "\n\n", "sep=;\n", "\nsep=;\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_a_table_may_end_as_on_an_old_mac_and_begin_below_blank_ones(end, above):
    rows = ["judul;isi", "Beras;Harga, kata dia, naik, naik, naik.", "Jagung;Lalu", 'Padi;"Hujan;', 'turun."', "A;B;C"]
    refused = []
    found = parse((above + "\n".join(rows)).replace("\n", end).encode(), "a.csv", refused=refused)
    assert [(own.article.title, own.article.text, own.article.source) for own in found] == [
        ("Beras", "Harga, kata dia, naik, naik, naik.", "a.csv#1"),
        ("Jagung", "Lalu", "a.csv#2"),
        ("Padi", "Hujan;\nturun.", "a.csv#3"),
    ]
    assert [failure.values["line"] for failure in refused] == [above.count("\n") + 6]


@pytest.mark.parametrize("name", ["a.tsv", "a.csv"])
def test_quotation_marks_in_a_table_with_tabs_are_those_of_its_texts_where_they_close_within_a_cell(name):
    def texts(*cells):
        rows = "".join(f"{number}\t{cell}\n" for number, cell in enumerate(cells))
        return [document.article.text for document in parse(f"judul\tisi\n{rows}".encode(), name)]

    mixed = ['"Harga naik," kata dia.', '"Satu lagi', 'Ia "tidak" tahu.', '"Semua dikutip."']
    assert texts(*mixed) == mixed
    assert texts('"Harga ""naik"",\nkata dia."', "Lain.") == ['Harga "naik",\nkata dia.', "Lain."]


def json_feed(**more):
    item = {"id": "1", "url": "https://x.test/1", "title": "Beras", "date_published": "2019-02-28T05:30:00+07:00"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Koran", "language": "id-ID"}
    return json.dumps(feed | {"items": [item | more, {"id": "2", "title": "Kosong"}, 7]}).encode()


@pytest.mark.parametrize(
    "more",
    [
        {"content_text": "Harga naik.", "authors": [{"name": "Budi"}, {"name": "Sari"}]},
        {"content_html": "<p>Harga <b>naik.</b></p><script>no()</script>", "author": {"name": "Budi, Sari"}},
    ],
)
def test_each_item_of_a_json_feed_is_an_article(more):
    for name in ("feed.json", "https://x.test/feed", ""):
        article = one(json_feed(**more), name)
        assert (article.title, article.text, article.source) == ("Beras", "Harga naik.", "https://x.test/1")
        assert (article.author, article.published, article.language) == ("Budi, Sari", "2019-02-28", "id")


def test_the_authors_of_a_json_feed_are_those_of_items_that_name_none():
    for own, told in (
        ({"authors": [{"name": "Budi"}]}, "Budi"),
        ({"author": {"name": "Budi"}}, "Budi"),
        ({}, "Redaksi"),
    ):
        feed = json.loads(json_feed(content_text="Harga naik.", **own))
        for of_all in ({"author": {"name": "Redaksi"}}, {"authors": [{"name": "Redaksi"}]}):
            assert one(json.dumps(feed | of_all).encode(), "a.json").author == told


def test_a_json_feed_lists_only_the_newest_and_a_table_all():
    documents = documents_of(json_feed(content_text="Harga naik."), "a.json")
    assert all(document.window for document in documents)
    assert not any(document.window for document in documents_of(b'[{"text": "Harga naik."}]', "a.json"))


def test_a_feed_in_an_archive_is_a_part_of_the_whole():
    archive = zipped(**{"a.json": json_feed(content_text="Harga naik."), "b.txt": "Hujan turun."})
    assert not any(document.window for document in documents_of(archive, "a.zip"))


def test_articles_that_come_without_a_name_do_not_replace_each_other():
    sent = (b'[{"text": "Satu."}, {"text": "Dua."}]', b'{"text": "Tiga."}\n', b"text\nEmpat.\n")
    kinds = (BY_SUFFIX[suffix] for suffix in (".json", ".jsonl", ".csv"))
    read = [documents_of(data, "", kind) for data, kind in zip(sent, kinds, strict=True)]
    assert [[document.article.source for document in documents] for documents in read] == [["", ""], [""], [""]]


def items_of(entries) -> dict[str, bytes]:
    """Feeds with entries (link, id, text), as XML and as JSON."""
    rows = [{"url": link, "id": own, "content_text": text} for link, own, text in entries]
    xml = "".join(
        f"<item><link>{link}</link><guid isPermaLink='false'>{own}</guid><description>{text}</description></item>"
        for link, own, text in entries
    )
    return {
        "a.xml": f'<rss version="2.0"><channel>{xml}</channel></rss>'.encode(),
        "a.json": json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": rows}).encode(),
    }


@pytest.mark.parametrize("name", ["a.xml", "a.json"])
def test_entries_of_a_feed_that_all_link_to_one_page_are_told_apart_by_what_they_are_and_not_by_their_place(name):
    home = "https://x.test/"
    entries = [
        (home, "a", "Harga naik."),
        (home, "", "Hujan turun."),
        (home, "https://x.test/?p=3", "Jalan ditutup."),
        ("https://x.test/4", "d", "Pasar sepi."),
        ("https://x.test/4", "d", "Pasar sepi."),
    ]
    told = {"Harga naik.": f"{name}#a", "Hujan turun.": f"{name}#{article_id('Hujan turun.')}"}
    told |= {"Jalan ditutup.": "https://x.test/?p=3", "Pasar sepi.": "https://x.test/4"}
    for listed in (entries, entries[::-1]):
        documents = documents_of(items_of(listed)[name], name)
        assert {document.article.text: document.article.source for document in documents} == told
    nameless = parse(items_of(entries)[name], "", BY_SUFFIX[name[1:]])
    assert [document.article.source for document in nameless][:2] == ["", ""]


def test_a_json_feed_without_items_is_refused():
    for items in ("[]", "{}", '"x"', "null"):
        with pytest.raises(ArticleError, match="nothing to read"):
            parse(f'{{"version": "https://jsonfeed.org/version/1", "items": {items}}}'.encode(), "a.json")


@pytest.mark.parametrize(
    "told",
    [
        {"error": {"code": 429, "message": BODY}, "content": BODY},
        {"Errors": [{"message": BODY}], "text": BODY},
        {"error": True, "body": BODY},
        {"success": False, "text": BODY},
        {"ok": False, "text": BODY},
        {"status": "error", "text": BODY},
        {"status": 503, "title": "Service unavailable", "text": BODY},
        {"error": {"message": BODY}},
    ],
)
def test_what_a_server_says_of_an_error_is_no_article(told):
    for indent in (None, 2):
        with pytest.raises(ArticleError, match="is what a server says of an error") as raised:
            parse(json.dumps(told, indent=indent).encode(), "feed.json")
        assert raised.value.key == "server_error"


@pytest.mark.parametrize(
    "told", [{}, {"error": None, "errors": []}, {"status": "publish", "success": True}, {"status": 200}, {"status": []}]
)
def test_one_object_that_tells_of_no_error_is_an_article(told):
    assert one(json.dumps({"text": BODY, **told}).encode(), "a.json").text == BODY


@pytest.mark.parametrize(
    ("given", "code"),
    [("in-ID", "id"), ("in", "id"), ("IW", "he"), ("ji", "yi"), ("jw", "jv"), ("id", "id"), ("en_GB", "en"), ("", "")],
)
def test_a_languages_former_code_is_told_as_its_present_one(given, code):
    assert language_code(given) == code
    page = PAGE.replace('lang="id"', f'lang="{given}"')
    assert one(page.encode(), "a.html").language == code


@pytest.mark.parametrize(
    "given",
    [
        "28/02/2019", "28-02-2019", "28.2.2019", "02/28/2019", "2019/02/28", "2019-2-28", "20190228",
        "28 Februari 2019", "28 Feb 2019", "28-Feb-2019", "28th February, 2019", "February 28, 2019", "Feb. 28 2019",
        "Thu, 28 Feb 2019",
        "Kamis, 28 Februari 2019", "Kamis 28/02/2019, 14:00 WIB", "Kam, 28 Pebruari 2019 14.00", "2019-02-28T23:30:00Z",
        "Thu Feb 28 10:00:00 2019", "Thu Feb 28 10:00:00 WIB 2019", "Thu Feb 28 2019 10:00:00 GMT+0700",
        1551353200, 1551353200.5, "1551353200.0", 1551353200123, "1551312000000", 1551398399,
    ],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(given):
    assert iso_date(given) == "2019-02-28"


def test_the_unix_time_of_a_row_is_the_day_that_it_was_in_greenwich():
    rows = {
        "a.json": b'[{"text": "Harga naik.", "date": 962841600000}]',
        "a.csv": b"text,date\nHarga naik.,962841600\n",
    }
    assert [one(data, name).published for name, data in rows.items()] == ["2000-07-06"] * 2


@pytest.mark.parametrize(
    "given",
    [
        "03/04/2019", "03/04/2019 10:00:00 +0700", "28/02/19", "28 Feb 19", "2019-02-31", "31/02/2019", "31 April 2019",
        "29 Feb 2019", "00/02/2019", "2019", "Februari 2019", "2019-02", "28 Lain 2019", "1551",
        "2019022815", "201902281530", "20190228153000", "310120191530", "9551353200", "15513532000", "1551353200 WIB",
        "sebelum 28 Feb 2019", "28 Feb 20190", "28/02/20190", "0000-00-00", "kemarin", None, "", 7,
        "0001-01-01T00:00:00", "Wed, 30 Nov -0001 00:00:00 +0000",
    ],
)  # fmt: skip
def test_what_is_no_date_or_may_be_two_is_none(given):
    assert iso_date(given) == ""


def test_a_year_of_twenty_digits_is_no_date_and_costs_no_article():
    wrong = "1 Jan 99999999999999999999 10:00:00"
    assert iso_date(wrong) == ""
    assert one(f"---\ndate: {wrong}\n---\nRapat digelar.".encode(), "a.md").published == ""


def test_rows_of_a_table_are_no_running_lines():
    pages = [["Koran Kita", *(f"{n} {row} {row * n}" for row in range(10))] for n in (1, 2, 3)]
    left = [[line for line in page if line != "Koran Kita"] for page in pages]
    assert texts(without_running_heads([lines("\n".join(page)) for page in pages])) == left


def test_a_date_in_numbers_is_taken_where_both_ways_to_read_it_say_the_same():
    assert iso_date("03/03/2019") == "2019-03-03"
    assert iso_date("Jum'at, 1 Maret 2019") == "2019-03-01"


def test_a_comma_in_a_table_of_one_column_is_one_of_the_text():
    found = parse(b'isi\nHarga naik, lalu turun; tamat.\n"Hujan ""deras"", lalu reda."\n', "a.csv")
    assert [own.article.text for own in found] == ["Harga naik, lalu turun; tamat.", 'Hujan "deras", lalu reda.']


@pytest.mark.parametrize("rest", ["", "\n", "\nTiga,Lagi.\nEmpat,Terakhir.\n"])
def test_a_row_whose_quotation_marks_never_close_does_not_become_one_text_with_all_behind_it(rest):
    refused = []
    data = f'title,text\nSatu,"Harga\nnaik."\nDua,"Lalu{rest}'.encode()
    (document,) = parse(data, "a.csv", refused=refused)
    assert document.article.text == "Harga\nnaik."
    (failure,) = refused
    assert (failure.key, failure.values) == ("unclosed", {"name": "a.csv", "line": 4})
    assert "ends within quotation marks of the row that begins in line 4" in failure.reason
    whole = [parse(data + b'"' + end, "a.csv")[1].article.text for end in (b"", b"\n")]
    assert [text.startswith("Lalu") for text in whole] == [True, True]


def test_a_row_of_more_cells_than_columns_is_not_read_cut_off_and_does_not_stop_the_others():
    rows = ["judul;isi", "A;Harga naik; lalu turun.", "B;Hujan turun.;; ", "C;Satu; dua.", 'D;"Panas; kering."']
    refused = []
    found = parse("\n".join(rows).encode(), "a.csv", refused=refused)
    assert [(own.article.text, own.article.source) for own in found] == [
        ("Hujan turun.", "a.csv#2"),
        ("Panas; kering.", "a.csv#4"),
    ]
    (failure,) = refused
    assert failure.source == "a.csv"
    assert "more cells than columns in 2 of its rows, the first in line 2; put texts that have a ';'" in failure.reason
    with pytest.raises(ArticleError, match="more cells than columns"):
        documents_of("\n".join(rows).encode(), "a.csv")


@pytest.mark.parametrize("kind", ["rss", "feed"])
def test_a_feed_that_was_cut_off_says_so_and_gives_the_entries_that_are_whole(kind):
    entries = "".join(f"<item><title>{n}</title><description>Harga {n} naik.</description></item>" for n in "abc")
    whole = f"<rss version='2.0'><channel><title>K</title>{entries}</channel></rss>"
    if kind == "feed":
        atom = entries.replace("item>", "entry>").replace("description>", "summary>")
        whole = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>K</title>{atom}</feed>'
    for end in (whole.index("c naik") + 3, whole.index("c</title>")):
        refused = []
        found = parse(whole[:end].encode(), "a.xml", refused=refused)
        assert [own.article.text for own in found] == ["Harga a naik.", "Harga b naik."]
        assert [(failure.source, failure.key) for failure in refused] == [("a.xml", "feed_cut_off")]
    assert len(parse(whole.encode(), "a.xml")) == 3


def test_quotation_marks_around_a_part_of_a_cell_are_its_own():
    rows = ["judul,isi", 'A,"Hujan" deras dan "lebat".', '"Satu, dua",Tiga', '"B" dan C,"Naik, ""turun"" lagi."']
    rows += ['D,"Naik, lalu turun," kata dia. ', 'E,"Baris\nbaru" ']
    found = [(own.article.title, own.article.text) for own in parse("\r\n".join(rows).encode(), "a.csv")]
    assert found == [
        ("A", '"Hujan" deras dan "lebat".'),
        ("Satu, dua", "Tiga"),
        ('"B" dan C', 'Naik, "turun" lagi.'),
        ("D", '"Naik, lalu turun," kata dia. '),
        ("E", "Baris\nbaru "),
    ]


def test_of_columns_with_one_name_the_first_that_tells_anything_is_taken():
    found = parse(b"id,title,text,Title,TEXT,text\n1,A,Harga naik.,Sari,Lain,x\n2,,,B,,Hujan turun.\n", "a.csv")
    assert [(own.article.title, own.article.text) for own in found] == [("A", "Harga naik."), ("B", "Hujan turun.")]


def test_hidden_text_of_a_word_document_is_not_read():
    with zipfile.ZipFile(io.BytesIO(docx("Rapat digelar RAHASIA di Bandung."))) as document:
        members = {member: document.read(member) for member in document.namelist()}
    body = members["word/document.xml"]
    for mark, text in (
        (b"<w:vanish/>", "Rapat digelar  di Bandung."),
        (b'<w:vanish w:val="0"/>', "digelar RAHASIA di"),
    ):
        parted = b"</w:t></w:r><w:r><w:rPr>" + mark + b"</w:rPr><w:t>RAHASIA</w:t></w:r><w:r><w:t xml:space='preserve'>"
        told = body.replace(b"<w:t>Rapat", b"<w:t xml:space='preserve'>Rapat").replace(b"RAHASIA", parted)
        assert text in one(zipped(**members | {"word/document.xml": told}), "a.docx").text


def test_a_document_that_was_saved_as_strict_open_xml_is_read():
    usual = docx("Rapat digelar di Bandung.")
    with zipfile.ZipFile(io.BytesIO(usual)) as document:
        members = {member: document.read(member) for member in document.namelist()}
    named = b"http://schemas.openxmlformats.org/"
    for part in (b"wordprocessingml/", b"officeDocument/"):
        for member, body in members.items():
            members[member] = body.replace(named + part + b"2006/", b"http://purl.oclc.org/ooxml/" + part)
    assert b"purl.oclc.org/ooxml/wordprocessingml/main" in members["word/document.xml"]
    assert one(zipped(**members), "a.docx") == one(usual, "a.docx")


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_json_file_may_be_one_object_or_a_list_however_it_is_spaced(name, indent):
    rows = [{"title": "Beras", "text": "Harga naik."}, {"title": "Lain", "text": "Hujan turun."}]
    given = [document.article for document in parse(json.dumps(rows, indent=indent).encode(), name)]
    assert [(article.title, article.source) for article in given] == [("Beras", f"{name}#1"), ("Lain", f"{name}#2")]
    article = one(json.dumps(rows[0], indent=indent).encode(), name)
    assert (article.title, article.text, article.source) == ("Beras", "Harga naik.", f"{name}#1")


def test_json_lines_may_be_indented_and_apart():
    found = parse(b' {"text": "Satu."}\r\n\r\n  {"text": "Dua."}', "a.jsonl")
    assert [document.article.text for document in found] == ["Satu.", "Dua."]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"text": "a"}\n\n{"text": oops}\n{"text": "b"}\n', 3),
        ('{"text": "a"\n{"text": "b"}\n', 1),
        ('{"text": "a"}\n{"text": "b"}\n' + '{"a": ' * 100_000, 3),
        ('{"text": "a"}\nmaaf', 2),
        ('{\n "title": "a",\n "text": oops\n}', 3),
        ('[\n{"text": "a"},\n{"text": oops}\n]', 3),
        ('[{"text": "a"}]\n[{"text": "b"}]', 2),
        ("maaf", 1),
    ],
)
def test_the_line_that_is_no_json_is_named(text, line):
    with pytest.raises(ArticleError, match=rf"^a\.json is no JSON in line {line} \([\w ',]+\);"):
        parse(text.encode(), "a.json")


@pytest.mark.parametrize("field", ["text", "title", "author"])
def test_lists_too_deep_in_each_other_are_told_with_their_entry(field):
    deep = f'{{"{field}": {"[" * 900}"x"{"]" * 900}, "isi": "Harga naik."}}'
    with pytest.raises(ArticleError, match=r"^a\.jsonl, entry 2: its lists lie too deep in each other") as told:
        parse(f'{{"text": "Satu."}}\n{deep}'.encode(), "a.jsonl")
    assert (told.value.key, told.value.values) == ("too_nested", {"name": "a.jsonl", "number": 2})


FORMS = ("{year}-{number:02}-{day:02}", "{year}/{number}/{day}", "{day} {month} {year}", "Sab, {day:02}-{month}-{year}",
         "{month} {day}, {year}", "Sat {month} {day:02} 10:00:00 {year}")  # fmt: skip


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(FORMS), st.data())
def test_every_day_is_read_as_it_was_written(day, form, data):
    month, year = data.draw(st.sampled_from(MONTH_NAMES[day.month - 1].split())), f"{day.year:04}"
    assert iso_date(form.format(month=month, day=day.day, year=year, number=day.month)) == day.isoformat()


@given(st.text() | st.from_regex(r"[0-9 /.,:-]{0,30}", fullmatch=True))
def test_any_text_is_a_date_or_none(text):
    assert not iso_date(text) or date.fromisoformat(iso_date(text))


def test_a_line_of_nothing_but_quotes_and_commas_takes_no_time():
    began = time.process_time()
    assert one(b"text" + b',"' * 500_000 + b"\nHarga naik.\n", "a.csv").text == "Harga naik."
    assert time.process_time() - began < 5


FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Koran</title><language>id-ID</language>
<item><title>Beras &amp; jagung</title><link>https://x.test/1</link><pubDate>Thu, 28 Feb 2019 10:00:00 +0000</pubDate>
<description>&lt;p&gt;Harga naik.&lt;/p&gt;
&lt;script&gt;no()&lt;/script&gt;&lt;p&gt;Lalu turun.&lt;/p&gt;</description></item>
<item><title>Kosong</title></item></channel></rss>"""


def test_each_entry_of_a_feed_is_an_article():
    article = one(FEED, "feed.xml")
    assert article.text == "Harga naik.\nLalu turun."
    assert (article.title, article.source) == ("Beras & jagung", "https://x.test/1")
    assert (article.published, article.language) == ("2019-02-28", "id")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Harga<!--more--> naik.<?x y?> Lagi.</p>", "Harga naik. Lagi."),
        ("<table><tr><th>Be<b>ras</b></th><td><p>12.000</p>x|y</td></tr></table>", r"| Beras | 12.000 x\|y |"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td></td><td>2</td></tr></table>", "| A | B |\n|---|---|\n2"),
        (
            (
                '<table><tr><th rowspan="2">Kota</th><th colspan="2">Korban</th></tr>'
                "<tr><th>Luka</th><th>Tewas</th></tr>"
                '<tr><td rowspan="2">Ashby</td><td>4</td><td rowspan="2">1</td></tr><tr><td>5</td></tr></table>'
            ),
            (
                "| Kota | Korban | |\n|---|---|---|\n| | Luka | Tewas |\n|---|---|---|\n"
                "| Ashby | 4 | 1 |\n| Ashby | 5 | 1 |"
            ),
        ),
        (
            (
                '<table><tr><th>Kota</th><th>Luka</th><th>Tewas</th></tr><tr><th colspan="3">Utara</th></tr>'
                "<tr><td>Ashby</td><td>4</td><td>1</td></tr></table>"
            ),
            "| Kota | Luka | Tewas |\n|---|---|---|\n| Utara | | |\n| Ashby | 4 | 1 |",
        ),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>", "a\nb"),
        (f"<table><tr><td>Foto</td><td>{201 * 'a'}</td></tr></table>", f"Foto {201 * 'a'}"),
        ("<figure><figcaption>Foto: Sari</figcaption></figure>Harga naik.<hr>Lagi.", "Foto: Sari\nHarga naik.\nLagi."),
        ("<html><head><title>Kabar</title></head><body>Harga naik.</body></html>", "Harga naik."),
        ("<noscript><p>Nyalakan skrip.</p></noscript>Harga naik.", "Harga naik."),
        ("Harga naik\n\nPresiden <b>Joko</b>\npergi.", "Harga naik\nPresiden Joko\npergi."),
    ],
)
def test_of_the_html_in_a_feed_or_a_mail_nothing_is_lost_and_no_words_run_into_each_other(html, text):
    assert one(rss(f"<description><![CDATA[{html}]]></description>"), "feed.xml").text == text
    assert one(in_parts(("text/html", html)).encode(), "a.eml").text == text


@pytest.mark.parametrize(
    ("of_feed", "of_entry", "author"),
    [
        ("", "<author><name>Sari</name></author><author><name>Budi</name></author>", "Sari, Budi"),
        ("<author><name>Koran</name></author>", "<author><name>Sari</name></author>", "Sari"),
        ("<author><name>Koran</name></author>", "", "Koran"),
        ("<author><email>k@x.test</email></author>", "", "k@x.test"),
        ("", "", ""),
    ],
)
def test_an_entry_of_an_atom_feed_is_by_all_its_authors_else_by_those_of_the_feed(of_feed, of_entry, author):
    entry = f"<entry>{of_entry}<content>Harga naik.</content></entry>"
    assert one(f'<feed xmlns="http://www.w3.org/2005/Atom">{of_feed}{entry}</feed>'.encode(), "a.atom").author == author


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ("<dc:creator>Sari</dc:creator><dc:creator>Budi</dc:creator>", "Sari, Budi"),
        ("<author>sari@x.test (Sari Dewi)</author>", "Sari Dewi"),
        ("<author>sari@x.test</author>", "sari@x.test"),
    ],
)
def test_an_entry_of_a_feed_is_by_all_whom_it_names(told, author):
    feed = rss(f"{told}<description>Harga naik.</description>")
    feed = feed.replace(b"<rss", b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/"')
    assert one(feed, "a.rss").author == author


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<summary>Jika i&lt;j maka k&gt;l, tulis &lt;b&gt;.</summary>", "Jika i<j maka k>l, tulis <b>."),
        ("<summary>Satu.\n\nDua.</summary>", "Satu.\nDua."),
        ("<summary>&lt;p&gt;Satu.&lt;/p&gt;</summary>", "Satu."),
        ("<summary>Satu&amp;nbsp;dua.</summary>", "Satu dua."),
        ('<content type="html">Harga &lt;b&gt;naik.</content>', "Harga naik."),
    ],
)
def test_a_text_in_an_atom_feed_keeps_its_brackets_unless_it_is_html(content, text):
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{content}</entry></feed>'
    assert one(feed.encode(), "a.atom").text == text


def rss(*entries):
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def json_items(*items):
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def sources(data, name):
    return [document.article.source for document in parse(data, name)]


MEDIA, CONTENT = "http://search.yahoo.com/mrss/", "http://purl.org/rss/1.0/modules/content/"
IMAGE = "<![CDATA[<p><img src='a.jpg' alt='Beras'/></p>]]>"
CAPTION = "<media:description>Beras di pasar, foto yang keterangannya panjang.</media:description>"


@pytest.mark.parametrize(
    "entry",
    [
        f"<description>Harga naik.</description><media:content url='a.jpg'/>{CAPTION}",
        f"<media:group>{CAPTION}</media:group><description>Harga naik.</description>",
        f"<description>Gambar.</description>{CAPTION}<content:encoded>Harga naik.</content:encoded>",
        "<description>Harga naik.</description><content:encoded></content:encoded>",
        f"<content:encoded>{IMAGE}</content:encoded><description>Harga naik.</description>",
        f"{CAPTION.replace('Beras di pasar, foto yang keterangannya panjang', 'Harga naik')}",
    ],
)
def test_the_text_of_an_entry_is_neither_what_its_picture_shows_nor_an_empty_content(entry):
    spaces = f'xmlns:media="{MEDIA}" xmlns:content="{CONTENT}"'
    feed = f'<rss version="2.0" {spaces}><channel><item>{entry}</item></channel></rss>'
    assert one(feed.encode(), "a.rss").text == "Harga naik."


def test_lone_ampersands_of_a_feed_are_read_as_they_stand():
    article = one(
        rss(
            "<title>Q&A</title><link>https://x.test/?p=1&copy=2&page=3</link>"
            "<description>AT&T dan B&B; naik &ndash; &#x201c;x&#8221; &amp;amp; lain.</description>"
            "<x><![CDATA[&y]]></x>"
        ),
        "a.rss",
    )
    assert (article.title, article.source) == ("Q&A", "https://x.test/?p=1&copy=2&page=3")
    assert article.text == "AT&T dan B&B; naik – “x” & lain."


def test_of_what_wordpress_exports_what_its_readers_see_is_read_in_its_paragraphs():
    utc = "Thu, 29 Feb 2024 22:30:00 +0000"

    def item(text, status="publish", kind="post", password=""):
        about = f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type><pubDate>{utc}</pubDate>"
        more = f"<wp:post_date>2024-03-01 05:30:00</wp:post_date><wp:post_password>{password}</wp:post_password>"
        return f"<item><content:encoded><![CDATA[{text}]]></content:encoded>{about}{more}</item>"

    typed = "Harga beras\n\nnaik. <b>Pedagang\nmengeluh.</b>\n \n<blockquote>Sepi.</blockquote>\n\nDampaknya"
    unseen = [item("Satu.", status) for status in ("draft", "trash", "private", "pending", "future")]
    inner = [item("Dua.", kind=kind) for kind in ("wp_global_styles", "custom_css", "nav_menu_item")]
    items = [item(typed), *unseen, *inner, item("Tiga.", password="rahasia"), item("Kontak kami.", kind="page")]
    spaces = f'xmlns:content="{CONTENT}" xmlns:wp="http://wordpress.org/export/1.2/"'
    export = f'<rss version="2.0" {spaces}><channel>{"".join(items)}</channel></rss>'
    assert [(own.article.text, own.article.published) for own in parse(export.encode(), "a.xml")] == [
        ("Harga beras\nnaik. Pedagang mengeluh.\nSepi.\nDampaknya", "2024-03-01"),
        ("Kontak kami.", "2024-03-01"),
    ]


@pytest.mark.parametrize("name", ["feed.xml", "feed.json"])
def test_entries_of_a_feed_that_nothing_names_are_the_same_ones_when_it_moves_on(name):
    def feed(*texts):
        if name == "feed.json":
            return json_items(*({"content_text": text} for text in texts))
        return rss(*(f"<description>{text}</description>" for text in texts))

    before, after = sources(feed("Satu.", "Dua."), name), sources(feed("Tiga.", "Satu."), name)
    assert after[1] == before[0]
    assert len({*before, *after}) == 3
    assert all(source.startswith(f"{name}#") for source in after)
    assert sources(feed("Satu.", "Dua."), "") == ["", ""]  # without a name they replace nothing


@pytest.mark.parametrize(
    ("entry", "item", "source"),
    [
        ("<link>https://x.test/1</link><guid>7</guid>", {"url": "https://x.test/1", "id": "7"}, "https://x.test/1"),
        ('<guid isPermaLink="false">https://x.test/?p=7</guid>', {"id": "https://x.test/?p=7"}, "https://x.test/?p=7"),
        ("<link>Https://X.test/1</link>", {"url": "Https://X.test/1"}, "Https://X.test/1"),
        ('<guid isPermaLink="false">7</guid>', {"id": 7}, "feed#7"),
        ("<link>/kabar/7</link>", {"url": "/kabar/7"}, "feed#/kabar/7"),
    ],
)
def test_an_entry_of_a_feed_is_named_by_its_address_else_as_it_calls_itself(entry, item, source):
    assert sources(rss(f"{entry}<description>Satu.</description>"), "feed") == [source]
    assert sources(json_items(item | {"content_text": "Satu."}), "feed") == [source]


@pytest.mark.parametrize(
    ("given", "published"),
    [
        ("Fri, 01 Mar 2019 05:30:00 +0700", "2019-03-01"),
        ("Thu, 28 Feb 2019 23:30:00 -0500", "2019-02-28"),
        ("Jum, 01 Mar 2019 05:30:00 +0700", "2019-03-01"),
        ("Jumat, 01 Maret 2019 05:30:00 WIB", "2019-03-01"),
        ("2019-03-01T05:30:00+07:00", "2019-03-01"),
        ("Fri, 01 Mar 19 05:30:00 GMT", "2019-03-01"),
        ("kemarin", ""),
    ],
)
def test_an_entry_of_a_feed_is_published_on_the_day_that_it_was_where_it_was(given, published):
    rss = FEED.decode().replace("Thu, 28 Feb 2019 10:00:00 +0000", given)
    assert one(rss.encode(), "feed.rss").published == published


def test_an_atom_entry_is_published_on_its_own_day():
    def atom(days):
        entry = f"<entry><title>Beras</title><id>1</id>{days}<summary>Harga naik.</summary></entry>"
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Koran</title>{entry}</feed>'.encode()

    updated = "<updated>2018-02-06T01:00:00+07:00</updated>"
    published = "<published>2018-02-05T01:00:00+07:00</published>"
    assert one(atom(updated + published), "a.atom").published == "2018-02-05"
    assert one(atom(updated), "a.atom").published == "2018-02-06"


def test_xml_that_defines_entities_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss><channel/></rss>'
    for data in (bomb, bomb.decode().encode("utf-16")):
        with pytest.raises(ArticleError, match="entities"):
            parse(data, "feed.rss")


SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://x.test/</loc></url></urlset>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sitemap.xml", SITEMAP),
        ("sitemap.xml", f"<?xml version='1.0' encoding='UTF-8'?>\n{SITEMAP}"),
        ("https://x.test/sitemap", f"<?xml version='1.0'?>{SITEMAP}"),
        ("", "<?xml version='1.0'?><!-- <a> --><office:document xmlns:office='urn:x'/>"),
        ("catatan.xml", "<note>Harga naik.</note>"),
        ("koran.rss", "<?xml version='1.0'?>"),
    ],
)
def test_xml_that_is_neither_a_feed_nor_a_page_is_refused(name, data):
    with pytest.raises(ArticleError, match="neither a feed nor a page"):
        parse(data.encode(), name)


def test_a_page_in_xml_is_a_page():
    late = f"<!--{' ' * 3000}--><body><p>{BODY}</p></body>"
    page = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">{late}</html>'
    assert one(page.encode(), "a.xml").text == BODY


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.rtf", b"{\\rtf1\\ansi Harga naik.}", "RTF"),
        ("", b"\n{\\rtf1\\ansi Harga naik.}", "RTF"),
        ("a.txt", b"{\\rtf1\\ansi Harga naik.}", "RTF"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "older Word"),
        (
            "surat.odt",
            zipped(**{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a>Harga</a>",
                      "META-INF/manifest.xml": "<b/>"}),
            "OpenDocument",
        ),
        (
            "buku.epub",
            zipped(**{"mimetype": "application/epub+zip", "META-INF/container.xml": "<a/>", "bab.html": PAGE}),
            "EPUB",
        ),
        ("a.xlsx", zipped(**{"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<b/>"}), "Excel"),
        ("a.pptx", zipped(**{"[Content_Types].xml": "<a/>", "ppt/presentation.xml": "<b/>"}), "PowerPoint"),
        ("a.zip", zipped(**{"mimetype": "x", "META-INF/container.xml": "<a/>"}), "EPUB"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "older Word"),
        ("a.docm", zipped(**{"[Content_Types].xml": "<a/>", "word/vbaProject.bin": "x"}), "macros"),
        ("a.docx", b"{\\rtf1\\ansi Harga naik.}", "RTF"),
        ("a.webarchive", b"bplist00\xd1\x01\x02_\x10\x0fWebMainResource<html><p>" + BODY.encode() * 9, "Safari"),
    ],
)  # fmt: skip
def test_formats_that_are_not_read_are_refused_with_what_to_do(name, data, kind):
    with pytest.raises(ArticleError, match=rf"{kind}.* is not read; save it as \.docx, \.pdf, \.html or \.txt"):
        parse(data, name)


def test_a_word_document_with_a_password_is_locked_and_not_damaged():
    within = "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(ArticleError, match="locked with a password; save it without one"):
        parse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + within + bytes(99), "a.docx")


@pytest.mark.parametrize(
    "data",
    [
        b"1\r\n00:00:01,000 --> 00:00:04,000\r\nGubernur datang.\r\n",
        codecs.BOM_UTF8 + b"\n12\n01:00:01.000 --> 01:00:04.000\nGubernur datang.\n",
        b"WEBVTT\n\n00:01.000 --> 00:04.000\nGubernur datang.\n",
    ],
)
@pytest.mark.parametrize("name", ["film.srt", "film.txt", ""])
def test_subtitles_are_refused_as_times_would_part_their_sentences(name, data):
    with pytest.raises(ArticleError, match="save the words alone"):
        parse(data, name)
    assert one(b"WEBVTT adalah format.\n00:15 --> 16:00\n", "a.txt").text


def test_an_archive_of_another_kind_is_no_text_of_its_files():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = 50_000
        archive.addfile(member, io.BytesIO(b"Gubernur. " * 5_000))
    with pytest.raises(ArticleError, match="make a ZIP"):
        parse(out.getvalue(), "koran.tar")


def test_a_mail_gives_its_text_with_who_wrote_it_and_when():
    plain, page = "Harga naik.\n\nLalu turun.\n", "<p>Harga <b>naik.</b></p><p>Lalu turun.</p><style>p {}</style>"
    for data in (mail(plain), mail(plain, page), mail("", page), mail(plain, page, b"Rahasia."), mail(plain, "", b"x")):
        article = one(data, "kabar.eml")
        assert [line for line in article.text.split("\n") if line] == ["Harga naik.", "Lalu turun."]
        assert (article.title, article.author, article.published) == ("Harga beras", "Sari Dewi", "2019-03-01")
        assert article.source == "kabar.eml"


def test_the_page_of_a_mail_is_read_where_its_text_only_says_that_there_is_one():
    page = f"<h1>Kabar</h1><p>{BODY}</p>"
    assert one(mail("Buka surel ini di peramban.", page), "a.eml").text == f"Kabar\n{BODY}"


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "iso-8859-1"])
def test_a_mail_is_read_in_the_encoding_that_it_declares(charset):
    article = one(mail("Kafé dibuka.", charset=charset, Subject="Kafé baru", From="José <j@x.test>"), "a.eml")
    assert (article.text, article.title, article.author) == ("Kafé dibuka.\n", "Kafé baru", "José")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_mails_head_may_have_letters_beyond_ascii_as_they_are(encoding):
    article = one("From: Jörg Döring <j@x.test>\nSubject: Kafé “baru”\n\nHarga naik.".encode(encoding), "a.eml")
    assert (article.author, article.title) == ("Jörg Döring", "Kafé “baru”")


@pytest.mark.parametrize("browser", ["<Saved by Blink>", '"Saved by Windows Internet Explorer 11"'])
def test_a_page_that_a_browser_saved_as_one_file_is_a_page(browser):
    saved = in_parts(("text/html; charset=utf-8", PAGE), ("text/html", "<p>Iklan.</p>"), PICTURE, kind="related")
    for name in ("Harga beras.mhtml", "a.mht", ""):
        head = f"From: {browser}\nDate: Fri, 6 Mar 2020 10:00:00 -0000\nMIME-Version: 1.0\n"
        assert one((head + saved).encode(), name) == replace(one(PAGE.encode(), "a.html"), source=name)


def test_lines_of_a_mail_that_flow_are_one():
    head = b"Subject: x\r\nContent-Type: text/plain; charset=utf-8; format=flowed"
    text = b"Harga beras \r\nnaik lagi.\r\n> kata dia \r\n\r\nSelesai.\r\n-- \r\nSari\r\n"
    assert one(head + b"\r\n\r\n" + text, "a.eml").text == (
        "Harga beras naik lagi.\n> kata dia \n\nSelesai.\n-- \nSari\n"
    )
    assert one(head + b"; delsp=yes\r\n\r\nHarga be \r\nras.\r\n", "a.eml").text == "Harga beras.\n"


@pytest.mark.parametrize("case", ["format=flowed; delsp=yes", "format=Flowed; DelSp=Yes", "FORMAT=FLOWED; DELSP=YES"])
def test_how_a_mails_lines_flow_is_told_in_any_case(case):
    head = f"Subject: x\nContent-Type: text/plain; charset=utf-8; {case}\n\n".encode()
    assert one(head + b"Harga be \nras.\n", "a.eml").text == "Harga beras.\n"


def test_what_a_mails_line_that_flows_is_stuffed_with_is_no_part_of_it():
    head = b"Subject: x\nContent-Type: text/plain; charset=utf-8; format="
    text = b" From Jakarta \n he flew.\n >5 orang \n >6 orang\nTamat \n \n  Awal.\n> kata dia\n"
    assert one(head + b"flowed\n\n" + text, "a.eml").text == (
        "From Jakarta he flew.\n>5 orang >6 orang\nTamat \n\n Awal.\n> kata dia\n"
    )
    assert one(head + b"fixed\n\n" + text, "a.eml").text == text.decode()


def in_parts(*parts, kind="mixed", boundary="b"):
    """A mail, or a part of one, of several (content type, body)."""
    head = f"Subject: x\nContent-Type: multipart/{kind}; boundary={boundary}\n\n"
    told = (f"--{boundary}\nContent-Type: {content}\n\n{body}\n" for content, body in parts)
    return head + "".join(told) + f"--{boundary}--\n"


PICTURE = ("image/png\nContent-Disposition: inline; filename=a.png\nContent-Transfer-Encoding: base64", "iVBORw0KGgo=")


def test_a_mail_is_read_on_behind_a_picture():
    attached = ("text/plain\nContent-Disposition: attachment; filename=a.txt", "Rahasia.")
    forwarded, told = ("message/rfc822", "Subject: y\n\nLama."), ("message/delivery-status", "Status: 5.1.1\n\nTo: x\n")
    parts = (("text/plain", "Harga naik."), PICTURE, ("text/plain", "Lalu turun."), attached, forwarded, told)
    assert one(in_parts(*parts).encode(), "a.eml").text.split() == "Harga naik. Lalu turun.".split()
    parts = (("text/html", "<p>Harga <b>naik.</b></p>"), PICTURE, ("text/html", "<p>Lalu turun.</p>"))
    assert one(in_parts(*parts).encode(), "a.eml").text.split() == "Harga naik. Lalu turun.".split()


@pytest.mark.parametrize("plain", ["Harga naik. Lalu turun. Tamat.", "Buka di peramban."])
def test_of_a_mails_text_and_its_page_around_pictures_one_is_read_with_what_follows_both(plain):
    page = in_parts(("text/html", f"<p>{BODY}</p>"), PICTURE, ("text/html", "<p>Lalu turun.</p>"), boundary="c")
    page = page.removeprefix("Subject: x\nContent-Type: ")
    content, _, body = page.partition("\n\n")
    told = plain if "Harga" in plain else ""
    body = body.replace(BODY, "Harga naik.") if told else body
    both = in_parts(("text/plain", plain), (content, body), kind="alternative", boundary="d")
    content, _, body = both.removeprefix("Subject: x\nContent-Type: ").partition("\n\n")
    article = one(in_parts((content, body), ("text/plain", "Milis warga.")).encode(), "a.eml")
    assert article.text.split() == f"{told or BODY + ' Lalu turun.'} Milis warga.".split()


@pytest.mark.parametrize("between", [(), (PICTURE,)])
def test_a_mail_that_has_its_text_and_its_page_one_behind_the_other_is_read_once(between):
    plain = f"KABAR\n\n{BODY}\nBaca lagi <https://x.test/1?a=b>\n"
    page = f"<h1>Kabar</h1><p>{BODY}</p><a href='https://x.test/1?a=b'>Baca lagi</a><p>Salam, Sari</p>"
    for first, second in ((("text/plain", plain), ("text/html", page)), (("text/html", page), ("text/plain", plain))):
        text = one(in_parts(first, *between, second, ("text/plain", "Milis warga.")).encode(), "a.eml").text
        assert (text.count("Presiden"), text.count("Baca lagi")) == (BODY.count("Presiden"), 1)
        assert text.endswith("\n\nMilis warga.")


def test_a_mark_of_the_encoding_does_not_hide_the_head_of_a_mail():
    article = one(codecs.BOM_UTF8 + mail("Harga naik."), "a.eml")
    assert (article.title, article.author, article.text) == ("Harga beras", "Sari Dewi", "Harga naik.\n")


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.csv", "https://x.test/a.html"])
def test_a_pdf_a_word_document_or_an_archive_is_read_as_such_whatever_it_is_called(name):
    for data, media_type in (
        (pdf(["Harga naik."]), "application/pdf"),
        (docx("Harga naik."), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ):
        (document,) = documents_of(data, name)
        assert document.article.text.startswith("Harga naik.")
        assert document.original.media_type == media_type
    (document,) = documents_of(zipped(**{"word/b.txt": "Harga naik."}), "a.zip")
    assert document.article.text == "Harga naik."
    with pytest.raises(ArticleError, match="Excel file"):
        documents_of(zipped(**{"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<b/>"}), "a.csv")


@pytest.mark.parametrize("suffix", sorted(BY_SUFFIX))
def test_an_empty_file_of_any_format_has_no_text(suffix):
    with pytest.raises(ArticleError, match="has no text"):
        documents_of(b"", f"a{suffix}")


RECEIVED = "Received: from mx.x.test (mx.x.test [192.0.2.1])\n\tby y.test; Fri, 1 Mar 2019 05:30:00 +0700\n" * 40


@pytest.mark.parametrize("before", ["", RECEIVED, "\ufeff"])
@pytest.mark.parametrize("name", ["", "1551398400.M20P21.x.test,S=45:2,S", "https://x.test/surel"])
def test_a_mail_is_known_without_a_name_that_tells_of_one(name, before):
    sent = before.encode() + mail("Harga naik.", f"<p>{BODY}</p>")
    for data in (sent, sent.replace(b"\n", b"\r\n")):
        (document,) = documents_of(data, name)
        assert (document.article.title, document.article.author) == ("Harga beras", "Sari Dewi")
        assert "MIME" not in document.article.text


@pytest.mark.parametrize(
    "text",
    [
        "From: Sari\nTo: Budi\nDate: 1 March 2019\nSubject: Rice\n\nPrices are up.",
        "From: Sari\nPrices are up.\nMIME-Version: 1.0 is a line of mails.\n\nMore.",
        "From: Sari\n\nMIME-Version: 1.0 is a line of mails.",
        "Message-ID: that is what a mail has.",
        "Received: nothing",
    ],
)
def test_a_text_that_looks_like_a_mail_or_tells_of_one_is_a_text(text):
    assert format_of("", text.encode()).media_type == "text/plain"


def test_a_mail_without_a_text_is_refused_and_one_without_a_head_is_read():
    with pytest.raises(ArticleError, match="no text in the mail"):
        parse(mail("", "", b"Rahasia."), "a.eml")
    assert one(b"\nHarga naik.\n", "a.eml").text == "Harga naik.\n"
    (document,) = documents_of(mail("Harga naik."), "a.eml")
    assert document.original.media_type == "message/rfc822"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("footer", ["_______\nMilis warga\nhttps://x.test/milis\n", "Milis\nwarga\n"])
@pytest.mark.parametrize(("kind", "told"), [("plain", "Harga  naik.\n"), ("html", "<p>Harga naik</p>")])
def test_what_a_mailing_list_puts_behind_base64_is_read_as_it_stands(kind, told, footer, end):
    packed = base64.b64encode(told.encode() * 20).decode()
    assert packed.endswith("=")
    wrapped = "\n".join(packed[at : at + 76] for at in range(0, len(packed), 76))
    head = f"Subject: x\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    text = one(f"{head}{wrapped}\n{footer}".replace("\n", end).encode(), "a.eml").text
    assert text.replace(".", "").split() == ["Harga", "naik"] * 20 + footer.replace(".", "").split()


def mailbox(*mails, end="\n"):
    """A mailbox (mbox) of mails."""
    begins = f"From sari at x.test  Fri Mar  1 05:30:00 2019{end}".encode()
    return b"".join(begins + own.replace(b"\n", end.encode()) + end.encode() for own in mails)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["kabar.mbox", "2019-March.txt", "INBOX", "https://x.test/kabar.mbox"])
def test_each_mail_of_a_mailbox_is_an_article_by_its_own_id(name, end):
    told = "From Jakarta at 10:00 he flew.\n>From there he wrote.\n\nFrom here on nothing.\n"
    first = mail(f"Rapat ditunda.\n\n>{told.replace('>From', '>>From')}", **{"Message-ID": "<1@x.test>"})
    second = mail("Hujan turun.", f"<p>{BODY}</p>", Subject="Cuaca", From="Budi <b@x.test>")
    picture = b"Subject: x\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
    thrown_away = b"X-Mozilla-Status: 0009\n" + mail("Rahasia.")
    documents = documents_of(mailbox(first, picture, thrown_away, second, end=end), name)
    assert [(own.article.source, own.article.title, own.article.author) for own in documents] == [
        (f"{name}#1@x.test", "Harga beras", "Sari Dewi"),
        (f"{name}#4", "Cuaca", "Budi"),
    ]
    assert documents[0].article.text.rstrip() == f"Rapat ditunda.\n\n{told}".rstrip()
    assert documents[1].article.text.rstrip() == BODY
    assert [own.original.media_type for own in documents] == ["message/rfc822"] * 2
    assert b"MIME-Version" in documents[1].original.content
    assert b"Rapat" not in documents[1].original.content


def test_a_mail_of_a_mailbox_that_cannot_be_read_does_not_stop_the_others():
    refused = []
    parts = b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 30_000
    found = parse(mailbox(mail("Harga naik."), parts, mail("Hujan turun.")), "a.mbox", refused=refused)
    assert [own.article.source for own in found] == ["a.mbox#1", "a.mbox#3"]
    assert [failure.source for failure in refused] == ["a.mbox#2"]
    with pytest.raises(ArticleError, match="no text in the mail"):
        parse(mailbox(mail("", "", b"Rahasia.")), "a.mbox")
    with pytest.raises(ArticleError, match="no mailbox"):
        parse(b"Harga naik.", "a.mbox")


@pytest.mark.parametrize(
    "data",
    [
        b"From: " + b"(" * 100_000 + b"\n\nHarga naik.",
        b"From: " + b'"a" <a@b>, ' * 100_000 + b"\n\nHarga naik.",
        b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nHarga naik.",
        b"Content-Type: text/plain; charset=" + b"x" * 100_000 + b"\n\nHarga naik.",
        b"Content-Type: text/plain; charset=idna\n\nHarga naik.",
        b"Content-Type: text/plain; " + b"a*0*=b; " * 100_000 + b"\n\nHarga naik.",
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 500,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500)),
        b"From: a\xff\x00b <\xff@>\nDate: 99999999999999\nSubject: =?x?b?\xff?=\n\nHarga naik.",
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=a\r\r" + b"--a\r\r" * 1_000_000,
        b"Date: Fri, 01 Mar 2019 05:30:00 +99999999999999999999\n\nHarga naik.",
        b"Content-Transfer-Encoding: base64\n\n" + b"=" * 1000,
        b"X: y\n" * 100_000 + b"\nHarga naik.",
        b"Content-Type: text/html\n\n<p>" + b"<? x ?>a" * 300_000 + b"Harga naik.",
    ],
)
def test_a_mail_that_was_made_to_hurt_is_read_or_refused_in_time(data):
    began = time.process_time()
    with suppress(ArticleError):
        assert "Harga naik." in one(data, "a.eml").text
    assert time.process_time() - began < 5


def test_an_archive_that_was_cut_off_behind_one_in_it_is_not_taken_for_that():
    inner, out = zipped(**{"dalam.txt": "Jauh di dalam."}), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.zip", inner)
        archive.writestr("b.txt", "Di luar." * 9)
    assert [own.article.text[:4] for own in parse(out.getvalue(), "koran.zip")] == ["Jauh", "Di l"]
    cut = out.getvalue()[: out.getvalue().index(b"Di luar.") + 20]
    with pytest.raises(ArticleError, match="cut off behind an archive that lies in it"):
        parse(cut, "koran.zip")
    (before,) = parse(b"#!/bin/sh\n" + inner, "koran.zip")  # what unpacks itself has something in front
    assert before.article.text == "Jauh di dalam."


def test_an_archive_gives_what_can_be_read_in_it():
    inner = zipped(**{"dalam.txt": "Jauh di dalam."})
    data = zipped(
        **{
            "a.txt": "Satu.",
            "b/c.md": "Dua.",
            "x.exe": "MZ",
            "README.md": "no",
            ".git/y.txt": "no",
            "d.zip": inner,
            "../../etc/passwd.txt": "Tiga.",
        }
    )
    found = {document.article.source: document.article.text for document in parse(data, "a.zip")}
    assert found == {
        "a.zip!/a.txt": "Satu.",
        "a.zip!/b/c.md": "Dua.",
        "a.zip!/d.zip!/dalam.txt": "Jauh di dalam.",
    }


def test_bombs_deep_nests_locked_and_broken_archives_are_refused():
    deep = zipped(**{"a.txt": "x"})
    for _ in range(3):
        deep = zipped(**{"a.zip": deep})
    with pytest.raises(ArticleError, match="archives in archives"):
        parse(deep, "a.zip")
    with pytest.raises(ArticleError, match="unpacked"):
        parse(zipped(**{"a.txt": b"\0" * 201_000_000}), "a.zip")
    with pytest.raises(ArticleError, match="unpacked"):
        parse(zipped(**{"word/document.xml": b" " * 201_000_000}), "a.docx")
    with pytest.raises(ArticleError, match="damaged"):
        parse(zipped(**{"a.txt": "x"})[:-9], "a.zip")
    locked = bytearray(zipped(**{"a.txt": "x"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArticleError, match="password"):
        parse(bytes(locked), "a.zip")


def test_a_locked_file_of_an_archive_does_not_lock_the_others():
    data = bytearray(zipped(**{"a.txt": "Satu.", "b.txt": "Dua."}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    refused = []
    (read,) = parse(bytes(data), "koran.zip", refused=refused)
    assert read.article.source == "koran.zip!/a.txt"
    assert [(own.source, own.key) for own in refused] == [("koran.zip!/b.txt", "locked")]


def test_texts_of_a_kind_that_is_not_read_are_told_in_an_archive_too_and_pictures_are_not():
    refused = []
    data = zipped(
        **{"a.txt": "Satu.", "b.DOC": b"\xd0\xcf\x11\xe0" + bytes(500), "c.rtf": "{\\rtf1 Tiga.}", "d.jpg": "x"}
    )
    (read,) = parse(data, "koran.zip", refused=refused)
    assert read.article.text == "Satu."
    assert [(own.source, own.key) for own in refused] == [
        ("koran.zip!/b.DOC", "unread"),
        ("koran.zip!/c.rtf", "unread"),
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Résumé – 新闻.txt".encode(), "Résumé – 新闻.txt"),
        ("Résumé.txt".encode("cp437"), "Résumé.txt"),
        (b"Harga.txt", "Harga.txt"),
    ],
)
def test_files_of_an_archive_keep_their_names_where_it_does_not_say_how_they_are_written(written, name):
    stand_in = "Q" * len(written)
    data = zipped(**{stand_in: "Satu."}).replace(stand_in.encode(), written)
    (read,) = parse(data, "koran.zip")
    assert read.article.source == f"koran.zip!/{name}"


def test_a_link_in_an_archive_is_not_followed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ArticleError, match="nothing to read"):
        parse(out.getvalue(), "a.zip")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_are_detected(encoding):
    text = "Perundingan gagal — “sanksi”, kata Trump. Café."
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a", b"%PDF-1.4", "application/pdf"),
        ("a.php?x=1", b"<!DOCTYPE html><p>", "text/html"),
        ("a", b"<?xml version='1.0'?><feed xmlns='x'>", "application/rss+xml"),
        ("a", b'{"text": "x"}', "application/x-ndjson"),
        ("a", b'[{"text": "x"}]', "application/x-ndjson"),
        ("", b'\xef\xbb\xbf [\r\n  {\r\n    "text" : "x"}]', "application/x-ndjson"),
        ("", b'{\n  "text": "x"\n}', "application/x-ndjson"),
        ("", b'[{"Halo" kata dia}]', "text/plain"),
        ("", b"[Antara] Harga naik.", "text/plain"),
        ("a", b"<?xml version='1.0'?><rdf:RDF>", "application/rss+xml"),
        ("a", b"<?xml version='1.0'?><!DOCTYPE html><html>", "text/html"),
        ("a", b"Halo", "text/plain"),
        ("A.MD", b"Halo", "text/markdown"),
        ("a.xml", b"<html><body>", "text/html"),
        ("a.txt", b"<!DOCTYPE html><html lang='id'><p>Harga naik.", "text/html"),
        ("a.txt", b"Di HTML tanda <html> membuka halaman.", "text/plain"),
        ("a.txt", b"<harga> naik menurut <body> itu.", "text/html"),
        ("a.txt", b"From: a@b\nMIME-Version: 1.0\n\nHarga naik.", "message/rfc822"),
        ("a.txt", b"From: a@b\n\nHarga naik.", "text/plain"),
        ("a.md", b"<html><body>", "text/markdown"),
        ("", b"Di HTML tanda <html> membuka halaman, <body> isinya.", "text/plain"),
        ("", b"Umpan RSS dibuka oleh <rss version='2.0'>.", "text/plain"),
        ("", b'{"text": "Tanda <html> membuka halaman."}', "application/x-ndjson"),
        ("", b"\xef\xbb\xbf\n<!-- dibuat 2019 -->\n<!DOCTYPE html>\n<html lang='id'>", "text/html"),
        ("", b"<!-- dibuat 2019 --><body class='x'><p>Halo</p>", "text/html"),
        ("", b"<title>Kabar</title><body><p>Halo</p>", "text/html"),
        ("", b"<?xml version='1.0'?>\n<!-- dibuat -->\n<rss version='2.0'>", "application/rss+xml"),
    ],
)
def test_the_name_tells_the_format_else_the_first_bytes(name, data, kind):
    assert format_of(name, data).media_type == kind


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(ArticleError, match="is no text"):
        parse(bytes(range(256)) * 8, "a.txt")


def test_rows_keep_their_originals():
    (document,) = parse(b'{"text": "Harga naik.", "extra": 1}\n', "a.jsonl")
    assert json.loads(document.original.content) == {"text": "Harga naik.", "extra": 1}


@pytest.mark.parametrize(
    "name", ["/data/C#/tabel.csv", "/data/what?/tabel.csv", "F# table.csv", "https://a.test/t.csv?x=1#y"]
)
def test_a_name_is_cut_like_an_address_only_where_it_is_one(name):
    assert format_of(name).suffixes[0] == ".csv"


def test_a_column_with_html_gives_its_text():
    # As WordPress exports it: paragraphs, entities, a comment of its editor.
    paragraphs = "<p>Harga beras naik <strong>5 persen</strong>,\\nkata Budi.</p><p>Lalu turun&nbsp;lagi.</p>"
    content = f"<!-- wp:paragraph -->\\n{paragraphs}"
    row = f'{{"title": "Beras &amp; jagung", "content": "{content}", "url": "https://x.test/1"}}'
    (document,) = parse(row.encode(), "posts.json")
    assert document.article.title == "Beras & jagung"
    assert document.article.text == "Harga beras naik 5 persen, kata Budi.\nLalu turun lagi."
    table = b'judul,isi\nA,"<p>Satu.</p>\n<p>Dua.</p>"\nB,"Tiga < empat, kata R&D.\nLima > dua."\n'
    texts = [document.article.text for document in parse(table, "a.csv")]
    assert texts == ["Satu.\nDua.", "Tiga < empat, kata R&D.\nLima > dua."]


def test_what_html_in_json_writes_out_of_html_is_read_once():
    said = "Tulis &lt;b&gt;tebal&lt;/b&gt; saja."
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"content_html": said}]}
    for written in (feed, {"content": {"rendered": said}}):
        assert one(json.dumps(written).encode(), "a.json").text == "Tulis <b>tebal</b> saja."


def test_cells_of_a_page_that_go_on_below_are_told_there_and_lists_in_cells_are_kept():
    lead = (
        "<p>Persija dan Arema bertanding di Jakarta pada hari Minggu, di hadapan puluhan ribu penonton yang riuh.</p>"
    )
    rows = (
        "<tr><th>Klub</th><th>Gol</th><th>Lolos ke</th></tr>"
        "<tr><td>Persija</td><td><ul><li>Simic 12'</li><li>Riko 50'</li></ul></td><td rowspan='2'>Piala AFC</td></tr>"
        "<tr><td>Arema</td><td>Dedik 7'</td></tr>"
    )
    page = f"<html><body><article><h1>Liga</h1>{lead}<table>{rows}</table>{lead}</article></body></html>"
    (document,) = parse(page.encode(), "liga.html")
    assert "| Persija | Simic 12', Riko 50' | Piala AFC |" in document.article.text
    assert "| Arema | Dedik 7' | Piala AFC |" in document.article.text


def test_spans_of_cells_of_a_page_that_are_not_meant_take_neither_long_nor_much():
    row = f"<tr>{3000 * '<td rowspan=99999 colspan=0>a</td>'}</tr>"
    began = time.process_time()
    assert len(markup_text(f"<table>{row}<tr><td colspan={5000 * '9'}>b</td><td>c</td></tr></table>")) < 100_000
    assert time.process_time() - began < 10
