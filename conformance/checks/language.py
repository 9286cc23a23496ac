"""The functions and exceptions for writing scenarios: probe, requirement, premise, expect, and the outcomes of a check."""

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
    """The interface of a view of one exchange (such as a chat reply) that tells whether the request was accepted."""

    @property
    def exchange(self) -> Exchange:
        """The exchange that the view shows."""

    @property
    def accepted(self) -> bool:
        """Whether the target accepted the request."""


Evidence = Exchange | Reply | None


class Broken(AssertionError):
    """The exception of a check whose requirement is violated; `findings` are the evidence."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(describe(finding) for finding in findings))
        self.findings = tuple(findings)


class Inconclusive(Exception):
    """The exception of a check that cannot judge its requirement; `reason` is a code."""

    def __init__(self, reason: Reason, detail: str, *, see: str = "") -> None:
        detail = referring(detail, see=see)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unsupported(Exception):
    """The exception of a check if the target rejected an optional feature, and the error names the feature."""


class NotApplicable(Exception):
    """The exception of a check whose requirement does not apply to this target.

    `see` is the id of a requirement that explains why.
    """

    def __init__(self, why: str, *, see: str = "") -> None:
        super().__init__(referring(why, see=see))


class DocumentedDifference(Exception):
    """The exception of a check if the target follows its documented contract, which differs from OpenAI."""


def describe(finding: Finding) -> str:
    """Describe a finding in three lines for a terminal."""
    where = f"\n   where: {finding.where}" if finding.where else ""
    exchange = f" ({finding.exchange})" if finding.exchange else ""
    return f"expected: {finding.expected}\n     got: {finding.observed}{where}{exchange}"


Staging = Callable[..., Awaitable[Any]]


@overload
def probe(function: Staging, /) -> Any: ...


@overload
def probe(*, transports: Sequence[str]) -> Callable[[Staging], Any]: ...


def probe(function: Staging | None = None, /, *, transports: Sequence[str] = ("json",)) -> Any:
    """Make an async function a probe: checks with a parameter of the same name get its result.

    The parameters of a probe are clients (`chat`, `http`), facts (`target`, `transport`) or other probes. With
    `transports=("json", "sse")`, each check that uses the probe runs once per transport.
    """

    def decorate(function: Staging) -> Any:
        name = function.__name__
        register(Probe(name, function, tuple(Transport(t) for t in transports), function.__module__))
        return function

    return decorate if function is None else decorate(function)


def requirement(id: str, *, transport: str | None = None, acceptance: bool = False) -> Callable[[Test], Test]:
    """Declare the requirement that a check function judges.

    `transport` limits the check to one transport, if its probes support two. `acceptance` marks a check that only
    expects a 200, which proves nothing on a target that accepts everything.
    """

    def decorate(test: Test) -> Test:
        declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration({"": id}, "", transport, acceptance))

    return decorate


def requirements(
    argument: str, names: Iterable[str], *, prefix: str = "", transport: str | None = None, acceptance: bool = False
) -> Callable[[Test], Test]:
    """Declare several requirements for one check function, which runs once for each name, given as its `argument`.

    The id of each requirement is `prefix` plus the name; the other parameters have the same meaning as for `requirement`.
    """
    ids = {name: f"{prefix}{name}" for name in names}

    def decorate(test: Test) -> Test:
        for id in ids.values():
            declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration(ids, argument, transport, acceptance))

    return decorate


def premise(holds: object, why_not: str, *, see: str = "") -> None:
    """Continue only if the situation that the check needs exists; otherwise the verdict is inconclusive.

    `see` is the id of the requirement that fails if the situation does not exist.
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
    """Report a violation if `holds` is false.

    `expected` is the end of a sentence that begins with "expected:"; `got` is the actual value; `where` is a JSON
    pointer, an event number, a header or `status`; `on` is the exchange.
    """
    if not holds:
        raise Broken([Finding(expected, shown(got), where, exchange_id(on), cause)])


def exchange_id(on: Evidence) -> str:
    """Return the id of the exchange that a piece of evidence comes from."""
    if on is None:
        return ""
    return on.id if isinstance(on, Exchange) else on.exchange.id


class Phrase(str):
    """A text of the suite, which reports show without quotes."""

    __slots__ = ()


def answer(on: Exchange | Reply, limit: int = 200) -> Phrase:
    """Summarise a response: its status and the beginning of its body."""
    exchange = on if isinstance(on, Exchange) else on.exchange
    if exchange.status is None:
        return Phrase(f"no answer ({exchange.failure.message if exchange.failure else 'unknown'})")
    text = " ".join(exchange.body[: 4 * limit].decode("utf-8", errors="replace").split())
    return Phrase(f"{exchange.status} {text[:limit]}{'…' if len(text) > limit else ''}".rstrip())


def shown(value: Any, limit: int = 300) -> str:
    """Return a readable form of a value: text in quotes, data as JSON, and long values truncated with their length."""
    if isinstance(value, Phrase):
        return str(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
