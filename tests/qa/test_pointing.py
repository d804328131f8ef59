import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.antecedents import Turn
from qa.completing import complete
from qa.naming import names_in
from qa.pointing import pointing

MONTHS = "January Februari May Agustus Monday Jumat".split()

WORDS = "Why did Trump Kim he her his rumahnya terjadinya there is it dan and , ? in Hanoi was that dia bahwa".split()


def named(question):
    return [question[start:end] for start, end in names_in(question)]


@pytest.mark.parametrize("verb", "terjadi berakhir meningkat dibuka naik turun meninggal banyak jatuh ada".split())
@pytest.mark.parametrize("noun", ["banjir", "harga beras", "menteri keuangan", "Soekarno", "Perang Dunia II"])
def test_what_nya_makes_a_noun_of_has_its_own_noun_behind_it(verb, noun):
    assert pointing(f"Apa akibat {verb}nya {noun}?") == []


@pytest.mark.parametrize(
    "behind", ["", " di Jakarta", " kemarin", " tahun lalu", " pada 2019", " dirahasiakan", " dan"]
)
def test_where_no_noun_is_behind_it_nya_points_back(behind):
    assert [found["stem"] for found in pointing(f"Kapan meninggalnya{behind}?")] == ["meninggal"]


@given(st.characters(categories=["Lu"], max_codepoint=0x1FFF))
def test_a_name_begins_with_any_capital(capital):
    assert named(f"Kapan {capital}ahin tiba?") == [f"{capital}ahin"]


@pytest.mark.parametrize("put", ["Why DID Kim go?", "Kim DAN istrinya", "WHO saw Kim?", "Siapa YANG menemui Kim?"])
def test_what_asks_is_no_name_when_it_is_stressed(put):
    assert named(put) == ["Kim"]


@pytest.mark.parametrize(
    "asking",
    ["Did", "Is", "Will", "Apakah", "Siapakah", "Benarkah", "Dimanakah", "Di manakah", "Who's", "Sebutkan", "Setelah"],
)
def test_what_asks_is_no_part_of_the_name_behind_it(asking):
    assert named(f"{asking} Budi Hartono itu?") == ["Budi Hartono"]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=60))
def test_names_and_pronouns_stand_one_behind_the_other_in_the_question(question):
    for spans in (names_in(question), [found.span() for found in pointing(question)]):
        ends = [0, *(place for span in spans for place in span)]
        assert ends == sorted(ends)
        assert all(start < end <= len(question) for start, end in spans)


@given(st.text(max_size=60).map(str.upper))
def test_capitals_throughout_tell_no_names(question):
    assert names_in(question) == [] or not question.isupper()


@pytest.mark.parametrize("words", ["Kim he ", "Kim, his ", "yang menemuinya ", "how many a b is ", "in    "])
def test_a_question_may_be_as_long_as_rest_takes_it(words):
    begun = time.perf_counter()
    assert complete((words * 10_000)[:10_000], [Turn("Who won?", "Katy")] * 4) is None
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("body", ["KPK", "PBB", "FBI", "Polri", "Mahkamah Agung", "DPR", "NATO", "Congress"])
def test_an_office_is_nobody_whose_house_is_meant(body):
    assert [found.group() for found in pointing(f"Mengapa {body} menggeledah rumahnya?")] == ["rumahnya"]


@pytest.mark.parametrize("name", ["Jokowi", "SBY", "AHY", "J. K. Rowling", "McCain", "President Macron"])
def test_a_person_may_be_whose_house_is_meant(name):
    assert pointing(f"Mengapa {name} menjual rumahnya?") == []


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("behind", ["In {}", "Last {}", "Pada {} 2019,", "Sejak {}", "Until 3 {}", "{} 3:"])
def test_a_time_is_nobody(month, behind):
    assert [found.group() for found in pointing(f"{behind.format(month)} what did she say?")] == ["she"]


def test_a_name_of_its_own_can_be_left_out_of_account():
    assert [found.group() for found in pointing("Did Kim bring his sister?", own_names=False)] == ["his"]
