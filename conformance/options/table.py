"""The table of options of the command line, conformance.toml, the environment and pytest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from conformance.options.docs_option import DOCS_URL
from conformance.options.fleet_options import FLEET
from conformance.options.gate_options import GATE
from conformance.options.machine_options import MACHINES
from conformance.options.option import TARGET, Kind, Option, Surface
from conformance.options.retrieval_options import RETRIEVAL
from conformance.options.second_key_option import SECOND_KEY

_CLI = frozenset({Surface.RUN})
_WITH_PLAN = TARGET | {Surface.PLAN}
_SELECTED = frozenset({Surface.RUN, Surface.PLAN, Surface.TOML, Surface.ENVIRONMENT})

_ROWS = (
    Option(
        "target",
        "Base URL, as for an OpenAI SDK (http://localhost:8000/v1), or the name of a target in conformance.toml.",
        metavar="URL",
        default_text="the built-in reference endpoint; required in pytest",
        argument=True,
        toml_name="url",
        pytest_name="--target",
        on=_WITH_PLAN,
    ),
    Option(
        "all",
        "Audit every target in conformance.toml, with one summary and one exit code. "
        "To audit only some targets of conformance.toml, name them as arguments instead of using --all.",
        kind=Kind.FLAG,
        on=_CLI | {Surface.PLAN},
    ),
    *MACHINES,
    Option(
        "name",
        "Name of the target in reports, for example with its version or revision.",
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
        "Folder of a pack: a vendor's requirements and checks. The code of a pack runs with your user's permissions. May be repeated.",
        kind=Kind.TEXTS,
        metavar="DIR",
        on=_WITH_PLAN,
    ),
    Option(
        "key_env",
        "Name of the environment variable that holds the API key.",
        metavar="NAME",
        default_text="CONFORMANCE_API_KEY; for a vendor's host, the variable that its profile names",
        group="key",
        reference=False,
    ),
    Option("key_file", "File that holds the API key.", metavar="FILE", group="key", reference=False),
    Option(
        "key_cmd",
        "Command that prints the API key. The suite runs the key command without a shell, and runs it again when the key expires. The output of the key command is never shown.",
        kind=Kind.COMMAND,
        metavar="COMMAND",
        group="key",
        reference=False,
    ),
    Option(
        "key_header",
        "Name of the header that carries the API key, for example api-key.",
        metavar="NAME",
        default="authorization",
        reference=False,
    ),
    Option(
        "key_form",
        "Format of the key header: bearer (Bearer KEY) or plain (KEY).",
        choices=("bearer", "plain"),
        default_text="bearer for the header authorization, plain for others",
        reference=False,
    ),
    SECOND_KEY,
    Option("no_key", "Send no key, even if one is set.", kind=Kind.FLAG, group="key", reference=False),
    Option(
        "config",
        "TOML file with the settings of targets.",
        metavar="FILE",
        default_text="conformance.toml in the current folder",
        on=_WITH_PLAN - {Surface.TOML},
        reference=False,
    ),
    Option(
        "headers",
        "Header to send with every request: 'Name: value'. Repeat the option for several headers; in the environment variable, write one header per line.",
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
        "skip",
        "Leave out this requirement or area. Repeatable.",
        kind=Kind.TEXTS,
        metavar="ID",
        on=_SELECTED,
    ),
    Option(
        "level",
        "Test only requirements of at least this level: must (only MUST), should (MUST and SHOULD), or may (all).",
        choices=("must", "should", "may"),
        default_text="may, which is everything",
        on=_SELECTED,
    ),
    Option(
        "output",
        "Folder for the run file and the reports.",
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
        on=_WITH_PLAN,
    ),
    Option("rate", "Maximum number of requests per second.", kind=Kind.NUMBER, metavar="N", least=0.01, on=_WITH_PLAN),
    Option(
        "max_requests",
        "Stop the run after this many requests. The suite first sends the requests of the probes that find the most faults.",
        kind=Kind.WHOLE,
        metavar="N",
        least=1,
    ),
    Option("max_output_tokens", "Stop the run after this many output tokens.", kind=Kind.WHOLE, metavar="N", least=1),
    Option("max_seconds", "Stop the run after this many seconds.", kind=Kind.NUMBER, metavar="SECONDS", least=0.1),
    Option(
        "timeout",
        "Maximum duration of one request in seconds; also the longest wait for a target that sends no data.",
        kind=Kind.NUMBER,
        metavar="SECONDS",
        default_text="60, of which at most 30 without data",
        least=0.1,
    ),
    Option(
        "wait_ready",
        "Wait up to this many seconds for a target that is starting, until /models and a completion of one token are answered.",
        kind=Kind.NUMBER,
        metavar="SECONDS",
        default_text="do not wait",
        least=0.1,
    ),
    Option(
        "context_window",
        "The model's context window in tokens. If it is at most 20,000, the suite also sends a prompt that exceeds it.",
        kind=Kind.WHOLE,
        metavar="N",
        default_text="as /models or the profile says; at depth deep, longer and longer prompts are sent",
        least=1,
    ),
    Option(
        "ca_file",
        "PEM file with the certificate authority that signed the target's certificate.",
        metavar="FILE",
        reference=False,
    ),
    Option(
        "client_cert",
        "PEM file with the client certificate for mutual TLS, and optionally with the private key of the certificate.",
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
        "Allow sending the API key over unencrypted http to a host other than this machine.",
        kind=Kind.FLAG,
        negated=True,
        reference=False,
    ),
    Option(
        "depth",
        "Number of tests: smoke, quick, standard (about 160 generated cases), or deep (all generated cases, plus expensive"
        " ones: large schemas, hundreds of choices). With smoke, the suite runs the tests of quick that find the most faults with 40 requests.",
        default="quick",
        choices=("smoke", "quick", "standard", "deep"),
        group="depth",
        on=_WITH_PLAN,
    ),
    Option(
        "gentle",
        "Send only valid requests that store nothing, one at a time, for example to a target in production.",
        kind=Kind.FLAG,
        negated=True,
        on=_WITH_PLAN,
    ),
    Option("deep", "Same as --depth deep.", kind=Kind.FLAG, negated=True, group="depth"),
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
        "repeat",
        "Run each check N times, each time with new responses, and report how often the check fails.",
        kind=Kind.WHOLE,
        metavar="N",
        default=1,
        least=1,
        most=100,
    ),
    Option(
        "case",
        "Repeat one generated case of an earlier run, given by its id or its file RUN/cases/ID.json.",
        metavar="ID|FILE",
        on=frozenset({Surface.RUN, Surface.PYTEST}),
    ),
    Option(
        "spec",
        "The target's OpenAPI document. The suite generates requests from the target's OpenAPI document, and compares every response with the document.",
        metavar="FILE|URL",
        on=_WITH_PLAN,
    ),
    *RETRIEVAL,
    Option(
        "price_in",
        "Price of a million input tokens, to plan what a run costs.",
        kind=Kind.NUMBER,
        metavar="PRICE",
        least=0,
        on=frozenset({Surface.PLAN, Surface.TOML}),
    ),
    Option(
        "price_out",
        "Price of a million output tokens, to plan what a run costs.",
        kind=Kind.NUMBER,
        metavar="PRICE",
        least=0,
        on=frozenset({Surface.PLAN, Surface.TOML}),
    ),
    *FLEET,
    DOCS_URL,
    *GATE,
    Option("alluredir", "Also write Allure results to this folder.", metavar="DIR", on=_CLI),
    Option(
        "resume",
        "Resume the interrupted run in this folder. Requests that were answered in the interrupted run are not sent again.",
        metavar="DIR",
        on=frozenset({Surface.RUN, Surface.PYTEST}),
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
