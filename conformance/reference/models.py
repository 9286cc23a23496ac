"""The models of the endpoint: their ids, their context windows, and the operations that list them."""

from __future__ import annotations

from typing import NoReturn

from starlette.responses import Response

from conformance.reference.errors import ApiError
from conformance.reference.http import Http
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.routes import serves

LONG_MODEL = "reference-1-128k"
CHAT_MODELS = (
    "reference-1",
    "reference-1-mini",
    LONG_MODEL,
    "reference/thinker",
    "meta-llama/Meta-Llama-3.1-8B-Instruct",
    "zai-org/GLM-5.1-FP8",
)
EMBEDDING_MODELS = ("reference-embed",)
STARTED = 1767225600  # when the models were "made": 2026-01-01, in seconds


class Models(Part):
    """Serves GET /models, and checks the `model` parameter for other operations."""

    http: Http

    def chat_models(self) -> tuple[str, ...]:
        """Return the ids of the models for chat."""
        return CHAT_MODELS

    def models(self) -> tuple[str, ...]:
        """Return the ids of all models."""
        return (*self.chat_models(), *EMBEDDING_MODELS)

    def model_object(self, name: str) -> Json:
        """Return the object that describes one model.

        As in vLLM, `max_model_len` has the context window of the model.
        """
        return {
            "id": name, "object": "model", "created": STARTED, "owned_by": "openai-conformance",
            "max_model_len": self.context_window(name),
        }  # fmt: skip

    def context_window(self, model: str) -> int:
        """Return the context window of a model: the maximum number of prompt and output tokens of one request."""
        return self.settings.long_window if model == LONG_MODEL else self.settings.context_window

    def unknown_model(self, name: str, param: str | None = None) -> NoReturn:
        """Reject a request for an unknown model."""
        raise ApiError(
            404, f"The model '{name}' does not exist or you do not have access to it.", param, "model_not_found"
        )

    def check_model(self, name: str, known: tuple[str, ...], param: str | None = None) -> None:
        """Reject the name of a model that is not in `known`."""
        if name not in known:
            self.unknown_model(name, param)

    @serves("GET", "/v1/models")
    def list_models(self) -> Response:
        """GET /models."""
        return self.http.json_response({"object": "list", "data": [self.model_object(name) for name in self.models()]})

    @serves("GET", "/v1/models/{name:path}")
    def retrieve_model(self, name: str) -> Response:
        """Answer GET /models/{id}; ids may contain slashes."""
        self.check_model(name, self.models(), "model")
        return self.http.json_response(self.model_object(name))
