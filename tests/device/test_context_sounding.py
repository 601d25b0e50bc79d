"""Stop, pause, louder, next: what is meant, by what sounds."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, Step, Surroundings
from device.context.surroundings import Sound

NOW = datetime(2026, 11, 26, 20, 40, tzinfo=UTC)
ENGINE, ARABIC = ContextEngine(), ContextEngine("ar")
NOTHING: frozenset[Sound] = frozenset()
RINGS: frozenset[Sound] = frozenset({"ringing", "speech", "music"})
SPEAKS: frozenset[Sound] = frozenset({"speech", "music"})
MUSIC: frozenset[Sound] = frozenset({"music"})
PAUSED: frozenset[Sound] = frozenset({"paused music"})
STOP = ("control.stop", {})
LOUDER, QUIETER = ("control.volume", {"direction": "up"}), ("control.volume", {"direction": "down"})


def media(do: str) -> tuple[str, dict[str, str]]:
    return "home.media", {"do": do}


MEANT = {
    "stop": {RINGS: STOP, SPEAKS: STOP, MUSIC: media("pause"), PAUSED: STOP, NOTHING: STOP},
    "enough": {RINGS: STOP, SPEAKS: STOP, MUSIC: media("pause"), NOTHING: STOP},
    "pause": {RINGS: STOP, SPEAKS: STOP, MUSIC: media("pause"), NOTHING: media("pause")},
    "louder": {RINGS: LOUDER, SPEAKS: LOUDER, MUSIC: media("up"), PAUSED: LOUDER, NOTHING: LOUDER},
    "a bit quieter": {RINGS: QUIETER, SPEAKS: QUIETER, MUSIC: media("down"), NOTHING: QUIETER},
    "turn it down": {SPEAKS: QUIETER, MUSIC: media("down"), NOTHING: QUIETER},
    "next": {RINGS: STOP, SPEAKS: STOP, MUSIC: media("next")},
    "skip": {RINGS: STOP, SPEAKS: STOP, MUSIC: media("next"), NOTHING: media("next")},
    "go on": {SPEAKS: ("control.continue", {}), PAUSED: media("play"), NOTHING: ("control.continue", {})},
    "play": {PAUSED: media("play"), NOTHING: media("play")},
    # These say what they are about.
    "pause the music": {RINGS: media("pause"), SPEAKS: media("pause"), MUSIC: media("pause"), NOTHING: media("pause")},
    "turn up the music": {RINGS: media("up"), MUSIC: media("up"), NOTHING: media("up")},
    "speak louder": {MUSIC: LOUDER, NOTHING: LOUDER},
    "stop talking": {MUSIC: STOP, NOTHING: STOP},
    "cancel the timer": {RINGS: ("timer.cancel", {}), MUSIC: ("timer.cancel", {})},
}
CASES = [(text, sounds, meant) for text, by_sound in MEANT.items() for sounds, meant in by_sound.items()]


def the_step(text: str, sounds: frozenset[Sound]) -> Step:
    (step,) = ENGINE.understand(text, surroundings=Surroundings(now=NOW, sounds=sounds)).steps
    return step


@pytest.mark.parametrize(("text", "sounds", "meant"), CASES)
def test_ringing_comes_before_speech_and_speech_before_music(
    text: str, sounds: frozenset[Sound], meant: tuple[str, dict[str, str]]
) -> None:
    step = the_step(text, sounds)
    assert (step.intent, dict(step.slots)) == meant


@pytest.mark.parametrize(
    ("text", "sounds", "route"),
    [
        ("stop", RINGS, "grammar/device (it rings)"),
        ("louder", SPEAKS, "grammar/device (I was speaking)"),
        ("stop", MUSIC, "grammar/device (music plays)"),
        ("go on", PAUSED, "grammar/device (music was paused)"),
        ("stop", NOTHING, "grammar/device"),
        ("pause the music", MUSIC, "grammar/device"),
    ],
)
def test_the_route_says_why(text: str, sounds: frozenset[Sound], route: str) -> None:
    assert the_step(text, sounds).route == route


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("play jazz in the kitchen", {"do": "play", "what": "jazz", "area": "kitchen"}),
        ("put on some classical music", {"do": "play", "what": "classical"}),
    ],
)
def test_music_is_asked_for_by_its_kind(text: str, slots: dict[str, str]) -> None:
    step = the_step(text, NOTHING)
    assert (step.intent, dict(step.slots)) == ("home.media", slots)


@pytest.mark.parametrize("text", ["what's playing", "what song is this", "is any music playing in the kitchen"])
def test_what_plays_is_asked_for(text: str) -> None:
    step = the_step(text, MUSIC)
    assert (step.intent, step.slots["what"]) == ("home.ask", "playing")


@pytest.mark.parametrize(
    ("text", "sounds", "meant"),
    [
        ("توقف", MUSIC, media("pause")),
        ("توقف", RINGS, STOP),
        ("أعلى", MUSIC, media("up")),
        ("أعلى", NOTHING, LOUDER),
        ("أخفض قليلا", MUSIC, media("down")),
        ("التالي", MUSIC, media("next")),
        ("التالي", SPEAKS, STOP),
        ("أكمل", PAUSED, media("play")),
        ("أكمل الكلام", PAUSED, ("control.continue", {})),
        ("من أنا", NOTHING, ("device.who", {})),
    ],
)
def test_it_is_the_same_in_arabic(text: str, sounds: frozenset[Sound], meant: tuple[str, dict[str, str]]) -> None:
    (step,) = ARABIC.understand(text, surroundings=Surroundings(now=NOW, sounds=sounds)).steps
    assert (step.intent, dict(step.slots)) == meant
