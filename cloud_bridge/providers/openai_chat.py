"""Answers from anything that speaks OpenAI's chat completions, streamed, through OpenAI's own client with retries off.

https://platform.openai.com/docs/api-reference/chat: `POST /chat/completions` with `stream`. No tools are offered and a
call of one is not read: whatever stands in the messages, what comes back is words.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloud_bridge.config import Chat
from cloud_bridge.protocol import Usage
from cloud_bridge.providers.openai_door import Door, OutcomeUnknown, ProviderFailed, cost, plain

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

    def __init__(self, settings: Chat) -> None:
        self._settings = settings
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
        await self._door.client.close()

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        return await self._door.check()

    async def answer(self, messages: Iterable[Mapping[str, str]], *, on_text: Callable[[str], None]) -> Said:
        """Ask, once. `on_text` hears the answer so far, again and again.

        Raises ProviderFailed, or OutcomeUnknown; a cancellation closes the connection.
        """
        settings = self._settings
        request: dict[str, Any] = {
            "model": settings.model,
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            settings.tokens_field: settings.most_tokens,
        }
        text, finished, usage = "", "", None
        async with self._door.failures(), asyncio.timeout(settings.timeout_s):
            async with await self._door.client.chat.completions.create(**request) as stream:
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
        counts = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
        return Said(plain(text, MOST_CHARS), cost(counts[0], counts[1], settings.prices.get(settings.model)))
