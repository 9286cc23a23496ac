"""Encodes the `encrypted_content` of output items, which clients store and later send back.

The content is not really encrypted: it is base64 with a mark that identifies the reference endpoint.
"""

from __future__ import annotations

import base64

from conformance.reference.errors import refuse

_MARK = "sealed by the reference endpoint\n"


def seal(text: str) -> str:
    """Encode the text of a field such as `encrypted_content`, which clients store and later send back."""
    return base64.b64encode((_MARK + text).encode("utf-8", "replace")).decode()


def unseal(sealed: str, path: str) -> str:
    """Decode a text that `seal` (the encoding of `encrypted_content`) produced.

    Reject the request if its `encrypted_content` is not a text that the function `seal` produced.
    """
    try:
        text = base64.b64decode(sealed, validate=True).decode()
    except ValueError:
        text = ""
    if not text.startswith(_MARK):
        refuse(f"Invalid '{path}': it could not be verified.", path, "invalid_encrypted_content")
    return text.removeprefix(_MARK)
