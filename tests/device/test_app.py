"""The composition root: one device a home, and one sentence for each way in which it can't run."""

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from device.app import Device
from device.config import Broker, Companion, DeviceConfig, LanguageModel, Privacy, Wake
from device.context.language_servers import Asked, OnBoard
from device.engines import DeviceError, Engines, Hearing, load_engines
from device.events import Happened, ModesChanged, Muted, Reply, TurnFinished
from device.gallery import read_region
from device.progress import watch
from device.running import HomeInUse, home_is_free, listening, running_device
from hw.audio.duplex import Block


def home_of(tmp_path):
    path = tmp_path / "h"
    path.mkdir()
    return path


async def test_one_running_device_owns_the_home(tmp_path):
    home = home_of(tmp_path)
    async with running_device(DeviceConfig(), home):
        assert not home_is_free(home)
        with pytest.raises(HomeInUse, match="already owns"):
            async with running_device(DeviceConfig(), home):
                pass
    assert home_is_free(home)


async def test_what_was_drawn_is_still_there_after_a_restart(tmp_path):
    home = home_of(tmp_path)
    async with running_device(DeviceConfig(), home) as device:
        progress = watch(device.bus)
        device.ask("draw a red fox")
        await progress.until_finished()
        last = device.bus.last_seq
    async with running_device(DeviceConfig(), home) as device:
        (picture,) = await device.kept.gallery.latest(1)
        assert picture.prompt == "a red fox"
        assert picture.best is not None
        assert picture.best.path.is_file()
        assert device.bus.last_seq == last
        # "It" is the picture from before the restart.
        events: list[Happened] = []
        device.bus.observe(events.append)
        progress = watch(device.bus)
        device.ask("make it night")
        await progress.until_finished()
        assert isinstance(events[-1].event, TurnFinished)
        changed, _ = await device.kept.gallery.latest(2)
        assert changed.parent == picture.id


class Microphone:
    """A sound card that notes whether it was ever heard from while its gate was closed."""

    def __init__(self) -> None:
        self.gate: list[bool] = []
        self.listened_to: asyncio.Queue[bool] = asyncio.Queue()
        """Whether it was muted, each time that somebody began to listen to it."""
        self.waiting_s = 0.0

    async def blocks(self) -> AsyncIterator[Block]:
        self.listened_to.put_nowait(bool(self.gate and self.gate[-1]))
        await asyncio.Event().wait()
        yield Block(np.zeros(320, np.float32), np.zeros(320, np.float32), 0)

    def set_muted(self, muted: bool) -> None:
        self.gate.append(muted)

    async def played(self) -> None: ...
    def play(self, samples: np.ndarray, rate_hz: int) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> None: ...
    async def close(self) -> None: ...


def heard_by(microphone: Microphone) -> Hearing:
    nobody = cast("Any", SimpleNamespace(reset=lambda: None))
    voice = cast("Any", SimpleNamespace(rate_hz=16_000, speak=lambda _: []))
    return Hearing(microphone, Engines(wake=nobody, vad=nobody, smart_turn=nobody, stt=nobody, tts=voice, voices=None))


async def asked(device: Device, text: str) -> None:
    progress = watch(device.bus, device.ask(text))
    await progress.until_finished()


async def test_a_device_without_its_language_model_runs_and_says_what_it_did_not_understand(tmp_path, caplog):
    home = home_of(tmp_path)
    config = DeviceConfig(language_model=LanguageModel(local="smollm2-135m-instruct"))
    with caplog.at_level(logging.WARNING):
        async with running_device(config, home) as device:
            heard: list[Happened] = []
            device.bus.observe(heard.append)
            await asked(device, "fold the laundry into the sunset")
    (reply,) = [one.event.text for one in heard if isinstance(one.event, Reply)]
    assert "can't" in reply
    assert "understood without a language model: The model smollm2-135m-instruct is not installed" in caplog.text


async def test_the_device_draws_behind_what_it_hears_and_speaks_with(tmp_path):
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async with running_device(DeviceConfig(), home_of(tmp_path)) as device:
        assert device._drawing.submit(niceness).result() == min(19, niceness() + 15)


@pytest.mark.models
async def test_a_device_whose_language_model_is_killed_answers_by_other_means(tmp_path, models, caplog):
    name = "smollm2-135m-instruct"
    if not models.installed(name):
        pytest.skip(f"the language model is not installed: run `nightjar models pull {name}`")
    home = home_of(tmp_path)
    (home / "models").symlink_to(models.root)
    config = DeviceConfig(language_model=LanguageModel(local=name, answers=False, timeout_s=30))
    async with running_device(config, home) as device:
        server = device.language_model._server  # pyright: ignore[reportOptionalMemberAccess]
        assert isinstance(server, OnBoard)
        await server.say(Asked("", "", "Hello.", [], answers=False))  # Whoever asks waits until it runs.
        os.kill(server._process._process.pid, signal.SIGKILL)  # pyright: ignore[reportOptionalMemberAccess]
        heard: list[Happened] = []
        device.bus.observe(heard.append)
        with caplog.at_level(logging.WARNING):
            async with asyncio.timeout(20):
                await asked(device, "fold the laundry into the sunset")
                await asked(device, "what time is it")
    replies = [one.event.text for one in heard if isinstance(one.event, Reply)]
    assert len(replies) == 2
    assert "can't" in replies[0]
    assert "the language model's process has ended by itself" in caplog.text


async def test_a_muted_device_starts_muted_and_its_microphone_is_never_opened_before(tmp_path):
    home = home_of(tmp_path)
    async with running_device(DeviceConfig(), home) as device:
        assert not device.muted
        await asked(device, "mute the microphone")
        assert device.muted
    microphone = Microphone()
    async with running_device(DeviceConfig(), home, hearing=heard_by(microphone)) as device, listening(device):
        assert await microphone.listened_to.get()
        assert device.muted
        assert microphone.gate == [True]
        await asked(device, "unmute the microphone")
        assert microphone.gate == [True, False]
    async with running_device(DeviceConfig(), home) as device:
        assert not device.muted


async def test_files_in_the_microphones_place_know_nothing_of_its_gate(tmp_path):
    home = home_of(tmp_path)
    async with running_device(DeviceConfig(), home) as device:
        await device.set_muted(True)
    async with running_device(DeviceConfig(), home, live=False) as device:
        assert not device.muted
        await device.set_muted(True)
        await device.set_muted(False)
    async with running_device(DeviceConfig(), home) as device:
        assert device.muted


async def test_what_is_switched_on_outlives_a_restart_is_shown_and_is_part_of_the_surroundings(tmp_path):
    home = home_of(tmp_path)
    config = DeviceConfig(name="lamp", room="living room")
    async with running_device(config, home) as device:
        around = await device._surroundings()
        assert (around.child_mode, around.room, around.kept_here) == (False, "living room", frozenset())
        told: list[ModesChanged] = []
        device.bus.observe(
            lambda happened: told.append(happened.event) if isinstance(happened.event, ModesChanged) else None
        )
        await asked(device, "turn on child mode")
        await asked(device, "keep everything on the device")
        assert told == [ModesChanged(child=True, private=False), ModesChanged(child=True, private=True)]
    async with running_device(config, home) as device:
        assert (device._status()["child"], device._status()["private"]) == (True, True)
        around = await device._surroundings()
        assert around.child_mode
        assert "picture.create" in around.kept_here
        await asked(device, "turn off child mode")
    async with running_device(DeviceConfig(name="lamp"), home) as device:
        assert not device.modes.child
        assert (await device._surroundings()).room == "lamp"


async def test_where_the_settings_say_offline_there_is_no_bridge_and_a_picture_says_so(tmp_path):
    config = DeviceConfig(broker=Broker(host="127.0.0.1", port=1), privacy=Privacy(offline=True))
    async with running_device(config, home_of(tmp_path)) as device:
        said: list[str] = []
        device.bus.observe(
            lambda happened: said.append(happened.event.text) if isinstance(happened.event, Reply) else None
        )
        await asked(device, "draw a red fox")
        assert said == ["Drawing a red fox. I'll keep this one here: nothing may leave the device."]
        assert device.offload.pending() == 0
        rows = await device.kept.store.read(lambda db: db.execute("SELECT content, reason FROM refusals").fetchall())
        assert rows == [("a red fox", "nothing may leave: [privacy] offline")]


async def test_moving_the_gate_is_told_once_and_shown(tmp_path):
    async with running_device(DeviceConfig(), home_of(tmp_path)) as device:
        told: list[bool] = []
        device.bus.observe(
            lambda happened: told.append(happened.event.muted) if isinstance(happened.event, Muted) else None
        )
        for muted in (True, True, False):
            await device.set_muted(muted)
            assert device._status()["muted"] is muted
        assert told == [True, False]


async def test_a_port_that_is_taken_is_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = DeviceConfig(companion=Companion(port=taken.getsockname()[1]))
        with pytest.RaisesGroup(pytest.RaisesExc(DeviceError, match="in use"), flatten_subgroups=True):
            async with running_device(config, home_of(tmp_path), page=lambda _: None) as device:
                await asyncio.Event().wait()  # until the failing part ends it
                assert device


@pytest.mark.parametrize(
    ("config", "named"),
    [
        (DeviceConfig(broker=Broker(host="127.0.0.1", tls=True, ca_file=Path("/no/such/file"))), "/no/such/file"),
    ],
)
async def test_settings_that_cannot_work_are_one_sentence_that_names_them(tmp_path, config, named):
    with pytest.raises(DeviceError, match=named) as error:
        async with running_device(config, home_of(tmp_path)):
            pass
    assert "\n" not in str(error.value)


async def test_what_happens_while_the_device_ends_is_in_the_journal(tmp_path):
    home = home_of(tmp_path)
    async with running_device(DeviceConfig(), home) as device:
        device.ask("draw a red fox")
    async with running_device(DeviceConfig(), home) as later:
        assert later.bus.last_seq == device.bus.last_seq


@pytest.mark.models
async def test_a_wake_phrase_that_no_model_knows_is_refused_with_those_that_are_known(models):
    with pytest.raises(DeviceError, match="hey jarvis"):
        await load_engines(DeviceConfig(wake=Wake(phrases=("hey toaster",))), models)


async def _done(device: Device, text: str) -> None:
    progress = watch(device.bus)
    device.ask(text)
    await progress.until_finished()


async def test_pictures_are_undone_deleted_and_changed_by_hand_over_a_restart(tmp_path):
    home = home_of(tmp_path)
    async with running_device(DeviceConfig(), home) as device:
        for text in ("draw a red fox", "make it night", "undo that"):
            await _done(device, text)
    async with running_device(DeviceConfig(), home) as device:
        await _done(device, "add a tree")
        tree = await device.kept.edits.current()
        assert tree is not None
        assert tree.prompt == "a red fox and a tree"
        progress = watch(device.bus)
        await device.by_hand.change(tree.id, "a dragon here", read_region({"region": [0, 0, 0.4, 0.4]}))
        await progress.until_finished()
        dragon = await device.kept.edits.current()
        assert dragon is not None
        assert dragon.parent == tree.id
        await _done(device, "delete it")
        assert (await device.kept.edits.current()) == tree
    async with running_device(DeviceConfig(), home) as device:
        assert len([path for path in (home / "pictures").iterdir() if path.is_file()]) == 3
        await _done(device, "delete all pictures")
        await _done(device, "yes")
        assert await device.kept.gallery.latest() == ()
