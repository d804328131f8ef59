"""A real Milvus server that wants a password and encrypts. Needs `make test-milvus`, which has the package."""

import logging
import os
import time
from pathlib import Path

import pytest
from certificates import vouched
from doubles import WordEncoder
from milvus_places import SERVER
from milvus_server import CONTROL, Server
from serving import free_port

from index.article import Article
from index.errors import LibraryError
from index.places import open_library

pytestmark = pytest.mark.skipif(SERVER not in os.environ, reason="only on the real server: make test-milvus")

TOKEN = "root:Milvus"  # what every new server has
WRONG = ["root:geheimnis", "geheimnis", ""]


@pytest.fixture(scope="module", params=[1, 2], ids=["server shows a certificate", "both show one"])
def secured(request, tmp_path_factory):
    """A server's port, the TLS mode, and a folder with ca, server, client and stranger certificates."""
    folder = tmp_path_factory.mktemp("secured")
    ca = vouched(folder, "ca")
    own = vouched(folder, "server", ca)
    vouched(folder, "client", ca)
    vouched(folder, "stranger")
    base = folder / "milvus"
    base.mkdir()
    (base / "bin").symlink_to(Path(os.environ[CONTROL]) / "bin")  # unpacked already
    settings = {"authorization_enabled": True, "tls_mode": request.param, "ca_pem_path": str(ca.pem)}
    files = {"server_pem_path": str(own.pem), "server_key_path": str(own.key_pem)}
    server = Server(base, free_port(), **settings, **files)
    server.start()
    try:
        yield server.address, request.param, folder
    finally:
        server.kill()


@pytest.fixture
def place(secured, monkeypatch):
    """Its address; the environment has all that is needed."""
    address, mode, folder = secured
    monkeypatch.setenv("KUTIP_MILVUS_TLS", "1")
    monkeypatch.setenv("KUTIP_MILVUS_TOKEN", TOKEN)
    monkeypatch.setenv("KUTIP_MILVUS_CA", str(folder / "ca.pem"))
    if mode == 2:
        monkeypatch.setenv("KUTIP_MILVUS_CERT", str(folder / "client.pem"))
        monkeypatch.setenv("KUTIP_MILVUS_KEY", str(folder / "client.key"))
    return f"milvus://{address}/secured"


def test_a_library_works_over_tls_with_the_right_token(place):
    article = Article.from_text("Rapat digelar di Bandung. Ketua rapat bernama Sari.", source="a.txt")
    with open_library(place, WordEncoder()) as library:
        library.add([article])
    with open_library(place, WordEncoder()) as again:
        (hits,) = again.nearest(again.encoder.encode_queries(["Ketua rapat bernama Sari."]).rows, 1)
        assert again.lookup([hits[0][0]])[hits[0][0]].sentence.article_id == article.id
        assert again.check() == []


@pytest.mark.parametrize("token", WRONG)
def test_a_wrong_token_is_refused_at_once_in_words_that_do_not_tell_it(place, token, monkeypatch, caplog, capfd):
    monkeypatch.setenv("KUTIP_MILVUS_TOKEN", token)
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG), pytest.raises(LibraryError, match="KUTIP_MILVUS_TOKEN") as refused:
        open_library(place, WordEncoder())
    assert time.monotonic() - began < 10  # not tried again and again
    said = "".join([str(refused.value), repr(refused.value.__cause__), caplog.text, *capfd.readouterr()])
    assert "geheimnis" not in said
    assert "Milvus" in str(refused.value)


@pytest.mark.parametrize("trusted", ["stranger.pem", None])
def test_a_certificate_that_nobody_vouches_for_is_refused_at_once_in_words(
    place, secured, trusted, monkeypatch, caplog, capfd
):
    if trusted:
        monkeypatch.setenv("KUTIP_MILVUS_CA", str(secured[2] / trusted))
    else:
        for name in ("CA", "CERT", "KEY"):
            monkeypatch.delenv(f"KUTIP_MILVUS_{name}", raising=False)
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG), pytest.raises(LibraryError, match="KUTIP_MILVUS_CA") as refused:
        open_library(place, WordEncoder())
    assert time.monotonic() - began < 10
    assert "not vouched for" in str(refused.value)
    assert TOKEN not in "".join([str(refused.value), caplog.text, *capfd.readouterr()])


def test_a_server_that_encrypts_is_not_spoken_to_in_the_clear(place, monkeypatch):
    monkeypatch.delenv("KUTIP_MILVUS_TLS")
    with pytest.raises(LibraryError, match="KUTIP_MILVUS_TLS=1"):
        open_library(place, WordEncoder())


def test_a_server_that_does_not_encrypt_is_told_apart_from_one_that_is_away(place):
    with pytest.raises(LibraryError, match="unset KUTIP_MILVUS_TLS"):
        open_library(f"milvus://{os.environ[SERVER]}/secured", WordEncoder())


def test_a_certificate_of_ours_is_needed_only_where_the_server_wants_one(place, secured, monkeypatch):
    monkeypatch.delenv("KUTIP_MILVUS_CERT", raising=False)
    monkeypatch.delenv("KUTIP_MILVUS_KEY", raising=False)
    if secured[1] == 1:
        open_library(place, WordEncoder()).close()
        return
    with pytest.raises(LibraryError, match="KUTIP_MILVUS_CERT"):
        open_library(place, WordEncoder())
