"""What people say to the house, and what only sounds like it."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, PictureSeen, Surroundings
from edge_models.image.scene import Scene, Subject

FOX = PictureSeen(id="fox-1", prompt="a red fox", scene=Scene(subjects=(Subject(noun="fox", colour="red"),)))
SURROUNDINGS = Surroundings(now=datetime(2026, 11, 26, 20, 40, tzinfo=UTC), pictures=(FOX,), timers=("pasta",))
ENGINE = ContextEngine("en", ("Lina", "Büro", "Reading corner"))
"""In a household that has names for its rooms."""

TURN: dict[str, dict[str, str | int]] = {
    "turn on the light": {"name": "light", "on": 1},
    "turn the lights off": {"name": "lights", "on": 0},
    "switch off the fan in the bedroom": {"name": "fan", "area": "bedroom", "on": 0},
    "turn the bathroom heater on": {"name": "heater", "area": "bathroom", "on": 1},
    "could you turn off the TV please": {"name": "TV", "on": 0},
    "lamp on": {"name": "lamp", "on": 1},
    "turn all the lights off": {"name": "lights", "all": 1, "on": 0},
    "turn off every light in the house": {"name": "light", "all": 1, "area": "house", "on": 0},
    "turn on the Büro lamp": {"name": "lamp", "area": "Büro", "on": 1},
    "switch on the reading corner": {"name": "Reading corner", "on": 1},
    "turn everything off": {"on": 0},
    "toggle the hall light": {"name": "light", "area": "hall", "how": "toggle"},
    "open the blinds": {"name": "blinds", "on": 1, "how": "open"},
    "close the living room curtains": {"name": "curtains", "area": "living room", "on": 0, "how": "close"},
    "lock the back door": {"name": "back door", "on": 1, "how": "lock"},
    "unlock the front door": {"name": "front door", "on": 0, "how": "unlock"},
    "turn it off": {"name": "it", "on": 0},
    "switch them back on": {"name": "it", "on": 1},
}
SET: dict[str, dict[str, str | int]] = {
    "set the kitchen lights to 40 percent": {"name": "lights", "area": "kitchen", "percent": 40},
    "dim the bedside lamp to ten percent": {"name": "bedside lamp", "percent": 10},
    "dim the lights": {"name": "lights", "direction": "down"},
    "make the hall light brighter": {"name": "light", "area": "hall", "direction": "up"},
    "blinds to 50%": {"name": "blinds", "percent": 50},
    "open the shutters halfway": {"name": "shutters", "percent": 50},
    "set the lamp to warm white": {"name": "lamp", "colour": "warm white"},
    "make the bedroom lights purple": {"name": "lights", "area": "bedroom", "colour": "purple"},
    "set the temperature to 21 degrees": {"temperature": 21},
    "heat the nursery to twenty degrees": {"area": "nursery", "temperature": 20},
    "set the heating in the office to nineteen": {"name": "heating", "area": "office", "temperature": 19},
    "turn the heating up a bit": {"name": "heating", "direction": "up", "what": "temperature"},
}
ASK: dict[str, dict[str, str | int]] = {
    "is the garage door open": {"name": "garage door", "state": "open"},
    "are the kitchen lights on": {"name": "lights", "area": "kitchen", "state": "on"},
    "are the lights on in the hall": {"name": "lights", "area": "hall", "state": "on"},
    "did I lock the front door": {"name": "front door", "state": "locked"},
    "how warm is it in the living room": {"area": "living room", "what": "temperature"},
    "what's the temperature": {"what": "temperature"},
    "what's the humidity in the bathroom": {"area": "bathroom", "what": "humidity"},
}
OTHERS = {
    "run the bedtime routine": ("home.run", {"name": "bedtime"}),
    "activate movie mode": ("home.run", {"name": "movie"}),
    "pause the music": ("home.media", {"do": "pause"}),
    "play some music in the kitchen": ("home.media", {"do": "play", "area": "kitchen"}),
    "next song": ("home.media", {"do": "next"}),
}
NOT_OF_THE_HOUSE = {
    "turn the volume up": "control.volume",
    "turn it up": "control.volume",
    "turn off the microphone": "control.mute",
    "turn off the sound": "control.volume",
    "turn off the timer": "timer.cancel",
    "turn off the pasta timer": "timer.cancel",
    "turn it blue": "picture.edit",
    "make it night": "picture.edit",
    "make the fox blue": "picture.edit",
    "draw a house with the lights on": "picture.create",
    "draw the curtains": "none",
    "turn it into": "none",
    "the light was on all night": "none",
    "stop the washing machine": "none",
    "are you on": "none",
    "what's the temperature of the sun": "none",
}


def only_step(text: str):
    (step,) = ENGINE.understand(text, surroundings=SURROUNDINGS).steps
    return step


@pytest.mark.parametrize(
    ("intent", "text", "slots"),
    [
        *(("home.turn", text, slots) for text, slots in TURN.items()),
        *(("home.set", text, slots) for text, slots in SET.items()),
        *(("home.ask", text, slots) for text, slots in ASK.items()),
        *((intent, text, slots) for text, (intent, slots) in OTHERS.items()),
    ],
)
def test_the_house_is_spoken_to(intent: str, text: str, slots: dict[str, str | int]) -> None:
    step = only_step(text)
    assert (step.intent, dict(step.slots)) == (intent, slots)


@pytest.mark.parametrize(("text", "intent"), NOT_OF_THE_HOUSE.items())
def test_other_commands_stay_what_they_are(text: str, intent: str) -> None:
    assert only_step(text).intent == intent


def test_two_things_in_one_breath_are_two_steps() -> None:
    steps = ENGINE.understand("turn off the TV and close the blinds", surroundings=SURROUNDINGS).steps
    assert [step.intent for step in steps] == ["home.turn", "home.turn"]


def test_what_is_said_to_the_house_is_expected_and_ends_a_turn_early() -> None:
    assert ENGINE.expected().is_command("Turn off the kitchen light.")
    assert ENGINE.whole("turn off the kitchen light")
