"""What the light shows, and that nothing waits for one that fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.conversation import State
from device.events import Event, Failed, Happened, Muted, SoundWorks, StateChanged
from device.lights import FAULT, FOLLOW_UP, IDLE, LOOKS, MUTED, OFF, PAUSED, Lights, Look, Seen
from hw.lights import Colour, Light, LightFault


def look_after(*events: Event) -> Look:
    seen = Seen()
    for event in events:
        seen.note(Happened(1, NO_TURN, 0.0, None, event))
    return seen.look


@pytest.mark.parametrize(
    ("events", "look"),
    [
        ([], IDLE),
        ([StateChanged("listening", "wake")], LOOKS[State.LISTENING]),
        ([StateChanged("listening", "follow_up")], FOLLOW_UP),
        ([StateChanged("thinking", "typed")], LOOKS[State.THINKING]),
        ([StateChanged("speaking")], LOOKS[State.SPEAKING]),
        ([StateChanged("speaking", "barge_in")], PAUSED),
        ([StateChanged("speaking", "barge_in"), StateChanged("speaking")], LOOKS[State.SPEAKING]),
        ([StateChanged("speaking"), StateChanged("idle")], IDLE),
        ([Failed("sound", "No microphone.")], FAULT),
        ([Failed("sound", "No microphone."), StateChanged("listening", "wake")], LOOKS[State.LISTENING]),
        ([Failed("sound", "No."), StateChanged("listening", "wake"), StateChanged("idle")], IDLE),
        ([Failed("sound", "No microphone."), SoundWorks()], IDLE),
        ([Failed("expired", "No picture.")], IDLE),
        ([Muted(muted=True)], MUTED),
        ([Muted(muted=True), StateChanged("speaking")], MUTED),
        ([Muted(muted=True), Failed("sound", "No microphone.")], MUTED),
        ([Muted(muted=True), Muted(muted=False)], IDLE),
    ],
)
def test_what_happens_has_its_look(events: list[Event], look: Look) -> None:
    assert look_after(*events) == look


def test_looks_differ_and_only_muted_is_steady_also_on_a_light_of_one_colour() -> None:
    shown = [MUTED, FAULT, FOLLOW_UP, PAUSED, LOOKS[State.LISTENING], LOOKS[State.THINKING], LOOKS[State.SPEAKING]]
    assert len({(max(look.colour), look.half_s) for look in shown}) == len(shown)
    assert [look for look in shown if look.half_s is None] == [MUTED]


def led(root: Path) -> None:
    """A light of three colours, as the kernel shows it."""
    files = root / "status"
    files.mkdir()
    for file, text in (("max_brightness", "255"), ("multi_index", "red green blue"), ("multi_intensity", "0 0 0")):
        (files / file).write_text(text)


class Board:
    """A board with one light, which notes what it shows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shown: asyncio.Queue[Colour] = asyncio.Queue()
        self.opened = 0
        self.bus = Bus(SystemClock())
        self.said: list[str] = []
        self.saying = asyncio.Event()
        self.bus.observe(self._note)
        self._loop = asyncio.get_running_loop()

    def open(self) -> Light:
        self.opened += 1
        board = self

        class Noted(Light):
            def show(self, colour: Colour) -> None:
                super().show(colour)
                board._loop.call_soon_threadsafe(board.shown.put_nowait, colour)

        return Noted("status", self.root)

    def _note(self, happened: Happened) -> None:
        if isinstance(happened.event, Failed):
            self.said.append(happened.event.text)
            self.saying.set()

    async def until(self, colour: Colour) -> None:
        async with asyncio.timeout(20):
            while await self.shown.get() != colour:
                pass


@asynccontextmanager
async def running(open_light: Callable[[], Light], bus: Bus) -> AsyncIterator[None]:
    task = asyncio.create_task(Lights(open_light, bus).run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


async def test_listening_is_seen_at_once_and_blinks_and_muted_is_steady(board: Board) -> None:
    led(board.root)
    async with running(board.open, board.bus):
        await board.until(OFF)
        board.bus.publish(NO_TURN, StateChanged("listening", "follow_up"))
        red, green, blue = FOLLOW_UP.colour
        assert await board.shown.get() == FOLLOW_UP.colour
        assert await board.shown.get() == (red / 4, green / 4, blue / 4)
        assert await board.shown.get() == FOLLOW_UP.colour
        board.bus.publish(NO_TURN, Muted(muted=True))
        await board.until(MUTED.colour)
        board.bus.publish(NO_TURN, StateChanged("speaking"))
        board.bus.publish(NO_TURN, Muted(muted=False))
        await board.until(LOOKS[State.SPEAKING].colour)
    await board.until(OFF)


async def test_a_light_that_is_missing_is_said_once_and_used_when_it_is_there(board: Board) -> None:
    async with running(board.open, board.bus):
        await asyncio.wait_for(board.saying.wait(), 20)
        for state in ("listening", "thinking", "idle"):
            board.bus.publish(NO_TURN, StateChanged(state))
            await asyncio.to_thread(int)
        assert board.said == ["There is no light 'status'; nightjar doctor lists those there are."]
        led(board.root)
        board.bus.publish(NO_TURN, Muted(muted=True))
        await board.until(MUTED.colour)
        assert len(board.said) == 1


async def test_a_light_that_never_obeys_is_said_once_however_much_happens(board: Board) -> None:
    def fails() -> Light:
        raise LightFault("The light 'status' doesn't obey: Input/output error.")

    async with running(fails, board.bus):
        for _ in range(100):
            board.bus.publish(NO_TURN, StateChanged("listening"))
            board.bus.publish(NO_TURN, StateChanged("idle"))
            await asyncio.sleep(0)
        await asyncio.wait_for(board.saying.wait(), 20)
        assert len(board.said) == 1
