"""Alarms and reminders as somebody speaks with them: what is answered, and which one is meant."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from phrase_parts import ENGLISH
from skill_parts import Speaker

from device.agenda import MAX_ENTRIES, Agenda
from device.context import Surroundings
from device.context.when import When
from device.skills.agenda import AgendaSkill
from device.skills.asking import ANSWER_WITHIN_S, Asking
from device.store import Store
from device.timers import Timers

BERLIN = ZoneInfo("Europe/Berlin")


class Bedroom(Speaker):
    def __init__(self, store: Store) -> None:
        super().__init__(datetime(2026, 11, 26, 15, 0, tzinfo=BERLIN))  # a Thursday
        self.agenda = Agenda(store, now=lambda: self.now)
        self.asking = Asking(self.unix)
        self.timers = Timers(store)
        self.skills = (AgendaSkill(self.agenda, self.timers, self.asking, ENGLISH),)

    def surroundings(self) -> Surroundings:
        return Surroundings(now=self.now, asked=self.asking.kind)

    def set_for(self) -> list[str]:
        return [
            f"{datetime.fromtimestamp(one.at, BERLIN):%a %H:%M} {one.kind} {one.about}".strip()
            for one in self.agenda.all()
        ]


@pytest.fixture
def bedroom(store: Store) -> Bedroom:
    return Bedroom(store)


@pytest.fixture
async def busy(bedroom: Bedroom) -> Bedroom:
    """Alarms tomorrow at seven and on weekdays at eight; reminders of the bread and of Mum."""
    await bedroom.hear("wake me at seven")
    await bedroom.hear("wake me every weekday at eight")
    await bedroom.hear("remind me in two hours to take the bread out")
    await bedroom.hear("remind me tomorrow at nine to call my mother")
    return bedroom


async def test_an_alarm_is_confirmed_with_its_time(bedroom: Bedroom) -> None:
    assert await bedroom.hear("wake me at half past six") == ("Alarm set for tomorrow at half past six in the morning.")
    assert await bedroom.hear("set an alarm for seven every weekday") == (
        "Alarm set for every weekday at seven o'clock in the morning."
    )
    assert await bedroom.hear("set an alarm for four to feed the cat") == (
        "Alarm set for four o'clock in the afternoon: feed the cat."
    )
    assert bedroom.set_for() == ["Thu 16:00 alarm feed the cat", "Fri 06:30 alarm", "Fri 07:00 alarm"]


async def test_a_reminder_is_confirmed_with_its_time_and_said_back(bedroom: Bedroom) -> None:
    assert await bedroom.hear("remind me to call my mother tomorrow at nine") == (
        "Okay, I'll remind you tomorrow at nine o'clock in the morning: call your mother."
    )
    assert await bedroom.hear("remind me in twenty minutes to take the bread out") == (
        "Okay, I'll remind you at twenty past three in the afternoon: take the bread out."
    )
    assert await bedroom.hear("remind me on the fourth of December to buy a present") == (
        "Okay, I'll remind you on Friday, the fourth of December at nine o'clock in the morning: buy a present."
    )


async def test_at_seven_is_the_evening_for_a_reminder_and_the_morning_for_an_alarm(bedroom: Bedroom) -> None:
    await bedroom.hear("remind me at seven to cook")
    await bedroom.hear("wake me at seven")
    assert bedroom.set_for() == ["Thu 19:00 reminder cook", "Fri 07:00 alarm"]


async def test_a_missing_time_is_asked_for(bedroom: Bedroom) -> None:
    assert await bedroom.hear("set an alarm") == "For what time?"
    assert bedroom.asked == 1
    assert await bedroom.hear("half past six") == "Alarm set for tomorrow at half past six in the morning."
    assert await bedroom.hear("remind me to call Mum") == "When?"
    assert await bedroom.hear("in ten minutes") == (
        "Okay, I'll remind you at ten past three in the afternoon: call Mum."
    )
    assert bedroom.set_for() == ["Thu 15:10 reminder call Mum", "Fri 06:30 alarm"]


async def test_a_day_is_not_enough_for_an_alarm(bedroom: Bedroom) -> None:
    assert await bedroom.hear("wake me tomorrow morning") == "At what time?"
    assert await bedroom.hear("at eight") == "Alarm set for tomorrow at eight o'clock in the morning."


async def test_an_answer_may_say_all_of_it_anew(bedroom: Bedroom) -> None:
    await bedroom.hear("wake me tomorrow")
    assert await bedroom.hear("on Saturday at nine") == "Alarm set for Saturday at nine o'clock in the morning."


async def test_a_reminder_of_nothing_is_asked_about(bedroom: Bedroom) -> None:
    assert await bedroom.hear("set a reminder for tomorrow at nine") == "What shall I remind you of?"
    assert await bedroom.hear("call my mother") == (
        "Okay, I'll remind you tomorrow at nine o'clock in the morning: call your mother."
    )
    assert await bedroom.hear("set a reminder") == "What shall I remind you of?"
    assert await bedroom.hear("to feed the cat") == "When?"
    assert (await bedroom.hear("tonight at eight")).endswith("at eight o'clock in the evening: feed the cat.")


async def test_a_question_is_forgotten_after_a_while(bedroom: Bedroom) -> None:
    await bedroom.hear("set an alarm")
    bedroom.now += timedelta(seconds=ANSWER_WITHIN_S + 1)
    assert bedroom.asking.kind == ""


async def test_what_is_over_is_not_set(bedroom: Bedroom) -> None:
    assert await bedroom.hear("remind me today at nine am to call Mum") == "That time is over already."
    assert await bedroom.hear("remind me this morning to call Mum") == "At what time?"
    assert bedroom.set_for() == []


async def test_too_many_are_refused_in_a_sentence(bedroom: Bedroom) -> None:
    for _ in range(MAX_ENTRIES):
        await bedroom.agenda.add("alarm", "", When(bedroom.now + timedelta(hours=1)))
    assert "100 alarms and reminders already" in await bedroom.hear("wake me at seven")
    assert (await bedroom.hear("what alarms do I have")).startswith("The next 4 of 100: an alarm at")


async def test_what_there_is(busy: Bedroom) -> None:
    assert await busy.hear("what alarms do I have") == (
        "You have an alarm tomorrow at seven o'clock in the morning; "
        "an alarm every weekday at eight o'clock in the morning."
    )
    assert await busy.hear("what are my reminders") == (
        "You have a reminder at five o'clock in the afternoon: take the bread out; "
        "a reminder tomorrow at nine o'clock in the morning: call your mother."
    )


async def test_what_there_is_tomorrow(busy: Bedroom) -> None:
    assert await busy.hear("what do I have tomorrow") == (
        "Tomorrow: an alarm at seven o'clock in the morning, an alarm at eight o'clock in the morning and "
        "a reminder at nine o'clock in the morning: call your mother."
    )
    assert await busy.hear("what do I have today") == (
        "Today: a reminder at five o'clock in the afternoon: take the bread out."
    )
    assert await busy.hear("what do I have on Saturday") == "You have nothing on Saturday."
    assert await busy.hear("do I have an alarm for Monday") == ("On Monday: an alarm at eight o'clock in the morning.")
    assert await busy.hear("do I have any reminders for Monday") == "You have no reminders on Monday."


async def test_what_there_is_when_there_is_nothing(bedroom: Bedroom) -> None:
    assert await bedroom.hear("what alarms do I have") == "You have no alarms."
    assert await bedroom.hear("what's next") == "You have no alarms or reminders."
    assert await bedroom.hear("cancel my alarm") == "There is no alarm."
    assert await bedroom.hear("snooze") == "No alarm has rung just now."


async def test_the_only_one_is_cancelled(bedroom: Bedroom) -> None:
    await bedroom.hear("wake me at seven")
    assert await bedroom.hear("cancel my alarm") == "Cancelled: the alarm tomorrow at seven o'clock in the morning."
    assert bedroom.set_for() == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cancel my seven o'clock alarm", ["Fri 08:00 alarm"]),
        ("cancel the alarm at eight", ["Fri 07:00 alarm"]),
        ("cancel the every weekday alarm", ["Fri 07:00 alarm"]),
        ("cancel all alarms", []),
        ("cancel my six o'clock alarm", ["Fri 07:00 alarm", "Fri 08:00 alarm"]),
    ],
)
async def test_one_of_several_is_named_by_its_time(busy: Bedroom, text: str, left: list[str]) -> None:
    await busy.hear(text)
    assert [one for one in busy.set_for() if "alarm" in one] == left
    assert busy.asked == 0


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("the first one", ["Fri 08:00 alarm"]),
        ("the one at eight", ["Fri 07:00 alarm"]),
        ("both", []),
        ("neither", ["Fri 07:00 alarm", "Fri 08:00 alarm"]),
    ],
)
async def test_which_of_two_is_asked_and_the_answer_understood(busy: Bedroom, answer: str, left: list[str]) -> None:
    assert await busy.hear("cancel my alarm") == (
        "Which one: the one tomorrow at seven o'clock in the morning or "
        "the one every weekday at eight o'clock in the morning?"
    )
    assert len(busy.agenda.all("alarm")) == 2
    await busy.hear(answer)
    assert [one for one in busy.set_for() if "alarm" in one] == left


async def test_a_reminder_is_cancelled_by_a_word_of_it(busy: Bedroom) -> None:
    assert await busy.hear("cancel the reminder about the bread") == (
        "Cancelled: the reminder at five o'clock in the afternoon, take the bread out."
    )
    assert await busy.hear("cancel the reminder about the cheese") == "There is no such reminder."
    assert await busy.hear("cancel the reminder") == (
        "Cancelled: the reminder tomorrow at nine o'clock in the morning, call your mother."
    )


async def test_which_reminder_is_asked_by_what_it_is_about(busy: Bedroom) -> None:
    assert await busy.hear("cancel the reminder") == "Which one: take the bread out or call your mother?"
    await busy.hear("the bread")
    assert [one for one in busy.set_for() if "reminder" in one] == ["Fri 09:00 reminder call my mother"]


async def test_an_alarm_is_put_off(bedroom: Bedroom) -> None:
    alarm = await bedroom.agenda.add("alarm", "feed the cat", When(bedroom.now))
    bedroom.agenda.note_rang([alarm])
    assert await bedroom.hear("snooze") == "Okay, again in 10 minutes."
    assert await bedroom.hear("for five more minutes") == "Okay, again in 5 minutes."
    assert bedroom.set_for()[1:] == ["Thu 15:05 alarm feed the cat", "Thu 15:10 alarm feed the cat"]


async def test_five_more_minutes_are_for_the_only_timer_when_no_alarm_rang(bedroom: Bedroom) -> None:
    await bedroom.timers.set("pasta", 600)
    assert await bedroom.hear("five more minutes") == "15 minutes left on your pasta timer."
    await bedroom.timers.set("bread", 600)
    assert await bedroom.hear("five more minutes") == "No alarm has rung just now."


async def test_turn_the_alarm_off_means_the_one_that_rings(bedroom: Bedroom) -> None:
    await bedroom.hear("wake me every day at eight")
    bedroom.now += timedelta(hours=17)
    assert await bedroom.hear("turn the alarm off") == ""
    assert bedroom.set_for() == ["Sat 08:00 alarm"]


@pytest.mark.parametrize(
    "texts",
    [
        ["wake me at half past six"],
        ["set an alarm"],
        ["set an alarm", "at six"],
        ["remind me to call Mum tomorrow at nine"],
        ["remind me to call Mum"],
        ["remind me to call Mum", "tomorrow"],
        ["what alarms do I have"],
        ["what do I have tomorrow"],
    ],
)
async def test_the_answer_is_known_before_it_is_carried_out(busy: Bedroom, texts: list[str]) -> None:
    for text in texts:
        assert await busy.hear(text) == busy.foretold
    assert busy.foretold
