"""Numbers, durations, times and days as Arabic says them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.phrases import Moment
from device.phrases.arabic import Arabic
from device.phrases.wording import Case, Gender

NOW = datetime(2026, 11, 22, 20, 40)  # noqa: DTZ001 - of any zone; a Sunday
SAYS = Arabic()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("00:00", "الثانية عشرة منتصف الليل"),
        ("12:00", "الثانية عشرة ظهرًا"),
        ("00:30", "الثانية عشرة والنصف"),
        ("01:00", "الواحدة"),
        ("03:30", "الثالثة والنصف"),
        ("15:15", "الثالثة والربع"),
        ("15:20", "الثالثة والثلث"),
        ("20:40", "التاسعة إلا ثلثًا"),
        ("23:45", "الثانية عشرة إلا ربعًا"),
        ("08:50", "التاسعة إلا عشر دقائق"),
        ("12:55", "الواحدة إلا خمس دقائق"),
        ("10:01", "العاشرة ودقيقة واحدة"),
        ("10:02", "العاشرة ودقيقتان"),
        ("10:05", "العاشرة وخمس دقائق"),
        ("10:08", "العاشرة وثماني دقائق"),
        ("11:10", "الحادية عشرة وعشر دقائق"),
        ("11:11", "الحادية عشرة وإحدى عشرة دقيقة"),
        ("11:12", "الحادية عشرة واثنتا عشرة دقيقة"),
        ("20:18", "الثامنة وثماني عشرة دقيقة"),
        ("20:25", "الثامنة وخمس وعشرون دقيقة"),
        ("20:28", "الثامنة وثمانٍ وعشرون دقيقة"),
        ("20:43", "الثامنة وثلاث وأربعون دقيقة"),
        ("20:51", "الثامنة وإحدى وخمسون دقيقة"),
    ],
)
def test_the_time(at: str, said: str) -> None:
    assert SAYS.time(datetime.fromisoformat(f"2026-11-22 {at}")) == said


@pytest.mark.parametrize(
    ("seconds", "said", "as_object"),
    [
        (0, "ثانية واحدة", "ثانية واحدة"),
        (2, "ثانيتان", "ثانيتين"),
        (30, "ثلاثون ثانية", "ثلاثين ثانية"),
        (90, "دقيقة واحدة وثلاثون ثانية", "دقيقة واحدة وثلاثين ثانية"),
        (120, "دقيقتان", "دقيقتين"),
        (600, "عشر دقائق", "عشر دقائق"),
        (660, "إحدى عشرة دقيقة", "إحدى عشرة دقيقة"),
        (720, "اثنتا عشرة دقيقة", "اثنتي عشرة دقيقة"),
        (1320, "اثنتان وعشرون دقيقة", "اثنتين وعشرين دقيقة"),
        (3600, "ساعة واحدة", "ساعة واحدة"),
        (7200, "ساعتان", "ساعتين"),
        (4800, "ساعة واحدة وعشرون دقيقة", "ساعة واحدة وعشرين دقيقة"),
        (10_800, "ثلاث ساعات", "ثلاث ساعات"),
        (172_800, "يومان", "يومين"),
        (3 * 86_400, "ثلاثة أيام", "ثلاثة أيام"),
        (11 * 86_400, "أحد عشر يومًا", "أحد عشر يومًا"),
        (12 * 86_400, "اثنا عشر يومًا", "اثني عشر يومًا"),
        (21 * 86_400, "واحد وعشرون يومًا", "واحد وعشرين يومًا"),
    ],
)
def test_durations_in_both_cases(seconds: float, said: str, as_object: str) -> None:
    assert SAYS.duration(seconds) == said
    assert SAYS.duration(seconds, case="object") == as_object


@pytest.mark.parametrize(
    ("number", "gender", "case", "said"),
    [
        (0, "m", "subject", "صفر"),
        (1, "f", "subject", "واحدة"),
        (3, "m", "subject", "ثلاثة"),
        (3, "f", "subject", "ثلاث"),
        (15, "m", "subject", "خمسة عشر"),
        (15, "f", "subject", "خمس عشرة"),
        (50, "m", "object", "خمسين"),
        (100, "m", "subject", "مئة"),
        (200, "m", "object", "مئتين"),
        (365, "m", "subject", "ثلاثمئة وخمسة وستون"),
        (1000, "m", "subject", "ألف"),
        (2026, "m", "object", "ألفين وستة وعشرين"),
        (3000, "m", "subject", "ثلاثة آلاف"),
        (12_000, "m", "subject", "اثنا عشر ألفًا"),
        (101_000, "m", "subject", "مئة ألف وألف واحد"),
        (5_000_000, "m", "subject", "5000000"),
    ],
)
def test_numbers(number: int, gender: Gender, case: Case, said: str) -> None:
    assert SAYS.count(number, of=gender, case=case) == said


@given(st.integers(0, 999_999), st.sampled_from(("m", "f")), st.sampled_from(("subject", "object")))
def test_every_number_is_said_in_words(number: int, gender: Gender, case: Case) -> None:
    words = SAYS.count(number, of=gender, case=case).split()
    assert words
    assert all(word.isalpha() or word.endswith(("ًا", "ٍ")) for word in words)


@given(st.integers(1, 59), st.integers(1, 59), st.sampled_from(("subject", "object")))
def test_no_two_durations_are_said_alike(one: int, other: int, case: Case) -> None:
    alike = SAYS.duration(one * 60, case=case) == SAYS.duration(other * 60, case=case)
    assert alike == (one == other)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(hours=1), "الساعة التاسعة إلا ثلثًا مساءً"),
        (timedelta(days=-1), "أمس الساعة التاسعة إلا ثلثًا مساءً"),
        (timedelta(hours=11, minutes=20), "غدًا الساعة الثامنة صباحًا"),
        (timedelta(hours=15, minutes=20), "غدًا الساعة الثانية عشرة ظهرًا"),
        (timedelta(days=2), "بعد غد الساعة التاسعة إلا ثلثًا مساءً"),
        (timedelta(days=5), "يوم الجمعة الساعة التاسعة إلا ثلثًا مساءً"),
        (timedelta(days=30), "يوم الثلاثاء، الثاني والعشرين من ديسمبر، الساعة التاسعة إلا ثلثًا مساءً"),
    ],
)
def test_moments_seen_from_now(ahead: timedelta, said: str) -> None:
    begins = NOW - timedelta(hours=1) if ahead == timedelta(hours=1) else NOW
    assert SAYS.when(Moment(begins + ahead, begins)) == said


@pytest.mark.parametrize(
    ("hour", "part"),
    [(1, "ليلًا"), (4, "فجرًا"), (7, "صباحًا"), (12, "ظهرًا"), (16, "بعد الظهر"), (19, "مساءً"), (23, "ليلًا")],
)
def test_the_part_of_the_day_is_said_with_the_hour(hour: int, part: str) -> None:
    assert SAYS.when(Moment(NOW.replace(hour=hour, minute=30), NOW)).endswith(f" والنصف {part}")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (range(7), "كل يوم"),
        (range(5), "كل يوم من الاثنين إلى الجمعة"),
        ((5, 6), "كل سبت وأحد"),
        ((0, 2, 4), "كل اثنين وأربعاء وجمعة"),
    ],
)
def test_days_that_come_again(days: range, said: str) -> None:
    moment = Moment(NOW, NOW, frozenset(days), minute=6 * 60 + 15)
    assert SAYS.when(moment) == f"{said} الساعة السادسة والربع صباحًا"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (1, "الأول"),
        (10, "العاشر"),
        (11, "الحادي عشر"),
        (20, "العشرون"),
        (21, "الحادي والعشرون"),
        (22, "الثاني والعشرون"),
        (30, "الثلاثون"),
    ],
)
def test_the_date(day: int, said: str) -> None:
    at = NOW.replace(day=day)
    assert SAYS.date(at).endswith(f"، {said} من نوفمبر")


def test_lists_are_joined_as_arabic_joins_them() -> None:
    parts = ["الحليب", "الخبز", "البيض"]
    assert SAYS.all_of(parts) == "الحليب والخبز والبيض"
    assert SAYS.all_of(parts, apart=True) == "الحليب؛ الخبز؛ البيض"
    assert SAYS.any_of(parts) == "الحليب أو الخبز أو البيض"
    assert SAYS.any_of(parts, asked=True) == "الحليب أم الخبز أم البيض"


def test_what_somebody_said_is_quoted_as_it_was_said() -> None:
    assert SAYS.to_you("أتصل بأمي") == "أتصل بأمي"


@pytest.mark.parametrize(
    ("number", "said"),
    [(19.5, "تسع عشرة فاصلة خمسة"), (19.0, "تسع عشرة"), (-3, "سالب ثلاث"), (0.2, "صفر فاصلة اثنان"), (-0.01, "صفر")],
)
def test_numbers_are_said_to_the_tenth(number: float, said: str) -> None:
    assert SAYS.count(number, of="f") == said
