"""Battery and heat, on boards that are played with files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.heat import hottest_c, is_hot
from hw.power import Battery, read_battery


def put(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n")
    return folder.parent


def test_a_board_on_the_mains_has_no_battery(tmp_path: Path) -> None:
    assert read_battery(tmp_path / "nothing") is None
    assert read_battery(put(tmp_path / "AC", type="Mains", online=1)) is None


def test_a_battery_that_nothing_feeds_is_discharging(tmp_path: Path) -> None:
    root = put(tmp_path / "BAT0", type="Battery", capacity=17, status="Discharging", present=1)
    assert read_battery(root) == Battery(17, discharging=True)
    put(tmp_path / "AC", type="Mains", online=1)
    assert read_battery(root) == Battery(17, discharging=False)


@pytest.mark.parametrize("status", ["Charging", "Full", "Not charging", "Unknown"])
def test_one_that_is_fed_or_does_not_say_is_not(tmp_path: Path, status: str) -> None:
    root = put(tmp_path / "BAT0", type="Battery", capacity=17, status=status)
    assert read_battery(root) == Battery(17, discharging=False)


def test_a_fuel_gauge_without_percent_is_reckoned(tmp_path: Path) -> None:
    root = put(tmp_path / "b", type="Battery", charge_now=500, charge_full=2000, status="Discharging")
    assert read_battery(root) == Battery(25, discharging=True)


def test_a_mouse_and_an_empty_bay_are_no_batteries_of_the_board(tmp_path: Path) -> None:
    put(tmp_path / "hidpp_battery_0", type="Battery", scope="Device", capacity=3, status="Discharging")
    root = put(tmp_path / "BAT1", type="Battery", present=0, capacity=0, status="Unknown")
    assert read_battery(root) is None


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_whatever_a_driver_says_a_battery_is_within_bounds(tmp_path_factory, capacity: bytes, status: bytes) -> None:
    root = put(tmp_path_factory.mktemp("board") / "BAT0", type="Battery")
    (root / "BAT0" / "capacity").write_bytes(capacity)
    (root / "BAT0" / "status").write_bytes(status)
    battery = read_battery(root)
    assert battery is None or 0 <= battery.percent <= 100


def test_a_board_is_hot_just_before_it_slows_down(tmp_path: Path) -> None:
    zone = tmp_path / "thermal_zone0"
    trips = {
        "trip_point_0_type": "active",
        "trip_point_0_temp": 50000,
        "trip_point_1_type": "passive",
        "trip_point_1_temp": 99000,
    }
    root = put(zone, type="cpu-thermal", temp=95999, **trips)
    assert not is_hot(root)
    put(zone, temp=96000)
    assert is_hot(root)
    assert hottest_c(root) == 96.0


@pytest.mark.parametrize(
    ("temp", "hot"), [(81999, False), (82000, True), (-274000, False), (999000, False), ("", False)]
)
def test_without_trip_points_85_degrees_count_and_a_broken_sensor_does_not(
    tmp_path: Path, temp: object, hot: bool
) -> None:
    root = put(tmp_path / "thermal_zone3", type="soc", temp=temp, trip_point_0_type="passive", trip_point_0_temp=0)
    assert is_hot(root) == hot


def test_a_machine_without_sensors_is_not_hot(tmp_path: Path) -> None:
    assert not is_hot(tmp_path / "nothing")
    assert hottest_c(tmp_path / "nothing") is None
