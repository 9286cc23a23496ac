"""Functions for writing scenarios (`probe`, `requirement`, `premise`, `expect`), and exceptions that checks raise."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar, overload

from conformance.checks.index import declare
from conformance.checks.marks import Declaration, note
from conformance.engine.probe import Probe, register
from conformance.reply.referring import referring
from conformance.verdict import Finding, Reason
from conformance.wire import Exchange

Test = TypeVar("Test", bound=Callable[..., None])


class Reply(Protocol):
    """The interface of an object that represents the response to one request, such as `ChatReply`."""

    @property
    def exchange(self) -> Exchange:
        """The exchange: the request and its response."""

    @property
    def accepted(self) -> bool:
        """Whether the target accepted the request."""


Evidence = Exchange | Reply | None


class Broken(AssertionError):
    """Raised by a check if its requirement is violated; `findings` has the evidence."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(describe(finding) for finding in findings))
        self.findings = tuple(findings)


class Inconclusive(Exception):
    """Raised by a check that cannot judge its requirement; `reason` is a machine-readable code."""

    def __init__(self, reason: Reason, detail: str, *, see: str = "") -> None:
        detail = referring(detail, see=see)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unsupported(Exception):
    """Raised by a check if the target rejected an optional feature with an error that names the feature."""


class NotApplicable(Exception):
    """Raised by a check if its requirement does not apply to the target.

    `see` is the id of another requirement, whose verdict explains why the requirement of the check does not apply.
    """

    def __init__(self, why: str, *, see: str = "") -> None:
        super().__init__(referring(why, see=see))


class DocumentedDifference(Exception):
    """Raised by a check if the target follows its own documentation, which differs from OpenAI's."""


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
    """Turn an async function into a probe: a check gets its result through a parameter with the name of the function.

    The parameters of a probe are clients (`chat`, `http`), information (`target`, `transport`) or the results of other
    probes. With `transports=("json", "sse")`, each check that uses the probe runs once per transport.
    """

    def decorate(function: Staging) -> Any:
        register(Probe.of(function, transports))
        return function

    return decorate if function is None else decorate(function)


def requirement(id: str, *, transport: str | None = None, acceptance: bool = False) -> Callable[[Test], Test]:
    """Declare the requirement that a check function judges.

    `transport` limits the check to one transport; by default it runs for each transport that its probes support.
    `acceptance` marks a check that only expects a 200, which proves nothing on a target that accepts everything.
    """

    def decorate(test: Test) -> Test:
        declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration({"": id}, "", transport, acceptance))

    return decorate


def requirements(
    argument: str, names: Iterable[str], *, prefix: str = "", transport: str | None = None, acceptance: bool = False
) -> Callable[[Test], Test]:
    """Declare several requirements for one check function.

    The check function is called once for each name in `names`. `argument` is the parameter of the check function to
    which the requirement's name is passed. The id of each requirement is `prefix` plus the name; the other parameters
    have the same meaning as for `requirement`.
    """
    ids = {name: f"{prefix}{name}" for name in names}

    def decorate(test: Test) -> Test:
        for id in ids.values():
            declare(id, test, transport=transport, acceptance=acceptance)
        return note(test, Declaration(ids, argument, transport, acceptance))

    return decorate


def premise(holds: object, why_not: str, *, see: str = "") -> None:
    """Continue the check only if the situation that it needs exists; otherwise the verdict is inconclusive.

    `see` is the id of the requirement that the target violates if `holds` is false.
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

    `expected` is shown after the word "expected:", and `got` is the actual value. `where` is the location: a JSON
    pointer, an event number, a header or `status`. `on` is the exchange that shows the violation as evidence.
    """
    if not holds:
        raise Broken([Finding(expected, shown(got), where, exchange_id(on), cause)])


def exchange_id(on: Evidence) -> str:
    """Return the id of the exchange that is the evidence `on`; "" if `on` is None."""
    if on is None:
        return ""
    return on.id if isinstance(on, Exchange) else on.exchange.id


class Phrase(str):
    """A text that the suite wrote; reports show it without quotes, unlike texts of the target."""

    __slots__ = ()


def answer(on: Exchange | Reply, limit: int = 200) -> Phrase:
    """Summarise a response: its status and the beginning of its body."""
    exchange = on if isinstance(on, Exchange) else on.exchange
    if exchange.status is None:
        return Phrase(f"no answer ({exchange.failure.message if exchange.failure else 'unknown'})")
    text = " ".join(exchange.body[: 4 * limit].decode("utf-8", errors="replace").split())
    return Phrase(f"{exchange.status} {text[:limit]}{'…' if len(text) > limit else ''}".rstrip())


def shown(value: Any, limit: int = 300) -> str:
    """Return a readable form of a value: strings in quotes, and other data as JSON.

    If a value is longer than `limit` characters, the text is truncated and ends with the length of the value.
    """
    if isinstance(value, Phrase):
        return str(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
