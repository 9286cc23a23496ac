"""Every mutant is served, is wrong where the right endpoint is right, and joins with others."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from conformance.cli.endpoints import endpoint_of, load_mutants, packs_of
from conformance.contract.areas import area_of, load_areas
from conformance.contract.packs import suite_packs
from conformance.reference import Endpoint, create_app
from conformance.reference.chat.completion import Chat
from conformance.reference.http import Http
from conformance.reference.mutants import MUTANTS, Mutant

load_mutants(suite_packs())
PACKS = packs_of(["telnyx"])  # its paths lie next to OpenAI's


def endpoint_with(*names: str) -> Endpoint:
    """The reference endpoint of all paths, with these mutants."""
    return endpoint_of(PACKS, names)


JSON = {"content-type": "application/json"}
KEY = {"authorization": "Bearer sk-reference"}
FLAT = {"type": "object", "required": ["x"], "additionalProperties": False, "properties": {"x": {"enum": ["zorblax"]}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": FLAT}}


def tool(name: str, *fields: str) -> dict[str, Any]:
    properties = {field: {"type": "string"} for field in fields}
    return {
        "type": "function",
        "function": {"name": name, "parameters": {"type": "object", "properties": properties, "required": [*fields]}},
    }


TOOLS = [tool("get_weather", "city"), tool("get_time", "zone")]
CITIES = "What is the weather in Paris and London?"
CALLED = [
    {"role": "user", "content": "What is the weather in Paris?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}],
    },
]
RESULT = {"role": "tool", "tool_call_id": "c", "content": "31 degrees"}


def chat(content: Any = "Count from 1 to 10.", **more: Any) -> tuple[str, str, Any]:
    messages = content if isinstance(content, list) else [{"role": "user", "content": content}]
    return "POST", "/v1/chat/completions", {"model": "reference-1", "temperature": 0, "messages": messages, **more}


def turns(*texts: str, system: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    told = [{"role": ("user", "assistant")[number % 2], "content": text} for number, text in enumerate(texts)]
    return [*({"role": "system", "content": rule} for rule in system), *told]


def telnyx(**more: Any) -> tuple[str, str, Any]:
    return "POST", "/v2/ai/openai/chat/completions", {"messages": turns("Say hi."), "temperature": 0, **more}


def respond(said: Any = "Count from 1 to 5.", **more: Any) -> tuple[str, str, Any]:
    return "POST", "/v1/responses", {"model": "reference-1", "temperature": 0, "input": said, **more}


# Each step is (method, path, body[, headers]); `$id` in a body or path is the id of the answer before it.
BOTH: list[tuple[str, str, Any]] = [
    chat(), chat(stop="5"), chat(stop=["x", "7"]), chat(stop=", 6, "), chat("Say grün 😀."), chat(max_tokens=4),
    chat(max_completion_tokens=4), chat("Tell me a story.", n=2, temperature=1, max_tokens=12), chat(logprobs=True, top_logprobs=3),
    chat("Say a b c.", logprobs=True), chat(CITIES, tools=TOOLS), chat(CITIES, tools=TOOLS, parallel_tool_calls=False),
    chat("Write a poem.", tools=TOOLS, tool_choice="required"), chat(CITIES, tools=TOOLS, tool_choice="none"),
    chat(CITIES, tools=TOOLS, tool_choice={"type": "function", "function": {"name": "get_time"}}),
    chat("Write a poem as JSON.", response_format={"type": "json_object"}), chat("Write a poem.", response_format=FORMAT),
    chat("Write a poem.", response_format=FORMAT, max_tokens=3), chat([*CALLED, RESULT], tools=TOOLS),
]  # fmt: skip
SINGLE: list[tuple[Any, ...]] = [
    chat("Tell me a story.", temperature=1, seed=1, max_tokens=12), chat("Tell me a story.", temperature=1, seed=1, max_tokens=12),
    chat("Tell me a story.", temperature=1, seed=2, max_tokens=12), chat("Tell me a story.", temperature=1, max_tokens=12),
    chat("Tell me a story.", temperature=2, top_p=0.01, max_tokens=12), chat("Tell me a story.", logit_bias={"300": 100}, max_tokens=3),
    chat(turns("My name is Ada.", "Hi.", "What is my name?")), chat(turns("Hi.", system=("Answer only with PONG.",))),
    chat(turns("Hi.", system=("Always answer in upper case.", "End every answer with X."))),
    chat([{"role": "developer", "content": "Answer only with PONG."}, *turns("Hi.")]), chat("Hi.", response_format={"type": "text"}),
    chat([{"role": "user", "content": [{"type": "text", "text": "Say the word "}, {"type": "text", "text": "kiwi."}]}]),
    chat(stop=None, seed=None), chat(frequency_penalty=0.5), chat(max_completion_tokens=None),
    chat(bogus=1), chat(n=0), chat(n="2"), chat(temperature="hot"), chat(stop=list("12345")), chat([]), chat([{"role": "robot", "content": "x"}]),
    chat(model="nope"), chat(CALLED, tools=TOOLS), chat(tool_choice="required"), chat("Hi.", response_format={"type": "json_object"}),
    chat(CITIES, tools=TOOLS, tool_choice={"type": "function", "function": {"name": "nope"}}),
    chat("Hi.", response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "nope"}}}),
    chat(stream=True, n=0), ("POST", "/v1/chat/completions", {"model": "reference-1"}), chat(stream=True, stream_options={"include_usage": True}),
    ("POST", "/v1/chat/completions", b"{", KEY | JSON), ("POST", "/v1/chat/completions", b"[]", KEY | JSON),
    ("POST", "/v1/chat/completions", b"{}", KEY | {"content-type": "text/plain"}),
    ("POST", "/v1/chat/completions", b"{}", KEY | {"content-type": "application/json; charset=utf-8"}),
    ("GET", "/v1/models", None), ("GET", "/v1/models/reference%2Fthinker", None), ("GET", "/v1/models/nope", None), ("GET", "/v1/nope", None),
    ("GET", "/v1/chat/completions", None), ("GET", "/v1/models", None, {}), ("GET", "/v1/models", None, {"authorization": "Bearer no"}),
    ("GET", "/v1/models", None, {"authorization": "bearer sk-reference"}),
    telnyx(guided_regex="[0-9]{3}"), telnyx(guided_choice=["zig", "zag"]), telnyx(guided_json=FLAT),
    telnyx(messages=turns("Tell me a story."), temperature=2, min_p=1, max_tokens=9),
    respond(), respond(stream=True), respond("Tell me a story.", max_output_tokens=16), respond("Hi.", stream=True, tools=[{"type": "function", "name": "f"}], tool_choice="required"),
    respond("Hi.", text={"format": {"type": "json_schema", "name": "n", "schema": FLAT}}), respond("Hi.", previous_response_id="resp_no"),
    respond("Hi.", store=False), ("GET", "/v1/responses/$id", None),
    respond("My name is Ada.", instructions="Answer only with PONG."), ("GET", "/v1/responses/$id", None),
    respond("What is my name?", previous_response_id="$id"), respond("And?", previous_response_id="$id"), respond("What is my name?", previous_response_id="$id"),
    ("POST", "/v2/ai/openai/responses", {"conversation": "6a09cdc3-8948-47f0-aa62-74ac943d6c58", "input": "Hi."}),
    ("POST", "/v2/ai/conversations", {}), ("POST", "/v2/ai/conversations/$id/message", {"role": "user", "content": "My name is Ada."}),
    ("POST", "/v2/ai/openai/responses", {"conversation": "$id", "input": "What is my name?"}),
    ("GET", "/v2/ai/conversations/$id/messages", None),
    chat(model="reference/thinker"), telnyx(messages=[]), chat(stop=None, seed=None),
    chat("Repeat the word one and no other."), chat("Repeat the word two and no other."),
]  # fmt: skip
PARTS = [{"type": "text", "text": "Hi."}]
HELLO = turns("Hi.", "Hello.", "Count from 1 to 5.")
# Parameters and histories in their rarer forms.
RARE: list[tuple[str, str, Any]] = [
    chat("Repeat exactly: " + "no " * 20, frequency_penalty=2), telnyx(messages=turns("Tell me a story."), use_beam_search=True, best_of=2, temperature=2, max_tokens=9),
    *(telnyx(use_beam_search=True, n=3, max_tokens=8, **more) for more in ({}, {"length_penalty": 10}, {"length_penalty": 10, "early_stopping": True}, {"best_of": 2})),
    *(telnyx(**more) for more in ({"n": 1.5}, {"min_p": 1.5}, {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi.", "size": 1}]}]}, {"stop": ["i", "zz"]})),
    *(telnyx(messages=turns("Tell me a story."), seed=5, max_tokens=9, temperature=heat, min_p=least) for heat, least in ((2, 0), (None, None))),
    telnyx(logprobs=True, top_logprobs=0, max_tokens=3), chat(logprobs=True, top_logprobs=20, max_tokens=3), chat(logprobs=True, top_logprobs=21), chat("Say grün 😀.", stop="ü"), chat("Say hello.", stop="lo"),
    chat(n=2, stop="5"), chat(stop="1"), chat(stop=""), chat(max_tokens=4, max_completion_tokens=2), chat(max_tokens=1), chat(store=False), chat(user="ada"),
    chat(temperature=2, max_tokens=2), chat(presence_penalty=2), chat(logit_bias={"300": -100}), chat(seed=2**40), chat(5), chat([{"content": "Hi."}]),
    chat([{"role": "user", "content": [{"type": "hologram"}]}]), chat([*turns("Hi."), RESULT]), chat([*CALLED, {**RESULT, "tool_call_id": None}]),
    chat([*CALLED, {key: value for key, value in RESULT.items() if key != "tool_call_id"}]),
    *(chat([HELLO[0], HELLO[1] | more, HELLO[2]]) for more in ({"content": ""}, {"content": PARTS}, {"annotations": []})),
    chat([HELLO[0] | {"name": "ada"}]), chat(""), chat([CALLED[0], {key: CALLED[1][key] for key in ("role", "tool_calls")}, RESULT]), chat([*CALLED, RESULT | {"content": PARTS}]),
    chat([HELLO[0], HELLO[2]]), chat([CALLED[0], CALLED[1] | {"tool_calls": [call | {"id": name} for call in CALLED[1]["tool_calls"] for name in "ab"]},
          RESULT | {"tool_call_id": "b"}, RESULT | {"tool_call_id": "a"}]),
    chat("One\u2028two."), chat("One\0two."), chat("One\ud83dtwo."), chat([{"role": "user", "content": [*PARTS, {"type": "image_url", "image_url": {"url": "data:,"}}]}]),
    chat(turns(*["Hi.", "Hello."] * 20, "Hi.", system=("Answer only with PONG.",))), chat("What is my name?"),
    *(chat(turns("Hi.", "Hello.", f"My name is {name}.", "Hello.", "What is my name?")) for name in ("Ada", "Bob")),
    chat(turns("My name is Ada.", "Hello.", "My name is Bob.", "Hello.", "What is my name?")), chat("no " * 9000),
]  # fmt: skip
STEPS = [*SINGLE, *RARE, *BOTH, *((method, path, {**body, "stream": True}) for method, path, body in BOTH)]
BOOK = {"type": "object", "required": ["a", "b"], "additionalProperties": False,
        "properties": {"a": {"enum": ["日本"]}, "b": {"type": "object", "required": [], "additionalProperties": False, "properties": {}}}}  # fmt: skip
STRICT = {"type": "function", "function": {"name": "book", "strict": True, "parameters": BOOK}}
NAMED = {"type": "function", "function": {"name": "book"}}
ALLOWED = {
    "type": "allowed_tools",
    "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "get_time"}}]},
}


def complete(prompt: Any = "Count from 1 to 10.", **more: Any) -> tuple[str, str, Any]:
    return "POST", "/v1/completions", {"model": "reference-1", "temperature": 0, "prompt": prompt, **more}


def embed(given: Any = "A lake.", **more: Any) -> tuple[str, str, Any]:
    return "POST", "/v1/embeddings", {"model": "reference-embed", "input": given, **more}


# The rest of HTTP, hostile tools, text completions and embeddings.
STEPS += [
    ("GET", "/v1/models/", None), ("OPTIONS", "/v1/chat/completions", None, {}), chat(stream=False), chat(reasoning_effort="low"),
    chat("Book.", tools=[STRICT], tool_choice=NAMED), chat(CITIES, tools=TOOLS, tool_choice=ALLOWED),
    chat("Book.", tools=[{"type": "function", "function": {"name": "book"}}], tool_choice=NAMED),
    complete(), complete(max_tokens=3), complete(max_tokens=3, n=2), complete(stop="3"), complete(echo=True), complete(logprobs=1),
    complete(best_of=2), complete(["Say hello.", "Count from 1 to 3."]), complete([300, 301]), complete(model="nope"), complete(stream=True),
    embed(), embed(["A lake.", "Two clocks."]), embed(dimensions=8), embed(encoding_format="base64"), embed([[300, 301]]), embed(model="nope"),
]  # fmt: skip
_FRESH = re.compile(
    r"((?:chat)?cmpl-|call_|resp_|msg_|fc_|req_)\w{20,}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.+]+"
)


async def _answers(endpoint: Endpoint, expected: list[str] | None = None) -> list[str]:
    """What an endpoint answers to all steps, or up to the first that is not as expected; fresh ids are replaced by their order."""
    told, seen, previous = [], {}, ""

    def plain(found: re.Match[str]) -> str:
        return f"{found[1] or 'uuid'}#{seen.setdefault(found[0], len(seen))}"

    transport = httpx.ASGITransport(create_app(endpoint), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://reference") as client:
        for method, path, body, *headers in STEPS:
            raw = (
                body
                if isinstance(body, bytes)
                else json.dumps(body).replace("$id", previous).encode()
                if body is not None
                else None
            )
            answer = await client.request(
                method, path.replace("$id", previous), content=raw, headers=headers[0] if headers else KEY | JSON
            )
            kept = {
                key: value
                for key, value in answer.headers.items()
                if key not in {"openai-processing-ms", "content-length"}
            }
            told.append(_FRESH.sub(plain, f"{answer.status_code} {kept} {answer.text}"))
            if expected and expected[len(told) - 1] != told[-1]:
                break
            if (
                method == "POST"
                and path in {"/v1/responses", "/v2/ai/conversations"}
                and answer.text.startswith('{"id"')
            ):
                previous = answer.json()["id"]
    return told


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still, so that only mutants make a difference."""
    monkeypatch.setattr("conformance.reference.ids.time.time", lambda: 1_800_000_000.0)


@pytest.fixture(scope="module")
def right() -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("conformance.reference.ids.time.time", lambda: 1_800_000_000.0)
        return asyncio.run(_answers(endpoint_with()))


# Timing does not show in the bytes: these are proven below.
TIMED = {"stream-buffered", "done-late", "body-kept-open"}


def test_the_right_endpoint_repeats_itself(frozen, right):
    """Two right endpoints answer alike, so every difference is a mutant's."""
    assert asyncio.run(_answers(endpoint_with())) == right


@pytest.mark.parametrize("name", [None, *sorted(TIMED)])
def test_delivery_is_seen_in_time(monkeypatch, name):
    """The right endpoint sends events as they are made; one mutant keeps them all, two are late with the end."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds > 1:
            waits.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    endpoint = endpoint_with(*([name] if name else []))
    http, chat = endpoint.part(Http), endpoint.part(Chat)

    async def frames() -> list[bytes]:
        return [frame async for frame in http.deliver(chat.chat_frames(iter([{"a": 1}, {"a": 2}])))]

    sent = asyncio.run(frames())
    assert b"".join(sent).endswith(b"data: [DONE]\n\n")
    assert len(sent) == (1 if name == "stream-buffered" else 3)
    assert waits == ([1.2] if name in {"done-late", "body-kept-open"} else [])


def test_mutants_join():
    """Several mutants make one endpoint with all their faults."""

    async def fetch() -> httpx.Response:
        app = create_app(endpoint_with("no-done", "chunk-object-wrong"))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reference") as client:
            method, path, body = chat(stream=True)
            return await client.request(method, path, json=body, headers=KEY)

    text = asyncio.run(fetch()).text
    assert "[DONE]" not in text
    assert '"object":"chat.completion"' in text


def test_every_mutant_says_what_it_is():
    """A summary, a source or defects, and at least one requirement."""
    for found in MUTANTS.values():
        assert found.summary.endswith("."), found.name
        assert found.breaks, found.name
        assert found.source, found.name
        assert not found.breaks & found.also, found.name


def test_a_mutant_is_in_the_module_of_an_area_that_it_breaks():
    """`chat/stream_chunks.py` has mutants of `chat.stream`, `chat/parameters.py` any of `chat`; so names lead to files."""
    areas = load_areas()

    def fits(module: str, requirement: str) -> bool:
        surface, _, rest = module.partition(".")
        area = (area_of(requirement, areas) or surface).replace(".", "-")
        return requirement.startswith(f"{surface}.") and (
            area == surface or not rest or f"{surface}-{rest}".startswith(area)
        )

    def home(found: Mutant) -> str:
        return found.cls.__module__.partition(".mutants.")[2].replace("_", "-")

    own = [found for found in MUTANTS.values() if ".packs." not in found.cls.__module__]  # a pack has its own order
    assert {m.name: home(m) for m in own if not any(fits(home(m), each) for each in m.breaks)} == {}


def test_an_unknown_mutant_is_refused_by_name():
    """A misspelt name says so."""
    with pytest.raises(KeyError, match="no-such"):
        endpoint_with("no-such")
