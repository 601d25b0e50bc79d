"""Do not disturb: alarms and timers ring, but reminders and news wait until it ends."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.bus import NO_TURN, Bus
from device.events import DoNotDisturb
from device.store import Store

log = logging.getLogger(__name__)

_SETTING = "do_not_disturb"
_LOOK_S = 10.0
"""How often the wall clock is looked at: somebody may set it."""


class _Written(BaseModel):
    """The setting as the store has it."""

    model_config = ConfigDict(extra="forbid")

    on: bool
    until: Annotated[float, Field(allow_inf_nan=False)] | None


class Quiet:
    """Whether the device may speak of its own accord."""

    def __init__(self, store: Store, bus: Bus, *, unix_time: Callable[[], float] = time.time) -> None:
        self._store = store
        self._bus = bus
        self._unix_time = unix_time
        self._on = False
        self._until: float | None = None
        self._changed = asyncio.Event()

    @property
    def on(self) -> bool:
        """Nobody is to be disturbed now."""
        return self._on and (self._until is None or self._unix_time() < self._until)

    @property
    def until(self) -> float | None:
        """Unix seconds of its end; None for until somebody ends it."""
        return self._until

    async def set(self, on: bool, until: float | None = None) -> None:
        """Begin it (until a moment, in Unix seconds), or end it; it outlives a restart. Raises StoreError."""
        until = until if on else None
        await self._store.set_setting(_SETTING, _Written(on=on, until=until).model_dump_json())
        self._on, self._until = on, until
        self._changed.set()
        self._bus.publish(NO_TURN, DoNotDisturb(self.on, until))

    async def load(self) -> None:
        """Take up what was set before the restart."""
        text = await self._store.setting(_SETTING)
        if text is None:
            return
        try:
            written = _Written.model_validate_json(text)
        except ValidationError:
            log.warning("whether anybody may be disturbed can't be read")
            return
        self._on, self._until = written.on, written.until

    async def run(self) -> None:
        """Say when its time is over, until cancelled."""
        while True:
            self._changed.clear()
            if self._on and not self.on:
                self._on, self._until = False, None
                self._bus.publish(NO_TURN, DoNotDisturb(False))
            left_s = self._until - self._unix_time() if self._on and self._until is not None else None
            try:
                async with asyncio.timeout(None if left_s is None else min(_LOOK_S, max(0.0, left_s))):
                    await self._changed.wait()
            except TimeoutError:
                continue
