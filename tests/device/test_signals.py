"""What the board feels, looked at now and then."""

from pathlib import Path

from device.signals import Senses, Signals


async def test_a_look_is_kept_until_the_next(tmp_path: Path) -> None:
    battery, zone = tmp_path / "power" / "BAT0", tmp_path / "thermal" / "thermal_zone0"
    for folder, files in (
        (battery, {"type": "Battery", "capacity": "15", "status": "Discharging"}),
        (zone, {"temp": "90000"}),
    ):
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)
    senses = Senses(supplies=battery.parent, zones=zone.parent)
    assert senses.now == Signals()
    await senses.look()
    assert senses.now == Signals(battery_percent=15, hot=True)
    (zone / "temp").write_text("40000")
    (battery / "status").write_text("Charging")
    assert senses.now.hot
    await senses.look()
    assert senses.now == Signals(battery_percent=None, hot=False)


async def test_a_machine_without_battery_and_sensors_feels_nothing(tmp_path: Path) -> None:
    senses = Senses(supplies=tmp_path, zones=tmp_path)
    await senses.look()
    assert senses.now == Signals()
