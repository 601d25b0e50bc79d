"""Looking things up with APIs that are open for it: a MediaWiki (Wikipedia), or an operator's own SearXNG.

- https://www.mediawiki.org/wiki/API:Search with `generator=search`, and the pages' beginnings from the extension
  TextExtracts (`prop=extracts`), in one request.
- https://docs.searxng.org/dev/search_api.html: `/search?format=json`, which the instance's settings must allow.

What is found was written by strangers: it is bounded and stripped here, and is words ever after.
"""

import asyncio
import html
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from cloud_bridge.config import Search

BAD_REQUEST = 400
MOST_BYTES = 1024 * 1024
"""Of an answer; eight results with their beginnings have some 20,000."""
MOST_WORDS = 1500
"""Characters of one result that are kept."""
M = TypeVar("M", bound=BaseModel)
_TAG = re.compile(r"<[^<>]{0,300}>")


class SearchFailed(Exception):
    """Nothing could be looked up; the text is one plain sentence."""

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        """The HTTP status that said so; None: something else did."""


@dataclass(frozen=True, slots=True)
class Found:
    """One result."""

    title: str
    url: str
    site: str
    """As it is spoken: `Wikipedia`, `nature.com`."""
    words: str
    """What it says, at most MOST_WORDS characters without markup."""


class Searching(Protocol):
    """Somebody who looks things up."""

    @property
    def name(self) -> str:
        """Who it is, for results."""
        ...

    async def find(self, words: str, *, language: str, child: bool) -> list[Found]:
        """What is found, the best first. Raises SearchFailed."""
        ...

    async def check(self) -> str | None:
        """None when it answers, else why not, in one sentence."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


def searching(settings: Search) -> Searching:
    """The search that the settings name; made in a running event loop."""
    return MediaWiki(settings) if settings.kind == "mediawiki" else SearXNG(settings)


class _Server:
    """One address that is asked for JSON: bounded in time and bytes, never redirected, without cookies."""

    def __init__(self, settings: Search) -> None:
        self._settings = settings
        contact = f" ({settings.contact})" if settings.contact else ""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=settings.timeout_s),
            headers={"User-Agent": f"nightjar-bridge/1{contact}", "Accept": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        await self._session.close()

    async def ask(self, language: str, parameters: Mapping[str, str]) -> object:
        who, url = self._settings.name, self._settings.url.replace("{language}", language)
        try:
            async with self._session.get(url, params=parameters, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise SearchFailed(f"{who} answered {answer.status}.", status=answer.status)
                body = bytearray()
                async for piece in answer.content.iter_chunked(64 * 1024):
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise SearchFailed(f"{who} sent more than was asked for.")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SearchFailed(f"{who} can't be reached ({type(error).__name__}).") from None
        try:
            return await asyncio.to_thread(json.loads, bytes(body))
        except (ValueError, RecursionError):
            raise SearchFailed(f"{who} answered with something that is no JSON.") from None


class _Page(BaseModel):
    title: Annotated[str, Field(max_length=1000)] = ""
    fullurl: str = ""
    extract: str = ""
    index: int = 0


class _Pages(BaseModel):
    pages: list[_Page] = []


class _WikiAnswer(BaseModel):
    query: _Pages = _Pages()


class MediaWiki:
    """A wiki."""

    def __init__(self, settings: Search) -> None:
        self._settings, self._server = settings, _Server(settings)

    @property
    def name(self) -> str:
        """Who it is, for results."""
        return self._settings.name

    async def find(self, words: str, *, language: str, child: bool) -> list[Found]:
        """The pages, each with its beginning. Raises SearchFailed."""
        del child  # a wiki knows no difference
        settings = self._settings
        parameters = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "generator": "search",
            "gsrsearch": words,
            "gsrlimit": str(settings.results),
            "prop": "extracts|info",
            "inprop": "url",
            "exintro": "1",
            "explaintext": "1",
            "exchars": "1200",
            "exlimit": str(settings.results),
            "redirects": "1",
        }
        answer = await self._server.ask(language, parameters)
        if isinstance(answer, dict) and "error" in answer:
            raise SearchFailed(f"{settings.name} does not accept the question.")
        pages = _read(_WikiAnswer, answer, settings.name).query.pages
        pages.sort(key=lambda page: page.index)
        found = (_found(page.title, page.fullurl, page.extract, site=settings.name) for page in pages)
        return [one for one in found if one and one.words][: settings.results]

    async def check(self) -> str | None:
        """None when it answers, else why not, in one sentence."""
        try:
            await self._server.ask("en", {"action": "query", "format": "json", "meta": "siteinfo"})
        except SearchFailed as failed:
            return str(failed)
        return None

    async def close(self) -> None:
        """Close its connections."""
        await self._server.close()


class _Result(BaseModel):
    title: str | None = ""
    url: str = ""
    content: str | None = ""


class _MetaAnswer(BaseModel):
    results: list[_Result] = []


class SearXNG:
    """An instance, set up by whoever operates the bridge."""

    def __init__(self, settings: Search) -> None:
        self._settings, self._server = settings, _Server(settings)

    @property
    def name(self) -> str:
        """Who it is, for results."""
        return self._settings.name

    async def find(self, words: str, *, language: str, child: bool) -> list[Found]:
        """The web pages that its engines find. Raises SearchFailed."""
        settings = self._settings
        safe = "2" if child else "1"
        parameters = {"q": words, "format": "json", "language": language, "safesearch": safe, "categories": "general"}
        results = _read(_MetaAnswer, await self._server.ask(language, parameters), settings.name).results
        found = (_found(result.title or "", result.url, result.content or "") for result in results[:50])
        return [one for one in found if one and one.words][: settings.results]

    async def check(self) -> str | None:
        """None when it answers, else why not, in one sentence. Asks nothing of its engines."""
        try:
            # Without a question an instance answers 400, at once: it is there, and it lets JSON be asked for.
            await self._server.ask("en", {"format": "json"})
        except SearchFailed as failed:
            return None if failed.status == BAD_REQUEST else str(failed)
        return None

    async def close(self) -> None:
        """Close its connections."""
        await self._server.close()


def _read(model: type[M], answer: object, who: str) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError:
        raise SearchFailed(f"{who} answered in a way that is not understood.") from None


def _found(title: str, url: str, words: str, *, site: str = "") -> Found | None:
    """The result in bounds; None where its address is none that could be opened."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or len(url) > 2000 or re.search(r"[\s<>\"\\]", url):
        return None
    site = site or ("Wikipedia" if host.endswith(".wikipedia.org") else host.removeprefix("www."))
    return Found(stripped(title, 200) or site, url, stripped(site, 80), stripped(words, MOST_WORDS))


def stripped(text: Any, most: int) -> str:
    """Words alone, at most so many characters: no markup, no control characters, single spaces."""
    text = html.unescape(_TAG.sub("", str(text)[: most * 4]))
    kept = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in text)
    return " ".join(kept.split())[:most].strip()
