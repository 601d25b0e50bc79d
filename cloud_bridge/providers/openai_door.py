"""The door to anything that speaks OpenAI's interface: one account, its keys, and what goes wrong there."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import TypeVar

import httpx2
import openai

from cloud_bridge.providers.bounded import BoundedClient
from cloud_bridge.providers.faults import NO_ANSWER, KeyRefused, OutcomeUnknown, ProviderFailed, meaning
from cloud_bridge.providers.keys import Keys
from cloud_bridge.providers.pauses import asked_s
from cloud_bridge.providers.settings import Chat, Provider
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)
T = TypeVar("T")

CONNECT_S = 5.0
CHECK_S = 10.0


class Door:
    """One provider and model, as whoever asks it is told about its troubles."""

    def __init__(self, settings: Chat | Provider, *, against_rules: str) -> None:
        """`against_rules`: the sentence for what the provider refuses, `{who}` in it is the provider."""
        keys = settings.keys() or ("",)
        self._keys = Keys(keys)
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=keys[0],
            max_retries=0,  # a retry here would be a second bill
            timeout=openai.Timeout(settings.timeout_s, connect=CONNECT_S),
            http_client=BoundedClient(),
        )
        self._clients = {key: self._client.with_options(api_key=key) for key in keys}
        self._name, self._model, self._against_rules = settings.name, settings.model, against_rules
        self._timeout_s = settings.timeout_s

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, call: Callable[[openai.AsyncOpenAI], Awaitable[T]], *, timeout_s: float | None = None) -> T:
        """What `call` gives. With the next key where one is refused: then nothing was done.

        Raises ProviderFailed, or OutcomeUnknown.
        """
        trouble: KeyRefused | None = None
        for key in self._keys.usable(monotonic()):
            try:
                async with self.failures(), asyncio.timeout(timeout_s or self._timeout_s):
                    return await call(self._clients[key])
            except KeyRefused as failed:
                self._keys.put_aside(key, monotonic())
                trouble = failed
                log.warning("a key was put aside: %s", failed.text)
        assert trouble is not None
        raise trouble

    async def check(self) -> str | None:
        """None when it can be reached and takes our key, else why not, in one sentence. Costs nothing."""
        try:
            await self.ask(lambda client: client.models.list(), timeout_s=CHECK_S)
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
        try:
            yield
        except openai.APIStatusError as error:
            if error.status_code in NO_ANSWER:
                raise OutcomeUnknown from None
            failed = self._meaning(error.status_code, error.body)
            failed.retry_after_s, failed.status = asked_s(error.response.headers), error.status_code
            raise failed from None
        except openai.APIConnectionError as error:
            if _never_sent(error):
                failed = ProviderFailed(
                    "provider_down", f"{self._name} can't be reached at the moment.", retryable=True
                )
                failed.unreachable = True
                raise failed from None
            raise OutcomeUnknown from None
        except openai.APIError as error:  # an error event in the middle of a stream: nobody takes over, work was begun
            failed = self._meaning(500, error.body)
            code = "provider_error" if failed.nothing_done else failed.code
            raise ProviderFailed(code, failed.text, retryable=failed.retryable) from None
        # HTTPError: an error without an end to its body. ValueError, RecursionError: no JSON, or too deep.
        except (TimeoutError, openai.OpenAIError, httpx2.HTTPError, ValueError, RecursionError):
            raise OutcomeUnknown from None

    def _meaning(self, status: int, body: object) -> ProviderFailed:
        return meaning(status, body, who=self._name, model=self._model, against_rules=self._against_rules)


def _never_sent(error: BaseException) -> bool:
    """Whether the connection itself failed, so that the provider has seen nothing."""
    return any(type(cause).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout") for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
