"""Translation by real, tiny models of each kind; no network."""

import json
import shutil
import threading

import pytest
import tiny_translators
from tiny_models import make
from tiny_translators import ENGLISH, INDONESIAN, SECOND, SECOND_IN_ENGLISH

from qa.errors import ModelError, TranslationError
from qa.translator import Translator


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Each kind of model, made when it is first wanted."""
    root, made = tmp_path_factory.mktemp("translators"), {}

    def folder(kind):
        if kind not in made:
            path = root / kind
            if kind == "one way":
                made[kind] = tiny_translators.marian(path, source_lang="id", target_lang="en")
            elif kind == "several targets":
                made[kind] = tiny_translators.marian(path, (">>eng<<", ">>ind<<"), source_lang="ind", target_lang="mul")
            else:
                made[kind] = tiny_translators.many_to_many(path, kind)
        return made[kind]

    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    import socket

    def refuse(*_args):
        raise AssertionError("called out")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("kind", ["one way", "several targets", "nllb", "m2m100"])
def test_each_kind_of_model_translates_sentence_by_sentence(folders, kind):
    translator = Translator(folders(kind))
    assert translator.translate(INDONESIAN, "id", "en") == ENGLISH
    assert translator.translate(f"{SECOND} {INDONESIAN}", "id", "en") == f"{SECOND_IN_ENGLISH} {ENGLISH}"


@pytest.mark.parametrize("kind", ["nllb", "m2m100"])
def test_models_of_many_languages_go_both_ways(folders, kind):
    translator = Translator(folders(kind))
    assert translator.translate(ENGLISH, "en", "id") == INDONESIAN
    assert translator.translate(INDONESIAN, "id", "en") == ENGLISH


def test_the_code_in_front_tells_a_marian_model_the_target(folders):
    translator = Translator(folders("several targets"))
    assert translator.translate(INDONESIAN, "id", "id") == INDONESIAN
    assert translator.translate(INDONESIAN, "id", "en") == ENGLISH


@pytest.mark.parametrize(
    ("kind", "source", "target"),
    [
        ("one way", "en", "id"),
        ("one way", "id", "fr"),
        ("one way", "", "en"),
        ("several targets", "id", "fr"),
        ("several targets", "en", "id"),
        ("nllb", "ja", "en"),
        ("m2m100", "id", "tlh"),
    ],
)
def test_a_direction_that_the_model_does_not_know_is_refused_in_words(folders, kind, source, target):
    with pytest.raises(TranslationError, match=f"does not translate from .* to {target}"):
        Translator(folders(kind)).translate(INDONESIAN, source, target)


def test_a_marian_folder_that_states_nothing_is_read_by_its_name_or_refused(folders, tmp_path):
    silent = shutil.copytree(folders("one way"), tmp_path / "mine")
    path = silent / "tokenizer_config.json"
    config = {key: value for key, value in json.loads(path.read_text()).items() if not key.endswith("_lang")}
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="does not say which languages"):
        Translator(silent).translate(INDONESIAN, "id", "en")
    named = silent.rename(tmp_path / "opus-mt-id-en")
    assert Translator(named).translate(INDONESIAN, "id", "en") == ENGLISH
    with pytest.raises(TranslationError):
        Translator(named).translate(ENGLISH, "en", "id")


def test_what_is_no_translation_model_is_refused_in_words(folders, tmp_path):
    with pytest.raises(ModelError, match="is a bert model; a translation model is wanted"):
        Translator(make("bert", tmp_path / "bert", reader=True))
    with pytest.raises(ModelError, match="there is no folder"):
        Translator(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="is no model"):
        Translator(tmp_path / "empty")
    (tmp_path / "empty" / "config.json").write_text("{")
    with pytest.raises(ModelError, match="is no JSON"):
        Translator(tmp_path / "empty")
    pickled = shutil.copytree(folders("one way"), tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        Translator(pickled).translate("a", "id", "en")


def test_translations_are_remembered_and_many_may_ask_at_once(folders, monkeypatch):
    translator = Translator(folders("nllb"))
    both = {("id", "en"): (INDONESIAN, ENGLISH), ("en", "id"): (SECOND_IN_ENGLISH, SECOND)}
    wrong = []

    def ask(way):
        text, wanted = both[way]
        got = translator.translate(text, *way)
        if got != wanted:
            wrong.append(got)

    askers = [threading.Thread(target=ask, args=(way,)) for way in list(both) * 6]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert not wrong
    model = translator._loaded[1]
    monkeypatch.setattr(model, "generate", lambda **_: 1 / 0)
    assert translator.translate(INDONESIAN, "id", "en") == ENGLISH


def test_nothing_is_made_of_nothing(folders):
    assert Translator(folders("one way")).translate("  \n", "id", "en") == ""
