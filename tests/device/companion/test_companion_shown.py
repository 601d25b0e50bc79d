"""What the page is given, and what it may ask: over real HTTP."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from companion_device import Device
from companion_parts import listening

from device.companion import Refused, server


async def test_the_page_and_everything_it_loads_are_served(device: Device, web: aiohttp.ClientSession) -> None:
    for path in ("/", *server.PAGE):
        async with web.get(device.url + path) as answer:
            assert answer.status == 200, path
            assert await answer.read()
    page = Path(server.__file__).parent / "page"
    served = {path.removeprefix("/") for path in server.PAGE} | {"index.html", "pair.html"}
    assert {file.name for file in page.iterdir()} == served


async def test_the_snapshot_says_what_is_going_on(device: Device, web: aiohttp.ClientSession) -> None:
    turn = device.ask("draw a fox")
    await device.add_picture("a fox", "draft", "final")
    async with web.get(f"{device.url}/api/state") as answer:
        body = await answer.json()
    assert body["name"] == "kitchen"
    assert body["phrases"] == ["hey jarvis"]
    assert body["seq"] == device.bus.last_seq == 3
    assert [event["event"] for event in body["events"]] == ["transcript", "artifact", "artifact"]
    assert body["events"][0]["turn"] == turn
    assert body["picture"]["prompt"] == "a fox"
    assert [version["stage"] for version in body["picture"]["versions"]] == ["draft", "final"]


async def test_no_path_of_the_device_reaches_the_page(device: Device, web: aiohttp.ClientSession) -> None:
    async with listening(web, device) as stream:
        await device.add_picture("a fox", "draft")
        event = await stream.next()
    assert event["src"] == f"/media/{event['artifact']}"
    texts = [json.dumps(event)]
    for path in ("/api/state", "/api/pictures", f"/api/pictures/{event['picture']}", "/api/turns"):
        async with web.get(device.url + path) as answer:
            texts.append(await answer.text())
    assert not [text for text in texts if str(device.home) in text]


async def test_earlier_pictures_come_page_by_page(device: Device, web: aiohttp.ClientSession) -> None:
    for number in range(5):
        await device.add_picture(f"picture {number}", "draft")
    prompts: list[str] = []
    before = ""
    while True:
        async with web.get(f"{device.url}/api/pictures?limit=2{before}") as answer:
            pictures = (await answer.json())["pictures"]
        if not pictures:
            break
        prompts += [picture["prompt"] for picture in pictures]
        before = f"&before={pictures[-1]['id']}"
    assert prompts == [f"picture {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "²", "1" * 30])
async def test_a_list_has_a_bounded_length(device: Device, web: aiohttp.ClientSession, limit: str) -> None:
    async with web.get(f"{device.url}/api/pictures", params={"limit": limit}) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "The limit must be a number from 1 to 100."


async def test_an_image_is_served_as_it_is_and_for_ever(device: Device, web: aiohttp.ClientSession) -> None:
    (version,) = await device.add_picture("a fox", "final")
    async with web.get(f"{device.url}/media/{version.id}") as answer:
        assert await answer.read() == version.path.read_bytes()
        assert answer.content_type == "image/png"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/media/nothing", "/media/..%2f..%2fdevice.sqlite", "/api/pictures/none", "/x", "/server.py"]
)
async def test_what_is_not_there_is_one_sentence(device: Device, web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(device.url + path) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"].startswith("There is no")


async def test_the_last_turns_come_with_their_timings(device: Device, web: aiohttp.ClientSession) -> None:
    device.ask("draw a fox")
    async with web.get(f"{device.url}/api/turns") as answer:
        (turn,) = (await answer.json())["turns"]
    assert turn["heard"] == "draw a fox"
    assert [event["event"] for event in turn["events"]] == ["transcript"]


# Typed commands, and the microphone


async def test_a_typed_command_begins_a_turn(device: Device, web: aiohttp.ClientSession) -> None:
    async with web.post(
        f"{device.url}/api/ask", json={"text": "  draw a fox "}, headers={"Origin": device.url}
    ) as answer:
        assert answer.status == 200
        assert (await answer.json())["turn"]
    assert device.asked == ["draw a fox"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"text": 5}', b'{"text": "  "}', json.dumps({"text": "x" * 2001}).encode()]
)
async def test_a_command_that_is_none_is_refused(device: Device, web: aiohttp.ClientSession, body: bytes) -> None:
    headers = {"Origin": device.url, "Content-Type": "application/json"}
    async with web.post(f"{device.url}/api/ask", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].endswith(".")
    assert device.asked == []


async def test_what_the_device_says_against_a_command_is_passed_on(device: Device, web: aiohttp.ClientSession) -> None:
    def busy(_: str) -> str:
        raise Refused("Too many commands are waiting.")

    device.answer = busy
    async with web.post(f"{device.url}/api/ask", json={"text": "hi"}, headers={"Origin": device.url}) as answer:
        assert answer.status == 503
        assert await answer.json() == {"error": "Too many commands are waiting."}


async def test_a_fault_inside_is_one_sentence_without_its_insides(device: Device, web: aiohttp.ClientSession) -> None:
    def broken(_: str) -> str:
        raise RuntimeError("/secret/path")

    device.answer = broken
    async with web.post(f"{device.url}/api/ask", json={"text": "hi"}, headers={"Origin": device.url}) as answer:
        assert answer.status == 500
        assert await answer.json() == {"error": "Something went wrong on the device; try again."}
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_the_page_mutes_the_microphone_and_every_page_learns_of_it(
    device: Device, web: aiohttp.ClientSession
) -> None:
    async with listening(web, device) as stream:
        for muted in (True, False):
            body, headers = {"muted": muted}, {"Origin": device.url}
            async with web.post(f"{device.url}/api/mute", json=body, headers=headers) as answer:
                assert (answer.status, await answer.json()) == (200, body)
            assert device.now.muted is muted
            told = await stream.next()
            assert (told["event"], told["muted"]) == ("muted", muted)
            async with web.get(f"{device.url}/api/state") as answer:
                assert (await answer.json())["muted"] is muted


@pytest.mark.parametrize("body", [{}, {"muted": "no"}, {"muted": 0}, {"muted": None}, []])
async def test_what_is_not_a_clear_word_moves_no_gate(device: Device, web: aiohttp.ClientSession, body: Any) -> None:
    device.now.muted = True
    async with web.post(f"{device.url}/api/mute", json=body, headers={"Origin": device.url}) as answer:
        assert answer.status == 400
    assert device.now.muted
