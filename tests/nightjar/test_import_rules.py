"""The import rules are meant for whole rooms: a module that is added is under them, and the exceptions are few."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SHARED_WITH_THE_DEVICE = {
    "cloud_bridge.admission",
    "cloud_bridge.link",
    "cloud_bridge.private",
    "cloud_bridge.protocol",
}


def contract(beginning: str) -> dict:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (found,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["name"].startswith(beginning))
    return found


def test_the_bridge_is_closed_to_the_device_but_for_what_both_speak():
    rule = contract("Of the bridge, the device knows")
    assert (rule["source_modules"], rule["forbidden_modules"]) == (["device"], ["cloud_bridge"])
    assert {line.split(" -> ")[1] for line in rule["ignore_imports"]} == SHARED_WITH_THE_DEVICE
    assert set(contract("What the device knows of the bridge")["source_modules"]) == SHARED_WITH_THE_DEVICE


def test_the_bridge_keeps_away_from_the_models_but_for_its_studio_and_its_guard():
    rule = contract("In the bridge only the studio")
    assert (rule["source_modules"], rule["forbidden_modules"]) == (["cloud_bridge"], ["edge_models"])
    assert {line.split(" -> ")[0] for line in rule["ignore_imports"]} == {
        "cloud_bridge.studio.**",
        "cloud_bridge.safety.**",
    }
