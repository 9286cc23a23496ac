"""Faulty requests: each has exactly one fault, and the target must reject the request because of this fault."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.checks import expect, probe, requirement, requirements
from conformance.checks.language import answer
from conformance.checks.refusal import Faulty, expect_refused
from conformance.engine.responses import HELLO, Responses

UNKNOWN_MODEL = "conformance-no-such-model"
UNKNOWN_RESPONSE = "resp_" + "0" * 48

# Fault → what to change in a right body (None removes the field), and the words that point at the fault.
FAULTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "responses.error.input-missing": ({"input": None}, ("input",)),
    "responses.error.input-type": ({"input": 12345}, ("input",)),
    "responses.error.model-unknown": ({"model": UNKNOWN_MODEL}, ("model", "model_not_found", UNKNOWN_MODEL)),
    "responses.error.max-output-tokens-small": ({"max_output_tokens": -5}, ("max_output_tokens", "max_tokens")),
    "responses.error.temperature-type": ({"temperature": "hot"}, ("temperature",)),
    "responses.error.temperature-range": ({"temperature": -1}, ("temperature",)),
    "responses.error.role-unknown": (
        {"input": [{"role": "wizard", "content": HELLO}]},
        ("role", "wizard", "roles", "input", "messages", "item"),
    ),
    "responses.error.text-format-unknown": (
        {"text": {"format": {"type": "verse"}}},
        ("text.format", "text.format.type", "format", "verse", "text", "type"),
    ),
    "responses.error.metadata-type": ({"metadata": "none"}, ("metadata",)),
    "responses.error.metadata-pairs": (
        {"metadata": {f"key-{number}": "value" for number in range(17)}},
        ("metadata", "properties", "pairs"),
    ),
    "responses.error.metadata-key": ({"metadata": {"k" * 65: "value"}}, ("metadata", "key", "property")),
    "responses.error.metadata-value": ({"metadata": {"key": "v" * 513}}, ("metadata", "metadata.key", "key", "value")),
    "responses.error.truncation-unknown": ({"truncation": "sometimes"}, ("truncation", "sometimes")),
    "responses.error.include-unknown": ({"include": ["weather.forecast"]}, ("include", "weather.forecast")),
    "responses.state.previous-unknown": (
        {"previous_response_id": UNKNOWN_RESPONSE},
        ("previous_response_id", "previous_response_not_found", UNKNOWN_RESPONSE, "response", "previous response"),
    ),
}


@probe
async def response_refusals(responses: Responses) -> dict[str, Faulty]:
    """Send one request for each fault in the table `FAULTS`. The valid request without the fault is the control."""
    control = await responses.offered()

    async def send(change: dict[str, Any], names: tuple[str, ...]) -> Faulty:
        body = responses.body(HELLO) | change
        return Faulty(control, await responses.post({k: v for k, v in body.items() if v is not None}), names)

    sent = await asyncio.gather(*(send(*fault) for fault in FAULTS.values()))
    return dict(zip(FAULTS, sent, strict=True))


@requirements("fault", FAULTS)
def test_the_fault_is_refused_for_its_reason(response_refusals: dict[str, Faulty], fault: str) -> None:
    expect_refused(response_refusals[fault])


@probe
async def response_refused_in_stream(responses: Responses) -> Faulty:
    """Send a faulty request with `stream: true`."""
    body = responses.body(HELLO) | {"input": 12345, "stream": True}
    return Faulty(await responses.offered(), await responses.post(body), ("input",))


@requirement("responses.error.before-stream")
def test_a_fault_is_refused_before_the_stream_begins(response_refused_in_stream: Faulty) -> None:
    exchange = response_refused_in_stream.faulty.exchange
    if exchange.status == 200 and exchange.is_sse:
        expect(False, "a 4xx that is not a stream", got=answer(exchange), where="status", on=exchange)
    expect_refused(response_refused_in_stream)
    expect(
        not exchange.is_sse, "an error that is not a stream", got=exchange.media_type, where="content-type", on=exchange
    )
