"""What models by name tell the hub that they come from: nothing, but for the download."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny_models

from index.encoder import SentenceEncoder
from index.errors import ModelError
from index.hub import cached_first, folder_of
from qa.reader import TransformersReader
from qa.translator import Translator

ROOT = Path(__file__).parent.parent.parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WATCHED = """
import json, socket
attempts = []
def refuse(name, *rest, **more):
    attempts.append(str(name))
    raise OSError("no network")
socket.getaddrinfo = refuse
"""


def python(code, **environment):
    """What a program prints, as JSON, with no switch of Hugging Face set but those given."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "TRANSFORMERS_", "DISABLE_")) and name != "DO_NOT_TRACK"
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A cache of the hub's with a reader, an encoder, and one of which only the transformer was taken."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    home = tmp_path_factory.mktemp("hub")
    body = tiny_models.make("bert", home / "body", reader=False)
    model = SentenceTransformer(modules=[Transformer(str(body)), Pooling(16)], device="cpu")
    model.save(str(home / "encoder"), create_model_card=False)
    tiny_models.make("bert", home / "reader", reader=True)
    for name in ("reader", "encoder", "body"):
        kept = home / "hub" / f"models--kutip-test--{name}"
        shutil.copytree(home / name, kept / "snapshots" / COMMIT)
        (kept / "refs").mkdir()
        (kept / "refs" / "main").write_text(COMMIT)
    return home


def read(model):
    return f"from qa.reader import TransformersReader; TransformersReader({model!r}).read('siapa', ['dia Sari'])\n"


def encode(model):
    return (
        f"from index.encoder import SentenceEncoder; SentenceEncoder({model!r}, means={{}}).encode_queries(['dia'])\n"
    )


def test_models_that_were_downloaded_are_used_without_asking_the_hub_again(hub):
    use = read("kutip-test/reader") + encode("kutip-test/encoder")
    assert python(WATCHED + use + "print(json.dumps(attempts))", HF_HOME=str(hub)) == []


@pytest.mark.parametrize(("name", "tried"), [("encoder", [True, False]), ("body", [False]), ("none", [False])])
def test_an_encoder_is_not_made_up_of_a_transformer_in_the_cache(hub, name, tried, monkeypatch):
    kept_to_the_cache = []

    def load(*_, local_files_only, **__):
        kept_to_the_cache.append(local_files_only)
        raise OSError("no network")

    monkeypatch.setattr("sentence_transformers.SentenceTransformer", load)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(hub / "hub"))
    with pytest.raises(ModelError, match="no network"):
        SentenceEncoder(f"kutip-test/{name}").load()
    assert kept_to_the_cache == tried


ASKED = """
import json, os, sys, {module}
assert not {{"huggingface_hub", "transformers"}} & set(sys.modules)
from huggingface_hub import constants
print(json.dumps([constants.HF_HUB_DISABLE_TELEMETRY, os.environ["DISABLE_SAFETENSORS_CONVERSION"]]))
"""


@pytest.mark.parametrize("module", ["index", "qa"])
def test_the_hub_is_told_no_versions_and_asked_for_no_conversion_unless_that_is_wanted(module):
    code = ASKED.format(module=module)
    assert python(code) == [True, "1"]
    assert python(code, HF_HUB_DISABLE_TELEMETRY="0", DISABLE_SAFETENSORS_CONVERSION="0") == [False, "0"]


def test_the_page_tells_the_hub_nothing_either_though_gradio_brings_the_hubs_library():
    switch = "huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY"
    code = f"import app, huggingface_hub, json; print(json.dumps({switch}))"
    assert python(code) is True


def test_transformers_still_knows_the_switch_by_which_it_leaves_conversion_alone():
    path = find_spec("transformers").submodule_search_locations[0]
    assert "DISABLE_SAFETENSORS_CONVERSION" in (Path(path) / "modeling_utils.py").read_text("utf-8")


USES = [
    lambda model: SentenceEncoder(model).fingerprint,
    lambda model: SentenceEncoder(model).encode_queries(["dia"]),
    lambda model: TransformersReader(model).read("siapa", ["dia Sari"]),
    Translator,
]


@pytest.mark.parametrize(
    "mistyped",
    [
        "./nowhere",
        "../nowhere",
        "/nowhere",
        "~/nowhere",
        "a/b/c",
        "models/",
        "C:\\models\\e5",
        "my model",
        Path("x"),
    ],
)
@pytest.mark.parametrize("use", USES)
def test_a_folder_that_is_not_there_is_no_name_at_the_hub(use, mistyped, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(ModelError, match="there is no folder"):
        use(mistyped)


@pytest.mark.parametrize("use", USES)
def test_an_empty_name_is_no_model(use):
    with pytest.raises(ModelError, match="is a variable unset"):
        use("")


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-small", "bert-base-uncased", "a/b", "x", "Org_1/m.v2-x"])
def test_a_name_as_the_hub_has_them_is_no_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert folder_of(name) is None


def test_a_folder_in_the_users_home_is_found_by_its_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "e5").mkdir()
    assert folder_of("~/e5") == tmp_path / "e5"


def test_what_is_not_in_the_cache_is_asked_for_once_more():
    tried = []

    def load(local):
        tried.append(local)
        if local:
            raise OSError
        return "model"

    assert cached_first(load) == "model"
    assert tried == [True, False]
