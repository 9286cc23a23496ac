"""The reference page of the options: `python -m conformance.options.page --write docs/options.md`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.options.merge import negated
from conformance.options.option import Kind, Option, Surface
from conformance.options.table import OPTIONS

HEAD = """# Options

Generated from `conformance/options/table.py` by `python -m conformance.options.page --write docs/options.md`.

An option can be given on the command line, in the environment, in `conformance.toml`, and in pytest. Where several give it,
the strongest decides: **command line or pytest, then environment, then `conformance.toml`, then the default.** Headers of all
of them are sent. The options that say where the key comes from (`--key-env`, `--key-file`, `--no-key`, …) count as one: the
strongest place that gives one of them decides. So do `--depth` and `--deep`.

An invalid or empty value ends the run before anything is sent, with exit code 2 and one line that names the option as it was
written: the flag, the file with its key, or the variable.

Without a target, `conformance run` tests the built-in reference endpoint. An option that applies only to a target of yours is
then an error.

## Where the key comes from

One of `--key-env`, `--key-file` and `--key-cmd`; `--no-key` outdoes them. A command (`--key-cmd`) is split into words like a
shell would, and runs without a shell, without input and without a terminal, for 30 seconds at most. What it prints on stdout is
the key; neither that nor what it prints on stderr is ever shown. It runs before the first request, and again:

- when the key is a JSON Web Token, shortly before the time in `exp`;
- when a request is rejected with 401 although the key has worked before. That request is sent once more with the new key.

A `conformance.toml` with `key_cmd` runs that command, so name targets only of files that you trust.

All keys of a run are redacted from everything that is shown or written. When no new key can be had, what needs one is
`inconclusive`. A run with a key from a command is resumed only with its URL: `conformance run URL --resume DIR`.

## Through a proxy

Every connection is a tunnel (`CONNECT`), also to an `http` target and for WebSockets and HEAD, so that the proxy alters nothing
and its refusals are not taken for answers of the target. A proxy that allows tunnels to port 443 alone cannot be used for other
ports. Give its password in `CONFORMANCE_PROXY` rather than on the command line, which other users of the machine can read.
A document that `--spec` names by its URL is fetched without the proxy.

## All options

The environment variable named by `--key-env` holds the key itself. Variables such as `HTTPS_PROXY` and `SSL_CERT_FILE` are
ignored. A flag in the environment is `true` or `false`.
"""

_TYPES = {
    Kind.TEXT: "text",
    Kind.WHOLE: "whole number",
    Kind.NUMBER: "number",
    Kind.FLAG: "`true` or `false`",
    Kind.TEXTS: "texts",
    Kind.HEADERS: "`Name: value`; in TOML a table of texts",
    Kind.COMMAND: "command; in TOML a text or a list of texts",
}


def page(table: Mapping[str, Option] = OPTIONS) -> str:
    """The page as Markdown: an overview, then each option."""
    options = list(table.values())
    lines = [HEAD, *_overview(options), ""]
    for option in options:
        lines += _section(option)
    return "\n".join(lines)


def _overview(options: Iterable[Option]) -> list[str]:
    rows = ["| command line | `conformance.toml` | environment | pytest |", "|---|---|---|---|"]
    for option in options:
        cells = [_flags(option), *(f"`{name}`" if name else "" for name in _names(option)[1:])]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _names(option: Option) -> tuple[str, str, str, str]:
    def on(surface: Surface, name: str) -> str:
        return name if surface in option.on else ""

    return (
        on(Surface.RUN, option.metavar if option.argument else option.flag),
        on(Surface.TOML, option.toml),
        on(Surface.ENVIRONMENT, option.variable),
        on(Surface.PYTEST, option.pytest),
    )


def _flags(option: Option) -> str:
    first = option.metavar if option.argument else option.flag
    no = [negated(option.flag, option)] if option.negated else []
    return ", ".join(f"`{name}`" for name in ([option.short] if option.short else []) + [first, *no])


def _section(option: Option) -> list[str]:
    kind = option.bounds if option.choices else " ".join(filter(None, (_TYPES[option.kind], option.bounds)))
    facts = [f"- type: {kind}"]
    default = option.default_text or ("" if option.default is None else f"`{option.default}`")
    if default:
        facts.append(f"- default: {default}")
    if option.secret:
        facts.append("- secret: its value is redacted from everything that is shown or written")
    if Surface.PLAN in option.on:
        facts.append("- also an option of `conformance plan`")
    if not option.reference:
        facts.append("- does not apply to the built-in reference endpoint")
    return [f"## {_flags(option)}", "", option.help.replace("|", "\\|"), "", *facts, ""]


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    if chosen.write:
        chosen.write.write_text(page(), encoding="utf-8")
    else:
        print(page())  # noqa: T201 - the command's own output


if __name__ == "__main__":
    main()
