"""Generates the reference documentation of the options: `python -m conformance.options.page --write docs/options.md`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.options.merge import negated
from conformance.options.option import Kind, Option, Surface
from conformance.options.table import OPTIONS

HEAD = """# Options

This page is generated from `conformance/options/table.py` by
`python -m conformance.options.page --write docs/options.md`.

An option can be set on the command line, in the environment, in `conformance.toml`, or in pytest. If several places set
the same option, the order of precedence is: **command line or pytest, then environment, then `conformance.toml`, then
the default.** If several places set headers, the headers from all places are sent. The key options (`--key-env`,
`--key-file`, `--no-key`, …) count as one option: the place with the highest precedence that sets one of them decides.
`--depth` and `--deep` also count as one option: the place with the highest precedence that sets one of them decides.

If an option has an invalid or empty value, the run ends with exit code 2 before the first request. A one-line message
says where the wrong value was set: it names the flag, the variable, or the file and the key in the file.

Without a target, `conformance run` tests the built-in reference endpoint. When the reference endpoint is tested,
options that do not apply to it are an error.

## Where the key comes from

The key comes from `--key-env`, `--key-file` or `--key-cmd`; `--no-key` overrides them. The command of `--key-cmd` is
split into words like in a shell, but runs without a shell, input or terminal, for at most 30 seconds. The suite reads
the key from the standard output of the command, and never shows this output. The command runs before the first request,
and again in two cases:

- If the key is a JSON Web Token, the command runs again shortly before the time in `exp`.
- If a request is rejected with 401 although the key worked before, the suite runs the command again, and repeats this
  request with the new key.

With `--second-key-env`, the suite also sends requests with the key of another account, to test whether this account can
read, list or continue responses and conversations that the first account stored. The first key and the second key must
belong to different accounts, because keys of one account may share all objects. Commands and scripts in reports read
the second key from the environment variable `CONFORMANCE_SECOND_KEY`.

A `conformance.toml` with `key_cmd` runs that command, so use only files that you trust.

All keys of a run are redacted from everything that is shown or written. If the key expires and the command
in `key_cmd` prints no new key, checks whose requests need the new key are `inconclusive`. To resume a run whose key
comes from a command, name its URL: `conformance run URL --resume DIR`.

## Through a proxy

With `--proxy`, every connection to the target uses a tunnel (`CONNECT`), also to `http` targets and for WebSockets and
`HEAD`. Through the tunnel, the proxy cannot change messages, and the suite does not mistake errors of the proxy for
responses of the target. If a proxy allows tunnels only to port 443, it cannot be used for targets on other ports. Set
the password of the proxy in `CONFORMANCE_PROXY`, because other users of the machine can read the command line. The
suite fetches the document of `--spec URL` without the proxy.

## All options

The environment variables named by `--key-env` and `--second-key-env` hold the keys themselves. Variables such as `HTTPS_PROXY` and `SSL_CERT_FILE`
are ignored. If an option takes no value on the command line, its value in the environment is `true` or `false`.
"""

_TYPES = {
    Kind.TEXT: "text",
    Kind.WHOLE: "whole number",
    Kind.NUMBER: "number",
    Kind.FLAG: "`true` or `false`",
    Kind.TEXTS: "list of texts",
    Kind.HEADERS: "`Name: value`; in TOML a table",
    Kind.COMMAND: "command; in TOML text or a list of words",
}


def page(table: Mapping[str, Option] = OPTIONS) -> str:
    """Return the documentation of all options as Markdown: an overview, then a section for each option."""
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
        facts.append("- secret: the value is redacted from reports, files and terminal output")
    if Surface.PLAN in option.on:
        facts.append("- also an option of `conformance plan`")
    if not option.reference:
        facts.append("- does not apply to the built-in reference endpoint")
    return [f"## {_flags(option)}", "", option.help.replace("|", "\\|"), "", *facts, ""]


def main() -> None:
    """Print the documentation of the options, or write it to a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    if chosen.write:
        chosen.write.write_text(page(), encoding="utf-8")
    else:
        print(page())  # noqa: T201 - the command's own output


if __name__ == "__main__":
    main()
