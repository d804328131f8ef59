"""An Indonesian question with another question word: "Kapan?" after "Siapa yang menang?" is "Kapan Budi menang?"."""

from __future__ import annotations

import re

from qa.question_words import (
    CIRCUMSTANCES,
    LED,
    NICETIES,
    NUMBERED,
    PREPOSITIONS,
    UPPER,
    behind,
    circumstance,
    counted,
    named,
    short,
)

NAME = rf"{LED}[{UPPER}][\w'’-]*(?: (?:dan )?{LED}[{UPPER}0-9][\w'’-]*)*"
SUBJECT = rf"(?:{NAME}|(?i:dia|ia|mereka|beliau|kami|kita|saya))"
NO_VERB = (
    "menteri|mentor|mertua|mereka|menantu|menara|media|meja|medali|memori|menit|merek|merah|meter|mental|"
    "berita|beras|berat|berkas|direktur|dinas|dinding|diskon|divisi|dialog|direksi|dirut|dirjen|diri"
)
VERB = (
    rf"(?i:(?!(?:{NO_VERB})\b)"
    r"(?:me[lmnrwy]\w{3,}|di\w{4,}|ber\w{3,}|ter(?:jadi|pilih|tangkap|bakar|luka|tunda|libat|bunuh|bang)|"
    r"akan|telah|sudah|sedang|pernah|bisa|dapat|harus|ingin|mau|tidak|belum|hadir|tiba|naik|turun|tewas|menang|kalah|"
    r"pergi|datang|lahir|wafat|gagal|jatuh|pulang|masuk|keluar|ada|jadi|ikut|mulai|lulus|hilang|mundur|tinggal|kembali))"
    r"(?!\w)"
)
# Nouns that are told (their answer follows them), and not done or counted.
TOLD = (
    r"(?i:harga|umur|usia|jumlah|tinggi|luas|nilai|total|skor|biaya|gaji|jarak|besar|tarif|suhu|kecepatan|panjang|"
    r"berat|populasi|penduduk|pendapatan|utang|denda|kerugian)(?!\w)"
)
ABSTRACT = (
    r"(?i:alasan|penyebab|sebab|tujuan|hasil|isi|nama|judul|arti|makna|dampak|akibat|manfaat|fungsi|peran|tugas|"
    r"pekerjaan|hubungan|perbedaan|rencana|tuntutan|reaksi|tanggapan|pesan)(?:nya)?(?!\w)"
)
PEOPLE = r"(?i:orang|warga|korban|penumpang|anggota|anak|siswa|pemain|polisi|tentara)(?!\w)"

WHETHER = re.compile(r"(?i:apakah|benarkah|betulkah) (?P<clause>(?!yang\b).+)")
HOW = re.compile(
    rf"(?i:(?:(?:{PREPOSITIONS}) )?(?:{CIRCUMSTANCES}){NICETIES}|"
    rf"(?:{PREPOSITIONS}) (?:\w+ ){{0,2}}(?:siapa|apa|mana|berapa)(?: saja)?) (?P<clause>(?!yang\b).+)"
)
THAT = re.compile(
    r"(?P<noun>(?:[\w-]+ ){0,3}?)(?i:(?P<asked>yang mana|mana|apa|siapa)(?:kah)?(?: saja)?) (?i:yang) (?P<verb>.+)"
)
HOW_MANY = re.compile(r"(?i:berapa(?:kah)?(?: banyak)?) (?P<noun>.+)")
NOMINAL = re.compile(r"(?i:(?P<asked>siapa|apa)(?:kah)?(?: saja)?)(?i: nama)? (?P<noun>.+)")
LATER = re.compile(
    rf"(?P<head>.+?) (?i:(?P<how>(?:(?:{PREPOSITIONS}) )?(?:{CIRCUMSTANCES}))|siapa|apa|berapa)(?!\w)(?P<tail>.*)"
)
OWN_SUBJECT = re.compile(rf"(?P<subject>{SUBJECT}) (?P<verb>(?!{VERB})[a-z]\w+)(?P<tail>.*)")
DONE = re.compile(rf"{SUBJECT} (?P<verb>{VERB}.*)")
SAYING = re.compile(r"(?i:kata|ujar|ucap|komentar) (?P<who>.+?)(?P<about> (?i:soal|tentang|mengenai|terkait) .+)?")
BY_ITSELF = re.compile(  # what is done with nobody
    r"(?:(?:akan|telah|sudah|sedang|pernah|bisa|dapat|harus|tidak|belum) )*"
    r"(?:merdeka|meninggal|lahir|wafat|tewas|gugur|gagal|jatuh(?! cinta\b)|hilang|meningkat|menurun)\b"
)
SAID = (  # a clause, rather than a thing
    r"di(?:kata|bilang|ucap|ungkapkan|jelas|tegas|tuduh|tuding|"
    r"nyata(?!kan (?:pailit|bangkrut|bersalah|sah|lulus|hilang|tewas|bebas|selesai|punah|ilegal|haram)))\w*(?!\w)"
)
PASSIVE = re.compile(r"(?:^| )di(?!a\b|ri\b|rut\b|rektur\b|nas\b|alog\b)\w{4,}", re.IGNORECASE)


def asked_anew(asking: str, before: str, answer: str | None = None) -> str | None:
    """The question before, which ends without its mark, with another question word; None where none fits.

    >>> asked_anew("Kapan", "Siapa yang merilis lagu itu", "Katy Perry")
    'Kapan Katy Perry merilis lagu itu?'
    >>> asked_anew("Siapa", "Berapa orang yang tewas"), asked_anew("Siapa", "Mengapa harga beras naik")
    ('Siapa yang tewas?', None)
    >>> asked_anew("Pasal berapa", "Siapa melanggar UU ITE", "Budi"), asked_anew("Berapa persen", "Berapa laba A", "5")
    ('Pasal berapa Budi melanggar UU ITE?', None)
    """
    if not circumstance(asking):
        return asked_of(asking, before)
    told = clause(before, answer)
    if told and NUMBERED.fullmatch(asking) and not re.search(rf"(?<!\w){VERB}", told):
        return None  # "Berapa laba Bank BCA?" tells of nothing that was done by some per cent, or is said by somebody
    return told and f"{asking} {told}?"


def clause(before: str, answer: str | None) -> str | None:
    """What a question says, with what it asked for in its place as far as that is known; None when that is no clause.

    >>> clause("Apakah Jokowi hadir", None), clause("Apa yang dijanjikan Kim", "tidak menguji misil")
    ('Jokowi hadir', 'hal itu dijanjikan Kim')
    >>> clause("Siapa ketua panitia", "Dewi"), clause("Siapa ketua panitia", None)
    ('Dewi menjadi ketua panitia', None)
    """
    if found := WHETHER.fullmatch(before) or HOW.fullmatch(before):
        return found["clause"]
    if found := HOW_MANY.fullmatch(before):
        return of_quantity(found["noun"], answer)
    if found := THAT.fullmatch(before):
        return of_relative(found, answer)
    if found := NOMINAL.fullmatch(before):
        return found["noun"] if asks_whether(found) else of_nominal(found["noun"], answer, found["asked"].lower())
    if found := LATER.fullmatch(before):
        known = "" if found["how"] else short(answer)
        return " ".join(f"{found['head']} {known}{found['tail']}".split())
    return before


def of_quantity(noun: str, answer: str | None) -> str | None:
    """What "Berapa …" says.

    >>> of_quantity("orang yang tewas", "12"), of_quantity("harga beras", "Rp10.000"), of_quantity("harga beras", None)
    ('12 orang tewas', 'harga beras Rp10.000', None)
    """
    if re.match(TOLD, noun) or not re.search(rf"(?<!\w){VERB}| yang ", noun):
        amount = short(answer)
        return f"{noun} {amount}" if any(map(str.isdigit, amount)) else None
    return counted(noun.replace(" yang ", " ", 1), answer)


def of_relative(found: re.Match[str], answer: str | None) -> str:
    """What "Siapa yang …", "Apa yang …", "Perusahaan mana yang …" say."""
    asked, noun, verb = found["asked"].lower(), found["noun"].strip(), found["verb"]
    noun = noun[:1].lower() + noun[1:]
    own = OWN_SUBJECT.fullmatch(verb)
    if noun:
        thing = f"{noun} {named(answer) or 'itu'}" if noun.lower() not in named(answer).lower() else named(answer)
    elif asked == "siapa":
        thing = short(answer) or ("orang itu" if own else "")
    else:
        clausal = re.match(SAID, verb) and not re.fullmatch(NAME, short(answer))
        thing = ("" if clausal else short(answer)) or ("itu" if own else "hal itu")
    if own:  # "Siapa yang Trump temui": what is asked for is not who does it
        return f"{own['subject']} {own['verb']} {thing}{own['tail']}"
    return f"{thing} {verb}".strip()


def asks_whether(found: re.Match[str]) -> bool:
    """Whether "Apa …" asks whether something is so: "Apa Jokowi hadir?"."""
    verb = re.search(rf"(?<!\w){VERB}", found["noun"])
    return found["asked"].lower() == "apa" and verb is not None and not re.match(ABSTRACT, found["noun"])


def of_nominal(noun: str, answer: str | None, asked: str = "siapa") -> str | None:
    """What "Siapa presiden?", "Siapa menang?", "Apa penyebab banjir?" say.

    >>> of_nominal("presiden Indonesia", "Joko Widodo"), of_nominal("Dewi", "ketua panitia")
    ('Joko Widodo menjadi presiden Indonesia', 'Dewi menjadi ketua panitia')
    >>> of_nominal("mencetak gol penentu", "Budi"), of_nominal("mencetak gol penentu", None)
    ('Budi mencetak gol penentu', 'mencetak gol penentu')
    >>> of_nominal("kata Kim soal misil", "tidak", "apa")
    'Kim mengatakan hal itu soal misil'
    """
    known = short(answer)
    if noun.startswith("("):  # the words of a question that could not be completed
        return noun
    if asked == "siapa" and re.match(VERB, noun):
        return f"{known} {noun}".strip()
    if asked == "apa" and (said := SAYING.fullmatch(noun)):
        return f"{said['who']} mengatakan hal itu{said['about'] or ''}"
    if not known or re.match(r"(?:itu|ini)\b", noun):
        return None
    return f"{noun} menjadi {known}" if re.fullmatch(NAME, noun) else f"{known} menjadi {noun}"


def asked_of(asking: str, before: str) -> str | None:
    """The question before, asking who, what, which or how many.

    >>> asked_of("Siapa", "Di mana rapat digelar"), asked_of("Siapa", "Kapan Trump bertemu Kim")
    ('Oleh siapa rapat digelar?', 'Dengan siapa Trump bertemu Kim?')
    """
    who, many = asking.lower().startswith("siapa"), asking.lower().startswith("berapa")
    if found := THAT.fullmatch(before):
        return of_done(asking, found)
    if found := HOW.fullmatch(before):
        return of_clause(asking, found["clause"])
    if found := WHETHER.fullmatch(before):
        return of_clause(asking, found["clause"], whether=True)
    if (found := HOW_MANY.fullmatch(before)) and who:
        noun, _, verb = found["noun"].partition(" yang " if " yang " in before else " ")
        done = " yang " in before or re.match(VERB, verb)
        return f"{asking} yang {verb}?" if done and (re.match(PEOPLE, noun) or not PASSIVE.match(verb)) else None
    if (found := NOMINAL.fullmatch(before)) and not many:
        if asks_whether(found):
            return of_clause(asking, found["noun"], whether=True)
        return f"{asking} {found['noun']}?" if who else None
    return None


def of_done(asking: str, found: re.Match[str]) -> str | None:
    """Who, what or how many did what a question with "yang" says, or by whom it was done.

    >>> of_done("Siapa", THAT.fullmatch("Apa yang dicuri")), of_done("Berapa", THAT.fullmatch("Siapa yang menang"))
    ('Oleh siapa hal itu dicuri?', 'Berapa orang yang menang?')
    """
    people = not found["noun"] and found["asked"].lower() == "siapa"
    if asking.lower().startswith("siapa") and not people and PASSIVE.match(found["verb"]):
        agent = re.match(rf"\w+ (?:oleh\b|[{UPPER}])", found["verb"])
        return None if agent else of_clause(asking, of_relative(found, None))
    return f"{asking}{' orang' if people and asking.lower() == 'berapa' else ''} yang {found['verb']}?"


def of_clause(asking: str, told: str, *, whether: bool = False) -> str | None:
    """Who did something, or with or by whom, or how much it was; None where the clause has no place for that.

    Who did it is asked where the question before was whether somebody did: else that was known.
    """
    if asking.lower() == "berapa":
        return f"{asking} {told}?"
    if not asking.lower().startswith("siapa"):
        return None
    if PASSIVE.search(told):
        return f"{behind('oleh', asking)} {told}?"
    done = DONE.fullmatch(told)
    if done and whether:
        return f"{asking} yang {done['verb']}?"
    return f"{behind('dengan', asking)} {told}?" if done and not BY_ITSELF.match(done["verb"]) else None
