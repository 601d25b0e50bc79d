"""Carries out one utterance after another: words in, plan, skills, spoken reply; and says how long each part took."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from device.bus import Bus
from device.context.engine import NONE, ContextEngine
from device.context.marked import Marked, about_part
from device.context.plan import Step, made_by
from device.context.surroundings import Question, Surroundings
from device.context.where import with_speaker
from device.conversation import Conversation, State
from device.events import (
    Draft,
    Event,
    Failed,
    Happened,
    JobQueued,
    ReplyAudioStarted,
    Transcript,
    TurnFinished,
    Understood,
)
from device.phrases import Phrases
from device.skills.base import Turn
from device.skills.registry import Skills
from device.voice import SilentVoice, Voice

log = logging.getLogger(__name__)

MEASURED = {Transcript: "transcript", ReplyAudioStarted: "reply_audio", Draft: "draft", JobQueued: "job_queued"}
"""The events whose first occurrence is a latency of the turn."""


ANSWER_WITHIN_S = 60.0
"""A question that was answered with nothing is forgotten."""


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    at_s: float


@dataclass(frozen=True, slots=True)
class _Done:
    step: Step
    at_s: float


@dataclass(frozen=True, slots=True)
class Request:
    """Words to be carried out."""

    turn: str
    text: str
    language: str
    spoken: bool = True
    """False: typed. Whoever types doesn't want to be listened to."""
    addressed: bool = True
    """Typed, or said after a wake word. False: said over the device's voice, or when it had asked something: it may be
    talk of the room."""
    speaker: str = ""
    """Whose voice it was, where that is known."""
    speaker_certain: bool = False
    step: Step | None = None
    """What is to be done, where a hand has shown what the words are about; None: the words say it all."""


class Turns:
    """The queue of requests and the one that is being carried out."""

    def __init__(
        self,
        *,
        bus: Bus,
        conversation: Conversation,
        context: ContextEngine,
        skills: Skills,
        voice: Voice | SilentVoice,
        phrases: Phrases,
        surroundings: Callable[[], Awaitable[Surroundings]],
        listen: Callable[[], object] = lambda: None,
        further: Sequence[Callable[[str, Surroundings], Awaitable[tuple[Step, ...]]]] = (),
        marked: Callable[[], Marked | None] = lambda: None,
    ) -> None:
        """`listen` opens a turn without a wake word: it is called when the device has asked something.

        `further` are ways to understand what the grammar does not: each is asked when those before it find nothing.
        `marked` is the part of a picture that is meant just now, if one was drawn over on the page.
        """
        self._further = further
        self._marked = marked
        self._listen = listen
        self._bus = bus
        self._conversation = conversation
        self._context = context
        self._skills = skills
        self._voice = voice
        self._phrases = phrases
        self._surroundings = surroundings
        self._requests: asyncio.Queue[Request] = asyncio.Queue(maxsize=16)
        self._latency: dict[str, dict[str, float]] = {}
        self._question: _Asked | None = None
        self._done: _Done | None = None
        self._interrupted = asyncio.Event()
        self.active = 0
        """Requests that wait or are being carried out."""
        bus.observe(self._measure)

    @property
    def question(self) -> Question | None:
        """Which of several pictures was meant: what was asked last, and not long ago."""
        asked = self._question
        return asked.question if asked and self._bus.clock.now() - asked.at_s <= ANSWER_WITHIN_S else None

    @property
    def previous(self) -> Step | None:
        """What was done with pictures last, not long ago."""
        done = self._done
        return done.step if done and self._bus.clock.now() - done.at_s <= ANSWER_WITHIN_S else None

    @property
    def too_busy(self) -> str:
        """What is said to a request that could not be queued."""
        return self._phrases("turns-too-busy")

    def submit(self, request: Request) -> bool:
        """Queue a request; False when too many wait already.

        Whatever is being said is silenced: "stop" must not wait for its end. The turns that wait keep their replies.
        """
        self._voice.stop()
        try:
            self._requests.put_nowait(request)
        except asyncio.QueueFull:
            return False
        self._interrupted.set()
        self._conversation.begin(request.turn)
        self.active += 1
        return True

    def refuse(self, request: Request) -> None:
        """End the turn of a request that could not be queued."""
        self._bus.publish(request.turn, Failed(code="too_busy", text=self.too_busy))
        self._finish(request.turn)

    async def run(self) -> None:
        """Carry out requests, one at a time, until cancelled."""
        while True:
            request = await self._requests.get()
            try:
                await self.carry_out(request)
            finally:
                self.active -= 1

    async def carry_out(self, request: Request) -> None:
        """One whole turn; publishes TurnFinished whatever happens in it."""
        if self._conversation.state is not State.LISTENING:
            self._conversation.go(State.THINKING)
        self._latency.setdefault(request.turn, {})
        say = self._voice.begin(request.turn)
        self._interrupted = asyncio.Event()
        asked = False

        async def ask(question: str) -> None:
            nonlocal asked
            asked = await say(question)

        def publish(event: Event) -> None:
            self._bus.publish(request.turn, event)

        turn = Turn(
            id=request.turn,
            say=say,
            ask=ask,
            publish=publish,
            language=request.language,
            surroundings=Surroundings(now=datetime.now().astimezone()),
            interrupted=self._interrupted,
            spoken=request.spoken,
        )
        try:
            await self._carry_out(request, turn)
        except Exception:
            log.exception("turn %s failed", request.turn)
            await self._skills.apologise(say, publish, code="turn_failed")
        finally:
            self._finish(request.turn)
        # Not while others wait: their replies would talk over the answer, or not be said at all.
        if asked and request.spoken and self._requests.empty():
            self._listen()

    async def _carry_out(self, request: Request, turn: Turn) -> None:
        """One step after the other, each in what the earlier ones have made of the world."""
        surroundings = await self._around(request)
        steps = (request.step,) if request.step else await self._understood(request.text, surroundings)
        self._question = None
        made: dict[str, str] = {}
        for number, planned in enumerate(steps):
            now = await self._around(request) if number else surroundings
            tell = partial(made.__setitem__, made_by(number))
            step = _with_pictures(planned, made)
            if step is None:
                continue  # It was about a picture that did not come about, which has been said.
            turn.publish(Understood(step.intent, step.slots, step.references, with_speaker(step, now)))
            await self._skills.run(step, replace(turn, surroundings=now, made=tell, passing=planned.passing))
            self._question = _question(step, now, self._bus.clock.now())
            if step.references and step.asks is None:
                self._done = _Done(step, self._bus.clock.now())

    async def _around(self, request: Request) -> Surroundings:
        return replace(
            await self._surroundings(),
            addressed=request.addressed,
            speaker=request.speaker,
            speaker_certain=request.speaker_certain,
        )

    async def _understood(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        steps = (await self._skills.claimed(text, self._context.understand(text, surroundings=surroundings))).steps
        if (marked := self._marked()) is not None:
            steps = about_part(text, steps, marked)
        if steps[0].intent != NONE or not steps[0].slots:
            return steps
        for way in self._further:
            if found := await way(text, surroundings):
                return found
        return steps

    def _finish(self, turn: str) -> None:
        self._conversation.finish(turn)
        self._bus.publish(turn, TurnFinished(self._latency.pop(turn, {})))

    def _measure(self, happened: Happened) -> None:
        name = MEASURED.get(type(happened.event))
        if name is None:
            return
        while len(self._latency) > 50:
            self._latency.pop(next(iter(self._latency)))
        since = happened.at_ms if happened.after_speech_ms is None else happened.after_speech_ms
        self._latency.setdefault(happened.turn, {}).setdefault(name, round(since, 1))


def _question(step: Step, surroundings: Surroundings, at_s: float) -> "_Asked | None":
    if step.asks is None:
        return None
    there = {picture.id: picture for picture in surroundings.pictures}
    choices = tuple(there[picture] for picture in step.references.values() if picture in there)
    return _Asked(Question(step.asks, choices), at_s)


def _with_pictures(step: Step, made: Mapping[str, str]) -> Step | None:
    """The step about the pictures that earlier steps have made; None when one of these has made none."""
    about = {words: made.get(picture, picture) for words, picture in step.references.items()}
    return None if any(picture.startswith("@") for picture in about.values()) else replace(step, references=about)
