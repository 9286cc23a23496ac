"""Adds the paths, conversations and storage buckets of Telnyx's contract to the reference endpoint."""

from __future__ import annotations

from starlette.responses import Response

from conformance.packs.telnyx.buckets import ANSWER, BUCKET, OTHER_BUCKET, QUESTION, Buckets
from conformance.packs.telnyx.conversations import TelnyxConversations
from conformance.packs.telnyx.dialect import TELNYX
from conformance.packs.telnyx.requests import TelnyxChatRequests
from conformance.packs.telnyx.retrieval import RetrievingRequests
from conformance.reference import PackReference, Part, serves
from conformance.reference.chat.completion import Chat
from conformance.reference.dialect import Dialect
from conformance.reference.embeddings import Embeddings
from conformance.reference.http import Http
from conformance.reference.models import Models
from conformance.reference.prompt import Json
from conformance.reference.responses.creation import Responses

BASE_PATH = "/v2/ai/openai"


class TelnyxPaths(Part):
    """Serves OpenAI's operations at Telnyx's paths, in Telnyx's dialect."""

    chat: Chat
    responses: Responses
    models: Models
    embedder: Embeddings
    http: Http

    @serves("POST", f"{BASE_PATH}/chat/completions", TELNYX)
    def chat_completions(self, body: Json, dialect: Dialect) -> Response:
        """POST /chat/completions."""
        return self.chat.chat(body, dialect)

    @serves("POST", f"{BASE_PATH}/responses", TELNYX)
    def respond(self, body: Json, dialect: Dialect) -> Response:
        """POST /responses."""
        return self.responses.respond(body, dialect)

    @serves("POST", f"{BASE_PATH}/embeddings", TELNYX)
    def create_embeddings(self, body: Json) -> Response:
        """POST /embeddings, which Telnyx's SDK offers, but which Telnyx's API reference does not promise."""
        if not self.settings.sdk_features:
            return self.http.unknown_route("POST", f"{BASE_PATH}/embeddings")
        return self.embedder.embeddings(body)

    @serves("GET", f"{BASE_PATH}/models", TELNYX)
    def list_models(self) -> Response:
        """GET /models."""
        return self.models.list_models()


REFERENCE = PackReference(
    parts=(TelnyxPaths, TelnyxConversations, Buckets, RetrievingRequests, TelnyxChatRequests),
    base_path=BASE_PATH,
    options={
        "retrieval_bucket": BUCKET,
        "retrieval_question": QUESTION,
        "retrieval_answer": ANSWER,
        "retrieval_other_bucket": OTHER_BUCKET,
    },
)
