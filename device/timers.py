"""Timers: which there are, how much of each is left, and what of them outlives a restart.

::

    the clock        running ──────left_s──────▶ due       counts time lived through; nobody can set it
    the wall clock   ends_at                               written down; read again only after a restart
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from device.clock import BootClock, Clock
from device.store import Store

log = logging.getLogger(__name__)

MAX_TIMERS = 50
LONGEST_S = 30 * 24 * 3600
MAX_NAME = 40
"""Characters."""
_SETTING = "timers"
_JUST_S = 10.0
_JUMP_S = 1.0
"""By how much the wall clock must have been moved before what was written down is written anew."""


class TooManyTimers(Exception):
    """There are MAX_TIMERS already."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer."""

    n: int
    """Counts up: the order in which they were set."""
    name: str
    """What the person called it, in lower case; "" for nothing."""
    length_s: int
    """What was asked for: "the five minute timer"."""
    left_s: float
    """Seconds left at `as_of_s` of the clock."""
    as_of_s: float
    paused: bool = False


class _Written(BaseModel):
    """A timer as the store has it."""

    model_config = ConfigDict(extra="forbid")

    n: Annotated[int, Field(ge=1)]
    name: Annotated[str, Field(max_length=MAX_NAME)]
    length_s: Annotated[int, Field(ge=1, le=LONGEST_S)]
    left_s: Annotated[float, Field(le=LONGEST_S, allow_inf_nan=False)]
    ends_at: Annotated[float, Field(allow_inf_nan=False)]
    """Unix seconds."""
    paused: bool


_FILE = TypeAdapter(Annotated[list[_Written], Field(max_length=MAX_TIMERS)])


class Timers:
    """The timers of a device. What `set`, `cancel` and the others return from is on the disk; they raise StoreError."""

    def __init__(self, store: Store, *, clock: Clock | None = None, unix_time: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock or BootClock()
        self._unix_time = unix_time
        self._timers: tuple[Timer, ...] = ()
        self._offset_s = self._wall_offset_s()
        self._silenced_s: float | None = None
        self._changing = asyncio.Lock()
        self.changed = asyncio.Event()
        """Set at each change; whoever waits for it clears it."""

    def now(self) -> float:
        """Seconds of the clock that the timers follow."""
        return self._clock.now()

    def all(self) -> list[Timer]:
        """All, also those that are due: first what ends first, then what is paused."""
        return sorted(self._timers, key=lambda timer: (timer.paused, self.left_s(timer), timer.n))

    def due(self) -> list[Timer]:
        """Those whose time is over, in the order in which it ended."""
        return [timer for timer in self.all() if not timer.paused and self.left_s(timer) <= 0]

    def left_s(self, timer: Timer) -> float:
        """Seconds left; negative: the timer ended so long ago."""
        return timer.left_s if timer.paused else timer.left_s - (self.now() - timer.as_of_s)

    def note_silenced(self) -> None:
        """Note that somebody has just stopped the ringing of a timer."""
        self._silenced_s = self.now()

    @property
    def ringing(self) -> bool:
        """A timer rings, or was silenced a moment ago: that is the one which "stop the timer" means."""
        silenced = self._silenced_s is not None and self.now() - self._silenced_s < _JUST_S
        return silenced or bool(self.due())

    async def set(self, name: str, length_s: int) -> Timer:
        """Start a timer of 1 to LONGEST_S seconds. Raises TooManyTimers."""
        async with self._changing:
            if len(self._timers) >= MAX_TIMERS:
                raise TooManyTimers
            n = max((timer.n for timer in self._timers), default=0) + 1
            timer = Timer(n, name[:MAX_NAME].lower(), length_s, length_s, self.now())
            await self._keep((*self._timers, timer))
        return timer

    async def cancel(self, timers: Iterable[Timer]) -> None:
        """Forget these; those that are gone already don't matter."""
        gone = {timer.n for timer in timers}
        async with self._changing:
            await self._keep(tuple(timer for timer in self._timers if timer.n not in gone))

    async def pause(self, timers: Iterable[Timer]) -> None:
        """Hold these where they are."""
        await self._change(timers, lambda timer: replace(self._as_of_now(timer), paused=True))

    async def resume(self, timers: Iterable[Timer]) -> None:
        """Let these run on."""
        await self._change(timers, lambda timer: replace(timer, as_of_s=self.now(), paused=False))

    async def add(self, timers: Iterable[Timer], seconds: int) -> None:
        """Let these run longer, LONGEST_S at most."""

        def longer(timer: Timer) -> Timer:
            timer = self._as_of_now(timer)
            return replace(timer, left_s=min(LONGEST_S, max(0.0, timer.left_s) + seconds))

        await self._change(timers, longer)

    async def load(self) -> None:
        """Take up the timers of before the restart."""
        text = await self._store.setting(_SETTING)
        if text is None:
            return
        try:
            written = _FILE.validate_json(text)
        except ValidationError:
            log.warning("the timers of before can't be read")
            return
        now_s, now_at = self.now(), self._unix_time()
        self._timers = tuple(
            # Not more than was left when it was written: a board without a clock battery wakes up in the past.
            Timer(
                one.n,
                one.name,
                one.length_s,
                one.left_s if one.paused else min(one.left_s, one.ends_at - now_at),
                now_s,
                one.paused,
            )
            for one in written
        )
        self.changed.set()

    async def follow_the_wall(self) -> None:
        """Write the ends down anew if somebody set the wall clock since; call it now and then."""
        if self._timers and abs(self._wall_offset_s() - self._offset_s) > _JUMP_S:
            async with self._changing:
                await self._keep(self._timers)

    async def _change(self, timers: Iterable[Timer], change: Callable[[Timer], Timer]) -> None:
        wanted = {timer.n for timer in timers}
        async with self._changing:
            await self._keep(tuple(change(timer) if timer.n in wanted else timer for timer in self._timers))

    async def _keep(self, timers: tuple[Timer, ...]) -> None:
        self._offset_s = self._wall_offset_s()
        now_at = self._unix_time()
        written = [
            _Written(
                n=timer.n,
                name=timer.name,
                length_s=timer.length_s,
                left_s=self.left_s(timer),
                ends_at=now_at + self.left_s(timer),
                paused=timer.paused,
            )
            for timer in timers
        ]
        await self._store.set_setting(_SETTING, _FILE.dump_json(written).decode())
        self._timers = timers
        self.changed.set()

    def _as_of_now(self, timer: Timer) -> Timer:
        return replace(timer, left_s=self.left_s(timer), as_of_s=self.now())

    def _wall_offset_s(self) -> float:
        return self._unix_time() - self.now()
