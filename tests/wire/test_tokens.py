"""Tokens that a command prints: renewed before they expire or when they are rejected, each request sent again once at most."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from answers import response
from raw_server import RawServer, Script, Talk, fields, serve

from conformance.wire import NO_RETRY, Exchange, HttpClient, NoTokenError, Redactor, Request, Tokens


def jwt(**claims: Any) -> str:
    """A JSON Web Token that nobody signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2ln"])


class Printer:
    """A command that prints these tokens one after another, and the last again and again."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        token = self.tokens[min(self.calls, len(self.tokens)) - 1]
        if not token:
            raise NoTokenError("--key-cmd: the command failed")
        return token


def accepting(valid: Callable[[], str]) -> Script:
    """A server that accepts the token that is valid now."""

    async def script(talk: Talk) -> None:
        given = dict(fields(talk.head)).get("authorization", "")
        ok = given == f"Bearer {valid()}"
        await talk.say(response(b"{}", status=b"200 OK" if ok else b"401 Unauthorized"))

    return script


def sent(server: RawServer) -> list[str]:
    """The tokens that the server was sent."""
    return [dict(fields(talk.head)).get("authorization", "").removeprefix("Bearer ") for talk in server.asked]


async def ask(wire: HttpClient, server: RawServer, tokens: Tokens, method: str = "GET", path: str = "") -> Exchange:
    headers = (("authorization", f"Bearer {tokens.stand_in}"),)
    return await wire.send(Request(method, server.url + path, headers), exchange_id="x1")


def test_a_token_takes_the_place_of_its_stand_in() -> None:
    """In the request as it was sent, also in a HEAD; a request without the stand-in is sent as it is."""
    tokens = Tokens(Printer("token-1"))

    async def run() -> None:
        async with serve(accepting(lambda: "token-1")) as server, HttpClient(tokens=tokens) as wire:
            assert (await ask(wire, server, tokens)).status == 200
            exchange = await ask(wire, server, tokens, "HEAD")
            assert (exchange.status, dict(exchange.request.headers)["authorization"]) == (200, "Bearer token-1")
            other = Request("GET", server.url, (("authorization", "Bearer other"),))
            assert (await wire.send(other, exchange_id="x1")).status == 401
            assert sent(server) == ["token-1", "token-1", "other"]

    asyncio.run(run())
    assert tokens.used == ("token-1",)


def test_a_token_that_worked_is_renewed_when_it_is_rejected() -> None:
    """The request is sent again once, and says so; the answer that counts is the second."""
    valid = ["token-1"]
    printer = Printer("token-1", "token-2")
    tokens = Tokens(printer)

    async def run() -> Exchange:
        async with serve(accepting(lambda: valid[-1])) as server, HttpClient(tokens=tokens) as wire:
            await ask(wire, server, tokens)
            valid.append("token-2")
            return await ask(wire, server, tokens)

    exchange = asyncio.run(run())
    assert exchange.status == 200
    assert [(attempt.status, attempt.waited_s) for attempt in exchange.attempts] == [(401, 0.0)]
    assert (printer.calls, tokens.used) == (2, ("token-1", "token-2"))


def test_requests_at_once_renew_it_once() -> None:
    """Those that come late use the token that the first has got."""
    valid = ["token-1"]
    printer = Printer("token-1", "token-2", "token-3")
    tokens = Tokens(printer)

    async def run() -> list[Exchange]:
        async with serve(accepting(lambda: valid[-1])) as server, HttpClient(tokens=tokens) as wire:
            await ask(wire, server, tokens)
            valid.append("token-2")
            return await asyncio.gather(*(ask(wire, server, tokens) for _ in range(8)))

    assert [exchange.status for exchange in asyncio.run(run())] == [200] * 8
    assert printer.calls == 2


def test_a_token_that_never_worked_is_not_renewed() -> None:
    """It is the wrong one, or the request is: calling the command again and again would not help."""
    printer = Printer("token-1", "token-2")
    tokens = Tokens(printer)

    async def run() -> list[int | None]:
        async with serve(accepting(lambda: "token-9")) as server, HttpClient(tokens=tokens) as wire:
            return [(await ask(wire, server, tokens)).status for _ in range(3)]

    assert asyncio.run(run()) == [401, 401, 401]
    assert printer.calls == 1


@pytest.mark.parametrize("printed", [("token-1", "token-2", "token-3"), ("token-1",)])
def test_what_is_always_rejected_calls_the_command_once(printed: tuple[str, ...]) -> None:
    """An operation that no key may use answers 401; its answer stands, whatever the command prints."""
    printer = Printer(*printed)
    tokens = Tokens(printer)

    async def script(talk: Talk) -> None:
        ok = b"/closed" not in talk.head
        await talk.say(response(b"{}", status=b"200 OK" if ok else b"401 Unauthorized"))

    async def run() -> list[int | None]:
        async with serve(script) as server, HttpClient(tokens=tokens) as wire:
            found = []
            for _ in range(4):
                found += [(await ask(wire, server, tokens, path=path)).status for path in ("", "/closed")]
            return found

    assert asyncio.run(run()) == [200, 401] * 4
    assert printer.calls == 2


def test_a_json_web_token_is_renewed_before_it_expires() -> None:
    """No request is rejected."""
    now = [1000.0]
    first, second = jwt(exp=1100, iat=1000), jwt(exp=1200, iat=1100)
    printer = Printer(first, second)
    tokens = Tokens(printer, clock=lambda: now[0])

    async def run() -> list[str]:
        async with (
            serve(accepting(lambda: first if now[0] < 1090 else second)) as server,
            HttpClient(tokens=tokens) as wire,
        ):
            for at in (1000.0, 1089.0, 1090.0, 1150.0):
                now[0] = at
                exchange = await ask(wire, server, tokens)
                assert (exchange.status, exchange.attempts) == (200, ())
            return sent(server)

    assert asyncio.run(run()) == [first, first, second, second]
    assert printer.calls == 2


@pytest.mark.parametrize(
    "token",
    [
        jwt(exp=999),
        jwt(exp="soon"),
        jwt(exp=True),
        jwt(exp=None),
        jwt(exp=1e300),
        jwt(),
        "a.b.c",
        "a.bm9uZQ.c",
        "a.W10.c",
        "a..c",
        "plain",
    ],
)
def test_a_token_without_a_time_to_come_is_used_as_it_is(token: str) -> None:
    """Also one that has expired already: the command is not called for each request."""
    printer = Printer(token)
    tokens = Tokens(printer, clock=lambda: 1000.0)

    async def run() -> None:
        for _ in range(3):
            _, used = await tokens.fill(Request("GET", "http://h", (("api-key", tokens.stand_in),)))
            assert used == token

    asyncio.run(run())
    assert printer.calls == 1


def test_without_a_new_token_there_is_no_answer() -> None:
    """The old one would be rejected, and that is not the target's fault."""
    valid = ["token-1"]
    tokens = Tokens(Printer("token-1", ""))

    async def run() -> None:
        async with serve(accepting(lambda: valid[-1])) as server, HttpClient(tokens=tokens) as wire:
            await ask(wire, server, tokens)
            valid.append("token-2")
            with pytest.raises(NoTokenError, match="--key-cmd: the command failed"):
                await ask(wire, server, tokens)

    asyncio.run(run())


def test_listeners_hear_of_each_token_before_it_is_used() -> None:
    """So that a redactor takes out all of them."""
    redactor = Redactor(["first-secret"])
    tokens = Tokens(Printer("token-1", "token-2"))
    tokens.follow(redactor.learn)
    tokens.begin()
    assert redactor.text("first-secret token-1 token-2") == "[redacted] [redacted] token-2"
    tokens._take("token-2")
    assert redactor.text("first-secret token-1 token-2") == "[redacted] [redacted] [redacted]"


def upgrades(valid: Callable[[], str]) -> Iterator[Script]:
    """Scripts of a server that rejects upgrades, with 401 or, with the valid token, with 400."""

    async def script(talk: Talk) -> None:
        ok = dict(fields(talk.head)).get("api-key") == valid()
        await talk.say(response(b"{}", status=b"400 No" if ok else b"401 Unauthorized"))

    yield script


def test_a_websocket_is_opened_again_with_a_new_token() -> None:
    """As a request is sent again."""
    valid = ["token-1"]
    printer = Printer("token-1", "token-2")
    tokens = Tokens(printer)

    async def run() -> tuple[Exchange, list[str]]:
        (script,) = upgrades(lambda: valid[-1])
        async with serve(script) as server, HttpClient(tokens=tokens, retry=NO_RETRY) as wire:
            upgrade = Request("GET", server.url.replace("http", "ws", 1), (("api-key", tokens.stand_in),))
            first = await wire.dial(upgrade).turn([b"{}"], bool, exchange_id="x1")
            assert first.status == 400
            tokens.answered("token-1", 200)
            valid.append("token-2")
            exchange = await wire.dial(upgrade).turn([b"{}"], bool, exchange_id="x2")
            return exchange, [dict(fields(talk.head))["api-key"] for talk in server.asked]

    exchange, keys = asyncio.run(run())
    assert exchange.status == 400
    assert dict(exchange.request.headers)["api-key"] == "token-2"
    assert keys == ["token-1", "token-1", "token-2"]
