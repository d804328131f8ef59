"""What of a span is quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Span
from qa.tidying import tidy

TIDIED = [
    ("Ulang tahun ke-60 kota itu.", "-60", "60"),
    ("Suhu turun ke -60 di sana.", "-60", "-60"),
    ("pada (28/2/2019) lalu", "(28/2/2019", "28/2/2019"),
    ("pada Kamis (28/2/2019) lalu", "Kamis (28/2/2019", "Kamis (28/2/2019)"),
    ("pada Kamis (28/2/2019) lalu", "28/2/2019)", "28/2/2019"),
    ('Ia berkata "saya pulang" lalu', '"saya pulang', "saya pulang"),
    ('Ia berkata "saya pulang" lalu', 'berkata "saya pulang', 'berkata "saya pulang"'),
    ('Ia berkata "saya pulang" lalu', 'saya pulang"', "saya pulang"),
    ("selama dua hari di sana", "dua", "dua hari"),
    ("naik 3,5 persen tahun ini", "3,5", "3,5 persen"),
    ("for two days there", "two", "two days"),
    ("di Hanoi, Vietnam.", "Hanoi, Vietnam.", "Hanoi, Vietnam"),
    ("oleh Inc. U.S. saja", "Inc. U.S.", "Inc. U.S."),
    ("kata , dia", ", dia", "dia"),
    ("di Hanoi untuk bertemu", "oi untuk", "Hanoi untuk"),
    ("oleh Presiden Trump", "Presiden Tru", "Presiden Trump"),
    ("seharga Rp15.000 saja", "000", "Rp15.000"),
    ("tumbuh 4,7 persen lagi", "7", "4,7 persen"),
    ("ada 1.250 orang di sana", "250", "1.250 orang"),
    ("pada 18/2/2018 itu", "2/2018", "18/2/2018"),
    ("worth $3.5 million now", "5 million", "$3.5 million"),
    ("berat bersih 5.999,25 kg.", "bersih 5", "bersih 5.999,25 kg"),
    ("sejak 2015-2019 lalu", "2015", "2015"),
    ("lahir 2015. Lalu", "2015", "2015"),
    ("pada Senin (27/3) lalu", "(27/3)", "27/3"),
    ("kata “saya pulang” itu", "“saya pulang”", "saya pulang"),
    ("(a) dan (b) itu", "(a) dan (b)", "(a) dan (b)"),
    ("👨\u200d👩\u200d👧 Bandung", "👩\u200d👧 Bandung", "👨\u200d👩\u200d👧 Bandung"),
    ("di cafe\u0301 itu", "cafe", "cafe\u0301"),
    ("oleh Jose\u0301 Mun\u0303oz saja", "oz", "Mun\u0303oz"),
    ("oleh Nguye\u0302\u0303n saja", "n saja", "Nguye\u0302\u0303n saja"),
    ("were school\u00adchildren then", "children then", "school\u00adchildren then"),
    ("were school\u00adchildren then", "were school", "were school\u00adchildren"),
    ("❤\ufe0fBandung", "Bandung", "Bandung"),
    ("| 2022 | Rp2.626,4 triliun | Rp3 triliun |", "Rp2.626,4 triliun |", "Rp2.626,4 triliun"),
    ("| 2022 | Rp2.626,4 triliun | Rp3 triliun |", "| 2022", "2022"),
    ("- 2 lembar daun kunyit", "- 2 lembar", "2 lembar"),
    ("I couldn’t believe it — my mother cried", "— my mother", "my mother"),
    ("JAKARTA – Harga naik", "JAKARTA –", "JAKARTA"),
    ("peringkat AA- dan tarif RM 198–RM 898.", "AA-", "AA-"),
    ("peringkat AA- dan tarif RM 198–RM 898.", "–RM 898", "RM 898"),
    ("peringkat AA- dan tarif RM 198–RM 898.", "RM 198–RM", "RM 198–RM 898"),
    ("anggaran Rp 2,75 miliar per tahun", "Rp", "Rp 2,75 miliar"),
    ("anggaran Rp 2,75 miliar per tahun", "2,75", "Rp 2,75 miliar"),
    ("menjadi Rp. 12.300 per kilogram", "Rp.", "Rp. 12.300"),
    ("menjadi Rp. 12.300 per kilogram", "12.300 per kilogram", "Rp. 12.300 per kilogram"),
    ("(sekitar US$ 340 juta)", "$ 340", "US$ 340 juta"),
    ("(sekitar US$ 340 juta)", "US", "US$ 340 juta"),
    ("won the €10,000 prize", "the €", "the €10,000"),
    ("dalam Rp saja", "Rp", "Rp"),
    ("Surel: redaksi@kabar.example, telepon 021", "kabar.example, telepon", "redaksi@kabar.example, telepon"),
    ("KELUHAN KE CS@KCN.EXAMPLE ATAU", "KCN", "CS@KCN.EXAMPLE"),
    ("Lihat https://www.kabar.example/a?id=77.", "www.kabar", "https://www.kabar.example/a?id=77"),
    ("Akun @info_benar dan #KapalRakyat itu", "info", "@info_benar"),
    ("menurut detik.com kemarin", "detik", "detik.com"),
    ("Ia pergi.Dia pulang", "pergi", "pergi"),
    ("call +1 (510) 555-0199 now", "(510) 555-0199", "+1 (510) 555-0199"),
    ("suhu 33 °C dengan 65 persen", "C dengan", "33 °C dengan"),
    ("up to 14.4 × 10^3 particles", "14.4", "14.4 × 10^3"),
    ("up to 14.4 × 10^3 particles", "10^3 particles", "14.4 × 10^3 particles"),
    ("that 1.1 × 10⁹ particles", "10⁹ particles", "1.1 × 10⁹ particles"),
    ("used 10 × 10 cm", "10 cm", "10 cm"),
    ("AT&T and S&P 500 rose", "T and S", "AT&T and S&P"),
    ("dekat Pasal 2 UU No. 11 Tahun 2008 itu", "No. 11", "No. 11"),
    ("selama 11 tahun itu", "11", "11 tahun"),
    ("didirikan pada 753 SM.", "753", "753 SM"),
    ("It is 154,000 per litre.[3]", "154,000 per litre.[3]", "154,000 per litre"),
    ("lowest since 1979.¹²", "1979.¹²", "1979"),
    ("than 25 µm or 62 km² in all", "25", "25 µm"),
    ("than 25 µm or 62 km² in all", "62", "62 km²"),
    ("A: In the autumn of 2027.", "A: In the autumn", "In the autumn"),
    ("kami bilang, 'Jangan impor saat panen!' tapi sia-sia", "Jangan impor saat panen!'", "Jangan impor saat panen"),
    ("kami bilang, 'Jangan impor saat panen!' tapi sia-sia", "impor saat panen!'", "impor saat panen"),
    ("kami bilang, 'Jangan impor saat panen!' tapi sia-sia", "'Jangan impor", "Jangan impor"),
    ("kami bilang, 'Jangan impor!' tapi sia-sia", "Jangan impor!' tapi sia-sia", "'Jangan impor!' tapi sia-sia"),
    ("I told them, ‘We won’t go!’ and left", "‘We won’t go!’", "We won’t go"),
    ("I told them, ‘We won’t go!’ and left", "told them, ‘We won’t go!’", "told them, ‘We won’t go!’"),
    ("in '98 and '99", "'98", "'98"),
    ("the talks’ end was the ‘worst’ of all", "talks’ end", "talks’ end"),
    ("| 2020 | Rp1.647,8 triliun | Rp3 triliun |", "triliun |", "Rp1.647,8 triliun"),
    ("naik 3,5 persen tahun ini", "persen", "3,5 persen"),
    ("lebih dari jutaan orang", "jutaan", "jutaan"),
    ("Stefanus Roy Rening, S.H., M.H., memprotes", "Stefanus Roy Rening, S.H., M.H", "Stefanus Roy Rening, S.H., M.H."),
    ("kata H.M. Nur Rahman kepada", "M. Nur Rahman", "H.M. Nur Rahman"),
    ("oleh Siti, Sp.A., Ph.D. saja", "A., Ph.D", "Sp.A., Ph.D."),
    ("at 1:21 p.m. local time", "1:21 p.m", "1:21 p.m."),
    ("Harganya Rp12.300.", "Rp12.300.", "Rp12.300"),
    ("Lihat situs detik.com.", "detik.com.", "detik.com"),
    ("Tidak... mungkin", "Tidak...", "Tidak..."),
    ("has written days ago", "written", "written"),
    ("sudah bersatu tahun itu", "bersatu", "bersatu"),
    ("selama duabelas hari penuh", "duabelas", "duabelas hari"),
    ("a rise of .5 percent now", "5", ".5 percent"),
    ("oleh Ma'ruf Amin", "ruf Amin", "Ma'ruf Amin"),
    ("pada Jum’at itu", "Jum", "Jum’at"),
    ("because Kim's sister came", "Kim", "Kim"),
    ("the talks' end", "talks", "talks"),
    ("a 24-seat restaurant", "24-", "24"),
    ("his brother's company", "brother'", "brother"),
    ("from JPMorgan Chase & Co., plus shares", "JPMorgan Chase & Co", "JPMorgan Chase & Co."),
    ("adalah Dimas Anggara P., nelayan asli", "Dimas Anggara P.", "Dimas Anggara P."),
    ("dari PT Bank Mandiri Tbk. dan Bank DBS", "PT Bank Mandiri Tbk", "PT Bank Mandiri Tbk."),
    ("from Dundee Utd. in January", "Dundee Utd", "Dundee Utd."),
    ("kata, 'Tidak, ini bayi saya.' tapi ia ragu", "ini bayi saya", "ini bayi saya"),
    ('"Ini baru. Itu lama," kata dia', "Ini baru", "Ini baru"),
    ("jurnalis di KompasTV. sebelumnya ia guru", "KompasTV", "KompasTV"),
    ("LONDON, June 18 - it said", "June", "June 18"),
    ("pada Selasa, 7 Februari 2025 nanti", "Selasa, 7", "Selasa, 7 Februari 2025"),
    ("pada Selasa, 7 Februari 2025 nanti", "Februari 2025", "7 Februari 2025"),
    ("pada 7 Februari nanti", "Februari", "7 Februari"),
    ("ada 7 Februarianto di sana", "7", "7"),
    ("opened in June 2018 there", "June", "June"),
    ("dalam 12 juni dan 1.200 Mei lalu", "Mei", "Mei"),
    ("menyatakan pikir-pikir atas putusan", "pikir", "pikir-pikir"),
    ("membawa bukti-buktinya ke MK", "buktinya", "bukti-buktinya"),
    ("skor 2-2 saat itu", "2", "2"),
    ("pada triwulan IV/2024, kata dia", "/2024", "IV/2024"),
    ("pada triwulan IV/2024, kata dia", "triwulan IV", "triwulan IV/2024"),
    ("seharga Rp 9.000/kg kemarin", "Rp 9.000/", "Rp 9.000"),
    ("dan/atau denda", "/atau denda", "atau denda"),
    ("kata dia, 'Tidak, ini bayi saya.' Tapi ia mau", "bayi saya.' Tapi ia mau", "'Tidak, ini bayi saya.' Tapi ia mau"),
    ("call +65 6555 0134 now", "65 6555 0134", "+65 6555 0134"),
    ("reaches down to −10°C in winter", "10", "−10°C"),
    ("| Bakery | -1.8% | 8.9% |", "1.8", "-1.8%"),
    ("pada 10 -12 Mei", "12 Mei", "12 Mei"),
    ("-5 butir telur", "5 butir", "5 butir"),
    ("suhu 33°C dan lembap", "C dan lembap", "33°C dan lembap"),
    ("suhu 18-21 °C di sana", "18-21", "18-21 °C"),
    ("found 1,100 m below", "m", "1,100 m"),
    ("Sutrisno Hadi-\nkusumo, ketua", "Sutrisno Hadi", "Sutrisno Hadi-\nkusumo"),
    ("peta-\nni di tiga kecamatan", "ni di tiga", "peta-\nni di tiga"),
    ("di RSUP, Selasa (6/2) pukul 03.15", "(6/2) pukul 03.15", "Selasa (6/2) pukul 03.15"),
    ("oleh Kim Jong Un (35), pemimpin", "35), pemimpin", "Kim Jong Un (35), pemimpin"),
    ("yakni DS (45) dan RM (38), akan", "45) dan RM (38", "DS (45) dan RM (38)"),
    ("oleh firefighter Sgt. Alice Munro itu", "firefighter Sgt", "firefighter Sgt. Alice Munro"),
    ("kepada Ir. H. Bambang Suwarto, M.T.", "Ir. H", "Ir. H. Bambang Suwarto"),
    ("- 1 1/2 liter air", "1/2 liter", "1 1/2 liter"),
    ("- 1 1/2 liter air", "- 1", "1 1/2 liter"),
    ("- 2 ½ kg gula", "½", "2 ½ kg"),
    ("Selasa 12 12/1 lalu", "12/1", "12/1"),
    ("dihukum 7 tahun 6 bulan penjara", "7 tahun", "7 tahun 6 bulan"),
    ("dihukum 7 tahun 6 bulan penjara", "7", "7 tahun 6 bulan"),
    ("dihukum 7 tahun 6 bulan penjara", "6 bulan penjara", "7 tahun 6 bulan penjara"),
    ("Waktu memasak: 2 jam 15 menit", "memasak: 2 jam", "memasak: 2 jam 15 menit"),
    ("two dogs, 5 days old", "5 days", "5 days"),
    ("suhu 25–31 °C, lembap 70–90%", "suhu 25", "suhu 25–31 °C"),
    ("suhu 25–31 °C, lembap 70–90%", "90%", "70–90%"),
    ("di Kai 1,25–2,5 m (sedang)", "2,5 m (sedang)", "1,25–2,5 m (sedang)"),
    ("pukul 15.00–17.00 WIB", "15.00", "15.00"),
    ("menang 2-1 dan 1990-2000", "2000", "2000"),
    ("closed on Aug. 15 and cut", "15 and cut", "Aug. 15 and cut"),
    ("closed on June 15 and cut", "15", "June 15"),
    ("in June 15 people died", "15 people", "15 people"),
    ("the No. 42 bus", "the No", "the No. 42"),
    ("He said No. Then", "No", "No"),
]


@pytest.mark.parametrize(("text", "given_span", "wanted"), TIDIED)
def test_a_span_is_made_fit_to_quote(text, given_span, wanted):
    start = text.index(given_span)
    assert tidy(text, Span(start, start + len(given_span)), Span(0, len(text))).cut(text) == wanted


@given(st.text(alphabet="aA1 .,-/|$'‘’\"“”()[]«»\u0301\u200d\u00ad\n", max_size=40), st.data())
def test_tidying_stays_in_the_sentence_and_never_ends_in_space(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    sentence = Span(data.draw(st.integers(0, start)), data.draw(st.integers(end, len(text))))
    span = tidy(text, Span(start, end), sentence)
    if span is not None:
        assert sentence.contains(span)
        assert span.cut(text) == span.cut(text).strip()
        assert span.cut(text)


def test_a_mark_that_its_sentence_cuts_off_from_its_number_is_nothing_to_quote():
    assert tidy("naik .5 persen", Span(5, 6), Span(0, 6)) is None


def test_small_words_by_themselves_are_no_quote():
    assert tidy("He arrived in the morning.", Span(11, 17), Span(0, 26)) is None
    assert tidy("Di dalam rumah.", Span(0, 8), Span(0, 15)) is None
    assert tidy("The WHO gave it an A.", Span(19, 20), Span(0, 21)) == Span(19, 20)
    assert tidy("Dia dan AS hadir.", Span(8, 10), Span(0, 17)) == Span(8, 10)
