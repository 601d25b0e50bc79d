"""One utterance with several steps, and the question of which picture was meant."""

from datetime import UTC, datetime

from phrase_parts import ENGLISH

from device.bus import Bus
from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.conversation import Conversation
from device.events import Failed, Happened, Reply, TurnFinished, Understood
from device.skills.base import Skill, Turn
from device.skills.registry import Skills
from device.skills.which import WhichSkill
from device.turns import ANSWER_WITHIN_S, Request, Turns
from device.voice import SilentVoice
from edge_models.image.parse import parse_prompt


class DrivenClock:
    seconds = 0.0

    def now(self) -> float:
        return self.seconds


class Easel(Skill):
    """Makes pictures in memory; of a zeppelin it makes none."""

    intents = frozenset({"picture.create", "picture.edit", "none"})

    def __init__(self) -> None:
        self.pictures: list[PictureSeen] = []
        self.done: list[tuple[str, tuple[str, ...], bool]] = []

    async def run(self, step: Step, turn: Turn) -> None:
        self.done.append((step.intent, tuple(step.references.values()), turn.passing))
        if "zeppelin" in str(step.slots.get("prompt")):
            raise RuntimeError("no art")
        parent = next(iter(step.references.values()), None)
        words = str(step.slots.get("prompt") or step.slots.get("change"))
        name = f"made-{len(self.pictures)}"
        seen = PictureSeen(name, words, parse_prompt(words), float(len(self.pictures)), turn.id, parent)
        self.pictures.append(seen)
        turn.made(name)
        await turn.say("Done.")


class Device:
    def __init__(self) -> None:
        self.clock, self.easel = DrivenClock(), Easel()
        self.bus = Bus(self.clock)
        self.happened: list[Happened] = []
        self.bus.observe(self.happened.append)
        self.turns = Turns(
            bus=self.bus,
            conversation=Conversation(),
            context=ContextEngine(),
            skills=Skills([self.easel, WhichSkill(ENGLISH)]),
            voice=SilentVoice(bus=self.bus),
            phrases=ENGLISH,
            surroundings=self.surroundings,
        )

    async def surroundings(self) -> Surroundings:
        return Surroundings(
            now=datetime(2026, 11, 22, 12, tzinfo=UTC),
            pictures=tuple(self.easel.pictures[::-1]),
            question=self.turns.question,
        )

    async def hears(self, text: str) -> None:
        self.happened.clear()
        await self.turns.carry_out(Request(self.bus.begin_turn(), text, "en"))

    def kinds(self) -> list[type]:
        return [type(one.event) for one in self.happened]

    def said(self) -> list[str]:
        return [one.event.text for one in self.happened if isinstance(one.event, Reply)]


async def test_each_step_is_about_the_picture_that_the_one_before_made() -> None:
    device = Device()
    await device.hears("draw a cat, make it blue and put it on the beach")
    assert device.easel.done == [
        ("picture.create", (), True),
        ("picture.edit", ("made-0",), True),
        ("picture.edit", ("made-1",), False),
    ]
    assert device.kinds() == [Understood, Reply, Understood, Reply, Understood, Reply, TurnFinished]
    understood = [one.event for one in device.happened if isinstance(one.event, Understood)]
    assert [dict(event.references) for event in understood] == [{}, {"it": "made-0"}, {"it": "made-1"}]


async def test_what_was_to_become_of_a_picture_that_failed_is_left() -> None:
    device = Device()
    await device.hears("draw a zeppelin and make it blue")
    assert [intent for intent, _, _ in device.easel.done] == ["picture.create"]
    assert device.kinds() == [Understood, Failed, Reply, TurnFinished]


async def test_it_of_two_pictures_is_asked_back_and_the_answer_is_carried_out() -> None:
    device = Device()
    await device.hears("draw a red fox and draw a castle")
    await device.hears("make it blue")
    assert device.said() == ["Which one: the red fox or the castle?"]
    await device.hears("the fox")
    assert device.easel.done[-1] == ("picture.edit", ("made-0",), False)
    assert device.turns.question is None


async def test_a_question_that_nobody_answers_is_forgotten() -> None:
    device = Device()
    await device.hears("draw a fox and draw a castle")
    await device.hears("make it blue")
    assert device.turns.question is not None
    device.clock.seconds += ANSWER_WITHIN_S + 1
    assert device.turns.question is None


async def test_never_mind_is_answered_and_nothing_is_done() -> None:
    device = Device()
    await device.hears("draw a fox and draw a castle")
    await device.hears("make it blue")
    await device.hears("never mind")
    assert device.said() == ["Okay."]
    assert len(device.easel.pictures) == 2
