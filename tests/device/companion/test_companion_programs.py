"""The socket file: the way in for programs on this machine."""

import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from companion_device import Device, running

from device import events
from device.companion.control import SOCKET_NAME


@asynccontextmanager
async def program(device: Device) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.UnixConnector(str(device.home / SOCKET_NAME))
    async with aiohttp.ClientSession("http://device", connector=connector) as session:
        yield session


async def lines_of(answer: aiohttp.ClientResponse) -> list[str]:
    return [json.loads(line)["event"] async for line in answer.content]


async def test_the_socket_file_is_for_its_owner_alone(device: Device) -> None:
    assert stat.S_IMODE((device.home / SOCKET_NAME).stat().st_mode) == 0o600


async def test_a_socket_file_of_a_dead_device_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "kitchen").mkdir()
    (tmp_path / "kitchen" / SOCKET_NAME).touch()
    async with running(tmp_path / "kitchen") as device, program(device) as session:
        assert (await session.post("/ask", json={})).status == 400


async def test_a_program_gets_its_turn_and_only_that_until_it_is_finished(device: Device) -> None:
    def answer(text: str) -> str:
        turn, other = device.bus.begin_turn(), device.bus.begin_turn()
        device.bus.publish(turn, events.Transcript(text, "en", 1.0))  # before ask() has returned
        device.bus.publish(other, events.Reply("Not yours."))
        device.bus.publish(turn, events.JobQueued("j", "image.create"))
        device.bus.publish(turn, events.TurnFinished({}))
        device.bus.publish(turn, events.JobProgress("j", 0.5))
        return turn

    device.answer = answer
    async with program(device) as session:
        assert await lines_of(await session.post("/ask", json={"text": "draw a fox"})) == [
            "transcript",
            "job_queued",
            "turn_finished",
        ]


@pytest.mark.parametrize(
    "end",
    [events.Artifact("a", "p", "final", "e", "/x.png", 1, 1), events.Failed("refused", "It can't be made.", "j")],
)
async def test_a_program_that_waits_gets_the_end_of_the_job(device: Device, end: events.Event) -> None:
    def answer(_: str) -> str:
        turn = device.bus.begin_turn()
        device.bus.publish(turn, events.JobQueued("j", "image.create"))
        device.bus.publish(turn, events.TurnFinished({}))
        device.bus.publish(turn, events.Artifact("a", "p", "partial", "e", "/x.png", 1, 1))
        device.bus.publish(turn, end)
        return turn

    device.answer = answer
    async with program(device) as session:
        response = await session.post("/ask", json={"text": "draw a fox", "wait_s": 600})
        assert await lines_of(response) == ["job_queued", "turn_finished", "artifact", end.name]


async def test_a_program_that_waits_for_nothing_more_is_not_kept(device: Device) -> None:
    def answer(_: str) -> str:
        turn = device.bus.begin_turn()
        device.bus.publish(turn, events.TurnFinished({}))
        return turn

    device.answer = answer
    async with program(device) as session:
        assert await lines_of(await session.post("/ask", json={"text": "what time is it", "wait_s": 600})) == [
            "turn_finished"
        ]


async def test_waiting_ends_when_the_time_is_over(device: Device) -> None:
    def answer(_: str) -> str:
        turn = device.bus.begin_turn()
        device.bus.publish(turn, events.JobQueued("j", "image.create"))
        device.bus.publish(turn, events.TurnFinished({}))
        return turn

    device.answer = answer
    async with program(device) as session:
        response = await session.post("/ask", json={"text": "draw a fox", "wait_s": 0.01})
        assert await lines_of(response) == ["job_queued", "turn_finished"]


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " "}, {"text": "x" * 2001}, {"text": "a", "wait_s": -1}, []]
)
async def test_a_program_that_asks_for_nonsense_is_told_so(device: Device, body: Any) -> None:
    async with program(device) as session, session.post("/ask", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].startswith("Give a text")


async def test_a_program_gets_a_link_for_one_more_phone(paired_device: Device, web: aiohttp.ClientSession) -> None:
    async with program(paired_device) as session, session.post("/pair") as answer:
        link = await answer.json()
    assert link["qr"]
    token = link["url"].partition("#pair=")[2]
    async with web.post(
        f"{paired_device.url}/api/pair", json={"token": token}, headers={"Origin": paired_device.url}
    ) as answer:
        assert answer.status == 200


async def test_there_is_no_link_while_pairing_is_off(device: Device) -> None:
    async with program(device) as session, session.post("/pair") as answer:
        assert answer.status == 409
        assert "pairing = true" in (await answer.json())["error"]
