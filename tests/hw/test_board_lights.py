"""Lights, on a directory that looks as the kernel's does."""

import os
from pathlib import Path

import pytest

from hw.lights import Light, LightFault, find_lights


def led(root: Path, name: str, most: int = 255, parts: str = "") -> Path:
    """An LED as the kernel shows it; with `parts`, of several colours."""
    files = root / name
    files.mkdir(parents=True)
    (files / "brightness").write_text("0\n")
    (files / "max_brightness").write_text(f"{most}\n")
    (files / "trigger").write_text("none [heartbeat] timer\n")
    if parts:
        (files / "multi_index").write_text(f"{parts}\n")
        (files / "multi_intensity").write_text("0 0 0\n")
    return files


def test_a_light_of_one_colour_is_as_bright_as_the_brightest_part(tmp_path: Path) -> None:
    files = led(tmp_path, "status", most=31)
    light = Light("status", tmp_path)
    assert (files / "trigger").read_text() == "none"
    light.show((1.0, 0.2, 0.0))
    assert (files / "brightness").read_text() == "31"
    light.show((0.0, 0.0, 0.25))
    assert (files / "brightness").read_text() == "8"
    light.show((0.0, 0.0, 0.0))
    assert (files / "brightness").read_text() == "0"


@pytest.mark.parametrize(
    ("parts", "written"), [("red green blue", "255 128 0"), ("blue white red green", "0 0 255 128")]
)
def test_a_light_of_several_colours_gets_them_in_its_own_order(tmp_path: Path, parts: str, written: str) -> None:
    files = led(tmp_path, "rgb:status", parts=parts)
    light = Light("rgb:status", tmp_path)
    light.show((1.0, 0.5, 0.0))
    assert (files / "multi_intensity").read_text() == written
    assert (files / "brightness").read_text() == "255"
    light.show((0.0, 0.0, 0.0))
    assert (files / "brightness").read_text() == "0"


def test_a_light_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LightFault, match="no light 'status'"):
        Light("status", tmp_path)


def test_a_light_that_was_unplugged_is_one_sentence(tmp_path: Path) -> None:
    files = led(tmp_path, "status")
    light = Light("status", tmp_path)
    for file in files.iterdir():
        file.unlink()
    files.rmdir()
    with pytest.raises(LightFault, match=r"^The light 'status' doesn't obey: No such file or directory\.$"):
        light.show((1.0, 1.0, 1.0))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_light_of_somebody_else_is_one_sentence(tmp_path: Path) -> None:
    (led(tmp_path, "status") / "trigger").chmod(0o444)
    with pytest.raises(LightFault, match="udev"):
        Light("status", tmp_path)


@pytest.mark.parametrize("text", ["", "many\n", "-5\n"])
def test_a_driver_that_names_no_number_is_taken_for_an_ordinary_one(tmp_path: Path, text: str) -> None:
    files = led(tmp_path, "status")
    (files / "max_brightness").write_text(text)
    Light("status", tmp_path).show((1.0, 1.0, 1.0))
    assert (files / "brightness").read_text() == "255"


def test_the_lights_that_there_are(tmp_path: Path) -> None:
    led(tmp_path, "pwr")
    led(tmp_path, "act")
    (tmp_path / "no-led").mkdir()
    assert find_lights(tmp_path) == ["act", "pwr"]
    assert find_lights(tmp_path / "nowhere") == []
