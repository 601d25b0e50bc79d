"""Takes an order for coffee. An example of a skill that is a package of its own."""

from typing import ClassVar

from nightjar.skills import API, Data, Skill, Step, Surroundings, Turn


class CoffeeSkill(Skill):
    """Says what was ordered; a real one would tell the coffee machine."""

    api: ClassVar[int] = API
    intents: ClassVar[frozenset[str]] = frozenset({"coffee.order"})
    leaves: ClassVar[frozenset[Data]] = frozenset()
    sentences: ClassVar[str] = "sentences.yaml"

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the whole reply: nothing but the words decides it."""
        del surroundings
        cup = _words(step, "size", "roast", "coffeeDrink")
        extras = (_words(step, *names) for names in (("numberOfShots",), ("milkHow", "milk"), ("sugarHow", "sugar")))
        with_all = " and ".join(filter(None, extras))
        return f"Coming up: {cup}{' with ' * bool(with_all)}{with_all}."

    async def run(self, step: Step, turn: Turn) -> None:
        """Take the order."""
        await turn.say(self.foretell(step, turn.surroundings))


def _words(step: Step, *names: str) -> str:
    return " ".join(str(step.slots[name]) for name in names if name in step.slots)
