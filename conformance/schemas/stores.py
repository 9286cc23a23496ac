"""The schemas of the JSON files of stores and sites, and of the output of `conformance history --json`."""

from __future__ import annotations

from conformance.schemas.build import Schema, file_schema, list_of, map_of, of, one_of, record, record_of
from conformance.schemas.common import format_of, moment
from conformance.site.publish import FORMAT as SITE_FORMAT
from conformance.store.history import BrokenRequirement, NightlyCount, OutcomeChange, SeriesHistory
from conformance.store.layout import FORMAT as STORE_FORMAT
from conformance.store.schema import RUNS

_TYPES = {"VARCHAR": str, "TIMESTAMP": str, "BOOLEAN": bool, "INTEGER": int}
_RUN = {
    "run": "The id of the latest run.",
    "series": "The name of the series of runs.",
    "target": "The name of the target.",
    "region": "The region of the target. May be empty.",
    "labels": "The labels of the target, separated by commas.",
    "model": "The model. May be empty.",
    "profile": "The name of the profile.",
    "url": "The base URL.",
    "product": "The product that the target reveals. May be empty.",
    "started": moment("When the run started"),
    "suite": "The version of the suite.",
    "depth": "The depth of the run.",
    "complete": "Whether the run finished.",
    "exit_code": "The exit code of the run.",
    "passed": "Requirements that pass.",
    "warned": "Recommendations that the target does not follow.",
    "broken": "Requirements that the target breaks.",
    "not_offered": "Requirements of features that the target does not offer.",
    "not_judged": "Requirements that could not be judged.",
    "causes": "Causes of the violations.",
    "sentence": "The result in one or two sentences.",
    "badge": "The message of the badge.",
    "badge_colour": "The color of the badge.",
}


def store_schema() -> Schema:
    """Return the schema of store.json."""
    return file_schema(
        "store.json",
        record("Marks a folder as a store of conformance runs.", {"format": format_of(STORE_FORMAT)}),
    )


def site_schema() -> Schema:
    """Return the schema of site.json."""
    return file_schema(
        "site.json",
        record("Marks a folder as a site that `conformance site` wrote.", {"format": format_of(SITE_FORMAT)}),
    )


def targets_schema() -> Schema:
    """Return the schema of data/targets.json of a site."""
    if _RUN.keys() != RUNS.keys():
        raise ValueError(f"the table has {list(RUNS)}, described are {list(_RUN)}")
    columns = {name: of(_TYPES[kind] | None, _RUN[name]) for name, kind in RUNS.items()}
    added = {
        "date": {"type": "string", "format": "date", "description": "The date of the run."},
        "audits": of(int, "The number of runs of the series."),
    }
    return file_schema(
        "data/targets.json",
        list_of(record("The latest run of one series.", {**columns, **added}), "The targets in a store."),
    )


def history_schema() -> Schema:
    """Return the schema of the output of `conformance history --json`."""
    change = record_of(
        OutcomeChange,
        "A change of one requirement.",
        {
            "requirement": "The id of the requirement.",
            "level": "The level of the requirement.",
            "day": "The date of the audit that first showed the new outcome.",
            "change": one_of(("broke", "mended", "changed"), "The kind of change."),
            "before": "The outcome before the change.",
            "after": "The outcome after the change.",
            "cause": "The key of the cause. May be empty.",
            "suite_change": "Both versions of the suite if they differ, otherwise empty.",
        },
    )
    broken = record_of(
        BrokenRequirement,
        "A requirement that the target breaks now.",
        {
            "requirement": "The id of the requirement.",
            "level": "The level of the requirement.",
            "outcome": "The outcome.",
            "since": "The date of the first audit that showed the outcome.",
            "always": "Whether no earlier audit judged the requirement otherwise.",
            "cause": "The key of the cause. May be empty.",
        },
    )
    night = record_of(
        NightlyCount,
        "One audit.",
        {"day": "The date of the audit.", "broken": "The number of broken requirements."},
    )
    series = record_of(
        SeriesHistory,
        "The history of one target with one model.",
        {
            "series": "The name of the series of runs.",
            "target": "The name of the target.",
            "model": "The model. May be empty.",
            "audits": "The number of audits.",
            "latest": "The date of the latest audit.",
            "judged": "Whether the latest audit judged any requirement.",
            "nights": list_of(night, "The audits that judged any requirement, the oldest first."),
            "changes": map_of(list_of(change, "The changes."), "Confirmed changes by requirement."),
            "broken": list_of(broken, "The requirements that the target breaks now."),
            "pending": list_of(change, "Changes that a second audit must confirm."),
            "region": "The region of the target. May be empty.",
            "depth": "The depth of the audits. May be empty.",
        },
    )
    return file_schema(
        "the output of conformance history --json", list_of(series, "The history of each series in a store.")
    )
