"""The inbox: what the bridge says, in any order and any number of times, ends a job once."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offload_parts import (
    FIRST,
    SECOND,
    Device,
    accepted,
    device_in,
    failed,
    final,
    partial,
)

from cloud_bridge import protocol
from cloud_bridge.protocol import Renew, encode
from device.events import Artifact, Failed
from device.offload import _inbox as inbox_module
from device.offload._fetch import Damaged, Forbidden, LinkExpired, Unreachable
from device.offload._inbox import MAX_DAMAGED


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


# What the bridge says, once and in order


async def test_a_job_goes_from_order_to_picture_to_acknowledgement(device: Device) -> None:
    job, picture = await device.order()
    await device.sender.send_what_is_due()
    await device.inbox.handle(accepted(job))
    await device.inbox.handle(encode(protocol.Progress(job=UUID(job), fraction=0.5)))
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    assert await device.inbox.fetch_finals() is None
    assert await device.rows() == [(1, 0, 1)]
    await device.sender.send_what_is_due()

    assert [message.type for message in device.wire.jobs()] == ["image.create"]
    assert device.wire.acks() == [job]
    assert [one.event.name for one in device.happened] == ["job_progress", "artifact", "artifact"]
    assert await device.stages(picture) == ["partial", "final"]
    assert await device.rows() == []
    found = await device.gallery.get(picture.id)
    assert found is not None
    assert found.best is not None
    assert device.events(Artifact)[-1] == Artifact(
        artifact=found.best.id,
        picture=picture.id,
        stage="final",
        engine="Studio",
        path=str(found.best.path),
        width=64,
        height=64,
    )


async def test_a_refusal_is_told_in_its_sentence_and_acknowledged(device: Device) -> None:
    job, _ = await device.order()
    await device.inbox.handle(failed(job))
    await device.sender.send_what_is_due()
    assert device.events(Failed) == [Failed("refused", "That can't be drawn.", job)]
    assert device.wire.acks() == [job]
    assert await device.rows() == []


async def test_nothing_is_acknowledged_before_it_is_stored(device: Device) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    await device.inbox.handle(final(job))
    assert (await device.inbox.fetch_finals() or 0) > 0
    await device.sender.send_what_is_due()
    assert device.wire.acks() == []
    assert await device.stages(picture) == []

    seen: list[list[str]] = []

    async def look(topic: str, body: bytes) -> None:
        if topic.endswith("/acks"):
            seen.append(await device.stages(picture))

    device.wire.before = look
    device.answers.clear()
    await device.inbox.handle(final(job, "http://bridge/b"))  # a new link is tried at once
    await device.inbox.fetch_finals()
    await device.sender.send_what_is_due()
    assert seen == [["final"]]


async def test_an_end_that_is_repeated_after_it_was_forgotten_is_acknowledged_again(device: Device) -> None:
    job, picture = await device.order()
    for _ in range(3):
        await device.inbox.handle(final(job))
        await device.inbox.fetch_finals()
        await device.sender.send_what_is_due()
    stranger = str(uuid4())
    await device.inbox.handle(failed(stranger))
    await device.sender.send_what_is_due()
    assert device.wire.acks() == [job, job, job, stranger]
    assert len(device.ends()) == 1
    assert await device.stages(picture) == ["final"]


async def test_a_result_for_a_picture_that_was_deleted_ends_the_job_without_a_picture(
    device: Device, tmp_path: Path
) -> None:
    job, picture = await device.order()
    await device.gallery.delete(picture.id)
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    await device.inbox.fetch_finals()
    await device.sender.send_what_is_due()
    assert device.wire.acks() == [job]
    assert device.happened == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_an_expired_link_is_renewed_once_and_the_new_one_fetched(device: Device) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/old"] = LinkExpired("The picture's link is not good any more (403).")
    await device.inbox.handle(final(job, "http://bridge/old"))
    await device.inbox.fetch_finals()
    for _ in range(2):
        await device.sender.send_what_is_due()
    assert [message for message in device.wire.jobs() if isinstance(message, Renew)] == [Renew(job=UUID(job))]

    await device.inbox.handle(final(job, "http://bridge/new"))
    await device.inbox.fetch_finals()
    assert await device.stages(picture) == ["final"]


async def test_a_result_that_is_damaged_again_and_again_ends_the_job(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Damaged("The picture's bytes are not the ones that the bridge promised.")
    await device.inbox.handle(final(job))
    for _ in range(MAX_DAMAGED - 1):
        await device.inbox.fetch_finals()
    assert device.happened == []
    await device.inbox.fetch_finals()
    assert [one.code for one in device.events(Failed) if isinstance(one, Failed)] == ["damaged"]
    await device.sender.send_what_is_due()
    assert device.wire.acks() == [job]
    assert await device.stages(picture) == []


async def test_a_picture_that_is_nowhere_is_asked_for_a_few_times_and_no_link_helps(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, _ = await device.order()
    device.answers["http://bridge/a"] = Damaged("The picture is not where it should be (404).")
    await device.inbox.handle(final(job))
    for _ in range(MAX_DAMAGED):
        await device.inbox.fetch_finals()
        await device.sender.send_what_is_due()
    assert [one.text for one in device.events(Failed) if isinstance(one, Failed)] == [
        "The finished picture was missing or damaged every time it was fetched."
    ]
    assert [message for message in device.wire.jobs() if isinstance(message, Renew)] == []


async def test_a_server_that_is_away_for_days_is_asked_for_days(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    await device.inbox.handle(final(job))
    for _ in range(1100):
        assert await device.inbox.fetch_finals() is not None
    device.answers.clear()
    await device.inbox.fetch_finals()
    assert await device.stages(picture) == ["final"]


async def test_links_that_are_no_good_one_after_the_other_are_not_tried_as_fast_as_they_come(device: Device) -> None:
    job, picture = await device.order()
    for number in range(9):
        url = f"http://bridge/{number}"
        device.answers[url] = LinkExpired("The picture's link is not good any more (403).")
        await device.inbox.handle(final(job, url))
        await device.inbox.fetch_finals()
        await device.sender.send_what_is_due()
    assert len([message for message in device.wire.jobs() if isinstance(message, Renew)]) == 2
    assert await device.stages(picture) == []


async def test_a_place_that_may_not_be_asked_ends_the_job_at_once_in_a_sentence(device: Device) -> None:
    job, _ = await device.order()
    device.answers["http://bridge/a"] = Forbidden("The bridge keeps the picture at 'router'.")
    await device.inbox.handle(final(job))
    assert await device.inbox.fetch_finals() is None
    assert device.events(Failed) == [Failed("forbidden_address", "The bridge keeps the picture at 'router'.", job)]


async def test_other_bytes_than_promised_are_damage_and_leave_nothing(device: Device, tmp_path: Path) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = SECOND
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    assert (await device.inbox.fetch_finals() or 0) > 0
    assert await device.stages(picture) == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_bytes_with_the_right_hash_that_are_no_picture_are_damage(device: Device, tmp_path: Path) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = b"the bridge hashed a web page"
    await device.inbox.handle(final(job))
    assert (await device.inbox.fetch_finals() or 0) > 0
    assert await device.stages(picture) == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_a_preview_that_can_not_be_fetched_is_skipped(device: Device) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    device.answers.clear()
    await device.inbox.handle(partial(job, 1, SECOND))
    await device.inbox.fetch_partial()
    assert await device.stages(picture) == ["partial"]
    assert len(device.events(Artifact)) == 1


async def test_of_previews_that_come_faster_than_they_are_fetched_the_latest_is_shown(device: Device) -> None:
    job, picture = await device.order()
    await device.inbox.handle(partial(job, 1, SECOND))
    await device.inbox.handle(partial(job, 0, FIRST))  # overtaken
    await device.inbox.fetch_partial()
    await device.inbox.fetch_partial()
    found = await device.gallery.get(picture.id)
    assert found is not None
    assert [version.sha256 for version in found.versions] == [hashlib.sha256(SECOND).hexdigest()]


# What the bridge says, in any order and any number of times

STEPS = (
    "accepted",
    "progress",
    "partial 0",
    "partial 1",
    "final",
    "final renewed",
    "failed",
    "fetch",
    "preview",
    "send",
)


async def live(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with device_in(Path(directory)) as device:
            job, picture = await device.order()
            messages = {
                "accepted": accepted(job),
                "progress": encode(protocol.Progress(job=UUID(job), fraction=0.5)),
                "partial 0": partial(job, 0, FIRST),
                "partial 1": partial(job, 1, SECOND),
                "final": final(job),
                "final renewed": final(job, "http://bridge/b"),
                "failed": failed(job),
            }
            actions = {
                "fetch": device.inbox.fetch_finals,
                "preview": device.inbox.fetch_partial,
                "send": device.sender.send_what_is_due,
            }

            async def only_after_the_end(topic: str, body: bytes) -> None:
                assert topic.endswith("/jobs") or device.ends()

            device.wire.before = only_after_the_end
            for step in steps:
                await (device.inbox.handle(messages[step]) if step in messages else actions[step]())
            for finish in ("fetch", "preview", "send"):
                await actions[finish]()

            told_end = any(step in ("final", "final renewed", "failed") for step in steps)
            assert len(device.ends()) == (1 if told_end else 0)
            assert (await device.rows() == []) == told_end
            assert (device.wire.acks() != []) == told_end
            has_final = "final" in await device.stages(picture)
            assert has_final == any(isinstance(end, Artifact) for end in device.ends())
            if told_end:
                assert device.happened[-1].event == device.ends()[0]


@settings(max_examples=60, derandomize=True)
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_in_whatever_order_messages_come_a_job_ends_once_and_is_acknowledged_after_that(steps: list[str]) -> None:
    asyncio.run(live(steps))


async def test_a_failure_and_a_picture_that_meet_end_the_job_once(device: Device, tmp_path: Path) -> None:
    job, picture = await device.order()
    await device.inbox.handle(final(job))
    await asyncio.gather(device.inbox.fetch_finals(), device.inbox.handle(failed(job)))
    assert len(device.ends()) == 1
    files = list((tmp_path / "pictures").iterdir())
    assert len(files) == len(await device.stages(picture))
