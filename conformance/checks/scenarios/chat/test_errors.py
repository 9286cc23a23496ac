"""Faulty requests: each has exactly one fault, and the target must reject the request because of this fault."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.checks import DocumentedDifference, NotApplicable, expect, premise, probe, requirement, requirements
from conformance.checks.generated.negative import broken_texts
from conformance.checks.language import Inconclusive, Phrase, answer, shown
from conformance.checks.refusal import BUSY, Faulty, expect_refused
from conformance.checks.survival import Survival, canary, expect_serving
from conformance.config import Target
from conformance.engine.clients import Chat, Http, encode
from conformance.reply import ChatReply, NotAnswered, read_error

from .fault_tables import FAULTS, HELLO, UNKNOWN_MODEL, faulty_body


@probe
async def refusals(chat: Chat, generated_control: ChatReply) -> dict[str, Faulty]:
    """Send one request for each fault in the table `FAULTS`. The valid request without the fault is the control."""

    async def send(change: dict[str, Any], names: tuple[str, ...]) -> Faulty:
        return Faulty(generated_control, await chat.post(faulty_body(chat, change)), names)

    sent = await asyncio.gather(*(send(*fault) for fault in FAULTS.values()))
    return dict(zip(FAULTS, sent, strict=True))


@probe
async def unknown_model(chat: Chat) -> ChatReply:
    """Send an otherwise valid request that names a model which does not exist."""
    return await chat.post(faulty_body(chat, FAULTS["unknown-model"][0]))


@requirements("fault", FAULTS, prefix="error.")
def test_the_fault_is_refused_for_its_reason(refusals: dict[str, Faulty], fault: str) -> None:
    expect_refused(refusals[fault])


@probe
async def malformed(chat: Chat, generated_control: ChatReply) -> Faulty:
    """Send a request body whose JSON is truncated in the middle."""
    truncated = broken_texts(faulty_body(chat, {}))[0].text
    return Faulty(generated_control, await chat.post(truncated.encode()))


@requirement("error.malformed-json")
def test_a_body_that_is_not_json_is_refused(malformed: Faulty) -> None:
    expect_refused(malformed)


@probe
async def not_an_object(chat: Chat, plain: ChatReply) -> Faulty:
    """Send a JSON array as the request body."""
    return Faulty(plain, await chat.post(["model", "messages"]))


@requirement("error.body-not-object")
def test_a_body_that_is_no_object_is_refused(not_an_object: Faulty) -> None:
    expect_refused(not_an_object)


@probe
async def not_utf8(chat: Chat, plain: ChatReply) -> Faulty:
    """Send a request body that is encoded as Latin-1 instead of UTF-8."""
    return Faulty(plain, await chat.post(encode(chat.body("Sag Grüße.")).replace("üß".encode(), b"\xfc\xdf")))


@requirement("error.invalid-utf8")
def test_a_body_that_is_not_utf_8_is_refused(not_utf8: Faulty) -> None:
    expect_refused(not_utf8)


@probe
async def without_content(chat: Chat, plain: ChatReply) -> Faulty:
    """Send a user message without `content`."""
    body = chat.body([{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hi."}, {"role": "user"}])
    return Faulty(plain, await chat.post(body | {"max_tokens": 4}))


@requirement("error.content-missing")
def test_a_message_without_content_is_answered_or_a_400(without_content: Faulty, target: Target) -> None:
    exchange = without_content.faulty.exchange
    if not without_content.control.accepted or exchange.status is None or exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    allowed = (200, 400, *target.profile.validation_statuses)
    expect(exchange.status in allowed, "a response, or a 400", got=answer(exchange), where="status", on=exchange)


# Faults that any endpoint refuses because its schema says so; the others are limits that engines may widen.
SCHEMA_FAULTS = ("messages-missing", "messages-empty", "messages-type", "temperature-type", "max-tokens-type")


@requirement("error.status-400")
def test_a_broken_schema_is_a_400(refusals: dict[str, Faulty], target: Target) -> None:
    wrong = {}
    for name in SCHEMA_FAULTS:
        status = refusals[name].faulty.exchange.status or 0
        if 400 <= status < 500 and status not in BUSY:
            wrong[name] = status
    premise(wrong, "no fault was rejected")
    documented = target.profile.validation_statuses
    for name, status in wrong.items():
        if status in documented and status != 400:
            raise DocumentedDifference(f"{status} for a request that violates the schema, where OpenAI returns 400")
        expect(status == 400, "400", got=status, where="status", on=refusals[name].faulty)


@requirement("error.param")
def test_a_validation_error_names_the_field_in_param(refusals: dict[str, Faulty]) -> None:
    named = {}
    for name in ("messages-missing", "temperature-type", "max-tokens-type"):
        pair = refusals[name]
        error = read_error(pair.faulty.exchange)
        if 400 <= (pair.faulty.exchange.status or 0) < 500 and error.envelope in ("openai", "http-validation-error"):
            named[name] = (error.param, pair)
    premise(named, "no fault was rejected in a known envelope")
    for param, pair in named.values():
        good = isinstance(param, str) and any(word in param for word in pair.names)
        expect(good, f"param {pair.names[0]!r}", got=param, where="/error/param", on=pair.faulty)


@requirement("error.unknown-model-status")
def test_an_unknown_model_is_a_404_model_not_found(refusals: dict[str, Faulty]) -> None:
    pair = refusals["unknown-model"]
    status, error = pair.faulty.exchange.status or 0, read_error(pair.faulty.exchange)
    # A 503 that names the model speaks of the model, not of load: clients repeat the request for nothing.
    refused = (400 <= status < 500 and status != 429) or (status == 503 and UNKNOWN_MODEL in error.message)
    premise(refused, f"an unknown model is not rejected: the status is {status}")
    premise(status != 404 or error.envelope == "openai", "the error has no `error.code`", see="error.envelope")
    code = error.code
    expect(
        (status, code) == (404, "model_not_found"),
        "404 with code model_not_found",
        got=Phrase(f"{status} with code {shown(code)}"),
        where="/error/code",
        on=pair.faulty,
    )


@probe
async def refused_in_stream(chat: Chat, generated_control: ChatReply) -> list[Faulty]:
    """Send a faulty request with `stream: true` and `n: 0`.

    If the target does not reject `n: 0` with a 4xx, send another faulty request, whose `messages` are invalid.
    """
    faults: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
        ({"n": 0}, ("n",)),
        ({"messages": "hello"}, ("messages",)),
    )
    sent: list[Faulty] = []
    for change, names in faults:
        reply = await chat.post(faulty_body(chat, change) | {"stream": True})
        sent.append(Faulty(generated_control, reply, names))
        status = reply.exchange.status
        if status is not None and 400 <= status < 500 and status not in BUSY and not reply.exchange.is_sse:
            break
    return sent


@requirement("error.before-stream")
def test_a_fault_is_refused_before_the_stream_begins(refused_in_stream: list[Faulty]) -> None:
    doubts: list[Exception] = []
    for pair in refused_in_stream:
        try:
            expect_refused_before_stream(pair)
        except (Inconclusive, NotAnswered) as doubt:  # the other fault may yet show a break
            doubts.append(doubt)
    if doubts:
        raise doubts[0]


def expect_refused_before_stream(pair: Faulty) -> None:
    """Expect that the target rejects a faulty request with a 4xx whose body is not a stream.

    If the fault is not in `messages`, other requirements judge whether the target must reject it.
    """
    exchange = pair.faulty.exchange
    if exchange.status == 200 and exchange.is_sse:
        whole = [choice for chunk in ChatReply(exchange).payloads for choice in chunk.choices]
        premise(not whole or "messages" in pair.names, "`n: 0` is accepted", see="error.n-zero")
        expect(False, "a 4xx that is not a stream", got=answer(exchange), where="status", on=exchange)
    if exchange.status != 200 or "messages" in pair.names:
        expect_refused(pair)
    got = exchange.media_type
    expect(not exchange.is_sse, "an error that is not a stream", got=got, where="content-type", on=exchange)


@probe
async def after_the_sweep(
    chat: Chat,
    plain: ChatReply,
    refusals: dict[str, Faulty],
    malformed: Faulty,
    not_an_object: Faulty,
    not_utf8: Faulty,
) -> Survival:
    """Send the valid request once more, after all faulty requests."""
    sent = (*refusals.values(), malformed, not_an_object, not_utf8)
    after = await canary(lambda: chat(HELLO, fresh=True))
    return Survival(plain, tuple(pair.faulty for pair in sent), after)


@requirement("error.still-serving")
def test_the_endpoint_still_answers(after_the_sweep: Survival) -> None:
    expect_serving(after_the_sweep)


@probe
async def without_key(chat: Chat) -> tuple[ChatReply, ChatReply]:
    """Send the valid request without a key, and with a wrong key."""
    body = chat.body(HELLO)
    return await chat.post(body, key=False), await chat.post(body, key="sk-conformance-wrong-key")


def needs_key(target: Target) -> None:
    """Make the requirement not applicable if the run has no API key."""
    if not target.key:
        raise NotApplicable("the run has no key, so no key can be missing")


def expect_401(reply: ChatReply, target: Target) -> None:
    """Expect a response with the status 401. The requirement is not judged if the run has no API key."""
    needs_key(target)
    exchange = reply.exchange
    expected = "401" if exchange.status != 200 else "401 (if the target needs no key, run without one)"
    expect(exchange.status == 401, expected, got=answer(exchange), where="status", on=exchange)


@requirement("auth.key-missing")
def test_a_missing_key_is_a_401(without_key: tuple[ChatReply, ChatReply], target: Target) -> None:
    expect_401(without_key[0], target)


@requirement("auth.key-wrong")
def test_a_wrong_key_is_a_401(without_key: tuple[ChatReply, ChatReply], target: Target) -> None:
    expect_401(without_key[1], target)


@requirement("auth.key-wrong-code")
def test_a_wrong_key_has_the_code_invalid_api_key(without_key: tuple[ChatReply, ChatReply], target: Target) -> None:
    needs_key(target)
    exchange = without_key[1].exchange
    premise(exchange.status == 401, "a wrong key does not get a 401")
    error = read_error(exchange)
    premise(error.envelope == "openai", "the error has no `error.code`", see="error.envelope")
    code = error.code
    expect(code == "invalid_api_key", "invalid_api_key", got=code, where="/error/code", on=exchange)


@probe
async def unknown_route(http: Http) -> Any:
    """Send a request to a route that no API has, as the suite also does before each run."""
    return await http("POST", "/conformance-no-such-route", {"nonsense": True})


@requirement("http.unknown-route")
def test_an_unknown_route_is_a_404(unknown_route: Any) -> None:
    status = unknown_route.status
    expect(status == 404, "404", got=answer(unknown_route), where="status", on=unknown_route)
