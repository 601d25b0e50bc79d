"""Lists and notes on the page, over real HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from device.companion import guard, papers
from device.paper import Lists, Notes
from device.store import Store


@pytest.fixture
async def page(store: Store) -> AsyncIterator[tuple[aiohttp.ClientSession, str, Lists, Notes]]:
    lists, notes = Lists(store), Notes(store)
    app = web.Application(middlewares=[guard.guard(pairing=None, host=None, public=frozenset()), guard.plain_errors])
    app.router.add_routes(papers.routes(lists, notes))
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield session, str(server.make_url("")).rstrip("/"), lists, notes


async def shown(session: aiohttp.ClientSession, url: str) -> dict[str, list[dict]]:
    async with session.get(f"{url}/api/papers") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return await answer.json()


async def test_what_is_written_down_is_shown_and_deleted_line_by_line(page) -> None:
    session, url, lists, notes = page
    await lists.add("shopping", ["milk", "eggs"])
    await notes.take("<b>the code</b> is 4711")
    body = await shown(session, url)
    (shopping,), (note,) = body["lists"], body["notes"]
    assert [item["text"] for item in shopping["items"]] == ["milk", "eggs"]
    assert note["text"] == "<b>the code</b> is 4711"
    for address in (f"list-items/{shopping['items'][0]['n']}", f"notes/{note['n']}"):
        for _ in range(2):  # another phone may have been faster
            async with session.post(f"{url}/api/{address}/delete", json={}, headers={"Origin": url}) as answer:
                assert await answer.json() == {"deleted": True}
    body = await shown(session, url)
    assert [item["text"] for item in body["lists"][0]["items"]] == ["eggs"]
    assert body["notes"] == []
    async with session.post(f"{url}/api/lists/{shopping['n']}/delete", json={}, headers={"Origin": url}) as answer:
        assert answer.status == 200
    assert await shown(session, url) == {"lists": [], "notes": []}


@pytest.mark.parametrize("n", ["x", "-1", "1e3", "9" * 40, "1;2"])
async def test_what_is_no_number_is_not_there(page, n: str) -> None:
    session, url, *_ = page
    async with session.post(f"{url}/api/notes/{n}/delete", json={}, headers={"Origin": url}) as answer:
        assert answer.status == 404


async def test_another_site_deletes_nothing(page) -> None:
    session, url, _, notes = page
    await notes.take("the code")
    (note,) = await notes.all()
    for headers in ({}, {"Origin": "http://evil.example"}):
        async with session.post(f"{url}/api/notes/{note.n}/delete", json={}, headers=headers) as answer:
            assert answer.status == 403
    assert len(await notes.all()) == 1
