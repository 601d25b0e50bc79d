"""The house, through Home Assistant's tools where its MCP server is connected and allowed."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

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
        return told(step, self._phrases)

    async def _called(self, server: str, name: str, arguments: Mapping[str, Any], turn: Turn) -> str:
        tool = await self._tools.find(server, name)
        return await self._tools.call(tool, arguments, turn=turn.id, may_leave=turn.may_leave)

    def _named(self, server: str, step: Step) -> tuple[str, dict[str, object]] | None:
        """A script of Home Assistant's is a tool of its own, called as the script is: `good_night`."""
        name = str(step.slots.get("name", "")).lower().replace(" ", "_")
        return (name, {}) if step.intent == "home.run" and name in self._tools.allowed(server) else None

    def _with_it(self, step: Step) -> Step | None:
        """The step with what "it" is in its place; None when that isn't known any more."""
        if step.slots.get("name") != "it":
            return step
        if self._last is None or self._now() > self._last[1]:
            return None
        about = {name: value for name, value in self._last[0].slots.items() if name in ("name", "area", "all")}
        return replace(step, slots={**step.slots, **about})
