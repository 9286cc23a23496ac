"""Background responses: returned before they are generated, then polled, streamed from any event on, or cancelled."""

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
    """Nothing is generated between requests: each retrieval advances the response, so that runs are repeatable."""

    http: Http
    response_events: ResponseEvents
    stored_responses: StoredResponses

    def queue(self, request: ResponseRequest, generation: Generation, response: Json) -> Response:
        """Return the queued response, or its stream."""
        if not self.stored_responses.stored(request):
            refuse("Background mode requires 'store' to be true.", "background", "unsupported_value")
        queued = {**response, "status": "queued"}
        events = self.response_events.numbered(self.background_events(request, generation, queued))
        job = Job(events, bool(request.get("stream", False)))
        items = self.stored_responses.listed_input(request)
        self.store.responses[queued["id"]] = StoredResponse(queued, items, request.earlier, job)
        return self.http.stream_response(self.watched(job, 0)) if job.streamed else self.http.json_response(queued)

    def background_events(self, request: ResponseRequest, generation: Generation, queued: Json) -> Iterator[Json]:
        """Yield all events of a background response, beginning with the events about the queue.

        The stored response changes with them.
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
        """Return the stream of a background job, starting after an event."""
        return self.response_events.response_frames(self.events_from(job, first))

    def events_from(self, job: Job, number: int) -> Iterator[Json]:
        """Yield the events of a background job from a number on, generated on demand."""
        while (event := job.event(number)) is not None:
            yield event
            number += 1

    @serves("GET", "/v1/responses/{identifier}")
    def look_at_response(self, identifier: str, query: Mapping[str, str]) -> Response:
        """Answer GET /responses/{id} with the current response, or with a stream of its events after `starting_after`."""
        if query.get("stream") == "true":
            return self.resume(self.stored_responses.found(identifier), query)
        stored = self.store.responses.get(identifier)
        if stored is not None and stored.job is not None:
            self.move_on(stored.job)
        return self.stored_responses.retrieve_response(identifier)

    def move_on(self, job: Job) -> None:
        """Advance a background response: at the first retrieval it is in progress, at the second it is completed."""
        job.looks += 1
        if job.looks == 1:
            job.event(_BEGUN - 1)
        else:
            job.finish()

    def resume(self, stored: StoredResponse, query: Mapping[str, str]) -> Response:
        """Stream the remaining events of a background response that was created as a stream."""
        if stored.job is None or not stored.job.streamed:
            refuse("Only responses created with background=true and stream=true can be streamed.", "stream")
        after = query.get("starting_after", "-1")
        if not after.removeprefix("-").isdigit():
            refuse(f"Invalid type for 'starting_after': expected an integer, but got '{after}'.", "starting_after")
        return self.http.stream_response(self.watched(stored.job, int(after) + 1))

    @serves("POST", "/v1/responses/{identifier}/cancel")
    def cancel_response(self, identifier: str) -> Response:
        """Answer POST /responses/{id}/cancel; foreground and completed responses stay unchanged."""
        stored = self.stored_responses.found(identifier)
        if stored.job is None:
            refuse(
                "Cannot cancel a synchronous response: only responses created with background=true can be cancelled."
            )
        if stored.body["status"] in {"queued", "in_progress"}:
            stored.job.source = iter(())
            stored.body = {**stored.body, "status": "cancelled"}
        return self.http.json_response(stored.body)
