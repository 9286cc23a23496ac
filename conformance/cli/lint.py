"""Implements `conformance lint`, which checks a contract's OpenAPI document before a target is tested with it."""

from __future__ import annotations

from typing import Annotated

import typer

from conformance.cli import options


def lint(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|URL|PROFILE", help="An OpenAPI document, its URL, openai, or the name of a pack"),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    pack: options.Packs = None,
) -> None:
    """Lint an OpenAPI document: validity, contradictions, unsatisfiable schemas, undeclared parameters.

    The exit code is 0 without errors, 1 with errors, and 2 if the document cannot be read.
    """
    from conformance.cli.say import harmless
    from conformance.config.user_document import local
    from conformance.contract.lint import lint_file

    options.use_packs(pack)
    with local(source) as file:
        document, problems = lint_file(file)
    if json:
        import json as encoder

        from conformance.report.safe_text import for_json_text

        rows = [
            {"rule": p.rule, "error": p.error, "pointer": p.pointer, "line": p.line, "message": p.message}
            for p in problems
        ]
        typer.echo(for_json_text(encoder.dumps(rows, indent=2)))
    else:
        for each in problems:
            place = f"{source}:{each.line}" if each.line else source
            word = "error  " if each.error else "warning"
            said = f"{place}: {each.rule}: {each.message} ({each.pointer or '/'})"
            typer.echo(f"{word}  {harmless(said)}")
        errors = sum(each.error for each in problems)
        count = len(document.data["paths"])
        typer.echo(f"{count} paths, {errors} errors, {len(problems) - errors} warnings")
    raise typer.Exit(1 if any(each.error for each in problems) else 0)
