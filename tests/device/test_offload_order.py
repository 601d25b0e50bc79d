"""The order in which jobs reach the bridge: within a picture's family as asked for, and a backlog a few at a time."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from offload_parts import FAR, Device, accepted, device_in, failed, permission
from test_offload import offload_in
from test_offload_sender import ids

from cloud_bridge.protocol import ImageCreate, encode, parse_job
from device.offload._outbox import Job, Outbox
from device.offload._sender import WINDOW, Sender, to_offer


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


def jobs(*conversations: str) -> list[Job]:
    return [
        Job(id=str(n), turn="t", picture="p", body=b"", conversation=conversation, expires_at=FAR)
        for n, conversation in enumerate(conversations)
    ]


def test_the_next_of_a_conversation_waits_until_the_bridge_has_the_one_before() -> None:
    family = jobs("fox", "fox", "", "", "cat", "fox")
    assert ids(to_offer(family, now=1, bridge_away=False)) == [0, 2, 3, 4]
    for job in (family[0], *family[2:5]):
        job.offered_at = 1
    assert to_offer(family, now=2, bridge_away=False) == []
    family[0].accepted = True
    assert ids(to_offer(family, now=3, bridge_away=False)) == [1]
    family[1].cancelled = True  # it is not sent any more, so nobody waits for it
    assert ids(to_offer(family, now=3, bridge_away=False)) == [5]


async def test_what_descends_from_one_picture_is_one_conversation(device: Device) -> None:
    offload = offload_in(device)
    first = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
    second = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1, parent=first.id)
    third = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1, parent=second.id)
    other = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
    for picture in (first, third, second, other):
        await offload.submit(permission=permission("a fox"), turn="t", picture=picture, prompt="a fox", seed=1)
    loaded = Outbox(device.store)
    await loaded.load()
    for outbox in (offload._outbox, loaded):  # also in the next life
        assert [job.conversation for job in outbox.open()] == [first.id] * 3 + [other.id]
    for body in await device.store.read(lambda db: db.execute("SELECT body FROM outbox").fetchall()):
        request = parse_job(body[0])
        assert isinstance(request, ImageCreate)
        assert request.conversation in (first.id, other.id)


async def test_a_family_goes_one_by_one_as_the_bridge_takes_or_refuses_them(device: Device) -> None:
    offload = offload_in(device)
    offload._outbox = device.outbox
    picture = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
    family = [
        await offload.submit(permission=permission("a fox"), turn="t", picture=picture, prompt="a fox", seed=1)
        for _ in range(3)
    ]

    async def sent() -> list[str]:
        await device.sender.send_what_is_due()
        return [str(message.job) for message in device.wire.jobs()]

    assert await sent() == family[:1]
    assert await sent() == family[:1]
    await device.inbox.handle(accepted(family[0]))
    assert await sent() == family[:2]
    await device.inbox.handle(failed(family[1]))
    assert await sent() == family


async def test_after_an_outage_five_hundred_jobs_leave_a_few_at_a_time_and_the_first_at_once(device: Device) -> None:
    picture = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
    waiting = [ImageCreate(job=UUID(int=n), turn="t", created_at=0, expires_at=FAR, prompt="a") for n in range(500)]
    insert = "INSERT INTO outbox (job, turn, picture, body, expires_at) VALUES (?, 't', ?, ?, ?)"
    rows = [(str(each.job), picture.id, encode(each), FAR) for each in waiting]
    await device.store.write(lambda db: db.executemany(insert, rows))
    await device.outbox.load()
    sender = Sender(outbox=device.outbox, link=device.wire, device="d")
    sender.bridge_changed(away=False)
    accepted_so_far = 0
    while accepted_so_far < 500:
        await sender.send_what_is_due()
        sent = [str(message.job) for message in device.wire.jobs()]
        assert sent == [row[0] for row in rows[: accepted_so_far + WINDOW]]
        for job in sent[accepted_so_far : accepted_so_far + WINDOW]:  # all that are under way
            await device.inbox.handle(accepted(job))
        accepted_so_far = len(sent)
