"""Which parts of a picture model stay in memory between two uses, so that it never takes more than it may.

::

    much memory    text encoder ████████████████████   little     text encoder ████
                   denoiser     ████████████████████              denoiser         ████████
                   decoder      ████████████████████              decoder                  ███
                                encode  steps  decode                         encode  steps  decode
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, combinations

from edge_models.diffusion.wiring import PartName
from edge_models.residency import TooLittleMemory


@dataclass(frozen=True, slots=True)
class Need:
    """What a part takes."""

    weights_bytes: int
    """As long as it is loaded."""
    working_bytes: int
    """Besides, while it runs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays, and what that comes to."""

    kept: frozenset[PartName]
    """All others are freed as soon as they were used, before the next is loaded."""
    peak_bytes: int
    """The most that is taken at one time."""


def plan(needs: Mapping[PartName, Need], may_use_bytes: int) -> Plan:
    """Keep the parts with the most bytes of weights, of all choices that stay within `may_use_bytes` at all times.

    Raises TooLittleMemory where not even one part at a time has room.
    """
    choices = chain.from_iterable(combinations(needs, count) for count in range(len(needs) + 1))
    plans = [Plan(kept, _peak(kept, needs)) for kept in map(frozenset, choices)]
    within = [one for one in plans if one.peak_bytes <= may_use_bytes]
    if not within:
        largest = max(needs, key=lambda name: _peak(frozenset({name}), {name: needs[name]}))
        needed = min(one.peak_bytes for one in plans)
        raise TooLittleMemory(
            f"The picture model's {largest} needs {needed / 1e9:.2f} GB of memory, and it may use "
            f"{may_use_bytes / 1e9:.2f}: take a smaller model, or one of fewer bits."
        )
    return max(within, key=lambda one: (sum(needs[name].weights_bytes for name in one.kept), -one.peak_bytes))


def _peak(kept: frozenset[PartName], needs: Mapping[PartName, Need]) -> int:
    """When each part runs, the kept ones may all be there already."""
    loaded = sum(needs[name].weights_bytes for name in kept)
    return max(
        loaded + need.working_bytes + (0 if name in kept else need.weights_bytes) for name, need in needs.items()
    )
