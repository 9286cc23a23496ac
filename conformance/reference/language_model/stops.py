"""Detects the first stop sequence in generated text, and determines how much of the text may be sent already."""

from __future__ import annotations

from collections.abc import Sequence


class StopMatcher:
    """Detects stop sequences in the bytes of generated text.

    The stop sequence that is completed first ends the text. A stop sequence is detected even if it is spread over
    several pieces of the text. The first `safe` bytes may be sent, because no stop sequence can begin in them. `cut` is
    the length of the text before the first complete stop sequence, or None while no stop sequence is complete.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        """Watch for `stops`; empty strings match nothing."""
        self._stops = tuple(stop.encode("utf-8", "replace") for stop in stops if stop)
        self._longest = max(map(len, self._stops), default=0)
        self._seen = b""
        self.safe = 0
        self.cut: int | None = None

    def feed(self, piece: bytes) -> bool:
        """Add the next bytes of the generated text. Return true if the text now contains a complete stop sequence."""
        start = max(0, len(self._seen) - self._longest)
        self._seen += piece
        if not self._stops:
            self.safe = len(self._seen)
            return False
        found = [(at + len(stop), at) for stop in self._stops if (at := self._seen.find(stop, start)) >= 0]
        if found:
            self.cut = self.safe = min(found)[1]
            return True
        self.safe = len(self._seen) - self._held()
        return False

    def _held(self) -> int:
        """Length of the longest end of the text that begins a stop sequence."""
        for length in range(min(self._longest - 1, len(self._seen)), 0, -1):
            end = self._seen[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                return length
        return 0
