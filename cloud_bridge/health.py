"""The bridge's status, retained at the broker: whether pictures can be had, how many jobs are open, the wait."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from cloud_bridge.ledger import Ledger
from cloud_bridge.link import LinkDown, Will
from cloud_bridge.protocol import BridgeStatus, bridge_topic, encode
from cloud_bridge.providers.openai_images import OpenAIImages

log = logging.getLogger(__name__)

TICK_S = 1.0
CHECK_UP_S = 30.0
CHECK_DOWN_S = 2.0
"""How often the provider is asked how it is, while it is up and while it is down."""


def last_will(bridge: str) -> Will:
    """What the broker says when the bridge is gone."""
    return Will(bridge_topic(bridge), encode(BridgeStatus(online=False)))


class Health:
    """Publishes the status whenever it has changed."""

    def __init__(
        self,
        *,
        bridge: str,
        provider: OpenAIImages,
        ledger: Ledger,
        wait_s: Callable[[int], float],
        publish: Callable[[BridgeStatus], Awaitable[None]],
    ) -> None:
        """`wait_s`: what to expect with so many jobs before one's own."""
        self._bridge, self._provider, self._ledger = bridge, provider, ledger
        self._wait_s, self._publish = wait_s, publish
        self._up = False
        self._trouble: str | None = None
        self._told: BridgeStatus | None = None

    def provider_is(self, up: bool) -> None:
        """Somebody has just seen whether the provider can work."""
        self._up = up

    def forget(self) -> None:
        """There is a new connection: what was told before does not count."""
        self._told = None

    async def watch(self) -> None:
        """Ask the provider how it is, for ever."""
        while True:
            trouble = await self._provider.check()
            if trouble and trouble != self._trouble:
                log.warning("%s", trouble)
            self._trouble, self._up = trouble, trouble is None
            await asyncio.sleep(CHECK_UP_S if self._up else CHECK_DOWN_S)

    async def report(self) -> None:
        """Publish what has changed, for ever."""
        while True:
            with contextlib.suppress(LinkDown):
                await self._report_once()
            await asyncio.sleep(TICK_S)

    async def _report_once(self) -> None:
        queue = self._ledger.open
        status = BridgeStatus(
            online=True, image="up" if self._up else "down", queue=queue, wait_s=self._wait_s(queue) if queue else 0.0
        )
        if status != self._told:
            await self._publish(status)
            self._told = status
