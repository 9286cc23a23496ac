"""The command line.

The commands of the command line. Only the module of the command that runs is imported, and each command imports its
other modules only when it runs.
"""

from __future__ import annotations

import gc
import sys
from typing import Annotated, Any

import typer

from conformance import __version__
from conformance.cli.usage import Commands, LateCommands
from conformance.errors import ConformanceError

_HELP = "Find out where an LLM endpoint departs from its own contract and from OpenAI's semantics."

_COMMANDS = LateCommands(
    {
        "run": "conformance.cli.run:run",
        "list": "conformance.cli.listing:list_requirements",
        "explain": "conformance.cli.explain:explain",
        "plan": "conformance.cli.plan:plan",
        "lint": "conformance.cli.lint:lint",
        "judge": "conformance.cli.judge:judge",
        "verify": "conformance.cli.verify:verify",
        "report": "conformance.cli.report:report",
        "diff": "conformance.cli.compare:diff",
        "compare": "conformance.cli.compare:compare",
        "merge": "conformance.cli.merge:merge",
        "document": "conformance.cli.document:document",
        "editions": "conformance.cli.editions:editions",
        "share": "conformance.cli.share:share",
        "serve": "conformance.cli.serve:serve",
        "pack": "conformance.cli.pack:app",
        "baseline": "conformance.cli.baseline:app",
        "spec": "conformance.cli.drift:app",
        "store": "conformance.cli.store:app",
        "query": "conformance.cli.store:query",
        "history": "conformance.cli.store:history",
        "site": "conformance.cli.site:site",
    }
)


class _AllCommands(Commands):
    """The group of all commands."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.commands = _COMMANDS


app = typer.Typer(
    name="conformance",
    cls=_AllCommands,
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


def main() -> None:
    """Run the command line of the suite.

    An error that the user can fix is printed as one line on stderr, with exit code 2.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # its command line imports rich, unused here
    gc.set_threshold(50_000, 20, 100)  # modules and exchanges stay, so there is little garbage to look for
    try:
        app()
    except ConformanceError as error:
        from conformance.cli.say import fault
        from conformance.contract.errors import SpecError
        from conformance.options import TargetError
        from conformance.record.errors import RunFileError
        from conformance.recordings.errors import RecordingError
        from conformance.store.errors import StoreError

        if not isinstance(error, TargetError | SpecError | RunFileError | RecordingError | StoreError):
            raise
        fault(str(error))
        sys.exit(2)
    except SystemExit as ended:
        # typer makes an exit of an interrupt, and says nothing.
        if ended.__context__ is not None and isinstance(ended.__context__.__cause__, KeyboardInterrupt):
            print("conformance: interrupted", file=sys.stderr)  # noqa: T201 - the command line's own last word
        raise
