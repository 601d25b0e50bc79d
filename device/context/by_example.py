"""The second way of understanding: asked when the grammar has found nothing, and answered off the event loop.

::

    start      |── learning the examples, at low priority ──|
    a turn          grammar: nothing ─▶ the nearest example, or nothing (2 s at most)
"""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from device.context.engine import LEAVES_THE_DEVICE
from device.context.examples import Examples, Floats, embedded, read_book
from device.context.grammar import ABOUT_NO_PICTURE
from device.context.plan import Step
from device.context.references import referred
from device.context.surroundings import Surroundings
from device.context.where import where
from edge_models.models import ModelError
from edge_models.sentence_embedding import MODEL, SentenceEncoder

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""Nobody waits longer for an answer than for "I can't do that"."""


class ByExample:
    """Owns one thread, in which the examples are learnt once and asked ever after."""

    def __init__(
        self,
        *,
        language: str,
        encoder: Callable[[], SentenceEncoder],
        command: Callable[[str], str],
        carried_out: Collection[str],
        kept_at: Path,
        shipped: Path | None = None,
    ) -> None:
        """`encoder` loads the model and raises ModelError where it isn't installed: then nothing is ever found.

        `command` takes off what stands around a command; `carried_out`: the intents that skills have; `kept_at`: where
        what was learnt is read from at the next start; `shipped`: where it was learnt beforehand (`shipped_examples`).
        """
        self._language = language
        self._encoder = encoder
        self._command = command
        self._carried_out = carried_out
        self._kept_at = kept_at
        self._shipped = shipped
        self._thread = ThreadPoolExecutor(1, "examples", initializer=_behind_the_others)
        self._examples: Examples | None = None
        self._learnt = asyncio.Event()
        self._closed = False

    async def learn(self) -> None:
        """Load the model and learn the examples; returns when that is done, or can't be done."""
        try:
            self._examples = await asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        except (ModelError, ValueError, OSError) as error:
            log.info("Sentences are understood without examples: %s", error)
        self._learnt.set()

    async def understand(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        """One step, or none where no example is near enough, or none is learnt yet."""
        if not (self._learnt.is_set() or self._shipped or self._kept_at.exists()):
            return ()  # Where nothing was shipped, the first start learns for seconds; every other reads that.
        try:
            async with asyncio.timeout(WAIT_S):
                await self._learnt.wait()
                if self._examples is None:
                    return ()
                command = self._command(text)
                step = await asyncio.get_running_loop().run_in_executor(self._thread, self._examples.nearest, command)
        except TimeoutError:
            return ()
        return (grounded(step, command, surroundings),) if step else ()

    def close(self) -> None:
        """Let the thread end, also in the middle of learning."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> Examples | None:
        book = read_book(self._language)
        if book is None:
            return None
        encoder = self._encoder()

        def embed(sentence: str) -> Floats:
            if self._closed:
                raise InterruptedError("The device is switched off.")
            return encoder.embed(sentence)

        rows = embedded(book, embed, model=MODEL, kept_at=self._kept_at, shipped=self._shipped)
        return Examples(book, encoder.embed, rows, carried_out=self._carried_out)


def grounded(step: Step, command: str, surroundings: Surroundings) -> Step:
    """The step about the pictures that the command refers to; the question which one, where it can't be known."""
    if step.intent in LEAVES_THE_DEVICE:
        step = replace(step, route=f"example/{where(step.intent, surroundings, leaves=True)}")
    if not step.intent.startswith("picture.") or step.intent in ABOUT_NO_PICTURE:
        return step
    about = referred(command, step.slots, surroundings, whole=True)
    step = replace(step, references=about.pictures)
    if not about.among:
        return step
    choices = {picture.prompt: picture.id for picture in about.among}
    return Step("dialogue.which", {}, choices, route="example/device", asks=step)


def _behind_the_others() -> None:
    """Learning takes seconds of a core, while somebody may already be speaking."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
