"""The words a scenario is written in: probe, requirement, premise, expect, and what a check may raise."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar, overload

from conformance.checks.index import declare
from conformance.checks.marks import Declaration, note
from conformance.engine.probe import Probe, Transport, register
from conformance.reply.referring import referring
from conformance.verdict import Finding, Reason
from conformance.wire import Exchange

Test = TypeVar("Test", bound=Callable[..., None])


class Reply(Protocol):
    """A view of one exchange: a chat reply, a response, whatever answers the question whether it was accepted."""

    @property
    def exchange(self) -> Exchange:
        """The exchange behind it."""

    @property
    def accepted(self) -> bool:
        """Whether the target answered as asked."""


Evidence = Exchange | Reply | None


class Broken(AssertionError):
    """The requirement does not hold; `findings` are the evidence."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(describe(finding) for finding in findings))
        self.findings = tuple(findings)


class Inconclusive(Exception):
    """The requirement could not be judged, for a reason that has a code."""

    def __init__(self, reason: Reason, detail: str, *, see: str = "") -> None:
        detail = referring(detail, see=see)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unsupported(Exception):
    """The target refused the feature cleanly and never promised it."""


class NotApplicable(Exception):
    """The requirement says nothing about this target; `see` is the id of the one that says why."""

    def __init__(self, why: str, *, see: str = "") -> None:
        super().__init__(referring(why, see=see))


class DocumentedDifference(Exception):
    """The target does as its own contract says, which is not what OpenAI does."""


def describe(finding: Finding) -> str:
    """A finding in three lines, for a terminal."""
    where = f"\n   where: {finding.where}" if finding.where else ""
    exchange = f" ({finding.exchange})" if finding.exchange else ""
    return f"expected: {finding.expected}\n     got: {finding.observed}{where}{exchange}"


Staging = Callable[..., Awaitable[Any]]


@overload
def probe(function: Staging, /) -> Any: ...


@overload
def probe(*, transports: Sequence[str]) -> Callable[[Staging], Any]: ...


def probe(function: Staging | None = None, /, *, transports: Sequence[str] = ("json",)) -> Any:
    """Make an async function a probe: checks that name it as a parameter get its result.

    Its parameters are clients (`chat`, `http`), facts (`target`, `transport`) or other probes. With
    `transports=("json", "sse")` each test that uses it runs once in each.
    """

    def decorate(function: Staging) -> Any:
        name = function.__name__
        register(Probe(name, function, tuple(Transport(t) for t in transports), function.__module__))
        return function

    return decorate if function is None else decorate(function)


def requirement(id: str, *, transport: str | None = None, acceptance: bool = False) -> Callable[[Test], Test]:
    """Say which requirement a test proves.

    `transport` limits a test whose probes know both to one of them. `acceptance` marks a check that rests on the
    target having answered 200 alone: on a target that says 200 to nonsense it proves nothing.
    """

    def decorate(test: Test) -> Test:
        declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration({"": id}, "", transport, acceptance))

    return decorate


def requirements(
    argument: str, names: Iterable[str], *, prefix: str = "", transport: str | None = None, acceptance: bool = False
) -> Callable[[Test], Test]:
    """Let one test prove several requirements: it runs once with each name as its `argument`.

    A requirement's id is the name after `prefix`; the rest is as in `requirement`.
    """
    ids = {name: f"{prefix}{name}" for name in names}

    def decorate(test: Test) -> Test:
        for id in ids.values():
            declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration(ids, argument, transport, acceptance))

    return decorate


def premise(holds: object, why_not: str, *, see: str = "") -> None:
    """Go on only if the situation that the check needs came about; otherwise it is inconclusive.

    `see` is the id of the requirement that judges why it did not come about.
    """
    if not holds:
        raise Inconclusive(Reason.PREMISE_NOT_MET, why_not, see=see)


def expect(
    holds: object,
    expected: str,
    *,
    got: Any,
    where: str = "",
    on: Evidence = None,
    cause: str = "",
) -> None:
    """Break the requirement unless `holds`.

    `expected` is a phrase that completes "expected: …"; `got` is what was there instead; `where` is a JSON pointer,
    an event number, a header or `status`; `on` is the exchange that shows it.
    """
    if not holds:
        raise Broken([Finding(expected, shown(got), where, exchange_id(on), cause)])


def exchange_id(on: Evidence) -> str:
    """The id of the exchange behind a piece of evidence."""
    if on is None:
        return ""
    return on.id if isinstance(on, Exchange) else on.exchange.id


class Phrase(str):
    """A text of ours that is fit to read as it is, without quotes."""

    __slots__ = ()


def answer(on: Exchange | Reply, limit: int = 200) -> Phrase:
    """What the target answered, in short: the status and the beginning of the body."""
    exchange = on if isinstance(on, Exchange) else on.exchange
    if exchange.status is None:
        return Phrase(f"no answer ({exchange.failure.message if exchange.failure else 'unknown'})")
    text = " ".join(exchange.body[: 4 * limit].decode("utf-8", errors="replace").split())
    return Phrase(f"{exchange.status} {text[:limit]}{'…' if len(text) > limit else ''}".rstrip())


def shown(value: Any, limit: int = 300) -> str:
    """A value as a person reads it: text in quotes, data as JSON, long ones cut with their length."""
    if isinstance(value, Phrase):
        return str(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
