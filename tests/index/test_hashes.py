"""A file's hash is remembered as long as the file is the same, and no longer."""

import hashlib
import os

import pytest

from index import hashes
from index.hashes import LARGE, file_digest


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A large file that has not changed for long, and a cache of its own."""
    monkeypatch.setattr(hashes, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(hashes, "SETTLED", -1)
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"a" * LARGE)
    return path


def right(path):
    return hashlib.sha256(path.read_bytes()).digest()


def remembered(path):
    """Whether the hash is known without reading the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashlib, "file_digest", lambda *_: hashlib.sha256(b"read"))
        return file_digest(path) != hashlib.sha256(b"read").digest()


def test_a_hash_is_read_once(file):
    assert file_digest(file) == right(file)
    assert remembered(file)
    assert file_digest(file) == right(file)


def test_other_content_of_the_same_size_and_time_is_noticed(file):
    file_digest(file)
    before = file.stat()
    file.write_bytes(b"b" * LARGE)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert file_digest(file) == right(file)


def test_another_file_in_its_place_is_noticed(file, tmp_path):
    file_digest(file)
    other = tmp_path / "other"
    other.write_bytes(b"c" * LARGE)
    other.replace(file)
    assert file_digest(file) == right(file)


def test_a_file_that_changed_just_now_is_not_remembered(file, monkeypatch):
    monkeypatch.setattr(hashes, "SETTLED", 2_000_000_000)
    file_digest(file)
    assert not remembered(file)


def test_small_files_are_not_remembered(file):
    file.write_bytes(b"a")
    file_digest(file)
    assert not remembered(file)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"file": [1], "sha256": 5}', b"\xff"])
def test_a_damaged_memory_is_made_anew(file, damage, tmp_path):
    file_digest(file)
    (kept,) = (tmp_path / "cache" / "hashes").iterdir()
    kept.write_bytes(damage)
    assert file_digest(file) == right(file)
    assert remembered(file)


def test_without_a_cache_that_can_be_written_it_is_read_each_time(file, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder is wanted")
    assert file_digest(file) == file_digest(file) == right(file)
    assert not remembered(file)
