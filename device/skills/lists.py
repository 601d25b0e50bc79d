"""Lists: write on them, take off, read, clear, begin."""

import re
from collections.abc import Sequence
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.paper import MAX_ITEMS, MAX_LISTS, Lists, NoRoom, ThingList
from device.phrases import Phrases
from device.skills.asking import Asking
from device.skills.base import Skill, Turn

TOLD = 12
"""Lines that are read out: more nobody keeps in mind; the page has all."""
_SAME = {
    "grocery": "shopping",
    "groceries": "shopping",
    "todo": "to-do",
    "to do": "to-do",
    "تسوق": "التسوق",
    "مشتريات": "التسوق",
    "المشتريات": "التسوق",
    "مهام": "المهام",
}
# "و" is written together with the next word, and begins many ("ورق"): it counts where an article follows.
_AND = re.compile(r"\s*[,،]\s*(?:and\s+|plus\s+|و(?=ال))?|\s+(?:and|plus|as well as)\s+|\s+و\s*(?=ال)", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|some|also|more)\s+", re.IGNORECASE)


class ListSkill(Skill):
    """What is said about lists."""

    intents: ClassVar[frozenset[str]] = frozenset({"list.add", "list.remove", "list.read", "list.clear", "list.create"})

    def __init__(self, lists: Lists, asking: Asking, phrases: Phrases) -> None:
        self._lists = lists
        self._asking = asking
        self._phrases = phrases

    def passed(self) -> None:
        """Take no answer any more."""
        self._asking.drop(self.intents)

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out."""
        if step.intent == "list.create":
            await self._create(step, turn)
            return
        lists = await self._lists.all()
        name = self._meant(step, lists)
        if step.intent == "list.add":
            await turn.say(await self._add(name, items(step)))
        else:
            await turn.say(await self._about(step, name, lists))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the question for what a list is for."""
        del surroundings
        return self._phrases("list-what-for") if step.intent == "list.create" and "list" not in step.slots else ""

    async def _create(self, step: Step, turn: Turn) -> None:
        self._asking.take()
        if "list" not in step.slots:
            await self._asking.ask(turn, "list", step, self._phrases("list-what-for"))
            return
        name = _named(str(step.slots["list"]))
        try:
            begun = await self._lists.create(name)
        except NoRoom as error:
            await turn.say(self._no_room(name, error))
            return
        await turn.say(self._phrases("list-begun" if begun else "list-there-already", list=name))

    async def _add(self, name: str, wanted: Sequence[str]) -> str:
        try:
            new = await self._lists.add(name, wanted)
        except NoRoom as error:
            return self._no_room(name, error)
        if not new:
            return self._phrases("list-on-already", list=name, things=wanted, several=_several(wanted))
        return self._phrases("list-on", list=name, things=new, several=_several(new))

    def _no_room(self, name: str, error: NoRoom) -> str:
        if error.what == "lists":
            return self._phrases("list-too-many", most=MAX_LISTS)
        return self._phrases("list-full", list=name, most=MAX_ITEMS)

    async def _about(self, step: Step, name: str, lists: Sequence[ThingList]) -> str:
        if step.slots.get("which") == "all":
            return self._told_lists(lists)
        found = next((one for one in lists if one.name == name), None)
        if found is None:
            return self._phrases("list-none-named", list=name) if "list" in step.slots else self._phrases("list-none")
        match step.intent:
            case "list.remove":
                return await self._remove(found, items(step))
            case "list.clear" if "gone" in step.slots:
                await self._lists.delete(found.n)
                return self._phrases("list-deleted", list=name)
            case "list.clear":
                await self._lists.clear(found.n)
                return self._phrases("list-cleared", list=name)
            case _:
                return self._told_whether(found, items(step)) if "item" in step.slots else self._told(found)

    async def _remove(self, found: ThingList, wanted: Sequence[str]) -> str:
        there = [item for item in found.items if any(_alike(item.text, one) for one in wanted)]
        if not there:
            return self._told_whether(found, wanted)
        await self._lists.remove(item.n for item in there)
        texts = [item.text for item in there]
        return self._phrases("list-off", list=found.name, things=texts, several=_several(texts))

    def _told(self, found: ThingList) -> str:
        """What is on a list."""
        if not found.items:
            return self._phrases("list-empty", list=found.name)
        texts = [item.text for item in found.items]
        if len(texts) > TOLD:
            return self._phrases("list-first-of", list=found.name, things=texts[:TOLD], count=len(texts))
        return self._phrases("list-told", list=found.name, things=texts)

    def _told_lists(self, lists: Sequence[ThingList]) -> str:
        """Which lists there are."""
        if not lists:
            return self._phrases("list-none")
        names = [one.name for one in lists[:TOLD]]
        if more := len(lists) - len(names):
            return self._phrases("list-lists-more", count=len(lists), lists=names, more=more)
        return self._phrases("list-lists", count=len(lists), lists=names)

    def _told_whether(self, found: ThingList, wanted: Sequence[str]) -> str:
        """Whether these are on the list."""
        there = [one for one in wanted if any(_alike(item.text, one) for item in found.items)]
        missing = [one for one in wanted if one not in there]
        said: list[str] = []
        if there:
            said.append(self._phrases("list-on", list=found.name, things=there, several=_several(there)))
        if missing:
            said.append(self._phrases("list-not-on", list=found.name, things=missing, several=_several(missing)))
        return " ".join(said)

    def _meant(self, step: Step, lists: Sequence[ThingList]) -> str:
        """The name of the list that is meant; where none is named, the only one, or the one for the shopping."""
        if "list" in step.slots:
            return _named(str(step.slots["list"]))
        return lists[0].name if len(lists) == 1 else self._phrases("list-for-shopping")


def items(step: Step) -> list[str]:
    """The things that a sentence names: `milk, eggs and some butter` are three."""
    parts = _AND.split(str(step.slots.get("item", "")).strip(" ,.;"))
    return [part for part in (_ARTICLE.sub("", part.strip(), count=1) for part in parts) if part]


def _named(name: str) -> str:
    name = name.lower().strip()
    return _SAME.get(name, name)


def _alike(known: str, said: str) -> bool:
    """Whether a line is what somebody means: `eggs` for `egg`, `milk` for `two litres of milk`."""
    known_words, said_words = ([word.removesuffix("s") for word in text.lower().split()] for text in (known, said))
    return known_words == said_words or known_words[-len(said_words) :] == said_words


def _several(things: Sequence[str]) -> bool:
    """Whether the verb is plural: English says `milk is`, and `eggs are`."""
    return len(things) > 1 or things[0].endswith("s")
