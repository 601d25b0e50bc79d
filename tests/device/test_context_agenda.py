"""Alarms, reminders, do not disturb, lists and notes, as people ask for them; and what only sounds like them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.grammar import SENTENCES
from device.context.open_words import taken_apart
from edge_models.image.scene import Scene, Subject

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
FOX = PictureSeen(
    id="fox-1",
    prompt="a red fox under a full moon",
    scene=Scene(subjects=(Subject(noun="fox", colour="red"), Subject(noun="moon", adjectives=("full",)))),
)
SURROUNDINGS = Surroundings(now=NOW, pictures=(FOX,), timers=("pasta",))
CONTEXT = ContextEngine()


def the_step(text: str, asked: str = "") -> Step:
    (step,) = CONTEXT.understand(text, surroundings=replace(SURROUNDINGS, asked=asked)).steps
    return step


OURS: dict[str, tuple[str, dict[str, str | int]]] = {
    "wake me at half past six": ("alarm.set", {"when": "half past six"}),
    "Wake me up at half past six tomorrow.": ("alarm.set", {"when": "half past six tomorrow"}),
    "set an alarm for seven every weekday": ("alarm.set", {"when": "seven every weekday"}),
    "please set an alarm for 7:30 p.m.": ("alarm.set", {"when": "7:30 p.m"}),
    "set a seven o'clock alarm": ("alarm.set", {"when": "seven o'clock"}),
    "every weekday at seven wake me up": ("alarm.set", {"when": "every weekday at seven"}),
    "set an alarm for seven to take my pills": ("alarm.set", {"when": "seven", "what": "take my pills"}),
    "set an alarm for twenty minutes": ("alarm.set", {"minutes": 20}),
    "set an alarm": ("alarm.set", {}),
    "wake me up": ("alarm.set", {}),
    "cancel my alarm": ("alarm.cancel", {}),
    "turn the alarm off": ("alarm.cancel", {}),
    "stop the alarm": ("alarm.cancel", {}),
    "cancel all alarms": ("alarm.cancel", {"which": "all"}),
    "cancel my seven o'clock alarm": ("alarm.cancel", {"when": "seven o'clock"}),
    "cancel tomorrow's alarm": ("alarm.cancel", {"when": "tomorrow"}),
    "don't wake me up tomorrow": ("alarm.cancel", {"when": "tomorrow"}),
    "what alarms do I have": ("alarm.list", {}),
    "when is my alarm": ("alarm.list", {}),
    "do I have an alarm for tomorrow": ("alarm.list", {"when": "tomorrow"}),
    "snooze": ("alarm.snooze", {}),
    "snooze for five minutes": ("alarm.snooze", {"minutes": 5}),
    "for ten more minutes": ("alarm.snooze", {"minutes": 10}),
    "ten more minutes please": ("alarm.snooze", {"minutes": 10}),
    "remind me to call Mum tomorrow at nine": ("reminder.set", {"what": "call Mum", "when": "tomorrow at nine"}),
    "remind me tomorrow to call Mum at nine": ("reminder.set", {"what": "call Mum", "when": "tomorrow at nine"}),
    "tomorrow at nine remind me to call Mum": ("reminder.set", {"what": "call Mum", "when": "tomorrow at nine"}),
    "remind me in twenty minutes to take the bread out": (
        "reminder.set",
        {"what": "take the bread out", "when": "in twenty minutes"},
    ),
    "remind me to take the bread out in twenty minutes": (
        "reminder.set",
        {"what": "take the bread out", "when": "in twenty minutes"},
    ),
    "don't let me forget to put out the bins every Sunday evening": (
        "reminder.set",
        {"what": "put out the bins", "when": "every Sunday evening"},
    ),
    "remind me to call Mum": ("reminder.set", {"what": "call Mum"}),
    "remind me to count to ten": ("reminder.set", {"what": "count to ten"}),
    "add a reminder for tomorrow": ("reminder.set", {"when": "tomorrow"}),
    "set a reminder": ("reminder.set", {}),
    "what are my reminders": ("reminder.list", {}),
    "cancel the reminder": ("reminder.cancel", {}),
    "cancel the reminder about the bread": ("reminder.cancel", {"what": "bread"}),
    "cancel the bread reminder": ("reminder.cancel", {"what": "bread"}),
    "don't remind me about the bread": ("reminder.cancel", {"what": "bread"}),
    "cancel all my reminders": ("reminder.cancel", {"which": "all"}),
    "what do I have tomorrow": ("agenda.list", {"when": "tomorrow"}),
    "What do I have on Friday?": ("agenda.list", {"when": "Friday"}),
    "do I have anything planned for tonight": ("agenda.list", {"when": "tonight"}),
    "what's next": ("agenda.list", {}),
    "do not disturb": ("quiet.set", {"on": 1}),
    "don't disturb me until eight": ("quiet.set", {"on": 1, "until": "eight"}),
    "don't disturb me for an hour": ("quiet.set", {"on": 1, "extra": 3600}),
    "leave me alone for two hours": ("quiet.set", {"on": 1, "hours": 2}),
    "be quiet until eight": ("quiet.set", {"on": 1, "until": "eight"}),
    "you can talk to me again": ("quiet.set", {"on": 0}),
    "turn off do not disturb": ("quiet.set", {"on": 0}),
    "add milk and eggs to the shopping list": ("list.add", {"item": "milk and eggs", "list": "shopping"}),
    "add milk, eggs and butter to my shopping list": (
        "list.add",
        {"item": "milk, eggs and butter", "list": "shopping"},
    ),
    "put milk on the list": ("list.add", {"item": "milk"}),
    "put call the plumber on my to do list": ("list.add", {"item": "call the plumber", "list": "to do"}),
    "what's on my shopping list": ("list.read", {"list": "shopping"}),
    "read me the list": ("list.read", {}),
    "what lists do I have": ("list.read", {"which": "all"}),
    "is milk on the shopping list": ("list.read", {"item": "milk", "list": "shopping"}),
    "take milk off the list": ("list.remove", {"item": "milk"}),
    "remove milk from the shopping list": ("list.remove", {"item": "milk", "list": "shopping"}),
    "clear the shopping list": ("list.clear", {"list": "shopping"}),
    "delete the party list": ("list.clear", {"list": "party", "gone": 1}),
    "make a list for the party": ("list.create", {"list": "party"}),
    "make a party list": ("list.create", {"list": "party"}),
    "take a note: the code of the gate is 4711": ("note.take", {"text": "the code of the gate is 4711"}),
    "write down that the plumber comes on Monday": ("note.take", {"text": "the plumber comes on Monday"}),
    "take a note": ("note.take", {}),
    "read my notes": ("note.read", {}),
    "read the last note": ("note.read", {"which": "last"}),
    "what did I note about the gate": ("note.read", {"about": "gate"}),
    "delete the last note": ("note.delete", {"which": "last"}),
    "delete the note about the gate": ("note.delete", {"about": "gate"}),
    "delete all my notes": ("note.delete", {"which": "all"}),
}


@pytest.mark.parametrize(("text", "meant"), OURS.items())
def test_what_is_ours_is_understood(text: str, meant: tuple[str, dict[str, str | int]]) -> None:
    assert the_step(text) == Step(*meant)


OTHERS = {
    "wake me up in twenty minutes": "timer.set",
    "remind me in twenty minutes": "timer.set",
    "set a timer for ten minutes": "timer.set",
    "two minutes more": "timer.add",
    "stop the timer": "timer.cancel",
    "cancel": "control.stop",
    "never mind": "control.stop",
    "stop": "control.stop",
    "be quiet": "control.stop",
    "quiet": "control.stop",
    "both of them": "timer.choose",
    "the first one": "timer.choose",
    "add a tree": "picture.edit",
    "add a tree to it": "picture.edit",
    "add two trees to the picture": "picture.edit",
    "put a hat on the fox": "picture.edit",
    "remove the moon": "picture.edit",
    "take the moon away": "picture.edit",
    "draw an alarm clock": "picture.create",
    "make a picture of a shopping list": "picture.create",
    "next": "picture.variation",
    "another one": "picture.variation",
    "mute the microphone": "control.mute",
    "what time is it": "clock.time",
    "what day is it": "clock.date",
}


@pytest.mark.parametrize(("text", "intent"), OTHERS.items())
def test_what_others_mean_stays_theirs(text: str, intent: str) -> None:
    assert the_step(text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "the alarm went off at seven",
        "I woke up at seven",
        "he set off the alarm",
        "wake me when it's over",
        "wake me up before you go",
        "set an alarm for my sister's house",
        "cancel my dentist appointment",
        "turn off the lights at seven",
        "remind me how that works",
        "remind me who you are",
        "this reminds me of my grandmother",
        "it reminds me of you",
        "tomorrow",
        "at nine o'clock sharp we left",
        "seven",
        "what do I have to do",
        "what do I have on my nose",
        "he told me not to disturb her",
        "don't disturb the dog",
        "leave the door alone",
        "put it on my list",
        "put that on the shopping list",
        "add two cups of flour and stir",
        "add it to my calendar",
        "add this song to my playlist",
        "she is on the guest list",
        "the list goes on",
        "he made a list of all the kings",
        "a list of things to do in Rome",
        "note the difference",
        "he left a note on the door",
        "she hit the high note",
        "take notice",
        "give me five minutes",
        "make a reservation for two",
        "what's on television",
        "do I have to",
    ],
)
def test_what_only_sounds_like_it_is_none(text: str) -> None:
    assert the_step(text).intent == "none"


ANSWERS: dict[tuple[str, str], tuple[str, dict[str, str | int]]] = {
    ("when", "at seven"): ("agenda.when", {"when": "seven"}),
    ("when", "tomorrow morning"): ("agenda.when", {"when": "tomorrow morning"}),
    ("when", "in ten minutes"): ("agenda.when", {"minutes": 10}),
    ("which", "the first one"): ("agenda.choose", {"which": "first"}),
    ("which", "both"): ("agenda.choose", {"which": "all"}),
    ("which", "the one at seven"): ("agenda.choose", {"when": "seven"}),
    ("which", "the bread"): ("agenda.choose", {"what": "bread"}),
    ("about", "to call Mum at nine"): ("reminder.set", {"what": "call Mum", "when": "nine"}),
    ("about", "call Mum"): ("reminder.set", {"what": "call Mum"}),
    ("note", "the code is 4711"): ("note.take", {"text": "the code is 4711"}),
    ("list", "the party"): ("list.create", {"list": "party"}),
}


@pytest.mark.parametrize(("asked", "meant"), ANSWERS.items())
def test_half_a_sentence_is_an_answer_only_to_its_question(
    asked: tuple[str, str], meant: tuple[str, dict[str, str | int]]
) -> None:
    question, text = asked
    assert the_step(text, question) == Step(*meant)
    assert the_step(text).intent not in {"agenda.when", "agenda.choose", "note.take", "list.create", "reminder.set"}


@pytest.mark.parametrize("question", ["when", "which", "about", "note", "list"])
@pytest.mark.parametrize(
    ("text", "intent"), [("stop", "control.stop"), ("never mind", "control.stop"), ("what time is it", "clock.time")]
)
def test_a_command_is_a_command_whatever_was_asked(question: str, text: str, intent: str) -> None:
    assert the_step(text, question).intent == intent


@given(st.text(max_size=60), st.sampled_from(["", "when", "which", "about", "note", "list"]))
def test_no_text_is_too_much(text: str, asked: str) -> None:
    the_step(f"remind me {text}", asked)
    the_step(text, asked)


WORDS = "to about for seven tomorrow at the bread 12 in , every day"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=9))
def test_what_is_taken_apart_is_made_of_the_words_that_were_said(words: list[str]) -> None:
    found = taken_apart(" ".join(words), NOW)
    if found is not None:
        about, when = found
        assert set(f"{about} {when}".replace(",", " ").split()) <= {*words, "in"}


def test_a_very_long_sentence_is_nothing() -> None:
    assert taken_apart("to " * 500, NOW) is None


SEVERAL = {
    "set an alarm for seven and remind me to take my pills at eight": ["alarm.set", "reminder.set"],
    "add milk to the shopping list and set a timer for ten minutes": ["list.add", "timer.set"],
    "remind me to call Mum tomorrow and add milk to the list": ["reminder.set", "list.add"],
    "remind me at five to lock the door and turn off the oven": ["reminder.set"],
    "remind me to call Mum and set a timer for ten minutes": ["reminder.set", "timer.set"],
    "take a note that the bin is full and add it up": ["note.take"],
    "cancel my alarm and don't disturb me": ["alarm.cancel", "quiet.set"],
    "draw a goose and add sugar to the shopping list": ["picture.create", "list.add"],
    "wake me at six and an alarm for eight": ["alarm.set", "alarm.set"],
}


@pytest.mark.parametrize(("text", "intents"), SEVERAL.items())
def test_several_wishes_in_one_breath(text: str, intents: list[str]) -> None:
    assert [step.intent for step in CONTEXT.understand(text, surroundings=SURROUNDINGS).steps] == intents


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I've got an early flight so wake me at four", "alarm.set"),
        ("I already called Mum so cancel that reminder", "reminder.cancel"),
        ("I've bought everything, clear the list", "list.clear"),
        ("I'm in a meeting don't disturb me", "quiet.set"),
        ("she asked me to wake her at four", "none"),
        ("he said wake me up at four", "none"),
        ("my phone didn't wake me up at seven", "none"),
        ("we used to add milk to the list", "none"),
        ("where does the bus stop", "none"),
    ],
)
def test_what_somebody_comes_to_at_last(text: str, intent: str) -> None:
    assert the_step(text).intent == intent


def test_no_two_files_give_one_name_to_different_rules_or_lists() -> None:
    known: dict[tuple[str, str], object] = {}
    for file in sorted((SENTENCES / "en").glob("*.yaml")):
        grammar = yaml.safe_load(file.read_text(encoding="utf-8"))
        for kind in ("expansion_rules", "lists"):
            for name, meaning in grammar.get(kind, {}).items():
                assert known.setdefault((kind, name), meaning) == meaning, f"{file.name}: {name}"
