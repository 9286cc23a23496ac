"""Probes that several checks of the OpenAPI contract share."""

from __future__ import annotations

from conformance.checks import probe
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.engine.responses import HELLO
from conformance.wire import Exchange


@probe
async def keyless_chat(chat: Chat, target: Target) -> Exchange | None:
    """Send the plain request without a key, shared with another probe; returns None if the run has no key."""
    if not target.key:
        return None
    return (await chat.post(chat.body(HELLO), key=False)).exchange


def is_refused(keyless: Exchange | None) -> bool:
    """Return whether the target rejects the plain request without a key, so that keys are enforced."""
    return keyless is not None and keyless.status in (401, 403)
