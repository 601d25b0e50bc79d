"""Questions about the past and the moment: what was asked, drawn and sent, and what goes on."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest
from phrase_parts import ARABIC, ENGLISH

from device.context import ContextEngine, Step, Surroundings
from device.history import History, Said, Sent
from device.phrases import Phrases
from device.skills import Turn
from device.skills.history import DoingSkill, HistorySkill, told_sent
from device.skills.period import HOURS, WEEKDAYS, period
from device.timers import Timers

CONTEXT = ContextEngine()
NOW = datetime(2026, 11, 26, 20, 40, tzinfo=timezone(timedelta(hours=1)))  # a Thursday


class Past:
    """A history of three days."""

    def __init__(self) -> None:
        self.turns: list[Said] = []
        self.pictures: list[tuple[float, str]] = []
        self.lines: list[Sent] = []

    async def said(self, begin: float, end: float, *, but: str = "") -> list[Said]:
        assert but == "now"
        return [one for one in self.turns if begin <= one.at < end]

    async def last_said(self, *, but: str = "") -> Said | None:
        assert but == "now"
        return self.turns[-1] if self.turns else None

    async def drawn(self, begin: float, end: float) -> list[str]:
        return [prompt for at, prompt in self.pictures if begin <= at < end]

    async def sent(self, begin: float, end: float) -> list[Sent]:
        return [one for one in self.lines if begin <= one.at < end]


@pytest.fixture
def past() -> Past:
    return Past()


def at(days_ago: int, hour: int) -> float:
    return (NOW.replace(hour=hour, minute=0) - timedelta(days=days_ago)).timestamp()


async def ask(past: Past, text: str, phrases: Phrases = ENGLISH) -> str:
    said: list[str] = []

    async def say(text: str) -> bool:
        said.append(text)
        return True

    surroundings = Surroundings(now=NOW)
    turn = Turn(id="now", say=say, ask=say, publish=print, language="en", surroundings=surroundings)
    (step,) = CONTEXT.understand(text, surroundings=surroundings).steps
    skill = HistorySkill(cast("History", past), phrases)
    assert step.intent in skill.intents, step
    await skill.run(step, turn)
    return " ".join(said)


async def test_what_was_asked_on_a_day_is_told(past: Past) -> None:
    past.turns = [Said(at(1, 9), "Draw a fox.", "Okay."), Said(at(0, 8), "What time is it?", "It's eight.")]
    assert await ask(past, "what did I ask yesterday") == "Yesterday you said: Draw a fox."
    assert await ask(past, "what did I ask you this morning") == "This morning you said: What time is it."
    assert await ask(past, "what did I say on Monday") == "You said nothing to me on Monday."


async def test_of_many_things_the_last_are_told(past: Past) -> None:
    past.turns = [Said(at(1, hour), f"number {hour} {'x' * 80}", "") for hour in range(5)]
    said = await ask(past, "what did I ask yesterday")
    assert said == "Yesterday you said 5 things. The last were: number 2 …; number 3 …; number 4 …."


async def test_the_last_question_is_told(past: Past) -> None:
    assert await ask(past, "what was my last question") == "You haven't asked me anything before."
    past.turns = [Said(at(0, 9), "draw a fox", "Okay.")]
    assert await ask(past, "what did I ask last") == "You said: draw a fox."


async def test_what_was_drawn_is_told(past: Past) -> None:
    past.pictures = [(at(1, 9), "a castle"), (at(0, 9), "a red fox"), (at(0, 10), "two boats")]
    assert await ask(past, "what have we drawn today") == "Today we drew: a red fox; two boats."
    assert await ask(past, "which pictures did you make last week") == "We drew nothing last week."


async def test_what_left_the_house_is_counted_and_where_it_went_is_said(past: Past) -> None:
    past.lines = [
        Sent(at(0, hour), "image.create", "cloud.home:8883", "a fox", waiting=hour == 11) for hour in (9, 10, 11)
    ]
    assert await ask(past, "what did you send out today") == (
        "Today, to cloud.home: twice the words for a picture. 1 thing waits to be sent. The page has the details."
    )
    assert await ask(past, "what left the house yesterday") == "Nothing left the house yesterday."


def test_different_things_to_different_places_are_told_apart() -> None:
    lines = [Sent(0, "image.create", "a:1", "", waiting=False), Sent(0, "new.kind", "b", "", waiting=False)]
    assert told_sent(lines, "today", ENGLISH).startswith("Today, to a and b: the words for a picture and new.kind.")
    refused = [Sent(0, "picture.create", "", "", waiting=False)]
    assert told_sent(refused, "today", ENGLISH) == "Nothing left the house today."
    waiting = [Sent(0, "chat", "a:1", "", waiting=True)] * 2
    assert told_sent(waiting, "today", ENGLISH) == "Nothing left the house today. 2 things wait to be sent."


@pytest.mark.parametrize(
    ("jobs", "paused", "online", "said"),
    [
        (0, [], True, "Nothing just now."),
        (1, [], True, "The bridge is finishing 1 picture."),
        (2, [False], False, "I'm offline and have still to finish 2 pictures and 1 timer is running."),
        (0, [False, False, True], True, "2 timers are running."),
        (0, [True], True, "Nothing just now."),
    ],
)
async def test_what_goes_on_is_told(jobs: int, paused: list[bool], online: bool, said: str) -> None:
    timers = SimpleNamespace(all=lambda: [SimpleNamespace(paused=one) for one in paused])
    skill = DoingSkill(timers=cast("Timers", timers), pending=lambda: jobs, phrases=ENGLISH)
    surroundings = Surroundings(now=NOW, online=online)
    (step,) = CONTEXT.understand("what are you doing", surroundings=surroundings).steps
    assert skill.foretell(step, surroundings) == said
    told: list[Any] = []

    async def say(text: str) -> bool:
        told.append(text)
        return True

    turn = Turn(id="t", say=say, ask=say, publish=print, language="en", surroundings=surroundings)
    await skill.run(step, turn)
    assert told == [said]


@pytest.mark.parametrize(
    ("day", "begin", "end"),
    [
        ("today", "2026-11-26T00", "2026-11-27T00"),
        ("yesterday", "2026-11-25T00", "2026-11-26T00"),
        ("this morning", "2026-11-26T00", "2026-11-26T12"),
        ("last night", "2026-11-25T18", "2026-11-26T06"),
        ("this week", "2026-11-23T00", "2026-11-27T00"),
        ("last week", "2026-11-16T00", "2026-11-23T00"),
        ("wednesday", "2026-11-25T00", "2026-11-26T00"),
        ("thursday", "2026-11-19T00", "2026-11-20T00"),  # today is one: the one before
        ("friday", "2026-11-20T00", "2026-11-21T00"),
    ],
)
def test_a_day_is_the_one_that_people_mean(day: str, begin: str, end: str) -> None:
    expected = tuple(datetime.fromisoformat(f"{time}:00:00+01:00").timestamp() for time in (begin, end))
    assert period(day, NOW) == expected
    assert period("today", NOW.astimezone(UTC)) != period("today", NOW)


@pytest.mark.parametrize("phrases", [ENGLISH, ARABIC])
def test_every_day_that_is_understood_is_said_by_its_own_words(phrases: Phrases) -> None:
    days = [*WEEKDAYS, *HOURS, "this week", "last week"]
    said = [phrases("history-day", day=day.replace(" ", "-")) for day in days]
    assert len(set(said)) == len(days)


@pytest.mark.parametrize(
    ("phrases", "jobs", "oldest_s", "said"),
    [
        (ENGLISH, 1, 599.0, "The bridge is finishing 1 picture."),
        (ENGLISH, 1, 3600.0, "The bridge is finishing 1 picture. It was asked for 1 hour ago."),
        (ENGLISH, 2, 7200.0, "The bridge is finishing 2 pictures. The oldest was asked for 2 hours ago."),
        (ARABIC, 1, 3600.0, "الجسر يكمل صورة واحدة. طُلبت الصورة قبل ساعة واحدة."),
        (ARABIC, 2, 7200.0, "الجسر يكمل صورتين. طُلبت أقدم صورة قبل ساعتين."),
    ],
)
def test_what_has_waited_for_long_is_told_with_its_age(phrases: Phrases, jobs: int, oldest_s: float, said: str) -> None:
    skill = DoingSkill(
        timers=cast("Timers", SimpleNamespace(all=list)),
        pending=lambda: jobs,
        oldest_s=lambda: oldest_s,
        phrases=phrases,
    )
    assert skill.foretell(Step("device.doing"), Surroundings(now=NOW, online=True)) == said


async def test_the_past_is_told_in_arabic(past: Past) -> None:
    assert await ask(past, "what was my last question", ARABIC) == "لم يُطلب مني شيء من قبل."
    assert await ask(past, "what did I say on Monday", ARABIC) == "لم يُقل لي شيء يوم الاثنين."
    past.turns = [Said(at(0, hour), f"ارسم {hour} ثعالب؟", "") for hour in range(1, 13)]
    assert await ask(past, "what was my last question", ARABIC) == "آخر ما قيل لي: «ارسم 12 ثعالب»."
    assert await ask(past, "what did I ask today", ARABIC) == (
        "قيل لي اليوم اثنا عشر شيئًا. وآخرها: «ارسم 10 ثعالب»؛ «ارسم 11 ثعالب»؛ «ارسم 12 ثعالب»."
    )
    past.pictures = [(at(1, hour), f"قلعة {hour}") for hour in range(5)]
    assert await ask(past, "what have we drawn today", ARABIC) == "لم نرسم شيئًا اليوم."
    assert await ask(past, "what did we draw yesterday", ARABIC) == (
        "رسمنا أمس خمس صور. وآخرها: «قلعة 2»؛ «قلعة 3»؛ «قلعة 4»."
    )


def test_what_left_the_house_is_told_in_arabic() -> None:
    lines = [Sent(0, "image.create", "cloud.home:8883", "", waiting=n > 2) for n in range(5)]
    assert told_sent(lines, "اليوم", ARABIC) == (
        "أُرسل اليوم إلى cloud.home: كلمات لصورة (ثلاث مرات). وهناك شيئان ينتظران الإرسال. والتفاصيل على الصفحة."
    )
    assert told_sent([], "أمس", ARABIC) == "لم يخرج شيء من البيت أمس."


@pytest.mark.parametrize(
    ("jobs", "running", "online", "said"),
    [
        (0, 0, True, "لا شيء الآن."),
        (1, 1, True, "الجسر يكمل صورة واحدة ومؤقت واحد يعمل."),
        (2, 3, False, "لست متصلًا بالشبكة، وبقي أن أكمل صورتين وثلاثة مؤقتات تعمل."),
    ],
)
def test_what_goes_on_is_told_in_arabic(jobs: int, running: int, online: bool, said: str) -> None:
    timers = SimpleNamespace(all=lambda: [SimpleNamespace(paused=False)] * running)
    skill = DoingSkill(timers=cast("Timers", timers), pending=lambda: jobs, phrases=ARABIC)
    assert skill.foretell(Step("device.doing"), Surroundings(now=NOW, online=online)) == said
