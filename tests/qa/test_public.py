"""What callers rely on: the names, what importing costs, and that nothing calls out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import qa

ROOT = Path(__file__).parent.parent.parent


def python(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_these():
    assert qa.__all__ == [
        "Answer",
        "Article",
        "ArticleError",
        "Conversation",
        "Document",
        "Evidence",
        "FilterError",
        "Filters",
        "KutipError",
        "LibraryError",
        "ManifestMismatch",
        "ModelError",
        "Original",
        "Passage",
        "Place",
        "QuestionError",
        "Span",
        "Status",
        "answer",
        "answer_batch",
        "load",
    ]
    assert all(hasattr(qa, name) for name in qa.__all__)


@pytest.mark.parametrize("module", ["qa", "qa.cli"])
def test_importing_loads_no_heavy_library(module):
    heavy = {"torch", "transformers", "sentence_transformers", "gradio", "openvino", "faiss", "rich"}
    loaded = json.loads(python(f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"))
    assert not heavy & set(loaded)


OUTDATED = """
import index.indexing
from qa import Article, ManifestMismatch, answer, load
with load() as pipeline:
    pipeline.add([Article.from_text("Rapat di Bandung.")])
index.indexing.SPLITTER_VERSION = 99
print(answer("Siapa nama ketua rapat?", articles=[Article.from_text("Nama ketua rapat adalah Sari.")]).text)
try:
    answer("Di mana rapat?")
except ManifestMismatch as error:
    print(error)
"""


@pytest.mark.models
def test_articles_are_asked_by_themselves_whatever_built_the_library(tmp_path):
    answered, refused = python(OUTDATED, KUTIP_LIBRARY=str(tmp_path)).splitlines()
    assert "Sari" in answered
    assert "kutip reindex" in refused


OFFLINE = """
import socket
attempts = []  # told at the end: a library may swallow any error
real, lookup = socket.socket.connect, socket.getaddrinfo
def connect(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        attempts.append(address)
        raise OSError(f"called out to {address}")
    return real(self, address)
def refuse(name, *rest, **more):
    if name not in ("127.0.0.1", "::1", "localhost", None):
        attempts.append(name)
        raise OSError(f"looked up {name}")
    return lookup(name, *rest, **more)
socket.socket.connect, socket.getaddrinfo = connect, refuse
from qa import answer
print(answer("Siapa juru bicara Gedung Putih?").text)
print(attempts)
"""


@pytest.mark.models
def test_an_answer_needs_no_network_even_without_the_offline_switch(tmp_path):
    *_, text, attempts = python(OFFLINE, KUTIP_LIBRARY=str(tmp_path)).splitlines()
    assert (text, attempts) == ("Sarah Sanders", "[]")
