"""Reads the request and the response of an exchange, and parses each of them only once."""

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
    """An exchange whose parts are parsed at most once, even if several checks read them.

    No attribute of a `Reading` raises an exception.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.reply = ChatReply(exchange)
        self.response = ResponseReply(exchange)
        self.memo: dict[Callable[..., Any], Any] = {}

    @cached_property
    def operation(self) -> str | None:
        """The API operation of the request."""
        return operation_of(self.exchange.request)

    @property
    def is_sse(self) -> bool:
        """Whether the response consists of server-sent events."""
        return self.reply.streamed

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The request body as a JSON object; {} if it is not a JSON object."""
        body = self.exchange.request.json
        return body if isinstance(body, dict) else {}

    @cached_property
    def faulty(self) -> bool:
        """Whether the suite made the request invalid on purpose; both success and rejection are then allowed.

        A separate requirement judges whether the target answers invalid requests at all. A request in a recording of
        client traffic never counts as invalid on purpose.
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
        """The JSON object in the body of a 200 response that is not a stream; None for other responses."""
        if self.exchange.events:  # a line that begins with `data` is no JSON
            return None
        try:
            return self.reply.body
        except NotAnswered:
            return None

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The JSON objects of the stream, errors included; () if the response is not a stream."""
        return self.reply.payloads

    @cached_property
    def is_stream(self) -> bool:
        """Whether the response is a stream of chat chunks without an error."""
        return (
            self.is_sse
            and self.exchange.failure is None
            and not self.exchange.stopped  # we hung up: what is missing is not the target's doing
            and not self.reply.errors
        )

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of a completion, assembled if streamed; () if the response is not a completion."""
        if self.is_sse and not self.is_stream:
            return ()
        try:
            return self.reply.choices
        except NotAnswered:
            return ()


def names_undeclared(body: dict[str, Any]) -> bool:
    """Return whether a request selects a function that its `tools` do not declare; a schema cannot express this rule."""
    choice, tools = body.get("tool_choice"), body.get("tools")
    if not isinstance(choice, dict) or choice.get("type") != "function":
        return False
    function = choice.get("function", choice)
    wanted = function.get("name") if isinstance(function, dict) else None
    declared = [tool.get("function", tool) for tool in tools or () if isinstance(tool, dict)]
    return wanted not in [each.get("name") for each in declared if isinstance(each, dict)]
