"""What is said when something in the house has been done."""

from device.context.plan import Step
from device.phrases import Phrases
from device.skills.home_calls import Slots, percent_of


def told(step: Step, phrases: Phrases) -> str:
    """What is said when the step is done: `Kitchen lights on.`."""
    slots = step.slots
    thing = the_thing(slots, phrases)
    match step.intent:
        case "home.turn":
            done = str(slots.get("how") or ("on" if slots.get("on") else "off"))
            return phrases("home-turned", thing=thing, done=done)
        case "home.set" if "temperature" in slots:
            return _heated(slots, phrases)
        case "home.set" if "colour" in slots:
            colour = str(slots["colour"])
            return phrases("home-coloured", thing=thing, colour=colour, hue=colour.replace(" ", "-"))
        case "home.set":
            return phrases("home-at-percent", thing=thing, percent=percent_of(slots))
        case "home.run":
            return phrases("home-running", name=slots["name"])
        case _:
            return phrases("okay")


def _heated(slots: Slots, phrases: Phrases) -> str:
    degrees = int(slots["temperature"])
    if area := slots.get("area"):
        return phrases("home-heating-in", area=area, degrees=degrees)
    return phrases("home-heating", degrees=degrees)


def the_thing(slots: Slots, phrases: Phrases) -> str:
    """`kitchen lights`, `front door`, `everything in the hall`."""
    name, area = slots.get("name", ""), slots.get("area", "")
    if name:
        return phrases("home-thing-in", area=area, name=name) if area else phrases("home-thing", name=name)
    return phrases("home-everything-in", area=area) if area else phrases("home-everything")
