"""What the device says about itself: what it can do, whether it is online, and what it can't do."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.skills.base import Skill, Turn

ECHO_WORDS = 8
HINT = "Try: draw a red fox under a full moon."


class AboutSkill(Skill):
    """Answers `none` too, so that nothing said to the device is met with silence."""

    intents: ClassVar[frozenset[str]] = frozenset({"device.help", "device.online", "none"})

    async def run(self, step: Step, turn: Turn) -> None:
        """Say it in at most two sentences."""
        await turn.say(self.foretell(step, turn.surroundings) or cannot(str(step.slots.get("heard", ""))))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return all of the answer, but for what isn't understood: that may be half of something that will be."""
        if step.intent == "device.help":
            return (
                "Ask me to draw something, then change it, undo it or try again. I also tell the time and the date, "
                "set timers, alarms and reminders, and keep lists and notes."
            )
        if step.intent == "device.online":
            offline = "No, I'm offline right now. I can still draw, and I'll finish the pictures later."
            return "Yes, I'm online." if surroundings.online else offline
        return ""


def cannot(heard: str) -> str:
    """The answer to what the device doesn't do: what it heard, in short, and one hint."""
    letters = [letter for letter in heard if letter.isalpha()]
    if not letters:
        return f"Sorry, I didn't catch that. {HINT}"
    # Latin letters end at U+024F; an English voice can't read the others back.
    if sum(letter > "\u024f" for letter in letters) * 2 > len(letters):
        return f"Sorry, I only understand English so far. {HINT}"
    return f"Sorry, I can't do that yet: “{_short(heard)}”. {HINT}"


def _short(heard: str) -> str:
    words = ["".join(letter for letter in word if letter.isprintable()) for word in heard.split()]
    short = " ".join(words[:ECHO_WORDS])[:60].rstrip(" ,.;:!?")
    return f"{short} …" if len(words) > ECHO_WORDS or len(heard) > 60 else short
