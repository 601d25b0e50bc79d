"""What the device says about itself: what it can do, whether it is online, and what it can't do."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn

ECHO_WORDS = 8
_SCRIPTS = {"en": ("\0", "\u024f"), "ar": ("\u0600", "\u06ff")}
"""First and last of the letters that the language's voice can read back; the Latin ones end at U+024F."""


class AboutSkill(Skill):
    """Answers `none` too, so that nothing said to the device is met with silence."""

    intents: ClassVar[frozenset[str]] = frozenset({"device.help", "device.online", "none"})

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Say it in at most two sentences."""
        await turn.say(
            self.foretell(step, turn.surroundings) or cannot(str(step.slots.get("heard", "")), self._phrases)
        )

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return all of the answer, but for what isn't understood: that may be half of something that will be."""
        if step.intent == "device.help":
            return self._phrases("about-help")
        if step.intent == "device.online":
            return self._phrases("about-online" if surroundings.online else "about-offline")
        return ""


def cannot(heard: str, phrases: Phrases) -> str:
    """The answer to what the device doesn't do: what it heard, in short, and one hint."""
    letters = [letter for letter in heard if letter.isalpha()]
    if not letters:
        return phrases("about-not-caught")
    first, last = _SCRIPTS[phrases.language]
    if sum(not first <= letter <= last for letter in letters) * 2 > len(letters):
        return phrases("about-other-language")
    return phrases("about-cannot", heard=_short(heard))


def _short(heard: str) -> str:
    words = ["".join(letter for letter in word if letter.isprintable()) for word in heard.split()]
    short = " ".join(words[:ECHO_WORDS])[:60].rstrip(" ,.;:!?")
    return f"{short} …" if len(words) > ECHO_WORDS or len(heard) > 60 else short
