"""What is a question about the world, what is the household's own, and what is nobody's."""

from datetime import datetime

import pytest

from device.context.questions import MAX_CHARS, Questions
from device.context.surroundings import Surroundings

QUESTIONS = Questions()
AROUND = Surroundings(now=datetime(2026, 11, 26, 9).astimezone(), online=True)


async def understood(text: str, around: Surroundings = AROUND) -> tuple[str, dict[str, str | int], str] | None:
    steps = await QUESTIONS.look_up(text, around) or await QUESTIONS.ask(text, around)
    return (steps[0].intent, dict(steps[0].slots), steps[0].route) if steps else None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Who painted the Night Watch?", "Who painted the Night Watch"),
        ("how long do I boil an egg", "how long do I boil an egg"),
        ("okay so can you tell me who invented the telephone please", "who invented the telephone"),
        ("do you know how far away the moon is", "how far away the moon is"),
        ("tell me about black holes", "tell me about black holes"),
        ("is a tomato a fruit", "is a tomato a fruit"),
        ("look up narwhals, please", "narwhals"),
        ("search for pancake recipes on the internet", "pancake recipes"),
        ("look the word serendipity up", "the word serendipity"),
        ("what’s the capital of Peru", "what's the capital of Peru"),
        ("how many planets are there", "how many planets are there"),
    ],
)
async def test_a_question_about_the_world(text: str, question: str) -> None:
    assert await understood(text) == ("question.ask", {"question": question}, "question/device+bridge")


@pytest.mark.parametrize("text", ["and how tall is it", "what about Lyon", "how old was he then"])
async def test_a_question_that_goes_on_from_the_one_before(text: str) -> None:
    found = await understood(text)
    assert found is not None
    assert found[1] == {"question": text, "back": 1}


@pytest.mark.parametrize("text", ["what's our gate code", "where did I put the keys", "when is my dentist appointment"])
async def test_what_only_the_household_knows_never_leaves(text: str) -> None:
    found = await understood(text)
    assert found is not None
    assert (found[1].get("ours"), found[2]) == (1, "question/device")


@pytest.mark.parametrize(
    "text",
    [
        "how are you",
        "what's your name",
        "what's up",
        "who is that",
        "why",
        "and",
        "is it going to rain",
        "draw a fox",
        "thank you",
        "how long is left on the timer",
        "is the kitchen light on",
        "",
        "🦊🦊",
        "the who played in Leeds",
    ],
)
async def test_what_is_no_question_for_anybody(text: str) -> None:
    assert await understood(text) is None


async def test_a_question_in_the_room_is_none_for_the_device() -> None:
    overheard = Surroundings(now=AROUND.now, online=True, addressed=False)
    assert await understood("who painted the night watch", overheard) is None
    assert await understood("look up narwhals", overheard) is None
    assert await understood("where did you get that from", overheard) is None


async def test_too_much_is_no_question() -> None:
    assert await understood("who " + "very " * MAX_CHARS + "old is it") is None


@pytest.mark.parametrize(
    "text", ["where did you get that from?", "says who", "how do you know that", "what's the source"]
)
async def test_where_an_answer_came_from_can_be_asked(text: str) -> None:
    assert await understood(text) == ("question.source", {}, "question/device")


@pytest.mark.parametrize(
    ("around", "route"),
    [
        (Surroundings(now=AROUND.now), "question/device (offline)"),
        (Surroundings(now=AROUND.now, online=True, hot=True), "question/device+bridge"),
        (
            Surroundings(now=AROUND.now, online=True, kept_here=frozenset({"question.ask"})),
            "question/device (nothing may leave)",
        ),
    ],
)
async def test_the_route_says_whether_it_leaves(around: Surroundings, route: str) -> None:
    found = await understood("who painted the night watch", around)
    assert found is not None
    assert found[2] == route


async def test_in_a_language_without_forms_nothing_is_a_question() -> None:
    assert await Questions("xx").ask("who painted the night watch", AROUND) == ()
    assert await Questions("xx").look_up("look up narwhals", AROUND) == ()


ARABIC = Questions("ar")


async def understood_in_arabic(text: str) -> tuple[str, dict[str, str | int], str] | None:
    steps = await ARABIC.look_up(text, AROUND) or await ARABIC.ask(text, AROUND)
    return (steps[0].intent, dict(steps[0].slots), steps[0].route) if steps else None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("من رسم الموناليزا؟", "من رسم الموناليزا"),
        ("مَن رسمَ الموناليزا", "من رسم الموناليزا"),
        ("لو سمحت ما هي عاصمة البيرو", "ما هي عاصمة البيرو"),
        ("كم يبعد القمر عن الأرض", "كم يبعد القمر عن الأرض"),
        ("ليش السما زرقا", "ليش السما زرقا"),
        ("هل الطماطم فاكهة من فضلك", "هل الطماطم فاكهة"),
        ("حدثني عن الثقوب السوداء", "حدثني عن الثقوب السوداء"),
        ("ابحث عن حيتان النروال", "حيتان النروال"),
        ("في أي سنة هبط الإنسان على القمر", "في أي سنة هبط الإنسان على القمر"),
    ],
)
async def test_an_arabic_question_about_the_world(text: str, question: str) -> None:
    assert await understood_in_arabic(text) == ("question.ask", {"question": question}, "question/device+bridge")


async def test_an_arabic_question_goes_on_from_the_one_before() -> None:
    for text in ("و كم عمره", "ماذا عن ليون"):
        found = await understood_in_arabic(text)
        assert found is not None, text
        assert found[1].get("back") == 1


@pytest.mark.parametrize("text", ["ما رمز بوابتنا", "أين مفتاحي", "متى عيد ميلاد أمي", "ما كلمة سر الواي فاي"])
async def test_what_only_an_arabic_household_knows_never_leaves(text: str) -> None:
    found = await understood_in_arabic(text)
    assert found is not None
    assert (found[1].get("ours"), found[2]) == (1, "question/device")


@pytest.mark.parametrize(
    "text", ["كيف حالك", "من هناك", "شو هاد", "كم بقي على المؤقت", "ارسم ثعلبا", "لماذا", "🦊", ""]
)
async def test_arabic_that_is_no_question_about_the_world(text: str) -> None:
    assert await understood_in_arabic(text) is None


async def test_where_an_arabic_answer_came_from() -> None:
    found = await understood_in_arabic("من أين عرفت هذا")
    assert found is not None
    assert found[0] == "question.source"
