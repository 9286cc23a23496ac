"""What of the reference endpoint each requirement's exchanges touch: a mutant that replaces none of it changes no verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.invariant import invariants
from conformance.record import Run
from conformance.reference.core import Settings
from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants import MUTANTS
from conformance.reference.serve import ReferenceServer
from conformance.wire import Exchange

_TOUCHED: ContextVar[set[str]] = ContextVar("touched")


class WatchedEndpoint(Endpoint):
    """The right endpoint, which notes by request id the names of all its attributes that the request touched.

    A request is a task of its own, and what it starts (a stream, a response in the background) has a copy of its context:
    they share one set.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.touched: dict[str, set[str]] = {}
        super().__init__(settings)

    def __getattribute__(self, name: str) -> Any:
        touched = _TOUCHED.get(None)
        if touched is None:
            _TOUCHED.set(touched := set())
        touched.add(name)
        return super().__getattribute__(name)

    def headers(self) -> dict[str, str]:
        """As ever; the request id is what an exchange is found by."""
        headers = super().headers()
        self.touched[headers["x-request-id"]] = _TOUCHED.get()
        return headers


def watched(settings: Settings) -> tuple[WatchedEndpoint, ReferenceServer]:
    """A watched endpoint and its server. Setting up touches attributes, too, and is no request: it has a context of its own."""
    context = copy_context()
    endpoint = context.run(WatchedEndpoint, settings)
    return endpoint, context.run(ReferenceServer, endpoint)


@dataclass(frozen=True, slots=True)
class Reach:
    """Attributes of the endpoint that the exchanges behind each requirement touch, by requirement id.

    A requirement that is not in it has exchanges of which that is not known: every mutant may reach it.
    """

    touched: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def reached(self, requirements: Iterable[str], names: Iterable[str]) -> list[str]:
        """Those of the requirements whose verdict these mutants may change.

        Invariants always are: they judge what is staged for the others. What this leaves to the whole matrix are faults
        that one request leaves behind in the endpoint for another probe's requests.
        """
        replaced = {attribute for name in names for attribute in replaced_by(name)}
        always = set(invariants())
        return [
            each
            for each in requirements
            if each in always
            or each.startswith(_OF_THE_RUN)
            or each not in self.touched
            or "__init__" in replaced
            or self.touched[each] & replaced
        ]


# The document's own rules judge every exchange of a run, too.
_OF_THE_RUN = "contract."


def replaced_by(name: str) -> set[str]:
    """The attributes of the right endpoint that a mutant has its own of."""
    own = [cls for cls in MUTANTS[name].cls.__mro__ if cls not in Endpoint.__mro__]
    return {attribute for cls in own for attribute in vars(cls)} & {*dir(Endpoint), "__init__"} - _OF_EVERY_CLASS


_OF_EVERY_CLASS = {*vars(type("Empty", (), {})), "__annotations__", "__static_attributes__", "__firstlineno__"}


def reach_of(endpoint: WatchedEndpoint, run: Run) -> dict[str, frozenset[str]]:
    """What each requirement of a run's verdicts touched; left out are those with an exchange that was not watched."""
    found: dict[str, set[str]] = {}
    unknown = set()
    for verdict in run.verdicts:
        for name in verdict.exchanges:
            touched = endpoint.touched.get(_request_id(run.exchanges.get(name)))
            if touched is None:
                unknown.add(verdict.requirement)
            else:
                found.setdefault(verdict.requirement, set()).update(touched)
    return {name: frozenset(touched) for name, touched in found.items() if name not in unknown}


def _request_id(exchange: Exchange | None) -> str:
    return (exchange.header("x-request-id") or "") if exchange else ""
