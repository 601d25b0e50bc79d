"""From sample indices to the device's clock."""

from hw.audio.duplex import RATE_HZ

_DRIFT = 0.001
"""How much a sound card's second may differ from ours: a millisecond is generous."""


class StreamTime:
    """Knows when a sample was heard.

    A block is seen when it is complete, or later when the device was busy, never earlier. So the block that came
    with the least delay tells best when the stream began; the estimate may rise by the clocks' drift alone.
    """

    def __init__(self) -> None:
        self._zero_s: float | None = None
        self._end_s = 0.0

    def seen(self, end: int, now_s: float) -> None:
        """Note that the block that ends at sample `end` was there at `now_s` of the clock."""
        end_s = end / RATE_HZ
        zero_s = now_s - end_s
        if self._zero_s is None:
            self._zero_s = zero_s
        else:
            self._zero_s = min(zero_s, self._zero_s + _DRIFT * max(0.0, end_s - self._end_s))
        self._end_s = end_s

    def at_s(self, sample_index: int) -> float:
        """Return the second of the clock at which this sample sounded."""
        return (self._zero_s or 0.0) + sample_index / RATE_HZ
