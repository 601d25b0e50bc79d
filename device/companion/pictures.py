"""The page's way to the pictures by hand: delete and bring back, change a part, hand in a photo.

::

    POST /api/pictures/{id}/delete      {}                                   → {"deleted": true}
    POST /api/pictures/{id}/restore     {}                                   → the picture
    POST /api/pictures/{id}/change      {"text", "region" | "mask"}          → {"turn": id}
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


def add_routes(router: web.UrlDispatcher, by_hand: ByHand) -> None:
    """Serve the addresses above."""

    async def delete(request: web.Request) -> web.Response:
        if not await by_hand.delete(request.match_info["id"]):
            return sentence(404, NO_SUCH_PICTURE)
        return _json({"deleted": True})

    async def restore(request: web.Request) -> web.Response:
        picture = await by_hand.restore(request.match_info["id"])
        return sentence(404, "That picture is gone.") if picture is None else _json(views.picture_json(picture))

    async def change(request: web.Request) -> web.Response:
        body = await json_body(request)
        text = body.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            return sentence(400, f"Say in at most {MAX_TEXT} characters what should be there.")
        try:
            turn = await by_hand.change(request.match_info["id"], text.strip(), read_region(body))
        except BadRegion as error:
            return sentence(400, str(error))
        except UnknownPicture:
            return sentence(404, NO_SUCH_PICTURE)
        return _json({"turn": turn})

    async def photo(request: web.Request) -> web.Response:
        # These types can't be sent by a form of another site without the browser asking first.
        if request.content_type not in _PHOTOS:
            return sentence(415, "Choose a JPEG, PNG or WebP photo.")
        data = await _bytes(request)
        if data is None:
            return sentence(413, f"The photo is larger than {MAX_PHOTO_BYTES // 1024 // 1024} MB.")
        try:
            picture = await by_hand.take_photo(data, source(request.get(SESSION)))
        except BadPicture as error:
            return sentence(400, str(error))
        return _json(views.picture_json(picture))

    router.add_post("/api/pictures/{id}/delete", delete)
    router.add_post("/api/pictures/{id}/restore", restore)
    router.add_post("/api/pictures/{id}/change", change)
    router.add_post("/api/photos", photo)


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
