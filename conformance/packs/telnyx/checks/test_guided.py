"""Checks that `guided_json`, `guided_regex` and `guided_choice` are enforced, and rejected if they are invalid."""

from __future__ import annotations

from conformance.checks import probe, requirement
from conformance.checks.constraints import GUIDED, Regex
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
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

put_patterns(__name__, "guided", GUIDED)
put_drawn(__name__, "guided", GUIDED)
put_lawful(__name__, "guided", GUIDED)


@probe
async def guided_invalid_regex(chat: Chat) -> Faulty:
    """Send a `guided_regex` with an unclosed bracket."""
    return await pair_of(chat, GUIDED, REFERENCE_CODE, NO_REGEX)


@requirement("telnyx.chat.guided-invalid")
def test_an_invalid_guided_regex_is_refused(guided_invalid_regex: Faulty) -> None:
    expect_refused(guided_invalid_regex)


@probe
async def guided_no_choice(chat: Chat) -> Faulty:
    """An empty `guided_choice`."""
    return await pair_of(chat, GUIDED, THREE, NO_CHOICE)


@requirement("guided.choice.empty")
def test_an_empty_guided_choice_is_refused(guided_no_choice: Faulty) -> None:
    expect_refused(guided_no_choice)


@probe
async def guided_two_at_once(chat: Chat, guided_no_choice: Faulty) -> Faulty:
    """Send a `guided_choice` and a `guided_regex` in one request; no text satisfies both."""
    both = GUIDED.params(THREE) | GUIDED.params(Regex("xv[0-9]{3}"))
    return Faulty(guided_no_choice.control, await wrong(chat, **both), (*GUIDED.names, "guided"))


@requirement("guided.conflict")
def test_two_guided_parameters_at_once_are_refused(guided_two_at_once: Faulty) -> None:
    expect_refused(guided_two_at_once)


@probe
async def guided_aftermath(
    chat: Chat, guided_invalid_regex: Faulty, guided_no_choice: Faulty, guided_two_at_once: Faulty
) -> AfterBadConstraints:
    """Send a valid request after the requests with invalid `guided_*` parameters."""
    bad = (guided_invalid_regex.faulty, guided_no_choice.faulty, guided_two_at_once.faulty)
    return AfterBadConstraints(bad, await chat(HELLO, max_tokens=4, fresh=True))


@requirement("guided.survives")
def test_a_bad_guided_parameter_is_no_server_error(guided_aftermath: AfterBadConstraints) -> None:
    expect_survival(guided_aftermath)
