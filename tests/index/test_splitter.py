import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.splitter import LONGEST, split_sentences

WHOLE = [
    "Ia tinggal di Jl. Melati No. 5 Bandung.",
    "Rektor Prof. Dr. Budi Santoso, S.H., M.Hum. hadir di sana.",
    "George W. Bush dan B.J. Habibie bertemu J. K. Rowling.",
    "Harganya Rp 1.500.000,00 atau naik 3.5 persen pada 27.2.2019 pukul 14.00 WIB.",
    '"Kadang Anda harus merelakan. Ini salah satu," ujar Trump.',
    "“Kami tidak tahu. Sungguh,” kata dia kepada wartawan.",
    '"Apa?" tanya dia.',
    "The U.S. government met at 5 p.m. on Monday, e.g. in the north.",
    "Dr. Smith vs. Mr. Jones, Inc. was heard.",
    "Situs detik.com dan www.example.org/a.b?c=d menulis itu.",
    "Tidak... mungkin besok.",
    "Yahoo! is a company.",
    "kalimat tanpa titik",
    "Ia tinggal di RT. 05 RW. 03, lihat hal. 5 dan No. 7.",
    "Bank Rakyat Indonesia Tbk. (BBRI) naik, kata Kol. Budi dan Smith et al. kemarin.",
    "Rapat pukul 19.00 WIB. di Bandung.",
    "Mobil No. Pol. B 1234 CD itu dan No. Telp. 021-555.",
    "Keputusan Presiden No. KEP-12 Tahun 2019 dan surat no. B/12/2019.",
    "Vol. III, hlm. iv, hal. xii, Fig. A, tempat/tgl. lahir, ranked No. Two.",
    "Direktur Utama PT Astra International Tbk. Prijono Sugiarto mengatakan itu.",
    "Harganya naik menjadi Rp. 12.300 per kilogram dan rugi Rp. 4 triliun.",
    "Penangkapan itu dipimpin Irjen. Pol. Karyoto, Letkol. Inf. Moh. Ali, dan Pdt. Gomar.",
    "Rumah Alm. Bpk. Muh. Yusuf di Gg. Melati, Jl. Sudirman Kav. 52, Prov. Papua.",
    "The Court overturned Roe v. Wade near Mt. Rainier.",
    "Tambahkan 2 sdm. gula dan 1 sdt. garam.",
    "Det. Insp. Karen Lowe dan Supt. Ian Hall berbicara.",
    "Budi, Siti dkk. hadir di sana.",
    "Kontrak itu diteken Maju Sdn. Bhd. dan Temasek Holdings Pte. Ltd. pada Senin.",
    "Ia dijerat Pasal 2 ayat (1) jo. Pasal 18 UU Tipikor, sidang pkl. 19.30 WIB.",
    "Letjen TNI (Purn.) H. Budi Susilo dan Prof. (Em.) Sri hadir di Kp. Melayu.",
    "The road to San Isidro (pop. 2,300) and a film (dir. Anna Smith) were cut.",
    "Harga (menurut siapa? Menurut kami) naik.",
    "Ketua koperasi, Sutrisno Hadi-\nkusumo, dan Lady Ashcombe-\nPrice hadir.",
    "SAN JOSE, Calif. – The fire began at 8:14 a.m. – a day late.",
    "Tempat: Gd. Rektorat, maks. 40 peserta, ext. 12, a 14.2-in. OLED screen near St. Louis.",
    "I thank the Rt. Hon. Fiona Carswell.",
    "Bus mileage has fallen by 38 per cent. since 2010.",
    "The plan of Calif. Gov. Newsom and Tampa, Fla. Mayor Jane Castor failed.",
    "Gelombang di Perairan Kep. Kai tinggi, kata Tgk. Muhammad di Gn. Salak.",
    "Pada 2019 M. Nasir dan H. Agus Salim bertemu T. Rizal.",
    "Satu",
]


@pytest.mark.parametrize("text", WHOLE)
def test_one_sentence_stays_whole(text):
    assert [span.cut(text) for span in split_sentences(text)] == [text]


PARTS = [
    ["Ia datang.", "Dia pergi."],
    ["Benarkah?", "Ya!", "Mungkin…", "Entah."],
    ["Mereka menjual beras, gula, dll.", "Mereka untung."],
    ["He came at 5 p.m.", "The talks failed."],
    ["Terjadi pada 2019.", "Dia lahir 1950."],
    ['"Luar biasa banyak, dan begitu banyak cinta!"', "Trump menulisnya."],
    ['"Kami datang.', 'Kami pulang."', "Begitu katanya."],
    ["Ia membeli ponsel.", "iPhone itu mahal."],
    ["(Ini catatan.)", "Lalu selesai."],
    ["(Ini catatan.", "Ini juga.)", "Lalu selesai."],
    ["Ia pulang (dari Hanoi.", "Istrinya tinggal (di Jakarta)."],
    ["Rapat dimulai pukul 19.00 WIB.", "Presiden Jokowi hadir."],
    ["Ada beberapa hal.", "Pertama, harga naik."],
    ["Ia perwira TNI AL.", "Ayahnya guru."],
    ["Kata Ketua RT.", "Yayat Hidayat menuntut kejelasan."],
    ["He said no.", "Then he left."],
    ["Ia menjual kol.", "Harganya 10 sen.", "Murah."],
    ["The fire began at 1523 PDT.", "The next day it was out."],
    ["Itu kata Ir. Budi, MT.", "Ia pergi."],
    ["Itu temuan BPK.", "Uang senilai Rp 555 juta hilang."],
    ["Harga dalam Rp.", "Semua naik."],
    ["Tambahkan 1 sdt.", "Aduk rata."],
    ["Suhu di Bandung 19-28°C.", "Hujan turun.", "Di Bogor 30 °C.", "Angin kencang."],
    ["Nomornya banyak, ia sebut satu nomor.", "Pertama itu."],
    ["It fell to 154,000 per litre.[3]", "CO2 rose.[4][a]", 'He said: "It ends."[5]', "So since 1979.¹²", "Ice."],
    ["A: No.", "Not by a penny."],
    ["It stands on Main St.", "They left.", "Come in.", "Budi waits."],
    ["It rose by 38 per cent.", "Since then it fell."],
    ["Kota itu jatuh pada 400 M.", "Roma menang.", "Itu terjadi abad ke-7 M.", "Kerajaan lain lahir."],
    ["Ia wafat pada 1445 H/2023 M.", "Kerugian Rp 1,5 M.", "Polisi menahan Budi.", "Utangnya Rp2 T.", "Menteri pergi."],
    ['"No. I will not," he said.', "No. 1 seed Nadal won."],
]


@pytest.mark.parametrize("parts", PARTS)
def test_sentences_are_parted_where_one_ends(parts):
    text = " ".join(parts)
    assert [span.cut(text) for span in split_sentences(text)] == parts


def test_headings_list_items_and_blank_lines_part_sentences():
    text = "# Judul\nIsi pertama\n\n1. Pertama\n2. Kedua\n- butir"
    assert [span.cut(text) for span in split_sentences(text)] == [
        "# Judul",
        "Isi pertama",
        "1. Pertama",
        "2. Kedua",
        "- butir",
    ]


def test_a_line_broken_at_a_fixed_width_goes_on():
    text = "Presiden berjabat tangan dengan pemimpin negara\nyang lain di Hanoi. Lalu pulang."
    assert [span.cut(text) for span in split_sentences(text)] == [
        "Presiden berjabat tangan dengan pemimpin negara\nyang lain di Hanoi.",
        "Lalu pulang.",
    ]


def test_a_line_that_ends_with_a_title_goes_on():
    text = "Direktur Dana Lingkungan, Prof.\nDr. Ir. Bambang Wiryono, datang.\nA: No.\nQ: Why?"
    assert [span.cut(text) for span in split_sentences(text)] == [
        "Direktur Dana Lingkungan, Prof.\nDr. Ir. Bambang Wiryono, datang.",
        "A: No.",
        "Q: Why?",
    ]


def test_items_with_letters_begin_a_sentence_each():
    parts = ["a. Jl. M.H. Thamrin", "b. Jl. Jend. Sudirman", "(ii) semua jembatan", "iii) semua bandara"]
    text = "\n".join(parts)
    assert [span.cut(text) for span in split_sentences(text)] == parts


def test_an_open_quotation_mark_does_not_swallow_the_next_paragraph():
    text = 'Dia berkata: "Ya. Tentu. Baik.\nParagraf lain. Selesai.'
    assert [span.cut(text) for span in split_sentences(text)][-2:] == ["Paragraf lain.", "Selesai."]


def test_tokenised_text_parts_behind_the_spaced_quotation_mark():
    text = 'Ia berkata , " Saya pulang . " Lalu ia pergi .'
    assert [span.cut(text) for span in split_sentences(text)] == ['Ia berkata , " Saya pulang . "', "Lalu ia pergi ."]


@pytest.mark.parametrize("number", ["4,7 persen", "Rp15,000", "1,2,3"])
def test_a_sentence_that_is_too_long_is_not_cut_within_a_number(number):
    text = "kata " * (LONGEST // 5 - 6) + f"naik {number} lagi" + " kata" * 30
    assert [number in span.cut(text) for span in split_sentences(text)].count(True) == 1
    listed = "satu dua, " * (LONGEST // 10 - 3) + f"naik {number} lagi" + " kata" * 30
    assert split_sentences(listed)[0].cut(listed).endswith("satu dua,")


@settings(max_examples=300)
@given(st.text(alphabet=st.one_of(st.sampled_from(list("ab A.\"'“”().!?\n\t,;1\u00a0\u0301…")), st.characters())))
def test_every_character_lies_in_exactly_one_sentence_unless_it_is_space(text):
    spans = split_sentences(text)
    covered = [index for span in spans for index in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert {i for i, character in enumerate(text) if not character.isspace()} <= set(covered)
    for span in spans:
        assert len(span)
        assert span.cut(text) == span.cut(text).strip()
        assert len(span) <= LONGEST


ODD = ["a", ".", ". ", '"', '". ', 'kata "dua". ', "a\n", "“", "“a. ", "\u0301", "Dr. ", "x, ", "x 1. ", "x 12. "]


@pytest.mark.parametrize("piece", ODD)
def test_even_odd_texts_are_split_whole_and_in_linear_time(piece):
    text = piece * (200_000 // len(piece)) + "x"
    began = time.process_time()  # what others do on this machine meanwhile does not count
    spans = split_sentences(text)
    assert time.process_time() - began < 5
    assert "".join("".join(span.cut(text).split()) for span in spans) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Klasemen akhir: 1. Brasil 9 poin, 2. Peru 7 poin, 3. Chile. Laga berikutnya besok.",
            ["Klasemen akhir:", "1. Brasil 9 poin,", "2. Peru 7 poin,", "3. Chile.", "Laga berikutnya besok."],
        ),
        (  # as pages without their line ends have them
            "Hasil: 1. Rosberg 1 menit 32,431 detik 2. Hamilton 1 menit 32,602 detik 3. Vettel",
            ["Hasil:", "1. Rosberg 1 menit 32,431 detik", "2. Hamilton 1 menit 32,602 detik", "3. Vettel"],
        ),
        ("1. Beras 62.615 ton 2. Jagung", ["1. Beras 62.615 ton", "2. Jagung"]),
        (
            "Skornya 2:1. Brasil menang. Juara ke-2. Peru kalah.",
            ["Skornya 2:1.", "Brasil menang.", "Juara ke-2.", "Peru kalah."],
        ),
        ("Ia menjawab nomor 1, 2 dan 3. Lalu ia pergi.", ["Ia menjawab nomor 1, 2 dan 3.", "Lalu ia pergi."]),
        ('Ia berkata: "Pilih 1. Lalu pergi."', ['Ia berkata: "Pilih 1.', 'Lalu pergi."']),
    ],
)
def test_items_that_are_numbered_within_a_line_begin_a_sentence_each(text, sentences):
    assert [span.cut(text) for span in split_sentences(text)] == sentences
