"""A cause names the tested clients that fail under it, and a fault that breaks clients everywhere is ranked first."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.causes import SymptomKind, find_causes
from conformance.contract import SpecError, load_client_faults, load_registry
from conformance.verdict import Finding, Outcome, Verdict, outcome_of_break
from conformance.wire import Exchange, Request

REGISTRY = load_registry()
SSE = (("content-type", "text/event-stream"),)


def broken(requirement: str, where: str, expected: str, observed: str, on: int = 1) -> Verdict:
    """A violated requirement with one finding."""
    level = REGISTRY[requirement].level
    finding = Finding(expected, observed, where, "x1")
    return Verdict(requirement, level, outcome_of_break(level), findings=(finding,), broken=on, seen=100)


NOT_JSON = broken("chat.stream.json", "event 1 /data", "one JSON object", '"ping"', on=2)
ROLE = broken("chat.stream.role-first", "/choices/0/delta/role", "assistant", "null", on=40)
STREAMED = Exchange(
    "x1", Request("POST", "http://h/v1/chat/completions", (), b'{"stream": true}'), status=200, headers=SSE
)


def test_every_fault_names_requirements_symptoms_and_clients() -> None:
    """A renamed requirement or kind of symptom would silence the data."""
    kinds = tuple(str(kind) for kind in SymptomKind)
    for each in load_client_faults():
        assert each.fail, each
        assert set(each.fail) <= set(each.tested), each
        for requirement, symptom in each.shows:
            assert requirement in REGISTRY, each
            assert symptom.startswith(kinds), each


def test_a_fault_that_breaks_clients_everywhere_comes_before_a_broader_one() -> None:
    """All clients fail on a line that is not JSON; one client fails without a role."""
    first, second = find_causes([ROLE, NOT_JSON], REGISTRY, {"x1": STREAMED})
    assert (first.requirements, len(first.clients), first.clients_tested) == (("chat.stream.json",), 11, 11)
    assert (second.requirements, second.clients) == (("chat.stream.role-first",), ("openai-node",))


def test_a_fault_of_few_clients_is_ranked_by_its_breadth() -> None:
    """One client of eleven is not everywhere."""
    everywhere = broken("chat.response.id", "/id", "a text", "7", on=90)
    first, second = find_causes([ROLE, everywhere], REGISTRY, {"x1": STREAMED})
    assert (first.requirements, first.clients, first.clients_tested) == (("chat.response.id",), (), 0)
    assert second.requirements == ("chat.stream.role-first",)


def test_a_fault_with_two_symptoms_needs_both() -> None:
    """A stream without [DONE] breaks no client; a stream that is cut breaks all."""
    done = broken("chat.stream.done", "/data", "[DONE]", "null")
    cut = broken("chat.stream.finish-once", "/finish_reason", "exactly one finish_reason", "[]")
    (alone,) = find_causes([done], REGISTRY, {"x1": STREAMED})
    assert not alone.clients
    (both,) = find_causes([done, cut], REGISTRY, {"x1": STREAMED})
    assert (len(both.clients), both.outcome) == (11, Outcome.FAIL)


def test_a_client_that_was_not_tested_is_an_error(tmp_path: Path) -> None:
    """A misspelt name would be a client that nobody knows."""
    (tmp_path / "openai").mkdir()
    (tmp_path / "openai" / "clients.yaml").write_text(
        "tested: {a: '1'}\nfaults:\n  - {fault: x, shows: {chat.stream.json: field}, fail: [b]}\n"
    )
    with pytest.raises(SpecError, match="b is no client"):
        load_client_faults(tmp_path)
