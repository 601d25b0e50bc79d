"""What happens, as it happens: no event is lost, none comes twice, and no reader is waited for."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from companion_device import Device, running
from companion_parts import listening, state

from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.companion import server
from device.companion.control import SOCKET_NAME
from device.companion.live import QUEUE, Live


async def test_events_arrive_as_they_happen(device: Device, web: aiohttp.ClientSession) -> None:
    async with listening(web, device) as stream:
        device.bus.publish(NO_TURN, state("listening"))
        event = await stream.next()
    assert (event["event"], event["state"], event["seq"], event["id"]) == ("state_changed", "listening", 1, "1")


async def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_twice(
    device: Device, web: aiohttp.ClientSession
) -> None:
    for number in range(1, 6):
        device.bus.publish(NO_TURN, state(str(number)))
    async with listening(web, device, **{"Last-Event-ID": "2"}) as stream:
        device.bus.publish(NO_TURN, state("6"))
        assert [(await stream.next())["seq"] for _ in range(4)] == [3, 4, 5, 6]


async def test_what_happens_while_a_page_catches_up_comes_once(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = device.kept.journal.after

    async def read_in_a_busy_moment(seq: int) -> list[dict[str, Any]]:
        device.bus.publish(NO_TURN, state("in the journal and in the queue"))
        found = await read(seq)
        device.bus.publish(NO_TURN, state("in the queue alone"))
        return found

    monkeypatch.setattr(device.kept.journal, "after", read_in_a_busy_moment)
    device.bus.publish(NO_TURN, state("missed"))
    async with listening(web, device, "?after=0") as stream:
        assert [(await stream.next())["seq"] for _ in range(3)] == [1, 2, 3]
        device.bus.publish(NO_TURN, state("later"))
        assert (await stream.next())["seq"] == 4


async def test_events_from_before_a_restart_are_not_lost(tmp_path: Path, web: aiohttp.ClientSession) -> None:
    async with running(tmp_path / "kitchen") as device:
        for number in range(1, 4):
            device.bus.publish(NO_TURN, state(str(number)))
    async with running(tmp_path / "kitchen") as device:
        device.bus.publish(NO_TURN, state("4"))
        async with listening(web, device, "?after=1") as stream:
            assert [(await stream.next())["state"] for _ in range(3)] == ["2", "3", "4"]


@pytest.mark.parametrize("after", [10, 2**40])
async def test_a_page_from_another_life_of_the_device_is_told_to_begin_anew(
    device: Device, web: aiohttp.ClientSession, after: int
) -> None:
    async with web.get(f"{device.url}/events?after={after}") as answer:
        assert await answer.content.readuntil(b"\n\n") == b"event: reset\ndata: {}\n\n"
        assert await answer.content.read() == b""


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "1" * 40])
async def test_a_resume_number_that_is_none_is_refused(device: Device, web: aiohttp.ClientSession, after: str) -> None:
    async with web.get(f"{device.url}/events", params={"after": after}) as answer:
        assert answer.status == 400


async def test_a_reader_that_does_not_keep_up_is_cut_off_and_resumes_without_loss(
    device: Device, web: aiohttp.ClientSession
) -> None:
    async with listening(web, device) as stream:
        for number in range(QUEUE + 1):  # without a pause in which the stream could be written
            device.bus.publish(NO_TURN, state(str(number)))
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await stream.rest()
    async with listening(web, device, "?after=0") as stream:
        assert [(await stream.next())["seq"] for _ in range(QUEUE + 1)] == list(range(1, QUEUE + 2))


def test_the_device_does_not_wait_for_a_reader() -> None:
    bus = Bus(SystemClock())
    cuts: list[bool] = []
    live = Live(bus)
    live.subscribe(lambda: cuts.append(True))
    for number in range(QUEUE + 10):
        bus.publish(NO_TURN, state(str(number)))
    assert cuts == [True]


async def test_a_quiet_stream_gives_signs_of_life(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEARTBEAT_S", 0.01)
    async with web.get(f"{device.url}/events") as answer:
        for _ in range(3):
            assert await answer.content.readuntil(b"\n\n") == server.ALIVE


async def test_the_number_of_streams_is_bounded_and_closed_ones_make_room(
    device: Device, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.companion.live.MAX_READERS", 1)
    async with listening(web, device), web.get(f"{device.url}/events") as answer:
        assert answer.status == 503
    async with asyncio.timeout(10):
        while True:
            async with web.get(f"{device.url}/events") as answer:
                if answer.status == 200:
                    break
            await asyncio.sleep(0)


async def test_the_device_stops_at_once_also_with_open_streams(tmp_path: Path, web: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(10), running(tmp_path / "kitchen") as device:
        answer = await web.get(f"{device.url}/events")
        await answer.content.readuntil(b"\n\n")
    assert await answer.content.read() == b""
    assert not (device.home / SOCKET_NAME).exists()
