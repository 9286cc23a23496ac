"""Mutants of the reference endpoint that let an account read and continue conversations of another account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.lists import page
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Message
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.store import StoredThread


class _Everyone(Conversations):
    """Can find the conversations of all accounts."""

    everyone = False
    """Whether the request that is being answered finds the conversations of all accounts."""

    def thread(self, identifier: str) -> StoredThread:
        found = self.store.threads_of.everyone.get(identifier) if self.everyone else None
        return found or super().thread(identifier)


@mutant("conversation-other-account-read", breaks={"conversations.other-account"}, source="plausible")
class ConversationOtherAccountRead(_Everyone):
    """Every account can read every conversation."""

    def retrieve_thread(self, identifier: str) -> Response:
        found = self.store.threads_of.everyone.get(identifier) or self.thread(identifier)
        return self.http.json_response(found.body)

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        found = self.store.threads_of.everyone.get(identifier) or self.thread(identifier)
        return self.http.json_response(page(found.items, query))


@mutant("conversation-other-account-used", breaks={"responses.conversation.other-account"}, source="plausible")
class ConversationOtherAccountUsed(_Everyone):
    """Every account can continue every conversation."""

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        self.everyone = True
        try:
            return super().turns(conversation)
        finally:
            self.everyone = False

    def append(self, request: ResponseRequest, response: dict[str, Any]) -> None:
        self.everyone = True
        try:
            super().append(request, response)
        finally:
            self.everyone = False
