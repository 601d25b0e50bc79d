"""Somebody speaks while the device does, with models that answer what the test says; and strangers speak."""

import asyncio
import threading
from collections.abc import Callable
from itertools import count

import numpy as np
from ears_parts import SPEECH, WAKE, Room

from device.conversation import Conversation, State
from device.ears import Ears
from device.events import Transcript
from hw.audio.file_duplex import FileDuplex


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
    assert [(utterance.text, utterance.addressed) for utterance in room.utterances] == [("stop", False)]
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
    assert [(utterance.text, utterance.addressed) for utterance in room.utterances] == [("draw a fox", True)]


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
    assert [(utterance.text, utterance.addressed) for utterance in room.utterances] == [("draw a fox", False)]
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


# --- who speaks


async def test_who_speaks_comes_with_the_words(room: Room) -> None:
    room.say((1.0, 0), (0.3, WAKE), (1.0, SPEECH), (1.5, 0))
    room.known = "Lina"
    await room.hear()
    (said,) = room.utterances
    assert (said.speaker, said.certain) == ("Lina", True)
    (transcript,) = [one.event for one in room.happened if isinstance(one.event, Transcript)]
    assert transcript.speaker == "Lina"


async def test_who_talks_over_the_reply_is_known_too(room: Room) -> None:
    room.say((1.0, 0), (1.5, SPEECH), (1.5, 0))
    room.known = "Lina"
    room.commands = ("draw a fox",)
    await room.hear(during=speaking)
    assert [said.speaker for said in room.utterances] == ["Lina"]


async def test_without_a_learnt_voice_nobody_is_named(room: Room) -> None:
    room.say((1.0, 0), (0.3, WAKE), (1.0, SPEECH), (1.5, 0))
    await room.hear()
    (said,) = room.utterances
    assert (said.speaker, said.certain) == ("", False)
    (transcript,) = [one.event for one in room.happened if isinstance(one.event, Transcript)]
    assert "speaker" not in transcript.as_dict()
