"""Stop sequences are found wherever the text is cut into pieces, and nothing of them is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.reference.language_model.stops import StopMatcher

_ABC = st.text(alphabet="abé", max_size=30)


def _expected(text: bytes, stops: list[bytes]) -> int | None:
    """Where the sequence that is complete first begins: said again, without increments."""
    for end in range(1, len(text) + 1):
        begins = [end - len(stop) for stop in stops if text[:end].endswith(stop)]
        if begins:
            return min(begins)
    return None


@given(
    _ABC,
    st.lists(st.text(alphabet="abé", min_size=1, max_size=4), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_cut_does_not_depend_on_the_pieces(text, stops, random):
    """However the bytes are split, generation ends at the same place, and safe text never has to be taken back."""
    raw = text.encode()
    matcher = StopMatcher(stops)
    position, safe = 0, 0
    while position < len(raw) and matcher.cut is None:
        step = random.randint(1, 5)
        matcher.feed(raw[position : position + step])
        position += step
        assert matcher.safe >= safe
        safe = matcher.safe
    assert matcher.cut == _expected(raw, [stop.encode() for stop in stops])
    assert matcher.cut is None or safe <= matcher.cut


def test_the_beginning_of_a_stop_sequence_is_held_back():
    """`ST` of `STOP` is not safe to show until the next text says it is no stop."""
    matcher = StopMatcher(["STOP"])
    matcher.feed(b"go ST")
    assert matcher.safe == 3
    matcher.feed(b"AR")
    assert matcher.safe == 7
    assert matcher.cut is None


def test_without_stop_sequences_everything_is_safe():
    """No sequences, and empty ones, hold nothing back."""
    matcher = StopMatcher(["", ""])
    assert matcher.feed(b"anything") is False
    assert matcher.safe == 8
