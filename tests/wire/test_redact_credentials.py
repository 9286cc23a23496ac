"""Which headers, schemes and parameters are credentials by their names, and which values of a user's headers are secrets."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

import conformance.wire
from conformance.wire import REDACTED, Redactor, secrets_in, secrets_in_url

NAMES_FILE = Path(conformance.wire.__file__).with_name("credentials.yaml")

CREDENTIALS = [
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey", "x-auth-token",
    "x-access-token", "x-goog-api-key", "x-amz-security-token", "x-functions-key", "ocp-apim-subscription-key",
    "openai-organization", "openai-project", "cf-access-client-id", "cf-access-client-secret", "x-csrf-token",
    "x-xsrf-token",
]  # fmt: skip
HARMLESS = [
    "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-type", "host", "user-agent",
]  # fmt: skip
SCHEMES = ["Bearer", "Basic", "Digest", "Token", "ApiKey", "Negotiate"]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_header_is_never_kept(name: str) -> None:
    """Whatever its value, and however its name is spelled; and it is a secret however short it is."""
    redactor = Redactor()
    assert redactor.header(name, "ab") == redactor.header(f" {name.title()} ", "ab") == REDACTED
    assert secrets_in([(name.upper(), " ab ")]) == ["ab"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_known_scheme_stays(scheme: str) -> None:
    """The word before a credential is no part of it; the word alone is taken for one."""
    redactor = Redactor()
    assert redactor.header("authorization", f"{scheme} abc") == f"{scheme} {REDACTED}"
    assert redactor.header("authorization", scheme) == redactor.header("authorization", f"{scheme} ") == REDACTED
    assert secrets_in([("authorization", f"{scheme} abc def")]) == ["abc def"]
    assert secrets_in([("authorization", scheme)]) == [scheme]


def test_an_unknown_scheme_is_part_of_the_secret() -> None:
    """It might be the secret itself."""
    assert Redactor().header("authorization", "My word") == REDACTED
    assert secrets_in([("authorization", "My word")]) == ["My word"]


@pytest.mark.parametrize("name", HARMLESS)
def test_headers_of_http_itself_are_no_secrets(name: str) -> None:
    """They have long values that answers use, too."""
    assert secrets_in([(name, "application/json"), (f" {name.title()}", "application/json")]) == []


def test_other_headers_are_secrets_when_they_are_long() -> None:
    """From eight characters on; what is skipped does not end the search."""
    given = [("accept", "application/json"), ("x-tenant", "blue"), ("x-seven", "1234567"), ("x-eight", " 12345678 ")]
    assert secrets_in(given) == ["12345678"]


def test_cookies_are_secrets_one_by_one() -> None:
    """Their values; a part without a name as it is."""
    assert secrets_in([("Cookie", "a=1; session=xyz==; bare")]) == ["1", "xyz==", "bare"]
    assert secrets_in([("x-cookie-jar", "a=1; session=12345678")]) == ["12345678"]


@pytest.mark.parametrize(
    "name",
    ["api-key", "api_key", "apikey", "key", "access_token", "token", "sig", "signature", "password", "secret", "KEY"],
)
@pytest.mark.parametrize("before", ["?", "?a=1&", "?a=1;"])
def test_a_parameter_named_like_a_key_is_taken_out(name: str, before: str) -> None:
    """Up to the next parameter or the fragment, wherever it stands in the query."""
    url = f"https://h/v1{before}{name}=a/b?c%20d"
    assert Redactor().url(f"{url}&b=2") == f"https://h/v1{before}{name}={REDACTED}&b=2"
    assert Redactor().url(f"{url};b=2") == f"https://h/v1{before}{name}={REDACTED};b=2"
    assert Redactor().url(f"{url}#f") == f"https://h/v1{before}{name}={REDACTED}#f"


@pytest.mark.parametrize(
    "url", ["https://h/key=1", "https://h/?x-key=1", "https://h/?keys=1", "https://h/a@b", "h:u@h"]
)
def test_what_is_no_credential_stays_in_a_url(url: str) -> None:
    """A path, a longer name, a sign behind the host."""
    assert Redactor().url(url) == url


@pytest.mark.parametrize("scheme", ["http", "HTTPS", "ws", "a1+b.c-d"])
def test_user_and_password_go_whatever_the_scheme(scheme: str) -> None:
    """All before the last sign of the host part."""
    assert Redactor().url(f"{scheme}://u:p@w@h/v1") == f"{scheme}://{REDACTED}@h/v1"


def test_four_characters_are_a_secret_and_three_are_none() -> None:
    """Space around them does not count."""
    assert Redactor([" abcd "]).text("xabcdx") == f"x{REDACTED}x"
    assert Redactor([" abc "]).text("xabcx") == "xabcx"


def test_without_secrets_everything_stays() -> None:
    """Texts, bytes that are none, and data."""
    assert (Redactor().text("a"), Redactor().bytes(b"\xff"), Redactor().data(["a"])) == ("a", b"\xff", ["a"])


@pytest.mark.parametrize(("secret", "found"), [("abcde", True), ("abcd", False)])
def test_of_base64_six_certain_characters_are_enough(secret: str, found: bool) -> None:
    """Fewer would be found by chance: four characters have five that do not depend on what stands around them."""
    for offset in range(3):
        coded = base64.b64encode(b"~" * offset + secret.encode() + b"~~~").decode()
        assert (REDACTED in Redactor([secret]).text(coded)) == found


@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize("length", range(6, 13))
def test_all_that_is_certain_of_base64_is_taken_out(offset: int, length: int) -> None:
    """What is left are the characters that also depend on the bytes around the secret: two before, two after at most."""
    secret = "k3Y-xZ9_qW7m"[:length]
    before, after = b"~" * (offset + 3), b"~~~~"
    coded = base64.b64encode(before + secret.encode() + after).decode()
    cleaned = Redactor([secret]).text(coded)
    head, tail = cleaned.split(REDACTED)
    assert len(head) == len(before) * 8 // 6 + (1 if offset else 0)
    certain = (len(before) + length) * 8 // 6 - len(head)
    assert len(tail) == len(coded) - len(head) - certain


def test_only_what_json_escapes_is_found_behind_a_backslash() -> None:
    """A slash, a quote, a backslash; a backslash before any other character is a separate character."""
    assert Redactor(['a/b"c\\d']).text('a\\/b\\"c\\\\d') == REDACTED
    assert Redactor(["aXbcdX"]).text("a\\Xbcd\\X aXbcdX") == f"a\\Xbcd\\X {REDACTED}"


@pytest.mark.parametrize(("written", "other"), [("+", "-"), ("-", "+"), ("/", "_"), ("_", "/")])
def test_base64_has_two_alphabets(written: str, other: str) -> None:
    """A secret in one is found in the other; a space may be a plus, as in a form, and nothing else."""
    assert Redactor([f"ab{written}cd"]).text(f"ab{other}cd") == REDACTED
    assert Redactor(["ab cd"]).text("ab+cd ab-cd") == f"{REDACTED} ab-cd"


def test_every_name_has_its_source() -> None:
    """The file is data for reviewers, too: no name without who uses it, none twice."""
    data = yaml.safe_load(NAMES_FILE.read_text())
    assert set(data) == {"schemes", "headers", "parameters"}
    for kind, entries in data.items():
        assert all(each["source"] and each["name"] == each["name"].lower() for each in entries), kind
        assert len({each["name"] for each in entries}) == len(entries), kind


@pytest.mark.parametrize("name", [each["name"] for each in yaml.safe_load(NAMES_FILE.read_text())["parameters"]])
def test_every_parameter_is_taken_out(name: str) -> None:
    """Of URLs, of URLs in sentences and in other headers; with any of the usual separators; in a fragment, too."""
    for spelled in (name, name.replace("-", "_"), name.replace("-", ""), name.upper()):
        assert (
            Redactor().url(f"wss://h/v1?{spelled}=a/b#{spelled}=c")
            == f"wss://h/v1?{spelled}={REDACTED}#{spelled}={REDACTED}"
        )
        said = f"(see https://h/v1?x=1&{spelled}=a/b) and"
        assert Redactor().message(said) == f"(see https://h/v1?x=1&{spelled}={REDACTED}) and"
        assert Redactor().header("location", f"/?{spelled}=a") == f"/?{spelled}={REDACTED}"


def test_the_user_info_of_a_url_in_a_sentence_is_taken_out() -> None:
    """And no other sign."""
    assert Redactor().message("at https://u:p@h/v1?a@b, me@h") == f"at https://{REDACTED}@h/v1?a@b, me@h"


def test_of_the_protocols_of_a_websocket_only_the_key_is_a_secret() -> None:
    """`realtime` is a word that answers use."""
    value = "realtime, openai-insecure-api-key.sk-1234, openai-beta.realtime-v1"
    assert secrets_in([("Sec-WebSocket-Protocol", value)]) == ["sk-1234"]
    assert "sk-1234" not in Redactor().header("sec-websocket-protocol", value)
    assert Redactor().header("sec-websocket-protocol", "realtime") == "realtime"


def test_the_password_of_basic_is_a_secret_of_its_own() -> None:
    """Whoever answers with it has decoded it."""
    coded = base64.b64encode(b"user:a-long-password").decode()
    assert secrets_in([("authorization", f"Basic {coded}")]) == [coded, "a-long-password"]
    assert secrets_in([("authorization", "Basic nonsense!")]) == ["nonsense!"]


def test_secrets_of_a_url() -> None:
    """Password and parameters, as written and decoded."""
    assert secrets_in_url("https://u:p%40w@h/v1?a=b&token=x%2Fy") == ["p%40w", "p@w", "x%2Fy", "x/y"]
    assert secrets_in_url("https://only-user@h/v1") == ["only-user"]
    assert secrets_in_url("https://h/v1?a=1") == []
