"""The reference endpoint serves what the table of operations has: its routes are written apart, so that each checks the other."""

from __future__ import annotations

import re

from conformance.api import OPERATIONS
from conformance.reference.chat.stored import StoredChats
from conformance.reference.endpoint import Endpoint
from conformance.reference.routes import routes_of


def shape(path: str) -> str:
    """A path without the names of its parts."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_every_operation_of_the_table_is_served_and_no_other() -> None:
    """Under /v1; the WebSocket has no method of its own."""
    served = {(each.method, shape(each.path)) for _, each in Endpoint().routes() if each.path.startswith("/v1/")}
    assert served == {(each.method, "/v1" + shape(each.path)) for each in OPERATIONS if not each.socket}


def test_an_overridden_method_answers_the_same_requests() -> None:
    """A mutant overrides what answers, and declares no route."""

    class Mutant(StoredChats):
        """Overrides one operation."""

        def retrieve_chat(self, identifier: str) -> object:  # type: ignore[override] # any answer will do
            return identifier

    assert list(routes_of(Mutant)) == list(routes_of(StoredChats))
