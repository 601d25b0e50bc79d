"""What is deleted, and what is not."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_desk import NOW, Desk
from bridge_parts import png

from cloud_bridge.housekeeping import DAY_S, JOBS_KEPT_S, tidy
from cloud_bridge.picture import look_at

LINK_S = 60.0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


async def tidied(desk: Desk, *, later_s: float) -> None:
    for path in desk.pictures():
        os.utime(path, (NOW, NOW))
    await tidy(desk.ledger, desk.media, link_valid_s=LINK_S, now=NOW + later_s)


async def test_partial_pictures_go_after_a_day_and_finals_stay_until_their_device_has_them(desk: Desk) -> None:
    job = await desk.made()
    await desk.media.store(look_at(png(colour="blue")))
    (final,) = [path for path in desk.pictures() if path.read_bytes() == png((64, 64))]
    await tidied(desk, later_s=DAY_S)
    assert len(desk.pictures()) == 2
    await tidied(desk, later_s=100 * DAY_S)
    assert desk.pictures() == [final]
    await desk.ledger.acknowledge("lamp", str(job), now=NOW + 100 * DAY_S)
    await tidied(desk, later_s=101 * DAY_S)
    assert desk.pictures() == [final]
    await tidied(desk, later_s=101 * DAY_S + LINK_S + 1)
    assert desk.pictures() == []


async def test_a_picture_that_two_jobs_share_stays_for_the_second(desk: Desk) -> None:
    job = await desk.made()
    await desk.made(device="clock")
    await desk.ledger.acknowledge("lamp", str(job), now=NOW)
    await tidied(desk, later_s=10 * DAY_S)
    assert len(desk.pictures()) == 1


async def test_jobs_are_forgotten_thirty_days_after_their_acknowledgement(desk: Desk) -> None:
    had, owed = await desk.made(), await desk.made()
    await desk.ledger.acknowledge("lamp", str(had), now=NOW)
    await tidied(desk, later_s=JOBS_KEPT_S)
    assert await desk.ledger.find("lamp", str(had)) is not None
    await tidied(desk, later_s=JOBS_KEPT_S + 1)
    assert await desk.ledger.find("lamp", str(had)) is None
    assert await desk.ledger.find("lamp", str(owed)) is not None
