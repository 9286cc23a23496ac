"""The published summary of the kill matrix: Markdown, out of `seen.ndjson`."""

from __future__ import annotations

from conformance.contract import Registry

from .declared import registered
from .seen import Seen

_HEAD = """# Kill matrix

Every requirement has a check, and every check must be able to fail. A mutant is the reference endpoint with one
documented fault. For the kill matrix, each mutant is audited with every requirement of all contracts (OpenAI, Telnyx
and vLLM). A mutant must
fail each requirement in its `breaks`, may fail the requirements in `also`, and must pass all other requirements. The
reference endpoint without a fault must pass all requirements.

[`tests/proof/seen.ndjson`](../tests/proof/seen.ndjson) has every result, one mutant per line: the failed requirements,
the probes whose exchanges show them, and fingerprints of the code. `python -m nox -s kill` audits every mutant, and
writes `seen.ndjson` and this page. `python -m nox -s seen` audits only the mutants whose code or requirements changed
since `seen.ndjson` was written. The page [Proof](proof.md) says which mutants CI audits.
"""


def table(seen: Seen, registry: Registry) -> str:
    """The whole page."""
    judged = sorted(registered(registry, registry))
    failed = {name for shows in seen.shows.values() for name in shows}
    killed = sum(bool(shows) for shows in seen.shows.values())
    probes = {probe for shows in seen.shows.values() for each in shows.values() for probe in each}
    areas = dict.fromkeys((registry[name].contract, registry[name].area) for name in judged)
    lines = [
        _HEAD,
        f"- mutants: {len(seen.shows)}; seen by a requirement: {killed}",
        f"- requirements: {len(judged)}; failed by at least one mutant: {len(failed & set(judged))}",
        f"- probes that show a mutant: {len(probes)}",
        "",
        "| contract | area | requirements | mutants that fail one of them |",
        "|---|---|--:|--:|",
    ]
    for contract, area in sorted(areas):
        own = {name for name in judged if (registry[name].contract, registry[name].area) == (contract, area)}
        count = sum(not own.isdisjoint(shows) for shows in seen.shows.values())
        lines.append(f"| {contract} | {area} | {len(own)} | {count} |")
    return "\n".join(lines) + "\n"
