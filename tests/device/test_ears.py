"""Hearing a turn, with models that answer what the test says: what is said when, and what comes out."""

import asyncio
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from typing import cast

import numpy as np
import pytest

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
    """Knows nobody."""

    def who(self, samples: np.ndarray) -> Match:
        assert samples.size > 16_000, "the wake phrase belongs to it"
        return Match(None, 0.4)


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
                voices=cast("KnownVoices", Strangers()) if self.stranger else None,
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


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(Fakes(), tmp_path / "clip.wav")


async def test_a_command_in_the_same_breath_as_the_wake_word_is_one_utterance(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))
    await room.hear()
    assert room.events == ["wake_word", "speech_started", "end_of_turn", "transcript"]
    (utterance,) = room.utterances
    assert utterance == Utterance(turn=room.happened[0].turn, text="draw a fox", language="en")
    assert room.reason() == "complete"
    assert room.likely == ["draw a fox"], "so that its reply can be prepared"
    assert room.states == [State.LISTENING, State.THINKING, State.IDLE]


async def test_times_count_from_the_clip_and_from_the_end_of_speech(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))
    await room.hear()
    assert room.at_ms("wake_word") == pytest.approx(520)
    assert room.at_ms("end_of_turn") >= 2000
    after = [happened for happened in room.happened if happened.event.name in ("end_of_turn", "transcript")]
    for happened in after:
        assert happened.after_speech_ms == pytest.approx(happened.at_ms - 1800, abs=40)


async def test_somebody_who_pauses_after_the_wake_word_is_waited_for(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (2.0, 0), (1.0, SPEECH), (1.0, 0))
    # The tail of the wake word is speech to the VAD, and Whisper hears no word in it.
    room.models.text = lambda samples: "Alexa." if samples.size < 16_000 else "Alexa, draw a fox"
    await room.hear()
    assert room.events == ["wake_word", "speech_started", "end_of_turn", "transcript"]
    assert [utterance.text for utterance in room.utterances] == ["Draw a fox"]
    assert room.at_ms("end_of_turn") > 3800


async def test_a_pause_for_thought_throws_the_first_guess_away(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (0.8, 0), (0.5, SPEECH), (2.0, 0))
    room.models.complete_answer = 0.1
    room.models.text = lambda samples: f"{samples.size / 16_000:.0f} seconds"
    await room.hear()
    (utterance,) = room.utterances
    assert room.reason() == "silence"
    # From the dip before the wake word was found to just after the last word, and all of it.
    assert room.models.transcribed[-1].size == pytest.approx(2.7 * 16_000, abs=4000)
    assert utterance.text == f"{room.models.transcribed[-1].size / 16_000:.0f} seconds"


async def test_nothing_said_ends_quietly_after_five_seconds(room: Room) -> None:
    room.say((0.5, 0), (0.04, WAKE), (7.0, 0))
    await room.hear()
    assert room.events == ["wake_word", "end_of_turn", "turn_finished"]
    assert room.reason() == "nothing_said"
    assert room.at_ms("end_of_turn") == pytest.approx(5520, abs=60)
    assert room.utterances == []
    assert room.states == [State.LISTENING, State.IDLE]


async def test_an_endless_speaker_is_transcribed_after_fifteen_seconds(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (20.0, SPEECH))
    await room.hear()
    assert room.reason() == "too_long"
    assert room.models.transcribed[-1].size == pytest.approx(15.2 * 16_000, abs=8000)


async def test_speech_without_a_wake_word_is_nothing(room: Room) -> None:
    room.say((0.5, 0), (3.0, SPEECH), (1.0, 0))
    await room.hear()
    assert room.events == []
    assert room.models.transcribed == []


async def test_listening_without_a_wake_word_opens_a_turn_at_the_clips_beginning(room: Room) -> None:
    room.say((0.5, 0), (1.0, SPEECH), (1.0, 0))
    await room.hear(no_wake=True)
    assert room.events == ["speech_started", "end_of_turn", "transcript"]
    assert room.at_ms("speech_started") == pytest.approx(600, abs=60)


async def test_somebody_who_was_asked_to_wait_longer_does(room: Room) -> None:
    room.say((7.0, 0), (1.0, SPEECH), (1.0, 0))
    await room.hear(no_wake=True)
    assert room.reason() == "nothing_said"
    room.happened.clear()

    def listen_longer(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        ears.listen(patience_s=20)

    await room.hear(during=listen_longer)
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]
    assert room.models.transcribed[-1].size >= 1.2 * 16_000


async def test_a_clip_that_ends_in_the_middle_of_a_word_still_has_its_turn_end(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH))
    await room.hear()
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]


async def test_the_wake_word_said_again_begins_again_in_the_same_turn(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.5, SPEECH), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))
    await room.hear()
    assert room.events == ["wake_word", "speech_started", "wake_word", "speech_started", "end_of_turn", "transcript"]
    assert len({happened.turn for happened in room.happened}) == 1
    assert room.models.transcribed[-1].size < 2 * 16_000
    assert room.voice.asked == ["pause", "pause"]


async def test_muting_ends_the_listening_and_forgets_what_was_heard(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))

    def mute_at_one_second(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        def watch(happened: Happened) -> None:
            if happened.event.name == "speech_started":
                ears.set_muted(True)

        ears._bus.observe(watch)

    await room.hear(during=mute_at_one_second)
    assert room.events == ["wake_word", "speech_started", "end_of_turn", "turn_finished"]
    assert room.reason() == "nothing_said"
    assert room.models.transcribed == []
    assert room.states[-1] is State.IDLE


async def test_a_turn_that_nobody_carries_out_is_open_no_longer(room: Room) -> None:
    room.say((0.5, 0), (0.04, WAKE), (7.0, 0))
    held: list[Conversation] = []
    await room.hear(during=lambda room, ears, duplex, conversation: held.append(conversation))
    assert held[0].quiet


async def test_a_typed_command_that_ends_meanwhile_does_not_end_the_listening(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))

    def type_meanwhile(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        def watch(happened: Happened) -> None:
            if happened.event.name == "speech_started":
                conversation.begin("typed")
                conversation.finish("typed")

        ears._bus.observe(watch)

    await room.hear(during=type_meanwhile)
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]
    assert room.states == [State.LISTENING, State.THINKING, State.IDLE]


async def test_without_an_answer_from_smart_turn_the_longest_pause_ends_the_turn(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (2.0, 0))
    room.models.broken = True
    await room.hear()
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]
    assert room.reason() == "silence"


async def test_a_short_word_that_could_not_be_transcribed_is_a_failure_and_the_device_goes_on(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (0.1, SPEECH), (2.0, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))
    tries: list[int] = []

    def fail_once(samples: np.ndarray) -> str:
        tries.append(samples.size)
        if len(tries) == 1:
            raise RuntimeError("the model broke")
        return "draw a fox"

    room.models.text = fail_once
    await room.hear()
    assert room.events[:5] == ["wake_word", "speech_started", "end_of_turn", "failed", "turn_finished"]
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]


async def test_a_transcription_that_fails_is_said_and_the_device_goes_on(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (1.5, 0), (0.3, WAKE), (2.0, SPEECH), (1.0, 0))

    def fail_on_the_short_one(samples: np.ndarray) -> str:
        if samples.size < 1.8 * 16_000:
            raise RuntimeError("the model broke")
        return "draw a fox"

    room.models.text = fail_on_the_short_one
    await room.hear()
    assert "failed" in room.events
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]


async def test_a_turn_without_a_word_ends_when_the_longest_pause_is_over(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (4.0, 0))
    room.models.text = lambda samples: ""
    await room.hear()
    assert [utterance.text for utterance in room.utterances] == [""]
    assert room.at_ms("end_of_turn") == pytest.approx(3000, abs=80)


async def test_words_that_the_vad_took_for_a_pause_are_heard(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (0.8, SPEECH), (0.4, SPEECH / 3), (3.0, 0))
    room.models.text = lambda samples: "never mind" if samples.size > 2 * 16_000 else ""
    await room.hear()
    assert [utterance.text for utterance in room.utterances] == ["never mind"]


async def test_sounds_without_a_word_are_no_answer(room: Room) -> None:
    room.say((0.5, 0), (1.0, SPEECH), (9.0, 0))
    room.models.text = lambda samples: ""
    await room.hear(no_wake=True)
    assert room.events == ["speech_started", "end_of_turn", "turn_finished"]
    assert room.utterances == []
    assert room.states[-1] is State.IDLE


# --- working ahead


async def test_the_page_reads_along_and_what_stays_only_grows(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (3.0, SPEECH), (1.0, 0))
    words = ["draw", "a", "fox", "under", "a", "full", "moon", "at", "night"]
    room.models.text = lambda samples: " ".join(words[: samples.size // 8000])
    await room.hear()
    partials = [happened.event.as_dict() for happened in room.happened if happened.event.name == "partial"]
    assert len(partials) >= 3
    assert all(one["text"] != other["text"] for one, other in pairwise(partials))
    assert all(one["stable"] <= other["stable"] <= len(other["text"]) for one, other in pairwise(partials))


async def test_a_whole_command_ends_the_turn_sooner(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (1.5, 0))
    room.models.text = lambda samples: "what time is it"
    await room.hear()
    assert room.reason() == "complete"
    unhurried_ms = room.at_ms("end_of_turn")
    room.happened.clear()
    room.whole = ("what time is it",)
    await room.hear()
    assert room.reason() == "command"
    assert room.at_ms("end_of_turn") == pytest.approx(unhurried_ms - 200, abs=60)


async def test_a_whole_command_in_a_rising_tone_is_waited_for(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (0.3, 0), (1.0, SPEECH), (1.5, 0))
    room.whole = ("draw a fox",)
    room.models.complete_answer = 0.1
    await room.hear()
    assert room.models.transcribed[-1].size > 2 * 16_000


# --- somebody speaks while the device does


def speaking(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
    """The device speaks from the clip's beginning on, and once it could go on it is soon done."""
    conversation.go(State.SPEAKING)
    room.voice.goes_on = conversation.rest


async def test_a_command_over_the_reply_silences_it_at_once_and_is_carried_out(room: Room) -> None:
    room.say((1.0, 0), (0.6, SPEECH), (1.5, 0))
    room.models.text = lambda samples: "stop"
    room.commands = room.whole = ("stop",)
    await room.hear(during=speaking)
    assert room.voice.asked == ["pause"]
    assert [utterance.text for utterance in room.utterances] == ["stop"]
    assert room.events == ["speech_started", "end_of_turn", "transcript"]
    assert room.states == [State.SPEAKING, State.LISTENING, State.THINKING, State.IDLE]


async def test_a_cough_only_interrupts_the_reply(room: Room) -> None:
    room.say((1.0, 0), (0.15, SPEECH), (3.0, 0))
    room.models.text = lambda samples: ""
    await room.hear(during=speaking)
    assert room.voice.asked == ["pause", "resume"]
    assert room.events == []


async def test_what_others_say_meanwhile_is_not_carried_out(room: Room) -> None:
    room.say((1.0, 0), (1.5, SPEECH), (3.0, 0))
    room.models.text = lambda samples: "and then he said"
    await room.hear(during=speaking)
    assert room.voice.asked == ["pause", "resume"]
    assert room.utterances == []


async def test_a_device_that_hears_itself_is_silent_once(room: Room) -> None:
    room.say((1.0, 0), (1.5, SPEECH), (1.5, 0), (1.5, SPEECH), (1.5, 0))
    room.models.text = lambda samples: "I can still draw"
    room.commands = room.own_words = ("I can still draw",)

    def speaks_on(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        conversation.go(State.SPEAKING)
        asyncio.get_running_loop().call_later(2, conversation.rest)

    await room.hear(during=speaks_on)
    assert room.voice.asked.count("pause") == 1
    assert room.utterances == []


async def test_a_transcription_that_fails_lets_the_reply_go_on(room: Room) -> None:
    room.say((1.0, 0), (1.0, SPEECH), (3.0, 0))

    def fail(samples: np.ndarray) -> str:
        raise RuntimeError("the model broke")

    room.models.text = fail
    await room.hear(during=speaking)
    assert room.voice.asked == ["pause", "resume"]


async def test_the_wake_word_over_the_reply_needs_no_second_look(room: Room) -> None:
    room.say((1.0, 0), (0.5, SPEECH), (0.3, WAKE), (1.0, SPEECH), (1.5, 0))
    await room.hear(during=speaking)
    assert room.voice.asked == ["pause", "pause"]
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]


async def test_a_wake_word_that_was_none_lets_the_reply_go_on(room: Room) -> None:
    room.say((1.0, 0), (0.04, WAKE), (6.0, 0))
    await room.hear(during=lambda room, ears, duplex, conversation: conversation.go(State.SPEAKING))
    assert room.voice.asked == ["pause", "resume"]
    assert room.reason() == "nothing_said"


async def test_muting_in_the_middle_of_an_interruption_forgets_it(room: Room) -> None:
    room.say((1.0, 0), (1.0, SPEECH), (3.0, 0))

    def mute(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        speaking(room, ears, duplex, conversation)
        room.voice.pause = lambda: asyncio.get_running_loop().call_soon(ears.set_muted, True) and None

    await room.hear(during=mute)
    assert room.voice.asked == ["resume"]
    assert room.utterances == []


def at_speech_frame(number: int, room: Room, do: Callable[[], object]) -> None:
    """Do something in the moment in which the VAD has found this frame of speech, before anybody knows of it."""
    probability, heard, loop, done = room.models.probability, count(1), asyncio.get_running_loop(), threading.Event()

    def then() -> None:
        do()
        done.set()

    def found(frame: np.ndarray) -> float:
        answer = probability(frame)
        if answer > 0.5 and next(heard) == number:
            loop.call_soon_threadsafe(then)
            done.wait(5)
        return answer

    room.models.probability = found


async def test_an_answer_that_begins_before_the_end_of_the_question_is_heard_once(room: Room) -> None:
    room.say((1.0, 0), (1.5, SPEECH), (4.0, 0))
    room.commands = ("draw a fox",)

    def ask(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        def the_question_is_over() -> None:
            conversation.rest()
            ears.listen(reason="follow_up")

        speaking(room, ears, duplex, conversation)
        at_speech_frame(12, room, the_question_is_over)

    await room.hear(during=ask)
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]
    assert room.events == ["speech_started", "end_of_turn", "transcript"]


async def test_muting_in_the_moment_in_which_somebody_begins_to_speak_interrupts_nothing(room: Room) -> None:
    room.say((1.0, 0), (1.0, SPEECH), (3.0, 0))

    def mute(room: Room, ears: Ears, duplex: FileDuplex, conversation: Conversation) -> None:
        speaking(room, ears, duplex, conversation)
        at_speech_frame(3, room, lambda: ears.set_muted(True))

    await room.hear(during=mute)
    assert room.voice.asked == ["resume"]


# --- strangers


async def test_a_strangers_command_is_not_carried_out_and_the_reply_goes_on(room: Room) -> None:
    room.say((1.0, 0), (0.3, WAKE), (1.0, SPEECH), (1.5, 0))
    room.stranger = True
    await room.hear(during=speaking)
    assert room.events == ["wake_word", "speech_started", "end_of_turn", "stranger", "turn_finished"]
    assert room.utterances == []
    assert room.voice.asked == ["pause", "resume"]


async def test_a_stranger_does_not_interrupt_for_good(room: Room) -> None:
    room.say((1.0, 0), (1.5, SPEECH), (1.5, 0))
    room.stranger = True
    room.commands = ("draw a fox",)
    await room.hear(during=speaking)
    assert room.voice.asked == ["pause", "resume"]
    assert room.events == []


# --- models that fail


async def test_a_wake_engine_that_fails_is_said_once_and_hears_again_when_it_works(room: Room) -> None:
    room.say((1.0, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))
    process, blocks = room.models.process, count()

    def fail_at_first(samples: np.ndarray) -> list[WakeHit]:
        if next(blocks) < 10:
            raise RuntimeError("the engine broke")
        return process(samples)

    room.models.process = fail_at_first
    await room.hear()
    assert room.events == ["failed", "wake_word", "speech_started", "end_of_turn", "transcript"]
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]


async def test_a_vad_that_fails_ends_the_turn_and_not_the_listening(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.0, SPEECH), (6.0, 0), (0.3, WAKE), (1.0, SPEECH), (1.0, 0))
    probability, frames = room.models.probability, count()

    def fail_at_first(frame: np.ndarray) -> float:
        if next(frames) < 150:
            raise RuntimeError("the model broke")
        return probability(frame)

    room.models.probability = fail_at_first
    await room.hear()
    assert room.events.count("failed") == 1
    assert [utterance.text for utterance in room.utterances] == ["draw a fox"]
