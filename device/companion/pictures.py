"""The page's way to the pictures by hand: delete and bring back, change a part, hand in a photo.

::

    POST /api/pictures/{id}/delete      {}                                   → {"deleted": true}
    POST /api/pictures/{id}/restore     {}                                   → the picture
    POST /api/pictures/{id}/change      {"text", "region" | "mask"}          → {"turn": id}
    POST /api/pictures/{id}/mark        {"region" | "mask"}, {}: no more     → {"region": id}
    POST /api/photos                    the file's bytes, image/jpeg …       → the picture
"""

from typing import Any

from aiohttp import web

from device.by_hand import ByHand
from device.companion import views
from device.companion.guard import SESSION, json_body, sentence
from device.companion.phone_names import source
from device.gallery import MAX_PHOTO_BYTES, BadPicture, BadRegion, UnknownPicture, read_region

MAX_TEXT = 500
NO_SUCH_PICTURE = "There is no such picture."
_PHOTOS = ("image/jpeg", "image/png", "image/webp")


class PictureRoutes:
    """Answers the addresses above."""

    def __init__(self, by_hand: ByHand) -> None:
        self._by_hand = by_hand

    def add(self, router: web.UrlDispatcher) -> None:
        """Serve them."""
        router.add_post("/api/pictures/{id}/delete", self._delete)
        router.add_post("/api/pictures/{id}/restore", self._restore)
        router.add_post("/api/pictures/{id}/change", self._change)
        router.add_post("/api/pictures/{id}/mark", self._mark)
        router.add_post("/api/photos", self._photo)

    async def _delete(self, request: web.Request) -> web.Response:
        if not await self._by_hand.delete(request.match_info["id"]):
            return sentence(404, NO_SUCH_PICTURE)
        return _json({"deleted": True})

    async def _restore(self, request: web.Request) -> web.Response:
        picture = await self._by_hand.restore(request.match_info["id"])
        return sentence(404, "That picture is gone.") if picture is None else _json(views.picture_json(picture))

    async def _change(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        text = body.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            return sentence(400, f"Say in at most {MAX_TEXT} characters what should be there.")
        try:
            turn = await self._by_hand.change(request.match_info["id"], text.strip(), read_region(body))
        except BadRegion as error:
            return sentence(400, str(error))
        except UnknownPicture:
            return sentence(404, NO_SUCH_PICTURE)
        return _json({"turn": turn})

    async def _mark(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if not body:
            self._by_hand.unmark()
            return _json({"region": None})
        try:
            return _json({"region": await self._by_hand.mark(request.match_info["id"], read_region(body))})
        except BadRegion as error:
            return sentence(400, str(error))
        except UnknownPicture:
            return sentence(404, NO_SUCH_PICTURE)

    async def _photo(self, request: web.Request) -> web.Response:
        # These types can't be sent by a form of another site without the browser asking first.
        if request.content_type not in _PHOTOS:
            return sentence(415, "Choose a JPEG, PNG or WebP photo.")
        data = await _bytes(request)
        if data is None:
            return sentence(413, f"The photo is larger than {MAX_PHOTO_BYTES // 1024 // 1024} MB.")
        try:
            picture = await self._by_hand.take_photo(data, source(request.get(SESSION)))
        except BadPicture as error:
            return sentence(400, str(error))
        return _json(views.picture_json(picture))


async def _bytes(request: web.Request) -> bytes | None:
    """The request's body; None, and nothing more is read, when it is larger than a photo may be."""
    if request.content_length is not None and request.content_length > MAX_PHOTO_BYTES:
        return None
    data = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > MAX_PHOTO_BYTES:
            return None
    return bytes(data)


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
