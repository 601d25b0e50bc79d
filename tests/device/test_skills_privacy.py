"""Child mode, keeping everything here, and the explanations."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from phrase_parts import ENGLISH

from device.config import Privacy
from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.data import Data
from device.modes import Modes
from device.policy import Policy, Wish, Words
from device.skills import Skills, Turn
from device.skills.about import AboutSkill
from device.skills.base import Skill
from device.skills.privacy import PrivacySkill
from device.store import Store
from edge_models.image.scene import Scene

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
CONTEXT = ContextEngine()
WORDS = Words()
CHILD_ON = "Child mode is on. To turn it off, use the page, or type: turn off child mode."
CHILD_STAYS = "Only typed words turn child mode off: on the page, type: turn off child mode."
CHILD_OFF = "Child mode is off."
CHILD_HOLDS = "In child mode only typed words can do that."
PRIVATE_ON = "From now on everything stays here, and pictures stay drafts."
PRIVATE_OFF = "Okay, I may use the bridge again."
PRIVATE_FOR_GOOD = "The settings say that nothing may leave this device; only its owner can change them."


class Painter(Skill):
    """Draws everything it is asked for, and would like to send it away."""

    intents = frozenset({"picture.create", "picture.edit", "picture.show_last", "picture.variation"})
    leaves = frozenset({Data.TEXT})

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        return "Drawn."

    async def run(self, step: Step, turn: Turn) -> None:
        decision = await turn.may_leave(frozenset({Data.TEXT}), str(step.slots.get("prompt", "")))
        await turn.say(f"Drawn. {decision.said}".strip())


class Room:
    def __init__(self, store: Store, privacy: Privacy) -> None:
        self.modes = Modes(store)
        self.policy = Policy(privacy, self.modes, words=WORDS)
        self.skills = Skills(
            [PrivacySkill(modes=self.modes, policy=self.policy, phrases=ENGLISH), Painter(), AboutSkill(ENGLISH)],
            policy=self.policy,
        )
        self.online = True
        self.pictures: tuple[PictureSeen, ...] = ()
        self.speaker, self.certain = "", False

    async def hear(self, text: str, *, spoken: bool = True) -> str:
        said: list[str] = []

        async def say(text: str) -> bool:
            said.append(text)
            return True

        surroundings = Surroundings(now=NOW, online=self.online, pictures=self.pictures)
        surroundings = replace(surroundings, speaker=self.speaker, speaker_certain=self.certain)
        turn = Turn("t", say, say, print, "en", surroundings, spoken=spoken)
        (step,) = CONTEXT.understand(text, surroundings=surroundings).steps
        foretold = self.skills.foretell(step, surroundings)
        await self.skills.run(step, turn)
        assert " ".join(said).startswith(foretold)
        return " ".join(said)


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store, Privacy())


@pytest.mark.parametrize(
    "text", ["turn on child mode", "child mode please", "switch to kids mode", "the kids are here"]
)
async def test_anybody_turns_child_mode_on(room: Room, text: str) -> None:
    assert await room.hear(text) == CHILD_ON
    assert room.modes.child


async def test_no_spoken_word_turns_child_mode_off_and_typed_ones_do(room: Room) -> None:
    await room.hear("turn on child mode")
    assert await room.hear("turn off child mode") == CHILD_STAYS
    assert room.modes.child
    assert await room.hear("turn off child mode", spoken=False) == CHILD_OFF
    assert not room.modes.child


async def test_child_mode_is_felt_at_once_in_words_edits_and_older_pictures(room: Room) -> None:
    room.pictures = (PictureSeen("p", "a soldier with a rifle", Scene()),)
    assert await room.hear("draw a soldier with a rifle") == await room.hear("another one") == "Drawn."
    await room.hear("turn on child mode")
    no = "Weapons are not for child mode. Ask me for something else."
    for text in ("draw a soldier with a rifle", "another one", "show me the last one", "make it night"):
        assert await room.hear(text) == no
    assert await room.hear("draw a fox") == "Drawn."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("draw a naked woman", "I don't draw anything sexual. Ask me for something else."),
        ("make it bloody", "I don't draw cruelty or blood. Ask me for something else."),
        (
            "draw a fox in the style of Banksy",
            "I don't imitate living artists. Name a style instead: watercolour, say, or pop art.",
        ),
    ],
)
async def test_what_is_not_drawn_is_refused_in_two_sentences_before_the_skill_begins(
    room: Room, text: str, said: str
) -> None:
    assert await room.hear(text) == said
    assert await room.hear("why didn't you draw it") == "Because I don't draw that."


@pytest.mark.parametrize(
    "text", ["keep everything on the device", "don't send anything away", "go offline", "nothing may leave this device"]
)
async def test_everything_stays_here_at_a_word_and_may_leave_again_at_another(room: Room, text: str) -> None:
    assert await room.hear(text) == PRIVATE_ON
    assert room.policy.private
    assert await room.hear("draw a fox") == "Drawn. I'll keep this one here: nothing may leave the device."
    assert await room.hear("why didn't you send it") == "Because nothing may leave the device."
    assert await room.hear("you may use the network again") == PRIVATE_OFF
    assert await room.hear("draw a fox") == "Drawn."
    assert await room.hear("why didn't you send it") == "I did send it."


async def test_in_child_mode_no_spoken_word_lets_anything_leave_again(room: Room) -> None:
    await room.hear("turn on child mode")
    await room.hear("keep everything on the device")
    assert await room.hear("you may use the network again") == CHILD_HOLDS
    assert room.policy.private
    assert await room.hear("you may use the network again", spoken=False) == PRIVATE_OFF


async def test_what_the_owner_has_written_down_no_word_changes(store: Store) -> None:
    room = Room(store, Privacy(offline=True))
    assert await room.hear("you may use the network again") == PRIVATE_FOR_GOOD
    assert room.policy.private
    assert (
        await room.hear("what may leave this device")
        == "Nothing leaves this device, and only its owner can change that."
    )


async def test_it_says_what_may_leave(room: Room) -> None:
    said = (
        "When you ask for a picture, or a question that I can't answer here, your words may go to the bridge. "
        "Recordings, photos and my location stay here."
    )
    assert await room.hear("what may leave this device") == await room.hear("where does my data go") == said
    await room.hear("keep everything here")
    assert await room.hear("what leaves the device") == "Nothing leaves this device."


async def test_it_says_why_something_was_not_sent(room: Room) -> None:
    assert await room.hear("why didn't you send it") == "There was nothing to send."
    await room.hear("draw a fox")
    room.online = False
    assert await room.hear("why didn't you send it") == "It may leave, but I'm offline; it goes when I'm online again."


async def test_a_skill_sends_only_what_it_has_declared(room: Room) -> None:
    wish = Wish("t", "picture.create", frozenset({Data.PHOTO}), Painter.leaves, "")
    assert room.policy.decide(wish).reason == "the skill never declared photo"


@pytest.mark.parametrize(
    "text", ["privacy mode", "mute the microphone", "are you online", "stop", "draw a child", "draw the kids"]
)
def test_what_others_mean_stays_theirs(text: str) -> None:
    (step,) = CONTEXT.understand(text, surroundings=Surroundings(now=NOW)).steps
    assert not step.intent.startswith("privacy.")


@pytest.mark.parametrize(
    ("speaker", "certain", "ends"),
    [("Lina", True, True), ("Lina", False, False), ("Tim", True, False), ("", False, False), ("", True, False)],
)
async def test_child_mode_ends_at_the_word_of_an_adult_whose_voice_is_certain(
    store: Store, speaker: str, certain: bool, ends: bool
) -> None:
    room = Room(store, Privacy(adults=("lina",)))
    await room.hear("turn on child mode")
    room.speaker, room.certain = speaker, certain
    said = await room.hear("turn off child mode")
    assert room.modes.child is not ends
    assert said == ENGLISH("privacy-child-off" if ends else "privacy-child-unsure")


async def test_no_voice_ends_child_mode_where_the_settings_name_none(store: Store) -> None:
    room = Room(store, Privacy())
    await room.hear("turn on child mode")
    room.speaker, room.certain = "Lina", True
    assert await room.hear("turn off child mode") == ENGLISH("privacy-child-stays")
    assert room.modes.child
