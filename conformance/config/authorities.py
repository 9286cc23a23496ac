"""Checks the certificate and key files of a target before a run begins."""

from __future__ import annotations

from conformance.config.target import Target, TargetError


def check_certificates(target: Target) -> None:
    """Raises `TargetError` if a certificate or key file cannot be read or has the wrong content."""
    if target.client_key is not None and target.client_cert is None:
        raise TargetError("A TLS client key needs a client certificate. Name the certificate file with --client-cert")
    if target.ca_file is None and target.client_cert is None:
        return
    try:
        target.route.tls()
    except ValueError as error:
        raise TargetError(str(error)[:1].upper() + str(error)[1:]) from None
