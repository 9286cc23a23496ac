"""The schemas of comparisons: comparison.json, reference.json, and the output of `conformance diff --json`."""

from __future__ import annotations

from conformance.acceptance import FailOn
from conformance.report.against import CandidateComparison, ReferenceComparison, RequirementLine
from conformance.report.against_text import KINDS
from conformance.report.changes import ChangeKind
from conformance.report.compare import AreaLine, ComparedTarget
from conformance.report.field_differences import FieldDifference
from conformance.schemas.build import Schema, file_schema, list_of, map_of, of, one_of, record, record_of, ref
from conformance.schemas.common import finding, moment
from conformance.service import Distribution, ServiceFigures
from conformance.verdict import Level, Outcome, Reason

_ID = of(str, "The id of the requirement.")
_LEVEL = of(Level, "The level of the requirement.")


def comparison_schema() -> Schema:
    """Return the schema of comparison.json."""
    result = record(
        "The result for one target.",
        {
            "outcome": of(Outcome | None, "The outcome. Null if the run did not test the requirement."),
            "state": of(str, "The outcome as reports name it."),
            "why": of(str, "The finding, or why there is no judgement. May be empty."),
            "exchange": of(str | None, "The id of an exchange that shows the finding."),
        },
    )
    requirement = record(
        "One requirement.",
        {
            "requirement": _ID,
            "area": of(str, "The area of the requirement."),
            "level": _LEVEL,
            "statement": of(str, "The requirement in one sentence."),
            "differs": of(bool, "Whether two targets have different outcomes."),
            "results": list_of(result, "The results in the order of `targets`."),
        },
    )
    area = record_of(
        AreaLine,
        "One area.",
        {
            "area": "The name of the area.",
            "passed": "How many requirements pass, and how many were judged, for each target.",
        },
    )
    return file_schema(
        "comparison.json",
        record(
            "The results of several runs, requirement by requirement.",
            {
                "notes": of(tuple[str, ...], "Why the runs are not fully comparable."),
                "targets": list_of(_target(), "The runs."),
                "areas": list_of(area, "The areas."),
                "requirements": list_of(requirement, "All requirements that any of the runs tested."),
            },
        ),
    )


def reference_schema() -> Schema:
    """Return the schema of reference.json."""
    line = record_of(
        RequirementLine,
        "A requirement that the reference and the candidate meet differently, or that one of them breaks.",
        {
            "requirement": "The id of the requirement.",
            "area": "The area of the requirement.",
            "level": "The level of the requirement.",
            "expected": "The expected behaviour.",
            "reference": "The outcome of the reference.",
            "candidate": "The outcome of the candidate.",
            "reference_why": "What the reference did. Empty if it breaks nothing.",
            "candidate_why": "What the candidate did. Empty if it breaks nothing.",
        },
        more={"kind": one_of(KINDS, "Who breaks the requirement. `neither` stands for another difference.")},
    )
    difference = record_of(
        FieldDifference,
        "One difference of shape between responses to equal requests.",
        {
            "aspect": "What differs.",
            "place": "A field such as /choices/[]/finish_reason, or a header.",
            "reference": "The value or type in responses of the reference.",
            "candidate": "The value or type in responses of the candidate.",
            "operations": "The operations whose responses show the difference.",
            "shown": "How many pairs of responses show the difference.",
            "of": "In how many pairs of responses the place could be compared.",
            "examples": "Ids of exchanges of the reference and of the candidate.",
        },
        more={
            "always": of(bool, "Whether every compared pair shows the difference."),
            "causes": of(tuple[str, ...], "Titles of causes of the candidate that have a finding at this place."),
        },
    )
    candidate = record_of(
        CandidateComparison,
        "One candidate.",
        {
            "name": "The name of the candidate.",
            "model": "The model of the candidate.",
            "folder": "The folder of the candidate's report. May be empty.",
            "lines": list_of(line, "The requirements, those first that only the candidate breaks."),
            "differences": list_of(difference, "The differences of shape."),
            "pairs": "How many requests both answered.",
            "unpaired": "How many requests only the candidate answered.",
        },
    )
    candidate = _renamed(candidate, "lines", "requirements")
    whole = record_of(
        ReferenceComparison,
        "The reference.",
        {
            "name": "The name of the reference.",
            "model": "The model of the reference.",
            "folder": "The folder of the reference's report. May be empty.",
            "candidates": list_of(candidate, "The candidates."),
        },
    )["properties"]
    reference = record("The reference.", {name: whole[name] for name in whole if name != "candidates"})
    return file_schema(
        "reference.json",
        record("Candidates compared with one reference.", {"reference": reference, "candidates": whole["candidates"]}),
    )


def diff_schema() -> Schema:
    """Return the schema of the output of `conformance diff --json`."""
    cause = record(
        "A cause that breaks the requirement in the later run.",
        {
            "cause": of(str, "The key of the cause."),
            "symptom": of(str, "The name of the symptom, which does not depend on other faults."),
            "title": of(str, "The cause in one sentence."),
        },
    )
    change = record(
        "One requirement.",
        {
            "requirement": _ID,
            "level": _LEVEL,
            "kind": of(ChangeKind, "How the requirement changed."),
            "fails": of(bool, "Whether the change fails the gate."),
            "before": of(Outcome | None, "The outcome in the earlier run. Null if there is none."),
            "after": of(Outcome | None, "The outcome in the later run. Null if there is none."),
            "reason": of(Reason | None, "Why the later run has no judgement."),
            "causes": list_of(cause, "The causes in the later run. Only the new ones, if there are new ones."),
            "findings": list_of(ref("finding"), "The findings in the later run."),
        },
    )
    counts = {str(kind): of(int, f"Changes of the kind: {kind}.") for kind in ChangeKind}
    return file_schema(
        "the output of conformance diff --json",
        record(
            "The changes between two runs of one target.",
            {
                "sentence": of(str, "The changes in one sentence."),
                "fail_on": of(FailOn, "Which changes fail the gate."),
                "refused": of(tuple[str, ...], "Why the runs cannot be compared. Empty if they can be compared."),
                "counts": record("Changes by kind. Empty if the runs cannot be compared.", counts, optional=counts),
                "failing": of(tuple[str, ...], "The ids of the requirements whose change fails the gate."),
                "changes": list_of(change, "The changes, the worst first."),
            },
        ),
        finding=finding(),
    )


def _target() -> Schema:
    outcomes = {str(each): of(int, f"Requirements with the outcome {each}.") for each in Outcome}
    return record_of(
        ComparedTarget,
        "One run.",
        {
            "name": "The name of the target, different from all other names in the comparison.",
            "model": "The model.",
            "url": "The base URL.",
            "profile": "The name of the profile.",
            "depth": "The depth of the run. May be empty.",
            "suite": "The version of the suite.",
            "started": moment("When the run started"),
            "folder": "The folder of the run's report. May be empty.",
            "counts": record("Requirements by outcome.", outcomes, optional=outcomes),
            "service": service(),
            "region": "The region of the target. May be empty.",
            "labels": "The labels of the target.",
        },
    )


def service() -> Schema:
    """Return the schema of service figures."""
    distribution = record_of(
        Distribution,
        "The values of one figure.",
        {
            "count": "The number of values.",
            "p50": "The median.",
            "p95": "The 95th percentile. Null if there are too few values.",
            "p99": "The 99th percentile. Null if there are too few values.",
        },
        more={"unit": of(str, "The unit, such as s.")},
    )
    return record_of(
        ServiceFigures,
        "Service figures, which influence no verdict.",
        {
            "requests": "Requests for generated output, retries included.",
            "generations": "Responses with generated output.",
            "metrics": map_of(distribution, "Figures by their OpenTelemetry names."),
            "errors": "Requests without a usable response, by kind.",
            "rate_limited": "Responses with status 429.",
            "retries": "Requests that were sent again.",
            "input_tokens": "Input tokens that the target reports.",
            "output_tokens": "Output tokens that the target reports.",
            "cost": "The cost. Null if no price is known.",
        },
    )


def _renamed(schema: Schema, old: str, new: str) -> Schema:
    """Rename a property of a record."""
    properties = {new if name == old else name: value for name, value in schema["properties"].items()}
    return {**schema, "properties": properties, "required": list(properties)}
