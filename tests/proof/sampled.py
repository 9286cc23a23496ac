"""Audits of the requirements that depend on the model, within this process: no pytest, no sockets, no files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conformance.checks.index import Check, checks
from conformance.cli.endpoints import base_path_of, bucket_of, endpoint_of, packs_of, reference_of
from conformance.config import Target, load_profile
from conformance.contract import ModelDependence, load_registry
from conformance.engine import Engine, ProbeKey, executions
from conformance.judging.baseline import baseline
from conformance.judging.checking import Checking
from conformance.judging.run_judge import RunJudge
from conformance.reference.app import create_app
from conformance.reference.endpoint import Endpoint
from conformance.reference.part import Kind
from conformance.verdict import Level, Verdict
from conformance.wire import HttpClient

CONTRACTS = ("openai", "telnyx")


def sampled_checks(contract: str) -> list[Check]:
    """The checks of a contract whose failures depend on the model, those of all exchanges last. A MAY never fails."""
    registry = load_registry()
    found = [check for check in checks() if registry[check.requirement].model is not ModelDependence.NONE]
    found = [check for check in found if registry[check.requirement].level is not Level.MAY]
    own = [check for check in found if registry[check.requirement].contract == contract]
    return sorted(own, key=lambda check: check.judges_the_run)


def varied(contract: str, variation: Sequence[Kind]) -> Endpoint:
    """A variation of the reference endpoint with a contract."""
    known = packs_of(load_profile(contract).contracts)
    parts = [part for pack in known for part in reference_of(pack).parts]
    return Endpoint(endpoint_of(known).settings, variation, parts)


def mutated(contract: str, mutant: str) -> Endpoint:
    """A mutant of the reference endpoint with a contract."""
    return endpoint_of(packs_of(load_profile(contract).contracts), [mutant])


@dataclass(frozen=True, slots=True)
class Audit:
    """The verdicts of one audit, and how many requests it sent, with and without confirmation."""

    verdicts: tuple[Verdict, ...]
    requests: int
    confirming: int


def audit(
    endpoint: Endpoint, contract: str, only: Collection[str] | None = None, *, repeat: int = 1, url: str = ""
) -> Audit:
    """Judge the requirements of a contract that depend on the model, or only some; each check `repeat` times.

    With the `url` of a server, requests go there; otherwise the endpoint answers within this process.
    """
    profile = load_profile(contract)
    app = None if url else create_app(endpoint)
    target = Target(
        url=f"{url or 'http://reference'}{base_path_of(packs_of(profile.contracts))}",
        profile=profile,
        key=endpoint.settings.api_key,
        second_key=endpoint.settings.second_key,
        model="reference-1",
        repeat=repeat,
        deep=True,
        retrieval=bucket_of(profile.contracts),
    )
    chosen = [check for check in sampled_checks(contract) if only is None or check.requirement in only]
    keys = [key for check in chosen for case in check.cases for key in check.keys(case)]
    keys = [*executions(keys, repeat), *baseline((c.requirement for c in chosen if c.judges_the_run), profile)]
    engine = Engine(target, lambda _: None, wire=lambda: HttpClient(target.limits, asgi_app=app))
    with engine:
        engine.start(keys)
        checking = Checking(engine, RunJudge(engine, load_registry(), alone=True))
        verdicts = tuple(checking.verdict(check, case) for check in chosen for case in check.cases)
        requests = engine.spent.requests
        again = [
            key for each in engine.exchanges.values() if (key := ProbeKey.read(each.probe)) and key.again >= repeat
        ]
    return Audit(verdicts, requests, len(again))
