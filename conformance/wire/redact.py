"""Takes credentials out of everything that leaves: the given secrets in all their spellings, and telling headers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from conformance.wire.exchange import Exchange, Failure, Request
from conformance.wire.messages import events_in

REDACTED = "[redacted]"
MIN_SECRET = 4
"""Shorter secrets are not looked for: taking every `a` out of a report hides nothing and ruins it."""

CREDENTIAL_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "apikey",
        "x-auth-token",
        "x-access-token",
        "x-goog-api-key",
        "x-amz-security-token",
        "x-functions-key",
        "ocp-apim-subscription-key",
        "openai-organization",
        "openai-project",
        "cf-access-client-id",
        "cf-access-client-secret",
        "x-csrf-token",
        "x-xsrf-token",
    }
)
"""Headers whose value is never kept, whatever it is."""

SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey", "negotiate"})
"""Words before a credential that may stay; anything else might be the credential."""

_CREDENTIAL_PARAMETER = re.compile(
    r"([?&;](?:api[-_]?key|key|access_token|token|sig|signature|password|secret)=)[^&;#]*", re.IGNORECASE
)
_USER_INFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")
_MIN_BASE64 = 6  # fewer certain characters would be found by chance
_HTML_NAMES = {"&": ("&amp;",), "<": ("&lt;",), ">": ("&gt;",), '"': ("&quot;",), "'": ("&apos;",)}
_NEVER = r"(?!)"  # found nowhere
_BACKSLASHED = '/"\\'
# A space is a plus in a form. base64 has two alphabets; for a secret itself the other spelling does no harm.
_ALPHABETS = {" ": "+", "+": "-", "-": "+", "/": "_", "_": "/"}

_HARMLESS_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-type",
        "host",
        "user-agent",
    }
)
_MIN_HEADER_SECRET = 8  # `x-tenant: blue` is no secret, and `blue` is a word that answers use


def secrets_in(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The header values, given by the user, that may be credentials; without their scheme word, and part by part.

    A header whose name tells a credential counts whatever its length, any other from eight characters on.
    """
    found = []
    for name, value in headers:
        known = name.strip().lower() in CREDENTIAL_HEADERS
        if name.strip().lower() in _HARMLESS_HEADERS:
            continue
        scheme, _, rest = value.strip().partition(" ")
        parts = [rest] if rest and scheme.lower() in SCHEMES else [value]
        if "cookie" in name.lower():
            parts = [part.partition("=")[2] or part for part in value.split(";")]
        found += [part.strip() for part in parts if known or len(part.strip()) >= _MIN_HEADER_SECRET]
    return found


class Redactor:
    """Replaces every occurrence of the secrets by `[redacted]`.

    A secret is found as it is; with any of its characters escaped as in a URL, JSON (also JSON within JSON), HTML or
    XML; in hexadecimal; and within base64 at any alignment (both alphabets). Secrets shorter than four characters
    are not looked for.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        kept = sorted(
            {secret.strip() for secret in secrets if len(secret.strip()) >= MIN_SECRET}, key=len, reverse=True
        )
        self._text = _Spellings.of(kept)
        # A body that is not UTF-8 is searched byte by byte, each byte as one character.
        self._binary = _Spellings.of([secret.encode("utf-8", "surrogatepass").decode("latin-1") for secret in kept])

    def text(self, text: str) -> str:
        """`text` without the secrets."""
        return self._text.taken_out(text)

    def bytes(self, data: bytes) -> bytes:
        """`data` without the secrets, whether it is UTF-8 or not."""
        try:
            return self._text.taken_out(data.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            return self._binary.taken_out(data.decode("latin-1")).encode("latin-1")

    def data(self, data: Any) -> Any:
        """JSON-like data without the secrets, in keys too. Tuples become lists."""
        match data:
            case str():
                return self.text(data)
            case dict():
                return {self.data(key): self.data(value) for key, value in data.items()}
            case list() | tuple():
                return [self.data(item) for item in data]
            case _:
                return data

    def header(self, name: str, value: str) -> str:
        """The value of a header as it may be kept: of a credential only its scheme word (`Bearer [redacted]`)."""
        if name.strip().lower() not in CREDENTIAL_HEADERS:
            return self.text(value)
        scheme, space, rest = value.strip().partition(" ")
        return f"{scheme} {REDACTED}" if space and rest and scheme.lower() in SCHEMES else REDACTED

    def url(self, url: str) -> str:
        """A URL without secrets, user and password, and the values of parameters named like credentials."""
        url = _USER_INFO.sub(rf"\g<1>{REDACTED}@", url)
        return self.text(_CREDENTIAL_PARAMETER.sub(rf"\g<1>{REDACTED}", url))

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers as they may be kept."""
        return tuple((self.text(name), self.header(name, value)) for name, value in headers)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange as it may be kept; its events are read again from the redacted body."""
        return replace(
            self.response(exchange), request=self._request(exchange.request), probe=self.text(exchange.probe)
        )

    def response(self, exchange: Exchange) -> Exchange:
        """An exchange whose response may be kept; its request is as it was sent."""
        body = self.bytes(exchange.body)
        events = exchange.events
        if events and body != exchange.body:
            events = events_in(exchange.request, body, [event.at_ms for event in events])
        return replace(
            exchange,
            headers=self.headers(exchange.headers),
            body=body,
            events=events,
            failure=self._failure(exchange.failure),
            attempts=tuple(
                replace(attempt, failure=self._failure(attempt.failure), headers=self.headers(attempt.headers))
                for attempt in exchange.attempts
            ),
        )

    def _request(self, request: Request) -> Request:
        return replace(
            request,
            url=self.url(request.url),
            headers=self.headers(request.headers),
            body=self.bytes(request.body),
        )

    def _failure(self, failure: Failure | None) -> Failure | None:
        return replace(failure, message=self.text(failure.message)) if failure else None


@dataclass(frozen=True, slots=True)
class _Spellings:
    """Every spelling of every secret, longest secret first.

    `hint` finds what each spelling has some of: the secret as it is, or the beginning of an escape. Most texts have
    neither, and are done with it several times sooner than with `all`.
    """

    all: re.Pattern[str]
    hint: re.Pattern[str]

    @classmethod
    def of(cls, secrets: list[str]) -> _Spellings:
        """The spellings of these secrets."""
        spellings: list[str] = []
        hints = [r"\\[uU]", "%", "&"]
        for secret in secrets:
            raw = secret.encode("utf-8", "surrogatepass")
            cores = [secret, *_base64_cores(raw)]
            spellings.append("".join(map(_any_escape, secret)))
            spellings.append("".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in raw.hex()))
            spellings += ("".join(map(_any_escape, core)) for core in cores[1:])
            hints += [spellings[-len(cores)], *("".join(map(_other_alphabet, core)) for core in cores)]
            hints += (rf"\\{re.escape(char)}" for char in _BACKSLASHED if any(char in core for core in cores))
        return cls(re.compile("|".join(spellings) or _NEVER), re.compile("|".join(hints)))

    def taken_out(self, text: str) -> str:
        """`text` without them."""
        return self.all.sub(REDACTED, text) if self.hint.search(text) else text


def _base64_cores(raw: bytes) -> Iterable[str]:
    """The characters that base64 of any text with `raw` inside must contain, for each of the three alignments."""
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + raw).decode()
        first = (0, 2, 3)[offset]  # characters that depend on what comes before
        core = coded[first : (offset + len(raw)) * 8 // 6]
        if len(core) >= _MIN_BASE64:
            yield core


def _other_alphabet(char: str) -> str:
    """An expression for one character without an escape."""
    return f"[{re.escape(char)}{re.escape(_ALPHABETS[char])}]" if char in _ALPHABETS else re.escape(char)


def _any_escape(char: str) -> str:
    """An expression for one character, as it is or escaped in any way it may be on its way through us.

    Repetitions are bounded: a hostile body must not make the search quadratic.
    """
    code = ord(char)
    units = char.encode("utf-16-be", "surrogatepass").hex()
    spellings = [
        rf"\\{{1,8}}u{units[:4]}" if len(units) == 4 else rf"\\{{1,8}}u{units[:4]}\\{{1,8}}u{units[4:]}",
        "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass")),
        rf"&#0{{0,8}}{code};",
        rf"&#x0{{0,8}}{code:x};",
    ]
    spellings = [f"(?i:{spelling})" for spelling in spellings]
    spellings += map(re.escape, _HTML_NAMES.get(char, ()))
    if char in _BACKSLASHED:
        spellings.append(rf"\\{{1,8}}{re.escape(char)}")
    if char in _ALPHABETS:
        spellings.append(re.escape(_ALPHABETS[char]))
    # Escapes first: a `%` is the beginning of its own.
    return f"(?:{'|'.join(spellings)}|{re.escape(char)})"
