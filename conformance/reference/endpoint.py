"""The endpoint: all behaviours of all operations in one class, so that a mutant overrides exactly one of them."""

from __future__ import annotations

from starlette.responses import Response

from conformance.reference.dialect import TELNYX
from conformance.reference.routes import serves
from conformance.reference.stored_chats import StoredChats


class Endpoint(StoredChats):
    """A right OpenAI-compatible endpoint; see the classes it is made of."""

    @serves("GET", "/v1/models")
    @serves("GET", "/v2/ai/openai/models", TELNYX)
    def list_models(self) -> Response:
        """GET /models."""
        return self.json_response({"object": "list", "data": [self.model_object(name) for name in self.models()]})

    @serves("GET", "/v1/models/{name:path}")
    def retrieve_model(self, name: str) -> Response:
        """GET /models/{id}; ids may contain slashes."""
        self.check_model(name, self.models(), "model")
        return self.json_response(self.model_object(name))

    def unknown_route(self, method: str, path: str) -> Response:  # noqa: ARG002 - for mutants that answer anyway
        """An address that does not exist: 404 without a body, as OpenAI answers."""
        return Response(None, 404, self.headers())

    def preflight(self) -> Response:
        """The answer to a browser's question before a cross-origin request; needs no key, as browsers send none."""
        allowed = {
            "access-control-allow-origin": "*",
            "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
            "access-control-allow-headers": "authorization, content-type",
        }
        return Response(None, 204, {**self.headers(), **allowed})
