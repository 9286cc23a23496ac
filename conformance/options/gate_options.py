"""The options that configure a gate, as rows of the table of options."""

from __future__ import annotations

from conformance.options.option import Kind, Option, Surface

_GATE = frozenset({Surface.RUN, Surface.TOML, Surface.ENVIRONMENT})
"""Where the options of a gate can be set; `judge` and `report` have them as well."""

_REACTIONS = ("fail", "report")

GATE = (
    Option(
        "waivers",
        "TOML file with waivers (accepted violations), or a baseline. Repeatable. Waivers in conformance.toml apply to the targets in that file.",
        kind=Kind.TEXTS,
        metavar="FILE",
        on=_GATE,
    ),
    Option(
        "fail_on",
        "What fails the run: must (a broken MUST without a waiver), should (a broken MUST or SHOULD without a waiver), new (a"
        " broken MUST without a waiver or baseline entry), never (nothing).",
        choices=("must", "should", "new", "never"),
        default_text="new with a baseline, otherwise must",
        on=_GATE,
    ),
    Option(
        "expired",
        "Whether a violation with an expired waiver fails the run: fail or report.",
        choices=_REACTIONS,
        default="fail",
        on=_GATE,
    ),
    Option(
        "stale",
        "Whether a waiver that is no longer needed fails the run: fail or report.",
        choices=_REACTIONS,
        default="report",
        on=_GATE,
    ),
    Option(
        "flaky",
        "Whether a failure that could not be reproduced fails the run (fail) or is only reported (report).",
        choices=_REACTIONS,
        default="report",
        on=_GATE,
    ),
    Option(
        "edition",
        "Edition whose requirements can fail the run, for example 2026.11; newer requirements are only reported.",
        metavar="NAME",
        default_text="the one that a waivers file names; required for a gate",
        on=_GATE,
    ),
)
"""Waivers, policy and edition."""
