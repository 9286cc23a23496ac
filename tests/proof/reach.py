"""What of the reference endpoint each requirement's exchanges touch: a mutant that changes none of it changes no verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, cast

from conformance.checks.invariants import all_invariants
from conformance.engine import ProbeKey, probes
from conformance.record import Run
from conformance.reference.endpoint import PARTS, Endpoint
from conformance.reference.http import Http
from conformance.reference.part import Kind, Part, needs
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from conformance.wire import Exchange

from .shadows import Call, Opaque, altering, is_made_otherwise, is_plain, replacing, token, tokens_of

_TOUCHED: ContextVar[set[str]] = ContextVar("touched")
# What is asked first of all for a request. A server may begin one in the context of another, when it came right behind.
_FIRST = frozenset({"unguarded", "serve_socket", "unknown_route", "preflight"})


class WatchedEndpoint(Endpoint):
    """The right endpoint, which notes by request id the names of all attributes of its parts that the request touched.

    Of a method that gives its result at once it also notes which mutants' own would have changed something: they are
    asked the same beside it. A request is a task of its own, and what it starts (a stream, a response in the background)
    has a copy of its context: they share one set.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.touched: dict[str, set[str]] = {}
        super().__init__(settings, [_watched_kind(kind) for kind in PARTS])
        self.part(Http).__dict__["touched_by_request"] = self.touched


@cache
def _watched_kind(kind: Kind) -> Kind:
    """A part that notes what of it is touched."""

    def touch(self: Part, name: str) -> Any:
        found = kind.__getattribute__(self, name)
        if name in _OF_NOTE or name.startswith("__"):
            return found
        touched = _TOUCHED.get(None)
        if touched is None or name in _FIRST:
            _TOUCHED.set(touched := set())
        known = f"{kind.__name__}.{name}"
        touched.add(known)
        return partial(_beside, self, known, found, touched) if _is_tried(known) else found

    def headers(self: Any) -> dict[str, str]:
        """As ever; the request id is what an exchange is found by."""
        headers = dict(super(watched, self).headers())
        self.touched_by_request[headers["x-request-id"]] = _TOUCHED.get()
        return headers

    own: dict[str, Any] = {"__getattribute__": touch, **({"headers": headers} if kind is Http else {})}
    watched: Any = type(f"Watched{kind.__name__}", (kind,), own)
    return cast(Kind, watched)


# What is read of a part without a request, or is another part that is looked at itself.
_OF_NOTE = frozenset({"touched_by_request", "settings", "ready", *(name for kind in PARTS for name in needs(kind))})


@cache
def _is_tried(name: str) -> bool:
    return is_plain(name) and bool(replacing(name))


def _beside(part: Part, name: str, right: Callable[..., Any], touched: set[str], /, *given: Any, **named: Any) -> Any:
    """Call the right method, and note the mutants that make anything else of the same call."""
    open_to = [each for each in replacing(name) if token(name, each) not in touched]
    try:
        call = Call(name, *given, **named) if open_to else None
    except Opaque:
        call = None
    try:
        came = right(*given, **named)
    except Exception as error:
        touched.update(token(name, each) for each in altering(call, error, part.settings, open_to))
        raise
    touched.update(token(name, each) for each in altering(call, came, part.settings, open_to))
    return came


def watched(settings: Settings) -> tuple[WatchedEndpoint, ReferenceServer]:
    """A watched endpoint and its server. Setting up touches attributes, too, and is no request: it has a context of its own."""
    context = Context()
    endpoint = context.run(WatchedEndpoint, settings)
    return endpoint, context.run(ReferenceServer, endpoint)


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the endpoint is touched: by the exchanges behind each requirement, and by those of each survey's probes.

    See `tokens_of` for what stands in the sets; a `?` is an exchange of which that is not known: every mutant may reach it.
    `surveys` are by contract, then by the probe's label; a probe is not there when all that it asks was asked by others.
    """

    touched: Mapping[str, frozenset[str]] = field(default_factory=dict)
    surveys: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def reached(self, requirements: Iterable[str], names: Iterable[str]) -> list[str]:
        """Those of the requirements whose verdict these mutants may change.

        Invariants always are: they judge what is staged for the others. What this leaves to the whole matrix are faults
        that one request leaves behind in the endpoint for another probe's requests.
        """
        always = set(all_invariants())
        replaced = _tokens(names)
        return [
            each
            for each in requirements
            if each in always or each.startswith(_OF_THE_RUN) or _is_reached(self.touched.get(each, _UNKNOWN), replaced)
        ]

    def surveyed(self, contract: str, keys: Iterable[ProbeKey], names: Iterable[str]) -> list[ProbeKey]:
        """Those stagings of a survey that show invariants something else than the right endpoint does."""
        known = self.surveys.get(contract, {})
        replaced = _tokens(names)
        return [
            key for key in keys if any(_is_reached(known.get(label, _NOTHING), replaced) for label in _with_needs(key))
        ]


# The document's own rules judge every exchange of a run, too.
_OF_THE_RUN = "contract."
_UNKNOWN = frozenset({"?"})
_NOTHING: frozenset[str] = frozenset()


def _tokens(names: Iterable[str]) -> set[str]:
    return {each for name in names for each in tokens_of(name)}


def _is_reached(touched: frozenset[str], replaced: set[str]) -> bool:
    return is_made_otherwise(replaced) or not touched.isdisjoint(replaced | _UNKNOWN)


def _with_needs(key: ProbeKey) -> Iterator[str]:
    """The labels of a staging and of those that it builds on."""
    yield str(key)
    known = probes()
    for name in known[key.name].needs:
        if name in known:
            yield from _with_needs(ProbeKey(name, known[name].transport(key.transport)))


def reach_of(endpoint: WatchedEndpoint, run: Run) -> dict[str, frozenset[str]]:
    """What each requirement of a run's verdicts touched."""
    cited = ((verdict.requirement, run.exchanges.get(name)) for verdict in run.verdicts for name in verdict.exchanges)
    return _by_name(endpoint, cited)


def survey_of(endpoint: WatchedEndpoint, run: Run) -> dict[str, frozenset[str]]:
    """What each probe of a run touched, by its label."""
    return _by_name(endpoint, ((exchange.probe, exchange) for exchange in run.exchanges.values()))


def _by_name(endpoint: WatchedEndpoint, exchanges: Iterable[tuple[str, Exchange | None]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, exchange in exchanges:
        touched = endpoint.touched.get(_request_id(exchange), _UNKNOWN)
        found[name] = found.get(name, _NOTHING).union(touched)
    return found


def _request_id(exchange: Exchange | None) -> str:
    return (exchange.header("x-request-id") or "") if exchange else ""
