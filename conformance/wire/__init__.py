"""HTTP and WebSocket communication: requests, exchanges, events, retries and redaction.

Only the package `conformance.wire` and the reference endpoint open sockets.
"""

from conformance.wire.credentials import may_be_credential, recorded_secrets, secrets_in, secrets_in_url
from conformance.wire.curl import SECOND_KEY_ENV, curl
from conformance.wire.exchange import (
    Attempt,
    Event,
    Exchange,
    Fact,
    Failure,
    FailureKind,
    Request,
    Timing,
    UnsendableRequestError,
    header_pairs,
)
from conformance.wire.http_client import HttpClient
from conformance.wire.json_data import parse_json, unicode_only
from conformance.wire.limits import Limits
from conformance.wire.messages import events_in
from conformance.wire.redact import Redactor
from conformance.wire.retry import NO_RETRY, RetryPolicy, is_misread
from conformance.wire.route import Route
from conformance.wire.spellings import REDACTED, SECOND_KEY
from conformance.wire.sse import Block, EventTooLargeError, SSEDecoder, decode, decode_blocks
from conformance.wire.tokens import NoTokenError, Tokens
from conformance.wire.websocket import WebSocket

__all__ = [
    "NO_RETRY",
    "REDACTED",
    "SECOND_KEY",
    "SECOND_KEY_ENV",
    "Attempt",
    "Block",
    "Event",
    "EventTooLargeError",
    "Exchange",
    "Fact",
    "Failure",
    "FailureKind",
    "HttpClient",
    "Limits",
    "NoTokenError",
    "Redactor",
    "Request",
    "RetryPolicy",
    "Route",
    "SSEDecoder",
    "Timing",
    "Tokens",
    "UnsendableRequestError",
    "WebSocket",
    "curl",
    "decode",
    "decode_blocks",
    "events_in",
    "header_pairs",
    "is_misread",
    "may_be_credential",
    "parse_json",
    "recorded_secrets",
    "secrets_in",
    "secrets_in_url",
    "unicode_only",
]
