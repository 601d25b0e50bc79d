"""The picture skills in Arabic: what was understood in, Arabic sentences out."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from phrase_parts import ARABIC
from picture_parts import NOW, Room

from device.context import Step
from device.events import Failed
from device.gallery import Gallery
from device.offload import OutboxFull
from device.skills.picture_send import Phone
from device.store import Store


@pytest.fixture
async def pictures(store: Store, tmp_path: Path) -> AsyncIterator[Room]:
    """A room in which Arabic is spoken, and nothing was drawn yet."""
    executor = ThreadPoolExecutor(1, "draft")
    yield Room(store, Gallery(store, tmp_path / "pictures"), executor, ARABIC)
    executor.shutdown()


async def hear(pictures: Room, intent: str, **slots: str | int) -> str:
    await pictures.do(Step(intent, slots))
    return pictures.said[-1]


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ("picture.create", "ماذا أرسم؟ يمكن مثلًا قول: ارسم ثعلبًا أحمر تحت البدر."),
        ("picture.show_last", "لا توجد صورة بعد. يمكن مثلًا قول: ارسم ثعلبًا أحمر تحت البدر."),
        ("picture.restore", "ليس هناك ما يمكن استعادته."),
        ("picture.combine", "أحتاج إلى صورتين لذلك."),
    ],
)
async def test_without_a_picture_it_says_so(pictures: Room, intent: str, said: str) -> None:
    assert await hear(pictures, intent) == said


async def test_a_picture_is_drawn_varied_shown_and_described(pictures: Room) -> None:
    assert await hear(pictures, "picture.create", prompt="a red fox") == "أرسم الآن: «a red fox»."
    assert await hear(pictures, "picture.describe") == ("في الصورة: ثعلب أحمر. هذه مسودتي، والصورة المكتملة في الطريق.")
    assert await hear(pictures, "picture.variation") == "هذه صورة أخرى."
    assert await hear(pictures, "picture.show_last") == "ها هي الصورة: «a red fox»."
    assert pictures.foretell("another one") == "هذه صورة أخرى."


async def test_what_cannot_be_drawn_is_said(pictures: Room) -> None:
    await hear(pictures, "picture.create", prompt="a fox and a gnu")
    assert pictures.said[-1].endswith("لكنني طلبت المساعدة.")
    assert "لا أعرف بعد كيفية رسم" in pictures.said[-1]
    pictures.online = False
    await hear(pictures, "picture.create", prompt="a fox and a gnu")
    assert pictures.said[-1].endswith("لكنني سأطلب المساعدة حين يعود الاتصال بالشبكة.")
    assert await hear(pictures, "picture.create", prompt="a fox") == (
        "أرسم الآن: «a fox». سأكملها حين يعود الاتصال بالشبكة."
    )


async def test_changes_are_made_refused_undone_and_done_again(pictures: Room) -> None:
    await hear(pictures, "picture.create", prompt="a red fox")
    assert await hear(pictures, "picture.edit", change="أضف قبعة") == "حسنًا، مع قبعة."
    assert await hear(pictures, "picture.undo") == "حسنًا، رجعت إلى: «a red fox»."
    assert (await hear(pictures, "picture.edit", change="make it night")).startswith("حسنًا، ")
    assert await hear(pictures, "picture.edit", change="make it night") == "هي كذلك بالفعل."
    assert (await hear(pictures, "picture.edit", change="xyzzy")).startswith("عذرًا، لم أتمكن من فعل ذلك بالصورة: «")
    assert await hear(pictures, "picture.undo") == "حسنًا، رجعت إلى: «a red fox»."
    assert await hear(pictures, "picture.undo") == "ليس هناك ما يمكن التراجع عنه، فهكذا بدأت الصورة."
    assert (await hear(pictures, "picture.redo")).startswith("حسنًا، من جديد: «")
    assert await hear(pictures, "picture.redo") == "ليس هناك ما يمكن إعادته."


async def test_a_full_outbox_is_told_on_the_page(pictures: Room) -> None:
    pictures.bridge.refusal = OutboxFull("No more.")
    await hear(pictures, "picture.create", prompt="a red fox")
    assert [failed.text for failed in pictures.seen(Failed)] == ["No more."]


async def test_two_become_one(pictures: Room) -> None:
    await hear(pictures, "picture.create", prompt="a fox")
    await hear(pictures, "picture.create", prompt="a castle")
    assert await hear(pictures, "picture.combine") == "حسنًا، معًا: ثعلب وقلعة."
    assert pictures.bridge.jobs[-1]["prompt"] == "a fox and a castle"


async def test_pictures_are_deleted_and_brought_back(pictures: Room) -> None:
    for prompt in ("a fox", "a castle", "a boat"):
        await hear(pictures, "picture.create", prompt=prompt)
    assert await hear(pictures, "picture.delete") == "تم حذف الصورة. ويمكن استعادتها بقول: أعد الصورة المحذوفة."
    assert await hear(pictures, "picture.restore") == "عادت الصورة: «a boat»."
    assert await hear(pictures, "picture.delete", which="all") == "هل أحذف جميع الصور نهائيًا، وعددها ثلاث؟"
    await hear(pictures, "picture.delete")
    assert await hear(pictures, "picture.delete", which="all") == "هل أحذف الصورتين نهائيًا؟"
    assert await hear(pictures, "picture.delete", which="all", sure=1) == "تم حذف الصورتين."


async def test_it_is_shown_on_a_phone(pictures: Room) -> None:
    await hear(pictures, "picture.create", prompt="a fox")
    assert await hear(pictures, "picture.send") == "لم يُقرن بي أي هاتف بعد، فالصورة على صفحتي وحدها."
    pictures.phones = [Phone("1", "هاتف ليلى", True), Phone("2", "شاشة المطبخ", False)]
    assert await hear(pictures, "picture.send", to="هاتف ليلى") == "الصورة الآن على «هاتف ليلى»."
    assert await hear(pictures, "picture.send", to="شاشة المطبخ") == ("ستظهر الصورة حين تُفتح الصفحة على «شاشة المطبخ».")
    assert await hear(pictures, "picture.send") == "أين أعرضها: هاتف ليلى أم شاشة المطبخ؟"
    assert await hear(pictures, "picture.send", to="عمر") == (
        "لا أعرف «عمر»؛ ويمكنني عرضها على هاتف ليلى وشاشة المطبخ."
    )


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(hours=1), "هذه صورة فوتوغرافية وصلت من «هاتف ليلى» اليوم الساعة الثامنة إلا ثلثًا."),
        (
            timedelta(days=2),
            "هذه صورة فوتوغرافية وصلت من «هاتف ليلى» يوم الجمعة، العشرين من نوفمبر، الساعة التاسعة إلا ثلثًا.",
        ),
    ],
)
async def test_a_photo_is_told_by_whence_it_came(pictures: Room, ago: timedelta, said: str) -> None:
    photo = await pictures.gallery.new(turn="t", prompt="صورة", scene=None, seed=0, source="هاتف ليلى")
    at = (NOW - ago).timestamp()
    await pictures.store.write(lambda db: db.execute("UPDATE pictures SET created_at = ?", (at,)))
    await pictures.do(Step("picture.describe", references={"it": photo.id}))
    assert pictures.said[-1] == said
    await pictures.do(Step("picture.variation", references={"it": photo.id}))
    assert pictures.said[-1] == "لا يمكنني صنع نسخة أخرى من صورة فوتوغرافية."
