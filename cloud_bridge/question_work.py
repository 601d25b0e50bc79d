"""The work on questions: looked up, answered by a chat provider from what was found, with its sources.

::

    question ──▶ search ──▶ chat, streamed ──▶ Answer with [1], [2]      paid: called once, as the ledger has it
                   ╎          └ it did nothing: as if there were none
                   ╎          no chat: the best sentences found ──▶ Answer
                   └ nothing found, or nobody to ask: the chat alone, or a plain failure
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from cloud_bridge.cited import cited, renumbered
from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import Entry
from cloud_bridge.extract import extract, to_look_up
from cloud_bridge.ledger import Ledger
from cloud_bridge.piecemeal import Piecemeal
from cloud_bridge.prompt import messages
from cloud_bridge.protocol import Answer, Chat, Job, Search, Source
from cloud_bridge.providers.faults import ProviderFailed
from cloud_bridge.providers.openai_chat import OpenAIChat, Said
from cloud_bridge.providers.panel import Panel
from cloud_bridge.providers.search import Found, SearchFailed, Searching
from cloud_bridge.waiting import Kind
from cloud_bridge.written import until_written

log = logging.getLogger(__name__)

NOBODY = "This bridge is not set up to answer questions."
NO_SEARCH = "This bridge is not set up to look things up."
NOTHING = "Nothing was found about that."
_SNIPPET = 300


class Answers:
    """What a panel of chat providers and one search can answer; both may be missing."""

    kind: Kind = "answer"
    first_guess_s = 3.0
    patient = False

    def __init__(
        self,
        *,
        chat: Panel[OpenAIChat] | None,
        search: Searching | None,
        ledger: Ledger,
        delivery: Delivery,
        on_search: Callable[[bool], None] = lambda _up: None,
        on_chat: Callable[[bool], None] = lambda _up: None,
        whose: Callable[[str], str | None] = lambda _device: None,
        sayable: Callable[[Chat, str], bool] = lambda _request, _text: True,
    ) -> None:
        """`on_search` and `on_chat` hear whether they work.

        `whose`: a device's pseudonym for the chat provider. `sayable`: whether this may be told of an answer.
        """
        self._chat, self._search, self._ledger, self._delivery = chat, search, ledger, delivery
        self._on_search, self._on_chat, self._whose, self._sayable = on_search, on_chat, whose, sayable

    @property
    def first(self) -> str | None:
        """Who would be asked now; None: the search alone."""
        return self._chat.first if self._chat else None

    def idempotent(self, provider: str | None) -> bool:
        """A search costs nothing."""
        return provider is None and self._chat is None

    def lost(self, provider: str | None) -> str:
        """What the person is told when an answer got lost."""
        who = provider or (self._search.name if self._search else "the bridge")
        return f"The answer of {who} got lost."

    async def make(self, entry: Entry, request: Job) -> Answer:
        """The Answer."""
        assert isinstance(request, Chat | Search)
        chat = self._chat if isinstance(request, Chat) else None
        if chat is None and self._search is None:
            raise ProviderFailed("not_configured", NOBODY if isinstance(request, Chat) else NO_SEARCH)
        sought = to_look_up(request.question, request.context)
        trouble, found = await self._look_up(request, sought)
        if chat is not None and isinstance(request, Chat):
            try:
                answer = await self._answered(entry, request, chat, found)
                self._on_chat(True)
                return answer
            except ProviderFailed as failed:
                self._on_chat(failed.code not in ("provider_down", "not_configured"))
                # It did nothing, so nothing is called twice: what was found is better than no answer.
                if failed.code not in ("provider_down", "not_configured") or not extract(sought, found):
                    raise
                log.warning("%s; answered from the search alone", failed.text)
        return self._extracted(request, sought, found, trouble)

    async def _look_up(self, request: Chat | Search, sought: str) -> tuple[str, list[Found]]:
        """Why nothing could be looked up, or ""; and what was found."""
        if self._search is None or (isinstance(request, Chat) and not request.sources):
            return "", []
        try:
            found = await self._search.find(sought, language=request.language, child=request.child)
        except SearchFailed as failed:
            log.warning("%s", failed)
            self._on_search(False)
            return str(failed), []
        self._on_search(True)
        return "", found

    async def _answered(self, entry: Entry, request: Chat, panel: Panel[OpenAIChat], found: Sequence[Found]) -> Answer:
        async def call(chat: OpenAIChat) -> tuple[OpenAIChat, Said]:
            sayable = partial(self._sayable, request)
            async with Piecemeal(entry, sources=len(found), delivery=self._delivery, sayable=sayable) as piecemeal:
                return chat, await chat.answer(
                    messages(request, found), whose=self._whose(entry.device), on_text=piecemeal.grown
                )

        async def before(name: str) -> None:
            if name != entry.provider:  # as the claim wrote it
                await until_written(lambda: self._ledger.calls(entry, name))

        chat, said = await panel.ask(call, before=before)
        text, used = renumbered(cited(said.text, len(found)))
        if not text:
            raise ProviderFailed("provider_error", f"{chat.name} answered without words.", retryable=True)
        sources = tuple(_source(found[number - 1]) for number in used)
        return Answer(
            job=request.job, engine=chat.engine, provider=chat.name, text=text, sources=sources, usage=said.usage
        )

    def _extracted(self, request: Chat | Search, sought: str, found: Sequence[Found], trouble: str) -> Answer:
        if trouble or self._search is None:
            raise ProviderFailed("provider_down", trouble or NO_SEARCH, retryable=True)
        best = extract(sought, found)
        if best is None:
            raise ProviderFailed("nothing_found", NOTHING)
        words, where = best
        name = self._search.name
        text = f"{cited(words, 0)} [1]"
        return Answer(job=request.job, engine=name, provider=name, text=text, sources=(_source(where),))


def _source(found: Found) -> Source:
    return Source(title=found.title, url=found.url, site=found.site, snippet=found.words[:_SNIPPET])
