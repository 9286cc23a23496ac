"""Reads the text of a spec file, and converts data of YAML to data of JSON."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from conformance.contract.errors import SpecError

MAX_BYTES = 20 * 1024 * 1024
"""The largest spec file in bytes; OpenAI's document has 3 million."""


def read_text(file: Path) -> str:
    """Return the text of a spec file.

    Raises `SpecError` if the spec file cannot be read, is too large, or is not UTF-8.
    """
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise SpecError(
                f"has {size:,} bytes, and {MAX_BYTES:,} are read at most; cut it to the operations that are tested",
                file,
            )
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SpecError(f"cannot be read ({problem}); give the path of a UTF-8 JSON or YAML file", file) from None


def plain(value: Any) -> Any:
    """Return data parsed from YAML as JSON data.

    Dates become strings, and so do all keys, because YAML reads a key such as `200` as a number.
    """
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
