"""Hearing a turn, with models that answer what the test says: what is said when, and what comes out."""

from itertools import count, pairwise

import numpy as np
import pytest
from ears_parts import SPEECH, WAKE, Room

from device.conversation import Conversation, State
from device.ears import Ears, Utterance
from device.events import Happened
from edge_models.wake import WakeHit
from hw.audio.file_duplex import FileDuplex


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


async def test_a_wake_word_that_was_heard_in_a_command_does_not_take_it_away(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (1.5, SPEECH), (0.04, WAKE), (4.0, 0))
    room.commands = ("What time is it",)
    room.models.text = lambda samples: "Alexa, what time is it"
    await room.hear()
    assert room.events == ["wake_word", "speech_started", "wake_word", "end_of_turn", "transcript"]
    assert [utterance.text for utterance in room.utterances] == ["What time is it"]
    assert room.at_ms("transcript") < 3_200


async def test_a_wake_word_said_twice_and_nothing_else_is_no_command(room: Room) -> None:
    room.say((0.5, 0), (0.3, WAKE), (0.3, SPEECH), (1.0, 0), (0.04, WAKE), (7.0, 0))
    room.models.text = lambda samples: "Alexa."
    await room.hear()
    assert room.utterances == []
    assert room.reason() == "nothing_said"


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
