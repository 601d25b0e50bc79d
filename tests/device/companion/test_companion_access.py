"""Who may see and command the device through its page: this machine, and paired phones."""

from typing import Any

import aiohttp
import pytest
from companion_device import Device
from companion_parts import listening, pair, state

from device.bus import NO_TURN


async def test_without_pairing_only_this_machine_can_connect(device: Device, web: aiohttp.ClientSession) -> None:
    port = device.url.rpartition(":")[2]
    with pytest.raises(aiohttp.ClientConnectorError):  # another address of this machine; with pairing it answers
        await web.get(f"http://127.0.0.2:{port}/")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
async def test_a_name_that_is_not_the_devices_own_is_refused(
    device: Device, web: aiohttp.ClientSession, host: str
) -> None:
    for path in ("/", "/api/state", "/events", "/media/x"):
        async with web.get(device.url + path, headers={"Host": host}) as answer:
            assert answer.status in (400, 421), path


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80", "LOCALHOST"])
async def test_names_of_this_machine_are_accepted(device: Device, web: aiohttp.ClientSession, host: str) -> None:
    async with web.get(f"{device.url}/api/state", headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost"])
async def test_only_the_devices_own_page_may_command(
    device: Device, web: aiohttp.ClientSession, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with web.post(f"{device.url}/api/ask", json={"text": "draw a fox"}, headers=headers) as answer:
        assert answer.status == 403
    assert device.asked == []


async def test_a_form_of_another_site_has_the_wrong_content_type(device: Device, web: aiohttp.ClientSession) -> None:
    headers = {"Origin": device.url, "Content-Type": "text/plain"}
    async with web.post(f"{device.url}/api/ask", data=b'{"text": "hi"}', headers=headers) as answer:
        assert answer.status == 415
    assert device.asked == []


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
async def test_only_the_devices_own_page_may_open_the_microphone(
    device: Device, web: aiohttp.ClientSession, origin: str | None
) -> None:
    device.now.muted = True
    headers = {} if origin is None else {"Origin": origin}
    async with web.post(f"{device.url}/api/mute", json={"muted": False}, headers=headers) as answer:
        assert answer.status == 403
    assert device.now.muted


@pytest.mark.parametrize("path", ["/", "/app.js", "/api/state", "/events", "/nothing"])
async def test_every_answer_is_hardened(device: Device, web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(device.url + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers


# Pairing


async def test_an_unpaired_phone_sees_how_to_pair_and_nothing_else(
    paired_device: Device, web: aiohttp.ClientSession
) -> None:
    device = paired_device
    (version,) = await device.add_picture("a private picture", "final")
    async with web.get(device.url) as answer:
        assert answer.status == 200
        assert "Pair this phone" in await answer.text()
    for path in ("/api/state", "/api/pictures", "/api/turns", "/events", f"/media/{version.id}", "/api/phones"):
        async with web.get(device.url + path) as answer:
            assert answer.status == 401, path
    for path in ("/api/ask", "/api/mute", "/api/phones/link"):
        async with web.post(device.url + path, json={"text": "hi"}, headers={"Origin": device.url}) as answer:
            assert answer.status == 401, path
    assert device.asked == []


async def test_a_scanned_link_lets_the_phone_in(paired_device: Device, web: aiohttp.ClientSession) -> None:
    answer = await pair(web, paired_device)
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    async with web.get(f"{paired_device.url}/api/state") as answer:
        assert answer.status == 200
    async with web.get(paired_device.url) as answer:
        assert "Current picture" in await answer.text()


async def test_a_wrong_token_is_refused_and_guessing_is_slowed(
    paired_device: Device, web: aiohttp.ClientSession
) -> None:
    statuses = []
    for _ in range(11):
        async with web.post(
            f"{paired_device.url}/api/pair", json={"token": "wrong"}, headers={"Origin": paired_device.url}
        ) as answer:
            statuses.append(answer.status)
    assert statuses == [403] * 10 + [429]


@pytest.mark.parametrize("body", [{}, {"token": 5}, {"token": None}, {"token": "x" * 201}])
async def test_a_pairing_request_without_a_token_is_refused(
    paired_device: Device, web: aiohttp.ClientSession, body: dict[str, Any]
) -> None:
    headers = {"Origin": paired_device.url}
    async with web.post(f"{paired_device.url}/api/pair", json=body, headers=headers) as answer:
        assert answer.status == 400


async def test_pairing_from_another_site_is_refused(paired_device: Device, web: aiohttp.ClientSession) -> None:
    token = paired_device.pairing.new_link().url.partition("#pair=")[2]
    headers = {"Origin": "https://evil.example"}
    async with web.post(f"{paired_device.url}/api/pair", json={"token": token}, headers=headers) as answer:
        assert answer.status == 403


async def test_links_name_the_configured_host(paired_device: Device) -> None:
    assert paired_device.pairing.new_link().url.startswith("http://nightjar.local:")


@pytest.mark.parametrize(
    ("host", "ours"),
    [("nightjar.local:1", True), ("127.0.0.2", True), ("nightjar.example", False), ("10.9.9.9", False)],
)
async def test_a_paired_page_is_reached_by_its_name_or_the_address_that_was_dialled(
    paired_device: Device, web: aiohttp.ClientSession, host: str, ours: bool
) -> None:
    port = paired_device.url.rpartition(":")[2]
    async with web.get(f"http://127.0.0.2:{port}/", headers={"Host": host}) as answer:
        assert answer.status == (200 if ours else 421)


async def test_a_paired_phone_can_invite_another_and_unpair_it(
    paired_device: Device, web: aiohttp.ClientSession
) -> None:
    device, headers = paired_device, {"Origin": paired_device.url}
    await pair(web, device)
    async with web.post(f"{device.url}/api/phones/link", json={}, headers=headers) as answer:
        link = await answer.json()
    assert link["svg"].startswith("<svg")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        token = {"token": link["url"].partition("#pair=")[2]}
        assert (await other.post(f"{device.url}/api/pair", json=token, headers=headers)).status == 200
        async with web.get(f"{device.url}/api/phones") as answer:
            phones = (await answer.json())["phones"]
        assert sorted(phone["this"] for phone in phones) == [False, True]
        (guest,) = [phone["id"] for phone in phones if not phone["this"]]
        async with listening(other, device) as stream:
            async with web.post(f"{device.url}/api/phones/{guest}/revoke", json={}, headers=headers) as answer:
                assert answer.status == 200
            device.bus.publish(NO_TURN, state("listening"))
            with pytest.raises(EOFError):  # a phone that is out reads nothing more, not even on an open stream
                await stream.next()
        assert (await other.get(f"{device.url}/api/state")).status == 401
