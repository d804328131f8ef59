"""Nothing is ever unpickled, not by our code, and not from a model folder; nor is code run that lies there."""

import ast
import json
import pickle
import shutil
from pathlib import Path

import pytest

from index.encoder import SentenceEncoder
from index.shipped import shipped
from qa.errors import ModelError
from qa.reader import TransformersReader

ROOT = Path(__file__).parents[1]
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "pandas"}


class Trap:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_no_module_unpickles_anything():
    files = [*ROOT.glob("index/**/*.py"), *ROOT.glob("qa/**/*.py"), ROOT / "app.py"]
    assert len(files) > 40
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = {alias.name.split(".")[0] for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()
            assert not names & UNSAFE, file
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load":
                assert ast.unparse(node.func) not in ("torch.load", "np.load", "numpy.load"), file
            if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "allow_pickle"):
                assert ast.unparse(node.value) == "False", file


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("reader", lambda folder: TransformersReader(folder).read("Apa?", ["Ini."])),
        ("encoder", lambda folder: SentenceEncoder(folder).encode_queries(["Apa?"])),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_weights_that_are_pickled_are_refused_and_never_opened(name, run, tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", "torch")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / name
    shutil.copytree(shipped(f"models/{name}"), folder, ignore=shutil.ignore_patterns("*.safetensors"))
    for file in ("pytorch_model.bin", "training_args.bin", "model.pt"):
        (folder / file).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(ModelError):
        run(folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.models
@pytest.mark.parametrize("engine", ["openvino", "torch"])
@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("reader", lambda folder: TransformersReader(folder).read("Apa?", ["Ini."])),
        ("encoder", lambda folder: SentenceEncoder(folder).encode_queries(["Apa?"])),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_code_in_a_model_folder_is_never_run_nor_offered_to_be_run(name, run, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("KUTIP_ENGINE", engine)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("builtins.input", lambda _: "y")
    folder = tmp_path / name
    shutil.copytree(shipped(f"models/{name}"), folder)
    config = json.loads((folder / "config.json").read_text())
    own = dict.fromkeys(("AutoConfig", "AutoModel", "AutoModelForQuestionAnswering"), "own.Own")
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "own", "auto_map": own}))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\nclass Own: pass\n")
    with pytest.raises(ModelError):
        run(folder)
    assert not (tmp_path / "sprung").exists()
