"""Memory in Arabic: by the words of a question, in whatever form they are said."""

import pytest
from memory_parts import no_model

from device.memory import Memory
from device.recollection import as_question
from device.recollection_arabic import arabic_words
from device.store import Store

HOUSE = (
    "لينا تحب الثعالب",
    "المفتاح الاحتياطي تحت الأصيص الأزرق",
    "رمز البوابة 4711",
    "القمامة تجمع يوم الثلاثاء صباحا",
    "أحب القهوة بدون سكر",
    "عيد ميلاد أمي في الخامس من مايو",
)


@pytest.fixture
async def memory(store: Store) -> Memory:
    memory = Memory(store, encoder=no_model)
    for fact in HOUSE:
        await memory.remember(fact)
    return memory


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("ماذا تحب لينا", 0),
        ("ماذا تحبّ لينا؟", 0),
        ("أين المفتاح الاحتياطي", 1),
        ("وين مفتاحي الاحتياطي", 1),
        ("ما هو رمز البوابة", 2),
        ("متى تُجمع القمامة", 3),
        ("ماذا أحب", 4),
        ("متى عيد ميلاد أمي", 5),
    ],
)
async def test_a_question_finds_its_fact(memory: Memory, question: str, fact: int) -> None:
    found = await memory.recall(as_question(question))
    assert found
    assert found[0].fact.text == HOUSE[fact]


@pytest.mark.parametrize(
    "question", ["ماذا تحب مريم", "أين مفتاح السيارة", "كم عمر الشمس", "من رسم الموناليزا", "لينا هنا", "ماذا", "؟"]
)
async def test_what_nobody_told_is_not_made_up(memory: Memory, question: str) -> None:
    assert await memory.recall(as_question(question)) == []


async def test_what_is_to_be_forgotten_is_found_by_its_words(memory: Memory) -> None:
    assert [fact.text for fact in await memory.mentioning("رمز البوابة")] == [HOUSE[2]]
    assert await memory.mentioning("رمز الخزنة") == []


def test_forms_of_a_word_are_one() -> None:
    assert arabic_words("الثعالب") == arabic_words("ثعالب") == arabic_words("والثعالب")
    assert arabic_words("تحب") == arabic_words("يحب") == arabic_words("أحب")
    assert arabic_words("fox 🦊 ؟!") == ()
