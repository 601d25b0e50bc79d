"""Everything that happens in a turn, one small frozen dataclass an event.

`device.bus.Bus` stamps each with its turn and time and hands it to the observers: companion page, recorder, journal,
lights. The JSON names and fields are promised in the README ("Turn events"); `None` fields are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from re import sub
from typing import Any, ClassVar, Literal

Stage = Literal["draft", "partial", "final"]
Attention = Literal["wake", "follow_up", "typed", "barge_in"]
"""Why the device turned to somebody: its wake word, its own question, typed words, or that it was interrupted."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a turn."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        # Not super(): slots=True builds the class twice and the zero-argument form would see the first.
        cls.name = sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def as_dict(self) -> dict[str, Any]:
        """The event's own fields, without those that are None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class WakeWord(Event):
    """A wake phrase was found."""

    phrase: str
    """The phrase in lower case, as configured: `hey jarvis`."""
    score: float
    """The engine's own score, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """The person began to speak (after the wake word, or without one in a follow-up)."""


@dataclass(frozen=True, slots=True)
class Partial(Event):
    """A transcript that may still change, while the person speaks. The next one, or the transcript, takes its place."""

    text: str
    """All that was understood so far."""
    stable: int
    """How many characters of `text`, from the first, won't change any more."""


@dataclass(frozen=True, slots=True)
class EndOfTurn(Event):
    """The device decided that the person is done."""

    reason: str
    """`complete`, `silence`, `nothing_said`, `too_long` or `end_of_audio`."""


@dataclass(frozen=True, slots=True)
class Stranger(Event):
    """What was said is not carried out: the voice is none of those that the device obeys."""

    score: float
    """How alike it is to the most alike of them, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Transcript(Event):
    """What was said, as far as the device is concerned."""

    text: str
    language: str
    """ISO 639-1 code."""
    confidence: float
    """0 to 1."""
    speaker: str | None = None
    """Whose voice it was, by the name under which it was learnt; None where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Understood(Event):
    """What was meant: one of these for each step of the plan."""

    intent: str
    slots: Mapping[str, Any]
    references: Mapping[str, str]
    """What "it", "the last one" and the like were taken to mean: the word to a picture's id."""
    route: str
    """Which way it was understood, where it is carried out, and why there if not as usual: `grammar/device`,
    `grammar/device+bridge`, `grammar/device (offline)`, `grammar/device+bridge (battery low: no partial pictures)`."""


@dataclass(frozen=True, slots=True)
class Reply(Event):
    """What the device says."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyAudioStarted(Event):
    """The first sample of the reply went to the loudspeaker."""


@dataclass(frozen=True, slots=True)
class Draft(Event):
    """The on-device picture is there."""

    engine: str
    ms: float
    """Milliseconds that the engine took."""


@dataclass(frozen=True, slots=True)
class JobQueued(Event):
    """Heavy work is committed to the outbox."""

    job: str
    kind: str


@dataclass(frozen=True, slots=True)
class JobProgress(Event):
    """The bridge is working."""

    job: str
    fraction: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Artifact(Event):
    """A picture can be looked at."""

    artifact: str
    """The artifact's id in the gallery."""
    picture: str
    """The picture it is a version of: draft, partial and final share it."""
    stage: Stage
    engine: str
    """Who made it, as the page names it."""
    path: str
    """Absolute path of the image file."""
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PictureShown(Event):
    """A picture was brought to the front: it is what "it" means now, and what the page has on its stage."""

    picture: str


@dataclass(frozen=True, slots=True)
class PictureSent(Event):
    """A picture is to be opened on one phone."""

    picture: str
    phone: str
    """The public id of the phone's pairing."""


@dataclass(frozen=True, slots=True)
class PictureDeleted(Event):
    """A picture is gone from the gallery."""

    picture: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Something the user can know about went wrong; it is said in one plain sentence."""

    code: str
    text: str
    job: str | None = None


UNANSWERED = "unanswered"
"""The code of a Failed whose job was a question: whoever asked has been told in the turn."""


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """A question has its answer; most of its words were said."""

    sources: tuple[Mapping[str, str], ...]
    """What it comes from, each with `title`, `site` and `url`; none where it came from nowhere else."""
    job: str | None = None
    rest: str | None = None
    """What was not said of it, for it came too late or is too long."""


@dataclass(frozen=True, slots=True)
class SoundWorks(Event):
    """Microphone and loudspeaker work again, after a `failed` of code `sound`."""


@dataclass(frozen=True, slots=True)
class TurnFinished(Event):
    """The reply is spoken and the jobs are queued; later pictures keep the turn's id."""

    latency: Mapping[str, float]
    """Milliseconds after the end of speech, by what was reached: `transcript`, `reply_audio`, `draft`, `job_queued`."""


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """The conversation went to another state: idle, listening, thinking or speaking."""

    state: str
    reason: Attention | None = None
    """What began it, for listening and thinking; None where the state simply follows from the one before. Speaking with
    `barge_in` is paused: somebody has begun to speak."""


@dataclass(frozen=True, slots=True)
class Muted(Event):
    """The microphone's gate was closed or opened. No sound can open it: the page, a typed command or a program can."""

    muted: bool


@dataclass(frozen=True, slots=True)
class DoNotDisturb(Event):
    """Somebody asked not to be disturbed, or may be again."""

    on: bool
    until: float | None = None
    """Unix seconds of its end, where one was said."""


@dataclass(frozen=True, slots=True)
class PresenceChanged(Event):
    """Somebody has come, or nobody was noticed for a while."""

    somebody: bool


@dataclass(frozen=True, slots=True)
class ModesChanged(Event):
    """Child mode, or keeping everything on the device, was switched on or off."""

    child: bool
    private: bool
    """Nothing may leave the device."""


@dataclass(frozen=True, slots=True)
class LinkChanged(Event):
    """The connection to the bridge came or went."""

    online: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with its turn and its time."""

    seq: int
    """Counts up by one, over restarts too; the journal's key and the page's event id. After a crash the numbers of the
    last half second, which the journal doesn't have, are given out again."""
    turn: str
    """The turn's id, or "" for what belongs to none."""
    at_ms: float
    """Milliseconds since the turn began."""
    after_speech_ms: float | None
    """Milliseconds since the end of speech, from there on."""
    event: Event

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints and the page receives."""
        stamp: dict[str, Any] = {"event": self.event.name, "turn": self.turn, "at_ms": round(self.at_ms, 1)}
        if self.after_speech_ms is not None:
            stamp["after_speech_ms"] = round(self.after_speech_ms, 1)
        return stamp | self.event.as_dict()
