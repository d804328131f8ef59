import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.datasets import read_corpus, read_examples
from qa.errors import DataError

CONTEXT = "Rapat digelar di Bandung. Ketua rapat bernama Sari."


def test_json_lines_are_read_gzipped_or_not(tmp_path):
    row = {"id": "a", "question": " Siapa? ", "context": CONTEXT, "answers": [{"text": "Sari", "start": 46}]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n\n" + json.dumps(row | {"answers": []}))
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as file:
        file.write(json.dumps(row))
    plain = read_examples(tmp_path / "a.jsonl")
    assert [e.golds for e in plain] == [["Sari"], []]
    assert plain[:1] == read_examples(tmp_path / "a.jsonl.gz")
    assert plain[0].question == "Siapa?"


def test_squads_own_json_is_read(tmp_path):
    answers = [{"text": "Sari", "answer_start": 46}]
    qas = [
        {"id": "1", "question": "Siapa?", "answers": answers},
        {"id": "2", "question": "Kapan?", "is_impossible": True, "answers": [], "plausible_answers": answers},
    ]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"version": "v2.0", "data": [{"paragraphs": [{"context": CONTEXT, "qas": qas}]}]}))
    assert [(e.id, e.golds) for e in read_examples(path)] == [("1", ["Sari"]), ("2", [])]


HUGGING_FACE = [
    {"id": "1", "question": "Siapa?", "context": CONTEXT, "answers": {"text": ["Sari"], "answer_start": [46]}},
    {"id": "2", "question": "Kapan?", "context": CONTEXT, "answers": {"text": [], "answer_start": []}},
]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, HUGGING_FACE)),
        json.dumps({"data": HUGGING_FACE}),
        json.dumps({"data": [{"paragraphs": [{"context": CONTEXT, "qas": HUGGING_FACE}]}]}),
    ],
    ids=["lines", "rows in data", "SQuAD's paragraphs"],
)
def test_answers_are_read_in_hugging_faces_form(tmp_path, text):
    path = tmp_path / "asked.json"
    path.write_text(text)
    assert [(e.id, e.golds) for e in read_examples(path)] == [("1", ["Sari"]), ("2", [])]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_byte_order_mark_is_passed_over(tmp_path, name):
    path = tmp_path / name
    data = json.dumps(HUGGING_FACE[0]).encode("utf-8-sig")
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert [e.golds for e in read_examples(path)] == [["Sari"]]


def test_half_of_a_character_in_a_context_is_read_as_the_library_reads_it(tmp_path):
    path = tmp_path / "cut.jsonl"  # as JSON has it of a text that was cut within an emoji
    path.write_text(row(context="Sari \ud83d Dewi", answers=[{"text": "\ud83d Dewi", "start": 5}]))
    (example,) = read_examples(path)
    assert (example.context, example.golds) == ("Sari \ufffd Dewi", ["\ufffd Dewi"])


def row(**changed):
    return json.dumps({"question": "Q?", "context": "abc", "answers": []} | changed)


def squad(**changed):
    asked = {"id": "1", "question": "Q?", "answers": [{"text": "b", "answer_start": 1}]}
    paragraph = {"context": "abc", "qas": [asked]} | changed
    return json.dumps({"data": [{"paragraphs": [paragraph]}]})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no questions"),
        ("{", "line 1: not JSON"),
        ("[" * 100_000, "line 1: not JSON"),
        ('{"question": "Siapa?"}', "line 1: context is missing"),
        ("[1]", "line 1: no object"),
        (row() + "\n" + row(question=3), "line 2: question is no text"),
        (row(question="?"), "line 1: the question is blank"),
        (row(question=" "), "line 1: the question is blank"),
        (row(question="a" * 501), "line 1: the question has 501 characters"),
        (row(context=None), "line 1: context is no text"),
        (row(context=" \0"), "line 1: context is blank"),
        (row(answers=None), "line 1: answers is no list of objects"),
        (row(answers=[1]), "line 1: answers is no list of objects"),
        (row(answers=[{"text": "b", "start": 0}]), "line 1: the answer 'b' does not stand where"),
        (row(answers=[{"text": "b", "start": -1}]), "line 1: "),
        (row(answers=[{"text": "b"}]), "line 1: an answer needs its text"),
        (row(answers=[{"text": "b", "start": "1"}]), "line 1: an answer needs its text"),
        (row(answers=[{"text": "", "start": 1}]), "line 1: an answer needs its text"),
        (row(context="a\0", answers=[{"text": "\0", "start": 1}]), "line 1: an answer needs its text"),
        (row(answers=[{"start": 1}]), "line 1: an answer needs its text"),
        (row(answers={"text": ["b"]}), "line 1: an answer needs its text"),
        (row(answers={"text": ["b"], "answer_start": []}), "line 1: the lists in answers are not of one length"),
        (row(answers={"text": "b", "answer_start": 1}), "line 1: answers is no list"),
        ('{"data": null}', r"\.data is no list of objects"),
        ('{"data": "x"}', r"\.data is no list of objects"),
        ('{"data": ["x"]}', r"\.data is no list of objects"),
        ('{"data": [{"paragraphs": null}]}', r"\.data\[0\]\.paragraphs is no list of objects"),
        (squad(qas=None), r"\.data\[0\]\.paragraphs\[0\]\.qas is no list of objects"),
        (squad(context=None), r"\.data\[0\]\.paragraphs\[0\]\.qas\[0\]: context is no text"),
        (squad(qas=[{"question": "Q?", "answers": [{"text": "b"}]}]), r"\.qas\[0\]: an answer needs its text"),
        (squad(qas=[{"question": "Q?"}]), r"\.qas\[0\]: answers is no list"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_with_its_place(tmp_path, text, told):
    path = tmp_path / "broken.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"broken\.jsonl: .*{told}"):
        read_examples(path)


def test_a_damaged_archive_is_refused_in_words(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress(b"x" * 1000)
    for data in (b"no archive", whole[:-9], whole[:12] + b"\xff" * 9 + whole[21:]):
        path.write_bytes(data)
        with pytest.raises(DataError, match="cannot be read"):
            read_examples(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["", "abc", "b", "Q?"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "data paragraphs qas id question context answers text start answer_start is_impossible".split()
            ),
            inner,
        )
    ),
)


@given(JSON, st.sampled_from([read_examples, read_corpus]))
def test_any_json_is_read_or_refused_in_words(tmp_path_factory, value, read):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text(json.dumps(value))
    with suppress(DataError):
        read(path)


def test_a_corpus_needs_texts(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text(
        '{"title": "Beras", "text": "Harga beras naik."}\n{"title": "", "text": "Hujan."}\n{"text": "\\u0000"}'
    )
    assert [a.title for a in read_corpus(path)] == ["Beras", "Hujan."]
    for line in ('{"title": "Beras"}', '{"text": null}', '{"text": "Hujan.", "title": 3}', "[]", "{", "[" * 100_000):
        path.write_text('{"text": "Hujan."}\n' + line)
        with pytest.raises(DataError, match="line 2: "):
            read_corpus(path)
