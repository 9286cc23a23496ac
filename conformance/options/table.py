"""The table of options. A row here is an option of the command line, of conformance.toml, of the environment and of pytest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from conformance.options.option import TARGET, Kind, Option, Surface

_CLI = frozenset({Surface.RUN})
_WITH_PLAN = TARGET | {Surface.PLAN}

_ROWS = (
    Option(
        "target",
        "Base URL as an OpenAI SDK takes it (http://localhost:8000/v1), or the name of a target in conformance.toml.",
        metavar="URL",
        default_text="the built-in reference endpoint; pytest needs one",
        argument=True,
        toml_name="url",
        pytest_name="--target",
    ),
    Option("model", "Model to ask for.", metavar="ID", default_text="the first that /models lists"),
    Option(
        "profile",
        "Family of the target: openai, the name of a pack, or the YAML file of a profile.",
        metavar="NAME|FILE",
        default_text="openai",
        on=_WITH_PLAN,
    ),
    Option(
        "key_env",
        "Environment variable that holds the key.",
        metavar="NAME",
        default_text="CONFORMANCE_API_KEY, or at the vendor's own host the variable of its profile",
        group="key",
        reference=False,
    ),
    Option("key_file", "File that holds the key.", metavar="FILE", group="key", reference=False),
    Option(
        "key_cmd",
        "Command that prints the key. It runs without a shell, and again when the key expires. Its output is never shown.",
        kind=Kind.COMMAND,
        metavar="COMMAND",
        group="key",
        reference=False,
    ),
    Option(
        "key_header",
        "Header that carries the key, for example api-key.",
        metavar="NAME",
        default="authorization",
        reference=False,
    ),
    Option(
        "key_form",
        "How the header carries the key: after the word Bearer, or plain.",
        metavar="bearer|plain",
        choices=("bearer", "plain"),
        default_text="bearer in the header authorization, plain in any other",
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
        "Header to send with every request: 'Name: value'. May be repeated; in the environment one a line.",
        kind=Kind.HEADERS,
        metavar="HEADER",
        secret=True,
        flag_name="header",
    ),
    Option(
        "only",
        "Only this requirement or area (chat.stop). May be repeated.",
        kind=Kind.TEXTS,
        metavar="ID",
        on=frozenset({Surface.RUN, Surface.PLAN, Surface.PYTEST}),
        pytest_name="--requirement",
    ),
    Option(
        "output",
        "Folder for the run and its reports.",
        metavar="DIR",
        default_text="reports/TARGET/TIME; pytest writes none without it",
        on=frozenset({Surface.RUN, Surface.PYTEST}),
    ),
    Option("concurrency", "Requests in flight at once.", kind=Kind.WHOLE, metavar="N", default=8, least=1, most=1024),
    Option("rate", "Requests started per second at most.", kind=Kind.NUMBER, metavar="N", least=0.01),
    Option("max_requests", "Stop after so many requests.", kind=Kind.WHOLE, metavar="N", least=1),
    Option("max_output_tokens", "Stop after so many output tokens.", kind=Kind.WHOLE, metavar="N", least=1),
    Option("max_seconds", "Stop after so many seconds.", kind=Kind.NUMBER, metavar="SECONDS", least=0.1),
    Option(
        "timeout",
        "Seconds that one request may take, silence included.",
        kind=Kind.NUMBER,
        metavar="SECONDS",
        default_text="60, of which 30 of silence",
        least=0.1,
    ),
    Option(
        "ca_file",
        "PEM file of the authority that signed the target's certificate.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "client_cert",
        "PEM file of the certificate that is shown to the target (mutual TLS). It may hold the private key as well.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "client_key",
        "PEM file of the client certificate's private key, not encrypted.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "proxy",
        "HTTP proxy for all connections to the target: http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ if it asks"
        " for them.",
        metavar="URL",
        secret=True,
        default_text="none; the environment's proxies are ignored",
        reference=False,
    ),
    Option(
        "allow_plain_http",
        "Send the key over plain http to another host.",
        kind=Kind.FLAG,
        negated=True,
        reference=False,
    ),
    Option(
        "depth",
        "How much is tested: quick, standard (about 160 generated cases), or deep (all generated cases, plus expensive"
        " ones: large schemas, hundreds of choices).",
        metavar="quick|standard|deep",
        default="quick",
        choices=("quick", "standard", "deep"),
        group="depth",
        on=_WITH_PLAN,
    ),
    Option("deep", "Short for --depth deep.", kind=Kind.FLAG, negated=True, group="depth"),
    Option(
        "seed",
        "Seed of the generated cases. The same seed gives the same cases.",
        kind=Kind.WHOLE,
        metavar="N",
        default=20260131,
        least=0,
        on=_WITH_PLAN,
    ),
    Option(
        "case",
        "Repeat one generated case of an earlier run: its id, or its file RUN/cases/ID.json.",
        metavar="ID|FILE",
        on=_CLI,
    ),
    Option(
        "spec",
        "The target's own OpenAPI document. Requests are generated from it, and every response is judged by it, too.",
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
