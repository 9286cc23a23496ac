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
    """Values that differ between two equal requests."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin with the first seed."""
        super().__init__(settings, store)
        self._requests = itertools.count(settings.seed)

    def new_id(self, prefix: str) -> str:
        """A fresh id in OpenAI's form: chatcmpl-… has 29 letters and digits, everything else 48 hex digits."""
        if prefix == "chatcmpl-":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(29))
        if prefix == "call_":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(24))
        return prefix + secrets.token_hex(24)

    def now(self) -> int:
        """Unix time in seconds."""
        return int(time.time())

    def entropy(self) -> int:
        """A sampling seed for a request without one: differs between requests, repeats between runs."""
        return random.Random(next(self._requests)).getrandbits(62)  # noqa: S311 - reproducible sampling
