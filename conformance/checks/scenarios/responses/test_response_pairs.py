"""Pairs of parameters of the Responses API: parameters that work alone must work together, in JSON and in streams."""

from __future__ import annotations

from conformance.checks import probe, requirement, standard
from conformance.checks.combining import Combinations, Row, ask_all, expect_together
from conformance.engine.responses import Responses
from conformance.reply import ResponseReply

from .pairs import PARAMETERS, PROMPT, ROOM, rows


@probe
async def response_combinations(responses: Responses) -> Combinations:
    """Send each row of the covering array to POST /responses, and reduce the first combinations that fail."""

    async def send(row: Row, *, fresh: bool = False) -> ResponseReply:
        return await responses.post(responses.body(PROMPT, max_output_tokens=ROOM) | PARAMETERS.body(row), fresh=fresh)

    return await ask_all(PARAMETERS, send, rows())


@requirement("generated.response-pairs")
@standard
def test_response_parameters_work_together(response_combinations: Combinations) -> None:
    expect_together(response_combinations)
