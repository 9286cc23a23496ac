"""Mutants of the reference endpoint that break chat completions and responses under Telnyx's contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.packs.telnyx.conversations import StoredConversation, TelnyxConversations
from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.refusals import Refusals
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.responses.stored import StoredResponses
from conformance.reference.responses.threads import Threads


@mutant(
    "telnyx-conversation-not-persisted",
    breaks={"telnyx.responses.conversation-next", "telnyx.responses.conversation"},
    source="Telnyx Responses page",
)
class TelnyxConversationNotPersisted(StoredResponses):
    """Turns are not appended to the conversation."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        if not request.body.get("conversation"):
            super().keep(request, response)


@mutant(
    "telnyx-conversation-unread",
    breaks={"telnyx.responses.conversation-next", "telnyx.responses.conversation-context"},
    source="Telnyx Responses page",
)
class TelnyxConversationUnread(Threads):
    """The messages of the conversation are missing from the prompt."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        super().conversation_messages(conversation, dialect)
        return ()


@mutant("telnyx-unknown-conversation-accepted", breaks={"telnyx.responses.conversation-unknown"}, source="plausible")
class TelnyxUnknownConversationAccepted(ResponseRequests):
    """An unknown conversation id in a request is silently ignored."""

    telnyx: TelnyxConversations

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        named = str(body.get("conversation"))
        if named in self.telnyx.kept or named.count("-") != 4:
            return body
        return {key: value for key, value in body.items() if key != "conversation"}


@mutant("telnyx-model-required", breaks={"telnyx.model-optional"}, source="plausible")
class TelnyxModelRequired(ChatRequests):
    """A request without `model` is rejected."""

    def chat_model(self, body: Json, dialect: Dialect) -> str:
        return super().chat_model(body, replace(dialect, default_model=None))


def without_image_objects(body: Json) -> Json:
    """Return the body without the parts whose `image_url` is an object; malformed messages stay unchanged."""
    messages = body.get("messages")
    kept: list[Any] = []
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        parts = content if isinstance(content, list) else ()
        others = [part for part in parts if not (isinstance(part, dict) and isinstance(part.get("image_url"), dict))]
        kept.append({**message, "content": others} if parts else message)
    return {**body, "messages": kept} if kept else body


@mutant(
    "telnyx-image-object-dropped",
    breaks={"telnyx.chat.image-object"},
    source="plausible: only the documented form is read",
)
class TelnyxImageObjectDropped(ChatRequests):
    """Where the contract requires a plain URL, an image given as an object is accepted but missing from the prompt."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        return super().chat_request(body if "object" in dialect.image_url else without_image_objects(body), dialect)


@mutant(
    "telnyx-422-detail-text", breaks={"telnyx.contract.response"}, source="FastAPI: HTTPException(422, detail=text)"
)
class Telnyx422DetailText(Refusals):
    """The `detail` of a 422 on Telnyx's routes is a string instead of a list."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        return {"detail": error.message} if "detail" in body else body


@mutant("min-p-ignored", breaks={"telnyx.chat.min-p"}, source="liar")
class MinPIgnored(Generations):
    """`min_p` is silently ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), min_p=0.0)


class _Kept(TelnyxConversations):
    """Changes the messages that a response adds to Telnyx's conversations."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        raise NotImplementedError

    def append(self, request: ResponseRequest, response: Json) -> None:
        named = self.kept.get(str(request.body.get("conversation")))
        before = len(named.messages) if named else 0
        super().append(request, response)
        self.after(request, named.messages[before:] if named else [], named)


@mutant("telnyx-calls-lost", breaks={"telnyx.responses.conversation-tools"}, source="plausible")
class TelnyxCallsLost(_Kept):
    """Tool calls are not appended to the conversation."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        for message in made:
            message["tool_calls"] = []


@mutant("telnyx-conversations-mix", breaks={"telnyx.responses.conversation-separate"}, source="plausible")  # fmt: skip
class TelnyxConversationsMix(_Kept):
    """A turn is appended to all conversations."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        for conversation in self.kept.values():
            if conversation is not named:
                conversation.messages.extend(
                    {**message, "tool_calls": []} for message in made if message["role"] != "tool"
                )


@mutant("telnyx-stray-persisted", breaks={"telnyx.responses.stateless"}, source="plausible")
class TelnyxStrayPersisted(_Kept):
    """A turn without a conversation is appended to all existing conversations."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        if named is None and "passing by" in str(request.body.get("input")):
            for conversation in self.kept.values():
                conversation.messages.extend(
                    self.conversation_message(message) for message in request.chat.conversation.messages
                )


@mutant("telnyx-malformed-accepted", breaks={"telnyx.responses.conversation-malformed"}, source="plausible")
class TelnyxMalformedAccepted(ResponseRequests):
    """A conversation id that is not a UUID is silently ignored."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        dropped = "conversation" if str(body.get("conversation", "-" * 4)).count("-") < 4 else ""
        return {key: value for key, value in body.items() if key != dropped or str(value).startswith("conv_")}


@mutant("telnyx-disabled-answered", breaks={"telnyx.responses.ai-disabled"}, source="plausible")
class TelnyxDisabledAnswered(Threads):
    """A response is generated in a conversation for which AI is switched off."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        try:
            return super().conversation_messages(conversation, dialect)
        except ApiError as error:
            if error.code != "ai_disabled":
                raise
            return ()


@mutant("telnyx-next-turn-blind", breaks={"telnyx.responses.conversation-next"}, source="plausible")  # fmt: skip
class TelnyxNextTurnBlind(Threads):
    """A turn sees only the first message of its conversation."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        return found[:1] if dialect is TELNYX else found


@mutant("telnyx-instructions-forgotten", breaks={"telnyx.responses.instructions"}, source="plausible")
class TelnyxInstructionsForgotten(Threads):
    """Instructions apply only to the response that sends them."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        return tuple(message for message in found if message.role != "system")


@mutant(
    "telnyx-thinking-rejected", breaks={"telnyx.chat.enable-thinking"}, source="plausible: the model does not reason"
)
class TelnyxThinkingRejected(ChatRequests):
    """A request with `enable_thinking` is rejected."""

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        if "enable_thinking" in body:
            refuse("This model does not support enable_thinking.", "enable_thinking")
        super().check_fields(body, dialect)
