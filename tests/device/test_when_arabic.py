"""Times and dates in Arabic."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.context.open_words import taken_apart
from device.context.when import when
from device.context.yes_or_no import is_no, is_yes

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo("Asia/Riyadh"))
"""A Thursday."""


@pytest.mark.parametrize(
    ("said", "at"),
    [
        # The clock.
        ("الساعة السابعة والنصف صباحا", "Fri 27 07:30"),
        ("الثامنة إلا ربعا", "Thu 26 19:45"),
        ("الساعة 7", "Thu 26 19:00"),
        ("الساعة ٧:٣٠ مساءً", "Thu 26 19:30"),
        ("الساعة 19:30", "Thu 26 19:30"),
        ("عالساعة تسعة", "Thu 26 21:00"),
        ("للساعة التاسعة", "Thu 26 21:00"),
        ("الساعة الثانية عشرة والربع", "Fri 27 00:15"),
        ("الساعة الحادية عشرة ليلا", "Thu 26 23:00"),
        ("الساعة تلاتة ونص", "Thu 26 15:30"),
        ("الساعة سبعة ونص وخمسة", "Thu 26 19:35"),
        ("سبعة الا تلت", "Thu 26 18:40"),
        ("الساعة سبعة وخمس وعشرين دقيقة", "Thu 26 19:25"),
        ("سبع ونص الصبح", "Fri 27 07:30"),
        ("الساعة عشرة ونص بالليل", "Thu 26 22:30"),
        ("الساعة وحدة", "Fri 27 01:00"),
        ("الساعة الواحدة ظهرا", "Fri 27 13:00"),
        ("الساعة ١٢ ظهرا", "Fri 27 12:00"),
        ("منتصف الليل", "Fri 27 00:00"),
        ("الظهر", "Fri 27 12:00"),
        # Days.
        ("بكرة الصبح", "Fri 27 09:00"),
        ("بكرة الظهر", "Fri 27 12:00"),
        ("غدا الساعة السابعة صباحا", "Fri 27 07:00"),
        ("باكر الساعة خمس الفجر", "Fri 27 05:00"),
        ("الساعة السابعة صباح الغد", "Fri 27 07:00"),
        ("بعد غد", "Sat 28 09:00"),
        ("بعد بكرة العصر", "Sat 28 15:00"),
        ("اليوم الساعة خمسة", "Thu 26 17:00"),
        ("مساء اليوم", "Thu 26 19:00"),
        ("الليلة الساعة تسعة", "Thu 26 21:00"),
        ("يوم الاثنين", "Mon 30 09:00"),
        ("الجمعة القادمة الساعة خمسة العصر", "Fri 27 17:00"),
        ("يوم الثلاثاء الساعة الثالثة وعشر دقائق", "Tue 01 15:10"),
        ("الأسبوع القادم", "Sun 29 09:00"),
        ("يوم الاثنين من الأسبوع القادم", "Mon 30 09:00"),
        ("في نهاية الأسبوع", "Fri 27 09:00"),
        ("3 ديسمبر", "Thu 03 09:00"),
        ("الثالث من كانون الأول", "Thu 03 09:00"),
        ("خمسة وعشرين ديسمبر الساعة 8 مساء", "Fri 25 20:00"),
        # From now.
        ("بعد عشرين دقيقة", "Thu 26 15:20"),
        ("بعد دقيقتين", "Thu 26 15:02"),
        ("بعد ساعة ونصف", "Thu 26 16:30"),
        ("بعد نص ساعة", "Thu 26 15:30"),
        ("كمان ربع ساعة", "Thu 26 15:15"),
        ("بعد ساعتين إلا ربع", "Thu 26 16:45"),
        ("خلال خمس دقائق", "Thu 26 15:05"),
        ("بعد ثلاث ساعات ونصف", "Thu 26 18:30"),
        ("نص ساعة من الآن", "Thu 26 15:30"),
        ("بعد ثلاثة أيام", "Sun 29 09:00"),
        ("بعد أسبوعين", "Thu 10 09:00"),
    ],
)
def test_a_moment(said: str, at: str) -> None:
    moment = when(said, NOW)
    assert moment is not None
    assert moment.at.strftime("%a %d %H:%M") == at
    assert not moment.days


@pytest.mark.parametrize(
    ("said", "days", "minute"),
    [
        ("كل يوم الساعة ستة الصبح", {0, 1, 2, 3, 4, 5, 6}, 360),
        ("يوميا الساعة 7", {0, 1, 2, 3, 4, 5, 6}, 420),
        ("كل يوم عمل الساعة السابعة صباحا", {6, 0, 1, 2, 3}, 420),
        ("ايام الدوام الساعة ثمانية ونص", {6, 0, 1, 2, 3}, 510),
        ("كل جمعة الساعة عشرة", {4}, 600),
        ("كل احد وثلاثاء الساعة تسعة", {6, 1}, 540),
        ("من الأحد إلى الخميس الساعة الثامنة", {6, 0, 1, 2, 3}, 480),
        ("كل نهاية أسبوع", {4, 5}, 540),
    ],
)
def test_again_and_again(said: str, days: set[int], minute: int) -> None:
    moment = when(said, NOW)
    assert moment is not None
    assert (set(moment.days), moment.minute) == (days, minute)


@pytest.mark.parametrize(
    "said", ["ساعة", "خمس دقائق", "القطة", "اليوم التالي للقطة", "الساعة 27", "بعد", "و", "😀", "at غدا", "غدا amanhã"]
)
def test_no_time(said: str) -> None:
    assert when(said, NOW) is None


@given(st.text("بعدغ كلساةيومنصرا و0179:،", max_size=60))
@settings(max_examples=300)
def test_whatever_is_said_nothing_is_raised(text: str) -> None:
    when(text, NOW)
    taken_apart(text, NOW)
    assert not (is_yes(text) and is_no(text))


@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("بكرة الساعة تسعة أن أتصل بأمي", ("أتصل بأمي", "بكرة الساعة تسعة")),
        ("أن أدعو صديقي على العشاء يوم الجمعة", ("أدعو صديقي على العشاء", "يوم الجمعة")),
        ("بموعد الطبيب يوم الأحد", ("موعد الطبيب", "يوم الأحد")),
        ("بشراء الحليب بعد ساعة", ("شراء الحليب", "بعد ساعة")),
        ("اشتري خبز الساعة خمسة العصر", ("اشتري خبز", "الساعة خمسة العصر")),
        ("عند العصر بإطعام القطة", ("إطعام القطة", "عند العصر")),
        ("كيف حالك", None),
    ],
)
def test_what_is_to_be_remembered_and_when(rest: str, parts: tuple[str, str] | None) -> None:
    assert taken_apart(rest, NOW) == parts


@pytest.mark.parametrize("text", ["نعم", "أيوه احذفها", "اكيد", "طبعاً", "نعم من فضلك", "موافق"])
def test_yes(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", ["لا", "لا شكرا", "لا تحذفها", "خلاص", "مش عايز", "لا، غيرت رأيي"])
def test_no(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["شكرا", "هذا", "كم الساعة", "نعم كم الساعة", "لا تزعجني"])
def test_neither(text: str) -> None:
    assert not is_yes(text)
    assert not is_no(text)
