"""Sends control requests: a rejected request is sent again without one feature.

If the target accepts the request without the feature, the feature was the reason for the rejection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.contract import Feature
from conformance.engine import BudgetExhausted, Engine, NoSuchOperation, NotRecorded, Unaskable
from conformance.reply.operation import operation_of
from conformance.wire import Exchange, Request, parse_json

Json = dict[str, Any]
LABEL = "control"
OPERATIONS = ("chat", "completions", "responses", "embeddings")
FAMILIES = (
    ("tools", "tool_choice", "parallel_tool_calls"),
    ("functions", "function_call"),
    ("logprobs", "top_logprobs"),
    ("stream", "stream_options"),
)
"""Parameters of which the later ones need the first."""
NEEDED = ("model", "messages", "input", "prompt", "max_tokens", "max_completion_tokens", "max_output_tokens")
"""Fields that a body must keep: without a limit, a response could have any length."""


LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Each output limit of a chat request, and the one that replaces it in a control request."""


def body_of(request: Request) -> Json:
    """Return the JSON object in a request body; {} if the body is not a JSON object."""
    try:
        body = parse_json(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def asks_for(feature: Feature, request: Request) -> bool:
    """Return whether a request uses a feature, or possibly uses it.

    A request possibly uses a feature if the request has a parameter of the feature, or if its parameters cannot be
    determined.
    """
    tops = _tops(feature)
    return not is_told(feature, request) or not tops.isdisjoint(body_of(request)) or "item_reference" in tops


def is_told(feature: Feature, request: Request) -> bool:
    """Return whether a request that uses the feature can be recognised by its top-level parameters."""
    return bool(body_of(request) and _tops(feature) and not request.on_socket and operation_of(request) in OPERATIONS)


def _tops(feature: Feature) -> set[str]:
    return {param.partition(".")[0] for param in feature.params}


def bodies_without(feature: Feature, body: Json) -> Iterator[Json]:
    """Yield request bodies: first without the parameters of the feature, then also without related parameters.

    Yields nothing if the body has neither parameters of the feature nor related parameters.
    """
    tried = [body]
    names = {name for param in feature.params for name in (param, *_dependents(param))}
    families = [family for family in FAMILIES if not names.isdisjoint(family)]
    for candidate in (_without(body, names), *(_without(body, set(family)) for family in families)):
        if candidate not in tried:
            tried.append(candidate)
            yield candidate


def body_without_calls(body: Json) -> Iterator[Json]:
    """Yield the request body without the tool calls and tool results in its history; yield nothing if it has none."""
    left = _without(body, set())
    _without_calls(left)
    if any(left.get(name) != body.get(name) for name in ("messages", "input")):
        yield left


def _dependents(param: str) -> tuple[str, ...]:
    return next((family[1:] for family in FAMILIES if family[0] == param), ())


def _without(body: Json, names: set[str]) -> Json:
    left: Json = json.loads(json.dumps(body))
    for name in names:
        top, _, rest = name.partition(".")
        if name == "messages.role":
            _each(left, "messages", lambda each: {**each, "role": each["role"].replace("developer", "system")})
        elif name == "messages.content":
            _each(left, "messages", lambda each: {**each, "content": _text(each.get("content"))})
        elif name == "messages.content.image_url":
            _each(left, "messages", lambda each: {**each, "content": _without_images(each.get("content"))})
        elif name == "prompt" and isinstance(left.get("prompt"), list):
            left["prompt"] = next((each for each in reversed(left["prompt"]) if isinstance(each, str)), left["prompt"])
        elif name in LIMITS:
            _other_limit(left, name)
        elif rest:
            _drop(left.get(top), rest)
        elif name not in NEEDED:
            left.pop(name, None)
    if not names.isdisjoint(("tools", "functions")):
        _without_calls(left)
    if "store" in left or ("store" in body and "messages" not in body):  # a chat is not stored unless it says so
        left["store"] = False  # a control leaves nothing behind
    return left


def _other_limit(body: Json, name: str) -> None:
    """Replace one of the two output limits of a chat request by the other."""
    if "messages" in body and name in body:
        value = body.pop(name)
        body.setdefault(LIMITS[name], value)


def _each(body: Json, name: str, change: Any) -> None:
    items = body.get(name)
    if isinstance(items, list):
        body[name] = [
            change(each) if isinstance(each, dict) and isinstance(each.get("role"), str) else each for each in items
        ]


def _text(content: Any) -> Any:
    parts = content if isinstance(content, list) else ()
    texts = [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]
    return " ".join(texts) if parts and len(texts) == len(parts) else content


def _without_images(content: Any) -> Any:
    parts = content if isinstance(content, list) else ()
    others = [part for part in parts if not (isinstance(part, dict) and part.get("type") == "image_url")]
    return others or content


def _drop(node: Any, path: str) -> None:
    """Remove a nested member, in each item of a list."""
    top, _, rest = path.partition(".")
    for each in node if isinstance(node, list) else (node,):
        if isinstance(each, dict):
            if rest:
                _drop(each.get(top), rest)
            else:
                each.pop(top, None)


def _without_calls(body: Json) -> None:
    """Remove calls and their results from the history, because they need their functions."""
    for name in ("messages", "input"):
        items = body.get(name)
        if isinstance(items, list):
            body[name] = [each for each in items if not (isinstance(each, dict) and _of_a_call(each))] or items


def _of_a_call(item: Json) -> bool:
    calls = item.get("tool_calls") or item.get("function_call")
    return bool(calls) or item.get("role") in ("tool", "function") or str(item.get("type")).startswith("function_call")


class Controls:
    """Sends control requests for the thread that judges.

    If several checks need the same control request, it is sent only once per run.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, refused: Exchange, feature: Feature) -> Exchange | None:
        """Return the accepted response to the rejected request without the feature, or None."""
        return self._first_accepted(refused, bodies_without(feature, body_of(refused.request)))

    def without_calls(self, refused: Exchange) -> Exchange | None:
        """Send a rejected request again without the tool calls in its history.

        Returns the exchange if the target accepts the control request, otherwise None.
        """
        return self._first_accepted(refused, body_without_calls(body_of(refused.request)))

    def _first_accepted(self, refused: Exchange, bodies: Iterable[Json]) -> Exchange | None:
        operation = operation_of(refused.request)
        if operation not in OPERATIONS or refused.request.on_socket:
            return None
        for body in bodies:
            try:
                asked = self._engine.call(lambda body=body: self._ask(operation, body))  # type: ignore[misc] # the body of this turn
                control: Exchange = self._engine.settled(asked)
            except (BudgetExhausted, NoSuchOperation, NotRecorded, Unaskable):
                return None
            if control.status == 200 and control.failure is None:
                return control
        return None

    async def _ask(self, operation: str, body: Json) -> Exchange:
        await self._engine.wanted(operation=operation, body=body)
        return await ask_aside(self._engine, operation, body)


async def ask_aside(engine: Engine, operation: str, body: Json) -> Exchange:
    """Send a control request, or return its recorded exchange.

    Call `ask_aside` only in the engine's event loop.
    """
    headers = {"accept": "text/event-stream"} if body.get("stream") else {}
    return await engine.http(LABEL)("POST", operation, body, headers=headers)
