"""A file of certificate authorities, looked at before a run begins."""

from __future__ import annotations

import ssl

from conformance.target.target import TargetError


def check_authorities(ca_file: str | None) -> None:
    """Raises `TargetError` when the file cannot be read or holds no PEM certificate."""
    if ca_file is None:
        return
    try:
        ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise TargetError(
            f"The CA file {ca_file} cannot be used ({said}). Name a readable file of PEM certificates"
        ) from None
