"""The bridge's front desk: every message from a device is read once, written down, and only then acknowledged."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from uuid import UUID

from pydantic import ValidationError

from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import LedgerError
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Incoming
from cloud_bridge.media import Media
from cloud_bridge.protocol import (
    DEVICE_NAME,
    MAX_BODY_BYTES,
    Accepted,
    Cancel,
    Chat,
    DeviceStatus,
    Failed,
    ImageCreate,
    ImageEdit,
    Job,
    ProtocolError,
    Renew,
    Search,
    Upload,
    device_of,
    encode,
    parse_ack,
    parse_job,
)
from cloud_bridge.quiet import where
from cloud_bridge.waiting import Kind
from cloud_bridge.witness import NOBODY, Witness
from cloud_bridge.worker import Worker

log = logging.getLogger(__name__)

AT_ONCE = 400
"""Messages that are being written down. Telling devices does not count: it waits for the broker, which may be waiting
for us to read on."""
LEDGER_PAUSE_S = 5.0


class Front:
    """Handles what arrives. Messages of one device are written down in the order in which they came."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        delivery: Delivery,
        media: Media,
        workers: Mapping[Kind, Worker],
        now: Callable[[], float],
        witness: Witness = NOBODY,
        welcome: Callable[[str], bool] = lambda _device: True,
        weight: Callable[[str], float] = lambda _device: 1.0,
    ) -> None:
        """`workers`: one for each kind of job. `welcome`: whether a device still has a say.

        `weight`: a device's share when several wait.
        """
        self._ledger, self._delivery, self._workers, self._now = ledger, delivery, workers, now
        self._uploads, self._witness, self._welcome, self._weight = media.uploads, witness, welcome, weight
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._not_noted: asyncio.Queue[Incoming] = asyncio.Queue()

    async def run(self, incoming: AsyncIterator[Incoming]) -> None:
        """For ever. Many at a time, so that they share the ledger's commits."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._try_again(group))
            async for message in incoming:
                await self._slots.acquire()
                mine = replace(message, ack=self._done_with(message))
                if not self._is_noted(mine):
                    group.create_task(self._handle(mine))

    async def _try_again(self, group: asyncio.TaskGroup) -> None:
        while True:
            group.create_task(self._handle(await self._not_noted.get()))

    def _is_noted(self, incoming: Incoming) -> bool:
        """Whether it is a device's acknowledgement, as a third of all messages are, which needs no task of its own.

        One that can't be written down, or not understood, is handled as all others are.
        """
        if not incoming.topic.endswith("/acks"):
            return False

        def written(trouble: LedgerError | None) -> None:
            if trouble is None:
                incoming.ack()
            else:
                self._not_noted.put_nowait(incoming)

        try:
            device, job = self._device(incoming.topic), str(parse_ack(incoming.payload).job)
            self._ledger.acknowledge_soon(device, job, now=self._now(), then=written)
        except Exception:  # noqa: BLE001 - whatever it is, it is told where it is handled
            return False
        return True

    def _done_with(self, message: Incoming) -> Callable[[], None]:
        """Its acknowledgement, which makes room for the next one."""
        taken = True

        def ack() -> None:
            nonlocal taken
            message.ack()
            if taken:
                taken = False
                self._slots.release()

        return ack

    async def _handle(self, incoming: Incoming) -> None:
        """See to one message, however long the ledger's disk is full; one that can't be seen to is set aside."""
        while True:
            try:
                return await self._see_to(incoming)
            except LedgerError as error:
                log.error("%s", error)
                await asyncio.sleep(LEDGER_PAUSE_S)
            except ProtocolError as error:
                log.warning("a message on %s was refused: %s", incoming.topic[:100], str(error)[:300])
                self._witness.refused("not_understood")
                return incoming.ack()
            except Exception as error:  # noqa: BLE001 - it would come again and again, and nothing else would
                log.error("a message on %s was set aside: %s", incoming.topic[:100], where(error))
                self._witness.refused("set_aside")
                return incoming.ack()

    async def _see_to(self, incoming: Incoming) -> None:
        device = self._device(incoming.topic)
        match incoming.topic.rsplit("/", 1)[-1]:
            case "jobs":
                await self._job(device, incoming)
            case "acks":
                await self._ledger.acknowledge(device, str(parse_ack(incoming.payload).job), now=self._now())
                incoming.ack()
            case "status":
                incoming.ack()
                online = _status(incoming.payload).online
                await self._delivery.device_status(device, online=online, news=not incoming.retained)
            case _:
                incoming.ack()

    def _device(self, topic: str) -> str:
        """Whose topic it is. Raises ProtocolError when that is nobody who has a say."""
        device = device_of(topic)
        if not re.fullmatch(DEVICE_NAME, device):
            raise ProtocolError(f"{device[:80]!r} can't be a device's name.")
        if not self._welcome(device):
            raise ProtocolError("This device was revoked.")
        return device

    async def _job(self, device: str, incoming: Incoming) -> None:
        try:
            message = parse_job(incoming.payload)
        except ProtocolError as error:
            incoming.ack()
            if job := _job_in(incoming.payload):
                await self._delivery.tell(device, Failed(job=job, code="bad_request", text=str(error)[:500]))
            raise
        match message:
            case ImageCreate():
                await self._take(device, message, "image", incoming)
            case ImageEdit():
                await self._change(device, message, incoming)
            case Chat() | Search():
                await self._take(device, message, "answer", incoming)
            case Upload():
                incoming.ack()
                await self._delivery.tell(device, await self._uploads.ask(device, message))
            case Cancel():
                await self._cancel(device, message.job, incoming)
            case Renew():
                await self._renew(device, message.job, incoming)

    async def _change(self, device: str, message: ImageEdit, incoming: Incoming) -> None:
        """Take a change on if all pictures that it needs are here; one that the ledger knows goes on in any case."""
        here = await self._uploads.has_all(device, message.pictures)
        if here or await self._ledger.find(device, str(message.job)):
            await self._take(device, message, "edit", incoming)
            return
        incoming.ack()
        text = "A picture that this needs has not arrived at the bridge."
        failed = Failed(job=message.job, code="input_missing", text=text, retryable=True)
        await self._delivery.tell(device, failed)

    async def _take(self, device: str, message: Job, kind: Kind, incoming: Incoming) -> None:
        job, now, worker = message.job, self._now(), self._workers[kind]
        valid_s = max(0.0, message.expires_at - message.created_at)  # by the device's clock, which may be years off
        receipt = await self._ledger.accept(
            device=device,
            job=str(job),
            body=incoming.payload,
            expires_at=now + valid_s,
            now=now,
            kind=kind,
            conversation=message.conversation,
            trace=message.trace,
            weight=self._weight(device),
            again_s=worker.wait_s(self._ledger.waiting(kind)),
        )
        incoming.ack()
        if receipt.new:
            worker.work_came()
        if receipt.shed is not None:
            await self._delivery.send(receipt.shed)
        if not receipt.same_body:
            text = "There is another job with the same number; it goes on as it was."
            await self._delivery.tell(device, Failed(job=job, code="bad_request", text=text))
        elif receipt.entry.result is not None:
            if receipt.new:  # turned away: the word for it is as fresh as its row, and is never one of those left out
                await self._delivery.send(receipt.entry)
            else:
                await self._delivery.deliver(receipt.entry)
        else:
            wait_s = worker.wait_s(receipt.position)
            await self._delivery.tell(device, Accepted(job=job, position=receipt.position, wait_s=wait_s))

    async def _cancel(self, device: str, job: UUID, incoming: Incoming) -> None:
        cancelled, now = Failed(job=job, code="cancelled", text="It was cancelled."), self._now()
        entry = await self._ledger.find(device, str(job))
        if entry is None:  # it may still come: while the disk was full, its cancellation overtook it
            receipt = await self._ledger.accept(
                device=device,
                job=str(job),
                body=incoming.payload,
                expires_at=now,
                now=now,
                objection=lambda _database: cancelled,
            )
            entry = receipt.entry
            if receipt.new:
                incoming.ack()
                await self._delivery.deliver(entry)
                return
        ended = await self._ledger.end(entry, "cancelled", encode(cancelled), now=now)
        incoming.ack()
        if ended is not None:
            self._workers[entry.kind].stop(entry)
            await self._delivery.deliver(ended)
        elif (known := await self._ledger.find(device, str(job))) is not None:  # it was too late: tell how it ended
            await self._delivery.deliver(known)

    async def _renew(self, device: str, job: UUID, incoming: Incoming) -> None:
        entry = await self._ledger.find(device, str(job))
        incoming.ack()
        if entry is None:
            text = "The bridge does not know this job."
            await self._delivery.tell(device, Failed(job=job, code="bad_request", text=text))
        elif entry.result is not None:
            await self._delivery.deliver(entry)


def _status(payload: bytes) -> DeviceStatus:
    try:
        return DeviceStatus.model_validate_json(payload[:MAX_BODY_BYTES])
    except ValidationError:
        raise ProtocolError("Not a device's status.") from None


def _job_in(payload: bytes) -> UUID | None:
    """The job's id in a message that is otherwise not understood, so that its sender can be told."""
    if len(payload) > MAX_BODY_BYTES:
        return None
    try:
        return UUID(json.loads(payload)["job"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
