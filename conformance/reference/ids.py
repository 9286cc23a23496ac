"""Ids, the clock, and seeds for requests without a seed."""

from __future__ import annotations

import itertools
import random
import secrets
import string
import time

from conformance.reference.part import Part
from conformance.reference.settings import Settings
from conformance.reference.store import Store

_BASE62 = string.ascii_letters + string.digits


class Ids(Part):
    """Generates values that differ between two equal requests."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin with the first seed."""
        super().__init__(settings, store)
        self._requests = itertools.count(settings.seed)

    def new_id(self, prefix: str) -> str:
        """Return a new id in OpenAI's form: chatcmpl-… has 29 letters and digits, and all other ids have 48 hex digits."""
        if prefix == "chatcmpl-":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(29))
        if prefix == "call_":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(24))
        return prefix + secrets.token_hex(24)

    def now(self) -> int:
        """Return the Unix time in seconds."""
        return int(time.time())

    def entropy(self) -> int:
        """Return a sampling seed for a request without one; it differs between requests, but is the same in every run."""
        return random.Random(next(self._requests)).getrandbits(62)  # noqa: S311 - reproducible sampling
