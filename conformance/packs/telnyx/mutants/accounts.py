"""Mutants of the reference endpoint that let an account read, list and continue Telnyx conversations of another account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from conformance.packs.telnyx.conversations import StoredConversation, TelnyxConversations
from conformance.reference.accounts import ACCOUNT, FIRST
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.request import ResponseRequest


class _Everyone(TelnyxConversations):
    """Can find the conversations of all accounts."""

    everyone = False
    """Whether the request that is being answered finds the conversations of all accounts."""

    @property
    def kept(self) -> dict[str, StoredConversation]:
        return self.kept_of.everyone if self.everyone else super().kept

    def for_everyone(self, answer: Any, *given: Any) -> Any:
        """Call a method that finds the conversations of all accounts."""
        self.everyone = True
        try:
            return answer(*given)
        finally:
            self.everyone = False


@mutant("telnyx-other-account-read", breaks={"telnyx.conversations.other-account"}, source="plausible")
class TelnyxOtherAccountRead(_Everyone):
    """Every account can read every conversation."""

    def retrieve_conversation(self, identifier: str) -> Response:
        response: Response = self.for_everyone(super().retrieve_conversation, identifier)
        return response

    def list_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        response: Response = self.for_everyone(super().list_messages, identifier, query)
        return response


@mutant("telnyx-other-account-listed", breaks={"telnyx.conversations.list-other-account"}, source="plausible")
class TelnyxOtherAccountListed(_Everyone):
    """The list of conversations has the conversations of all accounts."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        response: Response = self.for_everyone(super().list_conversations, query)
        return response


@mutant("telnyx-other-account-used", breaks={"telnyx.responses.conversation-other-account"}, source="plausible")
class TelnyxOtherAccountUsed(_Everyone):
    """Every account can continue every conversation, but the messages of other accounts are not stored."""

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        found: tuple[Message, ...] = self.for_everyone(super().turns, conversation)
        return found

    def append(self, request: ResponseRequest, response: Json) -> None:
        if str(request.body.get("conversation", "")) in self.kept or not request.body.get("conversation"):
            super().append(request, response)


@mutant("telnyx-other-account-appended", breaks={"telnyx.responses.conversation-other-account"}, source="plausible")
class TelnyxOtherAccountAppended(_Everyone):
    """The input of another account is appended to the conversation before the request is rejected."""

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        if ACCOUNT.get() != FIRST and isinstance(conversation, str) and conversation in self.kept_of.everyone:
            message = self.conversation_message(Message("user", "Say hello from another account."))
            self.kept_of.everyone[conversation].messages.append(message)
        return super().turns(conversation)
