"""Mutants with faulty background responses: generated at the wrong time, lost, not cancelled, or resumed wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import Response

from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Generation, Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.background import Background
from conformance.reference.responses.creation import Responses
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.store import Job, StoredResponse


@mutant(
    "background-in-foreground", breaks={"responses.background.queued", "responses.echo.background"}, source="plausible"
)
class BackgroundInForeground(ResponseRequests):
    """`background: true` is silently ignored: the response is generated in the foreground."""

    def prepare_response_body(self, body: Json) -> Json:
        return {key: value for key, value in super().prepare_response_body(body).items() if key != "background"}


@mutant("background-waits", breaks={"responses.background.queued"}, source="plausible")
class BackgroundWaits(Responses):
    """The request for a background response is answered only when the response is complete."""

    def answer_response(self, request: ResponseRequest, generation: Generation, response: Json) -> Response:
        answered = super().answer_response(request, generation, response)
        stored = self.store.responses.get(response["id"])
        if stored is None or stored.job is None or stored.job.streamed:
            return answered
        stored.job.finish()
        return self.http.json_response(self.store.responses[response["id"]].body)


@mutant("background-output-lost", breaks={"responses.background.completes"}, source="plausible")
class BackgroundOutputLost(ResponseObjects):
    """A completed background response is stored without its output."""

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        whole = super().finished(request, response, items, output)
        return {**whole, "output": []} if request.get("background", False) else whole


@mutant("cancel-ignored", breaks={"responses.cancel"}, source="plausible")
class CancelIgnored(Background):
    """Cancelling a background response returns it, but does not cancel it."""

    def cancel_response(self, identifier: str) -> Response:
        stored = self.stored_responses.found(identifier)
        return super().cancel_response(identifier) if stored.job is None else self.http.json_response(stored.body)


@mutant("cancel-forgotten", breaks={"responses.cancel.kept"}, source="plausible")
class CancelForgotten(Background):
    """Cancelling a background response returns status `cancelled`, but generation continues."""

    def cancel_response(self, identifier: str) -> Response:
        stored = self.stored_responses.found(identifier)
        if stored.job is None:
            return super().cancel_response(identifier)
        return self.http.json_response({**stored.body, "status": "cancelled"})


@mutant("cancel-anything", breaks={"responses.cancel.foreground"}, source="sgl-project/sglang#38087")
class CancelAnything(Background):
    """Cancelling a foreground response is accepted instead of rejected."""

    def cancel_response(self, identifier: str) -> Response:
        stored = self.stored_responses.found(identifier)
        return self.http.json_response(stored.body) if stored.job is None else super().cancel_response(identifier)


@mutant("resume-from-start", breaks={"responses.resume", "responses.resume.whole"}, source="plausible")
class ResumeFromStart(Background):
    """A resumed stream ignores `starting_after` and begins with the first event of the response."""

    def resume(self, stored: StoredResponse, query: Mapping[str, str]) -> Response:
        return super().resume(stored, {key: value for key, value in query.items() if key != "starting_after"})


class _Resumed(Background):
    """Base of mutants that change the events of a resumed stream."""

    def watched(self, job: Job, first: int) -> Iterator[bytes]:
        if not first:
            return super().watched(job, first)
        return self.response_events.response_frames(self.again(self.events_from(job, first)))

    def again(self, events: Iterator[Json]) -> Iterator[Json]:
        return events


@mutant("resume-renumbered", breaks={"responses.resume"}, source="plausible")
class ResumeRenumbered(_Resumed):
    """A resumed stream restarts its sequence numbers."""

    def again(self, events: Iterator[Json]) -> Iterator[Json]:
        return ({**event, "sequence_number": number} for number, event in enumerate(events))


@mutant("resume-delta-lost", breaks={"responses.resume.whole"}, source="plausible")
class ResumeDeltaLost(_Resumed):
    """The first delta of a resumed stream is empty."""

    def again(self, events: Iterator[Json]) -> Iterator[Json]:
        lost = False
        for event in events:
            first = not lost and "delta" in event
            lost = lost or first
            yield {**event, "delta": ""} if first else event


@mutant("cancel-once", breaks={"responses.cancel.twice"}, defects=("n021",), source="vllm-project/vllm#57999")
class CancelOnce(Background):
    """The cancellation of a background response that has ended is rejected with the error for foreground responses."""

    def cancel_response(self, identifier: str) -> Response:
        if self.stored_responses.found(identifier).body["status"] not in {"queued", "in_progress"}:
            refuse("Cannot cancel a synchronous response.")
        return super().cancel_response(identifier)
