"""Mutants that violate requirements of `responses.echo`: a response lacks or changes a field that it must repeat."""

from __future__ import annotations

from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


def _echo_mutant(name: str, requirement: str, values: Json) -> None:
    """Return a mutant whose responses have default values in some fields, whatever the request has."""

    class Echo(ResponseObjects):
        def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
            return {**super().response_object(request, identifier, created), **values}

    Echo.__doc__ = f"A response carries the default of {', '.join(values)}, whatever was asked."
    Echo.__name__ = Echo.__qualname__ = "".join(word.title() for word in name.split("-"))
    mutant(name, breaks={requirement}, source="plausible")(Echo)


_ECHOES: dict[str, tuple[str, Json]] = {
    "response-echo-instructions": ("responses.echo.instructions", {"instructions": None}),
    "response-echo-sampling": ("responses.echo.sampling", {"temperature": 1.0, "top_p": 1.0}),
    "response-echo-limit": ("responses.echo.max-output-tokens", {"max_output_tokens": None}),
    "response-echo-metadata": ("responses.echo.metadata", {"metadata": {}}),
    "response-echo-tools": ("responses.echo.tools", {"tools": []}),
    "response-echo-tool-choice": ("responses.echo.tool-choice", {"tool_choice": "auto"}),
    "response-echo-parallel": ("responses.echo.parallel-tool-calls", {"parallel_tool_calls": True}),
    "response-echo-format": ("responses.echo.text-format", {"text": {"format": {"type": "text"}}}),
    "response-echo-previous": ("responses.echo.previous", {"previous_response_id": None}),
    "response-echo-background": ("responses.echo.background", {"background": False}),
    "response-echo-truncation": ("responses.echo.truncation", {"truncation": "disabled"}),
    "response-echo-tool-calls": ("responses.echo.max-tool-calls", {"max_tool_calls": None}),
    "response-echo-cache-key": ("responses.echo.prompt-cache-key", {"prompt_cache_key": None}),
    "response-echo-safety": ("responses.echo.safety-identifier", {"safety_identifier": None}),
    "response-echo-user": ("responses.echo.user", {"user": None}),
    "response-echo-reasoning": ("responses.echo.reasoning", {"reasoning": {"effort": None, "summary": None}}),
    "response-echo-alternatives": ("responses.echo.top-logprobs", {"top_logprobs": 0}),
}


for _name, (_requirement, _values) in _ECHOES.items():
    _echo_mutant(_name, _requirement, _values)
