"""Where a library is kept, as `--library` says it: a folder, or a library on the Milvus engine.

path/to/folder                 one SQLite file and its FAISS index (`index.library`)
milvus://host:19530/name       a library called ``name`` on a Milvus server or cluster
milvus-lite:path/to/file.db    Milvus' own local form, for one process
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import LibraryError

if TYPE_CHECKING:
    from index.any_library import AnyLibrary
    from index.encoder import Encoder

SERVER, LITE = "milvus://", "milvus-lite:"
PORT = 19530
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")

TOKEN_VARIABLE = "KUTIP_MILVUS_TOKEN"  # noqa: S105
TLS_VARIABLE = "KUTIP_MILVUS_TLS"
CA_VARIABLE, CERT_VARIABLE, KEY_VARIABLE = "KUTIP_MILVUS_CA", "KUTIP_MILVUS_CERT", "KUTIP_MILVUS_KEY"


@dataclass(frozen=True, slots=True)
class MilvusPlace:
    """A library on Milvus: how it is shown, its name there, and how pymilvus connects (the token is never shown)."""

    shown: str
    name: str
    uri: str
    settings: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def lite(self) -> bool:
        """Whether it is a local file, which one process has to itself."""
        return self.shown.startswith(LITE)


def is_milvus(place: str | Path) -> bool:
    """Whether a place names a library on Milvus rather than a folder."""
    return str(place).startswith((SERVER, LITE))


def milvus_place(place: str) -> MilvusPlace:
    """Read ``milvus://host:port/name`` or ``milvus-lite:path.db``; the name is "kutip" when none is given.

    The token ("user:password", or a key) is $KUTIP_MILVUS_TOKEN; $KUTIP_MILVUS_TLS=1 encrypts, see `certificates`.
    Raises LibraryError for what can't be a place.

    >>> milvus_place("milvus://db.example:19530/berita").uri
    'http://db.example:19530'
    """
    if place.startswith(LITE):
        path = Path(place.removeprefix(LITE)).expanduser()
        if path.suffix != ".db":
            raise LibraryError(
                f"{place} does not end in .db, as files of milvus-lite have to; write milvus-lite:FILE.db"
            )
        return MilvusPlace(place, "kutip", str(path.absolute()))
    try:
        parts = urlsplit(place)
        host, port = parts.hostname, parts.port or PORT
    except ValueError as error:
        raise LibraryError(f"{place} is no address ({error}); write milvus://host:{PORT}/name") from error
    if parts.username or parts.password:
        raise LibraryError(
            f"a password is not taken from the address of a library, which others can see; put it in ${TOKEN_VARIABLE}"
        )
    name = parts.path.strip("/") or "kutip"
    if not host or parts.query or parts.fragment or not NAME.fullmatch(name):
        raise LibraryError(
            f"{place} is no address of a library; write milvus://host:{PORT}/name, the name of letters, digits and _"
        )
    secure = os.environ.get(TLS_VARIABLE, "").lower() in ("1", "true", "yes", "on")
    settings: dict[str, Any] = {"token": os.environ.get(TOKEN_VARIABLE, "")}
    if secure:
        settings |= {"secure": True, "server_name": host, **certificates()}
    where = f"[{host}]" if ":" in host else host
    scheme = "https" if secure else "http"
    return MilvusPlace(f"{SERVER}{where}:{port}/{name}", name, f"{scheme}://{where}:{port}", settings)


def certificates() -> dict[str, str]:
    """The files of TLS from the environment, as pymilvus calls them. Raises LibraryError when one is missing.

    $KUTIP_MILVUS_CA has the certificates that are trusted: an authority's, or the server's own. $KUTIP_MILVUS_CERT
    and _KEY are what we show to a server that asks for it. pymilvus would pass over a file that has no counterpart.
    """
    found = {name: os.environ[name] for name in (CA_VARIABLE, CERT_VARIABLE, KEY_VARIABLE) if os.environ.get(name)}
    for name, path in found.items():
        if not Path(path).is_file():
            raise LibraryError(f"${name} names {path}, which is no file; name a file with a certificate or key in PEM")
    own = {CERT_VARIABLE, KEY_VARIABLE} & set(found)
    if own and len(found) < 3:
        missing = " and ".join(f"${name}" for name in (CA_VARIABLE, CERT_VARIABLE, KEY_VARIABLE) if name not in found)
        raise LibraryError(
            f"a certificate of our own needs {CA_VARIABLE}, {CERT_VARIABLE} and {KEY_VARIABLE}; set {missing}"
        )
    if own:
        names = {CA_VARIABLE: "ca_pem_path", CERT_VARIABLE: "client_pem_path", KEY_VARIABLE: "client_key_path"}
        return {names[name]: path for name, path in found.items()}
    return {"server_pem_path": found[CA_VARIABLE]} if found else {}


def open_library(place: str | Path, encoder: Encoder, *, check: bool = True) -> AnyLibrary:
    """Open the library at a place, or make an empty one there.

    ``check`` False opens one that another encoder built, only to reindex it or to read its rows. Raises LibraryError
    when it can't be opened, ManifestMismatch when another encoder built it.
    """
    if is_milvus(place):
        from index.milvus_library import MilvusLibrary

        return MilvusLibrary.open(milvus_place(str(place)), encoder, check=check)
    from index.library import Library

    return Library.open(Path(place), encoder, check=check)
