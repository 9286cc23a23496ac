"""Limits of time and memory for one try of one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one try of one request: seconds, bytes, events. All must be positive.

    `connect_s` limits name lookup, TCP and TLS; `read_s` is the longest time without data, also while sending the
    request; `total_s` limits the whole try. `max_bytes` limits the body before and after content decoding; only the
    beginning of a larger body is kept. A run keeps some hundreds of exchanges, so this limits its memory. `grace_s`
    is the time in which a target that stopped accepting connections must return.
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
        """Return limits for a user who allows this many seconds per request, which may pass without data.

        A target that needs two minutes for its first token sends no data for two minutes.
        """
        return cls(connect_s=max(cls().connect_s, seconds / 6), read_s=seconds, total_s=seconds)
