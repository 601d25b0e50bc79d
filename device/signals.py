"""What the board feels: battery and heat, looked at now and then, so that nobody has to wait for a sensor."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from hw.heat import ZONES, is_hot
from hw.power import SUPPLIES, read_battery

log = logging.getLogger(__name__)
EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Signals:
    """One look."""

    battery_percent: int | None = None
    """What is left while nothing feeds the battery; None: there is none, or it is being fed."""
    hot: bool = False
    """The board is about to slow down, or has."""


class Senses:
    """Keeps the latest look. `run` looks; whoever wants to know reads `now`."""

    def __init__(self, *, supplies: Path = SUPPLIES, zones: Path = ZONES) -> None:
        """Take the directories to read, for boards that are played."""
        self._supplies, self._zones = supplies, zones
        self.now = Signals()

    async def run(self) -> None:
        """Look every half minute, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Look once. In a thread: a fuel gauge on a slow bus may take its time."""
        before, self.now = self.now, await asyncio.to_thread(self._look)
        if self.now.hot != before.hot:
            log.info("the board is %s", "hot" if self.now.hot else "cool again")

    def _look(self) -> Signals:
        battery = read_battery(self._supplies)
        percent = battery.percent if battery is not None and battery.discharging else None
        return Signals(percent, is_hot(self._zones))
