"""What an edit will come to: the wishes, with what size and background ask for besides, and the size at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge_models.image.retouch.extend import size_of
from edge_models.image.retouch.wish import Backdrop, Extend, Wish

Size = tuple[int, int]
"""Width and height."""


@dataclass(frozen=True, slots=True)
class Plan:
    """See above."""

    wishes: tuple[Wish, ...]
    size: Size
    clears: bool
    """Whether a part of the picture becomes transparent."""


def planned(wishes: Sequence[Wish], *, size: Size, wanted: Size | None, marked: bool, cut_out: bool) -> Plan:
    """The plan for a picture of this size, with a part `marked` or not; `cut_out`: without its background."""
    plan = list(wishes)
    if wanted is not None and wanted != size:
        # The last thing that makes it larger makes it as large as was asked.
        at = max((at for at, wish in enumerate(plan) if isinstance(wish, Extend)), default=None)
        if at is None:
            plan.append(Extend(to=wanted))
        else:
            plan[at] = replace(plan[at], to=wanted)
    if cut_out and Backdrop(None) not in plan:
        plan.append(Backdrop(None))
    for wish in plan:
        if isinstance(wish, Extend) and not (marked and wish.to is None):  # a marked part is continued into
            size = size_of(size, wish)
    return Plan(tuple(plan), size, Backdrop(None) in plan)
