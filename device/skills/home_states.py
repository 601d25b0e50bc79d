"""What Home Assistant tells about a home's things (its tool `GetLiveContext`), and the answers to questions about them.

Its text is a heading and a list in YAML, of which each entry has names, domain, state, areas and attributes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import yaml

from device.context.plan import Step
from device.phrases import Phrases
from device.skills.home_calls import Slots, target
from device.skills.home_told import the_thing
from device.skills.home_words import HOUSE

_MAX_CHARS = 60_000
_LISTED = 3
_MEANS = {
    "locked": {"locked"},
    "unlocked": {"unlocked"},
    "open": {"open", "on", "opening"},
    "closed": {"closed", "off"},
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the home."""

    names: tuple[str, ...]
    domain: str
    state: str
    areas: tuple[str, ...]
    attributes: Mapping[str, Any]


def things(text: str) -> list[Thing]:
    """Read the tool's answer; an empty list when it is of another form."""
    try:
        wrapped = json.loads(text)
        text = str(wrapped["result"]) if isinstance(wrapped, dict) and "result" in wrapped else text
    except ValueError:
        pass  # not wrapped
    begin = text.find("- names:")
    try:
        entries = yaml.load(text[begin : begin + _MAX_CHARS], _LOADER) if begin >= 0 else []  # noqa: S506 - a safe one
    except yaml.YAMLError:
        return []
    return [_thing(entry) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def answer(step: Step, known: Sequence[Thing], phrases: Phrases) -> str:
    """The answer to a `home.ask` step, from what is known."""
    slots = step.slots
    if slots.get("what") in ("temperature", "humidity"):
        return _measured(slots, known, phrases)
    if slots.get("what") == "playing":
        return _playing(str(slots.get("area", "")), known, phrases)
    found = [thing for thing in known if _is_meant(thing, slots)]
    if not found:
        return phrases("home-unknown", thing=the_thing(slots, phrases))
    if slots.get("what") == "brightness":
        return _brightness(slots, found, phrases)
    state = str(slots.get("state", ""))
    if len(found) == 1:
        return _is(slots, _named(found[0], state), phrases)
    return _counted(found, [thing for thing in found if _has(thing, state)], state or "there", phrases)


def _counted(found: Sequence[Thing], wanted: Sequence[Thing], state: str, phrases: Phrases) -> str:
    """How many of several are so, and which."""
    state = phrases("home-state", state=state)
    if not wanted:
        return phrases("home-none-is", state=state)
    if len(wanted) == len(found):
        return phrases("home-all-are", state=state)
    names = [thing.names[0] for thing in wanted[:_LISTED]]
    return phrases(
        "home-some-are-others" if len(wanted) > _LISTED else "home-some-are",
        count=len(wanted),
        all=len(found),
        state=state,
        names=names,
    )


def _thing(entry: Mapping[str, Any]) -> Thing:
    attributes = entry.get("attributes")
    state = entry.get("state")
    return Thing(
        names=_words(entry.get("names")) or ("something",),
        domain=str(entry.get("domain", "")),
        state={True: "on", False: "off"}.get(state, str(state)) if isinstance(state, bool) else str(state),
        areas=_words(entry.get("areas")),
        attributes=attributes if isinstance(attributes, dict) else {},
    )


def _words(value: Any) -> tuple[str, ...]:
    return tuple(part.strip()[:60] for part in str(value).split(",") if part.strip()) if value else ()


def _is_meant(thing: Thing, slots: Slots) -> bool:
    """Whether a question is about it: of that kind or name, and in that place."""
    lock = slots.get("state") in ("locked", "unlocked")
    about = target({**slots, "how": "lock"} if lock else slots)
    area = str(slots.get("area", "house")).lower()
    if area not in HOUSE and area not in (known.lower() for known in thing.areas):
        return False
    if "name" in about:
        name = str(about["name"]).lower()
        if not any(name in known.lower() or known.lower() in name for known in thing.names):
            return False
    domains = about.get("domain", [])
    opening = about.get("device_class", [None])[0]
    if thing.domain == "binary_sensor":  # a contact on a door or a window
        return opening is not None and thing.attributes.get("device_class") in (opening, "opening", "garage_door")
    return not domains or thing.domain in domains


def _measured(slots: Slots, known: Sequence[Thing], phrases: Phrases) -> str:
    what, area = str(slots["what"]), str(slots.get("area", ""))
    for thing in known:
        if area and area.lower() not in (place.lower() for place in thing.areas):
            continue
        value: Any = None
        if thing.domain == "sensor" and thing.attributes.get("device_class") == what:
            value = thing.state
        elif thing.domain == "climate":
            value = thing.attributes.get(f"current_{what}")
        if (number := _number(value)) is not None:
            where = area or (thing.areas[0].lower() if thing.areas else "")
            if where:
                return phrases("home-measured-in", what=what, value=number, area=where)
            return phrases("home-measured", what=what, value=number)
    if area:
        return phrases("home-not-measured-in", what=what, area=area)
    return phrases("home-not-measured", what=what)


def _playing(area: str, known: Sequence[Thing], phrases: Phrases) -> str:
    for thing in known:
        if thing.domain != "media_player" or thing.state != "playing":
            continue
        if area and area.lower() not in (place.lower() for place in thing.areas):
            continue
        title, artist = (str(thing.attributes.get(f"media_{name}") or "")[:80] for name in ("title", "artist"))
        if title:
            return (
                phrases("home-plays-by", title=title, artist=artist) if artist else phrases("home-plays", title=title)
            )
        return phrases("home-plays-something", thing=thing.names[0])
    return phrases("home-silent-in", area=area) if area else phrases("home-silent")


def _number(value: Any) -> float | None:
    """To the tenth; None for what isn't one, as of a sensor that is away."""
    try:
        number = round(float(value), 1)
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) else None


def _brightness(slots: Slots, found: Sequence[Thing], phrases: Phrases) -> str:
    value = _number(found[0].attributes.get("brightness"))
    if value is None:
        return _is(slots, found[0].state, phrases)
    thing, percent = the_thing(slots, phrases), round(value / 2.55)
    return phrases("home-is-at", thing=thing, percent=percent, several=_several(slots))


def _has(thing: Thing, state: str) -> bool:
    return not state or thing.state in _MEANS.get(state, {state})


def _named(thing: Thing, state: str) -> str:
    """How it is; a contact that is `on` is open."""
    opens = state in ("open", "closed")
    return {"on": "open", "off": "closed"}.get(thing.state, thing.state) if opens else thing.state


def _is(slots: Slots, state: str, phrases: Phrases) -> str:
    state = phrases("home-state", state=state)
    return phrases("home-is", thing=the_thing(slots, phrases), state=state, several=_several(slots))


def _several(slots: Slots) -> bool:
    """Whether the verb is plural: English says `the light is`, and `the lights are`."""
    return str(slots.get("name", "")).endswith("s")
