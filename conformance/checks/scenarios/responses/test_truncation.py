"""An input that exceeds the context window must be rejected, unless the request allows the target to truncate it.

If the target names no context window, inputs of growing length find it.
"""

from __future__ import annotations

import asyncio

from conformance.checks import deep, expect, premise, probe, requirement
from conformance.checks.growing import Growing, expect_last_prompt_rejected, grow, tokens
from conformance.checks.language import NotApplicable, answer
from conformance.checks.refusal import not_now
from conformance.config import Target
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply, points_at, read_error
from conformance.wire import Exchange

from ..chat.test_history import AFFORDABLE, known_window
from .conftest import message

PARTS = 8
Overflow = tuple[int, ResponseReply, ResponseReply]


@probe
async def response_overflow(responses: Responses, model_list: Exchange, target: Target) -> Overflow | None:
    """Send an input that exceeds the context window, if the size of the window is known and small enough."""
    window = known_window(model_list, target)
    if not 0 < window <= AFFORDABLE:
        return None
    numbers = list(map(str, range(window + 64)))
    size = -(-len(numbers) // PARTS)
    input = [message("user", " ".join(numbers[at : at + size])) for at in range(0, len(numbers), size)]
    input.append(message("user", HELLO))
    refused, cut = await asyncio.gather(
        responses(input, max_output_tokens=16), responses(input, truncation="auto", max_output_tokens=16)
    )
    return window, refused, cut


def overflown(overflow: Overflow | None) -> Overflow:
    """Return the size of the context window, and the two responses to an input that exceeds it."""
    if overflow is None:
        raise NotApplicable(
            f"neither `/models` nor the option `context_window` names a context window of at most {AFFORDABLE} tokens"
        )
    for reply in overflow[1:]:
        if not_now(reply):
            raise NotAnswered(reply.exchange, "no response to an input longer than the context window")
    return overflow


def counted(reply: ResponseReply) -> int:
    """Return the number of input tokens in a response; 0 if the response has none."""
    count = (reply.usage or {}).get("input_tokens")
    return count if isinstance(count, int) else 0


@requirement("responses.truncation.disabled")
def test_an_input_that_does_not_fit_is_refused(response_overflow: Overflow | None) -> None:
    window, reply, _ = overflown(response_overflow)
    status = reply.exchange.status or 0
    if reply.accepted and counted(reply) > window:
        return  # the window is larger than the list says; nothing was cut
    expect(400 <= status < 500, f"a 4xx for more than {window} tokens", got=answer(reply), where="status", on=reply)


@requirement("responses.truncation.auto")
def test_items_are_dropped_where_that_is_allowed(response_overflow: Overflow | None) -> None:
    window, _, reply = overflown(response_overflow)
    if reply.accepted:
        return
    exchange = reply.exchange
    if exchange.status != 200 and points_at(read_error(exchange), ("truncation",)):
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    expected = f"a response to the part that fits into {window} tokens"
    expect(False, expected, got=answer(reply), where="status", on=reply)


@probe
async def growing_inputs(
    responses: Responses, response_plain: ResponseReply, growing_prompts: Growing, context_window: int
) -> Growing:
    """Send longer and longer inputs until the target rejects one, or does not count all of it.

    If chat completions found the context window, only the last prompts of the chat probe are sent as inputs. No input
    is sent if the size of the context window is known, if all prompts fit into it, or if the target counts no tokens.
    """
    if context_window or growing_prompts.fits or not tokens(response_plain):
        return Growing()
    sizes = growing_prompts.last_sizes or Growing().sizes
    return await grow(lambda prompt, fresh: responses(prompt, max_output_tokens=16, fresh=fresh), sizes)


@requirement("responses.truncation.disabled-unnamed")
@deep
def test_an_input_that_does_not_fit_an_unnamed_window_is_refused(
    growing_inputs: Growing,
    response_plain: ResponseReply,
    growing_prompts: Growing,
    response_overflow: Overflow | None,
    context_window: int,
) -> None:
    if response_overflow is not None:
        reply = response_overflow[1]
        if 400 <= (reply.exchange.status or 0) < 500 and not not_now(reply):
            return  # the size is known, so this one input was enough
    if context_window:
        raise NotApplicable("the size of the context window is known", see="responses.truncation.disabled")
    if growing_prompts.fits:
        raise NotApplicable(
            "the longest prompt fits the context window of chat completions", see="chat.context.overflow-unnamed"
        )
    if not response_plain.accepted:
        raise NotAnswered(response_plain.exchange, "the simplest request is not answered")
    premise(growing_inputs.sent, "the target does not count input tokens", see="responses.usage")
    expect_last_prompt_rejected(growing_inputs, see="responses.usage.input-grows")
