"""Lists: write on them, take off, read, clear, begin."""

import re
from collections.abc import Sequence
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.paper import Lists, NoRoom, ThingList
from device.phrases.english_numbers import joined
from device.skills.asking import Asking
from device.skills.base import Skill, Turn

TOLD = 12
"""Lines that are read out: more nobody keeps in mind; the page has all."""
FIRST_LIST = "shopping"
"""What "the list" is while there is none, or several."""
_SAME = {"grocery": "shopping", "groceries": "shopping", "todo": "to-do", "to do": "to-do"}
_AND = re.compile(r"\s*,\s*(?:and\s+|plus\s+)?|\s+(?:and|plus|as well as)\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|some|also|more)\s+", re.IGNORECASE)


class ListSkill(Skill):
    """What is said about lists."""

    intents: ClassVar[frozenset[str]] = frozenset({"list.add", "list.remove", "list.read", "list.clear", "list.create"})

    def __init__(self, lists: Lists, asking: Asking) -> None:
        self._lists = lists
        self._asking = asking

    def passed(self) -> None:
        """Take no answer any more."""
        self._asking.drop(self.intents)

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out."""
        try:
            if step.intent == "list.create":
                await self._create(step, turn)
                return
            lists = await self._lists.all()
            name = _meant(step, lists)
            if step.intent == "list.add":
                await turn.say(await self._add(name, items(step)))
            else:
                await turn.say(await self._about(step, name, lists))
        except NoRoom as error:
            await turn.say(str(error))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the question for what a list is for."""
        del surroundings
        return "What is the list for?" if step.intent == "list.create" and "list" not in step.slots else ""

    async def _create(self, step: Step, turn: Turn) -> None:
        self._asking.take()
        if "list" not in step.slots:
            await self._asking.ask(turn, "list", step, "What is the list for?")
            return
        name = _named(str(step.slots["list"]))
        begun = await self._lists.create(name)
        await turn.say(f"Okay, your {name} list is ready." if begun else f"There is a {name} list already.")

    async def _add(self, name: str, wanted: Sequence[str]) -> str:
        new = await self._lists.add(name, wanted)
        if not new:
            return f"{_capital(joined(wanted))} {_is(wanted)} on your {name} list already."
        return f"{_capital(joined(new))} {_is(new)} on your {name} list."

    async def _about(self, step: Step, name: str, lists: Sequence[ThingList]) -> str:
        if step.slots.get("which") == "all":
            return told_lists(lists)
        found = next((one for one in lists if one.name == name), None)
        if found is None:
            return f"There is no {name} list." if "list" in step.slots else "You have no list yet."
        match step.intent:
            case "list.remove":
                return await self._remove(found, items(step))
            case "list.clear" if "gone" in step.slots:
                await self._lists.delete(found.n)
                return f"The {name} list is deleted."
            case "list.clear":
                await self._lists.clear(found.n)
                return f"The {name} list is empty now."
            case _:
                return told_whether(found, items(step)) if "item" in step.slots else told(found)

    async def _remove(self, found: ThingList, wanted: Sequence[str]) -> str:
        there = [item for item in found.items if any(_alike(item.text, one) for one in wanted)]
        if not there:
            return told_whether(found, wanted)
        await self._lists.remove(item.n for item in there)
        texts = [item.text for item in there]
        return f"{_capital(joined(texts))} {_is(texts)} off your {found.name} list."


def items(step: Step) -> list[str]:
    """The things that a sentence names: `milk, eggs and some butter` are three."""
    parts = _AND.split(str(step.slots.get("item", "")).strip(" ,.;"))
    return [part for part in (_ARTICLE.sub("", part.strip(), count=1) for part in parts) if part]


def told(found: ThingList) -> str:
    """What is on a list."""
    if not found.items:
        return f"Your {found.name} list is empty."
    texts = [item.text for item in found.items]
    if len(texts) > TOLD:
        return f"{len(texts)} things are on your {found.name} list; the first are {joined(texts[:TOLD])}."
    return f"On your {found.name} list: {joined(texts)}."


def told_lists(lists: Sequence[ThingList]) -> str:
    """Which lists there are."""
    if not lists:
        return "You have no list yet."
    names = [one.name for one in lists[:TOLD]]
    more = f" and {len(lists) - TOLD} more" if len(lists) > TOLD else ""
    return f"You have {'one list' if len(lists) == 1 else f'{len(lists)} lists'}: {joined(names)}{more}."


def told_whether(found: ThingList, wanted: Sequence[str]) -> str:
    """Whether these are on the list."""
    there = [one for one in wanted if any(_alike(item.text, one) for item in found.items)]
    missing = [one for one in wanted if one not in there]
    yes = f"{_capital(joined(there))} {_is(there)} on your {found.name} list." if there else ""
    no = f"{_capital(joined(missing))} {_is(missing)} not on your {found.name} list." if missing else ""
    return f"{yes} {no}".strip()


def _meant(step: Step, lists: Sequence[ThingList]) -> str:
    """The name of the list that is meant; where none is named, the only one, or the one for the shopping."""
    if "list" in step.slots:
        return _named(str(step.slots["list"]))
    return lists[0].name if len(lists) == 1 else FIRST_LIST


def _named(name: str) -> str:
    name = name.lower().strip()
    return _SAME.get(name, name)


def _alike(known: str, said: str) -> bool:
    """Whether a line is what somebody means: `eggs` for `egg`, `milk` for `two litres of milk`."""
    known_words, said_words = ([word.removesuffix("s") for word in text.lower().split()] for text in (known, said))
    return known_words == said_words or known_words[-len(said_words) :] == said_words


def _is(things: Sequence[str]) -> str:
    return "are" if len(things) > 1 or things[0].endswith("s") else "is"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
