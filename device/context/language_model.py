"""The last way to understand a sentence: a language model on the board or in the house, with the skills as its tools.

Any server that speaks OpenAI's chat completions with tool calls will do (llama.cpp, Ollama, vLLM). What it answers is
data: a call counts only when it names an intent that a skill carries out, with slots of that intent, in bounds; what
can't be taken back is asked first. An answer in words is spoken and does nothing.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import yaml
from openai import AsyncOpenAI, OpenAIError
from openai.types.chat import ChatCompletionMessage
from pydantic import BaseModel, ConfigDict, Field

from device.context.plan import Step
from device.context.surroundings import Surroundings

log = logging.getLogger(__name__)

_TOOLS = Path(__file__).with_name("tools")
_NUMBER = "number"
_MAX_CALLS = 4
_MAX_SLOT, _MAX_ANSWER = 500, 600
"""Characters."""
_MAX_NUMBER = 1_000_000
_PICTURES_TOLD = 3


class _Tool(BaseModel):
    """One line of `tools/<language>.yaml`."""

    model_config = ConfigDict(extra="forbid")

    says: Annotated[str, Field(max_length=200)]
    slots: Mapping[str, str] = {}
    ask: bool = False


class LanguageModel:
    """One server and the tools that it may call."""

    def __init__(
        self, *, url: str, model: str, key: str, timeout_s: float, intents: Iterable[str], language: str = "en"
    ) -> None:
        """`intents`: those that skills carry out; `key`: what the server wants for a password, "" for none."""
        table = yaml.safe_load((_TOOLS / f"{language}.yaml").read_text(encoding="utf-8"))
        known = frozenset(intents)
        self._tools = {name: _Tool.model_validate(row) for name, row in table.items() if name in known}
        self._client = AsyncOpenAI(base_url=url, api_key=key or "none", timeout=timeout_s, max_retries=0)
        self._model = model

    async def understand(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        """What `text` asks for; nothing where the model doesn't know either, or doesn't answer in time."""
        try:
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": _around(surroundings)}, {"role": "user", "content": text}],
                tools=[_described(name, tool) for name, tool in self._tools.items()],  # pyright: ignore[reportArgumentType]
                temperature=0,
                max_tokens=400,
            )
            message = answer.choices[0].message
        except (OpenAIError, IndexError, AttributeError, ValueError) as error:
            log.warning("the language model gave no answer: %s", error)
            return ()
        return self._steps(message)

    def _steps(self, message: ChatCompletionMessage) -> tuple[Step, ...]:
        calls = [call for call in (message.tool_calls or [])[:_MAX_CALLS] if call.type == "function"]
        steps = [self._called(call.function.name, call.function.arguments) for call in calls]
        if any(step is None for step in steps):
            return ()  # Half of what was wished is not what was wished.
        if not steps and (words := " ".join((message.content or "").split())):
            return (Step("chat.answer", {"text": words[:_MAX_ANSWER]}, route="model/device"),)
        return tuple(step for step in steps if step is not None)

    def _called(self, name: str, arguments: str) -> Step | None:
        """The step that a call asks for; None for one that is not of our tools."""
        intent = name.replace("_", ".", 1)
        tool = self._tools.get(intent)
        if tool is None:
            return None
        try:
            given = json.loads(arguments or "{}")
        except ValueError:
            return None
        if not isinstance(given, dict):
            return None
        slots: dict[str, str | int] = {}
        for slot, kind in tool.slots.items():
            if given.get(slot) is None:
                continue
            value = _value(given[slot], kind)
            if value is None:
                return None
            slots[slot] = value
        step = Step(intent, slots, route="model/device")
        return Step("dialogue.confirm", {"what": tool.says}, route="model/device", asks=step) if tool.ask else step

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _value(given: Any, kind: str) -> str | int | None:
    if kind != _NUMBER:
        return given[:_MAX_SLOT] if isinstance(given, str) and given.strip() else None
    try:
        number = round(float(given))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number <= _MAX_NUMBER else None


def _described(name: str, tool: _Tool) -> dict[str, Any]:
    """The tool as OpenAI's wire format has it."""
    properties = {
        slot: {"type": "number"} if kind == _NUMBER else {"type": "string", "description": kind}
        for slot, kind in tool.slots.items()
    }
    parameters = {"type": "object", "properties": properties}
    return {
        "type": "function",
        "function": {"name": name.replace(".", "_", 1), "description": tool.says, "parameters": parameters},
    }


def _around(surroundings: Surroundings) -> str:
    now: datetime = surroundings.now
    pictures = "; ".join(picture.prompt[:100] for picture in surroundings.pictures[:_PICTURES_TOLD])
    return (
        "You are the understanding of a device that is spoken to and has no screen. Call the tools that the sentence "
        "asks for, in its order, and nothing that it doesn't ask for. Where no tool fits and it is a question, answer "
        "in one short sentence without markup. Where the sentence is not for you, answer nothing. "
        f"It is {now:%A, %d %B %Y, %H:%M}. The last pictures: {pictures or 'none'}."
    )
