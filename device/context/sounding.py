"""What "stop", "pause", "louder" and "next" are about: the one place where that is decided.

::

    a timer or an alarm rings  >  the device speaks  >  music plays in the house  >  what was paused there

Whatever sounds was silenced when the person began to speak; what is left to do is to let it be, or to go on. Sentences
that name what they are about ("stop the music", "cancel the timer") never come here: only templates with
`metadata: {sounds: true}` do.
"""

from collections.abc import Mapping
from dataclasses import replace

from device.context.plan import Step
from device.context.surroundings import Sound, Surroundings

ORDER: tuple[Sound, ...] = ("ringing", "speech", "music", "paused music")
"""The first of these that is to be heard is meant."""
_WHY: Mapping[Sound, str] = {
    "ringing": "it rings",
    "speech": "I was speaking",
    "music": "music plays",
    "paused music": "music was paused",
}
_STOP = Step("control.stop")


def about_what_sounds(step: Step, surroundings: Surroundings) -> Step | None:
    """What words that could be about anything that sounds mean now; None: `step`, for nothing sounds that they fit."""
    for sound in ORDER:
        if sound in surroundings.sounds:
            meant = _meant(_wish(step), step, sound)
            return meant and replace(meant, because=_WHY[sound])
    return None


def _wish(step: Step) -> str:
    """`stop`, `pause`, `play`, `next`, `previous`, `up` or `down`."""
    match step.intent:
        case "control.stop":
            return "stop"
        case "control.continue":
            return "play"
        case "control.volume":
            return str(step.slots.get("direction", ""))
        case "picture.variation":
            return "next"
        case _:
            return str(step.slots.get("do", ""))


def _meant(wish: str, step: Step, sound: Sound) -> Step | None:
    """None: what sounds has nothing to do with it."""
    if sound == "paused music":
        return Step("home.media", {"do": "play"}) if wish == "play" else None
    if sound == "music":
        return Step("home.media", {"do": "pause" if wish == "stop" else wish}) if wish != "play" else None
    if wish in ("up", "down"):
        return step
    if wish == "play":
        return step if sound == "speech" and step.intent == "control.continue" else None
    return _STOP
