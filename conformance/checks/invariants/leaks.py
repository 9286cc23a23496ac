"""Invariants (checks of every exchange) about text that users must not see, such as the model's control tokens."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.reply.views import ChatAnswer
from conformance.wire import Fact

CONTROL_TOKENS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
    "<|eot_id|>", "<|eom_id|>", "<|channel|>", "<|message|>", "<|constrain|>", "<|call|>", "<|return|>",
    "<start_of_turn>", "<end_of_turn>",
)  # fmt: skip
"""Tokens that separate the turns of a conversation, in ChatML, Llama 3, Harmony and Gemma; no model writes them as text."""


@invariant("chat.response.control-tokens", on=ChatAnswer, needs={Fact.REQUEST, Fact.TEXT})
def control_tokens(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice in answer.choices:
        found = [token for token in CONTROL_TOKENS if token in choice.text]
        if found:
            asked = str(answer.asked)
            found = [token for token in found if token not in asked]
        where = f"/choices/{choice.index}/message/content"
        if choice.text:
            yield OK if not found else broken("text without control tokens", got=choice.text, where=where)
