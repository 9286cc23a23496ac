"""Computes `worth.json`: the order of probes by the mutants that they show for their requests and output tokens.

python -m tests.proof.worth                          what 10 to 400 requests show
python -m tests.proof.worth --write                  write worth.json and docs/worth.md

A mutant is shown by a check if all requests of one of its cases are sent, and by an invariant if all requests of one probe
are sent whose exchanges violate it. The order is greedy: the next group shows the most new mutants for its additional cost.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from conformance.auditing.counted import Counted, closure
from conformance.auditing.worth import FILE
from conformance.checks.index import Check, CheckKind, by_requirement, checks
from conformance.config import Depth, Target, load_profile
from conformance.contract import load_registry
from conformance.contract.packs import packs
from conformance.engine import ProbeKey
from conformance.judging.baseline import baseline

from . import seen

TOKENS_PER_REQUEST = 1_024
"""Output tokens that cost as much as one request."""
PAGE = seen.FILE.parents[2] / "docs" / "worth.md"
BEGIN, END = "<!-- curve -->", "<!-- end of the curve -->"
AT = (10, 20, 30, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400)

Places = frozenset[int | str]
Group = tuple[ProbeKey, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A group of probes in the order: its requests and output tokens in addition to those before, and the mutants it adds."""

    probes: Group
    requests: int
    output_tokens: int
    mutants: int


@dataclass(frozen=True, slots=True)
class Worth:
    """The order for one profile. `reach` counts the mutants that a run of any depth can show.

    `look` is the number of requests of the first look, and `first` counts the mutants that it shows.
    """

    reach: int
    look: int
    first: int
    steps: tuple[Step, ...]

    def shown(self, requests: int) -> int:
        """How many mutants the first steps show that need so many requests together, with the first look."""
        left, found = requests - self.look, self.first
        for step in self.steps:
            if step.requests <= left:
                left -= step.requests
                found += step.mutants
        return found

    def to_dict(self) -> dict[str, object]:
        """The profile's part of the file."""
        order = [
            [" ".join(map(str, step.probes)), step.requests, step.output_tokens, step.mutants] for step in self.steps
        ]
        return {"reach": self.reach, "look": self.look, "first": self.first, "order": order}


def worth(profile: str, found: Mapping[str, seen.Shows]) -> Worth:
    """The order of a profile's probes, by what the kill matrix found."""
    target = _target(profile)
    asked = _asked(target)
    counted = Counted.of(target)
    ways = _all_ways(target, found, asked)
    first = sum(any(counted.places(group) <= counted.first for group in groups) for groups in ways.values())
    return Worth(len(ways), len(counted.first), first, tuple(_greedy(ways, asked, counted)))


Choose = Callable[[Collection[ProbeKey], Target], Collection[ProbeKey]]
"""Chooses some of the probes of a target."""


def shown_by(profile: str, choose: Choose, found: Mapping[str, seen.Shows]) -> tuple[frozenset[str], frozenset[str]]:
    """The mutants that runs of the profile can show, and those that the chosen probes show."""
    target = _target(profile)
    asked = _asked(target)
    counted = Counted.of(target)
    sent = counted.first | counted.places(choose(asked, target))
    ways = _all_ways(target, found, asked)
    shown = (name for name, groups in ways.items() if any(counted.places(group) <= sent for group in groups))
    return frozenset(ways), frozenset(shown)


def _target(profile: str) -> Target:
    return Target(url="http://worth.invalid/v1", profile=load_profile(profile), model="m", depth=Depth.QUICK)


def _all_ways(
    target: Target, found: Mapping[str, seen.Shows], asked: Collection[ProbeKey]
) -> dict[str, frozenset[Group]]:
    """The groups of probes that show each mutant which runs of this target can show, at any depth."""
    contracts, registry = frozenset(target.profile.contracts), load_registry()
    reach = (
        mutant
        for mutant, shows in found.items()
        if any(name in registry and registry[name].contract in contracts for name in shows)
    )
    return {mutant: frozenset(_ways(found[mutant], target, asked)) for mutant in sorted(reach)}


def _asked(target: Target) -> tuple[ProbeKey, ...]:
    """The probes of a quick run of this target."""
    registry = load_registry()
    chosen = [check for check in checks() if check.applies(target, registry)]
    keys = [key for check in chosen for case in check.cases for key in check.keys(case)]
    keys += baseline((check.requirement for check in chosen if check.judges_the_run), target.profile)
    return tuple(dict.fromkeys(keys))


def _ways(shows: seen.Shows, target: Target, asked: Iterable[ProbeKey]) -> Iterator[Group]:
    """The groups of probes each of which shows a mutant; () says that the first look does."""
    known, names, counted = set(asked), {str(key): key for key in closure(asked)}, Counted.of(target)
    for requirement, probes in shows.items():
        check = by_requirement().get(requirement)
        if check is None or not check.applies(target, load_registry()):
            continue
        if check.kind is CheckKind.PROBES:
            yield from (group for group in _cases(check, probes, counted) if known.issuperset(group))
        else:
            own = [key for key in check.keys("") if key in known]
            yield from (tuple(own) for name in probes if name == "preflight" and not own)
            yield from ((names[name], *own) for name in probes if name in names)


def _cases(check: Check, probes: Iterable[str], counted: Counted) -> Iterator[Group]:
    """The probes of each case of a check that these probes concern.

    A request of the first look that a probe needs, too, is recorded as a request of the first look.
    """
    for case in check.cases:
        looks = "preflight" in probes and not counted.first.isdisjoint(counted.places(check.keys(case)))
        if not case or looks or any(name.endswith(f"[{case}]") for name in probes):
            yield check.keys(case)


def _greedy(ways: Mapping[str, frozenset[Group]], asked: Iterable[ProbeKey], counted: Counted) -> Iterator[Step]:
    """The steps: while one shows more mutants, the one that shows most for its cost; then the cheapest first."""
    needs = cache(counted.places)
    sent = counted.first
    left = {mutant: tuple(needs(group) for group in groups) for mutant, groups in ways.items()}
    left = {mutant: each for mutant, each in left.items() if not any(places <= sent for places in each)}
    known = frozenset(asked)
    groups = sorted(
        {tuple(dict.fromkeys(group)) for each in ways.values() for group in each if group and known.issuperset(group)}
    )
    while left:
        best = max(groups, key=lambda group: _value(needs(group) | sent, sent, left, counted))
        sent, before = sent | needs(best), sent
        shown = [mutant for mutant, each in left.items() if any(places <= sent for places in each)]
        if not shown:
            break
        for mutant in shown:
            del left[mutant]
        yield Step(best, len(sent - before), counted.cost(sent - before).output_tokens, len(shown))
    for key in sorted(asked, key=lambda key: (len(needs((key,))), str(key))):
        more = needs((key,)) - sent
        sent |= more
        if more:
            yield Step((key,), len(more), counted.cost(more).output_tokens, 0)


def _value(after: Places, before: Places, left: Mapping[str, tuple[Places, ...]], counted: Counted) -> float:
    """The new mutants for each request, or for each `TOKENS_PER_REQUEST` output tokens."""
    more = after - before
    if not more:
        return 0.0
    shown = sum(any(places <= after for places in each) for each in left.values())
    return shown / (len(more) + counted.cost(more).output_tokens / TOKENS_PER_REQUEST)


def all_profiles() -> dict[str, Worth]:
    """The orders of all profiles that come with the suite."""
    found = seen.read().shows
    return {name: worth(name, found) for name in ("openai", *(pack.name for pack in packs()))}


def text(worths: Mapping[str, Worth]) -> str:
    """The text of the file, one step a line."""
    data = {name: each.to_dict() for name, each in worths.items()}
    lines = json.dumps(data, separators=(",", ":")).replace("],[", "],\n[").replace("[[", "[\n[")
    return f"{lines}\n"


def curve(worths: Mapping[str, Worth]) -> str:
    """The table of `docs/worth.md`: the mutants shown by so many requests, for each profile."""
    lines = [
        f"| requests | {' | '.join(f'{name} ({each.reach} mutants)' for name, each in worths.items())} |",
        f"|---:|{'---:|' * len(worths)}",
    ]
    for at in AT:
        cells = [f"{each.shown(at)} ({each.shown(at) / each.reach:.0%})" for each in worths.values()]
        lines.append(f"| {at} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page(worths: Mapping[str, Worth]) -> str:
    """The text of `docs/worth.md` with the table."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{curve(worths)}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.worth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name} and {PAGE.name}")
    found = all_profiles()
    if parser.parse_args().write:
        FILE.write_text(text(found), encoding="utf-8")
        PAGE.write_text(page(found), encoding="utf-8")
    sys.stdout.write(f"{curve(found)}\n")


if __name__ == "__main__":
    main()
