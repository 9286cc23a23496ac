"""Authentication: which requests need a key, whether the key is valid, and whose key it is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from conformance.reference.accounts import ACCOUNT, FIRST, SECOND
from conformance.reference.errors import ApiError
from conformance.reference.part import Part


class Auth(Part):
    """Checks the API keys of requests."""

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
        known = (self.settings.api_key, self.settings.second_key)
        if not any(secrets.compare_digest(key.strip().encode(), each.encode()) for each in known):
            raise ApiError(401, "Incorrect API key provided.", None, "invalid_api_key")

    def enter_account(self, headers: Mapping[str, str]) -> None:
        """Make the current request read and store the objects of the account whose key is in `headers`."""
        key = headers.get("authorization", "").partition(" ")[2].strip()
        ACCOUNT.set(SECOND if key == self.settings.second_key else FIRST)
