"""Helper functions for mutants that return or reject pages of lists wrongly."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from conformance.reference.errors import refuse


def unlimited(query: Mapping[str, str]) -> bool:
    """Return whether the request has the query parameter `limit=0`."""
    return query.get("limit") == "0"


def largest(query: Mapping[str, str]) -> None:
    """Reject a request with the query parameter `limit=100`."""
    if query.get("limit") == "100":
        refuse("Invalid 'limit': expected an integer below 100.", "limit", "invalid_value")


NOTHING = {"object": "list", "data": [], "has_more": True, "first_id": None, "last_id": None}


def without_more(response: Response) -> Response:
    """Return a page of a list, with `has_more: false`."""
    response.body = bytes(response.body).replace(b'"has_more":true', b'"has_more":false')
    response.headers["content-length"] = str(len(response.body))
    return response


def without_first(response: Response) -> Response:
    """Return a page of a list, without `first_id`."""
    body = json.loads(bytes(response.body))
    response.body = json.dumps({**body, "first_id": None}).encode()
    response.headers["content-length"] = str(len(response.body))
    return response
