"""What a count proves: the 95 % interval around a share and around a rate."""

import math
from collections.abc import Callable

_Z = 1.959964
_TAIL = 0.025


def share_95(hits: int, of: int) -> tuple[float, float]:
    """Where the true share lies when `hits` of `of` were seen, in 95 of 100 cases (Wilson's score interval)."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    weight = 1 + _Z**2 / of
    middle = (share + _Z**2 / (2 * of)) / weight
    half = _Z / weight * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def rate_95(hits: int, hours: float) -> tuple[float, float | None]:
    """How many an hour there truly are when `hits` were seen in `hours`, in 95 of 100 cases.

    The exact interval of a Poisson count (Garwood 1936). No hour, no upper end: None.
    """
    if hours <= 0:
        return 0.0, None
    low = 0.0 if not hits else _crossing(lambda mean: 1 - _at_most(hits - 1, mean) - _TAIL, hits)
    high = _crossing(lambda mean: _TAIL - _at_most(hits, mean), hits)
    return low / hours, high / hours


def _at_most(count: int, mean: float) -> float:
    """The probability of `count` or fewer where `mean` are expected."""
    if not mean:
        return 1.0
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def _crossing(rising: Callable[[float], float], hits: int) -> float:
    """Where `rising` passes zero, by bisection."""
    low, high = 0.0, 10.0 + 3.0 * hits
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
