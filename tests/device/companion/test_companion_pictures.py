"""The page's way to pictures by hand, over real HTTP."""

import io
import json
from typing import Any

import aiohttp
import pytest
from companion_device import Device
from companion_parts import pair
from PIL import Image

from device.companion import Pairing
from device.context.marked import Marked

FOUR_NUMBERS = "A region has four numbers from 0 to 1: left, top, right and bottom."


async def post(
    web: aiohttp.ClientSession, device: Device, path: str, body: object = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    headers = {"Origin": device.url, "Content-Type": "application/json"} | headers
    async with web.post(f"{device.url}{path}", data=data, headers=headers) as answer:
        return answer.status, await answer.json()


def jpeg(size: tuple[int, int] = (60, 40)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (10, 90, 30)).save(file, "JPEG")
    return file.getvalue()


async def state(web: aiohttp.ClientSession, device: Device) -> dict[str, Any]:
    async with web.get(f"{device.url}/api/state") as answer:
        return await answer.json()


async def test_a_picture_is_deleted_and_restored(device: Device, web: aiohttp.ClientSession) -> None:
    (version,) = await device.add_picture("a fox", "draft")
    (picture,) = await device.kept.gallery.latest()
    path = f"/api/pictures/{picture.id}"
    assert await post(web, device, f"{path}/delete") == (200, {"deleted": True})
    assert device.stopped == [picture.id]
    for gone in (path, f"/media/{version.id}"):
        async with web.get(device.url + gone) as answer:
            assert answer.status == 404
    assert (await state(web, device))["picture"] is None
    status, restored = await post(web, device, f"{path}/restore")
    assert (status, restored["id"]) == (200, picture.id)
    assert (await state(web, device))["picture"]["id"] == picture.id
    assert (await post(web, device, f"{path}/restore"))[0] == 404
    assert (await post(web, device, "/api/pictures/gone/delete"))[0] == 404


async def test_a_change_of_a_part_begins_a_turn_about_that_picture(device: Device, web: aiohttp.ClientSession) -> None:
    await device.add_picture("a fox", "draft")
    (picture,) = await device.kept.gallery.latest()
    await device.add_picture("an owl", "draft")
    body = {"text": " a hat here ", "region": [0.1, 0.1, 0.4, 0.4]}
    status, answer = await post(web, device, f"/api/pictures/{picture.id}/change", body)
    assert (status, device.asked) == (200, ["a hat here"])
    assert answer["turn"]
    ((_, step),) = device.steps
    assert (step.intent, step.references) == ("picture.edit", {"it": picture.id})
    assert step.slots["change"] == "a hat here"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"region": [0, 0, 1, 1]}, "Say in at most 500 characters what should be there."),
        ({"text": "  ", "region": [0, 0, 1, 1]}, "Say in at most 500 characters what should be there."),
        ({"text": "x" * 501, "region": [0, 0, 1, 1]}, "Say in at most 500 characters what should be there."),
        ({"text": 7, "region": [0, 0, 1, 1]}, "Say in at most 500 characters what should be there."),
        ({"text": "a hat"}, "Mark the part of the picture that is to change."),
        (
            {"text": "a hat", "region": [0, 0, 9, 9]},
            FOUR_NUMBERS,
        ),
        ({"text": "a hat", "mask": "AAAA"}, "The mask is not a PNG picture."),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(
    device: Device, web: aiohttp.ClientSession, body: object, sentence: str
) -> None:
    await device.add_picture("a fox", "draft")
    (picture,) = await device.kept.gallery.latest()
    assert await post(web, device, f"/api/pictures/{picture.id}/change", body) == (400, {"error": sentence})
    assert device.steps == []


async def test_a_part_of_a_picture_that_is_not_there_cannot_change(device: Device, web: aiohttp.ClientSession) -> None:
    body = {"text": "a hat", "region": [0, 0, 1, 1]}
    assert (await post(web, device, "/api/pictures/gone/change", body))[0] == 404


async def test_a_photo_comes_into_the_gallery(device: Device, web: aiohttp.ClientSession) -> None:
    sent = {"Content-Type": "image/jpeg"}
    status, picture = await post(web, device, "/api/photos", jpeg(), **sent)
    assert status == 200
    assert picture["photo"] == "this computer"
    assert picture["versions"][0]["media_type"] == "image/jpeg"
    body = await state(web, device)
    assert body["picture"]["id"] == body["newest"] == picture["id"]
    assert [event["text"] for event in body["events"] if event["event"] == "reply"] == [
        "Your photo is here; say what to do with it."
    ]


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        ("text/plain", jpeg(), 415),
        ("application/x-www-form-urlencoded", jpeg(), 415),
        ("image/svg+xml", b"<svg/>", 415),
        ("image/jpeg", b"no photo", 400),
        ("image/png", b"", 400),
        ("image/jpeg", bytes(20 * 1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_photo_leaves_nothing_behind(
    device: Device, web: aiohttp.ClientSession, kind: str, data: bytes, status: int
) -> None:
    answered, body = await post(web, device, "/api/photos", data, **{"Content-Type": kind})
    assert answered == status
    assert body["error"].endswith(".")
    assert await device.kept.gallery.latest() == ()
    assert not [path for path in (device.home / "pictures").iterdir() if path.is_file()]


async def test_a_photo_without_an_end_is_cut_off(device: Device, web: aiohttp.ClientSession) -> None:
    async def endless():
        for _ in range(400):
            yield bytes(64 * 1024)

    headers = {"Origin": device.url, "Content-Type": "image/jpeg"}
    async with web.post(f"{device.url}/api/photos", data=endless(), headers=headers) as answer:
        assert answer.status == 413


@pytest.mark.parametrize(
    "what", ["pictures/x/delete", "pictures/x/restore", "pictures/x/change", "pictures/x/mark", "photos"]
)
async def test_another_site_and_a_phone_that_is_not_paired_may_do_none_of_it(
    paired_device: Device, web: aiohttp.ClientSession, what: str
) -> None:
    path = f"/api/{what}"
    async with web.post(paired_device.url + path, headers={"Origin": paired_device.url}) as answer:
        assert answer.status == 401
    await pair(web, paired_device)
    async with web.post(paired_device.url + path, headers={"Origin": "http://evil.example"}) as answer:
        assert answer.status == 403


async def test_a_photo_says_which_phone_it_came_from(paired_device: Device, web: aiohttp.ClientSession) -> None:
    token = paired_device.pairing.new_link().url.partition("#pair=")[2]
    headers = {"Origin": paired_device.url, "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"}
    async with web.post(f"{paired_device.url}/api/pair", json={"token": token}, headers=headers) as answer:
        assert answer.status == 200
    sent = {"Content-Type": "image/jpeg"}
    assert (await post(web, paired_device, "/api/photos", jpeg(), **sent))[1]["photo"] == "your iPhone"


async def test_a_phone_is_given_a_name_and_is_known_to_watch(paired_device: Device, web: aiohttp.ClientSession) -> None:
    await pair(web, paired_device)
    (session,) = paired_device.pairing.sessions()
    path = f"/api/phones/{session.id}/name"
    assert await post(web, paired_device, path, {"name": " kitchen   display "}) == (200, {"called": "kitchen display"})
    for bad in ({"name": "x" * 41}, {"name": 7}, {"name": "a\nb"}, {}):
        assert (await post(web, paired_device, path, bad))[0] == 400
    assert (await post(web, paired_device, "/api/phones/gone/name", {"name": "x"}))[0] == 404
    assert [(phone.name, phone.watching) for phone in paired_device.companion.phones()] == [
        ("the kitchen display", False)
    ]
    async with web.get(f"{paired_device.url}/events") as answer:
        assert answer.status == 200
        assert paired_device.companion.phones()[0].watching
    assert (await state(web, paired_device))["phone"] == session.id
    again = Pairing(path=paired_device.home / "companion-sessions.json", base_url=str)
    assert again.sessions()[0].called == "kitchen display"


async def test_a_part_is_marked_for_whoever_speaks_next(device: Device, web: aiohttp.ClientSession) -> None:
    await device.add_picture("a fox", "draft")
    (picture,) = await device.kept.gallery.latest()
    path = f"/api/pictures/{picture.id}/mark"
    status, answer = await post(web, device, path, {"region": [0, 0, 0.5, 0.5]})
    assert status == 200
    assert device.by_hand.marked == Marked(picture.id, answer["region"])
    assert (await post(web, device, path, {"region": [0, 0]}))[0] == 400
    assert (await post(web, device, "/api/pictures/gone/mark", {"region": [0, 0, 1, 1]}))[0] == 404
    assert (await post(web, device, path, {})) == (200, {"region": None})
    assert device.by_hand.marked is None
