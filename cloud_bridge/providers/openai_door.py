"""The door to anything that speaks OpenAI's interface: what goes wrong there, in our two kinds and in plain words."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Literal

import openai

from cloud_bridge.config import Chat, Price, Provider
from cloud_bridge.protocol import Usage
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)

CONNECT_S = 5.0
CHECK_S = 10.0

Failure = Literal["refused", "provider_down", "provider_error", "bad_request", "not_configured", "nothing_found"]
AGAINST_RULES = frozenset({"moderation_blocked", "content_policy_violation", "content_filter"})
NO_MONEY: tuple[Failure, str, bool] = ("not_configured", "The account at {who} has no money left.", False)
BY_CODE = {
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
"""Said by a proxy or a server that gave up waiting: whoever does the work may still be at it."""
MOST_TOKENS = 10**12
LONGEST_REST_S = 3600.0


class ProviderFailed(Exception):
    """There is no picture, or no answer; the text is one plain sentence for whoever asked.

    `provider_down`: nothing was done, so the same may be asked again, `retry_after_s` from now if the provider said so.
    """

    def __init__(
        self, code: Failure, text: str, *, retryable: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(text)
        self.code: Failure = code
        self.text, self.retryable, self.retry_after_s = plain(text, 500), retryable, retry_after_s


class OutcomeUnknown(Exception):
    """The request went out and no answer came: the provider may have done the work, and may bill it."""


class Door:
    """One provider and model, as whoever asks it is told about its troubles."""

    def __init__(self, settings: Chat | Provider, *, against_rules: str) -> None:
        """`against_rules`: the sentence for what the provider refuses, `{who}` in it is the provider."""
        self.client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=settings.key() or "",
            max_retries=0,  # a retry here would be a second bill
            timeout=openai.Timeout(settings.timeout_s, connect=CONNECT_S),
        )
        self._name, self._model, self._against_rules = settings.name, settings.model, against_rules

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        try:
            async with self.failures(), asyncio.timeout(CHECK_S):
                await self.client.models.list()
        except ProviderFailed as failed:
            return failed.text
        except OutcomeUnknown:
            return f"{self._name} does not answer."
        except Exception as error:  # noqa: BLE001 - the client library trips over whatever a proxy may send
            log.warning("in a check: %s", where(error))
            return f"{self._name} answers in a way that is not understood."
        return None

    def refused(self) -> ProviderFailed:
        """It goes against the provider's rules."""
        return ProviderFailed("refused", self._against_rules.format(who=self._name))

    @asynccontextmanager
    async def failures(self) -> AsyncIterator[None]:
        """Turn what the client and the wire raise into ProviderFailed and OutcomeUnknown."""
        who = self._name
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
        if code in AGAINST_RULES:
            return self.refused()
        other = BY_STATUS[500 if status > 500 else 400]
        kind, words, retryable = BY_CODE.get(code or "") or BY_STATUS.get(status, other)
        return ProviderFailed(kind, words.format(who=self._name, model=self._model), retryable=retryable)


def _never_sent(error: BaseException) -> bool:
    """Whether the connection itself failed, so that the provider has seen nothing."""
    return any(type(cause).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout") for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def plain(theirs: str, most: int) -> str:
    """Words of the provider's as they may go into a message: JSON can hold half a character, UTF-8 can't."""
    return theirs[:most].encode("utf-8", "replace").decode()


def _seconds(retry_after: str) -> float | None:
    """What the header asks for; None when it is not a number of seconds."""
    return min(float(retry_after), LONGEST_REST_S) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", retry_after) else None


def cost(read: object, written: object, price: Price | None) -> Usage:
    """What the provider says it used, and what that costs where there is a price for it."""
    counts = [count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else 0 for count in (read, written)]
    if price is None or not isinstance(written, int):
        return Usage(input_tokens=counts[0], output_tokens=counts[1])
    dollars = (counts[0] * price.input_per_million + counts[1] * price.output_per_million) / 1e6
    return Usage(input_tokens=counts[0], output_tokens=counts[1], cost_usd=round(dollars, 6))
