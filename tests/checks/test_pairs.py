"""The covering arrays have every allowed pair of values, and a failing combination is reduced to its smallest part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import combinations

import pytest

from conformance.checks.combining import (
    PLAIN,
    Combination,
    Parameters,
    Row,
    ask_all,
    ask_supported,
    expect_together,
    fault_of,
    finding_of,
    reduced,
    used,
    without,
)
from conformance.checks.language import Broken
from conformance.checks.scenarios.chat import pairs as chat
from conformance.checks.scenarios.responses import pairs as responses
from conformance.reply import ChatReply
from tests.checks.examples import REQUEST, answered
from tests.checks.replies import said

MOST_ROWS = 14
ARRAYS = pytest.mark.parametrize(
    ("parameters", "rows"),
    [(chat.PARAMETERS, chat.rows()), (responses.PARAMETERS, responses.rows())],
    ids=["chat", "responses"],
)


@ARRAYS
def test_every_allowed_pair_of_values_occurs(parameters: Parameters, rows: tuple[Row, ...]) -> None:
    """Two values that no row has together would never be tested together."""
    for one, other in combinations(parameters.values, 2):
        for first in parameters.values[one]:
            for second in parameters.values[other]:
                if not parameters.excluded({one: first, other: second}):
                    found = any(row[one] == first and row[other] == second for row in rows)
                    assert found, (one, first, other, second)


@ARRAYS
def test_the_array_is_small_and_lawful(parameters: Parameters, rows: tuple[Row, ...]) -> None:
    """Each row is a request of every standard run."""
    assert len(rows) <= MOST_ROWS
    assert not any(map(parameters.excluded, rows))


def test_a_parameter_is_left_out() -> None:
    """An absent parameter is in no request body."""
    row = dict.fromkeys(chat.VALUES, PLAIN) | {"n": "2", "seed": "7"}
    assert used(row) == ("n", "seed")
    assert used(without(row, "n")) == ("seed",)
    assert chat.PARAMETERS.body(row) == {"n": 2, "seed": 7}


LETTERS = Parameters(
    {name: {PLAIN: {}, "1": {name: 1}} for name in "abcd"},
    lambda _: False,
    (lambda _, reply: "wrong" if reply.text == "wrong" else "",),
)
"""Four parameters with one value each. A response with the text `wrong` shows that a parameter was not honoured."""
WHOLE: Row = dict.fromkeys("abcd", "1")


def refused(name: str) -> ChatReply:
    body = f'{{"error": {{"message": "{name} is not supported", "type": "x", "param": "{name}", "code": null}}}}'
    return ChatReply(answered(body.encode(), REQUEST, status=400))


class Server:
    """A server that fails where `fails` says so, and counts the requests for each combination."""

    def __init__(self, fails: Callable[[set[str], int], bool], rejects: str = "") -> None:
        self.fails, self.rejects = fails, rejects
        self.asked: list[str] = []

    async def __call__(self, row: Row, *, fresh: bool = False) -> ChatReply:
        names = set(used(row))
        self.asked.append("".join(sorted(names)))
        if names & set(self.rejects):
            return refused(next(iter(names & set(self.rejects))))
        return said("wrong" if self.fails(names, len(self.asked)) else "right")


def reduce(server: Server) -> Combination | None:
    async def run() -> Combination | None:
        failing = Combination(WHOLE, await server(WHOLE), "wrong")
        return await reduced(LETTERS, server, failing)

    return asyncio.run(run())


@pytest.mark.parametrize("guilty", ["ac", "bd", "acd", "abcd"])
def test_a_failing_combination_is_reduced_to_the_guilty_parameters(guilty: str) -> None:
    """Only the parameters that are needed for the failure are left, and the failure is seen again."""
    server = Server(lambda names, _: set(guilty) <= names)
    smallest = reduce(server)
    assert smallest is not None
    assert "".join(used(smallest.row)) == guilty
    assert smallest.fault == "wrong"
    assert server.asked.count(guilty) >= 2


def test_a_parameter_that_fails_alone_is_no_pair() -> None:
    """The requirement of the single parameter judges it."""
    assert reduce(Server(lambda names, _: "c" in names)) is None


def test_a_failure_that_does_not_repeat_is_none() -> None:
    """Sampling, or one lost request, makes a failure once."""
    assert reduce(Server(lambda _, count: count == 1)) is None


def test_a_failure_that_moves_is_none() -> None:
    """Each part of the combination must work when it is asked for again."""

    def fails(names: set[str], count: int) -> bool:
        return {"a", "c"} <= names or count > 6

    assert reduce(Server(fails)) is None


def test_a_combination_without_a_rejected_part_is_no_proof() -> None:
    """If a part is rejected, nothing shows that it works without the other."""
    assert reduce(Server(lambda names, _: "c" in names and "a" not in names, rejects="a")) is None


def test_rejected_parameters_are_left_out() -> None:
    """The other parameters of the combination are still tested together."""
    server = Server(lambda names, _: {"b", "c"} <= names, rejects="ad")
    sent = asyncio.run(ask_supported(LETTERS, server, WHOLE))
    assert used(sent.row) == ("b", "c")
    assert sent.fault == "wrong"


def test_all_rows_are_sent_and_the_smallest_is_the_finding() -> None:
    """A reader sees the two parameters, not the row of the covering array."""
    server = Server(lambda names, _: {"a", "d"} <= names)
    found = asyncio.run(ask_all(LETTERS, server, [WHOLE, {**WHOLE, "a": PLAIN}]))
    assert [each.fault for each in found.sent] == ["wrong", ""]
    with pytest.raises(Broken) as broken:
        expect_together(found)
    assert broken.value.findings == (finding_of(found.smallest[0]),)
    assert broken.value.findings[0].expected == "a (1) and d (1) to work together, because each works without the other"


@pytest.mark.parametrize(
    ("status", "faulty"), [(400, False), (404, False), (422, False), (429, False), (503, False), (500, True)]
)
def test_what_a_status_says_of_a_combination(status: int, faulty: bool) -> None:
    """A rejection is lawful, and a busy server says nothing; only another 5xx is a fault."""
    fault = fault_of(LETTERS, WHOLE, ChatReply(answered(b"{}", REQUEST, status=status)))
    assert fault.startswith("a server error") == faulty
    assert bool(fault) == faulty
