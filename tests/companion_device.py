"""The parts of a device that the companion page shows, driven by a test instead of by a voice."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from device import events
from device.bus import NO_TURN, Bus
from device.by_hand import ByHand
from device.clock import SystemClock
from device.companion import Companion, Pairing, Records, Refused, Status, coming, papers
from device.config import Companion as Settings
from device.context.plan import Step
from device.gallery import Picture, Version
from device.kept import Kept
from device.phrases import Phrases
from device.store import Store
from edge_models.models import ModelError
from edge_models.sentence_embedding import SentenceEncoder

STEPS = {"draft": (64, (90, 60, 60)), "partial": (96, (150, 70, 50)), "final": (128, (210, 80, 40))}


def image(stage: events.Stage) -> bytes:
    """A small picture, different for each stage."""
    side, colour = STEPS[stage]
    picture = Image.new("RGB", (side, side), (20, 24, 60))
    ImageDraw.Draw(picture).ellipse((side // 4, side // 4, side * 3 // 4, side * 3 // 4), fill=colour)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def no_model() -> SentenceEncoder:
    raise ModelError("No model is needed here.")


class Device:
    """What the companion is served by, how it is now, and what was asked of it."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.home, self.now = home, Now()
        store = Store.open(home / "device.sqlite")
        self.bus = Bus(SystemClock(), next_seq=store.last_seq() + 1)
        self.kept = Kept.on(store, home, bus=self.bus, clock=SystemClock(), encoder=no_model)
        self.by_hand = ByHand(
            bus=self.bus,
            gallery=self.kept.gallery,
            edits=self.kept.edits,
            trash=self.kept.trash,
            regions=self.kept.regions,
            offload=self,  # pyright: ignore[reportArgumentType]
            begin=self.begin,
            phrases=Phrases(strict=True),
        )
        self.companion = Companion(
            config=settings,
            home=home,
            bus=self.bus,
            gallery=self.kept.gallery,
            by_hand=self.by_hand,
            journal=self.kept.journal,
            recorder=self.kept.recorder,
            records=Records(self.kept),
            ask=self.ask,
            mute=self.mute,
            status=self.now.status,
            routes=(
                *papers.routes(self.kept.lists, self.kept.notes),
                *coming.routes(self.kept.timers, self.kept.agenda),
            ),
        )
        self.url = ""
        self.answer: Callable[[str], str] = self.begin_turn
        """What comes of typed words: a turn, or Refused."""
        self.asked: list[str] = []
        self.steps: list[tuple[str, Step]] = []
        """What was asked for by hand, with its turn."""
        self.stopped: list[str] = []
        """Pictures whose making was called off."""

    @property
    def pairing(self) -> Pairing:
        assert self.companion.pairing is not None
        return self.companion.pairing

    async def mute(self, muted: bool) -> None:
        if self.now.stuck:
            raise Refused("The gate is stuck.")
        self.now.muted = muted
        self.bus.publish(NO_TURN, events.Muted(muted))

    def ask(self, text: str) -> str:
        self.asked.append(text)
        return self.answer(text)

    def begin_turn(self, text: str) -> str:
        turn = self.bus.begin_turn()
        self.bus.publish(turn, events.Transcript(text, "en", 1.0))
        return turn

    def begin(self, text: str, step: Step) -> str:
        turn = self.ask(text)
        self.steps.append((turn, step))
        return turn

    async def cancel_picture(self, picture_id: str) -> None:
        self.stopped.append(picture_id)

    def happens(self, turn: str, *happening: events.Event) -> None:
        """Publish events; whatever asks how the device is now hears the same: a page that is just opening asks."""
        for event in happening:
            self.now.note(event)
            self.bus.publish(turn, event)

    async def picture(self, prompt: str, turn: str | None = None, parent: str | None = None) -> Picture:
        turn = turn or self.bus.begin_turn()
        return await self.kept.gallery.new(turn=turn, prompt=prompt, scene=None, seed=1, parent=parent)

    async def shows(self, picture: Picture, stage: events.Stage, engine: str = "Nightjar compositor") -> Version:
        version = await self.kept.gallery.add(picture.id, stage=stage, engine=engine, data=image(stage))
        self.happens(
            picture.turn,
            events.Artifact(version.id, picture.id, stage, engine, str(version.path), version.width, version.height),
        )
        return version

    async def add_picture(self, prompt: str, *stages: events.Stage) -> list[Version]:
        picture = await self.picture(prompt)
        return [await self.shows(picture, stage) for stage in stages]


@dataclass
class Now:
    """How the device is."""

    state: str = "idle"
    reason: str | None = None
    online: bool = True
    muted: bool = False
    child: bool = False
    do_not_disturb: bool = False
    somebody: bool = True
    sound_fault: str | None = None
    stuck: bool = False
    """The microphone's gate can't be moved."""
    phrases: list[str] = field(default_factory=lambda: ["hey jarvis"])

    def note(self, event: events.Event) -> None:
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

    def status(self) -> Status:
        return Status(
            name="kitchen",
            state=self.state,
            reason=self.reason,
            muted=self.muted,
            sound_fault=self.sound_fault,
            online=self.online,
            child=self.child,
            private=False,
            do_not_disturb=self.do_not_disturb,
            somebody=self.somebody,
            phrases=self.phrases,
        )


@asynccontextmanager
async def running(
    home: Path, *, port: int = 0, pairing: bool = False, host: str | None = "127.0.0.1"
) -> AsyncIterator[Device]:
    """A device that serves its page, until the test is through with it."""
    device = Device(home, Settings(port=port, pairing=pairing, host=host))
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(device.companion.run(started.set_result))
    await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    device.url = f"http://127.0.0.1:{started.result().rpartition(':')[2]}"
    try:
        yield device
    finally:
        task.cancel()
        await asyncio.wait({task})
        await device.kept.journal.save()
        device.kept.memory.close()
        await device.kept.store.close()
