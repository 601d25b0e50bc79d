"""How much may wait on the device, and what is said when it is too much."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from offload_parts import FAR
from phrase_parts import ARABIC, ENGLISH

from device.offload import OutboxFull
from device.offload._outbox import Input, Job
from device.offload._quota import KEEP_FREE_BYTES, MAX_PENDING, MAX_WAITING_BYTES, make_room
from device.phrases import Phrases


def waiting(number: int, *, picture_bytes: int = 0) -> list[Job]:
    sent_along = [Input("ab", "image/png", picture_bytes)] if picture_bytes else []
    return [Job(id=str(n), turn="t", picture="p", body=b"{}", expires_at=FAR, inputs=sent_along) for n in range(number)]


def ask(tmp_path: Path, jobs: list[Job], more_bytes: int = 2, phrases: Phrases = ENGLISH) -> None:
    make_room(more_bytes, waiting=jobs, oldest_s=2 * 3600, store=tmp_path / "device.sqlite", phrases=phrases)


def test_five_hundred_jobs_may_wait_and_the_next_is_refused(tmp_path: Path) -> None:
    ask(tmp_path, waiting(MAX_PENDING - 1))
    with pytest.raises(OutboxFull, match="500 pictures are waiting for the bridge already, the oldest for 2 hours"):
        ask(tmp_path, waiting(MAX_PENDING))


def test_bodies_and_pictures_that_wait_are_counted_in_bytes(tmp_path: Path) -> None:
    half = MAX_WAITING_BYTES // 2
    ask(tmp_path, waiting(1, picture_bytes=half), half - 2)
    with pytest.raises(OutboxFull, match="1 picture is waiting for the bridge already, for 2 hours; try again later"):
        ask(tmp_path, waiting(1, picture_bytes=half), half - 1)


def test_what_waits_leaves_the_rest_of_the_device_some_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=KEEP_FREE_BYTES + 10))
    ask(tmp_path, [], 10)
    with pytest.raises(OutboxFull, match="The disk is nearly full, so nothing more can wait for the bridge"):
        ask(tmp_path, [], 11)


def test_it_is_said_in_arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutboxFull, match=r"^تنتظر الجسر صور كثيرة بالفعل، عددها خمسمئة، وأقدمها منذ ساعتين؛"):
        ask(tmp_path, waiting(MAX_PENDING), phrases=ARABIC)
    with pytest.raises(OutboxFull, match=r"^تنتظر الجسر صورة بالفعل منذ ساعتين؛"):
        ask(tmp_path, waiting(1), MAX_WAITING_BYTES, ARABIC)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(OutboxFull, match=r"^القرص شبه ممتلئ"):
        ask(tmp_path, [], phrases=ARABIC)
