"""Lists and notes on the page: shown, and deleted line by line."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from device.paper import Lists, Note, Notes, ThingList

_MOST = 2**53
"""The greatest number that a page can hold exactly."""


def routes(lists: Lists, notes: Notes) -> list[web.RouteDef]:
    """What the page's server answers about `lists` and `notes`."""

    async def shown(_request: web.Request) -> web.Response:
        body = {
            "lists": [_list_json(one) for one in await lists.all()],
            "notes": [_note_json(note) for note in await notes.all()],
        }
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def delete_list(n: int) -> None:
        await lists.delete(n)

    async def delete_item(n: int) -> None:
        await lists.remove([n])

    async def delete_note(n: int) -> None:
        await notes.delete([n])

    return [
        web.get("/api/papers", shown),
        web.post(r"/api/lists/{n:\d{1,16}}/delete", _deleting(delete_list)),
        web.post(r"/api/list-items/{n:\d{1,16}}/delete", _deleting(delete_item)),
        web.post(r"/api/notes/{n:\d{1,16}}/delete", _deleting(delete_note)),
    ]


def _deleting(delete: Callable[[int], Awaitable[None]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        # What is gone already is deleted, too: two phones may show the same line.
        await delete(min(int(request.match_info["n"]), _MOST))
        return web.json_response({"deleted": True}, headers={"Cache-Control": "no-store"})

    return handle


def _list_json(one: ThingList) -> dict[str, Any]:
    return {"n": one.n, "name": one.name, "items": [{"n": item.n, "text": item.text} for item in one.items]}


def _note_json(note: Note) -> dict[str, Any]:
    return {"n": note.n, "text": note.text, "written_at": note.written_at}
