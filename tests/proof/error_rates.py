"""Measures how often a judging of each requirement that depends on the model fails, on lawful and on broken endpoints.

It audits every lawful variation of the reference endpoint many times. No audit may report a failure: with none in N
audits, the probability of one is below 3/N with a confidence of 95 %. `--write` stores the rates as data of the
contracts, and the figures in a page.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import repeat
from pathlib import Path
from typing import Any

from conformance.checks.index import CheckKind
from conformance.checks.invariants import all_invariants
from conformance.contract.error_rates import FILE
from conformance.reference.mutants import MUTANTS
from conformance.reference.serve import ReferenceServer
from conformance.specs import SPECS
from conformance.verdict import Outcome, Verdict, at_most

from .kept_audits import Kept, Lawful
from .sampled import CONTRACTS, audit, mutated, sampled_checks, varied
from .variations import NOT_FOLLOWED, VARIATIONS, chance

PAGE = Path(__file__).parents[2] / "docs" / "false-red.md"
TIMES = 20
"""How often each check judges a mutant."""
ROUNDS_OF_MISSING = 40
"""Audits of each variation when only missing rates are measured."""
ROUND_OF_INVARIANTS = 7
"""Audits of a mutant that breaks an invariant, each of which judges it at least three times."""


def lawful(place: int, rounds: Sequence[int], only: Mapping[str, Collection[str]] | None = None) -> Lawful:
    """Audit one variation once in each of these rounds of chance; with `only`, these requirements of each contract."""
    variation = VARIATIONS[place]
    name = variation[0].__name__
    failed, flaky = Counter[str](), Counter[str]()
    red: list[tuple[int, str]] = []
    requests = confirming = 0
    began = time.process_time()
    for number in rounds:
        chance.begin(number)
        judged: list[Verdict] = []
        for contract in CONTRACTS:
            found = audit(varied(contract, variation), contract, only[contract] if only is not None else None)
            requests, confirming = requests + found.requests, confirming + found.confirming
            judged += (each for each in found.verdicts if each.requirement not in NOT_FOLLOWED.get(name, {}))
        failed.update({each.requirement for each in judged if each.failed or each.findings})
        flaky.update({each.requirement for each in judged if each.outcome is Outcome.INCONCLUSIVE and each.findings})
        broken = {each.requirement for each in judged if each.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.ERROR)}
        red += ((number, requirement) for requirement in sorted(broken))
    seconds = time.process_time() - began
    return Lawful(name, tuple(rounds), requests, confirming, seconds, failed, flaky, tuple(red))


def measured(contract: str) -> set[str]:
    """The requirements of a contract that have rates."""
    return {check.requirement for check in sampled_checks(contract) if check.kind is not CheckKind.TALLIED}


def broken(mutant: str, contract: str, only: Collection[str] | None = None) -> dict[str, tuple[int, int]]:
    """For each requirement that a mutant breaks: how often its check failed, and was judged."""
    logging.disable(logging.CRITICAL)  # mutants may crash
    own = measured(contract) & MUTANTS[mutant].breaks
    own &= own if only is None else {*only}
    chance.begin(0)
    counts: dict[str, tuple[int, int]] = {}
    with ReferenceServer(mutated(contract, mutant)) as server:
        if own - all_invariants().keys():
            counts = _most_failed(_served(server, contract, own - all_invariants().keys(), TIMES))
        for name in own & all_invariants().keys():
            rounds = [_most_failed(_served(server, contract))[name] for _ in range(ROUND_OF_INVARIANTS)]
            counts[name] = (sum(each for each, _ in rounds), sum(each for _, each in rounds))
    return {name: counts[name] for name in own}


def _served(
    server: ReferenceServer, contract: str, only: Collection[str] | None = None, times: int = 1
) -> tuple[Verdict, ...]:
    """An audit through a network, because some faults concern connections."""
    return audit(varied(contract, ()), contract, only, repeat=times, url=server.origin).verdicts


def _most_failed(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, int]]:
    """The counts of the case of each requirement that failed most often."""
    found: dict[str, tuple[int, int]] = {}
    for each in verdicts:
        counts = (each.failed, max(each.asked, 1))
        found[each.requirement] = max(found.get(each.requirement, (0, 1)), counts)
    return found


def rates(
    found: Iterable[Lawful], faults: Mapping[str, Mapping[str, tuple[int, int]]], contract: str
) -> dict[str, Any]:
    """The data of a contract: for each requirement the worst variation and the mutant that fails least."""
    names = sorted(measured(contract) & {name for counts in faults.values() for name in counts})
    added: dict[str, list[Lawful]] = {}
    for each in found:
        added.setdefault(each.variation, []).append(each)
    written: dict[str, Any] = {}
    for name in names:
        judged = {
            variation: (sum(each.failed[name] for each in parts), sum(each.audits for each in parts))
            for variation, parts in added.items()
            if name not in NOT_FOLLOWED.get(variation, {})
        }
        worst = max(judged, key=lambda variation: at_most(*judged[variation]))
        shown = {mutant: counts[name] for mutant, counts in faults.items() if name in counts}
        least = min(shown, key=lambda mutant: shown[mutant][0] / shown[mutant][1])
        written[name] = {
            "lawful": list(judged[worst]), "variation": worst, "broken": list(shown[least]), "mutant": least,
        }  # fmt: skip
    return written


def add_missing(workers: int) -> None:
    """Measure the requirements that have no rates, and add their rates to the data of the contracts."""
    context = multiprocessing.get_context("fork")
    known = {contract: json.loads((SPECS / contract / FILE).read_text(encoding="utf-8")) for contract in CONTRACTS}
    only = {contract: measured(contract) - known[contract].keys() for contract in CONTRACTS}
    with ProcessPoolExecutor(workers, context) as pool:
        rounds = [*range(ROUNDS_OF_MISSING)]
        found = [*pool.map(lawful, range(len(VARIATIONS)), repeat(rounds), repeat(only))]
        for contract in CONTRACTS:
            names = [name for name in sorted(MUTANTS) if MUTANTS[name].breaks & only[contract]]
            counts = pool.map(broken, names, repeat(contract), repeat(only[contract]))
            added = rates(found, dict(zip(names, counts, strict=True)), contract)
            _write(
                contract,
                {name: each for name, each in {**known[contract], **added}.items() if name in measured(contract)},
            )
            sys.stdout.write(f"{contract}: {', '.join(sorted(added)) or 'nothing was missing'}\n")


def _write(contract: str, entries: Mapping[str, Any]) -> None:
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entries[name])}" for name in sorted(entries))
    (SPECS / contract / FILE).write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 1 if a lawful endpoint was reported as broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.error_rates", description=__doc__)
    parser.add_argument("--audits", type=int, default=3000, metavar="N", help="audits of lawful endpoints, at least")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first round of chance")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--seconds", type=float, metavar="S", help="begin no audits after this time")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="add each result to this file, and repeat no audit that it has"
    )
    parser.add_argument("--write", action="store_true", help="measure mutants, too, and write rates and page")
    parser.add_argument("--missing", action="store_true", help="only add the rates of requirements that have none")
    options = parser.parse_args(arguments)
    for contract in CONTRACTS:
        sampled_checks(contract)  # what this imports is shared by the processes
    if options.missing:
        add_missing(options.workers)
        return 0
    context = multiprocessing.get_context("fork")
    faults: dict[str, dict[str, dict[str, tuple[int, int]]]] = {}
    with ProcessPoolExecutor(options.workers, context) as pool:
        for contract in CONTRACTS if options.write else ():
            names = [name for name in sorted(MUTANTS) if MUTANTS[name].breaks & measured(contract)]
            faults[contract] = dict(zip(names, pool.map(broken, names, repeat(contract)), strict=True))
        found = _all_lawful(pool, options)
    text = page(found)
    sys.stdout.write(text)
    for contract, mutants in faults.items():
        _write(contract, rates(found, mutants, contract))
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    reds = [f"RED {each.variation}, round {number}: {name}" for each in found for number, name in each.red]
    sys.stdout.writelines(f"{red}\n" for red in reds)
    return int(bool(reds))


def _all_lawful(pool: ProcessPoolExecutor, options: argparse.Namespace) -> list[Lawful]:
    """The audits of all variations, those of each together, as many as end in time; each is kept when it ends."""
    began = time.monotonic()
    kept = Kept(options.keep)
    waiting = {pool.submit(lawful, *part) for part in parts(options.audits, options.first, kept.rounds)}
    for done in as_completed(waiting):
        if not done.cancelled():
            kept.add(done.result())
            sys.stderr.write(f"{kept.audits} audits, {kept.red} reported a failure\n")
        if options.seconds is not None and time.monotonic() - began > options.seconds:
            for each in waiting:
                each.cancel()
    return sorted(kept.found, key=lambda each: _NAMES.index(each.variation))


_NAMES = [variation[0].__name__ for variation in VARIATIONS]
CHUNK = 10


def parts(audits: int, first: int, kept: Mapping[str, Collection[int]]) -> Iterator[tuple[int, list[int]]]:
    """The rounds of all variations in turns, so many of each that their sum is at least `audits`, without those kept."""
    each = -(-audits // len(VARIATIONS))
    rounds = [[n for n in range(first, first + each) if n not in kept.get(name, ())] for name in _NAMES]
    for start in range(0, each, CHUNK):
        for place, missing in enumerate(rounds):
            if part := missing[start : start + CHUNK]:
                yield place, part


def page(found: Sequence[Lawful]) -> str:
    """The figures of these audits as a page."""
    audits = sum(each.audits for each in found)
    requests, confirming = sum(each.requests for each in found), sum(each.confirming for each in found)
    red, flaky = sum(each.reds for each in found), sum(sum(each.flaky.values()) for each in found)
    failed = sum(sum(each.failed.values()) for each in found)
    rounds = {number for each in found for number in each.rounds}
    count = sum(len({check.requirement for check in sampled_checks(contract)}) for contract in CONTRACTS)
    added: dict[str, list[Lawful]] = {}
    for each in found:
        added.setdefault(each.variation, []).append(each)
    rows = []
    for name, parts in added.items():
        names = sorted(set().union(*(part.failed for part in parts)))
        said = ", ".join(f"`{each}` {sum(part.failed[each] for part in parts)}" for each in names) or "none"
        judged, reds = sum(part.audits for part in parts), sum(part.reds for part in parts)
        rows.append(f"| {name} | {judged:,} | {said} | {reds} |")
    return "\n".join(
        [
            "# False failures",
            "",
            'If a failure may be due to chance, the suite reports the failure only after repetitions have confirmed it ([architecture.md](architecture.md), "A verdict").',
            "This page shows that targets which meet all requirements are not reported as broken. `python -m nox -s false_red` audits lawful",
            "variations of the reference endpoint (`tests/proof/variations.py`), which behave differently and violate nothing. For example, a",
            "variation may split text into other chunks, reason before it answers, decline to answer, write broken JSON when nothing forbids it, or",
            f"answer each request in another style. Each audit of a variation tests the {count} requirements that depend on the model, within one process and without a",
            "network. `nox -s false_red` writes this page and `specs/*/error-rates.json`.",
            "",
            f"**{red} of {audits:,} audits of lawful variations of the reference endpoint reported a failure.** With a confidence of 95 %, fewer than {100 * at_most(min(red, audits), audits):.2f} % of audits of endpoints that meet all requirements report a failure.",
            f"In the {audits:,} audits of variations, {failed} checks failed when they were first executed. Repetitions did not confirm the failure of {flaky} of the {failed} checks, so their verdict was `inconclusive: flaky`.",
            f"On average, an audit of a variation sent {requests / audits:.0f} requests, {confirming / audits:.2f} of them to confirm failures.",
            f"On average, an audit of a variation took {sum(each.seconds for each in found) / audits:.2f} s of CPU time.",
            "",
            f"The audits used the random seeds of the rounds {min(rounds)} to {max(rounds)}. The option `--first N` sets the",
            "number of the first round, and thereby the random seeds. `--keep FILE` adds the audits of this command to the audits that earlier commands wrote into `FILE`.",
            "",
            "| variation | audits | first judgings that failed | reported |",
            "|---|--:|---|--:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
