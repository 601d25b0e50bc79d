"""Orders for coffee: how well a skill that is a package of its own understands people, slot by slot.

The skill is the example of `docs/examples/coffee_skill`, loaded as any installed one is. The orders are the recordings
of the kind `intent`, whose labels say which slots are meant (size, drink, roast, shots, milk, sugar) but not word for
word what was said. So there are two measures, and both count slots: right is one with the label's very value; wrong is
one that is missing, has another value, or is there without being meant.

- **text**: for every recording a sentence put together from its own labels, in three orders of words. It tells whether
  the grammar knows the values and their combinations, not how people speak.
- **audio**: the recording through Whisper as the device uses it, knowing what it may expect (the skill's templates
  too), and then the device's engine with all of its own sentences beside the skill's. `heard_as_order` is the share
  understood as an order at all; `all_right` the share in which every slot is.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from device.context import ContextEngine, Surroundings
from device.skills.installed import GROUP, Found, Installed, load
from edge_models.expected import Expected
from edge_models.models import ModelError, ModelStore
from edge_models.stt import Whisper
from tools.bench import result
from tools.bench.intervals import share_95
from tools.bench.speech import Clip, clips, samples

SKILL = Path(__file__).parents[2] / "docs" / "examples" / "coffee_skill"
INTENT = "coffee.order"
RECOGNISERS = ("whisper-tiny-en", "whisper-base")
_NOW = Surroundings(now=datetime(2026, 11, 26, 9, 0, tzinfo=UTC))
_PARTS = {"milkAmount": ("milkHow", "milk"), "sugarAmount": ("sugarHow", "sugar")}
"""Slots of the labels that are two of ours: how much, and of what."""

Slots = Mapping[str, str]


async def measure(models_root: Path, speech: Path | None) -> dict[str, Any]:
    """Measure both ways, with each of `RECOGNISERS` that is installed. Raises ValueError without recordings."""
    orders = [clip for clip in clips(speech, "intent") if clip.slots] if speech else []
    if not orders:
        raise ValueError("There are no recordings of orders.")
    context = ContextEngine()
    context.add(coffee_skill(context).sentences)
    wanted = [meant(clip) for clip in orders]
    written = [(slots, understood(context, text)) for slots in wanted for text in sentences(slots)]
    audio: dict[str, Any] = {}
    for name in RECOGNISERS:
        heard = await asyncio.to_thread(_heard, ModelStore(models_root), name, orders, context.expected())
        if heard:
            audio[name] = counted(zip(wanted, (understood(context, text) for text in heard), strict=True))
    return result("coffee", len(orders), text=counted(written), audio=audio)


def coffee_skill(context: ContextEngine) -> Installed:
    """The example, loaded from where it lies. Raises SkillRefused."""
    sys.path.insert(0, str(SKILL))
    try:
        entry = EntryPoint("coffee", "coffee_skill:CoffeeSkill", GROUP)
        return load(Found("coffee-skill", "0.1.0", "coffee", entry), taken=context.families)
    finally:
        sys.path.remove(str(SKILL))


def meant(clip: Clip) -> dict[str, str]:
    """The slots of the label, with single spaces."""
    return {name: " ".join(value.split()) for name, value in (clip.slots or {}).items()}


def sentences(slots: Slots) -> Iterator[str]:
    """Orders with these slots: all before the drink that can be, all behind it, and half of each."""
    drink, size, roast = (slots.get(name, "") for name in ("coffeeDrink", "size", "roast"))
    shots, milk, sugar = (slots.get(name, "") for name in ("numberOfShots", "milkAmount", "sugarAmount"))
    for before, behind in (
        ((size, roast, shots), (milk, sugar)),
        ((), (size, roast, shots, milk, sugar)),
        ((roast, size), (sugar, milk, shots)),
    ):
        said = " ".join(filter(None, (*before, drink)))
        extras = " and ".join(filter(None, behind))
        yield f"I'd like a {said}{' with ' * bool(extras)}{extras}."


def understood(context: ContextEngine, text: str) -> dict[str, str] | None:
    """The slots of the order, named as the labels name them; None when it isn't taken for an order."""
    step = context.understand(text, surroundings=_NOW).steps[0]
    if step.intent != INTENT:
        return None
    slots = {name: str(value) for name, value in step.slots.items() if name != "other"}
    for name, parts in _PARTS.items():
        if words := [slots.pop(part) for part in parts if part in slots]:
            slots[name] = " ".join(words)
    return slots


def counted(orders: Iterable[tuple[Slots, Slots | None]]) -> dict[str, Any]:
    """Accuracy over slots and over orders, from what was meant and what was understood, each with its 95 % interval."""
    pairs = list(orders)
    right = wrong = taken = whole = 0
    for wanted, found in pairs:
        got = found or {}
        hits = sum(got.get(name) == value for name, value in wanted.items())
        right += hits
        wrong += len(wanted) - hits + sum(name not in wanted for name in got)
        taken += found is not None
        whole += got == dict(wanted)
    return {
        "slots": right + wrong,
        "slot_accuracy": _share(right, right + wrong),
        "slot_accuracy_95": [round(end, 3) for end in share_95(right, right + wrong)],
        "heard_as_order": _share(taken, len(pairs)),
        "all_right": _share(whole, len(pairs)),
    }


def _share(hits: int, of: int) -> float:
    return round(hits / of, 3) if of else 0.0


def _heard(store: ModelStore, name: str, orders: list[Clip], expected: Expected) -> list[str]:
    try:
        whisper = Whisper(store.path(name), "en")
    except ModelError:
        return []
    return [whisper.transcribe(samples(clip), expected).text for clip in orders]
