"""Pictures from anything that speaks OpenAI's image interface, through OpenAI's own client with its retries off.

https://platform.openai.com/docs/api-reference/images: `POST /images/generations`, an answer as JSON or as server-sent
events `image_generation.partial_image` and `image_generation.completed`, pictures as base64. What a provider
understands beyond that (`seed`, the Idempotency-Key header, `nightjar.progress` events) is sent only where the
settings say so.
"""

import asyncio
import base64
import binascii
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import openai

from cloud_bridge.config import Provider
from cloud_bridge.picture import NotAPicture, Picture, look_at
from cloud_bridge.protocol import ImageCreate, Usage
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)

CONNECT_S = 5.0
CHECK_S = 10.0

Failure = Literal["refused", "provider_down", "provider_error", "bad_request", "not_configured"]
AGAINST_RULES: tuple[Failure, str, bool] = (
    "refused",
    "{who} does not make this picture: it goes against its rules.",
    False,
)
NO_MONEY: tuple[Failure, str, bool] = ("not_configured", "The account at {who} has no money left.", False)
BY_CODE = {
    "moderation_blocked": AGAINST_RULES,
    "content_policy_violation": AGAINST_RULES,
    "insufficient_quota": NO_MONEY,
    "billing_hard_limit_reached": NO_MONEY,
}
BY_STATUS: dict[int, tuple[Failure, str, bool]] = {
    400: ("bad_request", "{who} does not accept this request.", False),
    401: ("not_configured", "{who} does not accept the bridge's key.", False),
    403: ("not_configured", "{who} does not let this account use {model}.", False),
    404: ("not_configured", "{who} does not have the model {model}.", False),
    429: ("provider_down", "{who} has too much to do at the moment.", True),
    500: ("provider_error", "{who} had a fault of its own.", True),
    503: ("provider_down", "{who} has too much to do at the moment.", True),
}
"""What an HTTP status means: the kind, the sentence, and whether asking again can help. 500 stands for others above."""
NO_ANSWER = (408, 502, 504, 524)
"""Said by a proxy or a server that gave up waiting: whoever makes the picture may still be at it."""
MOST_TOKENS = 10**12
LONGEST_REST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Made:
    """What a provider delivered."""

    picture: Picture
    engine: str
    revised_prompt: str | None
    usage: Usage


class ProviderFailed(Exception):
    """There is no picture; the text is one plain sentence for whoever asked.

    `provider_down`: nothing was done, so the same may be asked again, `retry_after_s` from now if the provider said so.
    """

    def __init__(
        self, code: Failure, text: str, *, retryable: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(text)
        self.code: Failure = code
        self.text, self.retryable, self.retry_after_s = _text(text, 500), retryable, retry_after_s


class OutcomeUnknown(Exception):
    """The request went out and no answer came: the provider may have made the picture, and may bill it."""


class OpenAIImages:
    """One provider."""

    def __init__(self, settings: Provider) -> None:
        self._settings = settings
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=settings.key() or "",
            max_retries=0,  # a retry here would be a second bill
            timeout=openai.Timeout(settings.timeout_s, connect=CONNECT_S),
        )

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
        await self._client.close()

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        try:
            async with self._failures(), asyncio.timeout(CHECK_S):
                await self._client.models.list()
        except ProviderFailed as failed:
            return failed.text
        except OutcomeUnknown:
            return f"{self.name} does not answer."
        except Exception as error:  # noqa: BLE001 - the client library trips over whatever a proxy may send
            log.warning("in a check: %s", where(error))
            return f"{self.name} answers in a way that is not understood."
        return None

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
        async with self._failures(), asyncio.timeout(self._settings.timeout_s):
            if not partials and "progress" not in extensions:
                answer = await self._client.images.generate(**common)
                if not answer.data:
                    raise ProviderFailed("provider_error", f"{self.name} answered without a picture.")
                first = answer.data[0]
                return await self._made(first.b64_json, answer.usage, first.revised_prompt)
            stream = await self._client.images.generate(**common, stream=True, partial_images=partials)
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
        revised = _text(revised_prompt, 8000) if isinstance(revised_prompt, str) else None
        return Made(picture, self.engine, revised, self._usage(usage))

    def _usage(self, usage: object) -> Usage:
        counts = [_field(usage, name) for name in ("input_tokens", "output_tokens")]
        read, written = (count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else 0 for count in counts)
        price = self._settings.prices.get(self._settings.model)
        if price is None or not isinstance(counts[1], int):
            return Usage(input_tokens=read, output_tokens=written)
        cost = (read * price.input_per_million + written * price.output_per_million) / 1e6
        return Usage(input_tokens=read, output_tokens=written, cost_usd=round(cost, 6))

    def _size(self, width: int, height: int) -> str:
        """The provider's size nearest in shape, and of those the smallest that is large enough."""

        def fit(size: str) -> tuple[float, bool, int]:
            w, h = map(int, size.split("x"))
            small = w < width or h < height
            return round(abs(w / h - width / height), 2), small, -w * h if small else w * h

        return min(self._settings.sizes, key=fit)

    @asynccontextmanager
    async def _failures(self) -> AsyncIterator[None]:
        """Turn what the client and the wire raise into our two kinds."""
        who = self.name
        try:
            yield
        except openai.APIStatusError as error:
            if error.status_code in NO_ANSWER:
                raise OutcomeUnknown from None
            message = error.body.get("message") if isinstance(error.body, dict) else None
            failed = self._answered(error.status_code, error.code, message)
            failed.retry_after_s = _seconds(error.response.headers.get("Retry-After", ""))
            raise failed from None
        except openai.APIConnectionError as error:
            if _never_sent(error):
                raise ProviderFailed(
                    "provider_down", f"{who} can't be reached at the moment.", retryable=True
                ) from None
            raise OutcomeUnknown from None
        except openai.APIError as error:  # an error event in the middle of a stream
            raise self._answered(500, error.code) from None
        except (TimeoutError, openai.OpenAIError, ValueError):  # ValueError: an answer that is no JSON
            raise OutcomeUnknown from None

    def _answered(self, status: int, code: str | None, message: object = None) -> ProviderFailed:
        """What an error answer means: by its code, else by its status."""
        if code == "unknown_subject" and isinstance(message, str):  # our studio's, and already a plain sentence
            return ProviderFailed("refused", message)
        other = BY_STATUS[500 if status > 500 else 400]
        kind, words, retryable = BY_CODE.get(code or "") or BY_STATUS.get(status, other)
        return ProviderFailed(kind, words.format(who=self.name, model=self._settings.model), retryable=retryable)


def _never_sent(error: BaseException) -> bool:
    """Whether the connection itself failed, so that the provider has seen nothing."""
    return any(type(cause).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout") for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _text(theirs: str, most: int) -> str:
    """Words of the provider's as they may go into a message: JSON can hold half a character, UTF-8 can't."""
    return theirs[:most].encode("utf-8", "replace").decode()


def _seconds(retry_after: str) -> float | None:
    """What the header asks for; None when it is not a number of seconds."""
    return min(float(retry_after), LONGEST_REST_S) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", retry_after) else None


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
