"""Why a connection to Milvus may have failed: gRPC says no more than that it did."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from index.places import CA_VARIABLE, CERT_VARIABLE, KEY_VARIABLE, TLS_VARIABLE, MilvusPlace

WAIT = 3.0  # seconds


def fault(place: MilvusPlace) -> str:
    """What is wrong with the encryption of a place, and what to do; "" when nothing can be told."""
    parts = urlsplit(place.uri)
    host, port = parts.hostname or "", parts.port or 0
    if not place.settings.get("secure"):
        return f"it takes encrypted connections only; set {TLS_VARIABLE}=1" if speaks_tls(host, port) else ""
    settings = place.settings
    trusted = settings.get("ca_pem_path") or settings.get("server_pem_path")
    try:
        context = ssl.create_default_context(cafile=trusted)
        context.set_alpn_protocols(["h2"])
        if "client_pem_path" in settings:
            context.load_cert_chain(settings["client_pem_path"], settings["client_key_path"])
        with (
            socket.create_connection((host, port), WAIT) as plain,
            context.wrap_socket(plain, server_hostname=host) as own,
        ):
            own.settimeout(0.5)
            own.recv(1)  # a server that wants a certificate of ours says so only now
    except ssl.SSLCertVerificationError as error:
        where = f"{trusted}, which ${CA_VARIABLE} names" if trusted else "what this machine trusts"
        return (
            f"its certificate is not vouched for by {where} ({error.verify_message}); set {CA_VARIABLE} to the file "
            "with the certificate of its authority, and name it as its certificate does"
        )
    except ssl.SSLError as error:
        reason = (error.reason or "").lower()
        if "certificate" in reason:
            return f"it wants a certificate of ours ({reason}); set {CERT_VARIABLE}, {KEY_VARIABLE} and {CA_VARIABLE}"
        if "wrong_version" in reason or "record" in reason:
            return f"it does not speak TLS ({reason}); unset {TLS_VARIABLE}"
        return f"the encryption failed ({reason or error}); see {CA_VARIABLE}, {CERT_VARIABLE} and {KEY_VARIABLE}"
    except OSError:
        pass
    return ""


def speaks_tls(host: str, port: int) -> bool:
    """Whether a server answers a greeting of TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is said to it
    try:
        with socket.create_connection((host, port), WAIT) as plain, context.wrap_socket(plain):
            return True
    except OSError:
        return False
