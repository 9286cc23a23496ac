"""Background responses are returned before they are generated.

Clients can poll, stream or cancel a background response.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from starlette.responses import Response

from conformance.reference.errors import refuse
from conformance.reference.http import Http
from conformance.reference.language_model.generate import Generation
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import StoredResponses
from conformance.reference.routes import serves
from conformance.reference.store import Job, StoredResponse

_BEGUN = 3  # events after which a response is no longer queued: created, queued, in_progress


class Background(Part):
    """Implements background responses.

    Because a background response is generated only while a request retrieves it, repeated runs get equal results.
    """

    http: Http
    response_events: ResponseEvents
    stored_responses: StoredResponses

    def queue(self, request: ResponseRequest, generation: Generation, response: Json) -> Response:
        """Store a background response with status `queued`.

        Return the response, or its stream if the request sets `stream`.
        """
        if not self.stored_responses.stored(request):
            refuse("Background mode requires 'store' to be true.", "background", "unsupported_value")
        queued = {**response, "status": "queued"}
        events = self.response_events.numbered(self.background_events(request, generation, queued))
        job = Job(events, bool(request.get("stream", False)))
        items = self.stored_responses.listed_input(request)
        self.store.responses[queued["id"]] = StoredResponse(queued, items, request.earlier, job)
        return self.http.stream_response(self.watched(job, 0)) if job.streamed else self.http.json_response(queued)

    def background_events(self, request: ResponseRequest, generation: Generation, queued: Json) -> Iterator[Json]:
        """Yield all events of a background response: `response.created`, `response.queued` and the later events.

        The stored response changes with the events: from `queued` to `in_progress` to `completed`.
        """
        yield {"type": "response.created", "response": queued}
        yield {"type": "response.queued", "response": queued}
        for event in self.response_events.response_events(request, generation, {**queued, "status": "in_progress"}):
            if event["type"] == "response.created":
                continue
            if event["type"] == "response.in_progress" and queued["id"] in self.store.responses:
                self.store.responses[queued["id"]].body = event["response"]
            yield event

    def watched(self, job: Job, first: int) -> Iterator[bytes]:
        """Return the stream of a background response, beginning with event number `first`."""
        return self.response_events.response_frames(self.events_from(job, first))

    def events_from(self, job: Job, number: int) -> Iterator[Json]:
        """Yield the events of a background response, beginning with event `number`.

        Each event is generated only when the caller asks for the event.
        """
        while (event := job.event(number)) is not None:
            yield event
            number += 1

    @serves("GET", "/v1/responses/{identifier}")
    def look_at_response(self, identifier: str, query: Mapping[str, str]) -> Response:
        """Answer GET /responses/{id} with the background response.

        If the query has `stream=true`, stream the events after `starting_after`.
        """
        if query.get("stream") == "true":
            return self.resume(self.stored_responses.found(identifier), query)
        stored = self.store.responses.get(identifier)
        if stored is not None and stored.job is not None:
            self.move_on(stored.job)
        return self.stored_responses.retrieve_response(identifier)

    def move_on(self, job: Job) -> None:
        """Move a background response to its next state whenever a client retrieves the response.

        The first retrieval returns the response in progress, and the second returns it completed.
        """
        job.looks += 1
        if job.looks == 1:
            job.event(_BEGUN - 1)
        else:
            job.finish()

    def resume(self, stored: StoredResponse, query: Mapping[str, str]) -> Response:
        """Stream the events after `starting_after` of a background response.

        A background response that was created without `stream: true` cannot be streamed.
        """
        if stored.job is None or not stored.job.streamed:
            refuse("Only responses created with background=true and stream=true can be streamed.", "stream")
        after = query.get("starting_after", "-1")
        if not after.removeprefix("-").isdigit():
            refuse(f"Invalid type for 'starting_after': expected an integer, but got '{after}'.", "starting_after")
        return self.http.stream_response(self.watched(stored.job, int(after) + 1))

    @serves("POST", "/v1/responses/{identifier}/cancel")
    def cancel_response(self, identifier: str) -> Response:
        """Answer POST /responses/{id}/cancel.

        Cancelling a foreground response is rejected, and cancelling a completed response leaves it unchanged.
        """
        stored = self.stored_responses.found(identifier)
        if stored.job is None:
            refuse(
                "Cannot cancel a synchronous response: only responses created with background=true can be cancelled."
            )
        if stored.body["status"] in {"queued", "in_progress"}:
            stored.job.source = iter(())
            stored.body = {**stored.body, "status": "cancelled"}
        return self.http.json_response(stored.body)
