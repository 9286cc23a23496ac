"""Limits of time and memory for one try of one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one try of one request, in seconds, bytes and events. All limits must be positive.

    `connect_s` limits name lookup, TCP and TLS together; `read_s` limits the time in which no data is received or sent;
    `total_s` limits the whole try. `max_bytes` limits the body before and after content decoding; only the beginning of
    a larger body is kept. A run keeps several hundred exchanges in memory, so `max_bytes` also limits the memory of the
    run. `grace_s` is how long the suite waits for a target that stopped accepting connections.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 60.0
    max_bytes: int = 4 * 1024 * 1024
    max_header_bytes: int = 64 * 1024
    max_events: int = 100_000
    grace_s: float = 15.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"limit {name} must be positive, not {getattr(self, name)!r}")

    @classmethod
    def within(cls, seconds: float) -> Self:
        """Return the limits of a request whose timeout is `seconds`.

        The target may send no data until the timeout ends, because a slow target may need minutes for its first token.
        """
        return cls(connect_s=max(cls().connect_s, seconds / 6), read_s=seconds, total_s=seconds)
