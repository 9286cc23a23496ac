"""Generates ids, timestamps, and seeds for requests without a `seed`."""

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
    """Generates the values that differ between responses to equal requests: ids, times and seeds."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin with the first seed."""
        super().__init__(settings, store)
        self._requests = itertools.count(settings.seed)

    def new_id(self, prefix: str) -> str:
        """Return a new id in OpenAI's form: the prefix, then random characters.

        `chatcmpl-` is followed by 29 letters and digits, `call_` by 24, and any other prefix by 48 hex digits.
        """
        if prefix == "chatcmpl-":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(29))
        if prefix == "call_":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(24))
        return prefix + secrets.token_hex(24)

    def now(self) -> int:
        """Return the Unix time in seconds."""
        return int(time.time())

    def entropy(self) -> int:
        """Return the sampling seed for a request without `seed`.

        Every request gets a different seed, and every run has the same sequence of seeds.
        """
        return random.Random(next(self._requests)).getrandbits(62)  # noqa: S311 - reproducible sampling
