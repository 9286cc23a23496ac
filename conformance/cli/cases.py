"""Describes the generated cases that a run saved: the smallest body, a curl command, and how to repeat each case."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.config.target import Target
    from conformance.record import RedactedRun

_BODY = 2_000
TEXT = "cases.txt"
"""The text file about the saved cases."""


def describe_cases(run: RedactedRun, directory: Path, target: Target) -> list[str]:
    """Write a text file about the saved cases of a run.

    Return a sentence that names the text file; return nothing if the run has no saved cases. The text file contains the
    name of the environment variable for the API key, but never the API key.
    """
    from conformance.config.saved_case import FOLDER, find_case
    from conformance.report.evidence import bounded_curl
    from conformance.report.safe_text import clip, for_terminal

    files = sorted((directory / FOLDER).glob("*.json"))
    if not files:
        return []
    lines = [f"Generated cases that the target does not handle ({target.depth}, seed {target.seed})"]
    for file in files:
        case = find_case(str(file))
        lines += ["", f"{case.id}  {case.requirement}", f"  sent    {clip(case.body, _BODY)}"]
        lines.append(f"  target  {clip(case.observed, _BODY)}")
        exchange = run.exchanges.get(case.exchange)
        if exchange is not None:
            lines.append(f"  {bounded_curl(exchange, target.key_env, 4_000)}")
        words = ["conformance", "run", run.header.target.url, *_how(run), "--case", str(file)]
        lines.append(f"  repeat  {shlex.join(words)}")
    text = directory / FOLDER / TEXT
    text.write_text("".join(f"{for_terminal(line)}\n" for line in lines), encoding="utf-8")
    many = f"{len(files)} generated case{'s' if len(files) > 1 else ''} of seed {target.seed}"
    return [f"{text} has {many}, each with a curl and a command to repeat it"]


def _how(run: RedactedRun) -> list[str]:
    """Return the options that addressed the target of a run, so that a repeated case has the same meaning."""
    settings, profile = run.header.settings, run.header.target.profile
    words = [] if profile == "openai" else ["--profile", str(settings.get("profile_file") or profile)]
    for name in ("key_header", "key_form"):
        words += [f"--{name.replace('_', '-')}", str(settings[name])] if settings.get(name) else []
    return [*words, *(["--spec", str(settings["spec"])] if settings.get("spec") else [])]
