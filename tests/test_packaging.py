"""The wheel holds all that it needs, and nothing of the checkout is needed beside it."""

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(folder),
            str(ROOT),
        ],
        check=True,
        timeout=300,
    )
    return next(folder.glob("kutip-*.whl"))


def test_the_wheel_holds_two_packages_the_models_the_seeds_and_the_page(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"qa", "index"}
    for wanted in ("models/encoder/model.safetensors", "models/reader/model.safetensors", "app.py"):
        assert f"index/_shipped/{wanted}" in names
    assert {"qa/static/start.js", "qa/static/words.json", "qa/static/page.css", "index/reference_en_id.tsv"} <= set(
        names
    )
    assert {"qa/py.typed", "index/py.typed"} <= set(names)  # without them type checkers look at no annotation
    assert any(name.startswith("index/_shipped/seeds/") and name.endswith(".txt") for name in names)


@pytest.mark.models
def test_an_installed_wheel_answers_outside_the_checkout_and_owns_its_names(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "import importlib.metadata as m, index, qa;"
        "print(index.__file__); print(set(m.packages_distributions()['index'] + m.packages_distributions()['qa']));"
        "print(qa.answer('Siapa juru bicara Gedung Putih?').text)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(site), "KUTIP_LIBRARY": str(tmp_path / "library")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    where, owners, text = done.stdout.strip().splitlines()
    assert where.startswith(str(site))
    assert owners == "{'kutip'}"
    assert text == "Sarah Sanders"


def test_no_file_of_the_models_is_larger_than_95_megabytes():
    assert all(path.stat().st_size < 95e6 for path in (ROOT / "models").rglob("*") if path.is_file())


def imported(path):
    """The packages that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).split(".")[0]


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + [
        one for name in ("mcp", "milvus") for one in project["optional-dependencies"][name]
    ]
    declared = {canonicalize_name(Requirement(one).name) for one in wanted}
    files = [*(ROOT / "index").rglob("*.py"), *(ROOT / "qa").rglob("*.py"), ROOT / "app.py"]
    packages = {name for path in files for name in imported(path)} - sys.stdlib_module_names - {"index", "qa"}
    bringing = packages_distributions()
    undeclared = {name for name in packages if not declared & set(map(canonicalize_name, bringing[name]))}
    assert not undeclared
    assert all("<" in str(Requirement(one).specifier) for one in wanted)


def test_what_opens_encrypted_pdfs_is_declared_though_only_pypdf_imports_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = map(Requirement, project["dependencies"])
    assert next(one.extras for one in wanted if one.name == "pypdf") == {"crypto"}
