"""Seals a run file with the API key, so that resuming a run with an altered URL cannot send the key elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import replace

from conformance.config.target import Target

MIN_SECRET = 12
"""Shorter keys might be guessed one by one with the seal in a public run file."""
_ROUNDS = 50_000
_SALT_BYTES = 16


def seal(target: Target) -> str:
    """Return a proof that a run began with this key, URL, profile and document; "" if the key is missing or short."""
    salt = os.urandom(_SALT_BYTES).hex()
    proof = _proof(target, salt)
    return f"{salt}:{proof}" if proof else ""


def is_sealed(target: Target, sealed: str) -> bool:
    """Return whether the proof `sealed` shows that an earlier run used the same API key, URL, profile and document."""
    salt, _, proof = sealed.partition(":")
    expected = _proof(target, salt)
    return bool(expected) and hmac.compare_digest(expected.encode(), proof.encode("utf-8", "replace"))


def sent_secrets(target: Target) -> tuple[str, ...]:
    """Return the secrets that every request to the target contains: the API key, and credentials in headers."""
    return tuple(sorted(replace(target, spec="", proxy=None, second_key=None).secrets))


def _proof(target: Target, salt: str) -> str:
    secret = "\0".join(sent_secrets(target))
    if len(secret) < MIN_SECRET:
        return ""
    clean = target.redactor
    said = json.dumps([clean.url(target.url), target.profile.name, clean.url(target.spec)])
    key = hashlib.pbkdf2_hmac("sha256", secret.encode("utf-8", "surrogatepass"), salt.encode(), _ROUNDS)
    return hmac.digest(key, said.encode(), "sha256").hex()
