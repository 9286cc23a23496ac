"""The table of options of the command line, conformance.toml, the environment and pytest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from conformance.options.option import TARGET, Kind, Option, Surface

_CLI = frozenset({Surface.RUN})
_WITH_PLAN = TARGET | {Surface.PLAN}

_ROWS = (
    Option(
        "target",
        "Base URL, as for an OpenAI SDK (http://localhost:8000/v1), or the name of a target in conformance.toml.",
        metavar="URL",
        default_text="the built-in reference endpoint; required in pytest",
        argument=True,
        toml_name="url",
        pytest_name="--target",
    ),
    Option(
        "name",
        "What the target is called in reports, for example with its version or revision.",
        metavar="TEXT",
        default_text="its name in conformance.toml, or what it calls itself",
        on=TARGET - {Surface.TOML},
    ),
    Option("model", "Model to test.", metavar="ID", default_text="the first model that /models lists"),
    Option(
        "profile",
        "Profile of the target: openai, the name of a pack, or a YAML file.",
        metavar="NAME|FILE",
        default_text="openai",
        on=_WITH_PLAN,
    ),
    Option(
        "pack",
        "Folder of a pack: a vendor's requirements and checks. A pack is code, which runs with your rights. May be repeated.",
        kind=Kind.TEXTS,
        metavar="DIR",
        on=_WITH_PLAN,
    ),
    Option(
        "key_env",
        "Environment variable with the key.",
        metavar="NAME",
        default_text="CONFORMANCE_API_KEY; for a vendor's host, the variable that its profile names",
        group="key",
        reference=False,
    ),
    Option("key_file", "File with the key.", metavar="FILE", group="key", reference=False),
    Option(
        "key_cmd",
        "Command that prints the key. It runs without a shell, again when the key expires, and its output is never shown.",
        kind=Kind.COMMAND,
        metavar="COMMAND",
        group="key",
        reference=False,
    ),
    Option(
        "key_header",
        "Header for the key, for example api-key.",
        metavar="NAME",
        default="authorization",
        reference=False,
    ),
    Option(
        "key_form",
        "Format of the key header: bearer (Bearer KEY) or plain (KEY).",
        metavar="bearer|plain",
        choices=("bearer", "plain"),
        default_text="bearer for the header authorization, plain for others",
        reference=False,
    ),
    Option("no_key", "Send no key, even if one is set.", kind=Kind.FLAG, group="key", reference=False),
    Option(
        "config",
        "TOML file with targets.",
        metavar="FILE",
        default_text="conformance.toml in the current folder",
        on=TARGET - {Surface.TOML},
        reference=False,
    ),
    Option(
        "headers",
        "Header to send with every request: 'Name: value'. Repeatable; in the environment, one per line.",
        kind=Kind.HEADERS,
        metavar="HEADER",
        secret=True,
        flag_name="header",
    ),
    Option(
        "only",
        "Test only this requirement or area, for example chat.stop. Repeatable.",
        kind=Kind.TEXTS,
        metavar="ID",
        on=frozenset({Surface.RUN, Surface.PLAN, Surface.PYTEST}),
        pytest_name="--requirement",
    ),
    Option(
        "output",
        "Folder for the run and its reports.",
        metavar="DIR",
        default_text="reports/TARGET/TIME; in pytest, none",
        on=frozenset({Surface.RUN, Surface.PYTEST}),
    ),
    Option(
        "concurrency",
        "Maximum number of concurrent requests.",
        kind=Kind.WHOLE,
        metavar="N",
        default=8,
        least=1,
        most=1024,
    ),
    Option("rate", "Maximum number of requests per second.", kind=Kind.NUMBER, metavar="N", least=0.01),
    Option("max_requests", "Stop after this many requests.", kind=Kind.WHOLE, metavar="N", least=1),
    Option("max_output_tokens", "Stop after this many output tokens.", kind=Kind.WHOLE, metavar="N", least=1),
    Option("max_seconds", "Stop after this many seconds.", kind=Kind.NUMBER, metavar="SECONDS", least=0.1),
    Option(
        "timeout",
        "Maximum seconds for one request, including time without data.",
        kind=Kind.NUMBER,
        metavar="SECONDS",
        default_text="60, of which at most 30 without data",
        least=0.1,
    ),
    Option(
        "ca_file",
        "PEM file with the certificate authority that signed the target's certificate.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "client_cert",
        "PEM file with the client certificate for mutual TLS. It may include the private key.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "client_key",
        "PEM file with the client certificate's private key, unencrypted.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "proxy",
        "HTTP proxy for all connections to the target: http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ if required.",
        metavar="URL",
        secret=True,
        default_text="none; proxy variables of the environment are ignored",
        reference=False,
    ),
    Option(
        "allow_plain_http",
        "Allow sending the key to another host over unencrypted http.",
        kind=Kind.FLAG,
        negated=True,
        reference=False,
    ),
    Option(
        "depth",
        "Number of tests: quick, standard (about 160 generated cases), or deep (all generated cases, plus expensive ones:"
        " large schemas, hundreds of choices).",
        metavar="quick|standard|deep",
        default="quick",
        choices=("quick", "standard", "deep"),
        group="depth",
        on=_WITH_PLAN,
    ),
    Option("deep", "The same as --depth deep.", kind=Kind.FLAG, negated=True, group="depth"),
    Option(
        "seed",
        "Seed for the generated cases. The same seed generates the same cases.",
        kind=Kind.WHOLE,
        metavar="N",
        default=20260131,
        least=0,
        on=_WITH_PLAN,
    ),
    Option(
        "case",
        "Repeat one generated case of an earlier run, given by its id or its file RUN/cases/ID.json.",
        metavar="ID|FILE",
        on=_CLI,
    ),
    Option(
        "spec",
        "The target's OpenAPI document. Requests are generated from it, and every response is also checked against it.",
        metavar="FILE|URL",
        on=_WITH_PLAN,
    ),
    Option("alluredir", "Also write Allure results to this folder.", metavar="DIR", on=_CLI),
    Option(
        "resume",
        "Resume the interrupted run in this folder. Answered requests are not repeated.",
        metavar="DIR",
        on=_CLI,
    ),
    Option(
        "quiet",
        "Print nothing; use the exit code and the reports.",
        kind=Kind.FLAG,
        short="-q",
        on=_CLI,
    ),
    Option("json", "Print report.json on stdout instead of the summary.", kind=Kind.FLAG, on=_CLI),
)

OPTIONS: Mapping[str, Option] = MappingProxyType({row.name: row for row in _ROWS})
