"""The tally of an invariant: what it keeps, what it counts, and what documented differences may hide (nothing)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.checks.invariants import all_invariants, chat_response
from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.contract import load_registry
from conformance.judging.tally import MAX_BREAKS, MAX_FINDINGS, Documented, Judging, Tally
from conformance.reply.views import View
from conformance.verdict import Level, Outcome, Reason
from conformance.wire import Exchange, Fact, Request
from tests.checks.examples import whole


def exchange(number: int = 1) -> Exchange:
    return Exchange(f"x{number}", Request("GET", "http://a.test/v1/models"), status=200)


def breaks(*causes: str) -> Iterator[Judgement]:
    return iter([broken("this", got="that", where="/a/1", cause=cause) for cause in causes])


def only_old(requirement: str, cause: str) -> str | None:
    """A profile that documents every cause which begins with "old", of this requirement alone."""
    return "as ever" if requirement == "a.b" and cause.startswith("old") else None


def test_documented_differences_take_no_place_from_others() -> None:
    """A fault that nobody documents is found behind any number of documented ones, in one exchange or in many."""
    old = [f"old {number}" for number in range(2 * MAX_BREAKS)]
    in_one = Tally("a.b", Level.MUST, only_old)
    in_one.add(exchange(), breaks(*old, "new"))
    in_many = Tally("a.b", Level.MUST, only_old)
    for number, cause in enumerate(old):
        in_many.add(exchange(number), breaks(cause))
    assert in_many.add(exchange(99), breaks("new"))
    for tally, seen in ((in_one, 1), (in_many, 2 * MAX_BREAKS + 1)):
        verdict = tally.verdict()
        assert verdict.outcome is Outcome.FAIL
        assert [finding.cause for finding in verdict.findings] == ["new"]
        assert verdict.detail == f"broken on 1 of {seen} exchanges"


def test_documented_differences_alone_are_shown() -> None:
    """Where nothing else is broken they are the findings, a few of them, for whoever says why they do not count."""
    tally = Tally("a.b", Level.SHOULD, only_old)
    assert tally.add(exchange(), breaks(*(f"old {number}" for number in range(9))))
    verdict = tally.verdict()
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert [finding.cause for finding in verdict.findings] == [f"old {number}" for number in range(MAX_FINDINGS)]
    assert verdict.difference == only_old("a.b", "old 0")
    assert verdict.detail == f"documented difference: {verdict.difference}"


def test_the_first_finding_of_each_cause_is_kept() -> None:
    """Five causes at most, each with the exchange that showed it first; a later exchange adds only what is new."""
    tally = Tally("a.b", Level.MUST)
    assert tally.add(exchange(1), breaks("one", "one", "two"))
    assert tally.add(exchange(2), breaks("two", "three"))
    assert tally.add(exchange(3), breaks("four", "five", "six"))
    findings = tally.verdict().findings
    assert [(f.cause, f.exchange) for f in findings] == [
        ("one", "x1"),
        ("two", "x1"),
        ("three", "x2"),
        ("four", "x3"),
        ("five", "x3"),
    ]
    assert (findings[0].expected, findings[0].observed, findings[0].where) == ("this", '"that"', "/a/1")
    assert tally.verdict().exchanges == ("x1", "x2", "x3")


def test_a_cause_that_is_not_named_is_the_place_without_its_numbers() -> None:
    """The same fault in another event is the same cause."""
    tally = Tally("a.b", Level.MUST)
    tally.add(exchange(), iter([broken("x", got=1, where=f"event {number} /choices/0") for number in range(3)]))
    assert [finding.cause for finding in tally.verdict().findings] == ["a.b event * /choices/*"]


def test_no_more_is_looked_for_after_many_breaks() -> None:
    """A stream that is wrong in every chunk is wrong once: the check is not run to its end."""
    asked = 0

    def endless() -> Iterator[Judgement]:
        nonlocal asked
        while True:
            asked += 1
            yield broken("x", got=1, cause="the same")

    tally = Tally("a.b", Level.MUST)
    tally.add(exchange(), endless())
    assert asked == MAX_BREAKS == 20
    assert tally.verdict().detail == "broken on 1 of 1 exchanges"


def test_what_held_is_counted_and_cited_a_few_times() -> None:
    """A pass says on how many exchanges, and cites the first five; one that had nothing to judge is not among them."""
    tally = Tally("a.b", Level.MUST)
    assert not tally.add(exchange(0), iter(()))
    cited = [tally.add(exchange(number), iter([OK, OK])) for number in range(1, 9)]
    assert cited == [True] * MAX_FINDINGS + [False] * 3
    verdict = tally.verdict()
    assert (verdict.outcome, verdict.detail, verdict.seen) == (Outcome.PASS, "held on 8 exchanges", 8)
    assert verdict.exchanges == ("x1", "x2", "x3", "x4", "x5")
    assert verdict.findings == ()


def test_nothing_seen_is_not_applicable() -> None:
    """No exchange that shows it: neither held nor broken."""
    verdict = Tally("a.b", Level.MUST).verdict()
    assert (verdict.outcome, verdict.detail) == (Outcome.NOT_APPLICABLE, "no exchange of this run shows it")


def test_a_check_that_raises_is_an_error_of_its_own() -> None:
    """The first exception is told with its exchange; what was found before stays out of it."""

    def wrong() -> Iterator[Judgement]:
        yield OK
        raise KeyError("oops")

    tally = Tally("a.b", Level.MUST)
    tally.add(exchange(1), iter([OK]))
    assert tally.add(replace(whole(), id="x2"), wrong())
    assert not tally.add(exchange(3), wrong())
    verdict = tally.verdict()
    assert verdict.outcome is Outcome.ERROR
    assert verdict.detail == "the check itself failed: KeyError: 'oops' (on x2)"
    assert verdict.seen == 1


def test_a_check_that_stumbles_over_a_malformed_answer_is_inconclusive() -> None:
    """The same for a live run and a recording: the shape of that answer is a separate requirement."""

    def wrong() -> Iterator[Judgement]:
        raise KeyError("choices")
        yield OK

    tally = Tally("a.b", Level.MUST)
    assert tally.add(replace(whole(), id="x2", body=b"{}"), wrong())
    verdict = tally.verdict()
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE_FAILED)
    assert verdict.exchanges == ("x2",)
    assert "the answer x2 has not the shape" in verdict.detail


def test_a_requirement_has_one_invariant() -> None:
    """A second one is refused where it is defined, and the registered one stays."""
    before = all_invariants()
    name = next(iter(before))
    with pytest.raises(ValueError, match=f"two invariants for {name}"):
        invariant(name, on=View)(lambda _: iter(()))
    assert all_invariants() == before


def test_judging_only_some_gives_verdicts_on_those_only() -> None:
    """`only` chooses; without it all invariants judge."""
    registry = load_registry()
    chosen = Judging(registry, {"http.request-id"})
    assert chosen.add(exchange())
    assert [verdict.requirement for verdict in chosen.verdicts()] == ["http.request-id"]
    assert {verdict.requirement for verdict in Judging(registry).verdicts()} == set(all_invariants())


def test_an_invariant_stays_the_function_it_is() -> None:
    """Whoever imports it can call it."""
    assert chat_response.schema is all_invariants()["chat.response.schema"].function


def test_a_break_without_more_has_no_place() -> None:
    """What is not given is empty; the tally names the cause by the requirement."""
    bare = broken("this", got="that")
    assert bare is not None
    assert (bare.where, bare.exchange, bare.cause) == ("", "", "")
    tally = Tally("a.b", Level.MUST)
    tally.add(exchange(), iter([bare]))
    assert tally.verdict().findings[0].cause == "a.b "


def seen_often(documented: Documented | None = None) -> Tally:
    """A tally that has its examples."""
    tally = Tally("a.b", Level.MUST, documented)
    for number in range(MAX_FINDINGS):
        tally.add(exchange(number), iter([OK]))
    return tally


@pytest.mark.parametrize("cause", ["old", "new"])
def test_an_exchange_is_cited_for_what_it_showed_first(cause: str) -> None:
    """Documented or not; a later one that shows the same is not needed."""
    tally = seen_often(only_old)
    assert not tally.add(exchange(10), iter([OK]))
    assert tally.add(exchange(11), breaks(cause))
    assert not tally.add(exchange(12), breaks(cause))
    assert tally.add(exchange(13), breaks(cause, f"{cause} too"))


def test_judging_says_whether_a_verdict_may_cite() -> None:
    """As soon as one of its invariants may, and not after all have enough."""
    judging = Judging(load_registry(), {"http.request-id", "http.no-server-error"})
    assert [judging.add(exchange(number)) for number in range(MAX_FINDINGS + 1)] == [True] * MAX_FINDINGS + [False]


@pytest.mark.parametrize(("lost", "judged"), [((), True), ((Fact.TEXT,), True), ((Fact.IDS,), False)])
def test_what_a_recording_lost_decides_who_judges_it(lost: tuple[Fact, ...], judged: bool) -> None:
    """An invariant that needs a lost fact is left out; any other judges."""
    judging = Judging(load_registry(), {"chat.tools.call-id"})
    judging.add(whole(lost=frozenset(lost)))
    assert bool(judging.tallies["chat.tools.call-id"].seen) == judged
