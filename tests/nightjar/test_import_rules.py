"""The import rules know every module they are meant for."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SHARED_WITH_THE_DEVICE = {"cloud_bridge.protocol", "cloud_bridge.link", "cloud_bridge._paho", "cloud_bridge.quiet"}


def contract(name: str) -> dict:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return next(one for one in settings["tool"]["importlinter"]["contracts"] if one["name"] == name)


def modules_of_the_bridge() -> set[str]:
    entries = (ROOT / "cloud_bridge").iterdir()
    names = {entry.stem for entry in entries if entry.suffix == ".py" or (entry / "__init__.py").is_file()}
    return {f"cloud_bridge.{name}" for name in names - {"__init__"}}


def test_whatever_is_added_to_the_bridge_is_closed_to_the_device_unless_said_otherwise():
    forbidden = set(contract("Of the bridge, the device knows the messages and the wire")["forbidden_modules"])
    assert forbidden == modules_of_the_bridge() - SHARED_WITH_THE_DEVICE


def test_whatever_is_added_to_the_bridge_keeps_away_from_the_models_unless_it_is_the_studio():
    sources = set(contract("In the bridge only the studio uses models")["source_modules"])
    assert sources == modules_of_the_bridge() - {"cloud_bridge.studio", "cloud_bridge.safety"}
