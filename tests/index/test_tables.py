"""Rows of tables are put into words, and each character of them is known by its place."""

import time

import numpy as np
import pytest
from doubles import WordEncoder
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Document, Span
from index.formats import parse
from index.indexing import index_documents, known_sentences
from index.splitter import split_sentences
from index.tables import as_told, cells_in_words, column_of, in_words, tables_in

WORDS = ["Ashby", "Marsh End", "1,250", "Luka", "3.9 m", "", "–", "St. Mary's", "x \\| y"]
ROWS = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.sampled_from(WORDS), min_size=width, max_size=width), min_size=2, max_size=6)
)
TABLE = "| Kota | Luka | Hilang |\n|---|---|---|\n| Ashby | 4 | 1 |\n| Upton | 11 | 0 |"


def put(text):
    wording = in_words(text, Span(0, len(text)), tables_in(text))
    return None if wording is None else wording.text.strip().splitlines()


def bars(rows, outer=True):
    return "\n".join(f"| {' | '.join(row)} |" if outer else " | ".join(row) for row in rows)


@given(ROWS, st.booleans(), st.booleans(), st.integers(0, 30), st.integers(0, 200))
def test_every_character_of_a_wording_is_the_one_at_its_place_and_no_cell_is_lost(rows, outer, ruled, start, length):
    head, *body = bars(rows, outer).split("\n")
    text = "Banjir besar.\n" + "\n".join([head, *(["|---|---|"] if ruled else []), *body]) + "\nHujan reda."
    stretch = Span(min(start, len(text)), min(start + length, len(text)))
    tables = tables_in(text)
    wording = in_words(text, stretch, tables)
    if wording is None:
        assert not len(stretch) or not any(table.span.overlaps(stretch) for table in tables)
        return
    there = wording.places >= 0
    assert "".join(np.array(list(wording.text), dtype=object)[there]) == "".join(
        text[stretch.start + place] for place in wording.places[there]
    )
    if length == 200:
        words = [cell.cut(text) for table in tables for row in table.rows for cell in row.cells]
        assert all(word in wording.text for word in words)
    for cell, own in cells_in_words(text, stretch, tables).items():
        assert stretch.contains(cell)
        assert own is None or cell.cut(text) in own.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TABLE, ["Kota Ashby, Luka: 4. Kota Ashby, Hilang: 1.", "Kota Upton, Luka: 11. Kota Upton, Hilang: 0."]),
        ("Kota | Luka\nAshby | 4\nUpton | 1", ["Kota Ashby, Luka: 4.", "Kota Upton, Luka: 1."]),
        ("| Ibu kota | Jakarta |\n| Presiden | Joko |", ["Ibu kota: Jakarta.", "Presiden: Joko."]),
        # A line that counts the rows names none of them, years do.
        ("| No | Nama | Suara |\n|-|-|-|\n| 1 | Ari | 9 |\n| 2 | Budi | 8 |",
         ["Nama Ari, Suara: 9. Nama Ari, No: 1.", "Nama Budi, Suara: 8. Nama Budi, No: 2."]),
        ("| Tahun | Ketua |\n|-|-|\n| 2018 | Ari |\n| 2019 | Budi |",
         ["Tahun 2018, Ketua: Ari.", "Tahun 2019, Ketua: Budi."]),
        # Cells that go on below, as pages and Word documents give them.
        ("| Provinsi | Kota | Luka |\n|-|-|-|\n| Jabar | Bogor | 12 |\n|  | Depok | 13 |",
         ["Provinsi Jabar, Kota Bogor, Luka: 12.", "Provinsi Jabar, Kota Depok, Luka: 13."]),
        # A head of two lines, and one below a caption.
        ("| Kota | Korban |  |\n|-|-|-|\n|  | Luka | Tewas |\n| Ashby | 12 | 1 |\n| Upton | 3 | 0 |",
         ["Kota Ashby, Korban Luka: 12. Kota Ashby, Korban Tewas: 1.",
          "Kota Upton, Korban Luka: 3. Kota Upton, Korban Tewas: 0."]),
        ("| Korban per kota |  |\n|-|-|\n| Kota | Luka |\n|-|-|\n| Ashby | 12 |\n| Upton | 3 |",
         ["Kota Ashby, Luka: 12.", "Kota Upton, Luka: 3."]),
        # Word documents have no bars around their rows, and some have an empty corner.
        (" | 2022 | 2023\nJabar | 4 | 5\n | 6 | 7",
         ["Jabar, 2022: 4. Jabar, 2023: 5.", "2022: 6. 2023: 7."]),  # a total, perhaps, and not Jabar's
        # Years as the second line of a head.
        ("| Kota | Luka |  |\n|-|-|-|\n|  | 2022 | 2023 |\n| Ashby | 12 | 1 |",
         ["Kota Ashby, Luka 2022: 12. Kota Ashby, Luka 2023: 1."]),
        # Below what counts the rows a total has no number, nor have some that share one.
        (("| No | Negara | Emas |\n|-|-|-|\n| 1 | Laos | 8 |\n|  | Siam | 8 |\n| 3 | Oman | 1 |\n"
         "| 4 | Iran | 0 |\n| Total (4) |  | 17 |"),
         ["Negara Laos, Emas: 8. Negara Laos, No: 1.", "Negara Siam, Emas: 8.",
          "Negara Oman, Emas: 1. Negara Oman, No: 3.", "Negara Iran, Emas: 0. Negara Iran, No: 4.",
          "Negara Total (4), Emas: 17."]),
        # A row with nothing but a name stands above others.
        (("| Calon | Suara | % |\n|-|-|-|\n| Putaran I |  |  |\n| Ari | 9 | 45 |\n"
         "| Putaran II |  |  |\n| Ari | 8 | 52 |"),
         ["Calon Putaran I.", "Putaran I, Calon Ari, Suara: 9. Putaran I, Calon Ari, %: 45.",
          "Calon Putaran II.", "Putaran II, Calon Ari, Suara: 8. Putaran II, Calon Ari, %: 52."]),
        # It takes two columns to tell these rows apart, and the second one has only times.
        ("| Hari | Jam | Kereta |\n|-|-|-|\n| Senin | 8.00 | Argo |\n| Senin | 9.00 | Bima |",
         ["Hari Senin, Kereta Argo, Jam: 8.00.", "Hari Senin, Kereta Bima, Jam: 9.00."]),
        # Lines with bars that are no table.
        ("JAKARTA | KOMPAS\n\nHujan turun.", None),
        ("Beranda | Berita | Olahraga\nMasuk | Langganan", None),
        ("| Hanya satu kolom. |\n| Dua. |", None),
    ],
)  # fmt: skip
def test_a_row_says_what_its_cells_are(text, told):
    assert put(text) == told


def test_an_encoder_reads_a_row_with_the_names_of_its_columns_and_all_else_as_it_stands():
    text = f"Banjir besar.\n{TABLE}\nHujan reda."
    told = as_told(text, split_sentences(text))
    assert (told[0], told[-1]) == ("Banjir besar.", "Hujan reda.")
    assert told[3:-1] == ["Kota Ashby: Luka 4, Hilang 1", "Kota Upton: Luka 11, Hilang 0"]


def test_a_cell_says_by_itself_what_it_counts_and_one_that_names_its_row_says_nothing():
    cells = {cell.cut(TABLE): own for cell, own in cells_in_words(TABLE, Span(0, len(TABLE)), tables_in(TABLE)).items()}
    assert cells["Ashby"] is None
    assert cells["11"].text == "Kota Upton, Luka: 11."


def test_the_column_of_a_quote_is_told():
    at = TABLE.index("11")
    assert column_of(TABLE, Span(at, at + 2)) == "Luka"
    assert column_of("Hujan turun.", Span(0, 5)) == ""


def test_a_heading_cell_beside_others_names_its_row_and_no_column():
    cells = "<tr><th>Didirikan</th><td>1987</td></tr><tr><th>Pendiri</th><td>Anton</td></tr>"
    lead = "<p>PT Laut Jernih menjadi sorotan setelah memenangi tender pengerukan pelabuhan di Surabaya.</p>"
    page = f"<html><body><article><h1>Profil</h1>{lead}<table>{cells}</table>{lead}</article></body></html>"
    (document,) = parse(page.encode(), "profil.html")
    assert {"Didirikan: 1987.", "Pendiri: Anton."} <= set(put(document.article.text))


class Telling:
    """Keeps the texts that it is to encode."""

    fingerprint = "telling"

    def __init__(self, encoder):
        self.encoder, self.told = encoder, []

    def encode_documents(self, texts, progress=None):
        self.told += texts
        return self.encoder.encode_documents(texts, progress)


def test_rows_are_encoded_in_words_and_not_taken_from_older_versions():
    document, encoder = Document(Article.from_text(f"Hujan reda.\n{TABLE}")), Telling(WordEncoder())
    (indexed,) = index_documents(encoder, [document])
    assert "Kota Upton: Luka 11, Hilang 0" in encoder.told
    known = known_sentences([indexed])
    assert "Hujan reda." in known
    assert not any("Upton" in text for text in known)


def test_large_tables_are_read_in_time():
    text = "\n".join(f"| Kota {at} | {at} | {at % 7} |" for at in range(20_000))
    began = time.process_time()
    assert len(as_told(text, split_sentences(text))) == 20_000
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "text",
    [
        2 * f"|{200_000 * '-'}x\n",
        2 * f"|{100_000 * ' -'}x\n",
        2 * f"{100_000 * 'a|'}\n",
        2 * f"{100_000 * '|'}\n",
        f"| Kota | {200_000 * 'a'} |\n|---|---|\n" + "".join(f"| Kota {at} | {at} |\n" for at in range(5_000)),
        10_000 * "a|b\nc|d\n\n",
    ],
    ids=["rule", "spaced rule", "wide", "empty", "long name", "many"],
)
def test_what_only_looks_like_a_table_takes_neither_long_nor_much(text):
    began = time.process_time()
    sentences = split_sentences(text)
    told = as_told(text, sentences)
    assert sum(map(len, told)) < 4 * len(text)
    assert all(told)
    middle = sentences[len(sentences) // 2]
    for _ in range(50):  # passages of one article
        in_words(text, middle, tables_in(text))
        cells_in_words(text, middle, tables_in(text))
    assert time.process_time() - began < 20


def test_rows_that_begin_with_small_letters_are_sentences_of_their_own():
    text = "Komoditas | Harga\nberas medium | Rp13.200\ncabai rawit | Rp85.000"
    assert [span.cut(text) for span in split_sentences(text)] == text.split("\n")


def test_a_stop_at_the_end_of_a_cell_does_not_part_its_row():
    text = "No. | Nama | Suara\n1. | Hamzah Jr. | 9\n2. | Budi S. | Menang. Dilantik besok. | 8"
    told = [span.cut(text) for span in split_sentences(text)]
    assert told == [*text.split("\n")[:2], "2. | Budi S. | Menang.", "Dilantik besok. | 8"]
