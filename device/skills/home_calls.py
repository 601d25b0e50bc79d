"""What is said to the house, as calls of Home Assistant's tools, by the names its MCP server gives them.

https://www.home-assistant.io/integrations/mcp_server/, https://developers.home-assistant.io/docs/intent_builtin/
"""

from collections.abc import Mapping
from typing import Any

from device.context.plan import Step
from device.skills.home_words import ENTRANCES, ENTRANCES_ARABIC, HOUSE, KINDS, LOCKS, STOREYS
from edge_models.arabic import bare

Slots = Mapping[str, str | int]
Call = tuple[str, dict[str, Any]]
"""A tool's name and its arguments."""

MARKER = "HassTurnOn"
"""A server with this tool is a home."""
_EVERYTHING = ["light", "switch", "fan", "media_player"]
_DIMMER, _BRIGHTER = 30, 85
"""Percent: Home Assistant takes no "a bit darker" here."""
_MEDIA = {
    "play": "HassMediaUnpause",
    "pause": "HassMediaPause",
    "next": "HassMediaNext",
    "previous": "HassMediaPrevious",
}


def call_for(step: Step) -> Call | None:
    """The call that does what the step says; None for what takes no single call."""
    slots = step.slots
    match step.intent:
        case "home.turn":
            if slots.get("how") == "toggle":
                return "HassToggle", target(slots)
            return ("HassTurnOn" if slots.get("on") else "HassTurnOff"), target(slots)
        case "home.set":
            return _set(slots)
        case "home.run":
            return "HassTurnOn", {"name": slots["name"], "domain": ["scene", "script"]}
        case "home.media":
            return _media(str(slots["do"]), slots)
        case _:
            return None


def _media(do: str, slots: Slots) -> Call:
    where = {"area": slots["area"]} if "area" in slots else {}
    if do in ("up", "down"):
        return "HassSetVolumeRelative", {**where, "volume_step": do}
    if "what" in slots:
        return "HassMediaSearchAndPlay", {**where, "search_query": slots["what"]}
    return _MEDIA[do], where


def target(slots: Slots) -> dict[str, Any]:
    """Which things are meant: by name, or by kind; and where."""
    name = str(slots.get("name", ""))
    about: dict[str, Any] = {}
    area = slots.get("area")
    if area is not None and area not in HOUSE:
        about["floor" if area in STOREYS else "area"] = area
    if not name:
        return {**about, "domain": list(_EVERYTHING)}
    if slots.get("how") in ("lock", "unlock"):
        return {**about, **({} if name in LOCKS else {"name": name}), "domain": ["lock"]}
    domain, kind = KINDS.get(name, (None, None))
    if domain is None:
        return {**about, "name": name}
    return {**about, "domain": [domain], **({"device_class": [kind]} if kind else {})}


def _set(slots: Slots) -> Call | None:
    if "temperature" in slots:
        where = {"area": slots["area"]} if "area" in slots else {}
        return "HassClimateSetTemperature", {**where, "temperature": slots["temperature"]}
    about = target(slots)
    if "colour" in slots:
        return "HassLightSet", {**about, "color": slots["colour"]}
    if slots.get("what") == "temperature":
        return None
    if about.get("domain") == ["cover"]:
        return "HassSetPosition", {**about, "position": percent_of(slots)}
    return "HassLightSet", {**about, "brightness": percent_of(slots)}


def percent_of(slots: Slots) -> int:
    """How bright or how far open it is to be."""
    return int(slots.get("percent", _DIMMER if slots.get("direction") == "down" else _BRIGHTER))


def needs_a_yes(step: Step) -> bool:
    """Whether it lets somebody in: a voice from the street or the television could have said it."""
    slots = step.slots
    name = str(slots.get("name", ""))
    entrance = any(word in name for word in ENTRANCES) or not ENTRANCES_ARABIC.isdisjoint(map(bare, name.split()))
    return step.intent == "home.turn" and entrance and slots.get("how") in ("unlock", "open")
