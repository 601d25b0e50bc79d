"""Timers, alarms and reminders on the page, over real HTTP."""

from datetime import datetime
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from companion_device import Device

from device.context.when import When

CAIRO = ZoneInfo("Africa/Cairo")


async def shown(web: aiohttp.ClientSession, device: Device) -> dict:
    async with web.get(f"{device.url}/api/coming") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return await answer.json()


async def cancel(web: aiohttp.ClientSession, device: Device, what: str, origin: str | None = None) -> int:
    headers = {"Origin": origin or device.url}
    async with web.post(f"{device.url}/api/{what}/cancel", json={}, headers=headers) as answer:
        return answer.status


async def test_times_are_those_of_the_devices_wall_wherever_the_phone_is(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device.kept.agenda, "_now", lambda: datetime(2026, 11, 26, 22, 0, tzinfo=CAIRO))
    await device.kept.agenda.add(
        "alarm", "", When(datetime(2026, 11, 27, 6, 30, tzinfo=CAIRO), frozenset({4, 0}), minute=390)
    )
    timer = await device.kept.timers.set("pasta", 600)
    body = await shown(web, device)
    assert body["now"] == "2026-11-26T22:00"
    assert body["entries"] == [
        {"n": 1, "kind": "alarm", "about": "", "at": "2026-11-27T06:30", "days": [0, 4], "person": ""}
    ]
    assert body["timers"][0] | {"left_s": 0} == {"n": timer.n, "name": "pasta", "left_s": 0, "paused": False}


async def test_one_is_cancelled_and_the_others_stay(device: Device, web: aiohttp.ClientSession) -> None:
    first, second = [await device.kept.timers.set("", seconds) for seconds in (60, 120)]
    entry = await device.kept.agenda.add("reminder", "call Mum", When(device.kept.agenda.now()))
    assert await cancel(web, device, f"timers/{first.n}") == 200
    assert await cancel(web, device, f"timers/{first.n}") == 200  # two phones may show the same line
    assert [timer.n for timer in device.kept.timers.all()] == [second.n]
    assert await cancel(web, device, f"agenda/{entry.n + 1}") == 200
    assert device.kept.agenda.all() == [entry]
    assert await cancel(web, device, f"agenda/{entry.n}") == 200
    assert device.kept.agenda.all() == []


@pytest.mark.parametrize("what", ["timers/x", "timers/-1", "agenda/12345678901234567"])
async def test_what_is_no_number_is_not_there(device: Device, web: aiohttp.ClientSession, what: str) -> None:
    assert await cancel(web, device, what) == 404


async def test_another_site_and_a_stranger_cancel_nothing(
    paired_device: Device, device: Device, web: aiohttp.ClientSession
) -> None:
    await device.kept.timers.set("", 60)
    assert await cancel(web, device, "timers/1", origin="http://elsewhere.example") == 403
    assert len(device.kept.timers.all()) == 1
    assert await cancel(web, paired_device, "timers/1") == 401
    async with web.get(f"{paired_device.url}/api/coming") as answer:
        assert answer.status == 401
