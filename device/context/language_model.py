"""The last way to understand a sentence: a language model on the board or in the house, with the skills as its tools.

What it says is data: a call counts only when it names an intent that a skill carries out, with slots of that intent, in
bounds; what can't be taken back is asked first. An answer in words is spoken and does nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from device.context.language_servers import MAX_CALLS, Asked, LanguageServer, Tool
from device.context.plan import Step
from device.context.surroundings import Surroundings

_TOOLS = Path(__file__).with_name("tools")
_NUMBER, _YES = "number", "yes"
_MAX_SLOT, _MAX_ANSWER = 500, 600
"""Characters."""
_MAX_NUMBER = 1_000_000
_PICTURES_TOLD = 3


class CallableIntent(BaseModel):
    """One line of `tools/<language>.yaml`."""

    model_config = ConfigDict(extra="forbid")

    says: Annotated[str, Field(max_length=200)]
    slots: Mapping[str, str | list[str]] = {}
    needs: tuple[str, ...] = ()
    """At least one of these slots is given, or the call means nothing."""
    ask: bool = False


class ToolTable(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid")

    tools: Mapping[str, CallableIntent]
    left_out: Mapping[str, str]
    """Intents that no model may call, and why."""


def read_tools(language: str) -> ToolTable:
    """What a language model may call."""
    return ToolTable.model_validate(yaml.safe_load((_TOOLS / f"{language}.yaml").read_text(encoding="utf-8")))


class LanguageModel:
    """A model and the tools that it may call."""

    def __init__(
        self, server: LanguageServer, *, intents: Iterable[str], answers: bool = True, language: str = "en"
    ) -> None:
        """`intents`: those that skills carry out; `answers`: whether it may answer in words."""
        known = frozenset(intents)
        self._server = server
        self._answers = answers
        self._tools = {name: tool for name, tool in read_tools(language).tools.items() if name in known}
        self._described = [_described(name, tool) for name, tool in self._tools.items()]

    async def load(self) -> None:
        """Make ready; returns when that is done, or can't be done."""
        await self._server.load(self._asked("", "Nothing."))

    async def understand(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        """What `text` asks for; nothing where the model doesn't know either, or doesn't answer in time."""
        said = await self._server.say(self._asked(text, _around(surroundings)))
        steps = [self._called(name, given) for name, given in said.calls[:MAX_CALLS]]
        if any(step is None for step in steps):
            return ()  # Half of what was wished is not what was wished.
        if any(step in steps[:number] for number, step in enumerate(steps)):
            return ()  # A small model that has lost its thread repeats itself.
        if not steps and self._answers and (words := " ".join(said.words.split())):
            return (Step("chat.answer", {"text": words[:_MAX_ANSWER]}, route="model/device"),)
        return tuple(step for step in steps if step is not None)

    def _asked(self, text: str, around: str) -> Asked:
        return Asked(_instructions(answers=self._answers), around, text, self._described, self._answers)

    def _called(self, intent: str, given: object) -> Step | None:
        """The step that a call asks for; None for one that is not of our tools."""
        tool = self._tools.get(intent)
        if tool is None or not isinstance(given, dict):
            return None
        slots: dict[str, str | int] = {}
        for slot, kind in tool.slots.items():
            if given.get(slot) is None:
                continue
            value = _value(given[slot], kind)
            if value is None:
                return None
            slots[slot] = value
        if tool.needs and not slots.keys() & set(tool.needs):
            return None
        step = Step(intent, slots, route="model/device")
        return Step("dialogue.confirm", {"what": tool.says}, route="model/device", asks=step) if tool.ask else step

    async def close(self) -> None:
        """End what was begun."""
        await self._server.close()


def _value(given: Any, kind: str | list[str]) -> str | int | None:
    if kind == _YES:
        return int(given) if given in (True, False) else None
    if kind != _NUMBER:
        in_words = isinstance(given, str) and given.strip() and (isinstance(kind, str) or given in kind)
        return given[:_MAX_SLOT] if in_words else None
    try:
        number = round(float(given))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number <= _MAX_NUMBER else None


def _described(name: str, tool: CallableIntent) -> Tool:
    properties = {slot: _kind(kind) for slot, kind in tool.slots.items()}
    needed = {"required": list(tool.needs)} if len(tool.needs) == 1 else {}
    return Tool(name, tool.says, {"type": "object", "properties": properties, **needed})


def _kind(kind: str | list[str]) -> dict[str, Any]:
    if isinstance(kind, list):
        return {"type": "string", "enum": kind}
    if kind == _YES:
        return {"type": "boolean"}
    return {"type": "number"} if kind == _NUMBER else {"type": "string", "description": kind}


def _instructions(*, answers: bool) -> str:
    question = "Where no tool fits and it is a question, answer in one short sentence without markup. " * answers
    return (
        "You are the understanding of a device that is spoken to and has no screen. Call the tools that the sentence "
        f"asks for, in its order, and nothing that it doesn't ask for. {question}"
        "Where the sentence is not for you, answer nothing."
    )


def _around(surroundings: Surroundings) -> str:
    now: datetime = surroundings.now
    pictures = "; ".join(picture.prompt[:100] for picture in surroundings.pictures[:_PICTURES_TOLD])
    return f"It is {now:%A, %d %B %Y, %H:%M}. The last pictures: {pictures or 'none'}."
