"""Checks of `structured_outputs` with valid and invalid constraints, and of the parameters that vLLM removed."""

from __future__ import annotations

from conformance.checks import probe, requirement
from conformance.checks.constraints import GUIDED, STRUCTURED, Choice, Regex
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.checks.scenarios.guided.asking import POEM, Asked, expect_enforced_or_refused, expect_obeyed
from conformance.checks.scenarios.guided.drawn import put_drawn
from conformance.checks.scenarios.guided.lawful_patterns import put_lawful
from conformance.checks.scenarios.guided.patterns import REFERENCE_CODE, THREE, put_patterns
from conformance.checks.scenarios.guided.test_bad_constraints import (
    NO_CHOICE,
    NO_REGEX,
    AfterBadConstraints,
    expect_survival,
    pair_of,
    wrong,
)
from conformance.engine.clients import Chat

# The parameter drives the engine that vLLM's response_format drives, too: fewer of its cases say something new.
ALSO_ELSEWHERE = ("regex.escapes", "regex.unicode", "choice.prefixes")

put_patterns(__name__, "vllm.structured-outputs", STRUCTURED, long=ALSO_ELSEWHERE)
put_drawn(__name__, "vllm.structured-outputs", STRUCTURED)
put_lawful(__name__, "vllm.structured-outputs", STRUCTURED)

GRAMMAR = 'root ::= "zq-" [0-9] [0-9] " kw"'


@probe
async def structured_grammar(chat: Chat) -> Asked:
    """Send a context-free grammar in GBNF; the response is judged with an equivalent regular expression."""
    reply = await chat(POEM, max_tokens=24, temperature=0, structured_outputs={"grammar": GRAMMAR})
    return Asked(Regex(r"zq-[0-9]{2} kw"), STRUCTURED.names, (reply,))


@requirement("vllm.structured-outputs.grammar.enforced")
def test_a_grammar_constrains_the_answer(structured_grammar: Asked) -> None:
    expect_obeyed(structured_grammar)


@probe
async def removed_guided_choice(chat: Chat) -> Asked:
    """Send a parameter that vLLM removed in version 0.12."""
    constraint = Choice(("quixotic-plover", "onyx 77"))
    reply = await chat(POEM, max_tokens=24, temperature=0, **GUIDED.params(constraint))
    return Asked(constraint, GUIDED.names, (reply,))


@requirement("vllm.guided-removed")
def test_a_removed_parameter_is_not_ignored(removed_guided_choice: Asked) -> None:
    expect_enforced_or_refused(removed_guided_choice)


@probe
async def structured_invalid_regex(chat: Chat) -> Faulty:
    """Send a `structured_outputs.regex` with an unclosed bracket."""
    return await pair_of(chat, STRUCTURED, REFERENCE_CODE, NO_REGEX)


@requirement("vllm.structured-outputs.invalid")
def test_an_invalid_structured_regex_is_refused(structured_invalid_regex: Faulty) -> None:
    expect_refused(structured_invalid_regex)


@probe
async def structured_no_choice(chat: Chat) -> Faulty:
    """An empty `structured_outputs.choice`."""
    return await pair_of(chat, STRUCTURED, THREE, NO_CHOICE)


@requirement("vllm.structured-outputs.choice.empty")
def test_an_empty_structured_choice_is_refused(structured_no_choice: Faulty) -> None:
    expect_refused(structured_no_choice)


@probe
async def structured_two_at_once(chat: Chat, structured_no_choice: Faulty) -> Faulty:
    """Send a list of choices and a regular expression that no text satisfies together."""
    both = {"structured_outputs": {"choice": list(THREE.choices), "regex": "xv[0-9]{3}"}}
    return Faulty(structured_no_choice.control, await wrong(chat, **both), (*STRUCTURED.names, "structured"))


@requirement("vllm.structured-outputs.conflict")
def test_two_structured_outputs_at_once_are_refused(structured_two_at_once: Faulty) -> None:
    expect_refused(structured_two_at_once)


@probe
async def structured_aftermath(
    chat: Chat, structured_invalid_regex: Faulty, structured_no_choice: Faulty, structured_two_at_once: Faulty
) -> AfterBadConstraints:
    """Send a valid request after the requests with invalid `structured_outputs`."""
    bad = (structured_invalid_regex.faulty, structured_no_choice.faulty, structured_two_at_once.faulty)
    return AfterBadConstraints(bad, await chat(HELLO, max_tokens=4, fresh=True))


@requirement("vllm.structured-outputs.survives")
def test_a_bad_structured_output_is_no_server_error(structured_aftermath: AfterBadConstraints) -> None:
    expect_survival(structured_aftermath)
