"""How to reach a target: trusted certificate authorities, client certificate and proxy."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.wire.proxy import Proxy


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach a target: trusted certificates, client certificate and proxy.

    `verify` is True (the default certificate authorities), False (certificates are not checked) or the path of a PEM
    file with authorities.

    `client_cert` is a PEM file with the client certificate and its key; `client_key` may name a separate file with the
    key. `proxy` is the URL of an HTTP proxy, including user and password if the proxy requires them.
    """

    verify: bool | str | Path = True
    proxy: str | None = field(default=None, repr=False)
    client_cert: str | None = None
    client_key: str | None = None

    def tls(self) -> ssl.SSLContext:
        """Return the TLS context for connections to the target.

        Raises `ValueError` if a certificate file is missing or invalid.
        """
        context = self._trusting()
        if self.client_cert is not None:
            files = f"the client certificate {self.client_cert!r}"
            files += f" with the key {self.client_key!r}" if self.client_key else ""
            try:
                # Without a password OpenSSL would ask for one on the terminal.
                context.load_cert_chain(self.client_cert, self.client_key, password=lambda: "")
            except (OSError, ssl.SSLError) as error:
                said = getattr(error, "strerror", None) or str(error)
                raise ValueError(
                    f"{files} cannot be used: {said}; both must be PEM, belong together, and the key not be encrypted"
                ) from error
        return context

    def proxy_tls(self) -> ssl.SSLContext | None:
        """Return the TLS context for an `https://` proxy, without the client certificate; None for other proxies."""
        found = self.through()
        return self._trusting() if found is not None and found.secure else None

    def through(self) -> Proxy | None:
        """Return the proxy. Raises `ValueError` if the proxy's URL is invalid."""
        from conformance.wire.proxy import Proxy  # httpx is slow to import; `--help` does without

        return None if self.proxy is None else Proxy.of(self.proxy)

    def _trusting(self) -> ssl.SSLContext:
        import httpx

        if isinstance(self.verify, bool):
            return httpx.create_ssl_context(verify=self.verify, trust_env=False)
        try:
            return ssl.create_default_context(cafile=str(self.verify))
        except (OSError, ssl.SSLError) as error:
            raise ValueError(
                f"the CA file {str(self.verify)!r} cannot be used: {error}; it must be a readable file of PEM certificates"
            ) from error
