"""Ears with models that answer what the test says."""

import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from device.bus import Bus
from device.clock import AudioClock
from device.conversation import Conversation, State
from device.ears import Ears, Models, Utterance
from device.ears.speaker import KnownVoices, Match
from device.events import Happened
from edge_models.expected import Expected
from edge_models.stt import Transcription, Whisper
from edge_models.turn import SmartTurn
from edge_models.vad import SileroVad
from edge_models.wake import WakeHit
from hw.audio.file_duplex import FileDuplex

SPEECH, WAKE = 0.25, 0.75
"""Levels in the clips of these tests: what the models below take them for."""


class Fakes:
    """All four models: loud samples are the wake word, louder than nothing is speech."""

    def __init__(self) -> None:
        self.complete_answer = 0.9
        self.broken = False
        self.text: Callable[[np.ndarray], str] = lambda samples: "draw a fox"
        self.transcribed: list[np.ndarray] = []
        self._armed = True

    def process(self, samples: np.ndarray) -> list[WakeHit]:
        loud = bool((samples > (SPEECH + WAKE) / 2).any())
        hit = self._armed and loud
        self._armed = not loud
        return [WakeHit("alexa", 0.97)] if hit else []

    def reset(self) -> None:
        self._armed = True

    def probability(self, frame: np.ndarray) -> float:
        assert frame.shape == (512,)
        return 0.95 if np.abs(frame).mean() > SPEECH / 2 else 0.02

    def complete(self, samples: np.ndarray) -> float:
        if self.broken:
            raise RuntimeError("the model broke")
        return self.complete_answer

    def transcribe(self, samples: np.ndarray, expected: Expected | None) -> Transcription:
        self.transcribed.append(samples)
        text = self.text(samples)
        return Transcription(text=text, language="en", confidence=0.8 if text else 0.0, no_speech=0.0)


class Voice:
    """What the ears ask of the voice."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.goes_on: Callable[[], object] = lambda: None

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")
        self.goes_on()


class Strangers:
    """Knows nobody, and obeys only those whom it knows."""

    only = frozenset({"Lina"})

    def who(self, samples: np.ndarray) -> Match:
        assert samples.size > 16_000, "the wake phrase belongs to it"
        return Match(None, 0.4, obeyed=False)


class Known:
    """Takes everybody for the same person."""

    only = frozenset[str]()

    def __init__(self, name: str) -> None:
        self.name = name

    def who(self, samples: np.ndarray) -> Match:
        assert samples.size > 16_000, "the wake phrase belongs to it"
        return Match(self.name, 0.9, certain=True)


@dataclass
class Room:
    """A device that hears one clip, and what came of it."""

    models: Fakes
    path: Path
    happened: list[Happened] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    voice: Voice = field(default_factory=Voice)
    whole: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    stranger: bool = False
    known: str = ""
    """Who speaks, by a voice that was learnt."""
    commands: tuple[str, ...] = ()
    likely: list[str] = field(default_factory=list)
    """What was said before pauses."""

    def say(self, *parts: tuple[float, float]) -> None:
        """Write the clip: (seconds, level) after one another."""
        samples = np.concatenate([np.full(round(seconds * 16_000), level) for seconds, level in parts])
        with wave.open(str(self.path), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes((samples * 32767).astype("<i2").tobytes())

    async def hear(
        self, *, no_wake: bool = False, during: Callable[["Room", Ears, FileDuplex, Conversation], object] | None = None
    ) -> None:
        clock = AudioClock()
        bus = Bus(clock)
        bus.observe(self.happened.append)
        conversation = Conversation(self.states.append)

        async def understood(text: str) -> bool:
            return text in self.commands

        def clip_begins(_: Path) -> None:
            if no_wake:
                ears.listen()
            if during:
                during(self, ears, duplex, conversation)

        duplex = FileDuplex(
            [self.path],
            busy=lambda: conversation.state is not State.IDLE or ears.working,
            working=lambda: ears.working or conversation.state is State.THINKING,
            on_sample=clock.advance_to,
            on_pace=clock.release,
            on_clip=clip_begins,
        )
        ears = Ears(
            duplex=duplex,
            models=Models(
                wake=self.models,
                vad=cast("SileroVad", self.models),
                smart_turn=cast("SmartTurn", self.models),
                stt=cast("Whisper", self.models),
                voices=self._voices(),
            ),
            voice=self.voice,
            bus=bus,
            conversation=conversation,
            whole=lambda text: text in self.whole,
            understood=understood,
            own_words=lambda text: text in self.own_words,
            likely=self.likely.append,
            turn_began_s=duplex.clip_began_s,
        )
        duplex.finish()
        async for utterance in ears.utterances():
            self.utterances.append(utterance)
            conversation.finish(utterance.turn)
        ears.close()

    def _voices(self) -> KnownVoices | None:
        listener = Strangers() if self.stranger else Known(self.known) if self.known else None
        return cast("KnownVoices", listener) if listener else None

    @property
    def events(self) -> list[str]:
        """What happened, without the partial transcripts."""
        return [happened.event.name for happened in self.happened if happened.event.name != "partial"]

    def at_ms(self, name: str) -> float:
        return next(happened.at_ms for happened in self.happened if happened.event.name == name)

    def reason(self) -> str:
        return next(
            happened.event.as_dict()["reason"] for happened in self.happened if happened.event.name == "end_of_turn"
        )
