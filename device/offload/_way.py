"""The way to the bridge: the connection, who is at the other end, and the owner's word that nothing may leave.

::

    may leave       ├──────────────────┤           ├──────────…
    connected          ├──────────────┤               ├───────
    bridge there           ├──────────┤                   ├───
                        online        goodbye, so that the bridge sends nothing here
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from cloud_bridge.link import Link, LinkDown, Will
from cloud_bridge.protocol import BridgeStatus, DeviceStatus, bridge_topic, device_topic, encode
from device import events
from device.bus import NO_TURN, Bus
from device.config import Broker

_GOODBYE_S = 1.0


class Way:
    """One a device. Whoever reads the messages of `link` tells `note_bridge` what the bridge says of itself."""

    def __init__(
        self,
        broker: Broker,
        *,
        device: str,
        bus: Bus,
        connected: Callable[[], None],
        bridge_changed: Callable[[bool | None], None],
    ) -> None:
        """`connected` hears of each new connection, `bridge_changed` of a bridge that is away (None: unknown).

        Raises OSError when the broker's `ca_file` or `cert_file` can't be read.
        """
        self._bus, self._began, self._bridge_changed = bus, connected, bridge_changed
        self.results, self.bridge = device_topic(device, "results"), bridge_topic(broker.bridge)
        """The topics that are listened to."""
        self._status = device_topic(device, "status")
        self.bridge_status: BridgeStatus | None = None
        """What the bridge has said on this connection."""
        self._said_online = False
        self._free, self._held = asyncio.Event(), asyncio.Event()
        self._free.set()
        self.link = Link(
            host=broker.host,
            port=broker.port,
            client_id=f"nightjar-device-{device}",
            subscriptions=(self.results, self.bridge),
            username=broker.username,
            password=broker.password,
            tls=broker.tls,
            ca_file=broker.ca_file,
            cert_file=broker.cert_file,
            key_file=broker.key_file,
            will=Will(self._status, encode(DeviceStatus(online=False))),
            on_connect=self._connected,
            on_change=self._link_changed,
        )

    @property
    def online(self) -> bool:
        """The broker is connected and the bridge says that it is there."""
        status = self.bridge_status
        return self.link.connected and status is not None and status.online

    def hold(self, held: bool) -> None:
        """Give up the connection (True), until told otherwise."""
        for event, on in ((self._held, held), (self._free, not held)):
            event.set() if on else event.clear()

    async def stay_connected(self) -> None:
        """Hold the connection, but for the time in which nothing may leave."""
        await self.while_free(self.link.run, self.say_goodbye)

    async def while_free(
        self, work: Callable[[], Coroutine[Any, Any, None]], goodbye: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Do work that ends by failing alone, but while nothing may leave; `goodbye` comes before it is stopped."""
        while True:
            await self._free.wait()
            working = asyncio.create_task(work(), name="offload-work")
            held = asyncio.create_task(self._held.wait(), name="offload-held")
            try:
                await asyncio.wait({working, held}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    await working
                if goodbye is not None:
                    await goodbye()
            finally:
                held.cancel()
                working.cancel()
                await asyncio.gather(held, working, return_exceptions=True)

    async def say_goodbye(self) -> None:
        """Tell the bridge that this device goes away, if that is quickly done."""
        with suppress(LinkDown, TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self._say(online=False)

    def note_bridge(self, status: BridgeStatus | None) -> None:
        """The bridge has said how it is; None: that is not known any more."""
        self.bridge_status = status
        self._bridge_changed(None if status is None else not status.online)
        self._say_online()

    async def _connected(self) -> None:
        self._began()
        await self._say(online=True)

    async def _say(self, *, online: bool) -> None:
        await self.link.publish(self._status, encode(DeviceStatus(online=online)), retain=True)

    def _link_changed(self, connected: bool) -> None:
        if not connected:  # what the bridge said before says nothing about now
            self.note_bridge(None)
        self._say_online()

    def _say_online(self) -> None:
        if self.online != self._said_online:
            self._said_online = self.online
            self._bus.publish(NO_TURN, events.LinkChanged(online=self.online))
