"""The document says the same as the reports: verdicts, capabilities, faults, figures, limits."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
import sample
from test_compare import FIRST, SECOND, A, B, C, D, run_of

from conformance.causes import Symptom, SymptomKind
from conformance.report.capabilities import state_of
from conformance.report.compare import compare
from conformance.report.document import AuditDocument, SharedFault, _weight, build_document, levels_of
from conformance.report.document_html import document_html
from conformance.report.model import ReportModel, build_model
from conformance.verdict import Ending, ExitCode, Outcome


def models(*runs) -> list[ReportModel]:
    return [build_model(run, sample.registry()) for run in runs]


def document(*runs) -> AuditDocument:
    found = models(*runs)
    return build_document(found, compare(found), {}, "2026.11")


def text_of(page: str) -> str:
    """What a reader sees."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("</style>")[2])).split())


def test_each_target_has_its_verdict_and_each_fault_names_its_targets() -> None:
    """The same numbers as in the reports."""
    found = document(FIRST, SECOND)
    assert [target.verdict for target in found.targets] == ["breaks 1 MUST", "breaks 2 MUSTs"]
    assert found.result == "Both endpoints break requirements that clients depend on (a MUST)."
    assert {fault.cause.requirements[0]: fault.targets for fault in found.findings} == {C: (1, 2), A: (2,)}
    assert found.findings[0].targets == (1, 2), "what most targets have comes first"


@pytest.mark.parametrize("kind", [SymptomKind.CONSTRAINT, SymptomKind.IGNORED])
def test_what_is_ignored_in_other_parameters_is_another_fault(kind: SymptomKind) -> None:
    """Otherwise the title would accuse a target of ignoring a parameter that the target honours."""
    symptom = Symptom(kind, "response_format")
    changed = []
    for model, names in zip(
        models(FIRST, SECOND), ("`text.format`", "`response_format` and `text.format`"), strict=True
    ):
        cause = replace(model.causes[0], symptom=symptom, key=symptom.key, title=f"{names} accepted, but not enforced")
        changed.append(replace(model, causes=(cause,)))
    found = build_document(changed, compare(changed), {}, "2026.11")
    assert [fault.targets for fault in found.shared] == [(1,), (2,)]


def test_what_could_not_be_judged_counts_for_nobody() -> None:
    """A target that was not judged neither conforms nor breaks."""
    unjudged = run_of({A: Outcome.INCONCLUSIVE, B: Outcome.INCONCLUSIVE}, "three")
    found = document(FIRST, unjudged)
    assert found.targets[1].verdict == "could not be judged"
    assert found.targets[1].outcome is Outcome.INCONCLUSIVE
    assert found.result.endswith("1 could not be judged.")
    assert not any(cell.outcome is Outcome.PASS for line in found.capabilities for cell in line.cells[1:])


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((Outcome.PASS, Outcome.FAIL), "breaks 1 of 2"),
        ((Outcome.INCONCLUSIVE, Outcome.FAIL), "breaks 1 of 1"),
        ((Outcome.PASS, Outcome.WARN), "works, 1 advised"),
        ((Outcome.PASS, Outcome.UNSUPPORTED), "works"),
        ((Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE), "not offered"),
        ((Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE), "not judged"),
        ((Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE), "not judged"),
    ],
)
def test_the_state_of_a_capability(outcomes: tuple[Outcome, Outcome], state: str) -> None:
    """A broken MUST decides; only judged requirements are counted."""
    (model,) = models(run_of(dict(zip((A, B), outcomes, strict=True)), "one"))
    assert state_of(model.rows).text == state


def test_a_target_conforms_only_if_everything_was_tested() -> None:
    """A smoke run, and a run that was cut, never conform."""
    whole, smoke = run_of({A: Outcome.PASS}, "one"), run_of({A: Outcome.PASS}, "two", depth="smoke")
    footer = whole.footer
    assert footer is not None
    cut = replace(whole, footer=replace(footer, interrupted=True))
    verdicts = [target.verdict for target in document(whole, smoke, cut).targets]
    assert verdicts[0] == "conforms"
    assert verdicts[1] == "no broken MUST in the part that was tested"
    assert verdicts[2] != "conforms"


def test_a_target_that_died_has_no_verdict() -> None:
    """It passed what was asked before."""
    run = run_of({A: Outcome.PASS, B: Outcome.INCONCLUSIVE}, "one")
    (model,) = models(run)
    dead = replace(model, ending=Ending(ExitCode.TARGET_GONE, "It died.", ""), exit_code=ExitCode.TARGET_GONE)
    found = build_document([dead], compare([dead]), {}, "2026.11")
    assert found.targets[0].verdict == "could not be judged"


def test_the_page_has_every_part_for_one_and_for_several_targets() -> None:
    """Verdicts, what breaks, what to ask, cost and latency, method, limits, edition; the same headings for both."""
    for runs in ((FIRST,), (FIRST, SECOND)):
        text = text_of(document_html(models(*runs), ["one", "two"]))
        for part in ("Verdict per capability", "What breaks", "What to ask the vendor", "Cost and latency"):
            assert part in text
        for part in ("Method", "Limits", "newest edition is", "Findings by cause"):
            assert part in text
        assert "breaks 1 MUST" in text


def test_text_of_a_target_is_no_markup() -> None:
    """`<b>other</b>` is what the target returned."""
    page = document_html(models(FIRST))
    assert "&lt;b&gt;other&lt;/b&gt;" in page
    assert "<b>other</b>" not in page
    assert "script-src" in page
    assert "<script" not in page


def test_links_lead_to_the_cause_in_the_report() -> None:
    """Only if the report is there."""
    found = models(FIRST)
    key = found[0].causes[0].key
    assert f'href="one/report.html#cause-{key}"' in document_html(found, ["one"])
    assert "report.html#" not in document_html(found)


def test_the_page_of_targets_without_faults() -> None:
    """It asks nothing of the vendor."""
    text = text_of(document_html(models(run_of({A: Outcome.PASS, D: Outcome.PASS}, "one"))))
    assert "✓ conforms" in text
    assert "What to ask" not in text
    assert "No MUST is broken." in text


def test_extent() -> None:
    """In words."""
    (model,) = models(FIRST)
    assert levels_of(model.causes[0]) == "1 MUST"


def test_what_most_endpoints_have_comes_before_what_few_clients_notice() -> None:
    """Only a fault that breaks most clients comes before a fault of more endpoints."""
    found = document(FIRST, SECOND).findings
    cause = found[0].cause

    def fault(clients: int, evidence: int) -> SharedFault:
        hit = replace(cause, clients=tuple(map(str, range(clients))), clients_tested=11)
        return SharedFault(hit, found[0].evidence[:1] * evidence, "")

    everywhere, many, few = fault(9, 1), fault(0, 5), fault(1, 1)
    assert sorted([few, many, everywhere], key=_weight) == [everywhere, many, few]
