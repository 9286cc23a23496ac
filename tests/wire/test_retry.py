"""The retry policy: which answers are asked for again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire import NO_RETRY, Failure, FailureKind, RetryPolicy

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
POLICY = RetryPolicy(max_attempts=3, max_wait_s=20, backoff_s=0.5)


def wait(
    status: int | None = 429, failure: FailureKind | None = None, attempt: int = 1, **headers: str
) -> float | None:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return POLICY.decide(attempt, status, Failure(failure, "x") if failure else None, pairs, NOW)


@pytest.mark.parametrize("status", range(100, 600))
def test_only_429_and_503_are_asked_again(status: int) -> None:
    """No other status is tried again, a 500 least of all."""
    assert (wait(status) is not None) == (status in {429, 503})


@pytest.mark.parametrize("kind", FailureKind)
def test_only_a_connection_lost_before_the_answer_is_tried_again(kind: FailureKind) -> None:
    """Without a head the four ways to lose a connection are tried again; with one, no failure is."""
    lost = {FailureKind.DNS, FailureKind.CONNECT, FailureKind.TIMEOUT_CONNECT, FailureKind.CUT_OFF}
    assert (wait(None, kind) is not None) == (kind in lost)
    assert wait(200, kind) is None
    assert wait(429, kind) is None


def test_the_wait_doubles_until_the_tries_are_over() -> None:
    """Without a word from the server: backoff, twice that, then the answer stands."""
    assert [wait(attempt=n) for n in (1, 2, 3)] == [0.5, 1.0, None]
    assert RetryPolicy(max_attempts=20, max_wait_s=3).decide(10, 429, None) == 3


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": " 1.5 "}, 1.5),
        ({"retry_after": "20"}, 20.0),
        ({"retry_after": "20.1"}, None),
        ({"retry_after": "9" * 400}, 0.5),
        ({"retry_after_ms": "250"}, 0.25),
        ({"retry_after_ms": "250", "retry_after": "7"}, 0.25),
        ({"retry_after_ms": "soon", "retry_after": "7"}, 7.0),
        ({"retry_after": "Sat, 31 Jan 2026 12:00:05 GMT"}, 5.0),
        ({"retry_after": "Saturday, 31-Jan-26 12:00:05 GMT"}, 5.0),
        ({"retry_after": "Sat, 31 Jan 2026 12:00:05 -0000"}, 5.0),
        ({"retry_after": "Sat, 31 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry_after": "Sat, 31 Jan 2026 13:00:00 GMT"}, None),
        ({"retry_after": "-1"}, 0.5),
        ({"retry_after": "inf"}, 0.5),
        ({"retry_after": "nan"}, 0.5),
        ({"retry_after": "1e1"}, 0.5),
        ({"retry_after": "٣"}, 0.5),
        ({"retry_after": ""}, 0.5),
        ({"retry_after": "."}, 0.5),
        ({"retry_after": "1.2.3"}, 0.5),
        ({"retry_after_ms": "1.2.3", "retry_after": "7"}, 7.0),
        ({"x_should_retry": "false"}, None),
        ({"x_should_retry": "true"}, 0.5),
    ],
    ids=str,
)
def test_the_servers_word_is_kept(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, dates and milliseconds are honoured; nonsense is ignored; more than the cap is not waited for."""
    assert wait(**headers) == seconds


def test_the_first_of_repeated_headers_counts() -> None:
    """A second `Retry-After` does not override the first."""
    assert POLICY.decide(1, 503, None, [("retry-after", "3"), ("retry-after", "9")], NOW) == 3


def test_the_usual_policy_is_the_documented_one() -> None:
    """Three tries, half a second, and no wait of more than twenty."""
    assert RetryPolicy() == RetryPolicy(max_attempts=3, max_wait_s=20, backoff_s=0.5)


def test_a_date_counts_from_now() -> None:
    """Who gives no time has the clock's."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    wait_s = RetryPolicy().decide(1, 429, None, [("retry-after", soon)])
    assert wait_s is not None
    assert 5 < wait_s <= 10


def test_no_retry_means_one_try() -> None:
    """`NO_RETRY` lets every answer stand."""
    assert NO_RETRY.decide(1, 429, None) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_header_breaks_the_policy(after: str, milliseconds: str) -> None:
    """Whatever a server writes, the decision is a wait within the cap, or none."""
    seconds = wait(retry_after=after, retry_after_ms=milliseconds)
    assert seconds is None or 0 <= seconds <= POLICY.max_wait_s


def test_a_busy_target_is_waited_for_longer_while_there_is_patience() -> None:
    """Twenty seconds in all for one answer; a lost connection has its three tries."""
    policy, waits = RetryPolicy(), [0.0]
    while (wait_s := policy.decide(len(waits), 429, None, waited=sum(waits))) is not None:
        waits.append(wait_s)
    assert waits == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0]
    assert policy.decide(3, None, Failure(FailureKind.CONNECT, "x"), waited=0.0) is None
    assert policy.decide(3, 429, None, [("retry-after", "15")], waited=6.0) is None
    assert policy.decide(3, 429, None, [("retry-after", "15")], waited=5.0) == 15
    assert policy.decide(2, 429, None, [("retry-after", "15")], waited=15.0) == 15
    assert NO_RETRY.decide(1, 429, None, waited=0.0) is None


def test_a_target_that_always_says_at_once_is_not_asked_for_ever() -> None:
    """After three tries the waits are those of a server that says nothing."""
    policy, waits = RetryPolicy(), list[float]()
    while (
        len(waits) < 99
        and (wait_s := policy.decide(len(waits) + 1, 429, None, [("retry-after", "0")], waited=sum(waits))) is not None
    ):
        waits.append(wait_s)
    assert waits == [0.0, 0.0, 2.0, 4.0, 8.0]
