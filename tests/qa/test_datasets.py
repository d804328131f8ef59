import gzip
import json

import pytest

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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no questions"),
        ("{", "line 1 is not JSON"),
        ('{"question": "Siapa?"}', "line 1: question, context and answers"),
        ("[1]", "line 1"),
        ('{"question": "Q?", "context": "abc", "answers": [{"text": "b", "start": 0}]}', "does not stand where"),
        ('{"question": "Q?", "context": "abc", "answers": [{"text": "b", "start": -1}]}', "line 1"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_with_its_place(tmp_path, text, told):
    path = tmp_path / "broken.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=told):
        read_examples(path)


def test_a_corpus_needs_texts(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"title": "Beras", "text": "Harga beras naik."}\n{"title": "", "text": "Hujan."}\n')
    assert [a.title for a in read_corpus(path)] == ["Beras", "Hujan."]
    path.write_text('{"title": "Beras"}')
    with pytest.raises(DataError, match="no corpus"):
        read_corpus(path)
