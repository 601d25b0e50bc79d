"""`nightjar bridge jobs`: whoever runs the bridge looks at jobs and sets some right, and no device is told two ends."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pytest
from bridge_desk import NOW, Desk
from bridge_parts import WITHIN_S, Provider, bridge_toml, device, never, request
from test_operations import bridge, get, until

from cloud_bridge.broker import Broker
from cloud_bridge.by_hand import ByHand, Refused
from cloud_bridge.entry import Ended
from cloud_bridge.jobs import look
from cloud_bridge.protocol import Failed, Final, ImageCreate, encode
from nightjar.cli import main


@pytest.fixture
async def desk(tmp_path: Path):
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


def by_hand(desk: Desk) -> ByHand:
    return ByHand(ledger=desk.ledger, delivery=desk.delivery, workers=desk.front._workers, now=lambda: NOW)


async def ended(desk: Desk, state: Ended, *, told: bool = False) -> ImageCreate:
    wish = await desk.asked()
    entry = await desk.ledger.find("lamp", str(wish.job))
    assert entry is not None
    end = await desk.ledger.end(entry, state, encode(Failed(job=wish.job, code="provider_error", text="No.")), now=NOW)
    assert end is not None
    if told:
        await desk.delivery.deliver(end)
    return wish


@pytest.mark.parametrize("state", ["failed", "expired"])
async def test_what_failed_is_made_after_all_where_its_device_has_not_heard(desk: Desk, state: Ended) -> None:
    wish = await ended(desk, state)
    said = await by_hand(desk).requeue("lamp", str(wish.job), may_be_billed_again=False)
    assert said == "It waits for its turn again."
    assert await desk.state_of(wish) == ("queued", 0)
    assert await desk.ledger.unacknowledged() == []
    again = await desk.ledger.claim(now=NOW + 1800)
    assert again is not None
    assert again.job == str(wish.job)


async def test_what_may_have_been_billed_is_made_again_only_by_a_word_that_says_so(desk: Desk) -> None:
    wish = await ended(desk, "outcome_unknown")
    with pytest.raises(Refused, match="may bill it twice"):
        await by_hand(desk).requeue("lamp", str(wish.job), may_be_billed_again=False)
    assert await desk.state_of(wish) == ("outcome_unknown", 0)
    await by_hand(desk).requeue("lamp", str(wish.job), may_be_billed_again=True)
    assert await desk.state_of(wish) == ("queued", 0)


async def test_a_device_that_may_have_heard_the_end_gets_no_second_one(desk: Desk) -> None:
    wish = await ended(desk, "failed", told=True)
    with pytest.raises(Refused, match="on its way to the device"):
        await by_hand(desk).requeue("lamp", str(wish.job), may_be_billed_again=True)
    await desk.ledger.acknowledge("lamp", str(wish.job), now=NOW)
    with pytest.raises(Refused, match="is done with it"):
        await by_hand(desk).requeue("lamp", str(wish.job), may_be_billed_again=True)


async def test_what_did_not_fail_is_left_alone(desk: Desk) -> None:
    made = await desk.made()
    waiting = await desk.asked()
    for job in (str(waiting.job), str(made)):
        with pytest.raises(Refused, match="It did not fail"):
            await by_hand(desk).requeue("lamp", job, may_be_billed_again=True)
    with pytest.raises(Refused, match="It is over already"):
        await by_hand(desk).cancel("lamp", str(made))
    with pytest.raises(Refused, match="There is no such job"):
        await by_hand(desk).cancel("lamp", str(uuid4()))


async def test_a_job_that_is_cancelled_by_hand_is_told_to_its_device(desk: Desk) -> None:
    wish = await desk.asked()
    assert await by_hand(desk).cancel("lamp", str(wish.job)) == "Cancelled."
    (failed,) = await desk.hears(Failed)
    assert (failed.code, failed.text) == ("cancelled", "Whoever runs the bridge has cancelled it.")


async def test_jobs_are_chosen_by_state_device_and_time(desk: Desk, tmp_path: Path) -> None:
    failed, waiting = await ended(desk, "failed"), await desk.asked()
    path = tmp_path / "ledger.sqlite"
    assert [seen.job for seen in look(path)] == [str(waiting.job), str(failed.job)]
    assert [seen.job for seen in look(path, state="queued")] == [str(waiting.job)]
    assert look(path, device="clock") == look(path, since=NOW + 1) == []
    (seen,) = look(path, job=str(failed.job))
    assert (seen.code, seen.kind, seen.ended_at) == ("provider_error", "image", NOW)


async def test_the_command_looks_and_cancels_beside_a_running_bridge(
    tmp_path: Path, broker: Broker, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.answers = [never]
    wish, done = request("a quokka on a bicycle"), request("another quokka")
    config = bridge_toml(tmp_path, broker, provider.url)

    async def jobs(*arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, ["bridge", "--config", str(config), "jobs", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    async with bridge(config) as (_, url), device(broker) as lamp:
        await lamp.send(wish)
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
        await lamp.send(done)
        await lamp.hears(Final, done.job)
        await lamp.ack(done.job)
        await until(lambda: jobs("--state", "acknowledged"), lambda found: str(done.job) in found[1])
        code, out, _ = await jobs("--json", "--since", "1h")
        told = {line["job"]: line for line in map(json.loads, out.splitlines())}
        assert (code, told[str(wish.job)]["state"], told[str(done.job)]["calls"]) == (0, "calling", 1)
        assert (await jobs("requeue", str(wish.job)))[::2] == (1, "nightjar: It did not fail: calling.\n")
        code, out, _ = await jobs("cancel", str(wish.job))
        assert (code, out) == (0, "Cancelled; the provider was being called for it and may bill it.\n")
        assert (await lamp.hears(Failed, wish.job)).code == "cancelled"
        assert "cancelled" in (await jobs("show", str(wish.job)))[1]
        assert (await get(f"{url}/jobs/lamp/{wish.job}/cancel"))[0] == 405
        everything = "".join([(await jobs())[1], (await jobs("show", str(done.job)))[1]])
        assert "quokka" not in everything
    assert (await jobs("show", str(done.job)))[0] == 0
    code, _, err = await jobs("cancel", str(done.job))
    assert (code, "does not run here" in err) == (1, True)
    assert (await jobs("--state", "lost"))[0] == 1
