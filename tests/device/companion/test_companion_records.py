"""What the device keeps of its owner, over real HTTP: read, deleted, taken along, and by paired phones alone."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from companion_device import Device, running
from companion_parts import pair

from device import events
from device.context.when import When

CHANGES = ("/api/memory/forget", "/api/history/delete")
READS = ("/api/memory", "/api/history", "/api/sent", "/api/export")


async def get(web: aiohttp.ClientSession, device: Device, path: str) -> Any:
    async with web.get(device.url + path) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"
        return await answer.json()


async def post(web: aiohttp.ClientSession, device: Device, path: str, body: Any) -> tuple[int, Any]:
    async with web.post(device.url + path, json=body, headers={"Origin": device.url}) as answer:
        return answer.status, await answer.json()


def say(device: Device, heard: str, reply: str) -> None:
    turn = device.ask(heard)
    device.bus.publish(turn, events.Reply(reply))


async def send(device: Device, at: float, content: str) -> None:
    """Write an audit line, as the offload does."""
    row = (at, "t", f"job {at}", "image.create", "bridge:8883", content)
    await device.kept.store.write(
        lambda db: db.execute(
            "INSERT INTO audit (at, turn, job, what, destination, content) VALUES (?, ?, ?, ?, ?, ?)", row
        )
    )


async def test_facts_are_listed_and_forgotten_one_by_one(device: Device, web: aiohttp.ClientSession) -> None:
    for text in ("Lina likes foxes", "my gate code is 4711", "Tom is ten"):
        await device.kept.memory.remember(text)
    facts = (await get(web, device, "/api/memory"))["facts"]
    assert [fact["text"] for fact in facts] == ["Tom is ten", "my gate code is 4711", "Lina likes foxes"]
    wanted = {"facts": [facts[1]["n"], 999]}
    assert await post(web, device, "/api/memory/forget", wanted) == (200, {"forgotten": 1})
    assert await post(web, device, "/api/memory/forget", wanted) == (200, {"forgotten": 0})
    assert len((await get(web, device, "/api/memory"))["facts"]) == 2


async def test_all_facts_are_forgotten_at_once(device: Device, web: aiohttp.ClientSession) -> None:
    for number in range(3):
        await device.kept.memory.remember(f"fact {number}")
    assert await post(web, device, "/api/memory/forget", {"facts": "all"}) == (200, {"forgotten": 3})
    assert (await get(web, device, "/api/memory"))["facts"] == []


@pytest.mark.parametrize(
    "body", [{}, {"facts": "some"}, {"facts": [0]}, {"facts": ["1"] * 2000}, {"facts": None}, [], {"all": True}]
)
async def test_nothing_is_forgotten_by_mistake(device: Device, web: aiohttp.ClientSession, body: Any) -> None:
    await device.kept.memory.remember("Lina likes foxes")
    status, answer = await post(web, device, "/api/memory/forget", body)
    assert (status, answer["error"]) == (400, 'Say which facts to forget: a list of their numbers, or "all".')
    assert len(device.kept.memory.facts()) == 1


async def test_the_conversation_is_read_backwards_and_deleted(device: Device, web: aiohttp.ClientSession) -> None:
    for number in range(60):
        say(device, f"question {number}", f"answer {number}")
        await device.kept.recorder.save()
    turns = (await get(web, device, "/api/history"))["turns"]
    assert [turn["heard"] for turn in turns] == [f"question {number}" for number in range(59, 9, -1)]
    assert turns[0]["reply"] == "answer 59"
    older = (await get(web, device, f"/api/history?before={turns[-1]['at']!r}"))["turns"]
    assert [turn["heard"] for turn in older] == [f"question {number}" for number in range(9, -1, -1)]
    assert await post(web, device, "/api/history/delete", {}) == (200, {"deleted": True})
    assert (await get(web, device, "/api/history"))["turns"] == []
    assert (await get(web, device, "/api/turns"))["turns"] == []
    assert "question" not in json.dumps(await get(web, device, "/api/state"))


async def test_what_left_the_house_is_listed(device: Device, web: aiohttp.ClientSession) -> None:
    await send(device, 1.0, "a fox")
    await send(device, 2.0, "a castle")
    first, second = (await get(web, device, "/api/sent"))["sent"]
    assert first == {
        "at": 2.0,
        "what": "image.create",
        "destination": "bridge:8883",
        "content": "a castle",
        "waiting": False,
    }
    assert (await get(web, device, "/api/sent?before=2"))["sent"] == [second]


@pytest.mark.parametrize("before", ["x", "-1", "nan", "inf", ""])
async def test_the_time_to_read_from_is_a_number(device: Device, web: aiohttp.ClientSession, before: str) -> None:
    for path in ("/api/history", "/api/sent"):
        async with web.get(device.url + path, params={"before": before}) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"] == "The time to read back from must be a number of seconds."


async def test_everything_is_taken_along_in_one_file(device: Device, web: aiohttp.ClientSession) -> None:
    await device.kept.memory.remember("Lina likes foxes — 🦊")
    await device.kept.lists.add("shopping", ["milk"])
    await device.kept.notes.take("the gate is 4711")
    nine = datetime(2030, 1, 1, 9, tzinfo=device.kept.agenda.now().tzinfo)
    await device.kept.agenda.add("reminder", "call Mum", When(nine))
    say(device, "draw a fox", "A fox.")
    await send(device, 1_800_000_000.0, "a fox")
    async with web.get(f"{device.url}/api/export") as answer:
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="nightjar-20')
        body = await answer.json()
    assert [fact["text"] for fact in body["facts"]] == ["Lina likes foxes — 🦊"]
    assert [(turn["heard"], turn["reply"]) for turn in body["history"]] == [("draw a fox", "A fox.")]
    assert body["sent"][0]["at"] == "2027-01-15T08:00:00+00:00"
    assert body["lists"] == [{"name": "shopping", "items": ["milk"]}]
    assert [note["text"] for note in body["notes"]] == ["the gate is 4711"]
    assert [(entry["kind"], entry["about"], entry["at"]) for entry in body["agenda"]] == [
        ("reminder", "call Mum", "2030-01-01T09:00")
    ]
    assert set(body) == {"exported_at", "facts", "lists", "notes", "agenda", "history", "answers", "sent"}


async def test_strangers_read_and_delete_nothing(tmp_path: Path, web: aiohttp.ClientSession) -> None:
    async with running(tmp_path / "kitchen", pairing=True, host="nightjar.local") as device:
        await device.kept.memory.remember("Lina likes foxes")
        for path in READS:
            async with web.get(device.url + path) as answer:
                assert answer.status == 401
                assert "foxes" not in await answer.text()
        for path in CHANGES:
            assert (await post(web, device, path, {"facts": "all"}))[0] == 401
        await pair(web, device)
        assert len((await get(web, device, "/api/memory"))["facts"]) == 1
        assert (await post(web, device, CHANGES[0], {"facts": "all"}))[0] == 200


@pytest.mark.parametrize("path", CHANGES)
async def test_another_site_deletes_nothing(device: Device, web: aiohttp.ClientSession, path: str) -> None:
    await device.kept.memory.remember("Lina likes foxes")
    say(device, "draw a fox", "A fox.")
    body = {"facts": "all"}
    async with web.post(device.url + path, json=body, headers={"Origin": "http://elsewhere.example"}) as answer:
        assert answer.status == 403
    async with web.post(device.url + path, data=json.dumps(body), headers={"Origin": device.url}) as answer:
        assert answer.status == 415
    assert len(device.kept.memory.facts()) == 1
    assert len((await get(web, device, "/api/history"))["turns"]) == 1
