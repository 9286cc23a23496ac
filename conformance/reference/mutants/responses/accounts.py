"""Mutants of the reference endpoint that let an account continue stored responses of another account."""

from __future__ import annotations

from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Message
from conformance.reference.responses.stored import StoredResponses


@mutant("response-other-account-continued", breaks={"responses.previous.other-account"}, source="plausible")
class ResponseOtherAccountContinued(StoredResponses):
    """Every account can continue every stored response."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        try:
            return super().previous_messages(identifier)
        except ApiError:
            stored = self.store.responses_of.everyone.get(identifier)
            if stored is None:
                raise
            return stored.messages
