"""The schemas of the files in the folder of several audits: audits.json, summary.json and shard.json."""

from __future__ import annotations

from conformance.cli.several_files import FORMAT
from conformance.cli.sharding import FORMAT as SHARD_FORMAT
from conformance.fleet import AuditBudget, FleetAudit
from conformance.options import OPTIONS
from conformance.report.several import RESULT_WORDS
from conformance.schemas.build import Schema, file_schema, list_of, of, one_of, record, record_of
from conformance.schemas.common import format_of


def audits_schema() -> Schema:
    """Return the schema of audits.json."""
    options = {option.name: {"description": option.description} for option in OPTIONS.values()}
    audit = record_of(
        FleetAudit,
        "One audit: a target of conformance.toml with one model.",
        {
            "name": "The name of the audit, which is also the name of its folder.",
            "target": "The name of the target in conformance.toml.",
            "url": "The base URL.",
            "host": "The host of the URL, with its port.",
            "model": "The model. Null if the audit takes the first model that the target lists.",
            "region": "The region of the target. May be empty.",
            "labels": "The labels of the target.",
            "slots": "The maximum number of concurrent requests of the audit.",
            "budget": record_of(
                AuditBudget,
                "The limits of the audit. Null means no limit.",
                {
                    "requests": "The maximum number of requests.",
                    "output_tokens": "The maximum number of output tokens.",
                    "cost": "The maximum cost.",
                },
            ),
            "price_in": "The price of a million input tokens, if it is known.",
            "price_out": "The price of a million output tokens, if it is known.",
            "options": record("The other options of the target, without secrets.", options, optional=options),
        },
        more={"withheld": of(tuple[str, ...], "The names of the options that are left out because they are secret.")},
    )
    return file_schema(
        "audits.json",
        record(
            "The list of audits, written before the first request.",
            {"format": format_of(FORMAT), "audits": list_of(audit, "The audits in the order of conformance.toml.")},
        ),
    )


def summary_schema() -> Schema:
    """Return the schema of summary.json."""
    target = record(
        "One audit.",
        {
            "name": of(str, "The name of the audit."),
            "exit_code": of(int, "The exit code of the audit."),
            "result": one_of(RESULT_WORDS, "The result in one or two words."),
            "folder": of(str | None, "The folder of the run. Null if there is none."),
            "report": {
                "type": ["object", "null"],
                "description": "The content of report.json, which has its own schema. Null if nothing was measured.",
            },
        },
    )
    return file_schema(
        "summary.json",
        record(
            "The results of several audits.",
            {
                "exit_code": of(int, "The exit code of the command, which is the worst of all audits."),
                "targets": list_of(target, "The audits in the order of conformance.toml."),
            },
        ),
    )


def shard_schema() -> Schema:
    """Return the schema of shard.json."""
    return file_schema(
        "shard.json",
        record(
            "The shard that was audited, and all targets. `conformance merge` uses the file to notice missing shards.",
            {
                "format": format_of(SHARD_FORMAT),
                "shard": {
                    "type": "string",
                    "pattern": "^[1-9][0-9]*/[1-9][0-9]*$",
                    "description": "The number of the shard, and the number of all shards.",
                },
                "targets": of(tuple[str, ...], "The names of all targets in conformance.toml, in their order."),
            },
        ),
    )
