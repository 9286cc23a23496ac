"""The redactor: no spelling of a secret gets through, and nothing else is touched."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire import REDACTED, Attempt, Event, Exchange, Failure, FailureKind, Redactor, Request, decode

KEY = "sk-proj-Ab3/x+Y_9z\"q'<&>\\ é😀"
PLAIN_KEY = "sk-proj-abcDEF0123456789"


def escape_all(text: str, form: str) -> str:
    """Every UTF-16 unit of the text escaped, as strict JSON encoders may."""
    units = text.encode("utf-16-be").hex()
    return "".join(form.format(units[n : n + 4]) for n in range(0, len(units), 4))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON, Unicode kept": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "JSON, slash escaped": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "JSON, all escaped": lambda s: escape_all(s, "\\u{}"),
    "JSON, all escaped, upper": lambda s: escape_all(s, "\\u{}").upper().replace("\\U", "\\u"),
    "URL": lambda s: quote(s, safe=""),
    "URL path": quote,
    "form": quote_plus,
    "URL, lower case": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "HTML": html.escape,
    "HTML, decimal": lambda s: "".join(f"&#{ord(char)};" for char in s),
    "HTML, hexadecimal": lambda s: "".join(f"&#x{ord(char):X};" for char in s),
    "XML": lambda s: s.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;"),
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
}


@pytest.mark.parametrize("secret", [KEY, PLAIN_KEY])
@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_found(name: str, secret: str) -> None:
    """However the secret is escaped, it is replaced whole, and the text around it stays."""
    spelled = SPELLINGS[name](secret)
    assert Redactor([secret]).text(f"a{spelled}b {spelled}") == f"a{REDACTED}b {REDACTED}"
    assert Redactor([secret]).bytes(f"a{spelled}b".encode()) == f"a{REDACTED}b".encode()


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_base64_hides_nothing(encode: Callable[[bytes], bytes], before: bytes, after: bytes) -> None:
    """A secret within base64 is found at any alignment: too little is left to read it."""
    coded = encode(before + PLAIN_KEY.encode() + after).decode()
    cleaned = Redactor([PLAIN_KEY]).text(coded)
    assert REDACTED in cleaned
    assert len(cleaned.replace(REDACTED, "")) <= (len(before) + len(after)) * 4 // 3 + 9


def test_binary_is_searched_too() -> None:
    """Bytes that are not UTF-8 are cleaned and otherwise kept."""
    secret = "schlüssel-1234"
    data = b"\xff\x00" + secret.encode() + b"\xfe"
    assert Redactor([secret]).bytes(data) == b"\xff\x00[redacted]\xfe"


@given(st.text(), st.binary())
def test_what_is_no_secret_stays(text: str, data: bytes) -> None:
    """Text, bytes and data without the secret come out as they went in."""
    redactor = Redactor([PLAIN_KEY])
    assert redactor.text(text) == text
    assert redactor.bytes(data) == data
    assert redactor.data({text: [text, 1, None, True, 1.5]}) == {text: [text, 1, None, True, 1.5]}


@given(st.text(min_size=4).filter(lambda s: len(s.strip()) >= 4), st.text(), st.text())
def test_any_secret_is_found(secret: str, before: str, after: str) -> None:
    """No character of a secret keeps it from being found."""
    assert secret.strip() not in Redactor([secret]).text(before + secret + after).replace(REDACTED, "\0")


ESCAPES = [spell for name, spell in SPELLINGS.items() if name not in ("hex", "HEX")]


@given(st.data(), st.text("abcXYZ019+-/_ \"\\\\&<'%é", min_size=4, max_size=12).filter(lambda s: len(s.strip()) >= 4))
def test_each_character_may_be_escaped_in_its_own_way(data: st.DataObject, secret: str) -> None:
    """One escape is enough to spell a secret otherwise, and it is found wherever it stands."""
    spelled = "".join(data.draw(st.sampled_from(ESCAPES))(char) for char in secret.strip())
    assert Redactor([secret]).text(f"({spelled})") == f"({REDACTED})"


@given(st.binary(max_size=5), st.sampled_from(["a?~b>c>>~~??ÿÿ", "~~~???>>>///"]))
def test_base64_may_be_escaped_itself(before: bytes, secret: str) -> None:
    """The slash of base64 has a backslash before it where JSON is written by PHP, and its plus is escaped in a URL."""
    coded = base64.b64encode(before + secret.encode())
    for spelled in (coded.decode().replace("/", "\\/"), quote(coded.decode(), safe="")):
        assert REDACTED in Redactor([secret]).text(spelled)


def test_data_is_cleaned_everywhere() -> None:
    """Keys, values, lists and tuples are cleaned."""
    data = {PLAIN_KEY: [PLAIN_KEY, ("x" + PLAIN_KEY, {"a": PLAIN_KEY})]}
    assert Redactor([PLAIN_KEY]).data(data) == {REDACTED: [REDACTED, ["x" + REDACTED, {"a": REDACTED}]]}


@pytest.mark.parametrize("secrets", [[], [""], ["abc"], ["  ab "]])
def test_short_secrets_are_not_looked_for(secrets: list[str]) -> None:
    """Fewer than four characters would shred the report."""
    assert Redactor(secrets).text("abc ab") == "abc ab"


def test_the_longest_secret_is_taken_first() -> None:
    """When one secret begins another, none of the longer one is left."""
    assert Redactor(["sk-1234", "sk-12345678"]).text("sk-12345678 sk-1234") == f"{REDACTED} {REDACTED}"


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("authorization", "Bearer other", "Bearer [redacted]"),
        ("Authorization", "bearer  x y", "bearer [redacted]"),
        ("authorization", "Basic dTpw", "Basic [redacted]"),
        ("authorization", "sk-raw", "[redacted]"),
        ("authorization", "my secret", "[redacted]"),
        ("authorization", "Bearer", "[redacted]"),
        ("proxy-authorization", "Basic x", "Basic [redacted]"),
        ("cookie", "a=b", "[redacted]"),
        ("set-cookie", "a=b; Path=/", "[redacted]"),
        ("X-API-Key", "k", "[redacted]"),
        ("api-key", "k", "[redacted]"),
        ("openai-organization", "org-1", "[redacted]"),
        ("x-request-id", "req_1", "req_1"),
        ("x-echo", f"<{PLAIN_KEY}>", "<[redacted]>"),
        ("x-ratelimit-remaining-tokens", "5", "5"),
    ],
)
def test_headers_that_are_credentials_are_never_kept(name: str, value: str, kept: str) -> None:
    """Of a credential only a known scheme word stays; other headers lose the secret alone."""
    assert Redactor([PLAIN_KEY]).header(name, value) == kept


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://host/v1?a=1&b=2", "https://host/v1?a=1&b=2"),
        ("https://u:p@host:8/v1", "https://[redacted]@host:8/v1"),
        ("https://host/v1?api-key=zzz&b=2#f", "https://host/v1?api-key=[redacted]&b=2#f"),
        ("https://host/v1?b=2&KEY=zzz", "https://host/v1?b=2&KEY=[redacted]"),
        ("https://host/v1?monkey=zzz", "https://host/v1?monkey=zzz"),
        (f"https://host/{PLAIN_KEY}/v1", "https://host/[redacted]/v1"),
        ("https://[bad", "https://[bad"),
    ],
)
def test_urls_lose_their_credentials(url: str, kept: str) -> None:
    """User, password and parameters named like keys go, whatever their values."""
    assert Redactor([PLAIN_KEY]).url(url) == kept


def test_an_exchange_is_cleaned_whole() -> None:
    """Request, response, events, failure and attempts have no secret left; events fit the body."""
    body = f"data: a {PLAIN_KEY}\n\ndata: b\n\n".encode()
    dirty = Exchange(
        id="x1",
        request=Request("POST", f"http://h/{PLAIN_KEY}", (("authorization", f"Bearer {PLAIN_KEY}"),), body),
        probe=PLAIN_KEY,
        status=200,
        headers=(("x-echo", PLAIN_KEY), ("set-cookie", "session=1")),
        body=body,
        events=decode(body, [1.0, 2.0]),
        failure=Failure(FailureKind.CUT_OFF, PLAIN_KEY),
        attempts=(Attempt(None, Failure(FailureKind.CONNECT, PLAIN_KEY), 0.5, (("x-echo", PLAIN_KEY),)),),
    )
    clean = Redactor([PLAIN_KEY]).exchange(dirty)
    assert PLAIN_KEY not in repr(clean)
    assert "session=1" not in repr(clean)
    assert clean.events == (
        Event(f"a {REDACTED}", lines=(f"data: a {REDACTED}",), at_ms=1.0),
        Event("b", lines=("data: b",), at_ms=2.0),
    )
    assert clean.request.headers == (("authorization", f"Bearer {REDACTED}"),)
    assert clean.failure == Failure(FailureKind.CUT_OFF, REDACTED)
    failure = Failure(FailureKind.CONNECT, REDACTED)
    assert clean.attempts == (Attempt(None, failure, 0.5, (("x-echo", REDACTED),)),)
    assert (clean.probe, clean.request.url) == (REDACTED, f"http://h/{REDACTED}")


@pytest.mark.parametrize("secret", ["ab\ud800cd", "\udfff\udfff\udfff\udfff"])
def test_half_a_character_is_no_hiding_place(secret: str) -> None:
    """A secret that no UTF-8 has is found in texts and in the escapes of JSON."""
    redactor = Redactor([secret])
    assert redactor.text(f"x{secret}y") == f"x{REDACTED}y"
    assert redactor.text(json.dumps(secret)) == f'"{REDACTED}"'


def test_a_body_without_events_gets_none() -> None:
    """That a secret was taken out of it makes no stream of it."""
    body = f"data: {PLAIN_KEY}\n\n".encode()
    clean = Redactor([PLAIN_KEY]).exchange(Exchange("x1", Request("GET", "http://h/"), status=200, body=body))
    assert (clean.body, clean.events) == (b"data: [redacted]\n\n", ())


@pytest.mark.parametrize("hostile", ["\\", "&#0", "%", "s", "sk-proj-abcDEF012345678", "\\u0073", "0"])
def test_a_hostile_body_does_not_stall_the_redactor(hostile: str) -> None:
    """A body made to make the search slow is searched in time in proportion to its length."""
    redactor = Redactor([PLAIN_KEY, KEY, "\\\\\\\\\\\\\\\\"])
    started = time.process_time()
    redactor.text(hostile * (200_000 // len(hostile)))
    assert time.process_time() - started < 5


def test_a_response_that_was_redacted_last_is_not_searched_again() -> None:
    """Until a secret is added."""
    redactor = Redactor(["sk-abcdef123456"])
    clean = redactor.response(Exchange("x1", Request("GET", "http://x/"), body=b"sk-abcdef123456 hunter22"))
    assert redactor.response(clean) is clean
    redactor.learn("hunter22")
    assert redactor.response(clean).body == b"[redacted] [redacted]"


def test_a_header_is_redacted_anew_when_a_secret_is_added() -> None:
    """What was found for the same header before does not count any more."""
    redactor = Redactor(["sk-abcdef123456"])
    headers = (("x-tenant", "hunter22"), ("x-tenant", "hunter22"))
    assert redactor.headers(headers) == headers
    redactor.learn("hunter22")
    assert redactor.headers(headers) == (("x-tenant", "[redacted]"),) * 2
