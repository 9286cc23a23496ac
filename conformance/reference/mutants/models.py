"""Mutants of models and of Telnyx conversations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.models import Models
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.refusals import Refusals
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.stored_responses import StoredResponses
from conformance.reference.telnyx import TelnyxConversations
from conformance.reference.threads import Threads


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
    """The conversation's messages are not shown to the model."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        super().conversation_messages(conversation, dialect)
        return ()


@mutant("telnyx-unknown-conversation-accepted", breaks={"telnyx.responses.conversation-unknown"}, source="plausible")
class TelnyxUnknownConversationAccepted(ResponseRequests):
    """An unknown conversation is taken for none."""

    telnyx: TelnyxConversations

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        named = str(body.get("conversation"))
        if named in self.telnyx.kept or named.count("-") != 4:
            return body
        return {key: value for key, value in body.items() if key != "conversation"}


@mutant("telnyx-model-required", breaks={"telnyx.model-optional"}, source="plausible")
class TelnyxModelRequired(ChatRequests):
    """A request without a model is refused."""

    def chat_model(self, body: Json, dialect: Dialect) -> str:
        return super().chat_model(body, replace(dialect, default_model=None))


@mutant(
    "telnyx-image-object-dropped",
    breaks={"telnyx.chat.image-object"},
    source="plausible: only the documented form is read",
)
class TelnyxImageObjectDropped(ChatRequests):
    """An image as an object with a URL is accepted and not shown to the model, where the contract has the URL itself."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        return super().chat_request(body if "object" in dialect.image_url else without_image_objects(body), dialect)


def without_image_objects(body: Json) -> Json:
    """The body without the parts whose image is an object; what has not the form of messages stays."""
    messages = body.get("messages")
    kept: list[Any] = []
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        parts = content if isinstance(content, list) else ()
        others = [part for part in parts if not (isinstance(part, dict) and isinstance(part.get("image_url"), dict))]
        kept.append({**message, "content": others} if parts else message)
    return {**body, "messages": kept} if kept else body


@mutant(
    "telnyx-422-detail-text", breaks={"telnyx.contract.response"}, source="FastAPI: HTTPException(422, detail=text)"
)
class Telnyx422DetailText(Refusals):
    """The `detail` of a 422 on Telnyx's routes is a text in place of a list."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        return {"detail": error.message} if "detail" in body else body


@mutant("models-list-renamed", breaks={"models.list.tested-model"}, source="plausible: a gateway's own names")
class ModelsListRenamed(Models):
    """The list has the models under names that requests do not use."""

    def list_models(self) -> Any:
        data = [self.model_object(f"hosted--{name}") for name in self.models()]
        return self.http.json_response({"object": "list", "data": data})


@mutant(
    "models-list-bare", breaks={"models.list.schema"}, defects=("d141", "d142"), source="tarasglek/chatcraft.org#515"
)
class ModelsListBare(Models):
    """The list of models is a bare array."""

    def list_models(self) -> Any:
        return self.http.json_response([self.model_object(name) for name in self.models()])


@mutant(
    "model-created-missing",
    breaks={"models.list.schema", "models.retrieve"},
    defects=("d141",),
    source="BerriAI/litellm#5275",
)
class ModelCreatedMissing(Models):
    """Models have no created and no owned_by."""

    def model_object(self, name: str) -> Json:
        return {"id": name, "object": "model"}


@mutant("model-unknown-200", breaks={"models.retrieve.unknown"}, defects=("d069",), source="epam/ai-dial-chat#7926")
class ModelUnknown200(Models):
    """An unknown model can be retrieved."""

    def retrieve_model(self, name: str) -> Any:
        return self.http.json_response(self.model_object(name))


@mutant("model-slash-unreachable", breaks={"models.retrieve"}, source="plausible: routes without :path")
class ModelSlashUnreachable(Models):
    """A model with a slash in its id cannot be retrieved."""

    def retrieve_model(self, name: str) -> Any:
        if "/" in name:
            raise ApiError(404, f"The model '{name}' does not exist.", "model", "model_not_found")
        return super().retrieve_model(name)
