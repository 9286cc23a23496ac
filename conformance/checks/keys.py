"""What a request without a key was answered: keys that nobody enforces protect nothing else either."""

from __future__ import annotations

from conformance.checks.language import premise
from conformance.wire import Exchange

REJECTED = (401, 403)


def premise_keys_enforced(keyless: Exchange | None) -> None:
    """A completion without a key is rejected; any other answer but 200 does not tell whether keys are needed."""
    status = keyless.status if keyless is not None else None
    why = "completions need no key either"
    if status is None:
        why = "a completion without a key got no response"
    elif status != 200:
        why = f"a completion without a key returned {status}, which does not show whether keys are required"
    premise(status in REJECTED, why, see="auth.key-missing")
