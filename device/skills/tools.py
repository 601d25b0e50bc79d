"""The tools of one MCP server, as a skill: asked for in the owner's sentences, or by what they are for."""

import asyncio
import logging
import re
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

from device.allowed import AllowedError, read_allowed
from device.config import DeviceConfig, Mcp
from device.context.engine import ContextEngine
from device.context.others import OthersSentences, SentencesError
from device.context.plan import Plan, Step
from device.data import Data
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.confirmation import Confirmation
from device.store import Store
from device.tools import Tool, ToolError, Tools, spoken
from device.tools.matching import Matching
from edge_models.sentence_embedding import SentenceEncoder

log = logging.getLogger(__name__)

_SAID = 60
"""Characters of an argument that are said in a question."""


class ToolSkill(Skill):
    """What a tool answers is said, behind its server's name and shortened; no word of it is obeyed."""

    def __init__(self, server: str, config: Mcp, tools: Tools, matching: Matching, phrases: Phrases) -> None:
        self.intents = frozenset(f"tool.{server}.{name}" for name in tools.allowed(server))  # pyright: ignore[reportAttributeAccessIssue]
        self.leaves = frozenset({Data.TEXT} if config.url else ())  # pyright: ignore[reportAttributeAccessIssue]
        self._server = server
        self._config = config
        self._tools = tools
        self._matching = matching
        self._phrases = phrases
        self._asked = Confirmation()

    async def claim(self, text: str, plan: Plan) -> Plan | None:
        """Take the answer to a question of its own, and what nobody else understands and one of its tools is for."""
        if answered := self._asked.answered(text):
            return answered
        (first, *more) = plan.steps
        heard = str(first.slots.get("heard", ""))
        if more or first.intent != "none" or not heard:
            return None
        tools = [tool for tool in self._tools.known() if tool.server == self._server and not tool.required]
        tool = await asyncio.to_thread(self._matching.best, heard, tools) if tools else None
        return Plan((Step(tool.intent, route="embedding/device"),)) if tool else None

    def passed(self) -> None:
        """Forget the question: something else was done."""
        self._asked.drop()

    async def run(self, step: Step, turn: Turn) -> None:
        """Use the tool; one that may change something is asked about first, unless the owner has said otherwise."""
        self._asked.drop()
        name = step.intent.removeprefix(f"tool.{self._server}.")
        try:
            tool = await self._tools.find(self._server, name)
            given = arguments_of(self._config, name, step.slots)
            if not (tool.reads or name in self._config.unasked or step.slots.get("sure")):
                tool.arguments(given)  # what can't be done is not asked about
                self._asked.expect(step)
                await turn.ask(self._question(tool, given))
                return
            answer = spoken(await self._tools.call(tool, given, turn=turn.id, may_leave=turn.may_leave))
        except ToolError as error:
            await turn.say(error.said(self._phrases))
            return
        if answer:
            await turn.say(self._phrases("tools-says", server=_named(self._server), answer=answer))
        else:
            await turn.say(self._phrases("tools-nothing-to-say" if tool.reads else "tools-done"))

    def _question(self, tool: Tool, given: Mapping[str, Any]) -> str:
        title = spoken(tool.title) or tool.name
        if not given:
            return self._phrases("tools-shall-i", tool=title, server=tool.server)
        told = [f"{name.replace('_', ' ')} {spoken(str(value))[:_SAID]}" for name, value in given.items()]
        return self._phrases("tools-shall-i-with", tool=title, server=tool.server, given=told)


def allowed_tools(config: DeviceConfig, home: Path, store: Store) -> Tools:
    """The servers of the settings, with what is allowed in `home`; nothing where that can't be read.

    Where nothing may ever leave the device, no address is even connected to.
    """
    servers = {name: server for name, server in config.mcp.items() if not (server.url and config.privacy.offline)}
    try:
        allowed = read_allowed(home).tools
    except AllowedError as error:
        log.warning("%s", error)
        allowed = {}
    return Tools(servers, allowed, store=store)


def skills_of_tools(
    tools: Tools, context: ContextEngine, encoder: Callable[[], SentenceEncoder], phrases: Phrases
) -> list[Skill]:
    """A skill for each server of which something is allowed; `context` understands the owner's sentences from then on.

    `encoder` loads the model that finds tools by what they are for; where it raises, they are found by sentence alone.
    """
    matching = Matching(encoder)
    for server, config in tools.servers.items():
        try:
            context.add(tool_sentences(server, config, only=tools.allowed(server)))
        except SentencesError as error:
            log.warning("The sentences under [mcp.%s] can't be used. %s", server, error)
    return [ToolSkill(server, config, tools, matching, phrases) for server, config in tools.servers.items()]


def tool_sentences(server: str, config: Mcp, *, only: Container[str] | None = None) -> OthersSentences:
    """The sentences that the owner wrote for a server's tools, or for some of them. Raises SentencesError."""
    said: dict[str, list[dict[str, Any]]] = {}
    lists: dict[str, Any] = {}
    for number, say in enumerate(config.say):
        if only is not None and say.tool not in only:
            continue
        templates = list(say.sentences)
        for place in sorted(_places(templates)):
            # Each entry has lists of its own: two may mean different things by {name}.
            known = f"say_{number}_{place}"
            lists[known] = {"values": list(say.lists[place])} if place in say.lists else {"wildcard": True}
            templates = [template.replace(f"{{{place}}}", f"{{{known}:{place}}}") for template in templates]
        said.setdefault(f"tool.{server}.{say.tool}", []).append({"sentences": templates, "slots": {"say": number}})
    grammar = {"lists": lists, "intents": {intent: {"data": data} for intent, data in said.items()}}
    return OthersSentences(f"tool.{server}", grammar)


def arguments_of(config: Mcp, tool: str, slots: Mapping[str, str | int]) -> dict[str, Any]:
    """What the tool is to be called with: as the owner's sentence says, else nothing."""
    number = slots.get("say")
    if not isinstance(number, int) or config.say[number].tool != tool:
        return {}
    return {name: _filled(value, slots) for name, value in config.say[number].arguments.items()}


def _filled(value: str | float | bool, slots: Mapping[str, str | int]) -> str | float | bool:
    if not isinstance(value, str):
        return value
    for name, said in slots.items():
        value = value.replace(f"{{{name}}}", str(said))
    return value


def _places(templates: list[str]) -> set[str]:
    return {place for template in templates for place in re.findall(r"\{(\w+)\}", template)}


def _named(server: str) -> str:
    words = server.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
