"""Changes generated chat bodies so that they follow rules that the schema does not state, for example on message order.

Each rule that `repair` applies is enforced by OpenAI's live API or by the chat templates of common models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]
Message = dict[str, Any]

FILLER: Mapping[str, str] = {"role": "user", "content": "Hello"}

# Each constrains what is written; engines take one of them at a time.
_CONSTRAINTS = ("tools", "response_format", "structured_outputs", "guided_json", "guided_regex", "guided_choice")


def repair(body: Mapping[str, Any]) -> Body:
    """Change a generated chat body so that it follows the rules that the schema does not state.

    A generated body that needs no repair stays unchanged.
    """
    right: Body = whole_numbers(dict(body))
    right = one_constraint(right)
    right = tools_together(right)
    right["messages"] = in_order(right.get("messages", []), right.get("tools") or [])
    if "top_logprobs" in right:  # "only allowed when 'logprobs' is enabled"
        right["logprobs"] = True
    if not right.get("stream"):  # "only allowed when 'stream' is enabled"
        right.pop("stream_options", None)
    return json_named(right)


def whole_numbers(value: Any) -> Any:
    """Replace numbers such as 2.0 by 2: JSON Schema accepts both as integers, but most servers accept only 2."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: whole_numbers(item) for name, item in value.items()}
    return [whole_numbers(item) for item in value] if isinstance(value, list) else value


def plain_numbers(body: Mapping[str, Any]) -> Body:
    """Replace 2.0 by 2 everywhere in a request body.

    Request bodies of operations other than chat need no other correction.
    """
    return {name: whole_numbers(value) for name, value in body.items()}


def unstored(body: Mapping[str, Any]) -> Body:
    """Set `store: false` in a body of the Responses API, so that the target stores nothing."""
    return {**plain_numbers(body), "store": False}


def one_constraint(body: Body) -> Body:
    """If a body has several parameters that constrain the output, keep only the first of them."""
    used = [name for name in _CONSTRAINTS if name in body]
    return {name: value for name, value in body.items() if name not in used[1:]}


def tools_together(body: Body) -> Body:
    """Remove `tool_choice` and `parallel_tool_calls` if the body declares no tools.

    If the body declares tools, make their names unique, and make `tool_choice` name a declared function.
    """
    if not body.get("tools"):
        return {n: v for n, v in body.items() if n not in ("tools", "tool_choice", "parallel_tool_calls")}
    named = {tool["function"]["name"]: _strict_with_parameters(tool) for tool in body["tools"]}
    body = {**body, "tools": list(named.values())}
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("function", {}).get("name") not in named:
        body["tool_choice"] = {**choice, "function": {"name": next(iter(named))}}
    return body


def _strict_with_parameters(tool: Any) -> Any:
    """`strict` is about the schema of the parameters; nobody has measured what the live API says to it without one."""
    function = tool["function"]
    if "parameters" in function:
        return tool
    return {**tool, "function": {name: value for name, value in function.items() if name != "strict"}}


def in_order(messages: list[Message], tools: list[Any]) -> list[Message]:
    """Return the messages in an order that every chat template accepts.

    At most one system message comes first; user and assistant messages alternate; a tool call with its results comes
    last. OpenAI also accepts other orders of messages, but the chat templates of several model families reject them.
    """
    first = [message for message in messages if message.get("role") in ("system", "developer")][:1]
    users = [message for message in messages if message.get("role") == "user"]
    assistants = [message for message in messages if message.get("role") == "assistant"]
    calling = [message for message in assistants if message.get("tool_calls")][:1] if tools else []
    spoken = [said for message in assistants if message not in calling and (said := _spoken(message)) is not None][:2]
    if len(messages) == 1 and users:
        return messages
    turns: list[Message] = []
    for place in range(len(spoken) + 1):
        turns.append(users[place] if place < len(users) else dict(FILLER))
        turns += spoken[place : place + 1]
    return [*first, *turns, *_called(calling, tools)]


def _spoken(message: Message) -> Message | None:
    """An assistant's message without tool calls, or None when nothing is left of it."""
    if message.get("content") is None:
        return None
    return {name: value for name, value in message.items() if name != "tool_calls"}


def _called(calling: list[Message], tools: list[Any]) -> list[Message]:
    """A message that calls declared tools, and one result for each call, as the API demands."""
    turns: list[Message] = []
    for message in calling:
        name = tools[0]["function"]["name"]
        calls = [
            {**call, "id": f"call_{number}", "function": {**call["function"], "name": name}}
            for number, call in enumerate(message["tool_calls"])
        ]
        turns.append({"content": None, **message, "tool_calls": calls})
        turns += [{"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in calls]
    return turns


def json_named(body: Body) -> Body:
    """If `response_format` is `json_object`, add a message with the word JSON, which OpenAI requires."""
    form = body.get("response_format")
    if not isinstance(form, dict) or form.get("type") != "json_object" or "json" in str(body["messages"]).lower():
        return body
    return {**body, "messages": [{"role": "system", "content": "Answer in JSON."}, *_without_system(body["messages"])]}


def _without_system(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.get("role") not in ("system", "developer")]
