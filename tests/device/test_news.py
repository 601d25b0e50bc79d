"""What goes wrong behind the scenes is said, but over nobody."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from phrase_parts import ENGLISH

from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.conversation import Conversation, State
from device.do_not_disturb import Quiet
from device.events import UNANSWERED, Artifact, Failed, PresenceChanged, Reply, StateChanged
from device.news import MOST, News
from device.store import Store
from device.voice import SilentVoice

LATE = Failed(code="expired", text="The picture was not made.", job="j1")
FINAL = Artifact(artifact="a", picture="p", stage="final", engine="e", path="/a", width=1, height=1)


class Room:
    def __init__(self, store: Store) -> None:
        self.bus = Bus(SystemClock())
        self.conversation = Conversation(self._publish)
        self.said: list[str] = []
        self.somebody = True
        self.quiet = Quiet(store, self.bus)
        self.news = News(
            bus=self.bus,
            conversation=self.conversation,
            voice=SilentVoice(bus=self.bus),
            quiet=self.quiet,
            phrases=ENGLISH,
            somebody=lambda: self.somebody,
        )
        self.bus.observe(lambda happened: self._note(happened.event))

    def _publish(self, state: State) -> None:
        self.bus.publish(NO_TURN, StateChanged(state))

    def _note(self, event: object) -> None:
        if isinstance(event, Reply):
            self.said.append(event.text)


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    room = Room(store)
    running = asyncio.create_task(room.news.run())
    yield room
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def passed() -> None:
    """Everything that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_picture_that_will_not_come_is_said(room: Room) -> None:
    room.bus.publish("t1", LATE)
    await passed()
    assert room.said == ["The picture was not made."]


async def test_that_no_more_may_wait_is_said(room: Room) -> None:
    room.bus.publish("t1", Failed(code="outbox_full", text="500 pictures are waiting for the bridge already."))
    await passed()
    assert room.said == ["500 pictures are waiting for the bridge already."]


async def test_words_that_got_lost_are_said(room: Room) -> None:
    room.bus.publish("t1", Failed(code="transcription", text="I couldn't make out what you said."))
    await passed()
    assert room.said == ["I couldn't make out what you said."]


async def test_what_fails_together_is_said_once(room: Room) -> None:
    for _ in range(10):
        room.bus.publish("t1", LATE)
    await passed()
    assert room.said == ["The picture was not made."]


async def test_a_picture_that_is_there_or_was_called_off_or_a_skill_that_apologised_is_not_said(room: Room) -> None:
    room.bus.publish("t1", FINAL)
    room.bus.publish("t1", Failed(code="cancelled", text="The picture is cancelled.", job="j1"))
    room.bus.publish("t1", Failed(code="skill_failed", text="Sorry, that went wrong."))
    await passed()
    assert room.said == []


@pytest.mark.parametrize("state", [State.LISTENING, State.THINKING, State.SPEAKING])
async def test_it_waits_until_nobody_speaks_and_nothing_is_being_done(room: Room, state: State) -> None:
    room.conversation.go(state)
    room.bus.publish("t1", LATE)
    await passed()
    assert room.said == []
    room.conversation.rest()
    await passed()
    assert room.said == ["The picture was not made."]


async def test_it_waits_for_what_was_asked_for_before(room: Room) -> None:
    room.conversation.begin("t2")
    room.bus.publish("t1", LATE)
    await passed()
    assert room.said == []
    room.conversation.go(State.THINKING)
    room.conversation.finish("t2")
    await passed()
    assert room.said == ["The picture was not made."]


async def test_whoever_is_not_to_be_disturbed_is_told_when_that_is_over(room: Room) -> None:
    await room.quiet.set(True)
    room.bus.publish("t1", LATE)
    await passed()
    assert room.said == []
    await room.quiet.set(False)
    await passed()
    assert room.said == ["The picture was not made."]


async def test_that_a_question_has_no_answer_was_told_when_it_was_asked(room: Room) -> None:
    room.bus.publish("t", Failed(code=UNANSWERED, text="I found nothing about that.", job="j1"))
    await passed()
    assert room.said == []


async def comes(room: Room) -> None:
    room.somebody = True
    room.bus.publish(NO_TURN, PresenceChanged(somebody=True))
    await passed()


async def test_an_empty_room_is_told_nothing_and_whoever_comes_is(room: Room) -> None:
    room.somebody = False
    room.bus.publish("t1", LATE)
    await passed()
    assert room.said == []
    await comes(room)
    assert room.said == ["The picture was not made."]


async def test_pictures_that_were_finished_meanwhile_are_told_once(room: Room) -> None:
    room.somebody = False
    room.bus.publish("t1", FINAL)
    await comes(room)
    assert room.said == ["A picture was finished meanwhile."]
    room.somebody = False
    for picture in ("p", "q", "q"):
        room.bus.publish("t1", replace(FINAL, picture=picture))
    await comes(room)
    assert room.said[1:] == ["2 pictures were finished meanwhile."]
    room.bus.publish("t1", FINAL)
    await comes(room)
    assert len(room.said) == 2


async def test_much_news_is_cut_short_for_whoever_comes_back(room: Room) -> None:
    room.somebody = False
    for number in range(MOST + 5):
        room.bus.publish("t1", replace(LATE, text=f"Picture {number} was not made."))
    await comes(room)
    assert room.said == [*(f"Picture {number} was not made." for number in range(MOST)), "There is more on the page."]
