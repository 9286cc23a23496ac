"""Defines a premise of several checks: the target rejects a chat completion request without an API key."""

from __future__ import annotations

from conformance.checks.language import premise
from conformance.wire import Exchange

REJECTED = (401, 403)


def premise_keys_enforced(keyless: Exchange | None) -> None:
    """Continue the check only if the target rejects a completion request without an API key.

    A target that accepts a completion request without a key may require no keys at all.
    """
    status = keyless.status if keyless is not None else None
    why = "completions need no key either"
    if status is None:
        why = "a completion without a key got no response"
    elif status != 200:
        why = f"a completion without a key returned {status}, which does not show whether keys are required"
    premise(status in REJECTED, why, see="auth.key-missing")
