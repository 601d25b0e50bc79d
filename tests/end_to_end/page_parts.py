"""What the tests of the companion page share: the parts of a device, driven by the test instead of by a voice."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import expect

from device import events
from device.bus import NO_TURN, Bus
from device.by_hand import ByHand
from device.clock import SystemClock
from device.companion import Companion, Records, Refused, Status, papers
from device.config import Companion as Settings
from device.context.plan import Step
from device.gallery import Edits, Gallery, Picture, Regions, Trash
from device.history import History
from device.memory import Memory
from device.paper import Lists, Notes
from device.recorder import Journal, Recorder
from device.store import Store
from edge_models.models import ModelError
from edge_models.sentence_embedding import SentenceEncoder

CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # a busy machine is not a broken page
PHONE, DESK = (390, 844), (1280, 900)
STEPS = {"draft": (64, (90, 60, 60)), "partial": (96, (150, 70, 50)), "final": (128, (210, 80, 40))}


def image(stage: events.Stage) -> bytes:
    """A small picture, different for each stage."""
    side, colour = STEPS[stage]
    picture = Image.new("RGB", (side, side), (20, 24, 60))
    ImageDraw.Draw(picture).ellipse((side // 4, side // 4, side * 3 // 4, side * 3 // 4), fill=colour)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@dataclass
class Device:
    """The parts of a device that the page shows, driven by the test instead of by a voice."""

    bus: Bus
    gallery: Gallery
    regions: Regions
    memory: Memory
    store: Store
    lists: Lists
    notes: Notes
    by_hand: ByHand = field(init=False)
    url: str = ""
    companion: Companion | None = None
    state: str = "idle"
    reason: str | None = None
    online: bool = True
    muted: bool = False
    child: bool = False
    do_not_disturb: bool = False
    sound_fault: str | None = None
    stuck: bool = False
    asked: list[str] = field(default_factory=list)
    steps: list[tuple[str, Step]] = field(default_factory=list)
    """What was asked for by hand, with its turn."""

    async def cancel_picture(self, picture_id: str) -> None:
        pass

    def begin(self, text: str, step: Step) -> str:
        turn = self.ask(text)
        self.steps.append((turn, step))
        return turn

    async def mute(self, muted: bool) -> None:
        if self.stuck:
            raise Refused("The gate is stuck.")
        self.muted = muted
        self.bus.publish(NO_TURN, events.Muted(muted))

    def ask(self, text: str) -> str:
        self.asked.append(text)
        if text == "too much":
            raise Refused("Too many commands are waiting; try again in a moment.")
        turn = self.bus.begin_turn()
        self.bus.publish(turn, events.Transcript(text, "en", 1.0))
        return turn

    def happens(self, turn: str, *happening: events.Event) -> None:
        for event in happening:
            # Whatever asks how the device is now has to hear the same: a page that is just opening asks.
            match event:
                case events.StateChanged(state=state, reason=reason):
                    self.state, self.reason = state, reason
                case events.Failed(code="sound", text=text):
                    self.sound_fault = text
                case events.SoundWorks():
                    self.sound_fault = None
                case events.ModesChanged(child=child):
                    self.child = child
                case events.DoNotDisturb(on=on):
                    self.do_not_disturb = on
                case events.LinkChanged(online=online):
                    self.online = online
                case _:
                    pass
            self.bus.publish(turn, event)

    async def picture(self, prompt: str, turn: str | None = None, parent: str | None = None) -> Picture:
        turn = turn or self.bus.begin_turn()
        return await self.gallery.new(turn=turn, prompt=prompt, scene=None, seed=1, parent=parent)

    async def shows(self, picture: Picture, stage: events.Stage, engine: str = "Nightjar compositor") -> None:
        version = await self.gallery.add(picture.id, stage=stage, engine=engine, data=image(stage))
        self.happens(
            picture.turn,
            events.Artifact(version.id, picture.id, stage, engine, str(version.path), version.width, version.height),
        )


def no_model() -> SentenceEncoder:
    raise ModelError("No model is needed here.")


@asynccontextmanager
async def running(home: Path, *, port: int = 0, pairing: bool = False) -> AsyncIterator[Device]:
    store = Store.open(home / "device.sqlite")
    bus = Bus(SystemClock(), next_seq=store.last_seq() + 1)
    journal, recorder = Journal(store), Recorder(store)
    bus.observe(journal.note)
    bus.observe(recorder.note)
    memory = Memory(store, encoder=no_model)
    device = Device(bus, Gallery(store, home / "pictures"), Regions(store), memory, store, Lists(store), Notes(store))
    device.by_hand = ByHand(
        bus=bus,
        gallery=device.gallery,
        edits=Edits(store, device.gallery),
        trash=Trash(store, device.gallery, SystemClock()),
        regions=device.regions,
        offload=device,  # pyright: ignore[reportArgumentType]
        begin=device.begin,
    )
    device.companion = Companion(
        config=Settings(port=port, pairing=pairing, host="127.0.0.1"),
        home=home,
        bus=bus,
        gallery=device.gallery,
        by_hand=device.by_hand,
        journal=journal,
        recorder=recorder,
        records=Records(memory, History(store, recorder=recorder, journal=journal)),
        ask=device.ask,
        mute=device.mute,
        status=lambda: Status(
            name="kitchen",
            state=device.state,
            reason=device.reason,
            muted=device.muted,
            sound_fault=device.sound_fault,
            online=device.online,
            child=device.child,
            private=False,
            do_not_disturb=device.do_not_disturb,
            phrases=["hey jarvis"],
        ),
        routes=papers.routes(device.lists, device.notes),
    )
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(device.companion.run(started.set_result))
    await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    device.url = started.result()
    try:
        yield device
    finally:
        task.cancel()
        await asyncio.wait({task})
        await journal.save()
        memory.close()
        await store.close()
