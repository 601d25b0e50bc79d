"""What a picture that is being drawn costs whoever speaks: the time of speech recognition with and without.

Recognition runs in its own thread of a process that draws, as in the device, on the commands of the recordings (else on
synthesised ones). Each command is recognised once under every condition, in an order that changes, for `ROUNDS` rounds:

- `nothing` is drawn: what the others are compared with
- `draft`: the device's own drafts, one after the other; `draft_in_4_steps`, and `compositor`
- `studio`: finished pictures of 1024², by the studio in a process of its own on the same board
- `both`: `draft` and `studio`
- `draft_in_front`: as `draft`, by a thread that doesn't give way (`edge_models/giving_way.py`): what that is worth
"""

import asyncio
import os
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from device.config import DeviceConfig
from edge_models.giving_way import draw_behind
from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import DraftModel
from edge_models.image.drafter import Drafter
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.finish import finish
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene
from edge_models.models import ModelStore
from edge_models.spoken import VOICE
from edge_models.stt import Whisper
from tools.bench import NothingToMeasure, result, spread
from tools.bench.draft import PROMPTS
from tools.bench.reply import recorded, synthesised
from tools.bench.speech import Samples

ROUNDS = 3
_LOOK_S = 0.005
NOTHING = "nothing"
_UNDER_WAY_S = 0.03
"""So long a picture has been drawn when somebody begins to speak."""


class _Drawing:
    """Draws one picture after the other while it is `on`, in a thread as the device's."""

    def __init__(self, drafter: Drafter, *, behind: bool = True) -> None:
        self._drafter = drafter
        self._thread = ThreadPoolExecutor(1, "draft", initializer=draw_behind if behind else None)
        self._going = threading.Event()
        self.pictures = 0
        self._thread.submit(self._draw).result()  # The first one loads the art.

    @contextmanager
    def on(self) -> Iterator[None]:
        """From 30 ms into a picture on, until the block ends."""
        self._going.set()
        drawing = self._thread.submit(self._draw_on)
        time.sleep(_UNDER_WAY_S)
        try:
            yield
        finally:
            self._going.clear()
            drawing.result()

    def _draw_on(self) -> None:
        while self._going.is_set():
            self._draw()

    def _draw(self) -> None:
        self._drafter.draft(parse_prompt(PROMPTS[self.pictures % len(PROMPTS)]), seed=self.pictures)
        self.pictures += 1

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown()


class _Studio:
    """Paints in another process, which stands still unless it is `on`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @contextmanager
    def on(self) -> Iterator[None]:
        """Paint, until the block ends."""
        self._process.send_signal(signal.SIGCONT)
        time.sleep(_UNDER_WAY_S)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGSTOP)


async def measure(models_root: Path, speech: Path | None) -> dict[str, Any]:
    """Recognise every command under every condition."""
    models = ModelStore(models_root)
    config = DeviceConfig()
    stt = Whisper(models.path(config.speech.stt), config.speech.language)
    if speech:
        sounds = [command.sound for command in recorded(speech)]
    else:
        with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as place:
            sounds = [command.sound for command in synthesised(Path(place), models.path(VOICE))]
    enlarger = Enlarger(models.path(MODEL))
    drawings = {
        "draft": _Drawing(DraftModel(enlarger)),
        "draft_in_4_steps": _Drawing(DraftModel(enlarger, steps=4)),
        "compositor": _Drawing(Compositor()),
        "draft_in_front": _Drawing(DraftModel(enlarger), behind=False),
    }
    try:
        async with _studio() as studio:
            conditions: dict[str, Callable[[], AbstractContextManager[None]]] = {
                NOTHING: ExitStack,  # pyright: ignore[reportAssignmentType] - a block in which nothing happens
                **{name: drawing.on for name, drawing in drawings.items()},
                "studio": studio.on,
                "both": lambda: _together(drawings["draft"], studio),
            }
            lags = _Lags()
            watching = asyncio.create_task(lags.watch())
            taken = await asyncio.to_thread(_recognise, stt, sounds, conditions, lags)
            watching.cancel()
    finally:
        for drawing in drawings.values():
            drawing.close()
    return result("drawing", len(sounds) * ROUNDS, recorded=speech is not None, **figures(taken, lags.by_condition))


class _Lags:
    """How late the event loop is, by condition: whoever holds the interpreter's lock holds up everything."""

    def __init__(self) -> None:
        self.condition: str | None = None
        self.by_condition: defaultdict[str, list[float]] = defaultdict(list)

    async def watch(self) -> None:
        """Look every 5 ms, until cancelled."""
        while True:
            began, condition = time.perf_counter(), self.condition
            await asyncio.sleep(_LOOK_S)
            if condition is not None and condition == self.condition:
                self.by_condition[condition].append((time.perf_counter() - began - _LOOK_S) * 1000)


def figures(taken: Mapping[str, Sequence[float]], lags: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Times in milliseconds by condition, and how many times those of `nothing` they are."""
    times = {name: spread(values) for name, values in taken.items()}
    ratios = {
        name: {which: round(value / times[NOTHING][which], 2) for which, value in figure.items()}
        for name, figure in times.items()
        if name != NOTHING
    }
    late = {name: spread(values) for name, values in lags.items()}
    return {"stt_ms": times, "ratio": ratios, "loop_lag_ms": late, "load": round(os.getloadavg()[0], 1)}


def _recognise(
    stt: Whisper,
    sounds: Sequence[Samples],
    conditions: Mapping[str, Callable[[], AbstractContextManager[None]]],
    lags: _Lags,
) -> Mapping[str, list[float]]:
    """Milliseconds by condition."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    order = list(conditions)
    stt.transcribe(sounds[0])
    for sound in [*sounds] * ROUNDS:
        order = [*order[1:], order[0]]
        for name in order:
            with conditions[name]():
                began, lags.condition = time.perf_counter(), name
                stt.transcribe(sound)
                taken[name].append((time.perf_counter() - began) * 1000)
                lags.condition = None
    return {name: taken[name] for name in conditions}


@contextmanager
def _together(drawing: _Drawing, studio: _Studio) -> Iterator[None]:
    with drawing.on(), studio.on():
        yield


@asynccontextmanager
async def _studio() -> AsyncIterator[_Studio]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.bench.drawing", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        if await process.stdout.readline() != b"ready\n":
            raise NothingToMeasure("The studio's process has ended before it could paint.")
        process.send_signal(signal.SIGSTOP)
        yield _Studio(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _paint_on() -> None:
    """In the process of its own: as the studio does, for ever."""
    scenes = [parse_prompt(prompt) for prompt in PROMPTS]
    _painted(scenes[0], 512)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with ThreadPoolExecutor(1, "easel", initializer=draw_behind) as easel:
        while True:
            for scene in scenes:
                easel.submit(_painted, scene, 1024).result()


def _painted(scene: Scene, side: int) -> None:
    finish(
        scene,
        seed=0,
        width=side,
        height=side,
        partials=2,
        on_progress=lambda _: None,
        on_partial=lambda _: None,
        cancelled=lambda: False,
    )


if __name__ == "__main__":
    _paint_on()
