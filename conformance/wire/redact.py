"""Removes credentials from texts, URLs and exchanges before they are written or shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.wire.credentials import is_credential, names
from conformance.wire.exchange import Exchange, Fact, Failure, Request
from conformance.wire.messages import events_in
from conformance.wire.pieces import without_pieces, without_tokens
from conformance.wire.spellings import REDACTED, SECOND_KEY, Spellings
from conformance.wire.wide import wide_coding, wide_spellings

MIN_SECRET = 4
"""Shorter secrets are not searched for: removing every `a` from a report hides nothing and ruins it."""

_Bytes = bytes  # within the class that is the name of a method
_MIN_CUT = 4
_MAX_HEADERS = 10_000
_LONGEST_KEPT = 200  # characters of a header that is remembered
_MAX_WIDE = 64
_MIN_END = 8  # most texts end where they end, perhaps with a word that a key begins with
_USER_INFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")
_USER_INFO_IN_TEXT = re.compile(r"(?<=://)[^/?#\s\"'<>]*@")
_CUT_IN_TEXT = re.compile(r"…|\Z")


class Redactor:
    """Replaces every occurrence of the secrets by `[redacted]`.

    A secret is found as plain text, in hexadecimal, and in base64 at any alignment, in both base64 alphabets. A secret
    is found even if some of its characters are escaped as in URLs, JSON (also nested JSON), HTML or XML. A secret is
    also found in UTF-16 or UTF-32 bodies. A secret may be spread over stream events or tokens, or truncated at the end
    of a body. Secrets shorter than four characters are ignored. The secrets in `others` are found only as plain text,
    because a recording may contain hundreds of them.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        others: Iterable[str] = (),
        headers: Iterable[str] = (),
        second: str = "",
    ) -> None:
        """`headers` are names of headers with credentials, in addition to the known ones.

        `second` is the one of the secrets that is the API key of another account.
        """
        self._second = second
        self._headers = frozenset(name.lower() for name in headers)
        self._know(secrets, others)

    def learn(self, secret: str) -> None:
        """Add a secret, which is removed from all texts and exchanges from now on."""
        self._know((*self._kept, secret), self._others)

    def _know(self, secrets: Iterable[str], others: Iterable[str]) -> None:
        kept = _longest_first(secrets)
        self._kept = kept
        self._others = [secret for secret in _longest_first(others) if secret not in kept]
        self._text = Spellings.of(kept)
        # A body that is not UTF-8 is searched byte by byte, each byte as one character.
        self._binary = Spellings.of([secret.encode("utf-8", "surrogatepass").decode("latin-1") for secret in kept])
        self._wide = wide_spellings([*kept, *self._others][:_MAX_WIDE])
        self._names = re.compile("|".join(map(re.escape, (*kept, *self._others))), re.IGNORECASE)
        self._seen: dict[tuple[str, str], tuple[str, str]] = {}  # headers, the same few in every exchange
        self._done: tuple[Exchange, object] | None = None  # the last response, and `_seen` at that time

    def text(self, text: str, *, cut: bool = False) -> str:
        """Return `text` without the secrets in it.

        If `cut` is true, a truncated secret at the end of the text is removed too.
        """
        for secret in self._others:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return self._text.taken_out(text, cut=cut) if self._kept else text

    def message(self, text: str) -> str:
        """Return a sentence without secrets, without credentials in its URLs, and without a truncated secret at its end."""
        if "://" in text:
            text = _USER_INFO_IN_TEXT.sub(f"{REDACTED}@", text)
        if "=" in text:
            text = names().in_text.sub(rf"\g<1>{REDACTED}", text)
        text = self.text(text)
        return self._without_cut(text) if self._kept or self._others else text

    def _without_cut(self, text: str) -> str:
        """Remove the beginning of a secret before an ellipsis or at the end, where an excerpt was truncated."""
        parts, done = [], 0
        for match in _CUT_IN_TEXT.finditer(text):
            at, least = match.start(), _MIN_CUT if match.group() else _MIN_END
            for secret in (*self._kept, *self._others):
                before = text[max(done, at - len(secret) + 1) : at]
                if secret[:least] not in before:
                    continue
                length = next((n for n in range(len(before), least - 1, -1) if before.endswith(secret[:n])), 0)
                if length:
                    parts.append(text[done : at - length] + REDACTED)
                    done = at
                    break
        return "".join(parts) + text[done:]

    def bytes(self, data: bytes, *, cut: bool = False) -> bytes:
        """Return `data` without the secrets, in any encoding.

        If `cut` is true, a secret that is truncated by the end of `data` is removed too.
        """
        if not self._kept and not self._others:
            return data
        if b"\0" in data:
            data = self._without_wide(data, cut=cut)
        try:
            return self.text(data.decode("utf-8"), cut=cut).encode("utf-8")
        except UnicodeDecodeError:
            for secret in self._others:
                data = data.replace(secret.encode("utf-8", "surrogatepass"), REDACTED.encode())
            return self._binary.taken_out(data.decode("latin-1"), cut=cut).encode("latin-1")

    def _without_wide(self, data: _Bytes, *, cut: bool) -> _Bytes:
        coding = wide_coding(data)
        if coding is not None:
            text, rest = coding.read(data)
            clean = self.text(text, cut=cut)
            if clean != text:
                data = coding.write(clean) + (b"" if cut else rest)
        return self._wide.sub(REDACTED.encode(), data)

    def data(self, data: Any) -> Any:
        """Return JSON-like data in which the secrets are removed from keys and values. Tuples become lists."""
        match data:
            case str():
                return self.message(data)
            case dict():
                return {
                    self.text(key) if isinstance(key, str) else key: self.data(value) for key, value in data.items()
                }
            case list() | tuple():
                return [self.data(item) for item in data]
            case _:
                return data

    def name(self, name: str) -> str:
        """Return a header's name without secrets, even if a secret is written in upper case or lower case."""
        return self._names.sub(REDACTED, self.text(name)) if self._kept or self._others else name

    def header(self, name: str, value: str) -> str:
        """Return the value of a header, with the credential in it redacted.

        Only the scheme of an `authorization` header is kept: `Bearer [redacted]`.
        """
        plain = name.strip().lower()
        if not is_credential(name) and plain not in self._headers:
            return self.message(value)
        if prefix := names().headers.get(plain):
            before, found, _ = value.partition(prefix)
            return f"{before}{prefix}{REDACTED}" if found else self.text(value)
        scheme, space, rest = value.strip().partition(" ")
        second = SECOND_KEY in value or (self._second and self._second in value)
        mark = SECOND_KEY if second else REDACTED
        return f"{scheme} {mark}" if space and rest and scheme.lower() in names().schemes else mark

    def url(self, url: str) -> str:
        """Return a URL without secrets, user, password, and values of query parameters that are named like a credential."""
        url = _USER_INFO.sub(rf"\g<1>{REDACTED}@", url)
        return self.text(names().in_url.sub(rf"\g<1>{REDACTED}", url))

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers without credentials."""
        return tuple(map(self._pair, headers))

    def _pair(self, pair: tuple[str, str]) -> tuple[str, str]:
        """Return a header without credentials, as found before if it is not new."""
        seen = self._seen
        if (clean := seen.get(pair)) is None:
            clean = self.name(pair[0]), self.header(*pair)
            if len(pair[0]) + len(pair[1]) <= _LONGEST_KEPT:
                if len(seen) >= _MAX_HEADERS:
                    seen.clear()
                seen[pair] = clean
        return clean

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange without secrets. The events of the exchange are decoded again from the redacted body."""
        return replace(self.response(exchange), request=self.request(exchange.request), probe=self.text(exchange.probe))

    def response(self, exchange: Exchange) -> Exchange:
        """Return the exchange with its response redacted and its request unchanged.

        A second call with the same exchange returns the same result, unless a secret was added after the first call.
        """
        seen = self._seen
        if self._done is not None and self._done[0] is exchange and self._done[1] is seen:
            return exchange
        body = self._body(exchange)
        events = exchange.events
        if events and body != exchange.body:
            events = events_in(exchange.request, body, [event.at_ms for event in events])
        clean = replace(
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
        self._done = clean, seen
        return clean

    def _body(self, exchange: Exchange) -> _Bytes:
        """Return a response body without secrets, whole or split ones."""
        cut = exchange.failure is not None or exchange.stopped or Fact.BODY in exchange.lost
        body = self.bytes(exchange.body, cut=cut)
        if not self._kept:
            return body
        if exchange.events:
            find = self._spans_and_cut if cut else self._text.spans
            return without_pieces(body, find, on_socket=exchange.request.on_socket)
        return without_tokens(body, self._text.spans) if b'"logprobs"' in body else body

    def _spans_and_cut(self, text: str) -> list[tuple[int, int]]:
        """Return the positions of secrets in a text whose end may truncate one."""
        at = self._text.cut_off(text)
        return [*self._text.spans(text), *([(at, len(text))] if at < len(text) else [])]

    def request(self, request: Request) -> Request:
        """Return the request without secrets."""
        return replace(
            request,
            url=self.url(request.url),
            headers=self.headers(request.headers),
            body=self.bytes(request.body),
        )

    def _failure(self, failure: Failure | None) -> Failure | None:
        return replace(failure, message=self.message(failure.message)) if failure else None


def _longest_first(secrets: Iterable[str]) -> list[str]:
    return sorted({secret.strip() for secret in secrets if len(secret.strip()) >= MIN_SECRET}, key=len, reverse=True)
