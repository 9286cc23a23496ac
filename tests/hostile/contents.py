"""Ways to misbehave in what is said: encodings, JSON, wrong types, text that attacks whoever shows it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile.behaviours import BEHAVIOURS, FEW, Behaviour, behaviour
from tests.hostile.server import Answer, Talk

Change = Callable[[bytes], bytes]

ATTACK = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "</script></style>--><svg onload=document.title='owned'>]]>"
    "\x1b[31m\x1b]0;owned\x07\x1b[2J\x9b1m\x00\x08\x0b\x7f\u202eevil\u2028\u2029\ufffe\uffff [x](javascript:alert(1)) "
    "@everyone ```` {{7*7}} [/bold] [red]"
)


def changed(answer: Answer, change: Change) -> bytes:
    """The body with each JSON document in it changed: the whole, or every event's data."""
    if not answer.streamed:
        return change(answer.body)
    return b"".join(_event(block, change) for block in re.split(rb"(?<=\n\n)", answer.body))


def _event(block: bytes, change: Change) -> bytes:
    data = block.removeprefix(b"data: ").rstrip(b"\n")
    if not block.startswith(b"data: ") or data == b"[DONE]":
        return block
    return b"data: " + change(data).replace(b"\n", b" ").replace(b"\r", b" ") + b"\n\n"


async def _send(talk: Talk, change: Change) -> None:
    answer = await talk.right()
    await talk.send(answer, body=changed(answer, change))


def _paste(pattern: bytes, value: bytes) -> Change:
    return lambda body: re.sub(pattern, lambda _: value, body)


NOT_UTF8 = b"\xff\xfe\xc3\x28\xed\xa0\x80"


@behaviour("invalid-utf8")
async def _invalid_utf8(talk: Talk) -> None:
    """Puts bytes that are not UTF-8 into every text."""
    await _send(talk, lambda body: re.sub(rb'("(?:content|message)":\s*")', lambda m: m[1] + NOT_UTF8, body))


@behaviour("utf-16", only=FEW)
async def _utf_16(talk: Talk) -> None:
    """Writes its JSON in UTF-16, or with a byte order mark."""
    encoding = ("utf-16", "utf-8-sig", "utf-32-be")[talk.number % 3]
    await _send(talk, lambda body: body.decode().encode(encoding))


@behaviour("nan-infinity")
async def _nan(talk: Talk) -> None:
    """Writes NaN, Infinity and 1e400 for numbers."""
    value = (b"NaN", b"-Infinity", b"1e400", b"Infinity")[talk.number % 4]
    await _send(talk, _paste(rb"(?<=:)\s*-?\d+(\.\d+)?(?=[,}])", value))


@behaviour("huge-numbers")
async def _huge_numbers(talk: Talk) -> None:
    """Writes integers of 5,000 digits, 1e308 and -0 for numbers."""
    value = (b"9" * 5000, b"1e308", b"-0", b"123456789012345678901234567890", b"0.1")[talk.number % 5]
    await _send(talk, _paste(rb"(?<=:)\s*-?\d+(\.\d+)?(?=[,}])", value))


@behaviour("deep-json")
async def _deep(talk: Talk) -> None:
    """Answers with JSON that is 10,000 levels deep, in place of all or of one part."""
    deep = b"[" * 10_000 + b"]" * 10_000
    objects = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    kind = talk.number % 4
    if kind == 0:
        await _send(talk, lambda _: deep)
    elif kind == 1:
        await _send(talk, lambda _: b'{"error":' + objects + b"}")
    else:
        key = (b"choices", b"usage")[kind % 2]
        await _send(talk, lambda body: body[:-1] + b',"' + key + b'":' + objects + b"}")


@behaviour("deep-arguments", only=("chat.tools", "chat.json-schema", "chat.json-object", "guided"))
async def _deep_arguments(talk: Talk) -> None:
    """Writes 10,000 levels of JSON into arguments and content."""
    deep = json.dumps("[" * 10_000 + "]" * 10_000).encode()
    await _send(
        talk, lambda body: re.sub(rb'("(?:content|arguments)":\s*)"(?:[^"\\]|\\.)*"', lambda m: m[1] + deep, body)
    )


@behaviour("duplicate-keys")
async def _duplicate_keys(talk: Talk) -> None:
    """Says every key of the top level twice, the second time null."""

    def twice(body: bytes) -> bytes:
        if not body:  # of a HEAD
            return body
        data = json.loads(body)
        extra = b",".join(json.dumps(key).encode() + b":null" for key in data)
        return body[:-1] + b"," + extra + b"}" if isinstance(data, dict) and data else body

    await _send(talk, twice)


@behaviour("lone-surrogates")
async def _surrogates(talk: Talk) -> None:
    r"""Writes lone surrogates, as \ud800, into every text."""
    await _send(
        talk,
        lambda body: re.sub(
            rb'("(?:content|message|model|id|arguments|finish_reason)":\s*")', rb"\1\\ud800\\udfff", body
        ),
    )


@behaviour("attack-text")
async def _attack(talk: Talk) -> None:
    """Writes HTML with scripts, terminal escapes and characters that XML forbids into every text."""
    text = json.dumps(ATTACK).encode()
    keys = rb'("(?:content|message|model|id|object|role|name|arguments|finish_reason|type|code)":\s*)"(?:[^"\\]|\\.)*"'
    await _send(talk, lambda body: re.sub(keys, lambda m: m[1] + text, body))


@behaviour("attack-first", first=True, only=FEW)
async def _attack_first(talk: Talk) -> None:
    """Rejects the first request with a message that attacks the program that shows it."""
    body = json.dumps({"error": {"message": ATTACK, "type": ATTACK, "param": ATTACK, "code": ATTACK}}).encode()
    await talk.send(Answer(403, (("content-type", "application/json"), ("x-attack", "\x9b31m<script>")), body))


@behaviour("attack-models", first=True)
async def _attack_models(talk: Talk) -> None:
    """Lists a model whose name attacks the program that shows it, and answers everything correctly."""
    answer = await talk.right()
    if talk.path.endswith("/models"):
        answer = Answer(200, answer.headers, answer.body.replace(b'"reference-1"', json.dumps(ATTACK).encode()))
    elif b"reference-1" not in talk.body and talk.body:
        talk.body = talk.body.replace(json.dumps(ATTACK, ensure_ascii=False).encode(), b'"reference-1"')
        talk.headers["content-length"] = str(len(talk.body))
        answer = await talk.right()
    await talk.send(answer, body=answer.body.replace(b'"reference-1"', json.dumps(ATTACK).encode()))


@behaviour("empty-body", only=FEW)
async def _empty(talk: Talk) -> None:
    """Answers with the right status and no body."""
    await _whole(talk, b"")


@behaviour("whitespace", only=FEW)
async def _whitespace(talk: Talk) -> None:
    """Answers with white space only."""
    await _whole(talk, b" \r\n\t \n\n")


@behaviour("null-body")
async def _null(talk: Talk) -> None:
    """Answers every request 200 with null, true, 0, "" or []."""
    value = (b"null", b"true", b"0", b'""', b"[]", b"[null]", b"{}")[talk.number % 7]
    answer = await talk.right()
    await talk.send(answer, status=200, body=changed(answer, lambda _: value))


@behaviour("not-json", only=FEW)
async def _not_json(talk: Talk) -> None:
    """Answers with an HTML page that says it is JSON."""
    await _whole(talk, b"<!doctype html><script>document.title='owned'</script>Please log in")


@behaviour("html-first", first=True, only=FEW)
async def _html_first(talk: Talk) -> None:
    """Is a web site: every path is an HTML page."""
    page = b"<!doctype html><title>Hello</title>"
    await talk.send(Answer(200, (("content-type", "text/html"),), page))


@behaviour("no-models", first=True, only=FEW)
async def _no_models(talk: Talk) -> None:
    """Lists no model."""
    await talk.send(Answer(200, (("content-type", "application/json"),), b'{"object":"list","data":[]}'))


async def _whole(talk: Talk, body: bytes) -> None:
    await talk.send(await talk.right(), body=body)


@behaviour("huge-strings", only=("chat.response", "chat.stream", "chat.stop", "chat.usage"))
async def _huge_strings(talk: Talk) -> None:
    """Writes a text of 200 KB everywhere, so that evidence must be cut."""
    text = b'"' + b"<&\\u001b" * 25_000 + b'"'
    await _send(
        talk,
        lambda body: re.sub(
            rb'("(?:content|id|model|finish_reason)":\s*)"(?:[^"\\]|\\.)*"', lambda m: m[1] + text, body
        ),
    )


WRONG: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    10**400,
    "",
    "x",
    "\ud800",
    [],
    [None],
    [[]],
    [{}],
    {},
    {"": None},
    {"error": []},
)


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in JSON data, the whole included."""
    yield at
    items: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*at, key))


def with_wrong(data: Any, at: tuple[Any, ...], value: Any) -> Any:
    """The data with another value in one place."""
    if not at:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[at[0]] = with_wrong(copy[at[0]], at[1:], value)
    return copy


def _fuzz(seed: str) -> Change:
    dice = random.Random(seed)  # noqa: S311 - the same faults in every run

    def change(body: bytes) -> bytes:
        try:
            data = json.loads(body)
        except ValueError:
            return body
        for _ in range(dice.choice((1, 1, 2))):
            at = dice.choice(list(places(data)))
            data = with_wrong(data, at, dice.choice(WRONG))
        return json.dumps(data).encode()

    return change


def _register_fuzz(name: str, salt: int) -> None:
    @behaviour(name)
    async def _wrong_types(talk: Talk) -> None:
        """Puts values of wrong types into one or two places of every answer."""
        await _send(talk, _fuzz(f"{salt} {talk.path} {talk.body!r}"))


for _salt in range(6):
    _register_fuzz(f"wrong-types-{_salt + 1}", _salt)

_SHAPES: dict[str, Any] = {
    "choices": {},
    "usage": [],
    "message": "x",
    "delta": [],
    "id": 17,
    "index": True,
    "prompt_tokens": True,
    "tool_calls": {},
    "function": [],
    "arguments": {},
    "content": {"text": "x"},
    "logprobs": [],
    "finish_reason": [],
    "created": "now",
    "error": "string",
    "data": {},
}


def _reshape(data: Any, name: str) -> Any:
    if isinstance(data, dict):
        return {key: _SHAPES[name] if key == name else _reshape(value, name) for key, value in data.items()}
    return [_reshape(item, name) for item in data] if isinstance(data, list) else data


def _register_shape(name: str) -> None:
    async def script(talk: Talk) -> None:
        await _send(talk, lambda body: json.dumps(_reshape(json.loads(body), name)).encode() if body else body)

    script.__doc__ = f"Writes `{json.dumps(_SHAPES[name])}` for every `{name}`."
    behaviour(f"shape-{name.replace('_', '-')}")(script)


for _name in _SHAPES:
    _register_shape(_name)


def _register_mixture(name: str, says: str, choices: list[Behaviour]) -> None:
    async def script(talk: Talk) -> None:
        dice = random.Random(f"{name} {talk.path} {talk.body!r}")  # noqa: S311 - the same in every run
        await dice.choice(choices).script(talk)

    script.__doc__ = says
    behaviour(name)(script)


_LATER = [one for one in BEHAVIOURS.values() if not one.first]
for _salt in range(1, 4):
    _register_mixture(
        f"any-content-{_salt}",
        "Says wrong things, in another of these ways for each request.",
        [one for one in _LATER if one.content],
    )
for _salt in range(1, 3):
    _register_mixture(
        f"any-wire-{_salt}",
        "Breaks off, stalls, floods and redirects: HTTP wrong in another way for each request.",
        [one for one in _LATER if not one.content],
    )
for _each in BEHAVIOURS.values():
    assert _each.says, _each.name
