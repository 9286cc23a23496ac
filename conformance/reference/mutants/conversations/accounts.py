"""Mutants of the reference endpoint that let an account read conversations of another account."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.lists import page
from conformance.reference.mutants.registry import mutant


@mutant("conversation-other-account-read", breaks={"conversations.other-account"}, source="plausible")
class ConversationOtherAccountRead(Conversations):
    """Every account can read every conversation."""

    def retrieve_thread(self, identifier: str) -> Response:
        found = self.store.threads_of.everyone.get(identifier) or self.thread(identifier)
        return self.http.json_response(found.body)

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        found = self.store.threads_of.everyone.get(identifier) or self.thread(identifier)
        return self.http.json_response(page(found.items, query))
