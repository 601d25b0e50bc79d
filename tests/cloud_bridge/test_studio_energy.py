"""Energy, on a made-up powercap."""

from pathlib import Path

import pytest
from PIL import Image

from cloud_bridge.studio.easel import Easel, Painted
from cloud_bridge.studio.energy import Meter
from cloud_bridge.studio.wire import Generation


def package(powercap: Path, name: str, *, uj: int, called: str = "package-0") -> Path:
    directory = powercap / name
    directory.mkdir()
    (directory / "name").write_text(f"{called}\n")
    (directory / "max_energy_range_uj").write_text("9999999\n")
    (directory / "energy_uj").write_text(f"{uj}\n")
    return directory / "energy_uj"


def test_what_all_packages_took_meanwhile_is_counted_and_their_parts_are_not(tmp_path: Path) -> None:
    first = package(tmp_path, "intel-rapl:0", uj=1_000_000)
    second = package(tmp_path, "intel-rapl:1", uj=0, called="package-1")
    part = package(tmp_path, "intel-rapl:0:0", uj=0, called="core")
    whole = package(tmp_path, "intel-rapl:2", uj=0, called="psys")
    meter = Meter(tmp_path)
    meter.begin()
    first.write_text("3500000")
    second.write_text("500000")
    part.write_text("4000000")
    whole.write_text("9000000")
    assert meter.joules() == 3.0


def test_a_counter_may_begin_anew(tmp_path: Path) -> None:
    counter = package(tmp_path, "intel-rapl:0", uj=9_500_000)
    meter = Meter(tmp_path)
    meter.begin()
    counter.write_text("500000")
    assert meter.joules() == 1.0


@pytest.mark.parametrize("there", ["no powercap", "not ours to read", "junk"])
def test_where_nobody_counts_nothing_is_said(tmp_path: Path, there: str) -> None:
    if there != "no powercap":
        counter = package(tmp_path, "intel-rapl:0", uj=0)
        counter.write_text("none") if there == "junk" else counter.unlink()
    meter = Meter(tmp_path)
    meter.begin()
    assert meter.joules() is None


class Costly:
    """A piece that takes two joules."""

    size, transparent = (64, 64), False

    def __init__(self, counter: Path) -> None:
        self._counter = counter

    def paint(self, **_: object) -> Image.Image:
        self._counter.write_text("2000000")
        return Image.new("RGB", self.size)


async def test_a_picture_says_what_it_took(tmp_path: Path) -> None:
    piece = Costly(package(tmp_path, "intel-rapl:0", uj=0))
    easel = Easel(Meter(tmp_path))
    commission = easel.order(piece, Generation(prompt="a red fox"), key=None)
    painted = [step async for step in commission.watch() if isinstance(step, Painted)]
    easel.close()
    assert [step.joules for step in painted] == [2.0]
