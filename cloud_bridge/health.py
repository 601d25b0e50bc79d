"""The bridge's status, retained at the broker: what can be had of it, how many jobs are open, the wait."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from cloud_bridge.ledger import Ledger
from cloud_bridge.link import LinkDown, Will
from cloud_bridge.protocol import BridgeStatus, Capability, bridge_topic, encode

log = logging.getLogger(__name__)

TICK_S = 1.0

What = Literal["image", "edit", "chat", "search"]
NOT_ASKED = "Nobody has been able to ask yet."
NOT_ANSWERED = "Its provider does not answer."
MANY_FAIL = "Many of the jobs of the last minutes failed."
ONE_IS_AWAY = "One of several providers does not work; another does its work."
SLOW = "There is so much to do that it takes much longer than usual."
SLOW_S = 120.0
"""A wait that people notice."""


class Checked(Protocol):
    """Whoever does the work of a capability."""

    async def check(self) -> str | None:
        """None when it works, else why not, in one sentence."""
        ...


@dataclass(frozen=True, slots=True)
class Watched:
    """Somebody who is asked how he is."""

    who: Checked
    up_s: float = 30.0
    down_s: float = 2.0
    """How often, while he works and while he doesn't."""


def last_will(bridge: str) -> Will:
    """What the broker says when the bridge is gone."""
    return Will(bridge_topic(bridge), encode(BridgeStatus(online=False)))


class Health:
    """Publishes the status whenever it has changed."""

    def __init__(
        self,
        *,
        watched: Mapping[What, Watched],
        ledger: Ledger,
        wait_s: Callable[[int], float],
        publish: Callable[[BridgeStatus], Awaitable[None]],
    ) -> None:
        """`watched`: those that there are. `wait_s`: what to expect with so many jobs before one's own."""
        self._watched, self._ledger = watched, ledger
        self._wait_s, self._publish = wait_s, publish
        self._up: dict[What, bool] = dict.fromkeys(watched, False)
        self._trouble: dict[What, str] = dict.fromkeys(watched, NOT_ASKED)
        self._told: BridgeStatus | None = None

    def it_is(self, what: What, up: bool) -> None:
        """Somebody has just seen whether it works."""
        if what in self._up:
            if self._up[what] and not up:
                self._trouble[what] = NOT_ANSWERED
            self._up[what] = up

    def trouble(self, what: What) -> str | None:
        """Why it does not work, in one sentence; None while it does, as far as is known."""
        return None if self._up[what] else self._trouble[what]

    def forget(self) -> None:
        """There is a new connection: what was told before does not count."""
        self._told = None

    async def watch(self) -> None:
        """Ask all of them how they are, for ever."""
        async with asyncio.TaskGroup() as group:
            for what, watched in self._watched.items():
                group.create_task(self._watch(what, watched))

    async def _watch(self, what: What, watched: Watched) -> None:
        last: str | None = None
        while True:
            trouble = await watched.who.check()
            if trouble and trouble != last:
                log.warning("%s", trouble)
            last = trouble
            self._up[what], self._trouble[what] = trouble is None, trouble or ""
            await asyncio.sleep(watched.down_s if trouble else watched.up_s)

    async def report(self) -> None:
        """Publish what has changed, for ever."""
        while True:
            with contextlib.suppress(LinkDown):
                await self._report_once()
            await asyncio.sleep(TICK_S)

    async def _report_once(self) -> None:
        queue = self._ledger.open
        status = BridgeStatus(
            online=True,
            image="up" if self._up.get("image") else "down",
            edit=self._is("edit"),
            chat=self._is("chat"),
            search=self._is("search"),
            queue=queue,
            wait_s=self._wait_s(queue) if queue else 0.0,
        )
        if status != self._told:
            await self._publish(status)
            self._told = status

    def _is(self, what: What) -> Capability:
        return "absent" if what not in self._up else "up" if self._up[what] else "down"
