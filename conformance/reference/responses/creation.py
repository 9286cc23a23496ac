"""Serves POST /responses: creates responses in the foreground or background, as JSON or as a stream."""

from __future__ import annotations

from starlette.responses import Response

from conformance.reference.chat.generation import Generations
from conformance.reference.dialect import Dialect
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.language_model.generate import Generation
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.responses.background import Background
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.routes import serves


class Responses(Part):
    """POST /responses.

    Creates responses. Without streaming, the response object of the last event is returned as JSON.
    """

    background: Background
    generations: Generations
    http: Http
    ids: Ids
    response_events: ResponseEvents
    response_objects: ResponseObjects
    response_requests: ResponseRequests

    @serves("POST", "/v1/responses")
    def respond(self, body: Json, dialect: Dialect) -> Response:
        """Answer one request for a response."""
        request, generation, response = self.start_response(body, dialect)
        return self.answer_response(request, generation, response)

    def start_response(self, body: Json, dialect: Dialect) -> tuple[ResponseRequest, Generation, Json]:
        """Read a Responses request, and check its parameters.

        Return the checked request, the generation (not yet begun), and the response object with status `in_progress`.
        """
        request = self.response_requests.response_request(body, dialect)
        generation = self.generations.generation(request.chat, self.generations.sampling(request.chat), 0)
        return (
            request,
            generation,
            self.response_objects.response_object(request, self.ids.new_id("resp_"), self.ids.now()),
        )

    def answer_response(self, request: ResponseRequest, generation: Generation, response: Json) -> Response:
        """Generate a response while the client waits, or queue it if the request sets `background`."""
        if request.get("background", False):
            return self.background.queue(request, generation, response)
        made = self.response_events
        events = made.response_events(request, generation, response)
        if request.get("stream", False):
            return self.http.stream_response(made.response_frames(made.numbered(made.padded(request, events))))
        last = response
        for event in events:
            last = event.get("response", last)
        return self.http.json_response(last)
