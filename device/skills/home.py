"""The house, through Home Assistant's tools where its MCP server is connected and allowed."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from device.context.plan import Plan, Step
from device.context.surroundings import Surroundings
from device.data import Data
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.confirmation import Confirmation
from device.skills.home_calls import MARKER, call_for, needs_a_yes
from device.skills.home_states import answer, things
from device.skills.home_told import the_thing, told
from device.tools import ToolError, Tools

STATES = "GetLiveContext"
_IT_FOR_S = 120.0
"""How long "it" is what was switched last."""
_PLAYS_FOR_S = 3 * 3600.0
"""How long what was put on by voice counts as playing, unless it is heard of again."""
_PAUSED_FOR_S = 600.0
"""How long "go on" means what was paused by voice."""


@dataclass(frozen=True, slots=True)
class _Media:
    """What was done last with what plays in the house."""

    where: Mapping[str, str | int]
    """Its area, if one was named."""
    paused: bool
    until_s: float


class HomeSkill(Skill):
    """Switches, sets, runs and asks; confirms what it did in a few words."""

    intents: ClassVar[frozenset[str]] = frozenset({"home.turn", "home.set", "home.ask", "home.run", "home.media"})

    def __init__(self, tools: Tools, phrases: Phrases, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives seconds of a clock that never goes back."""
        self._tools = tools
        self._phrases = phrases
        self._server = tools.server_with(MARKER) or tools.server_with(STATES)
        if self._server and tools.servers[self._server].url:
            self.leaves = frozenset({Data.TEXT})  # pyright: ignore[reportAttributeAccessIssue]
        self._now = now
        self._asked = Confirmation(now)
        self._last: tuple[Step, float] | None = None
        self._media: _Media | None = None

    @property
    def playing(self) -> Literal["music", "paused music"] | None:
        """What was put on in the house by voice, as far as that is known; None: nothing, or too long ago."""
        media = self._media
        if media is None or self._now() > media.until_s:
            return None
        return "paused music" if media.paused else "music"

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return what is said where there is no home: all else the home decides."""
        del step, surroundings
        return "" if self._server else self._phrases("home-not-connected")

    async def claim(self, text: str, plan: Plan) -> Plan | None:
        """Take the answer to "Shall I unlock the front door?"."""
        del plan
        return self._asked.answered(text)

    def passed(self) -> None:
        """Forget the question: something else was done."""
        self._asked.drop()

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out, or say in a sentence why not."""
        self._asked.drop()
        if self._server is None:
            await turn.say(self._phrases("home-not-connected"))
            return
        meant = self._with_it(step)
        if meant is None:
            await turn.say(self._phrases("home-which-thing"))
        elif needs_a_yes(meant) and not meant.slots.get("sure"):
            self._asked.expect(meant)
            thing = the_thing(meant.slots, self._phrases)
            await turn.ask(self._phrases("home-shall-i", how=str(meant.slots["how"]), thing=thing))
        else:
            try:
                await turn.say(await self._done(self._server, meant, turn))
            except ToolError as error:
                await turn.say(error.said(self._phrases))

    async def _done(self, server: str, step: Step, turn: Turn) -> str:
        """Do it; what is to be said then. Raises ToolError."""
        if step.intent == "home.ask":
            text = await self._called(server, STATES, {}, turn)
            return answer(step, await asyncio.to_thread(things, text), self._phrases)
        call = self._named(server, step) or call_for(step)
        if call is None:
            return self._phrases("home-how-warm")
        name, arguments = call
        await self._called(server, name, arguments, turn)
        if step.intent in ("home.turn", "home.set"):
            self._last = step, self._now() + _IT_FOR_S
        if step.intent == "home.media":
            self._note(step)
        return told(step, self._phrases)

    def _note(self, step: Step) -> None:
        """Keep what plays and where: "louder" is about that then."""
        paused = step.slots["do"] == "pause"
        where = {"area": step.slots["area"]} if "area" in step.slots else {}
        self._media = _Media(where, paused, self._now() + (_PAUSED_FOR_S if paused else _PLAYS_FOR_S))

    async def _called(self, server: str, name: str, arguments: Mapping[str, Any], turn: Turn) -> str:
        tool = await self._tools.find(server, name)
        return await self._tools.call(tool, arguments, turn=turn.id, may_leave=turn.may_leave)

    def _named(self, server: str, step: Step) -> tuple[str, dict[str, object]] | None:
        """A script of Home Assistant's is a tool of its own, called as the script is: `good_night`."""
        name = str(step.slots.get("name", "")).lower().replace(" ", "_")
        return (name, {}) if step.intent == "home.run" and name in self._tools.allowed(server) else None

    def _with_it(self, step: Step) -> Step | None:
        """The step with what "it" is in its place; None when that isn't known any more.

        What plays is meant where it was put on, until another place is named.
        """
        if step.intent == "home.media" and self._media and self.playing and "what" not in step.slots:
            return replace(step, slots={**self._media.where, **step.slots})
        if step.slots.get("name") != "it":
            return step
        if self._last is None or self._now() > self._last[1]:
            return None
        about = {name: value for name, value in self._last[0].slots.items() if name in ("name", "area", "all")}
        return replace(step, slots={**step.slots, **about})
