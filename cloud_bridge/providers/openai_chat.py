"""Answers from anything that speaks OpenAI's chat completions, streamed, through OpenAI's own client with retries off.

https://platform.openai.com/docs/api-reference/chat: `POST /chat/completions` with `stream`. No tools are offered and a
call of one is not read: whatever stands in the messages, what comes back is words.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import openai

from cloud_bridge.protocol import Usage
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed, plain
from cloud_bridge.providers.known import price_of
from cloud_bridge.providers.openai_door import Door
from cloud_bridge.providers.prices import counts_of_chat, used
from cloud_bridge.providers.settings import Chat

AGAINST_RULES = "{who} does not answer this: it goes against its rules."
MOST_CHARS = 4000
"""An answer is cut there: whoever sends more doesn't know that it will be spoken."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider answered."""

    text: str
    usage: Usage


class OpenAIChat:
    """One provider and model."""

    idempotent = False

    def __init__(self, settings: Chat) -> None:
        self._settings = settings
        self._price = price_of(settings, settings.model)
        self._door = Door(settings, against_rules=AGAINST_RULES)

    @property
    def name(self) -> str:
        """Who it is, for results."""
        return self._settings.name

    @property
    def engine(self) -> str:
        """What answers, as the page names it."""
        return self._settings.model

    async def close(self) -> None:
        """Close its connections."""
        await self._door.close()

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        return await self._door.check()

    async def answer(
        self, messages: Iterable[Mapping[str, str]], *, whose: str | None = None, on_text: Callable[[str], None]
    ) -> Said:
        """Ask, once. `on_text` hears the answer so far, again and again; `whose` is a pseudonym of who asks.

        Raises ProviderFailed, or OutcomeUnknown; a cancellation closes the connection.
        """
        settings = self._settings
        request: dict[str, Any] = {
            "model": settings.model,
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            settings.tokens_field: settings.most_tokens,
        } | settings.identifying(whose)
        return await self._door.ask(lambda client: self._said(client, request, on_text))

    async def _said(self, client: openai.AsyncOpenAI, request: dict[str, Any], on_text: Callable[[str], None]) -> Said:
        text, finished, usage = "", "", None
        async with await client.chat.completions.create(**request) as stream:
            async for chunk in stream:
                usage = getattr(chunk, "usage", None) or usage
                for choice in (getattr(chunk, "choices", None) or ())[:1]:
                    words = getattr(getattr(choice, "delta", None), "content", None)
                    if isinstance(words, str) and words:
                        text += words
                        on_text(text[:MOST_CHARS])
                    finished = getattr(choice, "finish_reason", None) or finished
                if len(text) >= MOST_CHARS:
                    finished = "length"
                    break
        if finished == "content_filter":
            raise self._door.refused()
        if not finished:  # the connection ended before the answer did
            raise OutcomeUnknown
        if not text.strip():
            raise ProviderFailed("provider_error", f"{self.name} answered without words.", retryable=True)
        return Said(plain(text, MOST_CHARS), used(counts_of_chat(usage), self._price))
