"""How Telnyx's default temperature and default model are judged: only proven differences are failures."""

from __future__ import annotations

import json

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.packs.telnyx.checks.test_chat_defaults import DEFAULT_MODEL, SAMPLES, Temperatures, listed
from conformance.packs.telnyx.checks.test_chat_defaults import (
    test_the_default_model_answers as judge_model,
)
from conformance.packs.telnyx.checks.test_chat_defaults import (
    test_the_default_temperature_is_low as judge_temperature,
)
from conformance.packs.telnyx.checks.two_samples import fisher, p_value
from conformance.reply import ChatReply
from tests.checks.examples import answered


def reply(*texts: str, model: str = "m", status: int = 200) -> ChatReply:
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": "length"}
        for index, text in enumerate(texts)
    ]
    body = {"model": model, "choices": choices}
    return ChatReply(answered(json.dumps(body).encode(), {"model": "m", "messages": []}, status=status))


def cool(common: int = SAMPLES) -> ChatReply:
    return reply(*["Once"] * common, *(f"Twice {number}" for number in range(SAMPLES - common)))


WARM = reply(*(f"Story {number}" for number in range(SAMPLES)))


def test_fishers_exact_test() -> None:
    """Fisher's tea: three of four cups against one of four (R. A. Fisher, The Design of Experiments, 1935)."""
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher(20, 20, 0, 20) == pytest.approx(2 / 137846528820)
    assert p_value(["a"] * 5, ["a"] * 5) == 1


def test_the_documented_default_passes() -> None:
    judge_temperature(Temperatures(cool(19), cool(), WARM))


@pytest.mark.parametrize("default", [WARM, cool(4), cool(10)])
def test_another_default_is_found(default: ChatReply) -> None:
    with pytest.raises(Broken):
        judge_temperature(Temperatures(default, cool(), WARM))


@pytest.mark.parametrize(
    "measured",
    [
        Temperatures(WARM, WARM, WARM),
        Temperatures(WARM, cool(), cool()),
        Temperatures(cool(), cool(), reply(*["Once"] * SAMPLES)),
        Temperatures(reply("Once"), cool(), WARM),
        Temperatures(cool(), cool(), reply("", status=400)),
        Temperatures(cool(7), cool(13), WARM),
    ],
    ids=["nothing differs", "1 is like 0.1", "greedy", "one choice", "rejected", "between both"],
)
def test_what_cannot_be_told_apart_is_not_judged(measured: Temperatures) -> None:
    with pytest.raises(Inconclusive):
        judge_temperature(measured)


def test_the_default_model_is_the_one_that_answers() -> None:
    alias = reply("Hello.", model="llama-8b")
    judge_model(alias, alias)
    with pytest.raises(Broken):
        judge_model(alias, reply("Hello.", model="other"))


@pytest.mark.parametrize("named", [None, reply("", status=404), reply("Hello.", model="")])
def test_without_the_default_model_nothing_is_judged(named: ChatReply | None) -> None:
    if named is not None and named.accepted:
        judge_model(named, named)
        return
    with pytest.raises(Inconclusive):
        judge_model(named, reply("Hello.", model="other"))


def test_models_are_read_from_any_list() -> None:
    models = {"data": [{"id": DEFAULT_MODEL}, "x"]}
    assert DEFAULT_MODEL in listed(answered(json.dumps(models).encode(), {}))
    assert listed(answered(b"no", {})) == set()
