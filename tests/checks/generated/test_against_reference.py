"""The probes and checks against an endpoint that is right, and against mutants that are wrong in one way each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from conformance.checks import Broken, NotApplicable
from conformance.checks.generated import test_generated as checks
from conformance.checks.generated.fault import KINDS
from conformance.cli.endpoints import endpoint_of, packs_of, url_of
from conformance.config import Depth, Target, load_profile
from conformance.engine import Engine, ProbeKey, Transport
from conformance.reference.serve import ReferenceServer
from conformance.reply import NotAnswered
from conformance.wire import Exchange


class Staged:
    """Both probes, run against one endpoint."""

    def __init__(self, *mutants: str, profile: str = "openai", key: str | None = None) -> None:
        recorded: list[Exchange] = []
        contracts = load_profile(profile).contracts
        with ReferenceServer(endpoint_of(packs_of(contracts), mutants)) as server:
            url = url_of(server, contracts)
            self.target = Target(url=url, profile=load_profile(profile), key=key or server.api_key, model="reference-1")
            with Engine(self.target, recorded.append) as engine:
                self.valid = engine.result(ProbeKey("generated_valid", Transport.JSON))
                self.invalid = engine.result(ProbeKey("generated_invalid", Transport.JSON))
        self.requests = len(recorded)

    def findings(self, check: Callable[..., None], *given: Any) -> list[str]:
        """The causes that the check finds; [] when it holds."""
        try:
            check(*given)
        except Broken as broken:
            return [finding.cause for finding in broken.findings]
        return []

    @property
    def refused(self) -> list[str]:
        return self.findings(checks.test_a_body_that_keeps_the_schema_is_not_refused, self.valid, self.target)

    @property
    def failed(self) -> list[str]:
        return self.findings(checks.test_a_body_that_keeps_the_schema_causes_no_server_error, self.valid, self.target)

    @property
    def let_through(self) -> list[str]:
        kinds = dict.fromkeys(KINDS.values())
        return [cause for kind in kinds for cause in self.findings(self.check(kind), self.invalid, self.target)]

    def check(self, kind: str) -> Callable[..., None]:
        """The check of one kind; one that has nothing to judge has no finding."""

        def check(*given: Any) -> None:
            with contextlib.suppress(NotApplicable):
                checks.refused(kind)(*given)

        return check


@pytest.mark.parametrize("profile", ["openai", "telnyx"])
def test_a_right_endpoint_keeps_all_of_them(profile: str) -> None:
    """And each case costs one request."""
    staged = Staged(profile=profile)
    assert (staged.refused, staged.failed, staged.let_through) == ([], [], [])
    assert len(staged.valid.sent) == checks.FEW
    assert staged.requests == 1 + len(staged.valid.sent) + len(staged.invalid.sent)


def test_a_right_body_that_is_refused_is_shown_small() -> None:
    """One cause for all bodies, with a smallest one that still has a list as content, and within the bound."""
    staged = Staged("content-parts-refused")
    assert len(staged.refused) == 1
    assert (staged.failed, staged.let_through) == ([], [])
    (cause,) = staged.valid.causes
    smallest = cause.smallest.body
    assert any(isinstance(message["content"], list) for message in smallest["messages"])
    assert smallest.keys() <= {"model", "messages", "max_tokens"}
    assert staged.requests <= 1 + Depth.QUICK.valid + len(staged.invalid.sent) + 6


def test_a_server_error_is_the_other_requirements_finding() -> None:
    """A crash is no refusal."""
    staged = Staged("content-parts-500")
    assert len(staged.failed) == 1
    assert staged.refused == []


def test_faults_that_pass_are_one_finding_for_each_constraint() -> None:
    """However many fields are not checked."""
    staged = Staged("types-not-checked")
    assert staged.let_through == [
        f"a violation of {keyword} is answered 200" for keyword in ("type", "maximum", "minimum")
    ]
    assert (staged.refused, staged.failed) == ([], [])


def test_without_an_answered_control_nothing_is_sent_or_judged() -> None:
    """A wrong key refuses everything; that says nothing of the bodies."""
    staged = Staged(key="wrong")
    assert staged.requests == 1
    for check in (lambda: staged.refused, lambda: staged.failed, lambda: staged.let_through):
        with pytest.raises(NotAnswered):
            check()
