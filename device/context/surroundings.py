"""What is the case while somebody speaks: time, network, the pictures that "it" can mean, the timers, the board."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from device.context.plan import Step
from edge_models.image.scene import Scene

Sound = Literal["ringing", "speech", "music", "paused music"]
"""What is to be heard: timer or alarm, what the device says, what was put on in the house, or has been paused there."""
LOW_PERCENT = 20
"""A battery with less is to be spared."""


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """A picture that can be referred to."""

    id: str
    """The picture's id in the gallery."""
    prompt: str
    """The words it was made from."""
    scene: Scene | None
    """What the device drew; None where it had no part."""
    made_at: float = 0.0
    """Unix seconds."""
    turn: str = ""
    """The turn in which it was made: two of one turn can both be "it"."""
    parent: str | None = None
    """The picture that it was changed from."""
    photo: bool = False
    """It came from a phone's camera."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the device has asked and nobody has answered yet: which picture was meant, or whether to do something."""

    step: Step
    """What is to be done then."""
    choices: tuple[PictureSeen, ...]
    """In the order in which they were named; none: the answer is yes or no."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The moment of one utterance."""

    now: datetime
    """Local time, with its time zone."""
    online: bool = False
    """Whether the bridge can be reached."""
    finished_here: bool = False
    """Whether pictures are finished on the device, and no bridge is asked for them."""
    addressed: bool = True
    """What was said is meant for the device for sure: it came after the wake word, or was typed."""
    pictures: tuple[PictureSeen, ...] = ()
    """The last pictures: first the one that "it" means, then the newest first."""

    timers: tuple[str, ...] = ()
    """The names of the timers that have one, in lower case."""
    do_not_disturb: bool = False
    """Nothing is said that nobody asked for, but alarms and timers ring."""
    asked: str = ""
    """What the device has asked for: `when`, `which` of several, `about` what, a `note`, a `list`; "" for nothing."""
    child_mode: bool = False
    """Children use the device."""
    speaker: str = ""
    """Whose voice it is, by the name under which it was learnt; "" where nobody can tell, and for typed words."""
    speaker_certain: bool = False
    """Whether that is certain enough to open what is open to `speaker` alone."""
    sounds: frozenset[Sound] = frozenset()
    """What is to be heard, or was until the person began to speak."""
    room: str = ""
    """Where it stands: `kitchen`."""
    battery_percent: int | None = None
    """What is left while nothing feeds the battery; None: there is none, or it is being fed."""
    hot: bool = False
    """The board is about to slow down, or has."""
    kept_here: frozenset[str] = frozenset()
    """The intents for which the bridge would help and nothing may leave the device."""

    question: Question | None = None
    """An open question."""
    previous: Step | None = None
    """What was carried out last, not long ago: "no, I meant the fox" is that again."""

    @property
    def latest(self) -> PictureSeen | None:
        """The picture that "it" means."""
        return self.pictures[0] if self.pictures else None

    @property
    def strain(self) -> str:
        """Why the board is to be spared: `hot`, `battery low`; "" when it isn't."""
        if self.hot:
            return "hot"
        return "battery low" if self.battery_percent is not None and self.battery_percent < LOW_PERCENT else ""
