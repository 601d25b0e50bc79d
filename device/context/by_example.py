"""The second way of understanding: asked when the grammar has found nothing, and answered off the event loop.

::

    start      |── reading what was learnt of the examples ──|
    a turn          grammar: nothing ─▶ cut into commands ─▶ each by grammar, or the nearest example (2 s at most)
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from device.context.engine import NONE, ContextEngine
from device.context.examples import Book, Embedding, Examples, learnt, read_book
from device.context.grammar import ABOUT_NO_PICTURE, CHANGES_A_PICTURE
from device.context.plan import Step
from device.context.references import referred
from device.context.surroundings import Surroundings
from edge_models import arabic_sentences
from edge_models.arabic_sentences import ArabicSentences
from edge_models.models import ModelError
from edge_models.sentence_embedding import MODEL, SentenceEncoder

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""Nobody waits longer for an answer than for "I can't do that"."""
PICTURING_S = 600.0
"""So long after a picture was made people are still about pictures."""
MOST_ASKED = 12
"""Pieces of one sentence that are compared with the examples, 5 to 9 ms each."""


class ByExample:
    """Owns one thread, in which the examples are read once and asked ever after."""

    def __init__(
        self,
        *,
        language: str,
        encoder: Callable[[], SentenceEncoder],
        context: ContextEngine,
        carried_out: Collection[str],
        learnt_at: Path,
    ) -> None:
        """`encoder` loads the model and raises ModelError where it isn't installed: then nothing is ever found.

        `context` cuts a sentence into commands; `carried_out`: the intents that skills have; `learnt_at`: what
        was learnt of the examples (`learnt_examples`).
        """
        self._language = language
        self._encoder = encoder
        self._context = context
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
        """The steps, or none where no example is near enough."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._ready.wait()
                if self._examples is None:
                    return ()
                in_thread = asyncio.get_running_loop().run_in_executor
                return await in_thread(
                    self._thread, understood_by_example, self._context, self._examples, text, surroundings
                )
        except TimeoutError:
            return ()

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> Examples | None:
        book = read_book(self._language)
        if book is None:
            return None
        alike = embedding(book, self._encoder)
        rows = learnt(book, alike, path=self._learnt_at)
        return Examples(book, alike.embed, rows, carried_out=self._carried_out, lists=self._context.lists)


def embedding(book: Book, encoder: Callable[[], SentenceEncoder]) -> Embedding:
    """What tells how alike sentences of the book's language are; only English needs the model that `encoder` loads."""
    if book.language == "ar":
        return Embedding(ArabicSentences(book.sentences).embed, arabic_sentences.MODEL, quick=True)
    return Embedding(encoder().embed, MODEL)


def understood_by_example(
    context: ContextEngine, examples: Examples, text: str, surroundings: Surroundings
) -> tuple[Step, ...]:
    """What `text` asks for, where the grammar alone finds nothing; none where the examples don't say it either."""
    asked: dict[str, Step | None] = {}

    def otherwise(command: str, around: Surroundings) -> Step | None:
        if command not in asked and len(asked) < MOST_ASKED:
            asked[command] = examples.nearest(command, around.now, picturing=_picturing(around))
        step = asked.get(command)
        return grounded(step, command, around) if step else None

    plan = context.understand(text, surroundings=surroundings, otherwise=otherwise)
    return () if plan.steps[0].intent == NONE else plan.steps


def _picturing(around: Surroundings) -> bool:
    newest = max((picture.made_at for picture in around.pictures), default=0.0)
    return around.now.timestamp() - newest < PICTURING_S


def grounded(step: Step, command: str, surroundings: Surroundings) -> Step | None:
    """The step about the pictures that the command refers to; the question which one, where it can't be known.

    None for a change where there is no picture.
    """
    if not step.intent.startswith("picture.") or step.intent in ABOUT_NO_PICTURE:
        return step
    if step.intent in CHANGES_A_PICTURE and surroundings.latest is None:
        return None
    about = referred(command, step.slots, surroundings, several=step.intent == "picture.combine", whole=True)
    step = replace(step, references=about.pictures)
    if not about.among:
        return step
    choices = {picture.prompt: picture.id for picture in about.among}
    return Step("dialogue.which", {}, choices, route="example/device", asks=step)
