"""The model is good enough to be asked: it counts, repeats, remembers, obeys, and calls tools."""

from __future__ import annotations

import json
import time

import jsonschema_rs
import pytest

from conformance.reference.language_model.draft import JsonDraft
from conformance.reference.language_model.generate import Generation, Plan
from conformance.reference.language_model.planner import ToolChoice, plan
from conformance.reference.language_model.plans import answer
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.language_model.stops import StopMatcher
from conformance.reference.prompt import Conversation, Message, Tool

WEATHER = Tool("get_weather", "Current weather of a city", {
    "type": "object", "required": ["city"], "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
})  # fmt: skip
TIME = Tool(
    "get_time", "Local time", {"type": "object", "required": ["zone"], "properties": {"zone": {"type": "string"}}}
)
PING = Tool("ping_server")


def say(*turns: str, system: str | None = None) -> str:
    roles = ("user", "assistant")
    messages = [Message(roles[number % 2], text) for number, text in enumerate(turns)]
    return answer(Conversation(tuple([Message("system", system)] * (system is not None) + messages))).text


@pytest.mark.parametrize(("ask", "said"), [
    ("Count from 1 to 5.", "1, 2, 3, 4, 5"),
    ("Please count to three", "1, 2, 3"),
    ("Count from 3 to 1, one per line.", "3\n2\n1"),
    ('Repeat exactly: "Grüße, 日本 😀!"', "Grüße, 日本 😀!"),
    ("Reply with the single word pineapple.", "pineapple"),
    ("Say hello and nothing else.", "hello"),
    ("What is the capital of France?", "The capital of France is Paris."),
    ("What is 17 + 25?", "42"),
    ("List three colors.", "red, blue, green"),
    ("What is 2 + 2? Reply with just the number.", "4"),
    ("Compute 12 * 13. Reply with just the number, nothing else.", "156"),
    ("What is the capital of France? Answer with only the city.", "Paris"),
    ("Repeat exactly: \u300c\u6771\u4eac 42\u300d", "\u6771\u4eac 42"),
    ("Say exactly: \u201eGr\u00fc\u00dfe\u201c", "Gr\u00fc\u00dfe"),
])  # fmt: skip
def test_simple_requests_are_done(ask, said):
    """A weak model's skills: counting, repeating, a capital, a sum, a list."""
    assert say(ask) == said


@pytest.mark.parametrize(("turns", "word"), [
    (("My name is Ada.", "Hello Ada.", "What is my name?"), "Ada"),
    (("The code word is BANANA42.", "Noted.", "What is the code word?"), "BANANA42"),
    (("Remember the number 7319.", "I will.", "Which number did I ask you to remember?"), "7319"),
    (("My favourite colour is teal.", "Nice.", "What's my favourite colour?"), "teal"),
    (("Remember: code=999. Reply OK", "OK", "What is the code?"), "999"),
])  # fmt: skip
def test_facts_of_earlier_turns_are_recalled(turns, word):
    """What was said is known; without that turn it is not."""
    assert word in say(*turns)
    assert word not in say(turns[-1])


@pytest.mark.parametrize(("rule", "ask", "expected"), [
    ("Always answer in upper case.", "What is the capital of France?", "THE CAPITAL OF FRANCE IS PARIS."),
    ("End every answer with the word DONE.", "What is the capital of France?", "The capital of France is Paris. DONE"),
    ("Answer only with PONG.", "Tell me about dogs.", "PONG"),
    ("You must always reply with exactly the word kiwi.", "What is 2 + 2?", "kiwi"),
])  # fmt: skip
def test_system_rules_are_obeyed(rule, ask, expected):
    """A system rule changes the answer."""
    assert say(ask, system=rule) == expected
    assert say(ask) != expected


def test_replies_in_another_language_have_its_letters():
    """A rule for French gives letters outside ASCII."""
    assert not say("Hi", system="Always reply in French.").isascii()


def test_other_prompts_get_prose_that_depends_on_them():
    """Different prompts, different stories; the same prompt, the same story."""
    first, second = say("Tell me about the sea."), say("Tell me about mountains.")
    assert first != second
    assert first == say("Tell me about the sea.")
    assert len(first) > 200


def calls(ask: str, choice: ToolChoice, *tools: Tool, extra: tuple[Message, ...] = ()) -> Plan:
    return plan(Conversation((Message("user", ask), *extra), tools), choice=choice, call_id=lambda: "call_1")


def test_a_fitting_tool_is_called_with_arguments_from_the_request():
    """With auto, the model calls the tool that fits, and its arguments are generated under its schema."""
    made = calls("What is the weather in Paris?", ToolChoice("auto"), TIME, WEATHER)
    output = Generation(made, Sampling(), limit=500, matcher=StopMatcher([])).run()
    assert output.finish_reason == "tool_calls"
    assert [call.name for call in output.calls] == ["get_weather"]
    arguments = json.loads(output.calls[0].arguments)
    jsonschema_rs.validate(WEATHER.schema, arguments)
    assert arguments["city"] == "Paris"


def test_auto_does_not_call_what_does_not_fit():
    """With auto, the model answers in text when no tool fits."""
    assert not calls("Write a poem about love.", ToolChoice("auto"), TIME, WEATHER).calls


def test_required_and_named_force_a_call():
    """Required calls some tool, a name calls that tool, none calls nothing."""
    assert calls("Write a poem.", ToolChoice("required"), TIME, WEATHER).calls
    assert [
        c.name for c in calls("Weather in Paris?", ToolChoice("named", frozenset({"get_time"})), TIME, WEATHER).calls
    ] == ["get_time"]
    assert not calls("Weather in Paris?", ToolChoice("none"), WEATHER).calls


def test_several_places_are_parallel_calls():
    """Two cities are two calls, or one when parallel calls are off."""
    ask = "What is the weather in Paris and London?"
    assert [json.loads(c.draft)["city"] for c in calls(ask, ToolChoice("auto"), WEATHER).calls] == ["Paris", "London"]
    assert len(calls(ask, ToolChoice("auto", None, parallel=False), WEATHER).calls) == 1


def test_a_tool_without_parameters_gets_an_empty_object():
    """No parameters, no arguments."""
    output = Generation(
        calls("ping the server", ToolChoice("required"), PING), Sampling(), limit=99, matcher=StopMatcher([])
    ).run()
    assert json.loads(output.calls[0].arguments) == {}


def test_a_tool_result_is_used():
    """The answer after a tool message has what the tool said."""
    result = Message("tool", '{"temperature": 31}', call_id="call_1")
    assert "31" in calls("Weather in Paris?", ToolChoice("auto"), WEATHER, extra=(result,)).text


def test_an_earlier_tool_result_is_used():
    """A user who speaks after the tool did asks about its result: no second call, and the value alone where that is asked for."""
    result = Message("tool", '{"city": "Oslo", "celsius": 17}', call_id="call_1")
    asks = ("Answer my question using that result.", "How many degrees celsius?", "Reply with just the number.")
    said = [
        calls("Weather in Oslo?", ToolChoice("auto"), WEATHER, extra=(result, Message("user", ask))) for ask in asks
    ]
    assert [(plan.calls, "17" in plan.text) for plan in said] == [((), True)] * 3
    assert said[-1].text == "17"


def drafted(schema: dict[str, object], said: str) -> dict[str, object]:
    made: dict[str, object] = json.loads(JsonDraft({"type": "object", "properties": schema}, said).text())
    return made


NUMBER = {"type": "integer"}
TEXT = {"type": "string"}


@pytest.mark.parametrize(("schema", "said", "made"), [
    ({"a": NUMBER, "b": NUMBER}, "Call add with a=40 and b=2.", {"a": 40, "b": 2}),
    ({"b": NUMBER, "a": NUMBER}, "Call add with a=40 and b=2.", {"a": 40, "b": 2}),
    ({"left": NUMBER, "right": NUMBER}, "Add 40 and 2.", {"left": 40, "right": 2}),
    ({"value": NUMBER, "factor": NUMBER}, "Square 5.", {"value": 5, "factor": 5}),
    ({"nights": NUMBER, "guests": NUMBER}, "A room for 3 guests and 2 nights.", {"nights": 2, "guests": 3}),
    ({"tags": {"type": "array", "items": TEXT}}, "Give me three tags.", {"tags": ["tags"] * 3}),
    ({"title": TEXT, "body": TEXT}, "Save a note titled 'Hi' whose body is exactly: Caf\u00e9 in \u6771\u4eac \U0001f680",
     {"title": "Hi", "body": "Caf\u00e9 in \u6771\u4eac \U0001f680"}),
    ({"city": TEXT}, "\u67e5\u8be2\u300c\u5317\u4eac\u300d", {"city": "\u5317\u4eac"}),
])  # fmt: skip
def test_arguments_are_taken_from_what_was_said(schema, said, made):
    """One value for each named argument, as many items as were asked for, and quoted text of any script."""
    assert drafted(schema, said) == made


def test_listed_things_are_as_many_items():
    """Three bullets are three objects."""
    guest = {"type": "object", "properties": {"name": TEXT}}
    said = "We have:\n- Alex\n- Jordan\n- Sam\n"
    assert len(drafted({"guests": {"type": "array", "items": guest}}, said)["guests"]) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize(("long", "said"), [
    ("7", "42"), ("Paris, London and ", "42"), (" \n", "42"), ("Remember the number ", ""), ('say "x ', ""),
])  # fmt: skip
def test_a_long_prompt_takes_no_longer_than_its_ends(long, said):
    """The rules read both ends of a message that fills the large window, and answer what stands there."""
    ask = Conversation((Message("user", long * (400_000 // len(long)) + "\nWhat is 17 + 25?"),), (WEATHER,))
    began = time.process_time()
    written = [plan(ask, call_id=lambda: "call").text, answer(ask).text]  # for chat, and for a legacy completion
    assert time.process_time() - began < 15
    assert all(said in text for text in written)
