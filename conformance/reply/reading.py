"""One exchange, read once: what was asked, whether it was wrong on purpose, and the answer as each client sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from conformance.contract import load_schemas
from conformance.reply.chat import ChatReply
from conformance.reply.choice import Choice
from conformance.reply.not_answered import NotAnswered
from conformance.reply.operation import operation_of
from conformance.reply.responses import ResponseReply
from conformance.reply.stream import Chunk
from conformance.wire import Exchange

REQUESTS = {"chat": "CreateChatCompletionRequest", "responses": "CreateResponse"}
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


class Reading:
    """One exchange, each thing in it read at most once, however many views look at it. Nothing here raises."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.reply = ChatReply(exchange)
        self.response = ResponseReply(exchange)
        self.memo: dict[Callable[..., Any], Any] = {}

    @cached_property
    def operation(self) -> str | None:
        """The operation that was asked for."""
        return operation_of(self.exchange.request)

    @property
    def is_sse(self) -> bool:
        """Whether the answer came as server-sent events."""
        return self.reply.streamed

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The request's JSON object; {} when it is none."""
        body = self.exchange.request.json
        return body if isinstance(body, dict) else {}

    @cached_property
    def faulty(self) -> bool:
        """Whether the suite made the request wrong on purpose, so that whoever answers it may answer anything.

        That it is answered at all is a requirement of its own. What clients recorded is taken as it is.
        """
        schema = REQUESTS.get(self.operation or "")
        if schema is None or not self.exchange.identity or self.exchange.request.method.upper() != "POST":
            return False
        body = self.exchange.request.json
        if not isinstance(body, dict) or not load_schemas().is_valid(schema, body):
            return True
        if names_undeclared(body):
            return True
        limits = [body.get(name) for name in LIMITS]  # for some of them the document has no minimum
        return any(isinstance(limit, int | float) and limit < 1 for limit in limits)

    @cached_property
    def body(self) -> dict[str, Any] | None:
        """The JSON object of a 200 answer that is no stream; None when it is none."""
        try:
            return self.reply.body
        except NotAnswered:
            return None

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The JSON objects of the stream, an error among them; () when there is no stream."""
        return self.reply.payloads

    @cached_property
    def is_stream(self) -> bool:
        """Whether it is a stream of chat chunks that carries no error."""
        return (
            self.is_sse
            and self.exchange.failure is None
            and not self.exchange.stopped  # we hung up: what is missing is not the target's doing
            and not any(chunk.data.get("error") for chunk in self.chunks)
        )

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of a completion, whole or put together; () when it is none."""
        if self.is_sse and not self.is_stream:
            return ()
        try:
            return self.reply.choices
        except NotAnswered:
            return ()


def names_undeclared(body: dict[str, Any]) -> bool:
    """Whether a request chooses a function that it does not declare, which no schema can say."""
    choice, tools = body.get("tool_choice"), body.get("tools")
    if not isinstance(choice, dict) or choice.get("type") != "function":
        return False
    function = choice.get("function", choice)
    wanted = function.get("name") if isinstance(function, dict) else None
    declared = [tool.get("function", tool) for tool in tools or () if isinstance(tool, dict)]
    return wanted not in [each.get("name") for each in declared if isinstance(each, dict)]
