"""The device's end of the bridge, put together: submit, send, receive, give up."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeVar
from uuid import UUID

from uuid_utils import uuid7

from cloud_bridge.protocol import (
    Capability,
    Chat,
    Exchange,
    ImageCreate,
    ImageEdit,
    ProtocolError,
    Search,
    encode,
    parse_bridge_status,
)
from device import events
from device.audit import AuditLine
from device.bus import Bus
from device.config import Broker
from device.gallery import BadPicture, Gallery, Picture, Region
from device.offload._again import Again
from device.offload._ages import ANSWER_WITHIN_S, EXPIRES_AFTER_S, Ages
from device.offload._asked import Asked, words_sent
from device.offload._fetch import fetch, http_session, put
from device.offload._inbox import Inbox
from device.offload._inputs import prepare, reference
from device.offload._metadata import Bare
from device.offload._outbox import Job, Outbox
from device.offload._quota import NoBridge, NotPermitted, make_room
from device.offload._sender import Sender
from device.offload._upload import Uploader
from device.offload._way import Way
from device.phrases import Phrases
from device.policy import Data, Permission
from device.store import Store, StoreError
from device.trace import traceparent

T = TypeVar("T")
SILENCE_S = 7 * 24 * 3600.0
"""After that and as long again as this, nothing is expected of a job any more."""
CONNECTED_S = 3600.0
"""So long this process must have been connected before: every connection asks the bridge what became of its jobs."""
_LOOK_FOR_EXPIRED_S = 30.0
log = logging.getLogger(__name__)


class Offload:
    """One a device. `run` does the work; `submit` and `cancel` work at any time, with and without a network."""

    def __init__(
        self,
        *,
        store: Store,
        gallery: Gallery,
        bus: Bus,
        device: str,
        broker: Broker,
        unix_time: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        phrases: Phrases | None = None,
    ) -> None:
        """`unix_time` gives Unix seconds, and may jump: a board without a battery wakes up in 1970.

        `phrases` are those of the device's language, English by default. Raises OSError when the broker's
        `ca_file` or `cert_file` can't be read.
        """
        self._bus, self._store = bus, store
        self._broker = broker
        self._ages = Ages(unix_time=unix_time, monotonic=monotonic)
        self._connected_s, self._looked_at = 0.0, monotonic()
        self._outbox = Outbox(store)
        self._gallery = gallery
        self._phrases = phrases or Phrases()
        self._way: Way | None = None
        self._sender: Sender | None = None
        if broker.host:
            self._way = Way(
                broker, device=device, bus=bus, connected=self._connected, bridge_changed=self._bridge_changed
            )
            self._sender = Sender(
                outbox=self._outbox, link=self._way.link, device=device, set_aside=self._say_set_aside
            )
        self._uploader: Uploader | None = None
        self._asked: dict[str, Asked] = {}
        self._carrying: set[asyncio.Task[Any]] = set()

    @property
    def online(self) -> bool:
        """The broker is connected and the bridge says that it is there."""
        return self._way is not None and self._way.online

    @property
    def configured(self) -> bool:
        """Whether there is a bridge at all."""
        return self._way is not None

    def can(self, what: Literal["chat", "search", "edit"]) -> Capability:
        """Whether the bridge answers questions, looks things up, or changes pictures, now."""
        status = self._way.bridge_status if self._way is not None and self._way.online else None
        if status is None:
            return "down"
        return status.edit if what == "edit" else status.chat if what == "chat" else status.search

    def pending(self) -> int:
        """Pictures that are not finished (known as soon as `run` has begun)."""
        return sum(not job.asks for job in self._outbox.open())

    def oldest_s(self) -> float:
        """For how many seconds the oldest of them has been waited for; 0 where there is none."""
        return self._ages.oldest_s(job for job in self._outbox.open() if not job.asks)

    async def submit(
        self,
        *,
        permission: Permission,
        turn: str,
        picture: Picture,
        prompt: str,
        width: int = 1024,
        height: int = 1024,
        seed: int,
        partial_images: int = 2,
    ) -> str:
        """Ask for the finished picture; the job's id. Committed with its audit line when this returns.

        `permission` is the policy's, for this turn and this very prompt. Raises NotPermitted, NoBridge when no broker
        is configured, OutboxFull, and StoreError when the disk refuses.
        """
        self._check(permission, Data.TEXT, turn=turn, words=prompt, without="only drafts can be made")
        now = self._ages.unix_time()
        request = ImageCreate(
            job=UUID(str(uuid7())),
            turn=turn,
            conversation=await self._gallery.root(picture),
            created_at=now,
            expires_at=now + EXPIRES_AFTER_S,
            prompt=prompt,
            width=width,
            height=height,
            seed=seed,
            partial_images=partial_images,
        )
        return await self._commit(request, words=prompt, picture=picture.id, reason=permission.reason)

    async def submit_edit(
        self,
        *,
        permission: Permission,
        turn: str,
        picture: Picture,
        prompt: str,
        inputs: Sequence[Picture],
        part: Region | None = None,
        seed: int,
        partial_images: int = 2,
    ) -> str:
        """Ask for `picture` as a change of the first of `inputs`, in `part` of it alone; the job's id.

        What leaves of the pictures is committed with the job and with audit lines that name its hashes. `permission`
        must cover photos where one can be seen. Raises as `submit`, and BadPicture when the pictures can't be sent.
        """
        kinds = [Data.TEXT, Data.PHOTO] if any(each.of_a_photo for each in inputs) else [Data.TEXT]
        self._check(permission, *kinds, turn=turn, words=prompt, without="only drafts can be made")
        try:
            pictures, mask = await asyncio.to_thread(prepare, inputs, part)
        except OSError:
            raise BadPicture("The picture's file is not there any more.") from None
        everything = [*pictures, *([mask] if mask else [])]
        now = self._ages.unix_time()
        request = ImageEdit(
            job=UUID(str(uuid7())),
            turn=turn,
            conversation=await self._gallery.root(picture),
            created_at=now,
            expires_at=now + EXPIRES_AFTER_S,
            prompt=prompt,
            width=pictures[0].width,
            height=pictures[0].height,
            seed=seed,
            partial_images=partial_images,
            inputs=tuple(reference(each) for each in pictures),
            mask=reference(mask) if mask else None,
        )
        return await self._commit(
            request, words=prompt, picture=picture.id, reason=permission.reason, inputs=everything
        )

    async def ask(
        self,
        *,
        permission: Permission,
        turn: str,
        question: str,
        context: tuple[Exchange, ...] = (),
        language: str,
        child: bool,
    ) -> Asked:
        """Ask the bridge a question; what comes back fills what this returns. Committed with its audit line by then.

        `permission` is the policy's, for this turn and for `words_sent` of question and context. Raises as `submit`.
        """
        words = words_sent(question, context)
        self._check(permission, Data.TEXT, turn=turn, words=words, without="nothing can be looked up")
        now = self._ages.unix_time()
        # Where there is nobody to talk with, what is found is the answer.
        kind = Search if self.can("chat") == "absent" else Chat
        request = kind(
            job=UUID(str(uuid7())),
            turn=turn,
            created_at=now,
            expires_at=now + ANSWER_WITHIN_S,
            question=question,
            context=context,
            language=language,
            child=child,
        )
        asked = self._asked[str(request.job)] = Asked(str(request.job))
        try:
            await self._commit(request, words=words, picture="", reason=permission.reason)
        except BaseException:
            del self._asked[asked.job]
            raise
        return asked

    async def leave(self, asked: Asked) -> None:
        """Wait for this answer no longer; where it has not come, it is called off. Raises StoreError."""
        self._asked.pop(asked.job, None)
        if not asked.over:
            await self.cancel(asked.job)

    def _check(self, permission: Permission, *kinds: Data, turn: str, words: str, without: str) -> None:
        """Raises NotPermitted, and NoBridge that says what there is `without` one."""
        if not all(permission.covers(turn=turn, data=kind, words=words) for kind in kinds):
            raise NotPermitted("Nothing was sent: the policy's permission is for something else.")
        if self._way is None:
            raise NoBridge(f"No bridge is configured, so {without}.")

    async def _commit(
        self,
        request: ImageCreate | ImageEdit | Chat | Search,
        *,
        words: str,
        picture: str,
        reason: str,
        inputs: Sequence[Bare] = (),
    ) -> str:
        """Raises OutboxFull and StoreError."""
        job_id = str(request.job)
        request = request.model_copy(update={"trace": traceparent(request.turn, request.job)})
        job = Job(
            id=job_id,
            turn=request.turn,
            picture=picture,
            body=encode(request),
            expires_at=request.expires_at,
            conversation=request.conversation,
            asked_at=self._ages.monotonic(),
        )
        make_room(
            len(job.body) + sum(len(each.data) for each in inputs),
            waiting=self._outbox.open(),
            oldest_s=self.oldest_s(),
            store=self._store.path,
            phrases=self._phrases,
        )
        where = f"{self._broker.host}:{self._broker.port}"

        def line(what: str, content: str) -> AuditLine:
            return AuditLine(request.created_at, request.turn, job_id, what, where, content, reason=reason)

        leaving = [f"{each.media_type} {each.width}×{each.height} sha256:{each.sha256}" for each in inputs]
        audit = [line(request.type, words), *(line("upload", each) for each in leaving)]
        queued = events.JobQueued(job=job_id, kind="chat" if job.asks else "image")

        async def commit() -> str:
            # The event in the same breath: nothing about the job can be heard before it.
            await self._outbox.add(job, *audit, inputs=inputs)
            self._bus.publish(job.turn, queued)
            return job_id

        return await self._carry_through(commit())

    def hold(self, held: bool) -> None:
        """Let nothing leave and give up the connection (True), until told otherwise. Jobs that wait go on waiting."""
        if self._sender is not None:
            self._sender.held = held
        if self._way is not None:
            self._way.hold(held)

    async def cancel(self, job_id: str) -> bool:
        """Stop a job; False when it is over or unknown.

        One that never left ends here and now. Otherwise the bridge is told, and answers with Failed `cancelled`, or
        with the picture where it was done already.
        """
        job = self._outbox.find_open(self._outbox.new_names.get(job_id, job_id))
        if job is None:
            return False

        async def stop() -> bool:
            called = job.id
            if self._uploader is not None:
                self._uploader.stop(called)
            if not await self._give_up(job, code="cancelled", text=self._phrases("fault-cancelled")):
                await self._outbox.cancel(job)
            return True if job.id == called else await stop()  # it was about to be asked for again

        return await self._carry_through(stop())

    def working_on(self, picture_id: str) -> bool:
        """Whether a picture is still to be finished."""
        return any(job.picture == picture_id and not job.cancelled for job in self._outbox.open())

    async def cancel_picture(self, picture_id: str) -> None:
        """Stop all jobs of a picture."""
        for job in self._outbox.open():
            if job.picture == picture_id:
                await self.cancel(job.id)

    async def end_expired(self) -> None:
        """End what nobody will answer any more, and say so of all in one breath: that is one spoken sentence."""
        self._count_connected()
        over: list[tuple[Job, str]] = []
        try:
            for job in self._outbox.open():
                code = await self._end_late(job)
                if code:
                    over.append((job, code))
        finally:
            for job, code in over:
                text = self._phrases("fault-expired" if code == "expired" else "fault-outcome-unknown")
                self._bus.publish(job.turn, events.Failed(code=code, text=text, job=job.id))

    async def _end_late(self, job: Job) -> str:
        """End a job whose time is over, if it can be; the code for whoever waits for it, "" for nobody."""
        late_s = -self._ages.left_s(job)
        if late_s <= 0:
            return ""
        if job.asks and late_s <= SILENCE_S:
            if not job.cancelled:  # left behind by a process that has ended: nobody waits any more
                await self.cancel(job.id)
            return ""
        if await self._outbox.withdraw(job):
            return "" if job.asks else "expired"
        if late_s <= SILENCE_S or (self._way is not None and self._connected_s < CONNECTED_S):
            return ""
        return "outcome_unknown" if await self._outbox.end(job) and not job.asks else ""

    def _count_connected(self) -> None:
        now = self._ages.monotonic()
        if self._way is not None and self._way.link.connected:
            self._connected_s += now - self._looked_at
        self._looked_at = now

    async def run(self) -> None:
        """Send, receive and give up, until cancelled."""
        await self._outbox.load()
        if self._way is None or self._sender is None:
            await self._run_expiry()
            return
        async with http_session(self._broker.ca_file if self._broker.tls else None) as session:
            uploader = self._uploader = Uploader(
                outbox=self._outbox,
                put=lambda url, data, media_type: put(session, url, data, media_type, self._broker),
                give_up=lambda job, code, text: inbox.fail(job, code=code, text=text),
            )
            inbox = Inbox(
                upload_to=uploader.take,
                phrases=self._phrases,
                outbox=self._outbox,
                gallery=self._gallery,
                bus=self._bus,
                fetch=lambda ref: fetch(session, ref, self._broker),
                asked=self._asked,
                again=Again(outbox=self._outbox, ages=self._ages),
            )
            connection = asyncio.create_task(self._way.stay_connected(), name="offload-link")
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._watch(connection), name="offload-watch")
                    tasks.create_task(self._sender.run(), name="offload-send")
                    tasks.create_task(inbox.run(), name="offload-fetch")
                    tasks.create_task(self._way.while_free(uploader.run), name="offload-upload")
                    tasks.create_task(self._receive(self._way, inbox), name="offload-receive")
                    tasks.create_task(self._run_expiry(), name="offload-expiry")
            finally:
                await self._way.say_goodbye()
                connection.cancel()
                await asyncio.gather(connection, return_exceptions=True)

    def _say_set_aside(self, job: Job) -> None:
        text = self._phrases("fault-set-aside")
        if asked := self._asked.get(job.id):
            asked.end(trouble=("set_aside", text))
        elif not job.asks:
            self._bus.publish(job.turn, events.Failed(code="set_aside", text=text, job=job.id))

    def _connected(self) -> None:
        if self._sender is not None:
            self._sender.begin_connection()

    def _bridge_changed(self, away: bool | None) -> None:
        if self._sender is not None:
            self._sender.bridge_changed(away=away)

    async def _receive(self, way: Way, inbox: Inbox) -> None:
        async for message in way.link.incoming():
            try:
                if message.topic == way.results:
                    await inbox.handle(message.payload)
                elif message.topic == way.bridge:
                    way.note_bridge(parse_bridge_status(message.payload))
            except ProtocolError as error:
                log.warning("a message on %s is set aside: %s", message.topic, error)
            except StoreError as error:
                log.error("a message on %s could not be kept; the bridge will repeat it: %s", message.topic, error)
            except Exception:
                # Whatever one message brings about, it must not come back and bring it about for ever.
                log.exception("a message on %s is set aside", message.topic)
            message.ack()

    async def _give_up(self, job: Job, *, code: str, text: str) -> bool:
        """End a job that never left the device; False when it may have left."""
        if not await self._outbox.withdraw(job):
            return False
        if not job.asks:  # else whoever asked says what became of it
            self._bus.publish(job.turn, events.Failed(code=code, text=text, job=job.id))
        return True

    async def _run_expiry(self) -> None:
        while True:
            try:
                await self.end_expired()
            except StoreError as error:
                log.error("jobs that have expired can't be ended now: %s", error)
            await asyncio.sleep(_LOOK_FOR_EXPIRED_S)

    async def _watch(self, connection: asyncio.Task[None]) -> None:
        # Outside the group, so that the connection outlives the others by one goodbye; its errors still count here.
        await asyncio.shield(connection)

    async def _carry_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Finish what changes disk and memory together even if the turn that asked is broken off meanwhile."""
        task = asyncio.ensure_future(work)
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        return await asyncio.shield(task)
