"""What a skill is: a class that says which intents it carries out, and does it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar

from device.context.plan import Plan, Step
from device.context.surroundings import Surroundings
from device.events import Event
from device.policy import Data, Decision


async def nothing_may_leave(data: frozenset[Data], words: str) -> Decision:
    """Answer of a turn that no policy has been asked about."""
    del data, words
    return Decision(None, "no policy was asked", "nothing may leave the device")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a skill may do with the turn it works in."""

    id: str
    """The turn's id; whatever comes later (a finished picture) keeps it."""
    say: Callable[[str], Awaitable[bool]]
    """Speak one or two sentences; returns when they are spoken, or False when somebody talked over them."""
    ask: Callable[[str], Awaitable[object]]
    """Speak a question; when it was heard and the turn is over, the answer needs no wake word. It is a turn of its own,
    understood like any other."""
    publish: Callable[[Event], object]
    """Tell the observers (phone page, lights, recorder) what happened."""
    language: str
    """ISO 639-1 code of the language to answer in."""
    surroundings: Surroundings
    """Time, network and pictures at the moment of speaking."""
    made: Callable[[str], object] = lambda _: None
    """Tell the id of the picture that this step has made: later steps of the same utterance are about it."""
    passing: bool = False
    """The next step of the utterance changes what this one makes: nobody wants it finished."""
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody says something else meanwhile: whoever waits for something may stop waiting."""
    spoken: bool = True
    """False: typed, or sent by a program. What no sound may do, a skill does for these alone."""
    may_leave: Callable[[frozenset[Data], str], Awaitable[Decision]] = nothing_may_leave
    """Ask whether data of these kinds, and these words, may leave the device for the step at hand. A refusal is in the
    audit log when this returns; a permission is what `Offload.submit` wants. Raises StoreError."""


API = 1
"""Which edition of `nightjar.skills` this is. A skill that is installed as a package says which it was written for."""


class Skill(ABC):
    """One thing the device can do."""

    intents: ClassVar[frozenset[str]]
    """The intents that are carried out here."""
    leaves: ClassVar[frozenset[Data]] = frozenset()
    """What may ever leave the device for them; the owner's settings may allow less."""
    limit_s: ClassVar[float | None] = None
    """How long `run` may take, where that is longer than other skills'."""
    sentences: ClassVar[str] = ""
    """Of a skill that is installed as a package: its sentence templates in YAML, or the name of a file of them, which
    ends in `.yaml` and lies beside the module. The device's own skills have theirs in `device/context/sentences`."""
    api: ClassVar[int] = 0
    """Of a skill that is installed as a package: the `nightjar.skills.API` that it was written for."""

    async def claim(self, text: str, plan: Plan) -> Plan | None:
        """Return the plan to carry out instead of `plan`, where this skill knows better what `text` means.

        That is: an answer to its own last question, or something that only it can know whether it knows. Every skill is
        asked for every utterance until one claims it, also for words that may not be meant for the device: it changes
        nothing. None: it is what it seems.
        """
        del text, plan
        return None

    def passed(self) -> None:
        """Note that another skill has carried something out since: a question of this one's has not been answered."""
        return

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return what `run` will probably say first, as far as that is known without doing anything; "" when it isn't.

        It is made, not said: a person who goes on speaking means something else.
        """
        del step, surroundings
        return ""

    @abstractmethod
    async def run(self, step: Step, turn: Turn) -> None:
        """Carry out one step, whose intent is one of `intents`.

        What it raises is logged and apologised for by the caller; so is taking longer than `registry.LIMIT_S`.
        """
