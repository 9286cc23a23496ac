"""The limits of one try: what they are unless told otherwise, and that none is nothing."""

from __future__ import annotations

import pytest

from conformance.wire import Limits


def test_the_usual_limits_are_the_documented_ones() -> None:
    """Ten seconds to connect, thirty of silence, sixty in all; 4 MiB, 64 KiB of head, a hundred thousand events."""
    assert Limits() == Limits(
        connect_s=10, read_s=30, total_s=60, max_bytes=4_194_304, max_header_bytes=65_536, max_events=100_000
    )


@pytest.mark.parametrize("name", Limits.__slots__)
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limits_are_positive(name: str, value: float) -> None:
    """A limit of nothing, or of less, is refused by its name."""
    with pytest.raises(ValueError, match=f"limit {name} must be positive"):
        Limits(**{name: value})
    assert getattr(Limits(**{name: 0.5}), name) == 0.5
