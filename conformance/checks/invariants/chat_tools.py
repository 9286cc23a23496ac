"""Invariants (checks of every exchange) about tool calls, in JSON responses and in fragments of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks.invariants.chat_stream import deltas_of
from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.reply import Choice
from conformance.reply.views import ChatAnswer, Stream, once
from conformance.wire import Fact
from conformance.wire.json_data import hashable

# What models write around their calls; a parser that leaves it in the content shows it to users.
MARKUP = ("<tool_call>", "</tool_call>", "<|tool_call", "[TOOL_CALLS]", "<function=", "<|python_tag|>", "<tool▁call")


@once
def choices(answer: ChatAnswer) -> tuple[Choice, ...]:
    """Return the choices that have tool calls; in a stream, the calls are assembled from fragments."""
    return tuple(choice for choice in answer.choices if choice.tool_calls)


def where(choice: Choice, number: int, field: str) -> str:
    """Return the JSON pointer of a field in a tool call."""
    return f"/choices/{choice.index}/message/tool_calls/{number}/{field}"


@invariant("chat.tools.arguments-string", on=ChatAnswer)
def arguments_string(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice in choices(answer):
        for number, call in enumerate(choice.tool_calls):
            if call.type in ("function", None):
                good = isinstance(call.arguments, str)
                place = where(choice, number, "function/arguments")
                yield OK if good else broken("a string of JSON", got=call.arguments, where=place)


@invariant("chat.tools.call-id", on=ChatAnswer, needs={Fact.IDS})
def call_id(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice in choices(answer):
        met: set[Any] = set()
        for number, call in enumerate(choice.tool_calls):
            good = isinstance(call.id, str) and bool(call.id) and call.id not in met
            met.add(hashable(call.id))
            yield OK if good else broken("a unique id", got=call.id, where=where(choice, number, "id"))


@invariant("chat.tools.call-type", on=ChatAnswer)
def call_type(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice in choices(answer):
        for number, call in enumerate(choice.tool_calls):
            if call.name is not None:
                good = call.type == "function"
                yield OK if good else broken("function", got=call.type, where=where(choice, number, "type"))


def mangled(name: Any, names: list[Any]) -> bool:
    """Return whether a tool call has no name, or its name contains a declared name together with other text.

    If the name of a tool call contains no declared name, the model may have invented the name. An invented name is a
    violation only if the request forces a call.
    """
    return not isinstance(name, str) or any(isinstance(each, str) and each in name for each in names)


@invariant("chat.tools.declared", on=ChatAnswer, needs={Fact.REQUEST, Fact.TEXT, Fact.VALUES})
def declared(answer: ChatAnswer) -> Iterator[Judgement]:
    tools = answer.asked.get("tools")
    if not isinstance(tools, list):
        return
    names = [
        tool["function"].get("name")
        for tool in tools
        if isinstance(tool, dict) and isinstance(tool.get("function"), dict)
    ]
    wanted = answer.asked.get("tool_choice")
    forced = wanted == "required" or isinstance(wanted, dict)
    for choice in choices(answer):
        for number, call in enumerate(choice.tool_calls):
            if call.type not in ("function", None):
                continue
            good = call.name in names
            place = where(choice, number, "function/name")
            if good or forced or not names or mangled(call.name, names):
                yield OK if good else broken(f"one of {names}", got=call.name, where=place)


@invariant("chat.tools.no-markup", on=ChatAnswer)
def no_markup(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice in choices(answer):
        found = [mark for mark in MARKUP if mark in choice.text]
        place = f"/choices/{choice.index}/message/content"
        yield OK if not found else broken("no call markup", got=choice.text, where=place)


@once
def fragments(stream: Stream) -> list[tuple[str, int, dict[str, Any]]]:
    """Return each fragment of a tool call in a stream, with its location and its choice index."""
    return [
        (f"event {chunk.number} /choices/{place}/delta/tool_calls/{number}", index, call)
        for chunk, place, index, delta in deltas_of(stream)
        if isinstance(delta.get("tool_calls"), list)
        for number, call in enumerate(delta["tool_calls"])
        if isinstance(call, dict)
    ]


def name_of(call: dict[str, Any]) -> Any:
    """Return the function name in a fragment of a tool call."""
    function = call.get("function")
    return function.get("name") if isinstance(function, dict) else None


@once
def by_call(stream: Stream) -> list[tuple[str, tuple[int, int, int], bool, dict[str, Any]]]:
    """Return the location, tool call and data of each fragment with an `index`, and whether its call reuses an index.

    A fragment with a name and a new id begins a new tool call, whatever its index.
    """
    found = []
    ids: dict[tuple[int, int], list[Any]] = {}
    for place, choice, call in fragments(stream):
        index = call.get("index")
        if not isinstance(index, int):
            continue  # without an index no fragment can be told from another: that is delta-index's matter
        known = ids.setdefault((choice, index), [])
        taken = bool(known and known[-1] and call.get("id") and name_of(call) and call["id"] != known[-1])
        if not known or taken:
            known.append(call.get("id"))
        found.append((place, (choice, index, len(known)), taken, call))
    return found


@invariant("chat.tools.delta-index", on=Stream)
def delta_index(stream: Stream) -> Iterator[Judgement]:
    for place, _, call in fragments(stream):
        value = call.get("index")
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        yield OK if good else broken("the call's index", got=value, where=f"{place}/index")
    for place, _, taken, call in by_call(stream):
        if taken:
            yield broken("a different index for each call", got=call.get("index"), where=f"{place}/index")


@invariant("chat.tools.delta-id-once", on=Stream)
def delta_id_once(stream: Stream) -> Iterator[Judgement]:
    yield from _first_only(stream, "id", lambda call: call.get("id"))


@invariant("chat.tools.delta-name-once", on=Stream)
def delta_name_once(stream: Stream) -> Iterator[Judgement]:
    yield from _first_only(stream, "function/name", name_of)


def _first_only(stream: Stream, field: str, read: Any) -> Iterator[Judgement]:
    """Judge whether a field is in the first fragment of each call only. Null and "" add nothing, so they pass."""
    met: set[tuple[int, int, int]] = set()
    said = {identity for _, identity, _, call in by_call(stream) if read(call)}
    for place, identity, _, call in by_call(stream):
        value = read(call)
        first = identity not in met
        met.add(identity)
        if first and identity not in said:
            continue  # what never comes is missed by chat.tools.call-id and chat.tools.declared
        if first:
            yield OK if value else broken("in the first fragment", got=value, where=f"{place}/{field}")
        else:
            # The official client joins repeated strings, so "" adds nothing; others overwrite the name with it.
            again = bool(value) or (value == "" and field == "function/name")
            yield broken("in the first fragment only", got=value, where=f"{place}/{field}") if again else OK
