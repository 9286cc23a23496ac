"""The command line. Each command imports what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from conformance.cli import compare, explain, judge, lint, listing, plan, report, run, serve


@contextmanager
def _harmless() -> Iterator[None]:
    """What is wrong with a command line is shown by the library, with the words of the user or the names of files in it."""
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if isinstance(message, str) and hasattr(error, "exit_code"):
            from conformance.cli.say import harmless

            error.message = harmless(message)  # type: ignore[attr-defined] # a usage error of click's, wherever typer has it from
        raise


class _Commands(TyperGroup):
    """The commands, whose usage errors are harmless to the terminal."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words before the command."""
        with _harmless():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Read the words behind the command, and run it."""
        with _harmless():
            return super().invoke(ctx)


app = typer.Typer(
    name="conformance",
    cls=_Commands,
    help="Find out where an LLM endpoint departs from its own contract and from OpenAI's semantics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("list")(listing.list_requirements)
app.command("explain")(explain.explain)
app.command("plan")(plan.plan)
app.command("lint")(lint.lint)
app.command("judge")(judge.judge)
app.command("report")(report.report)
app.command("diff")(compare.diff)
app.command("compare")(compare.compare)
app.command("serve")(serve.serve)


def main() -> None:
    """Run the command line; what the user can mend is one line on stderr and exit code 2."""
    from conformance.contract.errors import SpecError
    from conformance.record.errors import RunFileError
    from conformance.recordings.errors import RecordingError
    from conformance.target.target import TargetError

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
