"""Who runs the language model: a server of OpenAI's wire format, or llama.cpp on this board with a GGUF file.

Both speak that format. A server gets the tools as the format has them, and its own template tells the model of them. A
small model on the board may have no such template, and left alone it writes prose: it gets the tools in words, and a
schema that holds it to calls, an answer or nothing, token by token.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
from openai import AsyncOpenAI, OpenAIError

from device.config import LanguageModel as Settings
from device.memory_plan import LANGUAGE_MODEL, language_bytes
from edge_models.language import LanguageProcess, language_model_file
from edge_models.models import ModelError, ModelStore
from edge_models.residency import Rank, Residency, TooLittleMemory

log = logging.getLogger(__name__)

MAX_CALLS = 4
_MAX_TOKENS = 400
_MAX_TOKENS_HERE = 120
"""On the board: four calls with short slots. What isn't said by then isn't worth waiting for."""
_MAX_ANSWER_HERE = 240
CONTEXT_TOKENS = 4096
"""900 of them for the tools in words."""
THREADS = max(1, (os.cpu_count() or 2) // 2)
"""The other cores are for whoever listens. Of two busy cores, two threads that wait for each other take half a second a
token, one 20 to 50 ms; 2026-11."""

REST_S = 60.0
"""So long nobody tries again, after a process that ended by itself or didn't begin."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What may be called."""

    name: str
    """An intent: `timer.set`."""
    says: str
    parameters: Mapping[str, Any]
    """A JSON schema."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence, and all that the model is to know."""

    instructions: str
    """The same for every sentence."""
    around: str
    """What is the case just now."""
    text: str
    tools: Sequence[Tool]
    answers: bool
    """Whether it may answer in words."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said. Nobody has checked it yet."""

    calls: tuple[tuple[str, object], ...] = ()
    """Names of tools, with what they are called with as far as it is JSON; else None."""
    words: str = ""


NOTHING = Said()


class LanguageServer(Protocol):
    """Runs a model."""

    async def load(self, usual: Asked) -> None:
        """Make ready for sentences that come with the `usual` tools; returns when that is done, or can't be done."""
        ...

    async def say(self, asked: Asked) -> Said:
        """What the model says; NOTHING when it doesn't answer, or not in time."""
        ...

    async def close(self) -> None:
        """End what was begun."""
        ...


class Elsewhere:
    """A server on the board or in the house: llama.cpp, Ollama, vLLM."""

    def __init__(self, *, url: str, model: str, key: str, timeout_s: float) -> None:
        """`key`: what the server wants for a password, "" for none."""
        self._client = AsyncOpenAI(base_url=url, api_key=key or "none", timeout=timeout_s, max_retries=0)
        self._model = model

    async def load(self, usual: Asked) -> None:
        """Nothing: it runs already."""

    async def say(self, asked: Asked) -> Said:
        """As LanguageServer.say."""
        try:
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": f"{asked.instructions} {asked.around}"},
                    {"role": "user", "content": asked.text},
                ],
                tools=[_in_wire_format(tool) for tool in asked.tools],  # pyright: ignore[reportArgumentType]
                temperature=0,
                max_tokens=_MAX_TOKENS,
            )
            message = answer.choices[0].message
        except (OpenAIError, IndexError, AttributeError, ValueError) as error:
            log.warning("the language model gave no answer: %s", error)
            return NOTHING
        calls = [call.function for call in message.tool_calls or [] if call.type == "function"]
        return Said(
            tuple((call.name.replace("_", ".", 1), _json(call.arguments or "{}")) for call in calls),
            message.content or "",
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class OnBoard:
    """llama.cpp in a process of this device: started when it is asked, stopped when others need its memory.

    ::

        load, say ──▶ started, tools read ──▶ answers ──▶ idle ──▶ stopped for others, or killed ──▶ the next say

    Whoever asks while it starts waits for it, as long as he would for an answer; it is started all the same, for the
    next. One that ended by itself isn't started again for a minute: the kernel may have had its reasons.
    """

    def __init__(
        self,
        file: Callable[[], Path],
        *,
        timeout_s: float,
        residency: Residency | None = None,
        size_bytes: int = 0,
        threads: int = THREADS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`file` finds the GGUF file and checks its SHA-256; it may take seconds, and raises ModelError.

        `size_bytes`: what it takes in memory, as far as that is known before it runs.
        """
        self._file = file
        self._timeout_s = timeout_s
        self._threads = threads
        self._now = now
        self._place = (residency or Residency()).place(
            LANGUAGE_MODEL, Rank.LANGUAGE, size_bytes, mapped=True, free=self._stop
        )
        self._usual: Asked | None = None
        self._process: LanguageProcess | None = None
        self._http: httpx.AsyncClient | None = None
        self._serving = False
        self._starting: asyncio.Task[None] | None = None
        self._not_before_s = 0.0
        self._ready = asyncio.Event()

    async def load(self, usual: Asked) -> None:
        """Start the process; where it can't be, the log says why, and nothing is understood.

        The tools are read beforehand, which takes as long as hundreds of words of an answer.
        """
        self._usual = usual
        try:
            with self._place.in_use():
                await self._started()
        except TooLittleMemory as error:
            log.warning("%s", error)
        self._ready.set()

    @property
    def resident_mb(self) -> int:
        """Megabytes of memory that the model takes now."""
        return self._process.resident_mb if self._process else 0

    async def say(self, asked: Asked) -> Said:
        """As LanguageServer.say. Whoever is cancelled here, or waits too long, stops the model too."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._ready.wait()
                with self._place.in_use():
                    http = await self._started()
                    return _read(await self._completed(http, asked)) if http else NOTHING
        except httpx.TransportError:
            self._ended()
        except (TimeoutError, httpx.HTTPError, TooLittleMemory) as error:
            log.warning("the language model gave no answer: %s", error or "not in time")
        return NOTHING

    def _ended(self) -> None:
        if self._serving:  # Otherwise it was stopped on purpose.
            log.warning("the language model's process has ended by itself")
            self._serving, self._not_before_s = False, self._now() + REST_S

    async def _started(self) -> httpx.AsyncClient | None:
        """The way to the process, which is started where it doesn't run; None where it can't be."""
        if self._process is not None and not self._process.alive:
            self._ended()
        if not self._serving and self._starting is None:
            if self._now() < self._not_before_s:
                self._place.empty()
                return None
            self._starting = asyncio.create_task(self._start())
        if self._starting is not None:
            await asyncio.shield(self._starting)  # Whoever can't wait goes without; it is started all the same.
        return self._http if self._serving else None

    async def _start(self) -> None:
        """Start the process and have it read the tools. What goes wrong is in the log."""
        try:
            with self._place.in_use():
                await self._end()
                file = await asyncio.to_thread(self._file)
                self._process = LanguageProcess(file, context_tokens=CONTEXT_TOKENS, threads=self._threads)
                self._http = await self._process.start()
                if self._usual is not None:
                    await self._completed(self._http, self._usual, max_tokens=1)
                self._place.measured(self._process.resident_mb * 1_000_000)
                self._serving = True
        except (ModelError, OSError, httpx.HTTPError) as error:
            log.warning("Sentences are understood without a language model: %s", error)
            self._place.empty()
            self._not_before_s = self._now() + REST_S
        finally:
            self._starting = None

    def _stop(self) -> None:
        """Others need its memory. From any thread."""
        self._serving = False
        if self._process is not None:
            self._process.kill()

    async def _completed(self, http: httpx.AsyncClient, asked: Asked, max_tokens: int = _MAX_TOKENS_HERE) -> str:
        # What is always the same stands first: llama.cpp reads it once.
        told = "\n".join([asked.instructions, *(_in_words(tool) for tool in asked.tools)])
        response = await http.post(
            "http://language/v1/chat/completions",
            json={
                "messages": [
                    {"role": "system", "content": told},
                    {"role": "user", "content": f"{asked.around}\nSentence: {asked.text}"},
                ],
                "response_format": {"type": "json_schema", "json_schema": {"schema": _schema(asked)}},
                "temperature": 0,
                "max_tokens": max_tokens,
            },
            timeout=None,
        )
        response.raise_for_status()
        return response.json()["choices"][0]["message"]["content"]

    async def close(self) -> None:
        """End the process."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._end()

    async def _end(self) -> None:
        self._serving = False
        if self._http is not None:
            await self._http.aclose()
        if self._process is not None:
            await self._process.close()


def language_server(settings: Settings, models: ModelStore, residency: Residency | None = None) -> LanguageServer:
    """The one that the settings name: they name one."""
    if settings.url:
        return Elsewhere(url=settings.url, model=settings.model, key=settings.key, timeout_s=settings.timeout_s)
    return OnBoard(
        lambda: language_model_file(models, settings.local),
        timeout_s=settings.timeout_s,
        residency=residency,
        size_bytes=language_bytes(models, settings.local),
    )


def _in_wire_format(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name.replace(".", "_", 1), "description": tool.says, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _in_words(tool: Tool) -> str:
    return f"{tool.name}({', '.join(tool.parameters['properties'])}): {tool.says}"


def _schema(asked: Asked) -> dict[str, Any]:
    """Calls, an answer, or nothing."""
    calls = [
        {
            "type": "object",
            "properties": {"tool": {"const": tool.name}, **tool.parameters["properties"]},
            "required": ["tool", *tool.parameters.get("required", ())],
        }
        for tool in asked.tools
    ]
    called = {"type": "array", "items": {"anyOf": calls}, "minItems": 1, "maxItems": MAX_CALLS}
    kinds = [{"nothing": {"const": True}}, {"calls": called}]
    if asked.answers:
        kinds.append({"answer": {"type": "string", "maxLength": _MAX_ANSWER_HERE}})
    return {"anyOf": [{"type": "object", "properties": kind, "required": list(kind)} for kind in kinds]}


def _read(content: str) -> Said:
    """What the schema allows; NOTHING for all else, an answer that was cut, say."""
    said = _json(content or "")
    if not isinstance(said, dict):
        return NOTHING
    calls = said.get("calls", [])
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        return NOTHING
    return Said(tuple((str(call.pop("tool", "")), call) for call in calls), str(said.get("answer", "")))


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
