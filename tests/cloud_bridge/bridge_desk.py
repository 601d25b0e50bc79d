"""All parts of a bridge between broker and provider, in one process, with a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from bridge_parts import WITHIN_S, M, png, request

from cloud_bridge.config import Provider as Settings
from cloud_bridge.delivery import Delivery
from cloud_bridge.front import Front
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Incoming, LinkDown
from cloud_bridge.media import Media
from cloud_bridge.picture import look_at
from cloud_bridge.picture_work import Pictures
from cloud_bridge.protocol import Final, ImageCreate, ResultMessage, device_topic, encode, parse_result
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.providers.panel import Panel
from cloud_bridge.waiting import Kind
from cloud_bridge.worker import Worker

NOW = 1_000_000.0


class Desk:
    """What happens is written down in order."""

    def __init__(
        self,
        directory: Path,
        *,
        provider_url: str = "http://127.0.0.1:1/v1",
        idempotent: bool = False,
        concurrency: int = 2,
        partial_images: int = 0,
        others: Sequence[Settings] = (),
    ) -> None:
        """`others`: providers that take over."""
        self.happened: list[str] = []
        self.sent: list[tuple[str, ResultMessage]] = []
        self.online = True
        self._came = asyncio.Event()
        self._directory = directory
        self.ledger = Ledger(directory / "ledger.sqlite")
        self.ledger._database.set_trace_callback(lambda sql: self.happened.append(sql) if sql == "COMMIT" else None)
        self.media = Media(directory / "media", secret=b"s" * 32, link_valid_s=60, now=lambda: NOW)
        self.media.base_url = "http://bridge"
        self.delivery = Delivery(
            publish=self.publish, ledger=self.ledger, media=self.media, now=lambda: NOW, repeat_s=60
        )
        painter = Settings(
            name="Painter",
            base_url=provider_url,
            api_key="unused",
            partial_images=partial_images,
            idempotent=idempotent,
        )
        self.painters = [OpenAIImages(settings) for settings in (painter, *others)]
        (self.provider, *_) = self.painters
        self.panel = Panel(self.painters)
        self.work = self._work("image")
        self.worker = self._worker(self.work, concurrency)
        workers: dict[Kind, Worker] = {"image": self.worker, "edit": self._worker(self._work("edit"), concurrency)}
        self.front = Front(
            ledger=self.ledger, delivery=self.delivery, media=self.media, workers=workers, now=lambda: NOW
        )

    def _work(self, kind: Kind) -> Pictures:
        return Pictures(kind=kind, panel=self.panel, ledger=self.ledger, media=self.media, delivery=self.delivery)

    def _worker(self, work: Pictures, concurrency: int) -> Worker:
        return Worker(ledger=self.ledger, delivery=self.delivery, work=work, now=lambda: NOW, concurrency=concurrency)

    async def close(self) -> None:
        for painter in self.painters:
            await painter.close()
        await self.ledger.close()

    async def publish(self, topic: str, payload: bytes) -> None:
        if not self.online:
            raise LinkDown("There is no connection to the broker.")
        self.sent.append((topic, parse_result(payload)))
        self._came.set()

    async def hears(self, kind: type[M], times: int = 1) -> list[M]:
        """The first so many messages of a kind, as soon as they have been sent."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                self._came.clear()
                found = [message for _, message in self.sent if isinstance(message, kind)]
                if len(found) >= times:
                    return found[:times]
                await self._came.wait()

    async def arrives(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        await self.front._handle(Incoming(topic, payload, lambda: self.happened.append("ack"), retained))

    async def asked(self) -> ImageCreate:
        """A job that has just come from the lamp."""
        wish = request(valid_s=1000)
        await self.arrives(device_topic("lamp", "jobs"), encode(wish))
        return wish

    async def state_of(self, wish: ImageCreate) -> tuple[str, int]:
        """Its state, and how often the provider was called for it."""
        entry = await self.ledger.find("lamp", str(wish.job))
        assert entry is not None
        return entry.state, entry.calls

    async def made(self, *, device: str = "lamp") -> UUID:
        """A job that ended with a picture, which the device has not got."""
        wish = request()
        body = encode(wish)
        await self.ledger.accept(device=device, job=str(wish.job), body=body, expires_at=NOW, now=NOW)
        entry = await self.ledger.claim(now=NOW)
        assert entry is not None
        final = Final(job=wish.job, engine="x", provider="y", artifact=await self.media.store(look_at(png((64, 64)))))
        await self.ledger.end(entry, "stored", encode(final), now=NOW)
        self.happened.clear()
        return wish.job

    def pictures(self) -> list[Path]:
        return list((self._directory / "media").rglob("*.png"))


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[Desk]:
    """With its worker at work; closed afterwards."""
    running = asyncio.create_task(desk.worker.run())
    try:
        yield desk
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await desk.close()
