"""A sighting: one finding with all that tells what was observed: its requirement, its exchange, the parameters in question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.contract import Feature, Requirement, load_features
from conformance.verdict import Finding, Outcome, Verdict
from conformance.wire import Exchange

_NAMED = re.compile(r"`([A-Za-z_][\w.\[\]-]*)`")
_POINTS_AT = re.compile(r"a 4xx that names (\S+)")
_GENERATED = re.compile(r"because /([\w/]+)")
_STEP = re.compile(r"/([A-Za-z_$][\w$-]*)")


@dataclass(frozen=True)
class Sighting:
    """One finding, seen apart from its requirement.

    `requirement` is None for an id that this version does not know. `exchange` is the one that the finding cites.
    """

    id: str
    verdict: Verdict
    finding: Finding
    requirement: Requirement | None = None
    exchange: Exchange | None = None

    @property
    def status(self) -> int:
        """The status of the response, 0 where none came."""
        return (self.exchange.status or 0) if self.exchange else 0

    @property
    def shown(self) -> int:
        """On how many exchanges the requirement was broken: all that broke an invariant, or those that findings cite."""
        cited = {each.exchange for each in self.verdict.findings if each.exchange}
        return max(self.verdict.broken, len(cited), 1)

    @property
    def fails(self) -> bool:
        """Whether it breaks a MUST."""
        return self.verdict.outcome is Outcome.FAIL

    @property
    def on_status(self) -> bool:
        """Whether the status itself is what is wrong."""
        return self.finding.where == "status"

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; {} where there was none."""
        data = self.exchange.request.json if self.exchange else None
        return data if isinstance(data, dict) else {}

    @property
    def streamed(self) -> bool:
        """Whether the answer came as a stream."""
        return bool(self.exchange and (self.exchange.is_sse or self.body.get("stream") is True))

    @property
    def feature(self) -> Feature | None:
        """The feature that the requirement is about."""
        return load_features().get(self.requirement.feature or "") if self.requirement else None

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The parameters and fields that the requirement's sentence names in code style."""
        return tuple(_NAMED.findall(self.requirement.statement)) if self.requirement else ()

    @cached_property
    def params(self) -> tuple[str, ...]:
        """The parameters under test, the likeliest first: named by the finding, then by the requirement, then by its feature."""
        found = [*_POINTS_AT.findall(self.finding.expected)]
        found += [_last(path) for path in _GENERATED.findall(self.finding.expected)]
        found += [name for name in self.named if self.asked(name)]
        found += [name for name in (self.feature.params if self.feature else ()) if self.asked(name)]
        return tuple(dict.fromkeys(found))

    def asked(self, name: str) -> bool:
        """Whether the request has a parameter of that name, at the top or in a path of members."""
        node: Any = self.body
        for step in name.split("."):
            node = next((each for each in node if isinstance(each, dict)), {}) if isinstance(node, list) else node
            if not isinstance(node, dict) or step not in node:
                return False
            node = node[step]
        return True

    @cached_property
    def field(self) -> str:
        """The last member that the place of the finding names; "" where it names none."""
        steps = _STEP.findall(self.finding.where)
        return steps[-1] if steps else ""

    @property
    def steps(self) -> tuple[str, ...]:
        """All members that the place of the finding names."""
        return tuple(_STEP.findall(self.finding.where))


def _last(path: str) -> str:
    steps = [step for step in path.split("/") if not step.isdigit()]
    return steps[-1] if steps else path


def sightings(
    verdicts: Iterable[Verdict], registry: Mapping[str, Requirement], exchanges: Mapping[str, Exchange]
) -> Iterator[Sighting]:
    """Every finding of the broken requirements, in their order."""
    for verdict in verdicts:
        if verdict.outcome in (Outcome.FAIL, Outcome.WARN):
            for finding in verdict.findings:
                yield Sighting(
                    verdict.requirement,
                    verdict,
                    finding,
                    registry.get(verdict.requirement),
                    exchanges.get(finding.exchange),
                )
