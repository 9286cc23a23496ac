"""Sends requests with the API key of another account, to test whether accounts can reach each other's objects."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, TypeVar

from conformance.checks.language import Inconclusive, NotApplicable, answer, expect, premise
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Http
from conformance.engine.responses import Responses
from conformance.reply import NotAnswered, ResponseReply
from conformance.verdict import Reason
from conformance.wire import Exchange

F = TypeVar("F")


def as_other_account(http: Http) -> Http | None:
    """Return a client with the API key of another account; None if the user named no second key."""
    second = http.target.second_key
    return replace(http, target=replace(http.target, key=second)) if second else None


async def as_other_responses(responses: Responses, http: Http) -> Responses:
    """Return a client for the Responses API with the API key in `http`, after a minimal request with this key.

    Raises `Inconclusive` if the target does not answer the minimal request.
    """
    second = replace(responses, http=http)
    try:
        await second.offered()
    except NotAnswered as error:
        raise Inconclusive(Reason.PREMISE_NOT_MET, f"the key of another account is not accepted ({error})") from None
    return second


def needed(foreign: F | None) -> F:
    """Return the results of a probe that needs a second key.

    Raise `NotApplicable` if the user named no second API key.
    """
    if foreign is None:
        raise NotApplicable("no API key of another account is named: see --second-key-env")
    return foreign


def lists_anything(exchange: Exchange) -> bool:
    """Return whether the body of a response is a list that is not empty."""
    return bool(_body(exchange).get("data"))


def has_id(exchange: Exchange, identifier: str) -> bool:
    """Return whether the body of a response, or the object under `data`, is the object with this id."""
    body = _body(exchange)
    return any(isinstance(each, dict) and each.get("id") == identifier for each in (body, body.get("data")))


def _body(exchange: Exchange) -> dict[str, Any]:
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def expect_hidden(own: Exchange, foreign: Exchange, what: str, *, shown: bool) -> None:
    """Expect that another account cannot read an object that its owner can read.

    `own` is the owner's request, and `foreign` is the same request with the key of another account. `shown` is true if
    the response that the other account got has data of the object. If the other account got an empty list, for example,
    `shown` is false.
    """
    premise(_is_read(own), "the account that created it cannot read it either")
    _expect_answer(foreign)
    leaks = _is_read(foreign) and shown
    expect(not leaks, f"a 404, because {what} is of another account", got=answer(foreign), where="status", on=foreign)


def _expect_answer(foreign: Exchange) -> None:
    """Make the check inconclusive if the target neither answered nor rejected a request of another account."""
    if foreign.status is None or foreign.status in BUSY:
        raise NotAnswered(foreign, f"the target answered {foreign.status}")
    premise(foreign.status < 500, f"the target answered {foreign.status}, which does not show whose object it is")


def _is_read(exchange: Exchange) -> bool:
    return exchange.status is not None and 200 <= exchange.status < 300


def expect_unusable(own: ResponseReply, foreign: ResponseReply, what: str) -> None:
    """Expect that a response request with an id of another account is rejected.

    `own` is the owner's request with this id, and `foreign` is the request of the other account.
    """
    if not own.accepted:
        raise NotAnswered(own.exchange, "the account that created it cannot use it either")
    _expect_answer(foreign.exchange)
    if foreign.put_off:
        raise NotAnswered(foreign.exchange, "the response failed, and says that it may be asked for again later")
    expect(
        not foreign.accepted,
        f"a 4xx, because {what} is of another account",
        got=answer(foreign),
        where="status",
        on=foreign,
    )
