"""What people say to pictures in Arabic: made, changed, back and forth, and which one is meant."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.again import repeated
from device.context.marked import Marked, about_part
from device.context.references_arabic import as_english
from device.context.surroundings import Question
from edge_models.image.parse import parse_prompt

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ENGINE = ContextEngine("ar")


def seen(name: str, prompt: str, made_at: float) -> PictureSeen:
    return PictureSeen(name, prompt, parse_prompt(prompt), made_at)


FOX, CASTLE, CAT = (
    seen("fox", "ثعلب أحمر تحت قمر كامل", 1),
    seen("castle", "قلعة مع تنين أزرق في الليل", 2),
    seen("cat", "قطة سوداء على الشاطئ", 3),
)


def steps(text: str, *pictures: PictureSeen, question: Question | None = None) -> tuple[Step, ...]:
    around = Surroundings(now=NOW, pictures=pictures or (CAT, CASTLE, FOX), question=question)
    return ENGINE.understand(text, surroundings=around).steps


def step(text: str, *pictures: PictureSeen, question: Question | None = None) -> Step:
    (only,) = steps(text, *pictures, question=question)
    return only


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("ارسم ثعلبا أحمر تحت قمر كامل", "ثعلبا أحمر تحت قمر كامل"),
        ("من فضلك ارسم لي قطة", "قطة"),
        ("أريد صورة لقلعة في الليل", "لقلعة في الليل"),
        ("ارسملي بيت على البحر", "بيت على البحر"),
        ("هل يمكنك أن ترسم تنينا أخضر؟", "تنينا أخضر"),
        ("ارسم زحلوطا", "زحلوطا"),
        ("ارسم fox أحمر", "fox أحمر"),
    ],
)
def test_a_picture_is_asked_for_and_the_prompt_stays_as_it_was_said(text: str, prompt: str) -> None:
    found = step(text)
    assert (found.intent, found.slots.get("prompt")) == ("picture.create", prompt)


@pytest.mark.parametrize(
    "text",
    [
        "اجعله أزرق",
        "اجعلها ليلا",
        "خليها بالليل",
        "أضف شجرتين",
        "ضعها في الغابة",
        "اجعل القطة أكبر",
        "غير الخلفية إلى غابة",
        "أعطها قبعة حمراء",
        "لونها بالأبيض",
        "حولها إلى أسد",
        "ارسمها بالألوان المائية",
        "بدون الشاطئ",
        "أكبر",
        "كبرها",
    ],
)
def test_a_change_is_understood_and_stays_as_it_was_said(text: str) -> None:
    found = step(text)
    assert (found.intent, found.slots, list(found.references.values())) == ("picture.edit", {"change": text}, ["cat"])


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("تراجع", "picture.undo"),
        ("ألغ التعديل الأخير", "picture.undo"),
        ("أعدها كما كانت", "picture.undo"),
        ("ألغ التراجع", "picture.redo"),
        ("أعد التعديل", "picture.redo"),
        ("استرجعها", "picture.restore"),
        ("استعد الصورة المحذوفة", "picture.restore"),
        ("ماذا في الصورة", "picture.describe"),
        ("صفها", "picture.describe"),
        ("صف لي الصورة", "picture.describe"),
        ("احذفها", "picture.delete"),
        ("احذف الصورة", "picture.delete"),
        ("ادمجهما", "picture.combine"),
        ("ادمج الصورتين في صورة واحدة", "picture.combine"),
        ("أرسلها إلى أمي", "picture.send"),
        ("اعرضها على شاشة المطبخ", "picture.send"),
        ("اطبعها", "picture.send"),
        ("واحدة أخرى", "picture.variation"),
        ("ارسمها مرة أخرى", "picture.variation"),
        ("أرني آخر صورة", "picture.show_last"),
        ("أرني الصورة السابقة", "picture.show_last"),
    ],
)
def test_it_is_understood(text: str, intent: str) -> None:
    assert step(text).intent == intent


def test_all_pictures_are_only_deleted_after_a_question() -> None:
    asked = step("احذف كل الصور")
    assert asked.asks is not None
    assert (asked.intent, asked.asks.slots) == ("picture.delete", {"which": "all", "sure": 1})


@pytest.mark.parametrize(
    "text",
    [
        "أضف ملعقتين من السكر وحرك المزيج",
        "ضع الزبدة في الثلاجة",
        "احذف الملف من الحاسوب",
        "صورته في الجريدة كانت جميلة",
        "أنا أحب الثعالب",
        "كانت ليلة جميلة",
    ],
)
def test_what_only_sounds_like_it_is_nothing(text: str) -> None:
    assert not step(text).intent.startswith("picture.")


@pytest.mark.parametrize(
    ("text", "intent", "pictures"),
    [
        ("اجعل صورة الثعلب زرقاء", "picture.edit", ["fox"]),
        ("اجعل الأولى زرقاء", "picture.edit", ["fox"]),
        ("اجعل الصورة الثانية زرقاء", "picture.edit", ["castle"]),
        ("اجعل التنين أحمر", "picture.edit", ["castle"]),
        ("احذف القمر", "picture.edit", ["fox"]),
        ("احذف صورة القلعة", "picture.delete", ["castle"]),
        ("احذف الصورة السابقة", "picture.delete", ["castle"]),
        ("أرني الصورة الأولى", "picture.show_last", ["fox"]),
        ("أرني صورة القلعة", "picture.show_last", ["castle"]),
        ("صف الصورة التي فيها التنين", "picture.describe", ["castle"]),
        ("أرسل صورة الثعلب إلى أمي", "picture.send", ["fox"]),
        ("ادمج الثعلب والقلعة في صورة واحدة", "picture.combine", ["fox", "castle"]),
        ("ضع الثعلب في صورة القلعة", "picture.combine", ["fox", "castle"]),
    ],
)
def test_which_picture_is_meant(text: str, intent: str, pictures: list[str]) -> None:
    found = step(text)
    assert (found.intent, list(found.references.values())) == (intent, pictures)


def test_two_animals_of_one_kind_are_told_apart_in_a_picture_and_are_no_pictures() -> None:
    two = seen("two", "قطة سوداء وقطة بيضاء", 9)
    found = step("اجعل القطة الثانية حمراء", two, FOX)
    assert (found.slots, list(found.references.values())) == ({"change": "اجعل القطة الثانية حمراء"}, ["two"])


def test_several_commands_in_one_breath() -> None:
    found = steps("ارسم ثعلبا واجعله أزرق وأضف شجرة")
    assert [each.intent for each in found] == ["picture.create", "picture.edit", "picture.edit"]
    assert found[1].references == found[2].references or found[1].references


@pytest.mark.parametrize(
    ("answer", "wanted"), [("الثعلب", ["fox"]), ("الثانية", ["castle"]), ("كلتاهما", ["fox", "castle"])]
)
def test_a_question_is_answered(answer: str, wanted: list[str]) -> None:
    asked = Question(Step("picture.describe"), (FOX, CASTLE))
    assert list(step(answer, question=asked).references.values()) == wanted


@pytest.mark.parametrize("text", ["لا، أقصد الثعلب", "قصدي صورة الثعلب", "وصورة الثعلب أيضا"])
def test_the_same_with_another_picture(text: str) -> None:
    before = Step("picture.delete", references={"it": "cat"})
    found = repeated(text, before, Surroundings(now=NOW, pictures=(CAT, CASTLE, FOX)))
    assert found is not None
    assert (found.intent, list(found.references.values())) == ("picture.delete", ["fox"])


def test_a_picture_asked_for_here_changes_the_part_that_is_marked() -> None:
    create = Step("picture.create", {"prompt": "قبعة هنا"})
    (found,) = about_part("ارسم قبعة هنا", (create,), Marked("cat", "region"))
    assert (found.intent, found.slots["region"]) == ("picture.edit", "region")


@pytest.mark.parametrize(
    ("arabic", "english"),
    [
        ("احذف صورة الثعلب", "remove the picture of the fox"),
        ("اجعل الصورة السابقة زرقاء", "make the previous picture blue"),
        ("اجعل كلتيهما ثلجيتين", "make both snowy"),
        ("آخر صورة", "the last picture"),
        ("واحدة منهما", "one of them"),
        ("make it blue", "make it blue"),
    ],
)
def test_what_pictures_are_called_is_put_into_the_words_of_references(arabic: str, english: str) -> None:
    assert as_english(arabic) == english


@pytest.mark.parametrize("text", ["", "و", "ال", "🦊", "ارسم", "صورة", "الصورة " * 400, "احذف " * 2000, "ها"])
def test_odd_text_breaks_nothing(text: str) -> None:
    assert steps(text)
