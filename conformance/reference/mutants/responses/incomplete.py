"""Mutants whose truncated responses do not say where, or why, they were truncated."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


@mutant(
    "response-cut-item-completed",
    breaks={"responses.incomplete.item-status"},
    defects=("n016",),
    source="vllm-project/vllm#57998",
)
class ResponseCutItemCompleted(ResponseObjects):
    """The message that `max_output_tokens` truncated has the status `completed`."""

    def message_item(self, identifier: str, status: str, content: list[Json]) -> Json:
        return super().message_item(identifier, "completed" if status == "incomplete" else status, content)


@mutant(
    "response-incomplete-details-null",
    breaks={"responses.incomplete.reason"},
    defects=("n019",),
    source="ollama/ollama#17239",
)
class ResponseIncompleteDetailsNull(ResponseObjects):
    """A truncated response has `incomplete_details: null`."""

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        return {**super().finished(request, response, items, output), "incomplete_details": None}


@mutant(
    "response-stream-cut-completed",
    breaks={"responses.incomplete.status"},
    defects=("n015",),
    source="vllm-project/vllm#45386",
)
class ResponseStreamCutCompleted(ResponseObjects):
    """A stream that `max_output_tokens` truncated ends with `response.completed` instead of `response.incomplete`."""

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        done = super().finished(request, response, items, output)
        cut = request.get("stream", False) and done["status"] == "incomplete"
        return {**done, "status": "completed", "incomplete_details": None} if cut else done
