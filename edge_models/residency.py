"""Which models are in memory: one budget for the board.

::

    speech          always there, from the first second to the last
    draft model     ┐
    language model  ├ loaded when they are asked for, and kept until somebody needs the room
    strong picture  ┘

Each has a place (`Residency.place`). Whoever uses a model does so inside `with place.in_use():`, which makes room for
it first: models that nobody uses give theirs up, the least important first, of equals the one that was used longest
ago. Speech gives up nothing, and neither does what is in use. Where there still isn't enough, TooLittleMemory says so
in a sentence, nothing was freed for it, and the caller does it some other way. When the whole board is short of memory,
`relieve` frees idle models before the kernel has to take something.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from edge_models.catalogue import ModelError
from edge_models.memory import BoardMemory, Look

_EVERY_S = 2.0


class TooLittleMemory(ModelError):
    """A model has no room; the text is one plain sentence."""


class Rank(IntEnum):
    """How important a model is: the least important goes first."""

    STRONG_PICTURE = 1
    LANGUAGE = 2
    DRAFT = 3
    SPEECH = 4
    """Never goes."""


class Place:
    """A model's place in memory. Made by `Residency.place`."""

    def __init__(
        self, residency: "Residency", name: str, rank: Rank, size_bytes: int, *, mapped: bool, free: Callable[[], None]
    ) -> None:
        self.name, self.rank, self.size_bytes, self.mapped = name, rank, size_bytes, mapped
        self.resident = False
        """Whether the place is taken."""
        self.settled = False
        """Whether what it takes is to be seen in the board's memory: after the first use."""
        self.users = 0
        self.used_s = 0.0
        self.free = free
        self._residency = residency

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Room for the model, which nobody takes until the block ends. Raises TooLittleMemory.

        Whoever comes first loads it, inside the block.
        """
        self._residency.enter(self)
        try:
            yield
        finally:
            self._residency.leave(self)

    def measured(self, size_bytes: int) -> None:
        """It turned out to take so much."""
        self.size_bytes = size_bytes

    def empty(self) -> None:
        """The model isn't there (any more): it couldn't be loaded, or its process ended by itself."""
        self.resident = self.settled = False


class Residency:
    """The budget, and who has what of it. For any thread."""

    def __init__(
        self,
        memory: BoardMemory | None = None,
        *,
        cap_bytes: int | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`cap_bytes`: what all models may take together; None: all but what is left to the rest of the board."""
        self._memory = memory or BoardMemory()
        self._cap_bytes = cap_bytes
        self._now = now
        self._places: list[Place] = []
        self._lock = threading.Lock()

    def place(
        self,
        name: str,
        rank: Rank,
        size_bytes: int,
        *,
        mapped: bool = False,
        free: Callable[[], None],
    ) -> Place:
        """A place for a model that isn't loaded yet.

        `name`: as people call it, "the language model". `mapped`: a file that is mapped, which the kernel counts as
        available, though every word needs it. `free` is called while nobody uses the model, from any thread; it must
        be quick, and use no place.
        """
        place = Place(self, name, rank, size_bytes, mapped=mapped, free=free)
        self._places.append(place)
        return place

    def take(self, name: str, size_bytes: int) -> None:
        """A model that speech needs is loaded: it stays."""
        place = self.place(name, Rank.SPEECH, size_bytes, free=lambda: None)
        place.resident = place.settled = True

    @property
    def resident(self) -> tuple[str, ...]:
        """Whoever has room now."""
        return tuple(place.name for place in self._places if place.resident)

    def could_have(self) -> int:
        """Bytes that a model could have now if all idle ones gave way: for one that can be loaded in parts."""
        with self._lock:
            return max(0, self._room(self._memory.look()) + sum(place.size_bytes for place in self._idle()))

    def enter(self, place: Place) -> None:
        """As Place.in_use does at its beginning. Raises TooLittleMemory."""
        with self._lock:
            if not place.resident:
                self._make_room(place)
                place.resident = True
            place.users += 1
            place.used_s = self._now()

    def leave(self, place: Place) -> None:
        """As Place.in_use does at its end."""
        with self._lock:
            place.users -= 1
            place.used_s = self._now()
            place.settled = place.resident

    def relieve(self) -> str | None:
        """Where the board is short of memory, free the least important idle model and return its name.

        One at a time: the next look shows whether that was enough.
        """
        with self._lock:
            if not self._memory.look().pressed:
                return None
            place = next(iter(self._idle()), None)
            return self._freed(place).name if place else None

    async def run(self) -> None:
        """Relieve the board whenever it is short, until cancelled."""
        while True:
            await asyncio.to_thread(self.relieve)
            await asyncio.sleep(_EVERY_S)

    def _make_room(self, place: Place) -> None:
        look = self._memory.look()
        room = self._room(look)
        going: list[Place] = []
        for idle in self._idle():
            if room >= place.size_bytes:
                break
            going.append(idle)
            room += idle.size_bytes
        if room < place.size_bytes:
            raise TooLittleMemory(
                f"There's too little memory for {place.name}: it needs {in_words(place.size_bytes)}, "
                f"{in_words(max(0, room))} are free."
            )
        if look.pressed and not going:
            raise TooLittleMemory(f"There's too little memory for {place.name}: other programs are short of it.")
        for idle in going:
            self._freed(idle)

    def _room(self, look: Look) -> int:
        """Bytes that nobody has: of the budget, and of the board's memory as it is."""
        there = [place for place in self._places if place.resident]
        unseen = sum(place.size_bytes for place in there if place.mapped or not place.settled)
        budget = budget_bytes(look, self._cap_bytes) - sum(place.size_bytes for place in there)
        return min(budget, look.available_bytes - look.reserve_bytes - unseen)

    def _idle(self) -> list[Place]:
        """Whoever may go, in this order."""
        idle = [place for place in self._places if place.resident and not place.users and place.rank < Rank.SPEECH]
        return sorted(idle, key=lambda place: (place.rank, place.used_s))

    @staticmethod
    def _freed(place: Place) -> Place:
        place.free()
        place.empty()
        return place


@dataclass(frozen=True, slots=True)
class Need:
    """A model that somebody may want."""

    name: str
    rank: Rank
    size_bytes: int


Stay = Literal["always", "once loaded", "on demand", "never"]
"""`always`: from the start; `once loaded`: when it is first asked for, and there is room beside all others;
`on demand`: in the place of others; `never`: it doesn't fit."""


def plan(needs: Iterable[Need], budget: int) -> dict[str, Stay]:
    """How each of them would stay in `budget` bytes, by name."""
    needs = list(needs)
    speech = sum(need.size_bytes for need in needs if need.rank is Rank.SPEECH)
    roomy = sum(need.size_bytes for need in needs) <= budget

    def stay(need: Need) -> Stay:
        if need.rank is Rank.SPEECH:
            return "always" if speech <= budget else "never"
        if speech + need.size_bytes > budget:
            return "never"
        return "once loaded" if roomy else "on demand"

    return {need.name: stay(need) for need in needs}


def budget_bytes(look: Look, cap_bytes: int | None) -> int:
    """What all models may take together."""
    return min(cap_bytes or look.total_bytes, look.total_bytes - look.reserve_bytes)


def in_words(size_bytes: int) -> str:
    """`3.1 GB`, `240 MB`."""
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"
