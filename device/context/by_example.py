"""The second way of understanding: asked when the grammar has found nothing, and answered off the event loop.

::

    start      |── reading what was learnt of the examples ──|
    a turn          grammar: nothing ─▶ the nearest example, or nothing (2 s at most)
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from device.context.engine import LEAVES_THE_DEVICE
from device.context.examples import Examples, learnt, read_book
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
    """Owns one thread, in which the examples are read once and asked ever after."""

    def __init__(
        self,
        *,
        language: str,
        encoder: Callable[[], SentenceEncoder],
        command: Callable[[str], str],
        carried_out: Collection[str],
        learnt_at: Path,
    ) -> None:
        """`encoder` loads the model and raises ModelError where it isn't installed: then nothing is ever found.

        `command` takes off what stands around a command; `carried_out`: the intents that skills have; `learnt_at`: what
        was learnt of the examples (`learnt_examples`).
        """
        self._language = language
        self._encoder = encoder
        self._command = command
        self._carried_out = carried_out
        self._learnt_at = learnt_at
        self._thread = ThreadPoolExecutor(1, "examples")
        self._examples: Examples | None = None
        self._ready = asyncio.Event()

    async def load(self) -> None:
        """Load the model and what was learnt, a third of a second; returns when that is done, or can't be done."""
        try:
            self._examples = await asyncio.get_running_loop().run_in_executor(self._thread, self._read)
        except (ModelError, ValueError, OSError) as error:
            log.warning("Sentences are understood without examples: %s", error)
        self._ready.set()

    async def understand(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        """One step, or none where no example is near enough."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._ready.wait()
                if self._examples is None:
                    return ()
                command = self._command(text)
                step = await asyncio.get_running_loop().run_in_executor(self._thread, self._examples.nearest, command)
        except TimeoutError:
            return ()
        return (grounded(step, command, surroundings),) if step else ()

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> Examples | None:
        book = read_book(self._language)
        if book is None:
            return None
        rows = learnt(book, model=MODEL, path=self._learnt_at)
        return Examples(book, self._encoder().embed, rows, carried_out=self._carried_out)


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
