"""Creates pages of lists, and converts input items to the form that list responses use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.reference.errors import refuse
from conformance.reference.prompt import Json


def page(items: Sequence[Json], query: Any) -> Json:
    """Return one page of the list `items`, as the query parameters specify.

    `limit` is from 1 to 100 (default 20), `order` is asc or desc (default desc), and `after` is the id of the item
    before the page.
    """
    limit, order = query.get("limit", "20"), query.get("order", "desc")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        refuse(f"Invalid 'limit': expected an integer from 1 to 100, but got '{limit}'.", "limit", "invalid_value")
    if order not in {"asc", "desc"}:
        refuse(f"Invalid value: '{order}'. Supported values are: 'asc', 'desc'.", "order", "invalid_value")
    listed = list(items) if order == "asc" else list(reversed(items))
    if after := query.get("after"):
        ids = [item["id"] for item in listed]
        if after not in ids:
            refuse(f"Item with id '{after}' not found.", "after")
        listed = listed[ids.index(after) + 1 :]
    shown = listed[: int(limit)]
    return {
        "object": "list", "data": shown, "has_more": len(listed) > len(shown),
        "first_id": shown[0]["id"] if shown else None, "last_id": shown[-1]["id"] if shown else None,
    }  # fmt: skip


def listed_item(item: Json) -> Json:
    """Return an input item in the form that list responses use."""
    if item["type"] == "message" and isinstance(item["content"], str):
        kind = "output_text" if item["role"] == "assistant" else "input_text"
        item = {**item, "content": [{"type": kind, "text": item["content"]}]}
    return {"status": "completed", **item} if item["type"] == "message" else item
