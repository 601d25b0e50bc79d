"""Carries out one utterance after another: words in, plan, skills, spoken reply; and says how long each part took."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from device.bus import Bus
from device.context.engine import ContextEngine
from device.context.surroundings import Surroundings
from device.conversation import Conversation, State
from device.events import Draft, Happened, JobQueued, ReplyAudioStarted, Transcript, TurnFinished, Understood
from device.skills.base import Turn
from device.skills.registry import Skills

log = logging.getLogger(__name__)

MEASURED = {Transcript: "transcript", ReplyAudioStarted: "reply_audio", Draft: "draft", JobQueued: "job_queued"}
"""The events whose first occurrence is a latency of the turn."""


class Speaker(Protocol):
    """Says replies: `device.voice.Voice` aloud, `device.voice.SilentVoice` on paper only."""

    async def say(self, turn: str, text: str) -> bool:
        """Say `text` in `turn`; returns when it is spoken, False when somebody interrupted it."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """Words to be carried out."""

    turn: str
    text: str
    language: str


class Turns:
    """The queue of requests and the one that is being carried out."""

    def __init__(
        self,
        *,
        bus: Bus,
        conversation: Conversation,
        context: ContextEngine,
        skills: Skills,
        voice: Speaker,
        surroundings: Callable[[], Awaitable[Surroundings]],
    ) -> None:
        self._bus = bus
        self._conversation = conversation
        self._context = context
        self._skills = skills
        self._voice = voice
        self._surroundings = surroundings
        self._requests: asyncio.Queue[Request] = asyncio.Queue(maxsize=16)
        self._latency: dict[str, dict[str, float]] = {}
        self.active = 0
        """Requests that wait or are being carried out."""
        bus.observe(self._measure)

    def submit(self, request: Request) -> bool:
        """Queue a request; False when too many wait already."""
        try:
            self._requests.put_nowait(request)
        except asyncio.QueueFull:
            return False
        self.active += 1
        return True

    async def run(self) -> None:
        """Carry out requests, one at a time, until cancelled."""
        while True:
            request = await self._requests.get()
            try:
                await self.carry_out(request)
            except Exception:
                log.exception("turn %s failed", request.turn)
            finally:
                self.active -= 1

    async def carry_out(self, request: Request) -> None:
        """One whole turn; publishes TurnFinished whatever happens in it."""
        bus = self._bus
        self._conversation.go(State.THINKING)
        self._latency.setdefault(request.turn, {})
        try:
            surroundings = await self._surroundings()
            plan = self._context.understand(request.text, surroundings=surroundings)
            turn = Turn(
                id=request.turn,
                say=lambda text: self._voice.say(request.turn, text),
                publish=lambda event: bus.publish(request.turn, event),
                language=request.language,
                surroundings=surroundings,
            )
            for step in plan.steps:
                bus.publish(request.turn, Understood(step.intent, step.slots, step.references, plan.route))
                await self._skills.run(step, turn)
        finally:
            if self._conversation.state is State.THINKING:
                self._conversation.go(State.IDLE)
            bus.publish(request.turn, TurnFinished(self._latency.pop(request.turn, {})))

    def _measure(self, happened: Happened) -> None:
        name = MEASURED.get(type(happened.event))
        if name is None:
            return
        while len(self._latency) > 50:
            self._latency.pop(next(iter(self._latency)))
        since = happened.at_ms if happened.after_speech_ms is None else happened.after_speech_ms
        self._latency.setdefault(happened.turn, {}).setdefault(name, round(since, 1))
