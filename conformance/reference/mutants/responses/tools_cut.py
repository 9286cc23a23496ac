"""Mutants of the area `responses.tools` whose function calls are truncated."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


@mutant(
    "response-cut-call-completed",
    breaks={"responses.tools.cut-status"},
    source="llama.cpp (xllamacpp 2026.10): status completed with the arguments '{'",
)
class ResponseCutCallCompleted(ResponseObjects):
    """A response whose last item is a truncated function call has the status `completed`, and so has the call."""

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        done = super().finished(request, response, items, output)
        if done["status"] != "incomplete" or not items or items[-1]["type"] != "function_call":
            return done
        called = [*items[:-1], {**items[-1], "status": "completed"}]
        return {**done, "status": "completed", "incomplete_details": None, "output": called}
