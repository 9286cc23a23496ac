"""The vocabulary of scenarios: probe, requirement, premise, expect, and the exceptions of a check."""

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
    """A view of one exchange that tells whether the request was accepted: a chat reply, a response, and others."""

    @property
    def exchange(self) -> Exchange:
        """The exchange of the view."""

    @property
    def accepted(self) -> bool:
        """Whether the target accepted the request."""


Evidence = Exchange | Reply | None


class Broken(AssertionError):
    """The requirement is violated; `findings` are the evidence."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(describe(finding) for finding in findings))
        self.findings = tuple(findings)


class Inconclusive(Exception):
    """The requirement could not be judged; `reason` is a code."""

    def __init__(self, reason: Reason, detail: str, *, see: str = "") -> None:
        detail = referring(detail, see=see)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unsupported(Exception):
    """The target rejected a feature by name and never promised it."""


class NotApplicable(Exception):
    """The requirement does not apply to this target; `see` is the id of a requirement that explains why."""

    def __init__(self, why: str, *, see: str = "") -> None:
        super().__init__(referring(why, see=see))


class DocumentedDifference(Exception):
    """The target follows its own contract where that differs from OpenAI."""


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
    `transports=("json", "sse")`, each test that uses the probe runs once per transport.
    """

    def decorate(function: Staging) -> Any:
        name = function.__name__
        register(Probe(name, function, tuple(Transport(t) for t in transports), function.__module__))
        return function

    return decorate if function is None else decorate(function)


def requirement(id: str, *, transport: str | None = None, acceptance: bool = False) -> Callable[[Test], Test]:
    """Declare the requirement that a test judges.

    `transport` limits a test whose probes have both transports to one of them. `acceptance` marks a check that only
    needs a 200: it proves nothing on a target that accepts everything.
    """

    def decorate(test: Test) -> Test:
        declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration({"": id}, "", transport, acceptance))

    return decorate


def requirements(
    argument: str, names: Iterable[str], *, prefix: str = "", transport: str | None = None, acceptance: bool = False
) -> Callable[[Test], Test]:
    """Declare several requirements for one test, which runs once with each name as its `argument`.

    The id of a requirement is `prefix` plus the name; the rest is as in `requirement`.
    """
    ids = {name: f"{prefix}{name}" for name in names}

    def decorate(test: Test) -> Test:
        for id in ids.values():
            declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration(ids, argument, transport, acceptance))

    return decorate


def premise(holds: object, why_not: str, *, see: str = "") -> None:
    """Continue only if the situation that the check needs exists; otherwise the verdict is inconclusive.

    `see` is the id of the requirement that judges its absence.
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
    """Report a violation unless `holds`.

    `expected` is a phrase that completes "expected: …"; `got` is the actual value; `where` is a JSON pointer, an event
    number, a header or `status`; `on` is the exchange with the violation.
    """
    if not holds:
        raise Broken([Finding(expected, shown(got), where, exchange_id(on), cause)])


def exchange_id(on: Evidence) -> str:
    """The id of the exchange behind a piece of evidence."""
    if on is None:
        return ""
    return on.id if isinstance(on, Exchange) else on.exchange.id


class Phrase(str):
    """A text of the suite that is shown without quotes."""

    __slots__ = ()


def answer(on: Exchange | Reply, limit: int = 200) -> Phrase:
    """A summary of the response: the status and the beginning of the body."""
    exchange = on if isinstance(on, Exchange) else on.exchange
    if exchange.status is None:
        return Phrase(f"no answer ({exchange.failure.message if exchange.failure else 'unknown'})")
    text = " ".join(exchange.body[: 4 * limit].decode("utf-8", errors="replace").split())
    return Phrase(f"{exchange.status} {text[:limit]}{'…' if len(text) > limit else ''}".rstrip())


def shown(value: Any, limit: int = 300) -> str:
    """A readable form of a value: text in quotes, data as JSON, long values truncated with their length."""
    if isinstance(value, Phrase):
        return str(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
