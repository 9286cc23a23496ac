"""The command line.

The commands of the command line. Each command imports its modules only when it runs, which keeps `--help` fast.
"""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from conformance import __version__
from conformance.cli import (
    baseline,
    compare,
    drift,
    editions,
    explain,
    judge,
    lint,
    listing,
    pack,
    plan,
    report,
    run,
    serve,
    share,
)
from conformance.cli.usage import Commands

_HELP = "Find out where an LLM endpoint departs from its own contract and from OpenAI's semantics."

app = typer.Typer(
    name="conformance",
    cls=Commands,
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"openai-conformance {__version__}")
        raise typer.Exit


@app.callback(help=_HELP)
def _options(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options before the command."""


app.command("run")(run.run)
app.command("list")(listing.list_requirements)
app.command("explain")(explain.explain)
app.command("plan")(plan.plan)
app.command("lint")(lint.lint)
app.command("judge")(judge.judge)
app.command("report")(report.report)
app.command("diff")(compare.diff)
app.command("compare")(compare.compare)
app.command("editions")(editions.editions)
app.command("share")(share.share)
app.command("serve")(serve.serve)
app.add_typer(pack.app, name="pack")
app.add_typer(baseline.app, name="baseline")
app.add_typer(drift.app, name="spec")


def main() -> None:
    """Run the command line. An error that the user can fix is printed as one line on stderr, with exit code 2."""
    from conformance.contract.errors import SpecError
    from conformance.options import TargetError
    from conformance.record.errors import RunFileError
    from conformance.recordings.errors import RecordingError

    gc.set_threshold(50_000, 20, 100)  # modules and exchanges stay, so there is little garbage to look for
    try:
        app()
    except (TargetError, SpecError, RunFileError, RecordingError) as error:
        from conformance.cli.say import fault

        fault(str(error))
        sys.exit(2)
    except SystemExit as ended:
        # typer makes an exit of an interrupt, and says nothing.
        if ended.__context__ is not None and isinstance(ended.__context__.__cause__, KeyboardInterrupt):
            print("conformance: interrupted", file=sys.stderr)  # noqa: T201 - the command line's own last word
        raise
