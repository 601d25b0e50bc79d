"""Servers that speak the real wire formats: OpenAI's chat completions as a stream, a MediaWiki, a SearXNG."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import time
from typing import Any
from uuid import UUID

from aiohttp import web
from uuid_utils import uuid7

from cloud_bridge.listen import serve
from cloud_bridge.protocol import Chat, Search

NIGHT_WATCH = (
    "The Night Watch is a 1642 painting by Rembrandt van Rijn. It is in the collection of the Amsterdam Museum. "
    "The painting is 363 cm high and 437 cm wide."
)


def chat(question: str = "who painted the night watch", *, valid_s: float = 20, **more: Any) -> Chat:
    now = time()
    return Chat(job=UUID(str(uuid7())), turn="t1", created_at=now, expires_at=now + valid_s, question=question, **more)


def search(question: str = "who painted the night watch", *, valid_s: float = 20, **more: Any) -> Search:
    asked = chat(question, valid_s=valid_s, **more).model_dump(exclude={"type", "sources"})
    return Search.model_validate(asked)


def page(title: str, extract: str, index: int = 1) -> dict[str, Any]:
    """A page as the API of MediaWiki gives it with generator=search, prop=extracts|info and formatversion=2."""
    return {
        "pageid": 1000 + index,
        "ns": 0,
        "title": title,
        "index": index,
        "extract": extract,
        "contentmodel": "wikitext",
        "pagelanguage": "en",
        "touched": "2026-11-01T00:00:00Z",
        "fullurl": f"https://en.wikipedia.org/wiki/{title.replace(' ', '_')}",
    }


def result(title: str, url: str, content: str) -> dict[str, Any]:
    """A result as SearXNG's JSON has it."""
    return {
        "url": url,
        "title": title,
        "content": content,
        "engine": "duckduckgo",
        "parsed_url": ["https", "example.org", "/", "", "", ""],
        "template": "default.html",
        "engines": ["duckduckgo"],
        "positions": [1],
        "score": 1.0,
        "category": "general",
    }


class World:
    """A chat provider, a wiki and a SearXNG; what they answer is the test's to say, what they were asked is kept."""

    def __init__(self) -> None:
        self.url = ""
        self.says: Sequence[str | asyncio.Event] = ("Rembrandt painted it in ", "1642 [1].", " It hangs in Amsterdam.")
        """The pieces of the answer; where an asyncio.Event stands, it is waited for."""
        self.finish: str | None = "stop"
        self.status = 200
        self.code: str | None = None
        self.pages: list[dict[str, Any]] = [page("The Night Watch", NIGHT_WATCH)]
        self.results: list[dict[str, Any]] = []
        self.searches_fail = False
        self.chats: list[dict[str, Any]] = []
        self.wiki: list[dict[str, str]] = []
        self.searx: list[dict[str, str]] = []
        self.called = asyncio.Semaphore(0)
        self.left = asyncio.Semaphore(0)
        """Released when a client went away before its answer was whole."""

    async def completions(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.chats.append(body)
        self.called.release()
        if self.status != 200:
            error = {"message": "Secret details.", "type": "x", "param": None, "code": self.code}
            return web.json_response({"error": error}, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for said in self.says:
                if isinstance(said, asyncio.Event):
                    await said.wait()
                else:
                    await self._send(response, [{"index": 0, "delta": {"content": said}, "finish_reason": None}])
        except (asyncio.CancelledError, ConnectionResetError):
            self.left.release()
            raise
        if self.finish:
            await self._send(response, [{"index": 0, "delta": {}, "finish_reason": self.finish}])
            usage = {"prompt_tokens": 900, "completion_tokens": 30, "total_tokens": 930}
            await self._send(response, [], usage=usage)
            await response.write(b"data: [DONE]\n\n")
        return response

    @staticmethod
    async def _send(response: web.StreamResponse, choices: list[dict[str, Any]], **more: Any) -> None:
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "talk-1", "choices": choices}
        await response.write(f"data: {json.dumps(chunk | more)}\n\n".encode())

    async def models(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": []})

    async def api(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("meta") == "siteinfo":
            return web.json_response({"batchcomplete": "", "query": {"general": {}}})
        self.wiki.append(dict(request.query))
        if self.searches_fail:
            return web.Response(status=503, text="<html>down</html>")
        # Without a hit a MediaWiki leaves "query" out.
        found = {"query": {"pages": self.pages}} if self.pages else {}
        return web.json_response({"batchcomplete": True} | found)

    async def searxng(self, request: web.Request) -> web.StreamResponse:
        if "q" not in request.query:
            return web.Response(status=400)
        self.searx.append(dict(request.query))
        answer = {"query": request.query["q"], "number_of_results": 0, "results": self.results, "answers": []}
        return web.json_response(answer | {"corrections": [], "infoboxes": [], "suggestions": []})

    def chat_section(self, *lines: str) -> str:
        """`[chat]` of a bridge's settings."""
        own = ("[chat]", 'name = "Talker"', f'base_url = "{self.url}/v1"', 'api_key = "test-key"', 'model = "talk-1"')
        return "\n".join((*own, *lines, ""))

    def search_section(self, kind: str = "mediawiki", *lines: str) -> str:
        """`[search]` of a bridge's settings."""
        url = f"{self.url}/w/api.php" if kind == "mediawiki" else f"{self.url}/search"
        own = ("[search]", f'kind = "{kind}"', f'url = "{url}"')
        return "\n".join((*own, *lines, ""))


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """The three on loopback, for as long as the block lasts."""
    one = World()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", one.completions)
    app.router.add_get("/v1/models", one.models)
    app.router.add_get("/w/api.php", one.api)
    app.router.add_get("/search", one.searxng)
    async with serve(app, host="127.0.0.1", port=0) as url:
        one.url = url
        yield one
