"""The device on a sound card, from the microphone to the loudspeaker, with PortAudio and the real models."""

import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from virtual_card import NEEDED, VirtualCard

from edge_models.models import ModelStore
from edge_models.spoken import spoken_clip_apart
from edge_models.stt import Whisper

pytestmark = [pytest.mark.models, pytest.mark.slow]
WITHIN_S = 60.0
"""On two cores with others at work everything takes its time."""


class Running:
    """`nightjar run` on the virtual card, and what it tells."""

    def __init__(self, card: VirtualCard, home: Path) -> None:
        command = [sys.executable, "-m", "nightjar", "run", "--json"]
        self._environment = card.env | {"NIGHTJAR_HOME": str(home)}
        self._process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._told: queue.Queue[str] = queue.Queue()
        self.lines: list[str] = []
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._told.put(line.rstrip("\n"))

    def until(self, true: Callable[[str], bool], within_s: float = WITHIN_S) -> str:
        """Wait for a line of which something is true."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                line = self._told.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail("it never said so:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if true(line):
                return line

    def until_event(self, name: str) -> dict[str, Any]:
        return json.loads(self.until(lambda line: line.startswith("{") and json.loads(line)["event"] == name))

    def for_a_while(self, seconds: float) -> None:
        """Take what it tells within some seconds."""
        deadline = time.monotonic() + seconds
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                self.lines.append(self._told.get(timeout=left_s))
            except queue.Empty:
                return

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def ask(self, text: str) -> None:
        """Type a command."""
        command = [sys.executable, "-m", "nightjar", "ask", text]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=WITHIN_S)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualCard]:
    missing = [command for command in NEEDED if not shutil.which(command)]
    if not any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        missing.append("libasound2-plugins")
    if missing:
        pytest.skip(
            f"no virtual sound card without {', '.join(missing)}; tools/setup.sh dev installs them where it may"
        )
    card = VirtualCard(tmp_path_factory.mktemp("card"))
    try:
        card.plug_in()
        yield card
    finally:
        card.unplug()


@pytest.fixture(scope="module")
def running(card: VirtualCard, models: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One device for all tests here, as the one that somebody has at home."""
    nightjar_home = tmp_path_factory.mktemp("home")
    (nightjar_home / "models").symlink_to(models.path("silero-vad").parent, target_is_directory=True)
    (nightjar_home / "config.toml").write_text(
        '[companion]\nport = 0\n[audio]\nmicrophone = "pulse"\nspeaker = "pulse"\n'
    )
    running = Running(card, nightjar_home)
    try:
        assert "on pulse, speaking on pulse" in running.until(lambda line: line.startswith("Listening for"))
        yield running
    finally:
        running.end()


def test_a_spoken_question_is_answered_out_of_the_loudspeaker_and_the_device_does_not_hear_itself(
    card: VirtualCard, running: Running, models: ModelStore, tmp_path: Path
) -> None:
    clip = tmp_path / "question.wav"
    spoken_clip_apart("Hey Jarvis, are you online?", clip, voice_directory=models.path("piper-en-us-joe"))
    card.speak(clip)
    reply = running.until_event("reply")["text"]
    running.until_event("turn_finished")
    running.for_a_while(3.0)
    names = [event["event"] for event in running.events]
    assert names.count("wake_word") == names.count("transcript") == names.count("reply") == 1, running.lines
    assert "failed" not in names, running.lines
    assert not [event for event in running.events if event.get("reason") == "barge_in"], "it paused for its own voice"
    said = card.said()
    loud = np.flatnonzero(np.abs(said) > 0.01)
    whisper = Whisper(models.path("whisper-tiny-en"), "en")
    # Sentence by sentence: at the silence between two, Whisper now and then believes that all has been said.
    between = loud[:-1][np.diff(loud) > 0.4 * 16_000] + 3200
    heard = " ".join(whisper.transcribe(sentence).text for sentence in np.split(said, between))
    missing = words(reply) - words(heard)
    assert len(missing) <= 0.2 * len(words(reply)), f"{heard!r} is not {reply!r}"


def test_a_muted_microphone_is_closed_for_the_operating_system_and_a_typed_word_opens_it(
    card: VirtualCard, running: Running
) -> None:
    until(lambda: card.listeners() == 1)
    running.ask("mute the microphone")
    assert running.until_event("muted")["muted"]
    until(lambda: card.listeners() == 0)
    running.ask("unmute the microphone")
    assert not running.until_event("muted")["muted"]
    until(lambda: card.listeners() == 1)


def test_a_card_that_is_unplugged_is_said_to_be_and_heard_again_when_it_is_back(
    card: VirtualCard, running: Running, models: ModelStore, tmp_path: Path
) -> None:
    clip = tmp_path / "question.wav"
    spoken_clip_apart("Hey Jarvis, what time is it?", clip, voice_directory=models.path("piper-en-us-joe"))
    card.unplug()
    running.until(lambda line: "stopped answering" in line)
    card.plug_in()
    running.until(lambda line: "works again" in line)
    card.speak(clip)
    assert "time" in running.until_event("transcript")["text"].lower()
    running.until_event("turn_finished")
    assert np.abs(card.said()).max() > 0.05


def until(true: Callable[[], bool]) -> None:
    """Wait for what the device says nothing about."""
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def words(text: str) -> set[str]:
    return {"".join(filter(str.isalpha, word)) for word in text.lower().split()} - {""}
