"""Authentication: which requests need a key, and whether the key is valid."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from conformance.reference.errors import ApiError
from conformance.reference.part import Part


class Auth(Part):
    """Bearer keys."""

    unguarded: frozenset[tuple[str, str]] = frozenset()
    """Methods and paths that need no key: none."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        """Reject a request without a valid bearer key.

        The authentication scheme may be in upper or lower case (RFC 9110).
        """
        sent = headers.get("authorization")
        scheme, _, key = (sent or "").partition(" ")
        if not sent or scheme.lower() != "bearer" or not key.strip():
            raise ApiError(
                401, "You didn't provide an API key. Provide it in an Authorization header using Bearer auth."
            )
        if not secrets.compare_digest(key.strip().encode(), self.settings.api_key.encode()):
            raise ApiError(401, "Incorrect API key provided.", None, "invalid_api_key")
