"""Invariants of the response objects of the Responses API, in JSON responses and in the last event of a stream."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from conformance.checks.invariants.chat_response import EPOCH
from conformance.checks.invariants.usage import is_count
from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.checks.language import Phrase
from conformance.checks.schema import Breach, breaches
from conformance.reply.response_views import ResponseObject
from conformance.reply.views import once
from conformance.wire import Fact
from conformance.wire.json_data import hashable

STATUSES = ("completed", "failed", "in_progress", "cancelled", "queued", "incomplete")
# Why a response is incomplete; the last two are newer than the document (openai-python 3.57, IncompleteDetails).
REASONS = ("max_output_tokens", "content_filter", "max_messages", "steered")
# What servers say in place of `max_output_tokens`: chat's word and others'.
OTHER_WORDS = ("length", "max_tokens", "max_completion_tokens", "max_new_tokens", "token_limit", "stop")
COUNTS = ("input_tokens", "output_tokens", "total_tokens")
DETAILS = (
    ("input_tokens", "input_tokens_details", "cached_tokens"),
    ("output_tokens", "output_tokens_details", "reasoning_tokens"),
)

# Places that a requirement of its own looks at: the schema is about all others. What stands in `output` is about items.
LOOKED_AT = re.compile(
    r"/(object|id|created_at|status|usage|service_tier|completed_at)|/usage/.*|/incomplete_details(/.*)?|/output/\d+(/.*)?"
)
# Required, and null where there is nothing to say: clients in most languages take absent for null.
NULLABLE = re.compile(r"/(error|incomplete_details|instructions|metadata|temperature|top_p)")

# The API sent no `logprobs` with a text before July 2025: `responses.text.logprobs` alone asks for it.
LOGPROBS = re.compile(r'required property "logprobs" is missing')

# Words of which the API and its vendors have more than the document: kinds of tools and citations, codes of errors, phases
# of messages, and what a response repeats of its request. That such a word is none of the document's is no fault, as with
# kinds of items.
OPEN = re.compile(
    r"/error/code|/tools/\d+/.*|/tool_choice/type|/text/(format/type|verbosity)|/reasoning/\w+"
    r"|/prompt_cache_retention|(/.*)?/annotations/\d+/type|(/.*)?/phase"
)

MAX_BROKEN_ITEMS = 100
"""The most invalid items of one response that are explained; explaining one takes milliseconds."""

# Items whose schema is judged; every other kind is a tool of OpenAI's own, or newer than the document.
ITEMS = {"message": "OutputMessage", "function_call": "FunctionToolCall", "reasoning": "ReasoningItem"}


def newer(breach: Breach) -> bool:
    """Return whether the violation is an unknown enum value in a field for which the API keeps adding values."""
    return OPEN.fullmatch(breach.pointer) is not None and breach.got.startswith('"') and " is not one of " in breach.got


@once
def breaches_of(view: ResponseObject) -> list[tuple[str, Judgement]]:
    """Return the schema violations in a response object that no other requirement judges.

    A violation has the kind `nullable` if a required key is missing whose value may be null.
    """
    if view.found is None:
        return []
    where, response = view.found
    found: list[tuple[str, Judgement]] = []
    found += [
        ("nullable", broken("null, or a value", got=Phrase("no such key"), where=f"{where}/{name}"))
        for name in ("error", "incomplete_details", "instructions", "metadata", "temperature", "top_p")
        if name not in response
    ]
    for breach in breaches("Response", response, LOOKED_AT):
        missing = re.search(r'required property "([^"]+)" is missing', str(breach.got))
        place = f"{breach.pointer}/{missing[1]}" if missing else breach.pointer
        if (missing and NULLABLE.fullmatch(place)) or newer(breach):
            continue
        # Clients go through the output; elsewhere they take null for absent.
        kind = "null" if breach.null and place != "/output" else "schema"
        found.append((kind, broken(breach.expected, got=breach.got, where=f"{where}{place}", cause=place)))
    return found


@once
def breaches_in_items(view: ResponseObject) -> list[tuple[str, Breach]]:
    """Return the schema violations in output items of known types, each with the location of its item."""
    found = ((where, list(breaches_of_item(item))) for where, item in view.items)
    wrong = islice(((where, some) for where, some in found if some), MAX_BROKEN_ITEMS)
    return [(where, breach) for where, some in wrong for breach in some]


def breaches_of_item(item: dict[str, Any]) -> Iterator[Breach]:
    """Yield the schema violations in one output item, if its type is known."""
    name = ITEMS.get(str(item.get("type")))
    for breach in breaches(name, item) if name else ():
        about_logprobs = LOGPROBS.search(breach.got) or breach.pointer.endswith("/logprobs")
        if not about_logprobs and not newer(breach):
            yield breach


def of_kind(view: ResponseObject, kind: str) -> Iterator[Judgement]:
    """Yield `OK`, then the schema violations of the given kind: `schema`, `nullable` or `null`."""
    if view.found is None:
        return
    yield OK
    yield from (judgement for name, judgement in breaches_of(view) if name == kind)


@invariant("responses.object", on=ResponseObject)
def schema(view: ResponseObject) -> Iterator[Judgement]:
    yield from of_kind(view, "schema")


@invariant("responses.object.nullable", on=ResponseObject)
def nullable(view: ResponseObject) -> Iterator[Judgement]:
    yield from of_kind(view, "nullable")


@invariant("responses.object.absent-not-null", on=ResponseObject)
def absent_not_null(view: ResponseObject) -> Iterator[Judgement]:
    yield from of_kind(view, "null")
    for where, breach in breaches_in_items(view):
        if breach.null:
            yield broken("the field omitted, not null", got=breach.got, where=f"{where}{breach.pointer}")


def field(view: ResponseObject, name: str) -> tuple[str, Any]:
    """Return the location and value of a field of the response object."""
    where, response = view.found or ("", {})
    return f"{where}/{name}", response.get(name)


@invariant("responses.object.name", on=ResponseObject)
def object_name(view: ResponseObject) -> Iterator[Judgement]:
    if view.found:
        where, value = field(view, "object")
        yield OK if value == "response" else broken("response", got=value, where=where)


@invariant("responses.object.id", on=ResponseObject)
def identifier(view: ResponseObject) -> Iterator[Judgement]:
    if view.found:
        where, value = field(view, "id")
        good = isinstance(value, str) and bool(value)
        yield OK if good else broken("a non-empty string", got=value, where=where)


@invariant("responses.object.created-at", on=ResponseObject, needs={Fact.TIMES})
def created_at(view: ResponseObject) -> Iterator[Judgement]:
    if view.found:
        where, value = field(view, "created_at")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        good = number and EPOCH.start <= value < EPOCH.stop
        yield OK if good else broken("seconds since 1970", got=value, where=where)


@invariant("responses.object.status", on=ResponseObject)
def status(view: ResponseObject) -> Iterator[Judgement]:
    if view.found:
        where, value = field(view, "status")
        yield OK if value in STATUSES else broken(f"one of {', '.join(STATUSES)}", got=value, where=where)


@invariant("responses.object.output-text", on=ResponseObject)
def output_text(view: ResponseObject) -> Iterator[Judgement]:
    if view.found:
        where, value = field(view, "output_text")
        good = "output_text" not in view.found[1]
        yield OK if good else broken("no output_text, which clients compute", got=value, where=where)


@invariant("responses.incomplete.reason", on=ResponseObject)
def incomplete_reason(view: ResponseObject) -> Iterator[Judgement]:
    if not view.found or view.found[1].get("status") != "incomplete":
        return
    where, details = field(view, "incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if reason in REASONS:
        yield OK
    # Another word may be one that the API has got since, unless it stands for the limit that was asked for.
    elif not isinstance(reason, str) or not reason or reason in OTHER_WORDS or limit_reached(view):
        yield broken("max_output_tokens or content_filter", got=reason, where=f"{where}/reason")


def limit_reached(view: ResponseObject) -> bool:
    """Return whether the response has at least as many output tokens as the token limit of its request."""
    limit, counts = view.asked.get("max_output_tokens"), field(view, "usage")[1]
    count = counts.get("output_tokens") if isinstance(counts, dict) else None
    return isinstance(limit, int) and isinstance(count, int) and is_count(count) and count >= limit


@invariant("responses.usage", on=ResponseObject)
def usage(view: ResponseObject) -> Iterator[Judgement]:
    if not view.found or view.found[1].get("status") not in ("completed", "incomplete"):
        return
    where, counts = field(view, "usage")
    if not isinstance(counts, dict):
        yield broken("a usage object", got=counts, where=where, cause="no usage")
        return
    for name in COUNTS:
        value = counts.get(name)
        good = is_count(value)
        yield OK if good else broken("a non-negative integer", got=value, where=f"{where}/{name}")
    for _, group, part in DETAILS:
        detail = counts.get(group)
        value = detail.get(part) if isinstance(detail, dict) else None
        place = f"{where}/{group}/{part}"
        yield OK if is_count(value) else broken("a non-negative integer", got=value, where=place)


@invariant("responses.usage.sum", on=ResponseObject)
def usage_sum(view: ResponseObject) -> Iterator[Judgement]:
    where, counts = field(view, "usage")
    if not isinstance(counts, dict) or not all(is_count(counts.get(name)) for name in COUNTS):
        return
    spent, made, total = (counts[name] for name in COUNTS)
    good = total == spent + made
    yield OK if good else broken(f"{spent} + {made} = {spent + made}", got=total, where=f"{where}/total_tokens")


@invariant("responses.usage.details", on=ResponseObject)
def usage_details(view: ResponseObject) -> Iterator[Judgement]:
    where, counts = field(view, "usage")
    for whole, group, part in DETAILS if isinstance(counts, dict) else ():
        detail = counts.get(group)
        value = detail.get(part) if isinstance(detail, dict) else None
        if isinstance(value, int) and is_count(value) and is_count(counts.get(whole)):
            good = value <= counts[whole]
            place = f"{where}/{group}/{part}"
            yield OK if good else broken(f"at most {counts[whole]}, as {whole}", got=value, where=place)


@invariant("responses.items", on=ResponseObject)
def items(view: ResponseObject) -> Iterator[Judgement]:
    where, output = field(view, "output")
    for place, item in enumerate(output if isinstance(output, list) else ()):
        if not isinstance(item, dict):
            yield broken("an object", got=item, where=f"{where}/{place}", cause="an item is no object")
    for where, item in view.items:
        kind = item.get("type")
        yield OK if isinstance(kind, str) and kind else broken("a type", got=kind, where=f"{where}/type")
    for where, breach in breaches_in_items(view):
        if not breach.null:
            yield broken(breach.expected, got=breach.got, where=f"{where}{breach.pointer}")


@invariant("responses.items.ids", on=ResponseObject, needs={Fact.IDS})
def item_ids(view: ResponseObject) -> Iterator[Judgement]:
    ids = [item.get("id") for _, item in view.items if isinstance(item.get("id"), str)]
    call_ids = [item.get("call_id") for _, item in view.items if item.get("type") == "function_call"]
    for name, values in (("id", ids), ("call_id", call_ids)):
        if values:
            counted = Counter(map(hashable, values))
            again = [value for value in values if counted[hashable(value)] > 1 or not value]
            where = f"{view.found[0] if view.found else ''}/output"
            yield broken(f"another {name} for each item", got=again, where=where, cause=name) if again else OK


@invariant("responses.text.logprobs", on=ResponseObject)
def text_logprobs(view: ResponseObject) -> Iterator[Judgement]:
    for where, item in view.items:
        content = item.get("content") if item.get("type") == "message" else None
        for place, part in enumerate(content if isinstance(content, list) else ()):
            if isinstance(part, dict) and part.get("type") == "output_text":
                value = part.get("logprobs")
                good = isinstance(value, list)
                yield OK if good else broken("a list", got=value, where=f"{where}/content/{place}/logprobs")
