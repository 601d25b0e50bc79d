"""The MQTT 5 connection that device and bridge use: every message confirmed, nothing in memory without a bound.

::

    publish()  ──▶ QoS 1 ──▶ broker          returns at the broker's PUBACK, raises LinkDown without one
    incoming() ◀── QoS 1 ◀── broker          PUBACK goes out when ack() is called, so commit first
                                             not acknowledged when the connection ends: it comes again

Neither side keeps anything for later: what must not be lost lies in the device's outbox or the bridge's ledger.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cloud_bridge._connection import Arrived, Connection, Settings, Told, Will, plainly
from cloud_bridge._paho import PahoConnection
from cloud_bridge.quiet import where

__all__ = ["Incoming", "Link", "LinkDown", "Will"]
log = logging.getLogger(__name__)

BACK_OFF_S = (0.5, 30.0)
"""The shortest and the longest pause before connecting again."""
UNANSWERED_S = 2.0
"""The longest while nobody answers at all, as without a network: no broker is spared by waiting, and somebody waits."""
MOST_WAITING = 2000
"""Messages that have arrived and nobody has taken yet; with more, no more is read until half are taken.

mosquitto 2.0.11 does not keep to the receive maximum. Whoever takes them must not wait for a confirmation to take the
next: it comes the same way."""


class LinkDown(Exception):
    """The message was not confirmed by the broker; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that arrived."""

    topic: str
    payload: bytes
    ack: Callable[[], None]
    """Tell the broker that it need not come again; does nothing a second time, or when its connection has ended."""
    retained: bool = False
    """It was published before our connection began; the broker had kept it."""


class Link:
    """One a process. `run()` holds the connection; everything is used from the event loop that runs it."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        client_id: str,
        subscriptions: tuple[str, ...],
        username: str | None = None,
        password: str | None = None,
        tls: bool = False,
        ca_file: Path | None = None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
        will: Will | None = None,
        on_connect: Callable[[], Awaitable[None]] | None = None,
        on_change: Callable[[bool], None] = lambda _connected: None,
        connection: type[Connection] = PahoConnection,
    ) -> None:
        """`cert_file` holds this client's certificate, and its key too where there is no `key_file` (PEM).

        All three are read for each connection, so that what is renewed counts. Raises OSError when one can't be read.
        """
        self._tls = (lambda: _tls(ca_file, cert_file, key_file)) if tls else lambda: None
        self._settings = Settings(host, port, client_id, subscriptions, username, password, self._tls(), will)
        self.on_connect = on_connect
        self.on_change = on_change
        self.trouble = "There is no connection to the broker."
        """Why `connected` is False, in one plain sentence."""
        self._troubled = self._warned = False
        self._answered = True
        """Whether there was anybody when it was tried last, if only to refuse."""
        self._kind: type[Connection] = connection
        self._connection: Connection | None = None
        self._up = asyncio.Event()
        self._pending: dict[int, asyncio.Future[None]] = {}
        self._queue: asyncio.Queue[Incoming] = asyncio.Queue()

    @property
    def connected(self) -> bool:
        """Whether the broker has let this client in and knows what it listens to."""
        return self._up.is_set()

    async def wait_connected(self) -> None:
        """Return as soon as there is a connection."""
        await self._up.wait()

    async def incoming(self) -> AsyncIterator[Incoming]:
        """What arrives, in order, for ever."""
        while True:
            yield await self._queue.get()
            if self._connection is not None and self._queue.qsize() <= MOST_WAITING // 2:
                self._connection.resume()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Return when the broker has confirmed the message. Raises LinkDown, at once when there is no connection.

        Whoever publishes sees to it that not too many wait.
        """
        if not self.connected:
            raise LinkDown(self.trouble)
        assert self._connection is not None
        number = self._connection.send(topic, payload, retain=retain)
        if number is None:
            raise LinkDown("The connection to the broker has just gone.")
        answer = self._pending[number] = asyncio.get_running_loop().create_future()
        try:
            await answer
        finally:
            self._pending.pop(number, None)

    async def run(self) -> None:
        """Connect, and connect again after growing, scattered pauses; ends only when cancelled."""
        shortest, longest = BACK_OFF_S
        pause = shortest
        while True:
            if await self._one_connection():
                pause = shortest
            pause = pause if self._answered else min(pause, UNANSWERED_S)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - scatter, not secrecy
            pause = min(pause * 2, longest)

    async def _one_connection(self) -> bool:
        """Connect once and stay until that ends; whether it had worked."""
        told = Told(up=self._up.set, trouble=self._note, confirmed=self._confirmed, arrived=self._arrived)
        with suppress(OSError):  # unreadable just now: as it was
            self._settings = replace(self._settings, tls=self._tls())
        connection = self._connection = self._kind(self._settings, told)
        greeting = asyncio.create_task(self._greet())
        ended = asyncio.create_task(connection.gone.wait())
        self._troubled = worked = False
        self._answered = True
        try:
            await connection.open()
            await ended
            worked = self.connected
        except OSError as error:
            self._answered = isinstance(error, ConnectionError | ssl.SSLError)
            there = f"{self._settings.host}:{self._settings.port}"
            self._note(f"The broker at {there} can't be reached: {plainly(error)}.")
        finally:
            greeting.cancel()
            ended.cancel()
            self._connection = None  # from here on ack() and publish() do nothing
            connection.close()
            self._forget()
        return worked

    async def _greet(self) -> None:
        await self._up.wait()
        if self._warned:
            self._warned = False
            log.warning("The broker at %s:%s is there.", self._settings.host, self._settings.port)
        self.on_change(True)
        if self.on_connect:
            try:
                await self.on_connect()
            except LinkDown:
                pass  # the next connection is greeted again
            except Exception as error:  # noqa: BLE001 - the connection is good, whatever its owner tripped over
                log.error("on a new connection: %s", where(error))

    def _forget(self) -> None:
        """Nothing of the connection that ended may be taken for the next one's."""
        was_up = self.connected
        self._up.clear()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(LinkDown("The connection went before the broker confirmed the message."))
        self._pending.clear()
        while not self._queue.empty():
            self._queue.get_nowait()
        if was_up:
            self.on_change(False)

    def _note(self, trouble: str) -> None:
        """Keep the first trouble of a connection: what follows it says less."""
        if not self._troubled:
            if trouble != self.trouble or self.connected:
                log.warning("%s", trouble)
                self._warned = True
            self._troubled, self.trouble = True, trouble

    def _confirmed(self, number: int, refusal: str | None) -> None:
        answer = self._pending.get(number)
        if answer is None or answer.done():
            return
        if refusal:
            answer.set_exception(LinkDown(refusal))
        else:
            answer.set_result(None)

    def _arrived(self, connection: Connection, message: Arrived) -> None:
        acknowledged = False

        def ack() -> None:
            nonlocal acknowledged
            if connection is self._connection and not acknowledged:
                acknowledged = True
                connection.take(message)

        if connection is not self._connection:
            return
        self._queue.put_nowait(Incoming(message.topic, message.payload, ack, message.retain))
        if self._queue.qsize() >= MOST_WAITING:
            connection.pause()


def _tls(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, to whoever `ca_file` vouches for, or the system's authorities without one. Raises OSError."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if cert_file is not None:
        context.load_cert_chain(cert_file, key_file)
    return context
