"""How much time and memory one try of one request may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one try of one request: seconds, bytes, events. All must be positive.

    `connect_s` is for name lookup, TCP and TLS together with each its own share; `read_s` is the longest silence
    between two bytes (also for the head, and for a server that takes no bytes of the request); `total_s` is for the
    whole try. `max_bytes` counts the body after content decoding, and before it too; of a body that is larger only
    the beginning is kept. A run keeps all its exchanges, so this bounds its memory: some hundreds of these.
    `grace_s` is how long a target that accepted connections, and accepts none now, has to come back.
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
        """The limits of a user who lets one request take so many seconds: silence may last as long, too.

        A target that needs two minutes for its first token is silent for two minutes.
        """
        return cls(connect_s=max(cls().connect_s, seconds / 6), read_s=seconds, total_s=seconds)
