"""Finds credentials in headers, URLs and recorded exchanges, by the names in credentials.yaml."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from conformance.cached import kept
from conformance.wire.exchange import Exchange

_FILE = Path(__file__).with_name("credentials.yaml")
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
_TELLING = re.compile(r"auth|key|token|secret|cookie|credential|signature|password|session|jwt", re.IGNORECASE)
_USER_INFO = re.compile(r"://([^/?#\s@]*@)*[^/?#\s@]*@")
# What a recorder writes in place of a credential.
_PLACEHOLDER = re.compile(
    r"redacted|filtered|scrubbed|removed|hidden|dummy|placeholder|\*{3}|x{4}|^<.*>$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of headers and parameters that credentials.yaml lists.

    `headers` maps the name of each header to the text before the credential in the header's value, usually "".
    """

    schemes: frozenset[str]
    headers: Mapping[str, str]
    in_url: re.Pattern[str]
    """Matches a URL parameter with a credential: its name with the surrounding characters, then the value."""
    in_text: re.Pattern[str]
    """The same within a sentence, where whitespace, a quote or a bracket also ends the value."""


@cache
def names() -> Names:
    """Return all names in credentials.yaml, which is read only once."""
    data = kept("credentials", (_FILE,), _read)
    spelled = "|".join(re.escape(each["name"]).replace(r"\-", "[-_]?") for each in data["parameters"])
    return Names(
        schemes=frozenset(each["name"] for each in data["schemes"]),
        headers={each["name"]: each.get("prefix", "") for each in data["headers"]},
        in_url=re.compile(rf"([?&;#](?:{spelled})=)([^&;#]*)", re.IGNORECASE),
        in_text=re.compile(rf"([?&;#](?:{spelled})=)(\[redacted\]|[^&;#\s\"'`<>)\]}}]*)", re.IGNORECASE),
    )


def _read() -> Any:
    import yaml  # most processes need no parser

    return yaml.load(_FILE.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def is_credential(name: str) -> bool:
    """Return whether a header with the given name usually contains a credential."""
    return name.strip().lower() in names().headers


def may_be_credential(name: str, value: str) -> bool:
    """Return whether the name or authentication scheme of a header set by the user indicates a credential."""
    scheme, _, rest = value.strip().partition(" ")
    return is_credential(name) or bool(_TELLING.search(name)) or (bool(rest) and scheme.lower() in names().schemes)


def secrets_in(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the credentials in headers set by the user: tokens without authentication scheme, cookies and passwords.

    A value counts as a credential if the name of its header is known to mark credentials, or if the value has at least
    eight characters.
    """
    found = []
    for name, value in headers:
        plain = name.strip().lower()
        if plain in _HARMLESS_HEADERS:
            continue
        least = 1 if plain in names().headers else _MIN_HEADER_SECRET
        found += [part for part in _parts(plain, value) if len(part) >= least]
    return found


def _parts(name: str, value: str) -> Iterator[str]:
    """Return the secrets in a header value: each cookie, the password of Basic, or the text after a known prefix."""
    prefix = names().headers.get(name, "")
    if prefix:
        yield from (part.strip().removeprefix(prefix) for part in value.split(",") if prefix in part)
        return
    if "cookie" in name:
        cookies = value.split(";")[:1] if name == "set-cookie" else value.split(";")
        yield from ((cookie.partition("=")[2] or cookie).strip() for cookie in cookies)
        return
    scheme, _, rest = value.strip().partition(" ")
    known = bool(rest) and scheme.lower() in names().schemes
    yield (rest if known else value).strip()
    if known and scheme.lower() == "basic":
        yield from _passwords(rest)


def _passwords(coded: str) -> Iterator[str]:
    try:
        password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return
    if len(password) >= _MIN_HEADER_SECRET:
        yield password


def secrets_in_url(url: str) -> list[str]:
    """Return the password and other credentials in a URL, both as written and percent-decoded.

    The value of a URL parameter is a credential if credentials.yaml lists the name of the parameter.
    """
    found: list[str] = []
    if "@" in url and (match := _USER_INFO.search(url)):
        user, _, password = match.group()[3:-1].partition(":")
        found.append(password or user)
    if "=" in url:
        found += (match[2] for match in names().in_url.finditer(url))
    return [each for value in found for each in dict.fromkeys((value, unquote(value))) if each]


def recorded_secrets(exchange: Exchange) -> Iterator[str]:
    """Return the credentials in a recorded exchange.

    Credentials that are too short are not returned, because a search for them in the recording would also find other
    texts.

    Credentials are searched for in the request, and in cookies that the response sets. Placeholders that the recording
    program inserted for credentials are not returned.
    """
    known = names().headers
    sent = [pair for pair in exchange.request.headers if pair[0].lower() in known]
    given = [pair for pair in exchange.headers if pair[0].lower() == "set-cookie"]
    if not sent and not given and "=" not in exchange.request.url and "@" not in exchange.request.url:
        return
    for value in (*secrets_in(sent), *secrets_in_url(exchange.request.url), *secrets_in(given)):
        if len(value) >= _MIN_HEADER_SECRET and not _PLACEHOLDER.search(value):
            yield value
