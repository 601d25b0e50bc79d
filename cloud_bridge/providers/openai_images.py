"""Pictures from anything that speaks OpenAI's image interface, through OpenAI's own client with its retries off.

https://platform.openai.com/docs/api-reference/images: `POST /images/generations`, an answer as JSON or as server-sent
events `image_generation.partial_image` and `image_generation.completed`, pictures as base64. What a provider
understands beyond that (`seed`, the Idempotency-Key header, `nightjar.progress` events) is sent only where the
settings say so.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloud_bridge.config import Provider
from cloud_bridge.picture import NotAPicture, Picture, look_at
from cloud_bridge.protocol import ImageCreate, Usage
from cloud_bridge.providers.openai_door import Door, OutcomeUnknown, ProviderFailed, cost, plain

AGAINST_RULES = "{who} does not make this picture: it goes against its rules."


@dataclass(frozen=True, slots=True)
class Made:
    """What a provider delivered."""

    picture: Picture
    engine: str
    revised_prompt: str | None
    usage: Usage


class OpenAIImages:
    """One provider."""

    def __init__(self, settings: Provider) -> None:
        self._settings = settings
        self._door = Door(settings, against_rules=AGAINST_RULES)

    @property
    def name(self) -> str:
        """Who it is, for results."""
        return self._settings.name

    @property
    def engine(self) -> str:
        """What makes the pictures, as the page names it."""
        return self._settings.engine or self._settings.model

    async def close(self) -> None:
        """Close its connections."""
        await self._door.client.close()

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        return await self._door.check()

    async def make(
        self,
        request: ImageCreate,
        *,
        key: str,
        on_progress: Callable[[float], None],
        on_partial: Callable[[int, Picture], None],
    ) -> Made:
        """Ask for the picture, once. `key` is the same whenever the same job asks.

        Raises ProviderFailed, or OutcomeUnknown; a cancellation closes the connection.
        """
        extensions = self._settings.extensions
        partials = min(request.partial_images, self._settings.partial_images)
        body: dict[str, Any] = {"seed": request.seed} if "seed" in extensions else {}
        if "progress" in extensions:
            body["progress"] = True
        common: dict[str, Any] = {
            "prompt": request.prompt,
            "model": self._settings.model,
            "n": 1,
            "size": self._size(request.width, request.height),
            "extra_body": body or None,
            "extra_headers": {"Idempotency-Key": key} if "idempotency" in extensions else None,
        }
        if self._settings.quality != "auto":
            common["quality"] = self._settings.quality
        async with self._door.failures(), asyncio.timeout(self._settings.timeout_s):
            if not partials and "progress" not in extensions:
                answer = await self._door.client.images.generate(**common)
                if not answer.data:
                    raise ProviderFailed("provider_error", f"{self.name} answered without a picture.")
                first = answer.data[0]
                return await self._made(first.b64_json, answer.usage, first.revised_prompt)
            stream = await self._door.client.images.generate(**common, stream=True, partial_images=partials)
            async with stream:
                async for event in stream:
                    match _field(event, "type"):
                        case "nightjar.progress" if isinstance(fraction := _field(event, "fraction"), float | int):
                            on_progress(min(max(float(fraction), 0.0), 1.0))
                        case "image_generation.partial_image":
                            await self._partial(event, on_partial)
                        case "image_generation.completed":
                            revised = _field(event, "revised_prompt")
                            return await self._made(_field(event, "b64_json"), _field(event, "usage"), revised)
            raise OutcomeUnknown

    async def _partial(self, event: object, on_partial: Callable[[int, Picture], None]) -> None:
        index = _field(event, "partial_image_index")
        try:
            picture = await _decode(_field(event, "b64_json"))
        except NotAPicture:
            return  # the final one counts
        on_partial(min(max(index, 0), 9) if isinstance(index, int) else 0, picture)

    async def _made(self, b64: object, usage: object, revised_prompt: object) -> Made:
        try:
            picture = await _decode(b64)
        except NotAPicture as error:
            raise ProviderFailed("provider_error", f"{self.name} sent something unusable. {error}") from None
        revised = plain(revised_prompt, 8000) if isinstance(revised_prompt, str) else None
        return Made(picture, self.engine, revised, self._usage(usage))

    def _usage(self, usage: object) -> Usage:
        counts = [_field(usage, name) for name in ("input_tokens", "output_tokens")]
        return cost(counts[0], counts[1], self._settings.prices.get(self._settings.model))

    def _size(self, width: int, height: int) -> str:
        """The provider's size nearest in shape, and of those the smallest that is large enough."""

        def fit(size: str) -> tuple[float, bool, int]:
            w, h = map(int, size.split("x"))
            small = w < width or h < height
            return round(abs(w / h - width / height), 2), small, -w * h if small else w * h

        return min(self._settings.sizes, key=fit)


def _field(thing: object, name: str) -> Any:
    """A field of an answer, which the client does not validate and may not know."""
    return getattr(thing, name, None)


async def _decode(b64: object) -> Picture:
    if not isinstance(b64, str):
        raise NotAPicture("There is no picture in the answer.")
    return await asyncio.to_thread(_decode_now, b64)


def _decode_now(b64: str) -> Picture:
    try:
        data = base64.b64decode(b64, validate=True)
    except (binascii.Error, ValueError):
        raise NotAPicture("The picture is not base64.") from None
    return look_at(data)
