"""Supports `uniqueItems` in constrained decoding.

If `items` is a small enum, an enum of all valid arrays replaces the array schema.
"""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

_MOST = 500  # spelled-out arrays of one schema; beyond, the keyword stays and the decoder refuses it


def spelled_out(schema: Any) -> Any:
    """Replace each array schema that has `uniqueItems` and an enum of items by an enum of all valid arrays."""
    if isinstance(schema, list):
        return [spelled_out(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: value if key in {"enum", "const"} else spelled_out(value) for key, value in schema.items()}
    values = schema["items"].get("enum") if isinstance(schema.get("items"), dict) else None
    if not schema.get("uniqueItems") or not values:
        return schema
    values = [json.loads(text) for text in dict.fromkeys(json.dumps(value, sort_keys=True) for value in values)]
    low, high = schema.get("minItems", 0), min(schema.get("maxItems", len(values)), len(values))
    arrays = [list(array) for size in range(low, high + 1) for array in permutations(values, size)][: _MOST + 1]
    return {"enum": arrays} if 0 < len(arrays) <= _MOST else schema
