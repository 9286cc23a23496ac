"""Tools that are declared but not called must not change other parts of a response."""

from __future__ import annotations

from conformance.checks import expect, premise, probe, requirement
from conformance.reply import ChatReply

CONTENT = "/choices/0/delta/content"
# Fewer characters than this may be one token that the limit cut in one answer and not in the other.
LOST = 4


@probe
async def whole_beside_tools(idle_tools: ChatReply) -> ChatReply:
    """Return the response to a request that declares a tool and does not set `stream`."""
    return idle_tools


@probe(transports=("sse",))
async def streamed_beside_tools(idle_tools: ChatReply) -> ChatReply:
    """The streamed response."""
    return idle_tools


@requirement("chat.tools.stream-whole")
def test_text_beside_tools_is_streamed_whole(whole_beside_tools: ChatReply, streamed_beside_tools: ChatReply) -> None:
    whole, streamed = whole_beside_tools.text.rstrip(), streamed_beside_tools.text.rstrip()
    premise(whole and not whole_beside_tools.tool_calls, "the model calls a tool")
    premise(not streamed_beside_tools.tool_calls, "the model calls a tool in the stream")
    # Engines may compute the same prompt a second time with other roundings; what they cut off is not of that kind.
    lost = len(streamed) <= len(whole) - LOST and whole.startswith(streamed)
    expect(not lost, f"the complete text {whole!r}", got=streamed, where=CONTENT, on=streamed_beside_tools)
    premise(whole == streamed, "the two responses differ in wording")


@requirement("chat.logprobs.with-tools")
def test_logprobs_come_beside_tools(idle_tools: ChatReply, logprobs_asked: ChatReply) -> None:
    premise(logprobs_asked.choices[0].logprobs, "without tools there are no logprobs either", see="chat.logprobs.shape")
    choice = idle_tools.choices[0]
    premise(choice.text and not choice.tool_calls, "the model calls a tool")
    where = "/choices/0/logprobs/content"
    expect(choice.logprobs, "an entry for each token", got=choice.logprobs, where=where, on=idle_tools)
