"""Probes for the checks of generated requests and of the OpenAPI document."""

from __future__ import annotations

from conformance.checks import probe
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.engine.responses import HELLO
from conformance.wire import Exchange


@probe
async def keyless_chat(chat: Chat, target: Target) -> Exchange | None:
    """Send the plain chat request without an API key. Returns None if the run has no API key."""
    if not target.key:
        return None
    return (await chat.post(chat.body(HELLO), key=False)).exchange


def is_refused(keyless: Exchange | None) -> bool:
    """Return whether the target rejected a request because it had no API key (401 or 403)."""
    return keyless is not None and keyless.status in (401, 403)
