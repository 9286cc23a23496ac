"""The endpoint under test: base URL, credential, model, profile and limits, all fixed before the first request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.config.base_url import base_of
from conformance.config.depth import SEED, Depth
from conformance.config.profile import Profile
from conformance.config.retrieval import Retrieval
from conformance.options import TargetError
from conformance.wire import Limits, Redactor, Route, Tokens, secrets_in, secrets_in_url

if TYPE_CHECKING:
    from conformance.config.saved_case import SavedCase

BEARER_HEADER = "authorization"


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a million input tokens and of a million output tokens; None means unknown."""

    input: float | None = None
    output: float | None = None

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Return the cost of these tokens; tokens with an unknown price cost nothing."""
        return (input_tokens * (self.input or 0.0) + output_tokens * (self.output or 0.0)) / 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """The maximum time, requests, tokens and cost of a run; None means unlimited.

    Checks whose requests exceed the budget are `inconclusive: budget-exhausted`. `cost` has the currency of
    `prices`, which are used only to compute the cost.
    """

    requests: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    cost: float | None = None
    prices: Prices = field(default_factory=Prices)


@dataclass(frozen=True, slots=True)
class Pace:
    """The maximum number of concurrent requests, and of requests per second (None: unlimited)."""

    concurrency: int = 8
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The endpoint under test.

    `key` is the API key, which is never written to a file; `key_env` is the environment variable that has the key. If a
    command prints the API key, `key` is a placeholder that `tokens` replaces by the printed key in each request.
    `key_header` is the lower-case name of the header with the API key; `key_form` is "bearer", "plain", or "" for the
    usual form of that header. `second_key` is the API key of another account, from the environment variable
    `second_key_env`; None if the user named none. `url` is the base URL for an OpenAI SDK, without a trailing slash.
    `deep` is true if expensive test cases are included. `depth` and `seed` determine which generated cases are sent; if
    `case` is set, only that case is sent. `spec` is the file or URL of the profile's OpenAPI document if the user named
    one, otherwise "". `repeat` is the number of times that each check is judged. If `gentle` is true, the run sends
    only valid requests that store nothing. `wait_ready` is the number of seconds to wait for a target that is starting.
    `context_window` is the size of the context window in tokens; 0 if the user did not state it. `retrieval` is the
    storage bucket with which retrieval is tested; None if the user named none. `region` and `labels` have no effect on
    the requests: reports and comparisons show them. `docs_url` is the documentation site to which reports link; "" if
    there is none.
    """

    url: str
    profile: Profile
    model: str | None = None
    key: str | None = field(default=None, repr=False)
    key_env: str = "CONFORMANCE_API_KEY"
    second_key: str | None = field(default=None, repr=False)
    second_key_env: str = ""
    name: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    key_header: str = BEARER_HEADER
    key_form: str = ""
    tokens: Tokens | None = field(default=None, repr=False, compare=False)
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    deep: bool = False
    depth: Depth = Depth.QUICK
    seed: int = SEED
    case: SavedCase | None = None
    spec: str = ""
    repeat: int = 1
    gentle: bool = False
    wait_ready: float = 0.0
    context_window: int = 0
    retrieval: Retrieval | None = None
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    region: str = ""
    labels: tuple[str, ...] = ()
    docs_url: str = ""
    pace: Pace = field(default_factory=Pace)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secrets that the user provided: the API key, and credentials in headers and URLs."""
        keys = filter(None, (self.key, self.second_key))
        given = [*keys, *secrets_in(self.headers), *secrets_in_url(self.spec)]
        given += [*(self.tokens.used if self.tokens else ()), *secrets_in_url(self.proxy or "")]
        return tuple(dict.fromkeys(given))

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The environment variables with API keys, which the judging process does not receive."""
        return tuple(filter(None, (self.key_env, self.second_key_env)))

    @property
    def redactor(self) -> Redactor:
        """Return a redactor that removes all secrets of the target."""
        return self.follow(Redactor(self.secrets, headers=[self.key_header], second=self.second_key or ""))

    def follow(self, redactor: Redactor, least: int = 0) -> Redactor:
        """Let `redactor` also remove future access tokens of at least `least` characters, and return `redactor`."""
        if self.tokens is not None:
            self.tokens.follow(lambda token: redactor.learn(token) if len(token) >= least else None)
        return redactor

    def credential(self, key: str) -> tuple[str, str]:
        """Return the name and value of the header that carries the API key."""
        return self.key_header, f"Bearer {key}" if self.is_bearer else key

    @property
    def is_bearer(self) -> bool:
        """Whether the header has the word `Bearer` before the API key."""
        return (self.key_form or ("bearer" if self.key_header == BEARER_HEADER else "plain")) == "bearer"

    @property
    def route(self) -> Route:
        """How to reach the target: proxy and certificates."""
        return Route(self.ca_file or True, self.proxy, self.client_cert, self.client_key)

    @property
    def slug(self) -> str:
        """The name of the folder for the target's reports."""
        if self.name:
            return folder_name(self.name)
        parts = urlsplit(self.url)
        return folder_name(f"{parts.hostname}-{parts.port}" if parts.port else str(parts.hostname))


_RESERVED = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE
)  # devices of Windows, whatever the folder
_LONGEST_NAME = 80


def folder_name(text: str) -> str:
    """Return a safe folder name: no separator, no parent folder, no device name, neither hidden nor too long."""
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in text)[:_LONGEST_NAME].strip(".")
    return f"target-{name}".rstrip("-") if not name or _RESERVED.fullmatch(name) else name


__all__ = ["Budget", "Pace", "Prices", "Target", "TargetError", "checked_url"]

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def shown_url(url: str) -> str:
    """Return the part of an invalid URL that contains no credentials and may be shown."""
    if "@" in url:
        return "(a URL with credentials)"
    shown = url.partition("?")[0].partition("#")[0]
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)


def checked_url(url: str, *, sends: str = "", allow_plain: bool = False, proxy: str | None = None) -> str:
    """Check the base URL and return it without a trailing slash. Raises `TargetError` if the URL is invalid or unsafe.

    `sends` describes the credential that every request carries; `proxy` is the URL of a proxy, which would see the
    credential as well.
    """
    shown = shown_url(url)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        why = f" ({error})" if shown == url else ""  # what is wrong may quote what is not shown
        raise TargetError(f"{shown} is not a URL{why}. Give a base URL like http://localhost:8000/v1") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetError(f"{shown} is not an http(s) URL. Give a base URL like http://localhost:8000/v1")
    if parts.username or parts.password:
        raise TargetError("The URL carries credentials. Put the key in an environment variable and use --key-env")
    if parts.query or parts.fragment:
        raise TargetError(f"{shown}: a base URL has no query or fragment. Give it up to /v1")
    if base := base_of(url):
        raise TargetError(f"{shown} is the URL of one operation. Give the base URL: {base}")
    hosts = {parts.hostname, urlsplit(proxy).hostname if proxy else parts.hostname}
    if sends and parts.scheme == "http" and not hosts <= LOOPBACK and not allow_plain:
        raise TargetError(
            f"{shown} would send {sends} in plain text to another host. Use https, or --no-key and no such --header if"
            " it needs none, or --allow-plain-http if that network is yours"
        )
    why = why_unsendable(url)
    if why:
        raise TargetError(f"{shown} is not a URL that a request can be sent to ({why}). Correct it")
    return url.rstrip("/")


def why_unsendable(url: str) -> str:
    """Return why requests to a URL cannot be sent; "" if they can be sent."""
    if not url.isprintable() or " " in url:
        return "it has white space or a control character"
    from conformance.wire.attempt import build  # httpx is slow to import; `--help` does without
    from conformance.wire.exchange import Request, UnsendableRequestError

    try:
        build(Request("GET", url))
    except UnsendableRequestError as error:
        return str(error.__cause__ or error)
    return ""
