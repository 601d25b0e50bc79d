"""What is said to the house, as calls of Home Assistant's tools, by the names its MCP server gives them.

https://www.home-assistant.io/integrations/mcp_server/, https://developers.home-assistant.io/docs/intent_builtin/
"""

from collections.abc import Mapping
from typing import Any

from device.context.plan import Step
from edge_models.arabic import bare

Slots = Mapping[str, str | int]
Call = tuple[str, dict[str, Any]]
"""A tool's name and its arguments."""

MARKER = "HassTurnOn"
"""A server with this tool is a home."""
_KINDS: dict[str, tuple[str, str | None]] = {
    **dict.fromkeys(("light", "lights", "lamp", "lamps"), ("light", None)),
    **dict.fromkeys(("fan", "fans"), ("fan", None)),
    **dict.fromkeys(("plug", "plugs", "socket", "outlet", "switch"), ("switch", None)),
    **dict.fromkeys(("heating", "heat", "thermostat", "radiator", "radiators", "air conditioning"), ("climate", None)),
    **dict.fromkeys(("blind", "blinds"), ("cover", "blind")),
    **dict.fromkeys(("shutter", "shutters", "roller shutters"), ("cover", "shutter")),
    **dict.fromkeys(("curtain", "curtains", "drapes"), ("cover", "curtain")),
    **dict.fromkeys(("shade", "shades"), ("cover", "shade")),
    **dict.fromkeys(("window", "windows"), ("cover", "window")),
    **dict.fromkeys(("door", "doors"), ("cover", "door")),
    "gate": ("cover", "gate"),
    "garage door": ("cover", "garage"),
    "awning": ("cover", "awning"),
}
"""Words for a kind of thing, to Home Assistant's domain and class; what isn't here is the name of one thing."""
_LOCKS = frozenset({"door", "doors", "lock", "house", "window", "windows", "gate"})
_EVERYTHING = ["light", "switch", "fan", "media_player"]
_WHOLE_HOUSE = frozenset({"house", "upstairs", "downstairs"})
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
            return _MEDIA[str(slots["do"])], {"area": slots["area"]} if "area" in slots else {}
        case _:
            return None


def target(slots: Slots) -> dict[str, Any]:
    """Which things are meant: by name, or by kind; and where."""
    name = str(slots.get("name", ""))
    about: dict[str, Any] = {}
    area = slots.get("area")
    if area is not None and area != "house":
        about["floor" if area in _WHOLE_HOUSE else "area"] = area
    if not name:
        return {**about, "domain": list(_EVERYTHING)}
    if slots.get("how") in ("lock", "unlock"):
        return {**about, **({} if name in _LOCKS else {"name": name}), "domain": ["lock"]}
    domain, kind = _KINDS.get(name, (None, None))
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
    covers = about.get("domain") == ["cover"]
    percent = slots.get("percent", _DIMMER if slots.get("direction") == "down" else _BRIGHTER)
    return (
        ("HassSetPosition", {**about, "position": percent})
        if covers
        else ("HassLightSet", {**about, "brightness": percent})
    )


_ENTRANCES = ("door", "gate", "lock", "house", "car")
_ENTRANCES_ARABIC = frozenset({"باب", "ابواب", "بوابه", "قفل", "بيت", "منزل", "سياره", "كراج", "جراج"})


def needs_a_yes(step: Step) -> bool:
    """Whether it lets somebody in: a voice from the street or the television could have said it."""
    slots = step.slots
    name = str(slots.get("name", ""))
    entrance = any(word in name for word in _ENTRANCES) or not _ENTRANCES_ARABIC.isdisjoint(map(bare, name.split()))
    return step.intent == "home.turn" and entrance and slots.get("how") in ("unlock", "open")


def told(step: Step) -> str:
    """What is said when it is done."""
    slots = step.slots
    thing = the_thing(slots)
    match step.intent:
        case "home.turn":
            if (how := slots.get("how")) and how != "toggle":
                done = {"open": "open", "close": "closed", "lock": "locked", "unlock": "unlocked"}[str(how)]
            else:
                done = "switched" if how else "on" if slots.get("on") else "off"
            return f"{_capital(thing)} {done}."
        case "home.set" if "temperature" in slots:
            return f"{_capital(str(slots.get('area', 'heating')))} set to {slots['temperature']} degrees."
        case "home.set" if "colour" in slots:
            return f"{_capital(thing)} {slots['colour']}."
        case "home.set":
            percent = slots.get("percent", _DIMMER if slots.get("direction") == "down" else _BRIGHTER)
            return f"{_capital(thing)} at {percent} percent."
        case "home.run":
            return f"{_capital(str(slots['name']))} is running."
        case _:
            return "Okay."


def the_thing(slots: Slots) -> str:
    """`kitchen lights`, `front door`, `everything in the hall`."""
    name, area = str(slots.get("name", "")), str(slots.get("area", ""))
    if not name:
        return f"everything in the {area}" if area else "everything"
    return f"{area} {name}".strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
