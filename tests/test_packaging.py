"""The wheel holds all that it needs, and nothing of the checkout is needed beside it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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
