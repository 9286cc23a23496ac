"""Sends the first requests of a run.

The first requests show whether the target is reachable, and whether the target accepts faulty requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from conformance.auditing.models import model_ids
from conformance.auditing.readiness import NotReady, until_ready
from conformance.config import Target
from conformance.engine import BudgetExhausted, Engine, NotRecorded, TargetDied, Transport
from conformance.engine.clients import LONGEST_NAME, Chat, Http
from conformance.reply import ChatReply, read_error
from conformance.verdict import ExitCode
from conformance.wire import Exchange, FailureKind, NoTokenError

HELLO = "Say hello."
SURFACES: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "completions": ("text completions", {"prompt": HELLO, "max_tokens": 1}),
        "embeddings": ("embeddings", {"input": HELLO}),
        "responses": ("responses", {"input": HELLO, "max_output_tokens": 16, "store": False}),
    }
)
"""The operations that a target may have instead of chat completions: route, name in messages, and a plain body."""
ABSENT = (404, 405, 501)
"""Statuses with which a server says that it does not have an operation."""
NONSENSE_ROUTE = "/conformance-no-such-route"


class TargetUnusable(Exception):
    """No requirement can be judged on this target; the one-line message tells the user why, and what to do next."""

    def __init__(self, message: str, code: ExitCode = ExitCode.NOTHING_JUDGED) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Preflight:
    """The results of the first requests to a target.

    `accepts_everything` names the nonsensical requests that the target accepted; "" if the target accepted none.
    """

    target: Target
    notes: tuple[str, ...] = ()
    accepts_everything: str = ""


def begin_look(engine: Engine) -> Future[Any]:
    """Start up to four requests, which are the first of the run; `looked` returns their results."""
    return engine.call(lambda: _look(engine))


def looked(engine: Engine, looking: Future[Any]) -> Preflight:
    """Wait for the first requests of the run and return their results.

    Raises `TargetUnusable` or `TargetDied` if nothing can be judged.
    """
    try:
        preflight: Preflight = engine.settled(looking)
    except NotRecorded as missing:
        raise TargetUnusable(
            f"The run cannot be judged again: {missing}. Was it recorded by another version?"
        ) from None
    except TargetDied:
        raise
    except BudgetExhausted as spent:
        raise TargetUnusable(f"Nothing could be judged before {spent}. Raise it, or test a faster target") from None
    except NoTokenError as missing:
        raise TargetUnusable(str(missing), ExitCode.KEY_REJECTED) from None
    return preflight


async def _look(engine: Engine) -> Preflight:
    waited = await _wait(engine.target)
    http = engine.http("preflight")
    target, notes = await _with_model(engine.target, http)
    notes += waited
    http = replace(http, target=target)
    chat = Chat(http, Transport.JSON)
    if target.gentle:
        plain = await chat(HELLO)
        without = await _without_chat(target, http, plain)
        _usable(target, plain, without)
        return Preflight(without or target, (*notes, *([_instead(without)] if without else [])))
    plain, route, typed = await asyncio.gather(
        chat(HELLO),
        http("POST", NONSENSE_ROUTE, {"nonsense": True}),
        chat.post(chat.body(HELLO) | {"messages": 12345}),
    )
    without = await _without_chat(target, http, plain)
    _usable(target, plain, without)
    if without is not None:
        target = without
        notes.append(_instead(without))
    lies = []
    if _says_yes(route):
        lies.append(f"POST {NONSENSE_ROUTE}")
    if _says_yes(typed.exchange):
        lies.append("messages: 12345")
    accepts_everything = f"the target answers 200 to nonsense ({' and '.join(lies)})" if lies else ""
    if accepts_everything:
        notes.append(f"Warning: {accepts_everything}, so its 200 alone proves nothing.")
    return Preflight(target, tuple(notes), accepts_everything)


async def _wait(target: Target) -> list[str]:
    """Wait until the target is ready, if a user wants that; return a note if it took more than one try."""
    if not target.wait_ready:
        return []
    try:
        tries, seconds = await until_ready(target, min(target.wait_ready, target.budget.seconds or target.wait_ready))
    except NotReady as late:
        raise TargetUnusable(str(late), ExitCode.TARGET_GONE) from None
    return [f"The target was ready after {seconds:.0f} s ({tries} tries)."] if tries > 1 else []


async def _without_chat(target: Target, http: Http, plain: ChatReply) -> Target | None:
    """Return the target without the operations that it lacks, if it lacks only chat completions and some others.

    Returns None if the target has chat completions, or if none of the operations in `SURFACES` answers.
    """
    if not _lacks_chat(target, plain.exchange):
        return None
    offered = {name: body for name, (_, body) in SURFACES.items() if target.profile.offers(name)}
    sent = [http("POST", name, {"model": target.model, **body}) for name, body in offered.items()]
    answers = dict(zip(offered, await asyncio.gather(*sent), strict=True))
    if not any(exchange.status == 200 for exchange in answers.values()):
        return None
    lacking = {"chat": plain.exchange} | {name: each for name, each in answers.items() if each.status in ABSENT}
    missing: dict[str, str] = {}
    for name, exchange in lacking.items():
        below = target.profile.paths[name]
        why = f"the target has no {_name(name)}: POST {urlsplit(exchange.request.url).path} answers {exchange.status}"
        missing |= {route: why for route, path in target.profile.paths.items() if f"{path}/".startswith(f"{below}/")}
    return replace(target, profile=target.profile.without(missing))


def _lacks_chat(target: Target, exchange: Exchange) -> bool:
    """Return whether the response says that the target, or its model, has no chat completions."""
    if exchange.status in ABSENT and not _knows_no_model(target, exchange):
        return True
    said = read_error(exchange).message.lower() if exchange.status in (400, 404, 422) else ""
    return "support" in said and any(word in said for word in ("chat", "generate", "generation"))


def _instead(target: Target) -> str:
    """Return the note about a target that lacks chat completions."""
    missing = target.profile.missing
    others = [name for route, (name, _) in SURFACES.items() if target.profile.offers(route)]
    why = missing["chat"]
    return f"{why[0].upper()}{why[1:]}. Only its other operations are judged: {', '.join(others)}."


def _name(route: str) -> str:
    return SURFACES[route][0] if route in SURFACES else "chat completions"


def _says_yes(exchange: Exchange) -> bool:
    return exchange.status is not None and 200 <= exchange.status < 300


async def _with_model(target: Target, http: Http) -> tuple[Target, list[str]]:
    if target.model:
        return target, []
    exchange = await http("GET", "models")
    _reachable(target, exchange)
    ids = model_ids(exchange)
    if not ids:
        said = f"{exchange.status}, {exchange.media_type or 'no content type'}"
        versioned = urlsplit(target.url).path.rstrip("/").rpartition("/")[2].startswith("v")
        meant = "" if versioned else f"Is the base URL {target.url}/v1? Or name a model with --model"
        raise TargetUnusable(
            f"{http.url('models')} lists no model ({said}). {meant or 'Name one with --model, and check the URL'}"
        )
    first = next((name for name in ids if len(name) <= LONGEST_NAME), None)
    if first is None:
        raise TargetUnusable(
            f"{http.url('models')} lists no model whose id has at most {LONGEST_NAME} characters. Name one with --model"
        )
    return replace(target, model=first), [f"No model was named; {first!r} is the first of {len(ids)} listed."]


_ADVICE = {
    FailureKind.DNS: "the host name is not known. Check the URL",
    FailureKind.CONNECT: "nothing accepts connections there. Is the server running, on that port?",
    FailureKind.TIMEOUT_CONNECT: "no connection in time. Check host, port and firewall",
    FailureKind.TLS: "the TLS handshake failed. Check http/https, name the issuer's certificate with --ca-file, or show a"
    " certificate with --client-cert",
    FailureKind.TIMEOUT_READ: "it accepted the request and stayed silent. Raise --timeout if the model is slow",
    FailureKind.TIMEOUT_TOTAL: "it did not finish in time. Raise --timeout if the model is slow",
}


_PROXY_ADVICE = {
    FailureKind.DNS: "the host name of the proxy is not known. Check --proxy",
    FailureKind.CONNECT: "no connection through the proxy. Check --proxy and its credentials, and the URL",
    FailureKind.TIMEOUT_CONNECT: "no connection through the proxy in time. Check --proxy and the URL",
}


def _reachable(target: Target, exchange: Exchange) -> None:
    failure = exchange.failure
    if failure and failure.kind is FailureKind.TOO_LARGE:
        if exchange.status not in (401, 403):
            raise TargetUnusable(
                f"Cannot test {target.url}: {exchange.request.method} {exchange.request.url} answers with more than this"
                f" suite reads ({failure.message}). Check that the URL is the one of an OpenAI-compatible API"
            )
    elif exchange.status is None or failure:
        kind = failure.kind if failure else FailureKind.PROTOCOL
        known = _ADVICE if target.proxy is None else {**_ADVICE, **_PROXY_ADVICE}
        advice = known.get(kind, "what answers there does not speak HTTP as expected. Check the URL and port")
        said = f" ({failure.message})" if failure else ""
        raise TargetUnusable(f"Cannot test {target.url}: {advice}{said}", ExitCode.TARGET_GONE)
    if exchange.status in (401, 403):
        said = read_error(exchange).message[:200]
        with_key = f"a request without a key ({target.key_env} is unset)"
        if target.key:
            with_key = "the key that --key-cmd prints" if target.tokens else f"the key in {target.key_env}"
        raise TargetUnusable(
            f"{target.url} refuses {with_key}: {exchange.status} {said}".rstrip(" .")
            + ". Put a valid key into an environment variable and name it with --key-env",
            ExitCode.KEY_REJECTED,
        )
    if 300 <= exchange.status < 400:
        raise TargetUnusable(
            f"{target.url} redirects to {exchange.header('location')}; redirects are not followed. Use the final URL"
        )


def _knows_no_model(target: Target, exchange: Exchange) -> bool:
    """Return whether the target rejects the request because it does not know the model."""
    error = read_error(exchange)
    named = bool(target.model) and (str(target.model) in error.message or "model" in str(error.code))
    return exchange.status == 404 and error.envelope == "openai" and named


def _usable(target: Target, plain: ChatReply, without_chat: Target | None) -> None:
    exchange = plain.exchange
    _reachable(target, exchange)
    if exchange.status == 404 and without_chat is None:
        if _knows_no_model(target, exchange):
            raise TargetUnusable(
                f"{target.url} does not know the model {target.model!r}:"
                f" {read_error(exchange).message[:200].rstrip(' .')}."
                " Leave --model out to take the first it lists"
            )
        hint = "" if urlsplit(target.url).path.rstrip("/").endswith("v1") else f" Is the base URL {target.url}/v1?"
        raise TargetUnusable(
            f"{exchange.request.url} answers 404: no chat completions there, and no text completions, embeddings or"
            f" responses either.{hint}"
        )
    if exchange.status == 200 and exchange.media_type == "text/html":
        raise TargetUnusable(
            f"{exchange.request.url} answers with an HTML page, not with JSON. Is this a web site rather than an API?"
        )
