"""When too many jobs wait: who is turned away, by policy and not by accident.

::

    a device has as many waiting as one may      ──▶ its new job is turned away
    the bridge has as many waiting as it may     ──▶ the last in line is: of pictures while any wait, then of answers

The last in line is the job with the highest rank, and that belongs to the device that has asked for the most by its
weight (`waiting.py`): a flood sheds itself, and a newcomer gets the place of its last job. Whoever is turned away is
told when to ask again.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from cloud_bridge.protocol import Failed
from cloud_bridge.waiting import KINDS, Kind, Waiting

PICTURES: tuple[Kind, ...] = ("image", "edit")
ASK_AGAIN_S = (5.0, 600.0)
"""The soonest and the latest that somebody who was turned away is asked to come back."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many jobs may wait; those that are being called do not count."""

    of_all: int = 20_000
    of_a_device: int = 1_000


ROOMY = Bounds()


def turned_away(
    waiting: Waiting, bounds: Bounds, *, device: str, kind: Kind, rank: float
) -> Literal["device", "newcomer"] | Kind | None:
    """Who has to go before a new job with this rank is taken on.

    `device`: the new job, as its device has too many; `newcomer`: the new job; a kind: the last of those that wait.
    """
    if sum(waiting.of(device, each) for each in KINDS) >= bounds.of_a_device:
        return "device"
    if len(waiting) < bounds.of_all:
        return None
    longest = max(PICTURES, key=waiting.line)
    shed: Kind = longest if waiting.line(longest) or kind in PICTURES else "answer"
    if not waiting.line(shed) or (kind == shed and rank >= waiting.last(kind)):
        return "newcomer"
    return shed


def too_busy(job: UUID, *, again_s: float, of_device: bool = False) -> Failed:
    """What whoever was turned away is told. `again_s`: when there may be room, as far as anybody knows."""
    soonest, latest = ASK_AGAIN_S
    text = "This device has asked for too much at once." if of_device else "There is too much to do at the moment."
    again_s = min(latest, max(soonest, again_s))
    return Failed(job=job, code="too_busy", text=text, retryable=True, retry_after_s=round(again_s, 1))
