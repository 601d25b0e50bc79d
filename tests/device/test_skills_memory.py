"""Remembering, recalling and forgetting, as somebody talks with the device."""

from collections.abc import AsyncIterator

import pytest
from memory_parts import Talk, no_model
from phrase_parts import ENGLISH

from device.bus import Bus
from device.clock import SystemClock
from device.memory import MAX_CHARS, Memory
from device.phrases.english_person import second_person
from device.skills.memory import ANSWER_WITHIN_S
from device.store import Store
from device.voice import SilentVoice

WHAT = "What shall I remember?"
FULL = "I remember 1,000 things already; forget one first."
TOO_LONG = "That's too long to remember; say it in at most 300 characters."


@pytest.fixture
async def talk(store: Store) -> AsyncIterator[Talk]:
    memory = Memory(store, encoder=no_model)
    yield Talk(store, memory, SilentVoice(bus=Bus(SystemClock())))
    memory.close()


@pytest.fixture
async def house(talk: Talk) -> Talk:
    """Four facts, told a while ago."""
    for fact in ("Lina likes foxes", "my gate code is 4711", "Lina is eight", "Tom plays football"):
        await talk.memory.remember(fact)
    return talk


async def test_a_fact_is_repeated_to_the_one_who_told_it(talk: Talk) -> None:
    assert await talk.hear("Remember that my gate code is 4711.") == "I'll remember: your gate code is 4711."
    assert talk.facts() == ["my gate code is 4711"]
    assert await talk.hear("remember my gate code is 4711") == "I know that already."


async def test_nothing_to_remember_is_asked_for(talk: Talk) -> None:
    assert await talk.hear("remember this") == WHAT
    assert talk.asked
    assert await talk.hear("Lina likes foxes") == "I'll remember: Lina likes foxes."
    assert "Sorry" in await talk.hear("Tom likes cars")  # nobody has asked for that one


async def test_an_answer_that_comes_too_late_is_none(talk: Talk) -> None:
    await talk.hear("remember")
    talk.seconds += ANSWER_WITHIN_S + 1
    assert "Sorry" in await talk.hear("Lina likes foxes")
    assert talk.facts() == []


async def test_another_command_is_no_answer(talk: Talk) -> None:
    await talk.hear("remember this")
    assert await talk.hear("say that again") == "I haven't said anything yet."
    assert talk.facts() == []


@pytest.mark.parametrize("text", ["remember to buy milk", "remember me", "remember when we were in Rome"])
async def test_a_reminder_and_small_talk_are_no_facts(talk: Talk, text: str) -> None:
    await talk.hear(text)
    assert talk.facts() == []


async def test_what_is_too_long_or_too_much_is_refused_in_a_sentence(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await talk.hear("remember that " + "foxes are nice and " * (MAX_CHARS // 18)) == TOO_LONG
    monkeypatch.setattr("device.memory.MAX_FACTS", 0)
    assert await talk.hear("remember that Lina likes foxes") == FULL
    assert talk.facts() == []


async def test_a_question_is_answered_with_the_fact(house: Talk) -> None:
    assert await house.hear("what does Lina like?") == "Lina likes foxes."
    assert await house.hear("Hey Jarvis, what's the gate code?") == "Your gate code is 4711."
    assert await house.hear("please tell me the gate code") == "Your gate code is 4711."
    assert house.intents == ["memory.recall"] * 3


@pytest.mark.parametrize(
    "text", ["who wrote Hamlet", "what does Ben like", "Lina likes foxes a lot", "why is the gate code 4711"]
)
async def test_what_memory_does_not_know_stays_what_it_was(house: Talk, text: str) -> None:
    await house.hear(text)
    assert house.intents == ["none"]


async def test_all_about_somebody_is_told_and_what_is_unknown_is_said(house: Talk) -> None:
    assert await house.hear("what do you know about Lina") == "Lina is eight. Lina likes foxes."
    assert await house.hear("what do you know about my sister") == "I don't know anything about your sister."
    assert await house.hear("do you remember where I parked") == "I don't know anything about that."
    assert await house.hear("do you remember the gate code") == "Your gate code is 4711."


async def test_all_that_is_known_is_told_in_short(house: Talk) -> None:
    said = await house.hear("what do you know about me")
    assert said == "Tom plays football. Lina is eight. Your gate code is 4711. And 1 more; the page has them all."
    await house.memory.forget(house.memory.facts())
    assert await house.hear("what do you remember") == "You haven't told me anything yet."


async def test_forget_that_means_the_fact_that_was_just_told(house: Talk) -> None:
    await house.hear("remember that Lina has a cat")
    assert await house.hear("no, forget that") == "Forgotten: Lina has a cat."
    assert house.stopped_work == 0
    assert len(house.facts()) == 4


@pytest.mark.parametrize("text", ["forget that", "forget it", "never mind", "cancel that"])
async def test_forget_that_stops_the_work_when_no_fact_was_just_told(house: Talk, text: str) -> None:
    await house.hear(text)
    await house.hear("remember that Lina has a cat")
    await house.hear("what does Lina like")
    await house.hear(text)  # something was said in between
    assert house.stopped_work == 2
    assert len(house.facts()) == 5


async def test_a_fact_that_was_known_before_is_not_what_forget_that_means(house: Talk) -> None:
    await house.hear("remember that Lina likes foxes")
    await house.hear("forget that")
    assert house.stopped_work == 1


async def test_a_few_facts_about_somebody_are_forgotten_at_once(house: Talk) -> None:
    assert await house.hear("forget what you know about Lina") == "2 things forgotten."
    assert await house.hear("forget my gate code") == "Forgotten: your gate code is 4711."
    assert house.facts() == ["Tom plays football"]
    assert await house.hear("forget that Lina likes foxes") == "I don't know anything about Lina likes foxes."


async def test_the_last_fact_is_forgotten(house: Talk) -> None:
    assert await house.hear("forget the last thing I told you") == "Forgotten: Tom plays football."


@pytest.mark.parametrize("yes", ["yes", "Yes, please.", "yeah do it", "sure", "everything"])
async def test_everything_is_forgotten_after_a_yes(house: Talk, yes: str) -> None:
    assert await house.hear("forget everything you know about me") == "Really everything?"
    assert house.asked
    assert await house.hear(yes) == "4 things forgotten."
    assert house.facts() == []


@pytest.mark.parametrize("answer", ["no", "No!", "don't", "never mind", "stop", "what time is it", "yesterday"])
async def test_everything_is_kept_without_a_yes(house: Talk, answer: str) -> None:
    await house.hear("forget everything you know about me")
    await house.hear(answer)
    await house.hear("yes")  # too late: the question was answered, or something else was said
    assert len(house.facts()) == 4


async def test_who_is_asked_whether_words_are_meant_for_the_device_changes_nothing(house: Talk) -> None:
    await house.hear("forget everything you know about me")
    for text in ("yes", "what time is it", "yes"):
        await house.plan(text)
    assert await house.hear("yes") == "4 things forgotten."


async def test_a_yes_without_a_question_forgets_nothing(house: Talk) -> None:
    await house.hear("yes")
    await house.hear("forget everything you know about me")
    house.seconds += ANSWER_WITHIN_S + 1
    await house.hear("yes")
    assert len(house.facts()) == 4


async def test_many_facts_are_forgotten_after_a_yes(house: Talk) -> None:
    for number in range(3):
        await house.memory.remember(f"Lina has a cat number {number}")
    assert await house.hear("forget Lina") == "That's 5 things. Really all of them?"
    await house.hear("yes")
    assert house.facts() == ["Tom plays football", "my gate code is 4711"]


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("my gate code is 4711", "Your gate code is 4711."),
        ("I am allergic to nuts", "You are allergic to nuts."),
        ("I'm 42 and I've got a dog", "You're 42 and you've got a dog."),
        ("Lina and I were late, as I was tired", "Lina and you were late, as you were tired."),
        ("you are called Wally", "I am called Wally."),
        ("we park our car where you told us", "You park your car where I told you."),
        ("that is mine!", "That is yours!"),
        ("Myra’s army", "Myra's army."),
        ("", "."),
    ],
)
def test_what_somebody_said_of_themselves_is_turned(said: str, turned: str) -> None:
    assert ENGLISH("memory-told", fact=said) == turned


def test_a_name_keeps_its_capital() -> None:
    assert second_person("My friend Ian") == "your friend Ian"


# --- who speaks


@pytest.fixture
async def family(talk: Talk) -> Talk:
    """Two people have told something of themselves, and nobody knows who told the third thing."""
    for person, fact in (("Lina", "I like foxes"), ("Omar", "I like trains"), ("", "the gate code is 4711")):
        await talk.memory.remember(fact, person)
    return talk


@pytest.mark.parametrize(
    ("speaker", "question", "answer"),
    [
        ("Lina", "what do I like", "You like foxes."),
        ("Omar", "what do I like", "You like trains."),
        ("Omar", "what does Lina like", "Lina told me: I like foxes."),
        ("", "what does lina like", "Lina told me: I like foxes."),
        ("Lina", "what does Lina like", "You like foxes."),
        ("Mona", "what do I like", "I don't know anything about that."),
        ("Mona", "what's the gate code", "The gate code is 4711."),
        ("Lina", "what do you know about me", "You like foxes."),
        ("Mona", "what do you know about me", "I don't know anything about you."),
        ("", "what do you know about Omar", "Omar told me: I like trains."),
    ],
)
async def test_i_is_whoever_speaks(family: Talk, speaker: str, question: str, answer: str) -> None:
    family.speaker = speaker
    assert await family.hear(question) == answer


async def test_two_people_may_tell_the_same_of_themselves(family: Talk) -> None:
    family.speaker = "Omar"
    assert await family.hear("remember that I like foxes") == "I'll remember: you like foxes."
    assert await family.hear("remember that I like foxes") == "I know that already."
    family.speaker = "Lina"
    assert await family.hear("remember that I like foxes") == "I know that already."


async def test_nobody_forgets_what_another_has_told_of_himself(family: Talk) -> None:
    family.speaker = "Omar"
    await family.hear("forget that I like foxes")
    assert "I like foxes" in family.facts()
    family.speaker = "Lina"
    assert await family.hear("forget that I like foxes") == "Forgotten: you like foxes."


async def test_whose_fact_it_is_outlives_a_restart(family: Talk, store: Store) -> None:
    later = Memory(store, encoder=no_model)
    await later.load()
    assert {fact.text: fact.person for fact in later.facts()} == {
        "I like foxes": "Lina",
        "I like trains": "Omar",
        "the gate code is 4711": "",
    }
    assert family.facts() == [fact.text for fact in later.facts()]
    later.close()


async def test_a_voice_with_the_name_of_an_everyday_word_changes_no_question(talk: Talk) -> None:
    await talk.memory.remember("I like foxes", "Like")
    await talk.memory.remember("I draw horses", "Will")
    talk.speaker = "Like"
    assert await talk.hear("what do I like") == "You like foxes."
    talk.speaker = "Will"
    assert await talk.hear("what do I draw") == "You draw horses."
