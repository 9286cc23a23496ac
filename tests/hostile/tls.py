"""Certificates that a client must refuse: expired, for another host, signed by nobody it knows."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import trustme

KINDS = ("tls-expired", "tls-wrong-host", "tls-self-signed", "tls-right")


def context(kind: str, folder: Path) -> tuple[ssl.SSLContext, str | None]:
    """A server's context for one of `KINDS`, and the file of authorities to trust (None: the usual ones)."""
    authority = trustme.CA()
    when = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) if kind == "tls-expired" else None
    host = "other.example" if kind == "tls-wrong-host" else "127.0.0.1"
    certificate = authority.issue_cert(host, not_after=when)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    if kind == "tls-self-signed":
        return made, None
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return made, str(file)
